"""What is told when a link cannot be made or taken away, and by which fact."""

from collections.abc import Mapping
from typing import Final

from flask_babel import lazy_gettext as _l

from idp.domain.errors import DomainError, LastWayIn, LinkPresent, LinkProofDead, LinkTaken
from idp.web.pages.told import Told

# Whose the upstream account is nobody is told; so another's and one's own second are one sentence.
LINK_CODES: Final[Mapping[str, Told]] = {
    "link_refused": Told(
        _l("This account cannot be linked"),
        _l("It may be linked already, or you have linked another account of the same kind. Nothing was changed."),
        _l("Sign in by it to see whether it is linked. If you need help, go to a service counter with your ID card."),
    ),
    "link_over": Told(
        _l("Linking has to be begun again"),
        _l(
            "It was open for too long, was used already, or something was linked or taken away since. "
            "Nothing was changed."
        ),
        _l("Please begin again on your account page."),
    ),
    "last_way_in": Told(
        _l("This is your only way to sign in"),
        _l("Without it nobody could open your account any more, so it stays. Nothing was changed."),
        _l("Link another account first, or go to a service counter with your ID card."),
    ),
}
LINK_TROUBLES: Final[Mapping[type[DomainError], str]] = {
    LinkTaken: "link_refused",
    LinkPresent: "link_refused",
    LinkProofDead: "link_over",
    LastWayIn: "last_way_in",
}
