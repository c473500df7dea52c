"""The forms, and how a refusal is said on them.

Nothing about an input is decided here: the rooms below raise, :func:`refuse` puts the sentence beside the field.
Passwords and codes are never sent back; everything else that was typed is.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from flask import request
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import Field, PasswordField, StringField

from idp.domain.channel import FieldKind
from idp.domain.errors import (
    DomainError,
    InvalidInput,
    LimitReached,
    LoginNameTaken,
    PersonMismatch,
    Rule,
    SecondFactorRefused,
    SignInRefused,
    Unavailable,
)
from idp.web.pages.times import waiting_time
from idp.web.pages.words import FIELD_HINTS, FIELD_LABELS, sentence

STALE: Final = _l("This page was open for too long, so nothing was done. Please check it and press the button again.")


class Stale(Exception):
    """The form came without this browser's token: cross-site, or open for too long. Nothing was done."""


class PageExpired(Exception):
    """A button came without this browser's token; ``back`` is the page that has it, fresh."""

    def __init__(self, back: str) -> None:
        super().__init__("button without token")
        self.back = back


class PageForm(FlaskForm):  # type: ignore[misc]  # flask_wtf is untyped
    """A form with a CSRF token. ``alert`` is a sentence about the whole form."""

    def __init__(self, **data: Any) -> None:
        super().__init__(formdata=request.form if request.method == "POST" else None, **data)
        self.alert: Any = ""
        self.retry_after: int | None = None

    def check_token(self) -> None:
        """Raises Stale."""
        if not self.validate():
            raise Stale

    @property
    def wrong(self) -> Sequence[Field]:
        """The fields with a sentence beside them, in order."""
        return [field for field in self if field.errors and field.name != "csrf_token"]

    def text(self, name: str) -> str:
        """What was typed, as it was."""
        return str(self[name].data or "")


def check_button(back: str) -> None:
    """For a form that is only a button. Raises PageExpired."""
    if not PageForm().validate():
        raise PageExpired(back)


def _text(**attributes: Any) -> dict[str, Any]:
    return {"autocapitalize": "none", "spellcheck": "false", **attributes}


_SIX_DIGITS = {"inputmode": "numeric", "autocomplete": "one-time-code", "maxlength": 12}
SIX_DIGITS: Final = _text(**_SIX_DIGITS, required=True)


class CodeField(StringField):
    """A one-time code: never sent back, like a password."""

    def _value(self) -> str:
        return ""


class SignInForm(PageForm):
    """Name and password."""

    username = StringField(
        _l("Login name, mobile number or ID number"),
        render_kw=_text(autocomplete="username", maxlength=64, required=True),
    )
    password = PasswordField(
        _l("Password"), render_kw=_text(autocomplete="current-password", maxlength=512, required=True)
    )


class SecondFactorForm(PageForm):
    """The authenticator's code."""

    otp = CodeField(_l("Code"), description=_l("6 digits from your authenticator app."), render_kw=SIX_DIGITS)


class MobileForm(PageForm):
    """Registration, first page."""

    mobile = StringField(
        _l("Mobile number"),
        description=_l("We send a code to this number by text message."),
        render_kw=_text(type="tel", inputmode="tel", autocomplete="tel", maxlength=32, required=True),
    )


class CodeForm(PageForm):
    """Registration, second page."""

    code = CodeField(_l("Code from the text message"), description=_l("6 digits."), render_kw=SIX_DIGITS)


class NewPasswordForm(PageForm):
    """Registration, third page."""

    login_name = StringField(
        _l("Login name (optional)"),
        description=_l("4 to 32 letters, digits, - or _. You can always sign in with your mobile number."),
        render_kw=_text(autocomplete="username", maxlength=64),
    )
    password = PasswordField(
        _l("Password"),
        description=_l("At least 8 characters. Anything you can type is allowed, also spaces and Chinese characters."),
        render_kw=_text(autocomplete="new-password", maxlength=512, required=True),
    )
    password_again = PasswordField(
        _l("Password again"), render_kw=_text(autocomplete="new-password", maxlength=512, required=True)
    )


_PROOF_ATTRIBUTES: Final[Mapping[FieldKind, Mapping[str, Any]]] = {
    FieldKind.NAME: {"autocomplete": "name", "maxlength": 100},
    FieldKind.ID_NUMBER: {"autocomplete": "off", "maxlength": 40, "autocapitalize": "characters"},
    FieldKind.MOBILE: {"autocomplete": "tel", "type": "tel", "inputmode": "tel", "maxlength": 32},
    FieldKind.BANK_CARD: {"autocomplete": "cc-number", "inputmode": "numeric", "maxlength": 40},
    FieldKind.SMS_CODE: {"autocomplete": "one-time-code", "inputmode": "numeric", "maxlength": 12},
    FieldKind.CREDIT_CODE: {"autocomplete": "off", "maxlength": 40, "autocapitalize": "characters"},
    FieldKind.ORGANISATION_NAME: {"autocomplete": "organization", "maxlength": 200},
}


def proof_form(kinds: Sequence[FieldKind]) -> PageForm:
    """The form that a channel asks for; field names are the kinds' values."""
    fields = {
        kind.value: (CodeField if kind is FieldKind.SMS_CODE else StringField)(
            FIELD_LABELS[kind],
            description=FIELD_HINTS[kind],
            render_kw=_text(**_PROOF_ATTRIBUTES[kind], required=True),
        )
        for kind in kinds
    }
    form: PageForm = type("ProofForm", (PageForm,), fields)()
    return form


@dataclass(frozen=True, slots=True)
class _Said:
    """How one kind of refusal is said: HTTP status, and the sentence about the whole form."""

    status: int
    alert: Callable[[Any], Any]


_REFUSALS: Final[Mapping[type[Exception], _Said]] = {
    Stale: _Said(400, lambda _: STALE),
    SignInRefused: _Said(
        400, lambda _: _l("Sign-in was not possible. Please check the name and the password, and try again.")
    ),
    LimitReached: _Said(
        429,
        lambda error: _l("There were too many tries. Please wait %(wait)s.", wait=waiting_time(error.retry_after)),
    ),
    Unavailable: _Said(
        503,
        lambda _: _l(
            "The service behind this step does not answer at the moment. "
            "Nothing was lost and no try was used up. Please try again in a few minutes."
        ),
    ),
    PersonMismatch: _Said(
        409,
        lambda _: _l(
            "This account belongs to somebody else than the person just checked. Nothing was changed. "
            "Please go to a service counter."
        ),
    ),
}
_FIELD_REFUSALS: Final[Mapping[type[DomainError], InvalidInput]] = {
    SecondFactorRefused: InvalidInput("otp", Rule.WRONG),
    LoginNameTaken: InvalidInput("login_name", Rule.TAKEN),
}
SAID_ON_FORMS: Final[tuple[type[Exception], ...]] = (InvalidInput, *_FIELD_REFUSALS, *_REFUSALS)


def refuse(form: PageForm, error: Exception) -> int:
    """Say ``error`` (one of ``SAID_ON_FORMS``) on the form. Returns the answer's status."""
    shown = _FIELD_REFUSALS.get(type(error), error) if isinstance(error, DomainError) else error
    if isinstance(shown, InvalidInput) and shown.field in form:
        form[shown.field].errors = [sentence(shown.field, shown.rule)]
        return 400
    said = next((_REFUSALS[kind] for kind in type(shown).__mro__ if kind in _REFUSALS), None)
    if said is None:
        raise error
    form.alert = said.alert(shown)
    if isinstance(shown, LimitReached):
        form.retry_after = shown.retry_after
    return said.status
