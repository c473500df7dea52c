"""Discovery (OpenID Connect Discovery 1.0, RFC 8414): what is mounted and registered, nothing else, rendered once."""

from collections.abc import Mapping, Sequence
from typing import Any

from idp.domain.assurance import Level
from idp.domain.authorization import MATTER
from idp.domain.channel import ChannelFacts
from idp.domain.claims import CLAIMS, Scope
from idp.domain.client import AuthMethod, CibaDelivery, ContentEnc, GrantType, KeyAlg, SigningAlg
from idp.domain.profiles import ALGS
from idp.oidc import assurance_metadata, dpop_checks
from idp.oidc.authorization_checks import RESPONSE_MODES
from idp.oidc.client_assertion import HMAC_ALG

# Endpoint metadata name -> path; ``web.endpoints`` mounts exactly these.
PATHS: dict[str, str] = {
    "authorization_endpoint": "/authorize",
    "pushed_authorization_request_endpoint": "/par",
    "token_endpoint": "/token",
    "userinfo_endpoint": "/userinfo",
    "revocation_endpoint": "/revoke",
    "introspection_endpoint": "/introspect",
    "registration_endpoint": "/clients",
    "end_session_endpoint": "/logout",
    "check_session_iframe": "/session/check",
    "device_authorization_endpoint": "/device_authorization",
    "backchannel_authentication_endpoint": "/bc-authorize",
    "jwks_uri": "/jwks",
}
# Endpoints at which clients authenticate, by the word before ``_endpoint`` in their metadata; what will not do there.
AUTHENTICATED: dict[str, frozenset[AuthMethod]] = {
    "token": frozenset(),
    "revocation": frozenset(),
    "introspection": frozenset({AuthMethod.NONE}),  # RFC 7662 section 2.1: it must require authorization
}
BY_CERTIFICATE = frozenset({AuthMethod.TLS, AuthMethod.SELF_SIGNED_TLS})


def metadata(issuer: str, channels: Sequence[ChannelFacts], *, mutual_tls: bool = False) -> Mapping[str, Any]:
    """The provider's metadata; every URL is built from the configured issuer, never from a request.

    ``mutual_tls``: a proxy hands certificates on, so clients may authenticate and be bound by them.
    """
    return {
        "issuer": issuer,
        **{name: f"{issuer}{path}" for name, path in PATHS.items()},
        **_requests(),
        **_client_authentication(mutual_tls=mutual_tls),
        **_tokens(),
        # RFC 8705 section 3.3; left out, it means false.
        **({"tls_client_certificate_bound_access_tokens": True} if mutual_tls else {}),
        **_claims(),
        **_decoupled(),
        **_sign_out(),
        **assurance_metadata.members(channels),
    }


def _requests() -> Mapping[str, Any]:
    """What an authorization request may say."""
    return {
        "scopes_supported": [s.value for s in Scope],
        "response_types_supported": ["code"],
        "response_modes_supported": list(RESPONSE_MODES),
        "code_challenge_methods_supported": ["S256"],
        "prompt_values_supported": ["none", "login", "consent", "select_account"],
        "display_values_supported": ["page", "popup", "touch"],
        "ui_locales_supported": ["zh-CN", "en"],
        "claims_parameter_supported": True,
        "request_parameter_supported": True,
        "request_uri_parameter_supported": False,
        "request_object_signing_alg_values_supported": sorted(ALGS),
        "require_pushed_authorization_requests": False,
        "authorization_details_types_supported": [MATTER],
        "authorization_response_iss_parameter_supported": True,
    }


def _client_authentication(*, mutual_tls: bool) -> Mapping[str, Any]:
    """How clients authenticate: alike at every endpoint where they do (RFC 8414 section 2).

    Introspection is not for those that do not (RFC 7662 section 2.1).
    """
    methods = [method for method in AuthMethod if mutual_tls or method not in BY_CERTIFICATE]
    found: dict[str, Any] = {}
    for endpoint, refused in AUTHENTICATED.items():
        found[f"{endpoint}_endpoint_auth_methods_supported"] = [m.value for m in methods if m not in refused]
        found[f"{endpoint}_endpoint_auth_signing_alg_values_supported"] = sorted(ALGS | {HMAC_ALG})
    return found


def _tokens() -> Mapping[str, Any]:
    """What the token endpoint takes and gives."""
    return {
        "grant_types_supported": [g.value for g in GrantType],
        "subject_types_supported": ["pairwise"],
        "id_token_signing_alg_values_supported": [a.value for a in SigningAlg],
        "userinfo_signing_alg_values_supported": [a.value for a in SigningAlg],
        "introspection_signing_alg_values_supported": [a.value for a in SigningAlg],
        "dpop_signing_alg_values_supported": list(dpop_checks.ALGS),
        **{
            f"{what}_encryption_{part}_values_supported": [each.value for each in words]
            for what in ("id_token", "userinfo", "introspection")
            for part, words in (("alg", KeyAlg), ("enc", ContentEnc))
        },
    }


def _claims() -> Mapping[str, Any]:
    """What is told of a citizen."""
    return {
        "acr_values_supported": [level.acr for level in Level],
        "claims_supported": sorted({c.name.value for c in CLAIMS} | {"sub", "auth_time", "acr", "amr", "sid"}),
        "claim_types_supported": ["normal"],
    }


def _decoupled() -> Mapping[str, Any]:
    """What is asked elsewhere than it is approved (CIBA section 4)."""
    return {
        "backchannel_token_delivery_modes_supported": [each.value for each in CibaDelivery],
        "backchannel_authentication_request_signing_alg_values_supported": sorted(ALGS),
        "backchannel_user_code_parameter_supported": False,
    }


def _sign_out() -> Mapping[str, Any]:
    """The three ways of telling a relying party that somebody signed out."""
    return {
        "backchannel_logout_supported": True,
        "backchannel_logout_session_supported": True,
        "frontchannel_logout_supported": True,
        "frontchannel_logout_session_supported": True,
    }
