"""Every claim that we hold or release, about a citizen or an organisation: its name, its scope, how sensitive it is.

Source: OpenID Connect Core 5.1 and 5.4 for the standard ones; ``urn:yihaotong:claims:*`` are ours.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final


class ClaimName(StrEnum):
    """Names as they stand in tokens and at userinfo."""

    NAME = "name"
    BIRTHDATE = "birthdate"
    GENDER = "gender"
    PHONE_NUMBER = "phone_number"
    PHONE_NUMBER_VERIFIED = "phone_number_verified"
    ID_NUMBER = "urn:yihaotong:claims:id_number"
    DOCUMENT_KIND = "urn:yihaotong:claims:document_kind"
    LEVEL = "urn:yihaotong:claims:realname_level"
    LEGAL_PERSON = "urn:yihaotong:claims:legal_person"
    ORGANISATION_NAME = "urn:yihaotong:claims:organisation_name"
    CREDIT_CODE = "urn:yihaotong:claims:credit_code"
    LEGAL_REPRESENTATIVE = "urn:yihaotong:claims:legal_representative"
    ORGANISATION_ROLE = "urn:yihaotong:claims:organisation_role"


# What channels prove about an organisation: never mixed into the citizen's own claims, so no scope releases them
# (channels.md 4.5). ``LEGAL_PERSON`` alone does, an object about the one organisation that the citizen acts for.
ORGANISATION_CLAIMS = frozenset(
    {
        ClaimName.ORGANISATION_NAME,
        ClaimName.CREDIT_CODE,
        ClaimName.LEGAL_REPRESENTATIVE,
        ClaimName.ORGANISATION_ROLE,
    }
)


class Scope(StrEnum):
    """Scopes a client may be registered for. ``openid`` is required in every request."""

    OPENID = "openid"
    PROFILE = "profile"
    PHONE = "phone"
    REALNAME = "realname"
    ID_NUMBER = "id_number"
    LEGAL_PERSON = "legal_person"
    OFFLINE_ACCESS = "offline_access"


class MachineScope(StrEnum):
    """Scopes that are about no citizen: only tokens by client credentials have them (RFC 6749 section 4.4).

    ``ssf.manage`` and ``ssf.read``: the client's own stream of security events (CAEP Interoperability Profile 1.0).
    """

    EVENTS_MANAGE = "ssf.manage"
    EVENTS_READ = "ssf.read"


@dataclass(frozen=True, slots=True)
class ClaimFacts:
    """``minimum_level``: below it the claim is withheld, whatever was asked (sensitive claims need level 2)."""

    name: ClaimName
    scope: Scope
    minimum_level: int


# name and birth date are proved by level 1; the number itself, the mobile that reaches the person, and the power to act
# for an organisation ask for level 2.
CLAIMS: tuple[ClaimFacts, ...] = (
    ClaimFacts(ClaimName.NAME, Scope.PROFILE, 1),
    ClaimFacts(ClaimName.BIRTHDATE, Scope.PROFILE, 1),
    ClaimFacts(ClaimName.GENDER, Scope.PROFILE, 1),
    ClaimFacts(ClaimName.LEVEL, Scope.REALNAME, 0),
    ClaimFacts(ClaimName.NAME, Scope.REALNAME, 1),
    ClaimFacts(ClaimName.DOCUMENT_KIND, Scope.REALNAME, 1),
    ClaimFacts(ClaimName.PHONE_NUMBER, Scope.PHONE, 2),
    ClaimFacts(ClaimName.PHONE_NUMBER_VERIFIED, Scope.PHONE, 2),
    ClaimFacts(ClaimName.ID_NUMBER, Scope.ID_NUMBER, 2),
    ClaimFacts(ClaimName.LEGAL_PERSON, Scope.LEGAL_PERSON, 2),
)


def released(scopes: frozenset[str], level: int) -> frozenset[ClaimName]:
    """Which claims these scopes release to a client at this level; the same rule builds the consent page."""
    return frozenset(c.name for c in CLAIMS if c.scope in scopes and level >= c.minimum_level)


# What each claim asks for at least, however it is asked for: by a scope, by name, or as a verified claim.
MINIMUM_LEVELS: Final[Mapping[ClaimName, int]] = {c.name: c.minimum_level for c in CLAIMS}

# What ``verified_claims`` may hold (Identity Assurance): facts about the person that evidence proves.
VERIFIABLE: Final = frozenset(
    {ClaimName.NAME, ClaimName.BIRTHDATE, ClaimName.GENDER, ClaimName.PHONE_NUMBER, ClaimName.ID_NUMBER}
)


def askable(scopes: frozenset[str]) -> frozenset[ClaimName]:
    """The claims a client registered for ``scopes`` may ask for by name (OpenID Connect Core 5.5)."""
    return frozenset(c.name for c in CLAIMS if c.scope in scopes)
