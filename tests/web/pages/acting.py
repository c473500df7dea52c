"""Ways to the pages about whom the citizen acts for, for a :class:`Walk`."""

from typing import Any

from lxml import html

from idp.domain.channel import SubjectKind
from idp.domain.claims import ClaimName
from tests.contract.standings import standing

LETS_ACT = frozenset({ClaimName.ORGANISATION_NAME, ClaimName.CREDIT_CODE, ClaimName.ORGANISATION_ROLE})
STANDING = "5" * 32


def stands(walk: Any) -> None:
    """The citizen is at level 2 and stands for an organisation; a register would prove another."""
    walk.provider.possesses(walk.proved)
    walk.provider.stores.standings.keep(standing(walk.proved.id, STANDING, at=walk.provider.clock.now()))
    walk.script("register", facts={"proves": LETS_ACT, "subjects": frozenset({SubjectKind.LEGAL_PERSON})})


def choice(walk: Any) -> Any:
    stands(walk)
    return walk.sign_in(scope="openid legal_person")


def account(walk: Any) -> Any:
    stands(walk)
    walk.browser.sign_in(walk.proved)
    return walk.browser.get("/account")


def begun(walk: Any) -> Any:
    """An organisation is to be proved, from the account page."""
    form = html.fromstring(account(walk).text).xpath("//form[@action='/account/organisations']")[0]
    return walk.browser.follow(walk.browser.post("/account/organisations", dict(form.form_values())))


def remove(walk: Any) -> Any:
    account(walk)
    return walk.browser.get(f"/account/organisations/{STANDING}")


PAGES = {
    "show_act_for": choice,
    "act_for_from_account": begun,
    "account_with_organisations": account,
    "show_remove_organisation": remove,
}
VARIANTS = {"act_for_from_account", "account_with_organisations"}
FORMS = {"act_for": choice, "prove_organisation": account, "remove_organisation": remove}
