"""What pages say about accounts at upstreams: their names, and why a sign-in there came to nothing."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from idp.domain.account_channel import SignInFacts
from idp.domain.channel import Reason
from idp.domain.ports import AccountLink
from idp.web.context import services
from idp.web.pages.languages import language

# Everything else is told alike: the citizen cannot do anything about it but begin again.
_REFUSED: Final[Mapping[Reason, Any]] = {
    Reason.USER_CANCELLED: _l("You stopped at %(place)s. Nothing was changed."),
}
_BEGIN_AGAIN: Final = _l(
    "Signing in at %(place)s did not succeed. Nothing was changed. You can begin again, or use your password."
)


@dataclass(frozen=True, slots=True)
class Row:
    """One upstream on the account page; ``open`` is whether one can sign in there now."""

    channel: str
    label: str
    link: AccountLink | None
    open: bool


def label_of(facts: SignInFacts) -> str:
    """What the upstream is called in the page's language."""
    return facts.label_zh if language().startswith("zh") else facts.label_en


def label(channel: str) -> str:
    """The same by name; a channel that is configured no more keeps its own."""
    found = next((facts for facts in services().upstream.offers if facts.channel == channel), None)
    return label_of(found) if found else channel


def refusal(reason: Reason, channel: str) -> str:
    """Why a sign-in at the upstream came to nothing."""
    return str(_REFUSED.get(reason, _BEGIN_AGAIN)) % {"place": label(channel)}


def over(channel: str) -> str:
    """The return of a sign-in that is over, or was never begun here."""
    told = _("That sign-in at %(place)s is over, or another one was begun since. You can begin again.")
    return str(told) % {"place": label(channel)}


def unavailable(channel: str) -> str:
    """The upstream does not answer."""
    told = _("%(place)s does not answer at the moment. Nothing was changed. You can sign in another way.")
    return str(told) % {"place": label(channel)}


def rows(citizen_id: str) -> Sequence[Row]:
    """Every upstream that one may sign in by, and links to those that are switched off."""
    links = {link.channel: link for link in services().linking.of_citizen(citizen_id)}
    offered = [Row(f.channel, label_of(f), links.pop(f.channel, None), open=True) for f in services().upstream.offers]
    return [*offered, *(Row(name, label(name), link, open=False) for name, link in links.items())]
