"""What is told of things that are over: a check, a code for a phone, a request of a terminal or a call."""

from collections.abc import Mapping
from typing import Final

from flask_babel import lazy_gettext as _l

from idp.web.pages.told import Told

OVER_CODES: Final[Mapping[str, Told]] = {
    "attempt_over": Told(
        _l("This check is over"),
        _l("It has its result already, or it took too long. Nothing was used up by sending it again."),
        _l("Go on, and you will see where you are."),
    ),
    "approval_over": Told(
        _l("This request is over"),
        _l("It was answered, is too old, or is not for you. Nothing was passed on by opening it again."),
        _l("If you still need it, begin again at the terminal or in the call."),
    ),
    "handover_over": Told(
        _l("This code is over"),
        _l("It is too old, was used, or was replaced by a newer one. Nothing was changed."),
        _l("Please look at the computer: the check goes on there, or a new code can be made there."),
    ),
}
