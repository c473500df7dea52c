"""The forms. Nothing about an input is decided here: the rooms below raise, ``refusals`` says it beside the field.

Passwords and codes are never sent back; everything else that was typed is.
"""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from flask import request
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import Field, HiddenField, PasswordField, StringField

from idp.domain.channel import FieldKind
from idp.web.pages.words import FIELD_HINTS, FIELD_LABELS


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

    @property
    def typed(self) -> Mapping[str, str]:
        """What may be shown again, by field: never a password, never a code."""
        return {field.name: self.text(field.name) for field in self if _may_be_shown(field)}

    def fill(self, values: Mapping[str, str]) -> None:
        """Fill in what was typed before. Fields that this form has not, or that are never shown again, are left out."""
        for field in self:
            if field.name in values and _may_be_shown(field):
                field.data = values[field.name]


def _may_be_shown(field: Field) -> bool:
    return isinstance(field, StringField) and not isinstance(field, PasswordField | CodeField | HiddenField)


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


class MatchForm(PageForm):
    """The number that a PC shows, typed on the phone that lends it its camera."""

    match = CodeField(
        _l("Number on the computer"),
        description=_l("2 digits."),
        render_kw=_text(inputmode="numeric", autocomplete="off", maxlength=8, required=True),
    )


_TWO_DIGITS = _text(inputmode="numeric", autocomplete="off", maxlength=8, required=True)


class TerminalMatchForm(PageForm):
    """The number that a self-service terminal shows, typed by who stands before it."""

    match = CodeField(_l("Number on the terminal's screen"), description=_l("2 digits."), render_kw=_TWO_DIGITS)


class CallMatchForm(PageForm):
    """The number that an operator reads out in a call."""

    match = CodeField(_l("Number that you are told in the call"), description=_l("2 digits."), render_kw=_TWO_DIGITS)


class UserCodeForm(PageForm):
    """The code of a self-service terminal."""

    user_code = StringField(
        _l("Code on the terminal's screen"),
        description=_l("12 digits, for example 4821-0937-5526."),
        render_kw=_text(inputmode="numeric", autocomplete="off", maxlength=32, required=True),
    )


class GuardianForm(PageForm):
    """The code that a child's account shows."""

    guardian_code = CodeField(
        _l("Code from the child's account"),
        description=_l("10 digits."),
        render_kw=_text(inputmode="numeric", autocomplete="off", maxlength=24, required=True),
    )


_PROOF_ATTRIBUTES: Final[Mapping[FieldKind, Mapping[str, Any]]] = {
    FieldKind.NAME: {"autocomplete": "name", "maxlength": 100},
    FieldKind.ID_NUMBER: {"autocomplete": "off", "maxlength": 40, "autocapitalize": "characters"},
    FieldKind.MOBILE: {"autocomplete": "tel", "type": "tel", "inputmode": "tel", "maxlength": 32},
    FieldKind.BANK_CARD: {"autocomplete": "cc-number", "inputmode": "numeric", "maxlength": 40},
    FieldKind.SMS_CODE: {"autocomplete": "one-time-code", "inputmode": "numeric", "maxlength": 12},
    FieldKind.CREDIT_CODE: {"autocomplete": "off", "maxlength": 40, "autocapitalize": "characters"},
    FieldKind.ORGANISATION_NAME: {"autocomplete": "organization", "maxlength": 200},
    FieldKind.SOCIAL_CARD: {"autocomplete": "off", "maxlength": 40, "autocapitalize": "characters"},
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
