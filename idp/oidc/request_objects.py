"""Request objects by value (RFC 9101; FAPI 2.0 Message Signing 5.3.1): an authorization request that its client signed.

Only what is inside counts (RFC 9101 section 5): of what stands beside it ``client_id`` alone is looked at, and must be
the same. Nothing is fetched, nothing is decrypted, nothing unsigned is believed; none of them is ignored either, for an
ignored signature is a downgrade.
"""

from collections.abc import Callable, Collection, Mapping
from typing import Any, Final

from idp.domain.client import Client
from idp.domain.ports import Clock
from idp.oidc.client_jwks import ClientJwks, JwtRefused, KeysUnavailable
from idp.oidc.errors import InvalidRequestObjectError, RequestNotSupportedError, TemporarilyUnavailableError
from idp.oidc.parameters import from_json

AHEAD: Final = 30.0  # seconds that a client's clock may be ahead: FAPI 2.0 5.3.2.1 wants 10 accepted, and 60 refused
TYPES: Final = frozenset({"oauth-authz-req+jwt", "application/oauth-authz-req+jwt", "jwt"})
NESTED: Final = frozenset({"request", "request_uri"})
# Of the JWT itself, not of the request.
OF_THE_JWT: Final = frozenset({"iss", "aud", "exp", "nbf", "iat", "jti", "sub"})


class RequestObjects:
    """Reads them."""

    def __init__(self, issuer: str, jwks: ClientJwks, clock: Clock) -> None:
        self._issuer = issuer
        self._jwks = jwks
        self._clock = clock

    def parameters(self, unverified_object: str, client: Client) -> Mapping[str, str]:
        """The parameters in it. Raises RequestNotSupportedError, InvalidRequestObjectError, InvalidRequestError."""
        _check_kind(unverified_object, client)
        algs: Collection[str] = {client.request_object_alg} if client.request_object_alg else client.rules.algs
        try:
            verified = self._jwks.verify(client, unverified_object, algs=algs)
        except KeysUnavailable as error:
            raise TemporarilyUnavailableError(description=error.reason) from None
        except JwtRefused as error:
            raise InvalidRequestObjectError(description=error.reason) from None
        if str(verified.header.get("typ", "JWT")).lower() not in TYPES:
            raise InvalidRequestObjectError(description="typ must be oauth-authz-req+jwt, or absent.")
        for check in CHECKS:
            check(verified.claims, client)
        self._check_audience(verified.claims)
        self._check_times(verified.claims, client)
        members = {name: value for name, value in verified.claims.items() if name not in OF_THE_JWT}
        return from_json({**members, "client_id": client.client_id})

    def _check_audience(self, claims: Mapping[str, Any]) -> None:
        """This provider, alone or among others (section 4). What was signed for another is not for us."""
        audience = claims.get("aud")
        if self._issuer not in (audience if isinstance(audience, list) else [audience]):
            raise InvalidRequestObjectError(description="aud must be the issuer of this provider, or hold it.")

    def _check_times(self, claims: Mapping[str, Any], client: Client) -> None:
        """What is there holds; a profile may ask for both ends, near one another (FAPI 2.0 Message Signing 5.3.1)."""
        now, longest = self._clock.now(), client.rules.request_object_seconds
        begins, ends, made = _time(claims, "nbf"), _time(claims, "exp"), _time(claims, "iat")
        if any(at is not None and at > now + AHEAD for at in (begins, made)):
            raise InvalidRequestObjectError(description="nbf or iat lies in the future.")
        if ends is not None and ends <= now:
            raise InvalidRequestObjectError(description="The request object has expired: exp.")
        if longest is None:
            return
        if begins is None or ends is None:
            raise InvalidRequestObjectError(description="The profile of this client requires exp and nbf.")
        if begins < now - longest:
            raise InvalidRequestObjectError(description="nbf is more than 60 minutes ago.")
        if ends > begins + longest:
            raise InvalidRequestObjectError(description="exp is more than 60 minutes after nbf.")


def _check_kind(text: str, client: Client) -> None:
    """What is not spoken at all, before anything is verified (OpenID Connect Core 3.1.2.6)."""
    parts = text.split(".")
    if len(parts) == 5:
        raise RequestNotSupportedError(description="Encrypted request objects are not supported.")
    if not client.keys:
        raise RequestNotSupportedError(description="This client is not registered for request objects: jwks.")
    if client.request_object_alg is None and len(parts) == 3 and not parts[2]:
        raise RequestNotSupportedError(description="Unsigned request objects are not supported.")


def _issuer(claims: Mapping[str, Any], client: Client) -> None:
    if claims.get("iss") != client.client_id:
        raise InvalidRequestObjectError(description="iss must be the client_id.")


def _client_id(claims: Mapping[str, Any], client: Client) -> None:
    """Required inside (section 4), and the same as outside (section 5), by which the client was found."""
    if claims.get("client_id") != client.client_id:
        raise InvalidRequestObjectError(description="client_id must stand in the request object, as beside it.")


def _subject(claims: Mapping[str, Any], client: Client) -> None:
    """What has the client for its subject is a client assertion (section 10.8: one JWT is not taken for another)."""
    if claims.get("sub") == client.client_id:
        raise InvalidRequestObjectError(description="A client assertion is no request object: sub.")


def _nested(claims: Mapping[str, Any], _: Client) -> None:
    if NESTED & claims.keys():
        raise InvalidRequestObjectError(description="request and request_uri have no place in a request object.")


CHECKS: Final[tuple[Callable[[Mapping[str, Any], Client], None], ...]] = (_issuer, _client_id, _subject, _nested)


def _time(claims: Mapping[str, Any], name: str) -> float | None:
    value = claims.get(name)
    if value is None:
        return None
    if not isinstance(value, int | float) or isinstance(value, bool):
        raise InvalidRequestObjectError(description=f"{name} must be a number of seconds.")
    return float(value)
