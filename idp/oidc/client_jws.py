"""Taking a client's JWT apart, and looking for the key that signed it (RFC 7515, RFC 7517)."""

import base64
import binascii
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Final

import orjson
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from joserfc import jws
from joserfc.errors import JoseError
from joserfc.jwk import import_key

MAX_LENGTH: Final = 12_000
MAX_HEADER: Final = 4_096
# Which keys an algorithm takes: kty, and the curves where it has some (RFC 7518 sections 3.1 and 4.1, RFC 8037).
KINDS: Final[Mapping[str, tuple[tuple[str, frozenset[str]], ...]]] = {
    "RS256": (("RSA", frozenset()),),
    "PS256": (("RSA", frozenset()),),
    "ES256": (("EC", frozenset({"P-256"})),),
    "EdDSA": (("OKP", frozenset({"Ed25519"})),),
    "RSA-OAEP-256": (("RSA", frozenset()),),
    "ECDH-ES": (("EC", frozenset({"P-256", "P-384", "P-521"})), ("OKP", frozenset({"X25519"}))),
    "ECDH-ES+A256KW": (("EC", frozenset({"P-256", "P-384", "P-521"})), ("OKP", frozenset({"X25519"}))),
}
OPERATIONS: Final = {"sig": frozenset({"verify"}), "enc": frozenset({"encrypt", "wrapKey", "deriveKey", "deriveBits"})}
# What a JWT that somebody made up may end in. A header of a thousand brackets: some parsers recurse, ours does not.
FAULTS: Final = (JoseError, ValueError, TypeError, KeyError, RecursionError)
_B64: Final = re.compile(r"[A-Za-z0-9_-]+")


class JwtRefused(Exception):
    """A client's JWT is refused. ``reason``: constant ASCII, fit for an ``error_description``."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


@dataclass(frozen=True, slots=True)
class Verified:
    """A JWT whose signature is by the client."""

    header: Mapping[str, Any]
    claims: Mapping[str, Any] = field(repr=False)


@dataclass(frozen=True, slots=True)
class Unverified:
    """A JWT that was only taken apart."""

    token: str = field(repr=False)
    header: Mapping[str, Any]
    claims: Mapping[str, Any] = field(repr=False)

    @property
    def alg(self) -> str:
        """The algorithm that it says it has."""
        return str(self.header["alg"])


def read_unverified(token: str) -> Unverified:
    """Header and claims, whoever wrote them. Raises JwtRefused for what is no compact JWS of a JSON object."""
    parts = token.split(".")
    if len(token) > MAX_LENGTH or len(parts) != 3 or not all(_B64.fullmatch(part) for part in parts):
        raise JwtRefused("It is not a signed JWT in the compact form.")
    header, claims = _object(parts[0]), _object(parts[1])
    if len(parts[0]) > MAX_HEADER or not isinstance(header.get("alg"), str):
        raise JwtRefused("The JWT's header is too long or names no alg.")
    if "crit" in header or "b64" in header:
        raise JwtRefused("The JWT has a critical header that is not understood.")
    if not isinstance(header.get("kid", ""), str):
        raise JwtRefused("The JWT's kid is not a text.")
    return Unverified(token, header, claims)


def _object(part: str) -> dict[str, Any]:
    try:
        found = orjson.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)))
    except (orjson.JSONDecodeError, binascii.Error, ValueError):
        found = None
    if not isinstance(found, dict):
        raise JwtRefused("A part of the JWT is not a JSON object.")
    return found


class Registry(jws.JWSRegistry):
    """Allows exactly the algorithms it is made with; its bound on headers leaves room for a certificate's digests."""

    max_header_length = MAX_HEADER

    def __init__(self, *algorithms: str) -> None:
        super().__init__(algorithms=list(algorithms), strict_check_header=False)

    def get_alg(self, name: str) -> Any:
        """As allowed; without a warning of algorithms whose name will go one day (EdDSA, RFC 9864)."""
        if name not in (self.allowed or ()):
            return super().get_alg(name)
        return self.algorithms[name]


def signature_holds(unverified: Unverified, key: Any) -> bool:
    """Whether ``key`` signed it, by the algorithm of the header, which the caller has accepted."""
    try:
        jws.deserialize_compact(unverified.token, key, registry=Registry(unverified.alg))
    except FAULTS:
        return False
    return True


class KeyRing:
    """One client's keys, parsed. The set was checked by :mod:`idp.registration.keys`."""

    def __init__(self, jwks: Mapping[str, Any]) -> None:
        # One by one: a whole set would be given thumbprints for names where it has none.
        self._keys: tuple[Any, ...] = tuple(import_key(dict(key)) for key in jwks["keys"])

    def verify(self, unverified: Unverified) -> Verified | None:
        """By one of the keys that the header's ``kid`` allows, else None."""
        for key in self.fitting("sig", unverified.alg, unverified.header.get("kid")):
            if signature_holds(unverified, key):
                return Verified(unverified.header, unverified.claims)
        return None

    def fitting(self, use: str, alg: str, kid: str | None = None) -> tuple[Any, ...]:
        """Keys of the right kind and purpose; with a ``kid`` those of that name, or else those without a name."""
        fit = tuple(key for key in self._keys if _fits(key, use, alg))
        if kid is None:
            return fit
        named = tuple(key for key in fit if key.get("kid") == kid)
        return named or tuple(key for key in fit if key.get("kid") is None)

    def has(self, public_key: bytes) -> bool:
        """Whether one of them is this SubjectPublicKeyInfo."""
        return public_key in self._infos

    @cached_property
    def _infos(self) -> frozenset[bytes]:
        return frozenset(
            key.public_key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo) for key in self._keys
        )


def _fits(key: Any, use: str, alg: str) -> bool:
    kinds = KINDS.get(alg, ())
    right_kind = any(key.key_type == kty and (not curves or key.get("crv") in curves) for kty, curves in kinds)
    operations = key.get("key_ops")
    return (
        right_kind
        and key.get("use") in {None, use}
        and key.get("alg") in {None, alg}
        and (operations is None or bool(OPERATIONS[use] & set(operations)))
    )
