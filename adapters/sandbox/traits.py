"""What can be different about a generated person, and what each channel makes of it.

One table is both: the registers behave by it, and a test that wants to know an outcome beforehand reads it
(:meth:`adapters.sandbox.population.Person.expected`). Outcomes are the words of ``personas.json`` and ``no_account``:
the attempt cannot be walked to its end, because the person has no account to sign in with.
"""

from typing import Final

CHANNELS: Final = (
    "police_population",
    "business_registry",
    "unionpay_card",
    "social_security",
    "alipay_account",
    "zhima_face",
    "wechat_realname",
    "local_face",
    "counter_verify",
    "carrier_three_element",
)
MATCH, MISMATCH, REJECTED, NOT_FOUND, NO_ACCOUNT = "match", "mismatch", "rejected", "not_found", "no_account"
# The first of these that any trait brings is the outcome.
_ORDER: Final = (NO_ACCOUNT, NOT_FOUND, REJECTED, MISMATCH, MATCH)
_ENDED: Final = {"police_population": REJECTED, "social_security": REJECTED, "local_face": REJECTED}

TRAITS: Final[dict[str, dict[str, str]]] = {
    "cancelled": _ENDED,
    "deceased": _ENDED,
    # In no register at all, and with a genuine card: only the counter can help.
    "unregistered": dict.fromkeys((c for c in CHANNELS if c != "counter_verify"), NOT_FOUND),
    # Residents of Hong Kong, Macao and Taiwan with a residence permit: another register; typed at the counter.
    "permit": dict.fromkeys((c for c in CHANNELS if c != "counter_verify"), NOT_FOUND),
    "minor": {
        "unionpay_card": NOT_FOUND,
        "alipay_account": NOT_FOUND,
        "zhima_face": REJECTED,
        "wechat_realname": REJECTED,
        "carrier_three_element": NOT_FOUND,
    },
    "no_card": {"unionpay_card": NOT_FOUND},
    "bank_other_phone": {"unionpay_card": MISMATCH},
    "bank_old_spelling": {"unionpay_card": MISMATCH},
    # Somebody pays the bill for a parent or a child; and numbers of virtual operators, which nobody can ask about.
    "line_of_relative": {"carrier_three_element": MISMATCH},
    "virtual_operator": {"carrier_three_element": REJECTED},
    "no_social_card": {"social_security": NOT_FOUND},
    "card_lost": {"social_security": REJECTED},
    "no_alipay": {"alipay_account": NOT_FOUND},
    "alipay_old_spelling": {"alipay_account": MISMATCH},
    "no_wechat": {"wechat_realname": NO_ACCOUNT},
}

# What the personas meet at channels that came after ``personas.json``, where it is not a match.
PERSONAS: Final[dict[str, dict[str, str]]] = {
    "missing": {"carrier_three_element": NOT_FOUND},
    "minor": {"carrier_three_element": NOT_FOUND},
    "legal": {"carrier_three_element": MISMATCH},  # the company's line
    "officer": {"carrier_three_element": REJECTED},  # a virtual operator's
}
LATER: Final = ("carrier_three_element",)


def outcome(traits: frozenset[str], channel: str) -> str:
    """What a channel answers to a person's own, correct details. Raises KeyError for an unknown channel."""
    usual = dict.fromkeys(CHANNELS, MATCH) | {"business_registry": NOT_FOUND}
    found = {TRAITS[trait][channel] for trait in traits if channel in TRAITS[trait]} or {usual[channel]}
    return next(word for word in _ORDER if word in found)


def absent(traits: frozenset[str], channel: str) -> bool:
    """Whether the register behind a channel has no row of this person."""
    return outcome(traits, channel) == NOT_FOUND
