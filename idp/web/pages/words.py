"""The sentences for closed words of the domain: tables of data, English here, Chinese in the catalogue.

A test holds every table against its enumeration, so a new reason or rule cannot reach a citizen without a sentence.
"""

from collections.abc import Collection, Mapping
from typing import Any, Final

from flask_babel import lazy_gettext as _l

from idp.domain.assurance import Level
from idp.domain.authorization import AGREE_MATTER
from idp.domain.channel import FieldKind, Reason
from idp.domain.claims import ClaimName, Scope
from idp.domain.claims_request import AGREE_CLAIM, AGREE_EVIDENCE, AGREE_VERIFIED
from idp.domain.errors import Rule
from idp.domain.evidence import Status
from idp.domain.organisations import Role

# ---- what was typed -------------------------------------------------------------------------------------------------

ANY_FIELD: Final[Mapping[Rule, Any]] = {
    Rule.MISSING: _l("Please fill in this field."),
    Rule.TOO_SHORT: _l("This is too short."),
    Rule.TOO_LONG: _l("This is too long."),
    Rule.LENGTH: _l("The number of characters does not fit. Please compare with your document."),
    Rule.CHARACTERS: _l("This contains characters that cannot be used here."),
    Rule.CHECK_CHARACTER: _l("The last character does not fit the others. Please compare with your document."),
    Rule.BIRTH_DATE: _l("The date in this number does not exist. Please compare with your document."),
    Rule.BIRTH_DATE_FUTURE: _l("The date in this number lies in the future. Please compare with your document."),
    Rule.AREA: _l("The area code in this number does not exist. Please compare with your document."),
    Rule.FORMAT: _l("This is not in the expected form."),
    Rule.COMMON: _l("This is used by too many people. Please choose another."),
    Rule.PERSONAL: _l("This contains something others know about you. Please choose another."),
    Rule.WRONG: _l("This is not right. Please check it."),
    Rule.EXPIRED: _l("This is no longer valid. Please ask for a new one."),
    Rule.TAKEN: _l("This belongs to somebody else already. Please choose another."),
    Rule.RESERVED: _l("This is reserved. Please choose another."),
}

_CODE: Final[Mapping[Rule, Any]] = {
    Rule.MISSING: _l("Enter the 6-digit code from the text message."),
    Rule.FORMAT: _l("The code has 6 digits. Please check the text message."),
    Rule.WRONG: _l("The code is not right. Please check the text message."),
    Rule.EXPIRED: _l("The code is no longer valid: it was tried too often or is too old. Please have a new one sent."),
}
_MOBILE: Final[Mapping[Rule, Any]] = {
    Rule.MISSING: _l("Enter your mobile number."),
    Rule.FORMAT: _l("This is not a mobile number. Mainland numbers have 11 digits and begin with 1."),
}

BY_FIELD: Final[Mapping[str, Mapping[Rule, Any]]] = {
    "id_number": {
        Rule.MISSING: _l("Enter your ID number."),
        Rule.CHARACTERS: _l("An ID number has digits only; the last place may be an X."),
        Rule.LENGTH: _l("An ID number has 18 characters. Please compare with your card."),
        Rule.AREA: _l("The first two digits name no province. Please compare with your card."),
        Rule.BIRTH_DATE: _l("Digits 7 to 14 are your birth date, and this date does not exist. Please compare them with your card."),  # noqa: E501
        Rule.BIRTH_DATE_FUTURE: _l("Digits 7 to 14 are your birth date, and this date lies in the future. Please compare them with your card."),  # noqa: E501
        Rule.CHECK_CHARACTER: _l("The last digit does not fit the ones before it. Please compare with your card."),
    },
    "name": {
        Rule.MISSING: _l("Enter your name as it stands on your document."),
        Rule.TOO_SHORT: _l("A name has at least two characters. Please enter your full name."),
        Rule.TOO_LONG: _l("A name has at most 50 characters. Please enter it as it stands on your document."),
        Rule.CHARACTERS: _l("A name has no digits and no signs such as / or @. A middle dot (·) is allowed."),
    },
    "mobile": _MOBILE,
    "code": _CODE,
    FieldKind.SMS_CODE.value: _CODE,
    "otp": {
        Rule.MISSING: _l("Enter the 6-digit code from your authenticator app."),
        Rule.FORMAT: _l("The code has 6 digits. Please look at your authenticator app."),
        Rule.WRONG: _l("The code is not right. Please wait for the next one and enter that."),
    },
    "login_name": {
        Rule.TOO_SHORT: _l("A login name has at least 4 characters."),
        Rule.TOO_LONG: _l("A login name has at most 32 characters."),
        Rule.CHARACTERS: _l("A login name begins with a letter and has only letters a to z, digits, - and _."),
        Rule.TAKEN: _l("This login name is taken. Please choose another, or leave the field empty."),
        Rule.RESERVED: _l("This login name is reserved. Please choose another, or leave the field empty."),
    },
    "password": {
        Rule.MISSING: _l("Enter a password."),
        Rule.TOO_SHORT: _l("A password has at least 8 characters. A sentence is easy to remember."),
        Rule.TOO_LONG: _l("A password has at most 128 characters."),
        Rule.CHARACTERS: _l("The password contains characters that cannot be typed everywhere. Please choose another."),
        Rule.COMMON: _l("This password is on the list of passwords that are guessed first. Please choose another."),
        Rule.PERSONAL: _l("The password contains your login name or mobile number. Please choose another."),
    },
    "guardian_code": {
        Rule.MISSING: _l("Enter the code that the child's account shows."),
        Rule.FORMAT: _l("The code has 10 digits."),
        Rule.WRONG: _l("The code is not right or too old. Please have the child's account show a new one."),
        Rule.EXPIRED: _l("The code was used already. Please have the child's account show a new one."),
    },
    "password_again": {
        Rule.MISSING: _l("Enter the password a second time."),
        Rule.WRONG: _l("The two passwords differ. Please enter both again."),
    },
    FieldKind.BANK_CARD.value: {
        Rule.MISSING: _l("Enter your bank card number."),
        Rule.LENGTH: _l("A bank card number has 13 to 19 digits. Please compare with your card."),
        Rule.CHECK_CHARACTER: _l("One of the digits does not fit. Please compare the number with your bank card."),
    },
    FieldKind.CREDIT_CODE.value: {
        Rule.MISSING: _l("Enter the unified social credit code."),
        Rule.LENGTH: _l("A unified social credit code has 18 characters. Please compare with the licence."),
        Rule.CHECK_CHARACTER: _l("The last character does not fit the others. Please compare with the licence."),
    },
    FieldKind.ORGANISATION_NAME.value: {
        Rule.MISSING: _l("Enter the organisation's name as it stands on the licence."),
    },
    FieldKind.SOCIAL_CARD.value: {
        Rule.MISSING: _l("Enter the number on your social security card."),
        Rule.FORMAT: _l("A social security card number has letters and digits only. Please compare with your card."),
    },
    "user_code": {
        Rule.MISSING: _l("Type the code on the terminal's screen."),
        Rule.FORMAT: _l("The code has 12 digits. Please compare with the screen of the terminal."),
        Rule.WRONG: _l("No terminal shows this code now. It may be too old: look at the screen again."),
    },
    "match": {
        Rule.MISSING: _l("Type the number of two digits."),
        Rule.WRONG: _l("This is not the number. Please look or ask again; after three wrong numbers the request ends."),
    },
}  # fmt: skip


def sentence(field: str, rule: Rule) -> Any:
    """What to tell a citizen about a field."""
    return BY_FIELD.get(field, {}).get(rule, ANY_FIELD[rule])


# ---- channels -------------------------------------------------------------------------------------------------------

FIELD_LABELS: Final[Mapping[FieldKind, Any]] = {
    FieldKind.NAME: _l("Name"),
    FieldKind.ID_NUMBER: _l("ID number"),
    FieldKind.MOBILE: _l("Mobile number"),
    FieldKind.BANK_CARD: _l("Bank card number"),
    FieldKind.SMS_CODE: _l("Code from the text message"),
    FieldKind.CREDIT_CODE: _l("Unified social credit code"),
    FieldKind.ORGANISATION_NAME: _l("Name of the organisation"),
    FieldKind.SOCIAL_CARD: _l("Social security card number"),
}
FIELD_HINTS: Final[Mapping[FieldKind, Any]] = {
    FieldKind.NAME: _l("As it stands on your document, with the middle dot (·) if it has one."),
    FieldKind.ID_NUMBER: _l("18 characters; the last one may be an X."),
    FieldKind.MOBILE: _l("The number your bank or authority knows."),
    FieldKind.BANK_CARD: _l("13 to 19 digits, on the front of the card."),
    FieldKind.SMS_CODE: _l("6 digits."),
    FieldKind.CREDIT_CODE: _l("18 characters, on the business licence."),
    FieldKind.ORGANISATION_NAME: _l("As it stands on the business licence."),
    FieldKind.SOCIAL_CARD: _l("Letters and digits, on the front of the card. It is not your ID number."),
}

# One sentence for every mismatch and for "not found": otherwise the form tells who exists (channels.md 2.1).
NOT_CONFIRMED: Final = _l(
    "The name and ID number could not be confirmed as belonging together. "
    "You can check them, use another way, or go to a service counter."
)
# Why a check does not count (any more).
STATUSES: Final[Mapping[Status, Any]] = {
    Status.ALIVE: _l("valid"),
    Status.EXPIRED: _l("expired"),
    Status.REVOKED: _l("revoked"),
    Status.SUSPENDED: _l("does not count for now, because another account has the same number"),
    Status.OUTWEIGHED: _l("outweighed, because a check answered with somebody else"),
}
CONTRA: Final[Mapping[Reason, Any]] = {
    Reason.MISMATCH_PERSON: _l("This check answered with another person than you."),
    Reason.MISMATCH_FACE: _l("This check could not confirm the face."),
}
REASONS: Final[Mapping[Reason, Any]] = {
    Reason.MISMATCH_NAME: NOT_CONFIRMED,
    Reason.MISMATCH_NUMBER: NOT_CONFIRMED,
    Reason.MISMATCH_PHONE: _l("The details could not be confirmed. Please check the mobile number."),
    Reason.MISMATCH_CARD: _l("The details could not be confirmed. Please check the card number."),
    Reason.MISMATCH_FACE: _l("The picture could not be confirmed. Please use another way, or a service counter."),
    Reason.MISMATCH_PERSON: _l("This account belongs to somebody else than the person just checked. Nothing was changed. Please go to a service counter."),  # noqa: E501
    Reason.NOT_FOUND: NOT_CONFIRMED,
    Reason.NO_PORTRAIT: _l("There is no picture to compare with. Please use another way."),
    Reason.BAD_INPUT: NOT_CONFIRMED,
    Reason.CANCELLED_OR_DECEASED: NOT_CONFIRMED,
    Reason.CARD_STATE: _l("This card cannot be used at the moment. Please ask its issuer, or use another way."),
    Reason.CARD_UNSUPPORTED: _l("This kind of card is not supported. Please use another card or another way."),
    Reason.MOBILE_UNSUPPORTED: _l("This mobile number cannot be checked here. Please use another one, or another way."),
    Reason.LICENCE_REVOKED: _l("This licence is not valid. Please ask the authority that issued it."),
    Reason.NOT_LEGAL_REPRESENTATIVE: _l("You are not registered as this organisation's legal representative."),
    Reason.AMBIGUOUS_NAME_AND_USCC: _l("Name and credit code could not be confirmed as belonging together."),
    Reason.USER_CANCELLED: _l("You stopped the check. Nothing was changed."),
    Reason.TIMEOUT_BY_USER: _l("The check took too long and was stopped. You can begin again."),
    Reason.EXPIRED: _l("The check took too long and was stopped. You can begin again."),
    Reason.REPLAYED: _l("This check has been used already. Please begin again."),
    Reason.CAPTURE_FAILED: _l("The picture could not be taken. You can try again in better light."),
    Reason.LIVENESS_FAILED: _l("The camera check did not succeed. You can try again, or use another way."),
    Reason.DEVICE_UNSUPPORTED: _l("This device cannot do the check. Please use another device or another way."),
    Reason.PERMISSION_DENIED: _l("The browser did not allow the camera. You can allow it, or use another way."),
    Reason.TOO_MANY_TRIES: _l("There were too many tries. Please use another way, or come back later."),
    Reason.RISK_CONTROL: _l("The check was declined for safety. Please use another way."),
    Reason.UNDER_AGE: _l("This way is open to older persons only. Please use another way."),
}  # fmt: skip
# Where it is to be confirmed for whom the citizen acts, the same words of an upstream are about the organisation.
_NO_ORGANISATION = _l(
    "It could not be confirmed that you represent this organisation. Please compare its name and credit code with the "
    "business licence, or go to a service counter."
)
ORGANISATION_REASONS: Final[Mapping[Reason, Any]] = {
    **REASONS,
    Reason.MISMATCH_NAME: _NO_ORGANISATION,
    Reason.MISMATCH_NUMBER: _NO_ORGANISATION,
    Reason.NOT_FOUND: _NO_ORGANISATION,
    Reason.BAD_INPUT: _NO_ORGANISATION,
}

# ---- levels and evidence --------------------------------------------------------------------------------------------

LEVEL_NAMES: Final[Mapping[Level, Any]] = {
    Level.UNPROVED: _l("Not verified"),
    Level.BASIC: _l("Basic"),
    Level.MEDIUM: _l("Medium"),
    Level.HIGH: _l("High"),
}
LEVEL_MEANINGS: Final[Mapping[Level, Any]] = {
    Level.UNPROVED: _l("We know your mobile number, but not yet who you are."),
    Level.BASIC: _l(
        "Your name and ID number agree with the police population record, or with the document an officer examined."
    ),
    Level.MEDIUM: _l(
        "Your name and ID number are confirmed, and you have shown something only you have, such as a bank card."
    ),
    Level.HIGH: _l(
        "Your name and ID number are confirmed, and you have been seen in person, by camera or at a counter."
    ),
}
REQUIREMENTS: Final[Mapping[str, Any]] = {
    "population_record": _l(
        "Name and ID number agree with the police population record, or with your document at a counter"
    ),
    "possession": _l("Something only you have, from a second independent source"),
    "presence": _l("You in person, by camera or at a service counter"),
}

# ---- what is released -----------------------------------------------------------------------------------------------

CLAIM_WORDS: Final[Mapping[ClaimName, Any]] = {
    ClaimName.NAME: _l("your name"),
    ClaimName.BIRTHDATE: _l("your date of birth"),
    ClaimName.GENDER: _l("your sex"),
    ClaimName.PHONE_NUMBER: _l("your mobile number"),
    ClaimName.PHONE_NUMBER_VERIFIED: _l("that your mobile number was confirmed"),
    ClaimName.ID_NUMBER: _l("your ID number"),
    ClaimName.DOCUMENT_KIND: _l("what kind of document you have"),
    ClaimName.LEVEL: _l("your real-name level"),
    ClaimName.LEGAL_PERSON: _l("the organisation you act for: its name and credit code, and your part in it"),
    ClaimName.ORGANISATION_NAME: _l("the name of your organisation"),
    ClaimName.CREDIT_CODE: _l("the credit code of your organisation"),
    ClaimName.LEGAL_REPRESENTATIVE: _l("who the legal representative of your organisation is"),
    ClaimName.ORGANISATION_ROLE: _l("your part in the organisation"),
}
ROLES: Final[Mapping[Role, Any]] = {
    Role.LEGAL_REPRESENTATIVE: _l("legal representative"),
    Role.AGENT: _l("agent"),
}
SCOPE_WORDS: Final[Mapping[Scope, Any]] = {
    Scope.OPENID: _l("a number for you that only this portal knows"),
    Scope.PROFILE: _l("name, date of birth and sex"),
    Scope.PHONE: _l("mobile number"),
    Scope.REALNAME: _l("real-name level and document kind"),
    Scope.ID_NUMBER: _l("ID number"),
    Scope.LEGAL_PERSON: _l("for which organisation you act"),
    Scope.OFFLINE_ACCESS: _l("access while you are away"),
}

# What else a citizen agrees to, in the words of a consent (idp.domain.claims_request).
AGREED_WORDS: Final[Mapping[str, Any]] = {
    **{AGREE_CLAIM + claim: text for claim, text in CLAIM_WORDS.items()},
    AGREE_VERIFIED: _l("that this was verified, when, and up to which level"),
    AGREE_EVIDENCE: _l("who verified you, and by what kind of check"),
}


def matters(agreed: Collection[str]) -> int:
    """How many service items a consent names (RFC 9396)."""
    return sum(each.startswith(AGREE_MATTER) for each in agreed)


RELEASED_WORDS: Final[Mapping[str, Any]] = {
    **{scope.value: text for scope, text in SCOPE_WORDS.items()},
    **AGREED_WORDS,
}
