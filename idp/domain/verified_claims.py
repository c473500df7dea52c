"""``verified_claims`` (OpenID Connect for Identity Assurance 1.0): what live evidence says, as far as it was asked for.

Trust framework ``cn_real_name``: its levels are :data:`idp.domain.assurance.TABLE`. The answer mirrors the request: an
element that was not asked for is not told, a condition that is not met leaves no answer at all (section 6.5.4), and
evidence that a request filters out does not raise the level it is told. The population record is the ground of every
level of the framework, so it counts whether or not it is asked for.
"""

import datetime
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Final

from idp.domain.assurance import POPULATION_RECORD, TABLE, Level, level_of
from idp.domain.channel import ChannelFacts, SubjectKind
from idp.domain.claims import MINIMUM_LEVELS, ClaimName
from idp.domain.claims_request import Placement, Unmatched, VerifiedAsk, constrained, matching
from idp.domain.evidence import Evidence, EvidenceShape, EvidenceType, Strength

TRUST_FRAMEWORK: Final = "cn_real_name"
ISSUING_COUNTRY: Final = "CHN"

# An electronic signature's member needs issuer and serial number (IDA schema): we keep neither, so we tell of none.
TOLD_TYPES: Final = frozenset({EvidenceType.DOCUMENT, EvidenceType.ELECTRONIC_RECORD, EvidenceType.VOUCH})

# Name and number are bound by every proof, and the number says birth date and sex; the rest only some confirm.
PROVED_BY_ANY: Final = frozenset({ClaimName.NAME, ClaimName.ID_NUMBER, ClaimName.BIRTHDATE, ClaimName.GENDER})

# What an element cannot stand without (required members of the IDA schema).
REQUIRED: Final[Mapping[str, str]] = {
    "record": "type",
    "document_details": "type",
    "attestation": "type",
    "check_details": "check_method",
}


@dataclass(frozen=True, slots=True)
class Proved:
    """One live row of evidence, and the facts of the channel that left it."""

    evidence: Evidence
    facts: ChannelFacts


@dataclass(frozen=True, slots=True)
class Dossier:
    """What may be told about a citizen at ``now``. ``level`` is the sign-in's; sensitive claims ask for it too.

    ``opaque`` makes an identifier of a row for one sector: portals cannot recognise a person by it (DESIGN section 3).
    """

    proved: Sequence[Proved]
    values: Mapping[ClaimName, Any] = field(repr=False)
    level: int
    now: float
    opaque: Callable[[str], str]


def dossier(
    rows: Iterable[Evidence],
    facts: Mapping[str, ChannelFacts],
    values: Mapping[ClaimName, Any],
    *,
    level: int,
    now: float,
    opaque: Callable[[str], str],
) -> Dossier:
    """Of each channel the newest live row about the person; a channel that is no longer there is not told of."""
    newest: dict[str, Proved] = {}
    for row in sorted(rows, key=lambda each: each.verified_at):
        known = facts.get(row.channel)
        if row.alive(now) and known is not None and SubjectKind.CITIZEN in known.subjects:
            newest[row.channel] = Proved(row, known)
    return Dossier(tuple(newest.values()), values, level, now, opaque)


def answers(place: Placement, told: Dossier) -> dict[str, Any] | list[dict[str, Any]] | None:
    """The ``verified_claims`` member for one place; None when no request of it is met (section 6.4: independently)."""
    met = [each for ask in place.verified if (each := answer(ask, told)) is not None]
    if not met:
        return None
    return met if place.many else met[0]


def answer(ask: VerifiedAsk, told: Dossier) -> dict[str, Any] | None:
    """The answer to one request, or None."""
    try:
        used, evidence = _evidence(ask.verification.get("evidence"), told)
        level = level_of([each.evidence for each in used], told.now)
        if level < Level.BASIC:
            return None
        verification = project(ask.verification, _verification(used, evidence, level, told), told.now)
    except Unmatched:
        return None
    claims = _claims(ask, used, min(int(level), told.level), told)
    if not claims or "trust_framework" not in verification:
        return None
    return {"verification": verification, "claims": claims}


def _evidence(asked: Any, told: Dossier) -> tuple[Sequence[Proved], list[dict[str, Any]]]:
    """The rows this answer rests on, and their members. Several filters are alternatives (section 6.2)."""
    if asked is None:
        return told.proved, []
    used, members = [], []
    for each in told.proved:
        found = [member for entry in entries(each, told.opaque) if (member := _first(asked, entry, told.now))]
        members += found
        if found:
            used.append(each)
        elif POPULATION_RECORD.met_by(each.evidence):  # the ground, and nothing above it
            used.append(replace(each, evidence=replace(each.evidence, strength=Strength.KNOWLEDGE)))
    if not members:
        raise Unmatched
    return used, members


def _verification(
    used: Sequence[Proved], evidence: list[dict[str, Any]], level: Level, told: Dossier
) -> dict[str, Any]:
    rows = [each.evidence for each in used]
    needed = [max(row.verified_at for row in rows if need.met_by(row)) for need in dict(TABLE)[level]]
    return {
        "trust_framework": TRUST_FRAMEWORK,
        "assurance_level": str(int(level)),
        "time": _time(max(needed)),
        "verification_process": told.opaque(" ".join(sorted(row.id for row in rows))),
        "evidence": _Ready(evidence),
    }


def _claims(ask: VerifiedAsk, used: Sequence[Proved], level: int, told: Dossier) -> dict[str, Any]:
    """The values that are proved, known, allowed at this level, and as asked; the others are left out (6.5.4)."""
    confirmed = {item for each in used for item in each.evidence.claims.items()}
    proved = PROVED_BY_ANY | {name for name, value in confirmed if told.values.get(name) == value}
    found: dict[str, Any] = {}
    for name, template in ask.claims.items():
        value = told.values.get(name)
        if value is None or name not in proved or level < MINIMUM_LEVELS[name]:
            continue
        try:
            found[name.value] = matching(template, value, told.now)
        except Unmatched:
            continue
    return found


def entries(proved: Proved, opaque: Callable[[str], str]) -> list[dict[str, Any]]:
    """The members of ``evidence`` that one row leaves; only checks that were really made."""
    return [
        _member(shape, proved, opaque(f"{proved.evidence.id} {number}"))
        for number, shape in enumerate(proved.facts.evidence)
        if shape.type in TOLD_TYPES
    ]


def _member(shape: EvidenceShape, proved: Proved, reference: str) -> dict[str, Any]:
    organization, time = proved.facts.organization, _time(proved.evidence.verified_at)
    checks = [
        {"check_method": method.value, "organization": organization, "check_id": reference, "time": time}
        for method in shape.check_methods
        if method in proved.evidence.check_methods
    ]
    details: dict[EvidenceType, dict[str, Any]] = {
        EvidenceType.ELECTRONIC_RECORD: {"record": {"type": shape.record_type, "source": {"name": organization}}},
        EvidenceType.DOCUMENT: {
            "document_details": {"type": shape.record_type, "issuer": {"country_code": ISSUING_COUNTRY}}
        },
        EvidenceType.VOUCH: {
            "attestation": {
                "type": shape.record_type,
                "reference_number": reference,
                "voucher": {"organization": organization},
            }
        },
    }
    return {"type": shape.type.value, **({"check_details": checks} if checks else {}), **details[shape.type]}


class _Ready(list[dict[str, Any]]):
    """Members that were held against the request already."""


def project(template: Any, actual: Any, now: float) -> Any:
    """What of ``actual`` the template asks for. Raises Unmatched when a condition is not met."""
    if isinstance(actual, _Ready):
        return list(actual)
    if isinstance(actual, list):
        met = [found for each in actual if (found := _first(template or [], each, now))]
        if not met:
            raise Unmatched
        return met
    if not isinstance(actual, dict):
        return matching(template, actual, now)
    found = {}
    for name, asked in (template or {}).items():
        if name in actual:
            part = project(asked, actual[name], now)
            if _whole(name, part):
                found[name] = part
        elif constrained({name: asked}):
            raise Unmatched
    return found


def _first(templates: Sequence[Any], actual: dict[str, Any], now: float) -> dict[str, Any] | None:
    """The member by the first template it satisfies."""
    for template in templates:
        try:
            return dict(project(template, actual, now))
        except Unmatched:
            continue
    return None


def _whole(name: str, part: Any) -> bool:
    """Whether an element may stand: not empty, and with what the schema requires of it (section 6.5.5)."""
    if isinstance(part, list):
        return all(_whole(name, each) for each in part) and bool(part)
    return bool(part) and (name not in REQUIRED or REQUIRED[name] in part)


def _time(at: float) -> str:
    return datetime.datetime.fromtimestamp(int(at), datetime.UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
