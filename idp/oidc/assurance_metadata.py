"""What is announced of identity assurance (Identity Assurance 1.0 section 9), from the channels that are mounted."""

from collections.abc import Mapping, Sequence
from typing import Any

from idp.domain.channel import ChannelFacts, SubjectKind
from idp.domain.claims import VERIFIABLE, ClaimName
from idp.domain.evidence import EvidenceType
from idp.domain.verified_claims import PROVED_BY_ANY, TOLD_TYPES, TRUST_FRAMEWORK


def members(channels: Sequence[ChannelFacts]) -> Mapping[str, Any]:
    """From what the mounted channels leave; a list that would be empty is absent."""
    about_citizens = [facts for facts in channels if SubjectKind.CITIZEN in facts.subjects]
    shapes = [shape for facts in about_citizens for shape in facts.evidence if shape.type in TOLD_TYPES]
    if not shapes:
        return {}
    documents = [shape for shape in shapes if shape.type is EvidenceType.DOCUMENT]
    lists = {
        "trust_frameworks_supported": {TRUST_FRAMEWORK},
        "evidence_supported": {shape.type.value for shape in shapes},
        "documents_supported": {shape.record_type for shape in documents},
        "documents_check_methods_supported": {method.value for shape in documents for method in shape.check_methods},
        "electronic_records_supported": {s.record_type for s in shapes if s.type is EvidenceType.ELECTRONIC_RECORD},
        "claims_in_verified_claims_supported": {name.value for name in _provable(about_citizens)},
    }
    return {"verified_claims_supported": True} | {name: sorted(found) for name, found in lists.items() if found}


def _provable(channels: Sequence[ChannelFacts]) -> frozenset[ClaimName]:
    """What some channel proves, or its number says."""
    return VERIFIABLE & PROVED_BY_ANY.union(*(facts.proves for facts in channels))
