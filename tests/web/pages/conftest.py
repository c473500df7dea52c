"""A browser that walks the pages, and a way to each page: ``PAGES`` has all that answer a GET."""

import re
from collections.abc import Callable
from typing import Any

import pytest
from lxml import html

from idp.domain.account_channel import SignInFacts, UpstreamAccount
from idp.domain.assurance import Level
from idp.domain.channel import Reason, Redirect, Rejected, Scan
from idp.domain.client import ConsentPolicy
from idp.domain.errors import Unavailable
from idp.web.pages import TABLE
from tests.people.doubles import ScriptedChannel, ScriptedUpstream, facts_of
from tests.provider import PASSWORD, Browser, Party, Person, Provider
from tests.web.pages import acting, elsewhere

TOTP_SECRET = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"
ZHANG = {"name": "张三", "id_number": "370102190103070012"}
CHILD = "110101201601010035"
LI = {"name": "李思", "id_number": "370102190204150003"}


class Walk:
    """One browser, one portal that insists on level 1 and asks for consent, one citizen at level 0 and one at 1."""

    def __init__(self, provider: Provider) -> None:
        self.provider = provider
        self.browser: Browser = provider.browser()
        self.party: Party = provider.party(
            consent=ConsentPolicy.EXPLICIT,
            minimum_level=Level.BASIC,
            initiate_login_uri="https://hall.example/login",
            name="办事<b>大厅</b>",
            name_en="Service <b>hall</b>",
        )
        self.proved: Person = provider.citizen(1, login_name="zhangsan")
        self.fresh: Person = provider.citizen(2, level=0)

    def authorize(self, **changes: str | None) -> Any:
        asked = {"scope": "openid profile phone", **changes}
        return self.browser.follow(self.party.authorize(self.browser, **asked))

    def sign_in(self, person: Person | None = None, **changes: str | None) -> Any:
        page = self.authorize(**changes)
        return self.browser.submit(page, username=(person or self.proved).mobile, password=PASSWORD)

    def at(self, page: Any, name: str = "") -> str:
        """The address of another page of the same journey."""
        journey = re.match(r"/journey/[^/]+", page.request.path)
        assert journey
        return journey[0] + (f"/{name}" if name else "")

    def code_for(self, mobile: str) -> str:
        messages = self.provider.sandbox.control.get(f"/sms/inbox/{mobile}.json").json
        newest = max(messages, key=lambda message: message["sent_at"])
        found: str = newest["code"]
        return found

    def register_code(self, mobile: str = "19900000009") -> Any:
        page = self.browser.get(self.at(self.authorize(), "register"))
        return self.browser.submit(page, mobile=mobile)

    def register_password(self) -> Any:
        return self.browser.submit(self.register_code(), code=self.code_for("19900000009"))

    def register_existing(self) -> Any:
        return self.browser.submit(self.register_code(self.proved.mobile), code=self.code_for(self.proved.mobile))

    def prove(self) -> Any:
        return self.sign_in(self.fresh)

    def channel(self) -> Any:
        return self.browser.get(self.at(self.prove(), "prove/police_population"))

    def script(self, name: str = "trial", **how: Any) -> ScriptedChannel:
        """Open a channel whose answers are programmed; it proves by the register unless ``facts`` say otherwise."""
        made = ScriptedChannel(facts_of(name, **how.pop("facts", {})), **how)
        self.provider.channels[name] = made
        return made

    def way(self, name: str = "trial") -> Any:
        """Choose a channel on the page of ways."""
        return self.browser.follow(self.browser.get(self.at(self.prove(), f"prove/{name}")))

    def scan(self) -> Any:
        self.script(begins_with=SCAN, answers=[SCAN] * 9)
        return self.way()

    def redirected(self) -> Any:
        self.script(begins_with=REDIRECT)
        return self.way()

    def not_confirmed(self) -> Any:
        self.script(begins_with=REDIRECT, answers=[Rejected(Reason.USER_CANCELLED)])
        page = self.way()
        return self.browser.follow(self.browser.get(f"{page.request.path}/return"))

    def closed(self) -> Any:
        self.script(begins_with=Unavailable("trial", "night", retry_at=self.provider.clock.now() + 3600))
        return self.way()

    def handed_on(self) -> Any:
        page = self.redirected()
        language = "en" if '<html lang="en"' in page.text else "zh-CN"
        return self.provider.browser().post(  # without cookies, as from another site
            f"{page.request.path}/return", {"auth_code": "c", "state": "s"}, headers={"Accept-Language": language}
        )

    def merge(self) -> Any:
        return self.browser.submit(self.channel(), **ZHANG)

    def dispute(self) -> Any:
        return self.browser.get(self.at(self.merge(), "merge/dispute"))

    def join(self) -> Any:
        page = self._press(self.merge(), "merge")
        return self.browser.submit(page, username=self.proved.mobile, password=PASSWORD)

    def part(self) -> Any:
        self._press(self.join(), "join")
        [merge] = self.provider.stores.merges.of(self.proved.id)
        return self.browser.get(f"/account/joined/{merge.id}")

    def guardian(self) -> Any:
        """The page of an adult who has shown possession."""
        self.browser.sign_in(self.proved)
        self.provider.possesses(self.proved)
        return self.browser.get("/account/guardian")

    def guardian_agree(self) -> Any:
        minor = self.provider.citizen(3, name="张七", id_number=CHILD)
        code = self.provider.app.extensions["yihaotong"].guarding.code_for(minor.id)
        return self.browser.submit(self.guardian(), guardian_code=code)

    def _press(self, page: Any, name: str) -> Any:
        token = re.search(r'name="csrf_token" value="([^"]+)"', page.text)
        assert token
        return self.browser.follow(self.browser.post(self.at(page, name), {"csrf_token": token[1]}))

    def consent(self) -> Any:
        return self.sign_in()

    def choose_account(self) -> Any:
        self.browser.sign_in(self.proved)
        self.provider.clock.advance(1)
        return self.authorize(prompt="select_account")

    def second_factor(self) -> Any:
        self.provider.stores.credentials.set_totp_secret(self.proved.id, TOTP_SECRET, now=self.provider.clock.now())
        return self.sign_in()

    def opted_in(self) -> None:
        """The citizen signs in by their face, too; in this house its judge is away."""
        faces, now = self.provider.stores.faces, self.provider.clock.now()
        faces.give_consent(self.proved.id, "1", now=now)
        assert faces.enrol(self.proved.id, "opaque", b"a face", now=now)

    def second_factor_choice(self) -> Any:
        self.opted_in()
        return self.sign_in()

    def second_factor_text(self) -> Any:
        return self._press(self.second_factor_choice(), "second-factor/text/send")

    def face(self, *, enrolled: bool = False) -> Any:
        """The face's page below the account."""
        self.browser.sign_in(self.proved)
        if enrolled:
            self.opted_in()
        return self.browser.get("/account/face")

    def opt_in(self) -> Any:
        token = re.search(r'name="csrf_token" value="([^"]+)"', self.face().text)
        assert token
        return self.browser.follow(self.browser.post("/account/face", {"csrf_token": token[1]}))

    def account(self) -> Any:
        self.browser.submit(self.consent(), decision="agree")
        self.provider.drain()
        return self.browser.get("/account")

    def disconnect(self) -> Any:
        self.account()
        return self.browser.get("/account/portals/hall")

    def sign_out(self) -> Any:
        self.browser.sign_in(self.proved)
        return self.browser.get("/sign-out")

    def logout(self) -> Any:
        self.browser.sign_in(self.proved)
        return self.browser.get("/logout")

    def upstream(self, name: str = "wallet") -> ScriptedUpstream:
        """Open an upstream by whose accounts one may sign in."""
        facts = SignInFacts(name, "钱包", "Wallet", "https://upstream.example/sign-in", "Wallet")
        made = ScriptedUpstream(facts)
        self.provider.app.extensions["yihaotong"].upstream.channels[name] = made
        return made

    def authenticator(self, *, enrolled: bool = False) -> Any:
        """The authenticator's page below the account."""
        self.browser.sign_in(self.proved)
        if enrolled:
            self.provider.stores.credentials.set_totp_secret(self.proved.id, TOTP_SECRET, now=self.provider.clock.now())
        return self.browser.get("/account/authenticator")

    def authenticator_stale(self) -> Any:
        self.authenticator(enrolled=True)
        self.provider.clock.advance(601)
        return self.browser.get("/account/authenticator")

    def set_up(self) -> Any:
        token = re.search(r'name="csrf_token" value="([^"]+)"', self.authenticator().text)
        assert token
        return self.browser.follow(self.browser.post("/account/authenticator", {"csrf_token": token[1]}))

    def set_up_code(self) -> Any:
        return self._press(self.set_up(), "authenticator")

    def set_up_app(self) -> Any:
        return self.browser.submit(self.set_up_code(), code=self.code_for(self.proved.mobile))

    def set_up_stale(self) -> Any:
        page = self.set_up()
        self.provider.clock.advance(601)
        return self.browser.get(page.request.path)

    def factor_missing(self) -> Any:
        return self.sign_in(acr_values="urn:yihaotong:realname:3")

    def link(self) -> Any:
        self.upstream()
        self.browser.sign_in(self.proved)
        return self.browser.get("/account/links/wallet")

    def link_confirm(self) -> Any:
        form = html.fromstring(self.link().text).xpath("//form[@action='/account/links/wallet']")[0]
        self.browser.post("/account/links/wallet", dict(form.form_values()))
        return self.browser.follow(self.browser.get("/account/links/wallet/return?state=s1"))

    def unlink(self) -> Any:
        account = UpstreamAccount("wallet", "app-1", "open_id", "u-1")
        links = self.provider.stores.account_links
        self.link()
        links.link("l1", self.proved.id, account, now=self.provider.clock.now())
        return self.browser.get("/account/links/wallet/unlink")

    def not_linked(self) -> Any:
        self.upstream()
        page = self.authorize()
        self.browser.get(f"{page.request.path}/wallet")
        return self.browser.follow(self.browser.get(f"{page.request.path}/wallet/return?state=s1"))

    def link_offer(self) -> Any:
        return self.browser.submit(self.not_linked(), username=self.proved.mobile, password=PASSWORD)

    def account_with_links(self) -> Any:
        self.unlink()
        self.upstream("purse")
        return self.browser.get("/account")

    def register(self) -> Any:
        return self.browser.get(self.at(self.authorize(), "register"))

    def get(self, address: str) -> Any:
        return self.browser.get(address)


SCAN = Scan("https://upstream.example/scan?t=1", {"ticket": "t1"}, poll_seconds=2)
REDIRECT = Redirect("https://upstream.example/authorize?state=s1", {"state": "s1"})
PAGES: dict[str, Callable[[Walk], Any]] = {
    "home": lambda w: w.get("/"),
    "privacy": lambda w: w.get("/privacy"),
    "signed_out": lambda w: w.get("/signed-out"),
    "show_sign_out": Walk.sign_out,
    "logout_confirm": Walk.logout,
    "account": Walk.account,
    "show_disconnect": Walk.disconnect,
    "show_sign_in": Walk.authorize,
    "show_second_factor": Walk.second_factor,
    "second_factor_choice": Walk.second_factor_choice,
    "show_second_factor_text": Walk.second_factor_text,
    "show_choice": Walk.choose_account,
    "show_register": Walk.register,
    "show_register_code": Walk.register_code,
    "register_existing": Walk.register_existing,
    "show_register_password": Walk.register_password,
    "show_prove": Walk.prove,
    "show_channel": Walk.channel,
    "wait": Walk.scan,
    "leave": Walk.redirected,
    "not_confirmed": Walk.not_confirmed,
    "handed_on": Walk.handed_on,
    "show_authenticator": Walk.authenticator,
    "show_face": Walk.face,
    "face_enrolled": lambda w: w.face(enrolled=True),
    "show_opt_in": Walk.opt_in,
    "authenticator_enrolled": lambda w: w.authenticator(enrolled=True),
    "authenticator_stale": Walk.authenticator_stale,
    "show_set_up": Walk.set_up,
    "set_up_stale": Walk.set_up_stale,
    "show_set_up_code": Walk.set_up_code,
    "show_set_up_app": Walk.set_up_app,
    "factor_missing": Walk.factor_missing,
    "show_link": Walk.link,
    "show_link_confirm": Walk.link_confirm,
    "show_unlink": Walk.unlink,
    "not_linked": Walk.not_linked,
    "show_link_offer": Walk.link_offer,
    "account_with_links": Walk.account_with_links,
    "show_merge": Walk.merge,
    "show_dispute": Walk.dispute,
    "show_join": Walk.join,
    "show_part": Walk.part,
    "show_guardian": Walk.guardian,
    "guardian_agree": Walk.guardian_agree,
    "show_consent": Walk.consent,
    **elsewhere.PAGES,
    **acting.PAGES,
}
VARIANTS = {
    "guardian_agree",
    "logout_confirm",
    "leave",
    "not_confirmed",
    "handed_on",
    "not_linked",
    "account_with_links",
    "authenticator_enrolled",
    "authenticator_stale",
    "second_factor_choice",
    "face_enrolled",
    "set_up_stale",
    "factor_missing",
    *elsewhere.VARIANTS,
    *acting.VARIANTS,
}  # of pages that have an address of their own
ONLY_REDIRECTS = {
    "dispatch", "begin_registration", "returned", "link_returned", "sign_in_upstream", "signed_in_upstream",
}  # fmt: skip
NO_FORM_OF_OURS = {"returned_by_form", "returned_here"}
ERRORS: dict[str, tuple[Callable[[Walk], Any], int]] = {
    "unknown_client": (lambda w: w.get("/authorize?client_id=nobody"), 400),
    "redirect_uri_mismatch": (lambda w: w.party.authorize(w.browser, redirect_uri="https://evil.example/"), 400),
    "not_found": (lambda w: w.get("/no/such/page"), 404),
    "method_not_allowed": (lambda w: w.get("/language"), 405),
    "began_elsewhere": (lambda w: w.get("/journey/unknown/prove/trial/return?state=s"), 410),
    "journey_lost": (lambda w: w.get("/journey/unknown/sign-in"), 410),
    "page_expired": (lambda w: w.browser.post("/language", {"language": "en", "back": "/"}), 400),
    "too_large": (lambda w: w.browser.post("/language", {"back": "x" * 70_000}), 413),
    **elsewhere.ERRORS,
}


@pytest.fixture
def walk(provider: Provider) -> Walk:
    return Walk(provider)


def posts() -> list[tuple[str, str]]:
    """Address and endpoint of every page that takes a form."""
    return [
        (address, endpoint)
        for method, address, endpoint, _ in TABLE
        if method == "POST" and endpoint not in NO_FORM_OF_OURS
    ]
