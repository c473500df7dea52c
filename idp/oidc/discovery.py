"""Discovery (OpenID Connect Discovery 1.0, RFC 8414): what is mounted and registered, nothing else, rendered once."""

from collections.abc import Mapping, Sequence
from typing import Any

from idp.domain.assurance import Level
from idp.domain.channel import ChannelFacts, SubjectKind
from idp.domain.claims import CLAIMS, VERIFIABLE, ClaimName, Scope
from idp.domain.client import AuthMethod, GrantType, SigningAlg
from idp.domain.evidence import EvidenceType
from idp.domain.verified_claims import PROVED_BY_ANY, TOLD_TYPES, TRUST_FRAMEWORK

# Endpoint metadata name -> path; ``web.endpoints`` mounts exactly these.
PATHS: dict[str, str] = {
    "authorization_endpoint": "/authorize",
    "token_endpoint": "/token",
    "userinfo_endpoint": "/userinfo",
    "revocation_endpoint": "/revoke",
    "end_session_endpoint": "/logout",
    "jwks_uri": "/jwks",
}


def metadata(issuer: str, channels: Sequence[ChannelFacts]) -> Mapping[str, Any]:
    """The provider's metadata; every URL is built from the configured issuer, never from a request."""
    methods = [m.value for m in AuthMethod]
    return {
        "issuer": issuer,
        **{name: f"{issuer}{path}" for name, path in PATHS.items()},
        "scopes_supported": [s.value for s in Scope],
        "response_types_supported": ["code"],
        "response_modes_supported": ["query"],
        "grant_types_supported": [g.value for g in GrantType],
        "subject_types_supported": ["pairwise"],
        "id_token_signing_alg_values_supported": [a.value for a in SigningAlg],
        "token_endpoint_auth_methods_supported": methods,
        "revocation_endpoint_auth_methods_supported": methods,
        "code_challenge_methods_supported": ["S256"],
        "acr_values_supported": [level.acr for level in Level],
        "claims_supported": sorted({c.name.value for c in CLAIMS} | {"sub", "auth_time", "acr", "amr", "sid"}),
        "claim_types_supported": ["normal"],
        "prompt_values_supported": ["none", "login", "consent", "select_account"],
        "display_values_supported": ["page", "touch"],
        "ui_locales_supported": ["zh-CN", "en"],
        "claims_parameter_supported": True,
        "request_parameter_supported": False,
        "request_uri_parameter_supported": False,
        "authorization_response_iss_parameter_supported": True,
        "backchannel_logout_supported": True,
        "backchannel_logout_session_supported": True,
        **_identity_assurance(channels),
    }


def _identity_assurance(channels: Sequence[ChannelFacts]) -> Mapping[str, Any]:
    """Identity Assurance 1.0 section 9, from what the mounted channels leave; a list that would be empty is absent."""
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
