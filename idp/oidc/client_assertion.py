"""Client assertions: a JWT that a client signed to say who it is (RFC 7521, RFC 7523 section 3, OpenID Connect Core 9).

What can be said of the claims alone is checked first, and precisely worded: it tells nothing of who is registered. Then
the signature; a client that does not exist is looked up in keys that nobody holds, so that its answer takes as long.
Only who has signed hears what its profile wants besides.
"""

import base64
import hashlib
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any, Final

from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from joserfc.jwk import ECKey, OctKey, OKPKey, RSAKey

from idp.domain.client import AuthMethod, Client
from idp.domain.ports import Clock, Limits
from idp.domain.profiles import ALGS
from idp.oidc.client_jwks import ClientJwks
from idp.oidc.client_jws import JwtRefused, Unverified, read_unverified, signature_holds

TYPE: Final = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
METHODS: Final = frozenset({AuthMethod.PRIVATE_KEY_JWT, AuthMethod.SECRET_JWT})
HMAC_ALG: Final = "HS256"
SKEW_SECONDS: Final = 30.0  # a client's clock may be ahead; FAPI 2.0 5.3.2.1: 10 s must pass, over 60 s must not
LONGEST_SECONDS: Final = 3600.0
LONGEST_JTI: Final = 256


@dataclass(frozen=True, slots=True)
class Context:
    """Where an assertion was sent, and when. ``endpoint``: the address of the endpoint that was called."""

    issuer: str
    token_endpoint: str
    endpoint: str
    now: float


Check = Callable[[Mapping[str, Any], Context], bool]


def _same_party(claims: Mapping[str, Any], _: Context) -> bool:
    return isinstance(claims.get("sub"), str) and bool(claims["sub"]) and claims["sub"] == claims.get("iss")


def _for_us(claims: Mapping[str, Any], at: Context) -> bool:
    """Every audience is one of our names: an assertion that is good elsewhere too could come from there."""
    aud = claims.get("aud")
    named = [aud] if isinstance(aud, str) else aud
    ours = {at.issuer, at.token_endpoint, at.endpoint}
    return isinstance(named, list) and bool(named) and all(isinstance(each, str) and each in ours for each in named)


def _not_over(claims: Mapping[str, Any], at: Context) -> bool:
    return _is_time(claims.get("exp")) and bool(claims["exp"] > at.now)


def _not_endless(claims: Mapping[str, Any], at: Context) -> bool:
    return bool(claims["exp"] <= at.now + LONGEST_SECONDS + SKEW_SECONDS)


def _begun(claims: Mapping[str, Any], at: Context) -> bool:
    told = [claims[name] for name in ("iat", "nbf") if name in claims]
    return all(_is_time(each) and each <= at.now + SKEW_SECONDS for each in told)


def _named(claims: Mapping[str, Any], _: Context) -> bool:
    jti = claims.get("jti")
    return isinstance(jti, str) and 0 < len(jti) <= LONGEST_JTI


def _is_time(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


# In this order; the first that does not hold is told. Constant ASCII.
CLAIMS: Final[tuple[tuple[Check, str], ...]] = (
    (_same_party, "iss and sub must both be the client_id."),
    (_for_us, "aud must be the issuer identifier."),
    (_not_over, "exp is missing or has passed."),
    (_not_endless, "exp is more than an hour ahead."),
    (_begun, "iat or nbf lies in the future."),
    (_named, "jti is missing or too long."),
)


def read(token: str, at: Context) -> Unverified:
    """An assertion whose claims hold, whoever signed it. Raises JwtRefused."""
    unverified = read_unverified(token)
    if unverified.alg not in ALGS | {HMAC_ALG}:
        raise JwtRefused("Its alg is not supported.")
    for holds, wrong in CLAIMS:
        if not holds(unverified.claims, at):
            raise JwtRefused(wrong)
    return unverified


class AssertionCheck:
    """Whether an assertion is by a client, and new."""

    def __init__(self, jwks: ClientJwks, limits: Limits, clock: Clock) -> None:
        self._jwks = jwks
        self._limits = limits
        self._clock = clock

    def signed_by(self, client: Client | None, unverified: Unverified) -> bool:
        """Whether the client's own key or secret signed it, by an algorithm that is registered and allowed for it.

        None: nobody of that name authenticates in this way; takes about as long, and is always False. Raises
        KeysUnavailable.
        """
        if client is None or unverified.alg not in _algs(client):
            signature_holds(unverified, nobodys_key(unverified.alg))
            return False
        if client.auth_method is AuthMethod.SECRET_JWT:
            held = [signature_holds(unverified, _secret_key(secret)) for secret in client.hmac_secrets]
            return any(held)
        return self._jwks.check(client, unverified) is not None

    def take(self, client: Client, unverified: Unverified, issuer: str) -> None:
        """Accept it, this once. Raises JwtRefused: for its profile's audience, or because it was used before."""
        claims = unverified.claims
        if client.rules.audience_is_issuer and claims["aud"] != issuer:
            raise JwtRefused("aud must be the issuer identifier alone, as a string (FAPI 2.0).")
        key, until = f"{client.client_id} {claims['jti']}", float(claims["exp"])
        if not self._limits.take_once("client_assertion", key, now=self._clock.now(), expires_at=until):
            raise JwtRefused("jti was used before.")


def _algs(client: Client) -> Collection[str]:
    if client.auth_method is AuthMethod.SECRET_JWT:
        return {HMAC_ALG}
    return client.rules.algs & {client.auth_alg} if client.auth_alg else client.rules.algs


@cache
def nobodys_key(alg: str) -> Any:
    """A key of the right kind that nobody can sign by, made of digests: what unknown clients are compared with."""
    digest = hashlib.sha512(b"no client has this key").digest()
    if alg == HMAC_ALG:
        return _secret_key(digest[:32])
    if alg == "ES256":
        return ECKey.import_key(_pem(ec.derive_private_key(int.from_bytes(digest[:31]), ec.SECP256R1()).public_key()))
    if alg == "EdDSA":
        return OKPKey.import_key(_pem(ed25519.Ed25519PrivateKey.from_private_bytes(digest[:32]).public_key()))
    modulus = b"".join(hashlib.sha512(digest + bytes([count])).digest() for count in range(4))
    odd = int.from_bytes(modulus) | 1 << 2047 | 1  # whose factors nobody has looked for
    return RSAKey.import_key(_pem(rsa.RSAPublicNumbers(65537, odd).public_key()))


def _secret_key(secret: bytes) -> OctKey:
    return OctKey.import_key({"kty": "oct", "k": base64.urlsafe_b64encode(secret).rstrip(b"=").decode("ascii")})


def _pem(key: ec.EllipticCurvePublicKey | ed25519.Ed25519PublicKey | rsa.RSAPublicKey) -> bytes:
    return key.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
