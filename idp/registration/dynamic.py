"""Metadata as a client registers it itself (RFC 7591 section 2) into the words of clients.yaml, and back.

Members that are not known here are ignored, as the RFC has it. Texts of faults are constant ASCII and repeat nothing of
the request: they are sent back to whoever asked.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import urlsplit

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from idp.domain.claims import Scope
from idp.domain.client import AuthMethod, GrantType
from idp.registration import addresses
from idp.registration.methods import ANY_CLIENT, ONE, TLS_NAMES
from idp.registration.policy import Policy
from idp.registration.words import LOOPBACK

LONGEST_NAME: Final = 40
LONGEST_NAME_EN: Final = 60
CHINESE: Final = ("client_name#zh-CN", "client_name#zh-Hans-CN", "client_name#zh-Hans", "client_name#zh", "client_name")
ENGLISH: Final = ("client_name#en", "client_name#en-US", "client_name#en-GB", "client_name")

# Members that mean the same in a registration and in clients.yaml.
SAME: Final = frozenset(
    {
        "redirect_uris", "post_logout_redirect_uris", "sector_identifier_uri", "jwks", "jwks_uri", "default_max_age",
        "id_token_signed_response_alg", "id_token_encrypted_response_alg", "id_token_encrypted_response_enc",
        "userinfo_signed_response_alg", "userinfo_encrypted_response_alg", "userinfo_encrypted_response_enc",
        "request_object_signing_alg", "require_signed_request_object", "require_pushed_authorization_requests",
        "dpop_bound_access_tokens", "tls_client_certificate_bound_access_tokens", "authorization_details_types",
        "backchannel_logout_uri", "backchannel_logout_session_required", "frontchannel_logout_uri",
        "frontchannel_logout_session_required", "initiate_login_uri", "client_uri", "logo_uri", "policy_uri", "tos_uri",
        "contacts", "profile", "application_type",
    }
)  # fmt: skip
BY_METHOD: Final[Mapping[AuthMethod, frozenset[str]]] = {
    AuthMethod.PRIVATE_KEY_JWT: frozenset({"token_endpoint_auth_signing_alg"}),
    AuthMethod.SECRET_JWT: frozenset({"token_endpoint_auth_signing_alg"}),
    AuthMethod.TLS: frozenset(TLS_NAMES),
}
# CIBA 4: its own names for what stands together in clients.yaml.
CIBA: Final = {
    "backchannel_token_delivery_mode": "delivery_mode",
    "backchannel_client_notification_endpoint": "notification_endpoint",
    "backchannel_authentication_request_signing_alg": "request_signing_alg",
}
# Answered by the provider alone, in every registration and update (RFC 7592 section 2.2).
OURS: Final = frozenset(
    {"registration_access_token", "registration_client_uri", "client_secret_expires_at", "client_id_issued_at"}
)


class MetadataRefused(Exception):
    """``error``: its name in RFC 7591 section 3.2.2; ``description``: constant ASCII."""

    def __init__(self, description: str, error: str = "invalid_client_metadata") -> None:
        super().__init__(description)
        self.error = error
        self.description = description


@dataclass(frozen=True, slots=True)
class Terms:
    """On whose terms a client registers. ``contact`` answers for it where it names nobody itself."""

    policy: Policy
    contact: str
    loopback_allowed: bool


Rule = Callable[[Mapping[str, Any], Terms], str | None]


def _response_types(asked: Mapping[str, Any], _: Terms) -> str | None:
    return None if asked.get("response_types", ["code"]) == ["code"] else "response_types: only code is offered"


def _grant_types(asked: Mapping[str, Any], terms: Terms) -> str | None:
    grants = asked.get("grant_types", [GrantType.AUTHORIZATION_CODE])
    known = isinstance(grants, list) and all(isinstance(each, str) and each in terms.policy.grants for each in grants)
    return None if known else "grant_types: one of them is not offered to clients that register themselves"


def _method(asked: Mapping[str, Any], terms: Terms) -> str | None:
    method = asked.get("token_endpoint_auth_method", AuthMethod.BASIC)
    known = isinstance(method, str) and method in terms.policy.methods
    return None if known else "token_endpoint_auth_method: not offered"


def _scope(asked: Mapping[str, Any], terms: Terms) -> str | None:
    scope = asked.get("scope", "")
    if not isinstance(scope, str):
        return "scope: must be a text"
    refused = set(scope.split()) & set(Scope) - terms.policy.scopes
    return "scope: one of them needs the approval of the provider's operators" if refused else None


def _subject_type(asked: Mapping[str, Any], _: Terms) -> str | None:
    return None if asked.get("subject_type", "pairwise") == "pairwise" else "subject_type: only pairwise is offered"


def _application_type(asked: Mapping[str, Any], _: Terms) -> str | None:
    known = asked.get("application_type", "web") in ("web", "native")
    return None if known else "application_type: web or native"


def _initiate_login(asked: Mapping[str, Any], _: Terms) -> str | None:
    address = asked.get("initiate_login_uri")
    plain = address is not None and not str(address).startswith("https://")
    return "initiate_login_uri: must be https (OpenID Connect Core 4)" if plain else None


def _addresses(asked: Mapping[str, Any], terms: Terms) -> str | None:
    return addresses.foreign(asked, terms.policy)


def _sector(asked: Mapping[str, Any], _: Terms) -> str | None:
    return addresses.unfit_sector(asked, asked.get("grant_types", ()))


def _names(asked: Mapping[str, Any], _: Terms) -> str | None:
    told = (asked.get(name) for name in {*CHINESE, *ENGLISH})
    good = all(each is None or (isinstance(each, str) and each.strip() and each.isprintable()) for each in told)
    return None if good else "client_name: must be a printable text"


RULES: Final[tuple[Rule, ...]] = (
    _response_types, _grant_types, _method, _scope, _subject_type, _application_type, _initiate_login, _addresses,
    _sector, _names,
)  # fmt: skip


def _redirects(asked: Mapping[str, Any], terms: Terms) -> None:
    """Web clients come back by https; a native one also on loopback (RFC 8252 section 7.3). Raises MetadataRefused."""
    uris = asked.get("redirect_uris", [])
    if not isinstance(uris, list) or not all(isinstance(each, str) for each in uris):
        raise MetadataRefused("redirect_uris: must be a list of texts", "invalid_redirect_uri")
    native = asked.get("application_type") == "native"
    for uri in uris:
        try:
            parts = urlsplit(uri)
            host = parts.hostname
        except ValueError:
            raise MetadataRefused("redirect_uris: not an address", "invalid_redirect_uri") from None
        if parts.scheme == "http" and host in LOOPBACK and not (native or terms.loopback_allowed):
            raise MetadataRefused("redirect_uris: must be https for a web client", "invalid_redirect_uri")
        if terms.policy.redirect_hosts and host not in terms.policy.redirect_hosts:
            raise MetadataRefused("redirect_uris: its host is not among those of the initial access token",
                                  "invalid_redirect_uri")  # fmt: skip


def declared(client_id: str, asked: Mapping[str, Any], terms: Terms) -> dict[str, Any]:
    """What clients.yaml would say of this client, without its secret. Raises MetadataRefused."""
    asked = {name: value for name, value in asked.items() if value is not None}
    if "software_statement" in asked:
        raise MetadataRefused("software_statement: none is approved here", "unapproved_software_statement")
    _redirects(asked, terms)
    for rule in RULES:
        fault = rule(asked, terms)
        if fault is not None:
            raise MetadataRefused(fault)
    method = AuthMethod(asked.get("token_endpoint_auth_method", AuthMethod.BASIC))
    grants = list(dict.fromkeys(asked.get("grant_types", [GrantType.AUTHORIZATION_CODE.value])))
    kept = SAME | BY_METHOD.get(method, frozenset())
    found = {name: value for name, value in asked.items() if name in kept}
    found |= {
        "client_id": client_id,
        "token_endpoint_auth_method": method.value,
        "client_name": _name(asked, CHINESE, client_id, LONGEST_NAME),
        "client_name_en": _name(asked, ENGLISH, client_id, LONGEST_NAME_EN),
        "grant_types": grants,
        "scope": " ".join(_scopes(asked, grants, terms)),
        "contacts": found.get("contacts") or [terms.contact],
    }
    own = addresses.sector(client_id, asked, grants, terms.policy)
    found |= {} if own is None else {"sector_identifier": own}
    ciba = {ours: asked[theirs] for theirs, ours in CIBA.items() if asked.get(theirs) is not None}
    return found | ({"ciba": ciba} if ciba and GrantType.CIBA in grants else {})


def checked(document: Mapping[str, Any]) -> ANY_CLIENT:
    """The model of what was declared. Raises MetadataRefused with the first fault."""
    try:
        return ONE.validate_python(dict(document))
    except ValidationError as error:
        raise _fault(error.errors(include_input=False, include_url=False)[0]) from None


def _fault(error: ErrorDetails) -> MetadataRefused:
    """The members' own words; what a library says of an input is cut to what a header or JSON may hold."""
    place = [part for part in error["loc"] if isinstance(part, str) and part not in set(AuthMethod)]
    message = error["msg"].removeprefix("Value error, ")
    text = f"{place[0]}: {message}" if place else message
    text = "".join(each if " " <= each <= "~" and each not in '"\\' else " " for each in text)[:200]
    return MetadataRefused(
        text, "invalid_redirect_uri" if text.startswith("redirect_uris") else "invalid_client_metadata"
    )


def _name(asked: Mapping[str, Any], names: tuple[str, ...], fallback: str, longest: int) -> str:
    """The first of these that is told, cut to what pages have room for (RFC 7591 section 2: we may replace values)."""
    told = next((asked[name] for name in names if asked.get(name)), None)
    if told is None:
        hosts = [urlsplit(uri).hostname for uri in asked.get("redirect_uris", ())]
        told = hosts[0] if hosts and hosts[0] else fallback
    return str(told) if len(told) <= longest else f"{told[: longest - 1]}…"


def _scopes(asked: Mapping[str, Any], grants: list[str], terms: Terms) -> list[str]:
    """Those asked for that exist; by default every one that the terms allow (RFC 7591 section 2)."""
    if "scope" in asked:
        return [each for each in dict.fromkeys(asked["scope"].split()) if each in set(Scope)]
    without = set() if GrantType.REFRESH_TOKEN in grants else {Scope.OFFLINE_ACCESS}
    return [each.value for each in Scope if each in terms.policy.scopes - without]


def answer(client: ANY_CLIENT) -> dict[str, Any]:
    """The registered metadata, defaults included (RFC 7591 section 3.2.1)."""
    told = client.model_dump(mode="json", exclude_none=True)
    ciba = told.get("ciba", {})
    kept = SAME | BY_METHOD.get(client.auth_method, frozenset())
    found = {name: value for name, value in told.items() if name in kept and value not in ([], ())}
    return found | {
        "client_id": client.client_id,
        "client_name": client.client_name,
        "client_name#zh-CN": client.client_name,
        "client_name#en": client.client_name_en,
        "token_endpoint_auth_method": client.auth_method.value,
        "grant_types": told["grant_types"],
        "response_types": ["code"] if GrantType.AUTHORIZATION_CODE in client.grant_types else [],
        "subject_type": "pairwise",
        "scope": client.scope,
        **{theirs: ciba[ours] for theirs, ours in CIBA.items() if ours in ciba},
    }
