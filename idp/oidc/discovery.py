"""Discovery (OpenID Connect Discovery 1.0, RFC 8414): what is mounted and registered, nothing else, rendered once."""

from collections.abc import Mapping
from typing import Any

from idp.domain.assurance import Level
from idp.domain.claims import CLAIMS, Scope
from idp.domain.client import AuthMethod, GrantType, SigningAlg

# Endpoint metadata name -> path; ``web.endpoints`` mounts exactly these.
PATHS: dict[str, str] = {
    "authorization_endpoint": "/authorize",
    "token_endpoint": "/token",
    "userinfo_endpoint": "/userinfo",
    "revocation_endpoint": "/revoke",
    "end_session_endpoint": "/logout",
    "jwks_uri": "/jwks",
}


def metadata(issuer: str) -> Mapping[str, Any]:
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
        "claims_parameter_supported": False,
        "request_parameter_supported": False,
        "request_uri_parameter_supported": False,
        "authorization_response_iss_parameter_supported": True,
        "backchannel_logout_supported": True,
        "backchannel_logout_session_supported": True,
    }
