"""Rules between the members of a registration: small lists of (broken, what is wrong), every one always looked at."""

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from idp.domain.claims import MachineScope, Scope
from idp.domain.client import AuthMethod, ChannelPolicy, GrantType
from idp.domain.profiles import ALGS, PROFILES

if TYPE_CHECKING:
    from idp.registration.declared import Declared

# The one type of rich authorization request that is spoken here (RFC 9396): the service item being handled.
DETAILS_TYPES = frozenset({"matter"})


def _scope_rules(it: "Declared") -> Iterable[tuple[bool, str]]:
    scopes = it.scope.split()
    signs_in = bool({GrantType.AUTHORIZATION_CODE, GrantType.DEVICE_CODE, GrantType.CIBA} & set(it.grant_types))
    unknown = sorted(set(scopes) - set(Scope) - set(MachineScope))
    yield bool(unknown), f"scope: unknown {' '.join(unknown)}"
    yield signs_in and Scope.OPENID not in scopes, "scope: openid is required"
    yield len(scopes) != len(set(scopes)), "scope: repeated"
    yield (
        bool(set(scopes) & set(MachineScope)) and GrantType.CLIENT_CREDENTIALS not in it.grant_types,
        "scope: ssf.manage and ssf.read need the client_credentials grant",
    )
    yield (
        Scope.OFFLINE_ACCESS in scopes and GrantType.REFRESH_TOKEN not in it.grant_types,
        "scope: offline_access needs the refresh_token grant",
    )


def _grant_rules(it: "Declared") -> Iterable[tuple[bool, str]]:
    grants = set(it.grant_types)
    code = GrantType.AUTHORIZATION_CODE in grants
    yield code and not it.redirect_uris, "redirect_uris: at least one is required"
    yield not code and bool(it.redirect_uris), "grant_types: authorization_code is required with redirect_uris"
    yield not grants, "grant_types: at least one is required"
    yield grants == {GrantType.REFRESH_TOKEN}, "grant_types: refresh_token alone leads nowhere"
    public = it.auth_method is AuthMethod.NONE
    alone = GrantType.CLIENT_CREDENTIALS, GrantType.CIBA, GrantType.TOKEN_EXCHANGE
    yield public and bool(grants & set(alone)), "grant_types: a public client cannot have it (RFC 6749 section 4.4)"
    yield it.ciba is not None and GrantType.CIBA not in grants, "ciba: needs the CIBA grant"
    yield public and it.resource_server is not None, "resource_server: a public client cannot introspect"
    yield len(set(it.redirect_uris)) != len(it.redirect_uris), "redirect_uris: repeated"
    yield bool(set(it.authorization_details_types) - DETAILS_TYPES), "authorization_details_types: unknown"


def _sector_rules(it: "Declared") -> Iterable[tuple[bool, str]]:
    hosts = {urlsplit(uri).hostname for uri in it.redirect_uris}
    named = it.sector_identifier is not None or it.sector_identifier_uri is not None
    yield len(hosts) > 1 and not named, "sector_identifier: required with several hosts"
    yield (
        it.sector_identifier is not None and it.sector_identifier_uri is not None,
        "sector_identifier: not beside sector_identifier_uri",
    )


def _sign_out_rules(it: "Declared") -> Iterable[tuple[bool, str]]:
    """OpenID Connect Front-Channel Logout 1.0, section 2."""
    origins = {urlsplit(uri)[:2] for uri in it.redirect_uris}
    address = it.frontchannel_logout_uri
    yield (
        address is not None and urlsplit(address)[:2] not in origins,
        "frontchannel_logout_uri: must have scheme, host and port of a redirect URI",
    )
    yield (
        it.frontchannel_logout_session_required and address is None,
        "frontchannel_logout_session_required: needs frontchannel_logout_uri",
    )


def _channel_rules(it: "Declared") -> Iterable[tuple[bool, str]]:
    yield len(set(it.channels)) != len(it.channels), "channels: repeated"
    yield it.channel_policy is ChannelPolicy.REQUIRE and not it.channels, "channel_policy: require needs channels"


def _key_rules(it: "Declared") -> Iterable[tuple[bool, str]]:
    wanted = {
        "request_object_signing_alg": it.request_object_signing_alg,
        "id_token_encrypted_response_alg": it.id_token_encrypted_response_alg,
        "userinfo_encrypted_response_alg": it.userinfo_encrypted_response_alg,
        "ciba.request_signing_alg": it.ciba.request_signing_alg if it.ciba else None,
    }
    missing = [name for name, value in wanted.items() if value is not None and not it.keys]
    yield it.jwks is not None and it.jwks_uri is not None, "jwks: not beside jwks_uri (RFC 7591 section 2)"
    yield bool(missing), f"{', '.join(missing)}: needs jwks or jwks_uri"
    yield (
        it.require_signed_request_object and it.request_object_signing_alg is None,
        "require_signed_request_object: needs request_object_signing_alg",
    )


def _profile_rules(it: "Declared") -> Iterable[tuple[bool, str]]:
    """What the profile asks of the registration itself."""
    asked, name = PROFILES[it.profile], it.profile.value
    bound = it.dpop_bound_access_tokens or it.tls_client_certificate_bound_access_tokens
    algs = {
        "id_token_signed_response_alg": it.id_token_signed_response_alg.value,
        "userinfo_signed_response_alg": it.userinfo_signed_response_alg and it.userinfo_signed_response_alg.value,
        "request_object_signing_alg": it.request_object_signing_alg,
        "token_endpoint_auth_signing_alg": getattr(it, "token_endpoint_auth_signing_alg", None),
        "ciba.request_signing_alg": it.ciba.request_signing_alg if it.ciba else None,
    }
    yield it.auth_method not in asked.auth_methods, f"token_endpoint_auth_method: not allowed by profile {name}"
    yield (
        asked.require_binding and not bound,
        f"dpop_bound_access_tokens or tls_client_certificate_bound_access_tokens: profile {name} needs one",
    )
    for key, alg in algs.items():
        known = ALGS | {"HS256"} if asked.algs == ALGS else asked.algs
        yield alg is not None and alg not in known, f"{key}: {alg} is not allowed by profile {name}"


RULES: tuple[Callable[["Declared"], Iterable[tuple[bool, str]]], ...] = (
    _grant_rules,
    _scope_rules,
    _sector_rules,
    _sign_out_rules,
    _channel_rules,
    _key_rules,
    _profile_rules,
)


def faults(it: "Declared") -> list[str]:
    """Everything that is wrong with a registration; empty when nothing is."""
    return [text for rule in RULES for wrong, text in rule(it) if wrong]
