"""Signed authentication requests (CIBA section 7.1.1; FAPI-CIBA 5.2.2): who signed, for whom, when, and only once.

The signature was verified before, by the key of the client and the one algorithm it is registered for. Each check looks
at one claim and says what is wrong with it.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from authlib.oauth2.rfc6749 import InvalidRequestError

# What may stand beside a signed request: who sends it, and the request itself (CIBA section 7.1.1).
BESIDE: Final = frozenset({"request", "client_id", "client_secret", "client_assertion", "client_assertion_type"})
LONGEST_LIFE: Final = 3600.0  # FAPI-CIBA 5.2.2: nbf no more than 60 minutes ago, exp no more than 60 minutes after it
SKEW: Final = 10.0
MAX_JTI: Final = 256
OF_THE_JWT: Final = frozenset({"iss", "aud", "exp", "iat", "nbf", "jti"})


@dataclass(frozen=True, slots=True)
class Bounds:
    """What the claims are held against."""

    client_id: str
    issuer: str
    now: float


def check(claims: Mapping[str, Any], bounds: Bounds) -> None:
    """Raises InvalidRequestError with the first claim that is wrong. ``jti`` is used up by the caller."""
    for each in CHECKS:
        each(claims, bounds)


def members(claims: Mapping[str, Any]) -> Mapping[str, Any]:
    """The request's own parameters. Raises InvalidRequestError."""
    found = {name: value for name, value in claims.items() if name not in OF_THE_JWT}
    if "request" in found:
        raise InvalidRequestError("request: there is another one in it.")
    return found


def _issuer(claims: Mapping[str, Any], bounds: Bounds) -> None:
    if claims.get("iss") != bounds.client_id:
        raise InvalidRequestError("request: iss must be the client_id.")


def _audience(claims: Mapping[str, Any], bounds: Bounds) -> None:
    audience = claims.get("aud")
    if bounds.issuer not in (audience if isinstance(audience, list) else [audience]):
        raise InvalidRequestError("request: aud must be the issuer of this provider, or hold it.")


def _times(claims: Mapping[str, Any], bounds: Bounds) -> None:
    del bounds
    for name in ("exp", "iat", "nbf"):
        if not isinstance(claims.get(name), int | float) or isinstance(claims[name], bool):
            raise InvalidRequestError("request: exp, iat and nbf are required, in seconds.")


def _expiry(claims: Mapping[str, Any], bounds: Bounds) -> None:
    if claims["exp"] <= bounds.now - SKEW:
        raise InvalidRequestError("request: it has expired.")
    if claims["exp"] - claims["nbf"] > LONGEST_LIFE:
        raise InvalidRequestError("request: exp is more than 60 minutes after nbf.")


def _beginning(claims: Mapping[str, Any], bounds: Bounds) -> None:
    if max(claims["iat"], claims["nbf"]) > bounds.now + SKEW:
        raise InvalidRequestError("request: iat or nbf lies in the future.")
    if claims["nbf"] < bounds.now - LONGEST_LIFE:
        raise InvalidRequestError("request: nbf is more than 60 minutes ago.")


def _identifier(claims: Mapping[str, Any], bounds: Bounds) -> None:
    del bounds
    jti = claims.get("jti")
    if not isinstance(jti, str) or not 0 < len(jti) <= MAX_JTI:
        raise InvalidRequestError("request: jti is required, at most 256 characters.")


CHECKS: Final[tuple[Callable[[Mapping[str, Any], Bounds], None], ...]] = (
    _issuer,
    _audience,
    _times,
    _expiry,
    _beginning,
    _identifier,
)
