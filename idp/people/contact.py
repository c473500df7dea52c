"""The names a citizen signs in with, as they are typed: mobile number, login name, ID number.

Every spelling of one name reads as one value *before* it is looked up or counted, so that no spelling has a counter of
its own (CVE-2025-24806).
"""

import datetime
import re
import unicodedata
from dataclasses import dataclass, field
from typing import Final

import phonenumbers

from idp.domain import id_numbers
from idp.domain.audit_words import SignInMethod
from idp.domain.errors import InvalidInput, Rule

MOBILE: Final = "mobile"
LOGIN_NAME: Final = "login_name"
LOGIN_NAME_MIN: Final = 4
LOGIN_NAME_MAX: Final = 32
_LONGEST_TYPED: Final = 256
_INVISIBLE: Final = frozenset({"Cc", "Cf", "Zs", "Zl", "Zp"})
_SEPARATORS: Final = dict.fromkeys(map(ord, "-()./\u00b7\u2010\u2011\u2012\u2013\u2014"))
_DIALLED: Final = re.compile(r"\+?[0-9]{11,17}")
_MOBILE: Final = re.compile(r"\+861[0-9]{10}")
_LOGIN_NAME: Final = re.compile(r"[a-z][a-z0-9_-]*")
# Names under which somebody could pose as the provider or an authority (OWASP ASVS 2.4, impersonation).
_RESERVED: Final = frozenset({
    "admin", "administrator", "anonymous", "gongan", "guest", "help", "jubao", "kefu", "nobody", "null", "official",
    "operator", "police", "postmaster", "root", "security", "service", "support", "system", "undefined", "webmaster",
    "yihaotong", "zhengwu",
})  # fmt: skip


@dataclass(frozen=True, slots=True)
class SignInName:
    """A sign-in name in its one canonical spelling."""

    method: SignInMethod
    value: str = field(repr=False)


def parse_mobile(typed: str) -> str:
    """A mainland mobile number as E.164: ``+8619900000001``.

    Raises InvalidInput (field ``mobile``): missing, format. Possible numbers pass, not only allotted ones: new number
    ranges appear faster than any table. Other countries are refused: texts to them are how toll fraud earns.
    """
    text = _plain(typed).translate(_SEPARATORS)
    if not text:
        raise InvalidInput(MOBILE, Rule.MISSING)
    if not _DIALLED.fullmatch(text):
        raise InvalidInput(MOBILE, Rule.FORMAT)
    try:
        number = phonenumbers.parse(f"+{text}" if text.startswith("861") else text, "CN")
    except phonenumbers.NumberParseException:
        raise InvalidInput(MOBILE, Rule.FORMAT) from None
    e164 = phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
    if not phonenumbers.is_possible_number(number) or not _MOBILE.fullmatch(e164):
        raise InvalidInput(MOBILE, Rule.FORMAT)
    return e164


def masked_mobile(e164: str) -> str:
    """First three and last four digits, for the person's own pages: ``199****0001``."""
    national = e164.removeprefix("+86")
    return f"{national[:3]}****{national[-4:]}"


def parse_login_name(typed: str) -> str:
    """A login name, case folded: a letter, then letters, digits, ``_`` and ``-``; 4 to 32 characters.

    Beginning with a letter, it can be mistaken neither for a mobile number nor for an ID number. Raises InvalidInput
    (field ``login_name``): missing, too_short, too_long, characters, reserved.
    """
    text = _plain(typed)
    checks = (
        (not text, Rule.MISSING),
        (len(text) < LOGIN_NAME_MIN, Rule.TOO_SHORT),
        (len(text) > LOGIN_NAME_MAX, Rule.TOO_LONG),
        (not _LOGIN_NAME.fullmatch(text), Rule.CHARACTERS),
        (text.replace("_", "").replace("-", "") in _RESERVED, Rule.RESERVED),
    )
    for wrong, rule in checks:
        if wrong:
            raise InvalidInput(LOGIN_NAME, rule)
    return text


def read_sign_in_name(typed: str, today: datetime.date) -> SignInName:
    """Which name was typed at sign-in. Never raises: what is no number is a login name, that of nobody perhaps."""
    if id_numbers.looks_like_one(typed[:_LONGEST_TYPED]):
        try:
            return SignInName(SignInMethod.ID_NUMBER, id_numbers.parse(typed, today=today).value)
        except InvalidInput:
            pass
    try:
        return SignInName(SignInMethod.MOBILE, parse_mobile(typed))
    except InvalidInput:
        return SignInName(SignInMethod.LOGIN_NAME, _plain(typed))


def _plain(typed: str) -> str:
    """One spelling: NFKC, case folded, nothing invisible in it; bounded, and without what UTF-8 cannot hold."""
    text = unicodedata.normalize("NFKC", typed[:_LONGEST_TYPED].encode(errors="replace").decode()).casefold()
    return "".join(c for c in text if unicodedata.category(c) not in _INVISIBLE)
