"""The keys that sign tokens: made here, kept wrapped, parsed once.

Loading an RSA key with its checks costs a hundred signatures, so a key is parsed when it is first met and kept.
Older keys stay published for as long as tokens signed by them are looked at (OpenID Connect Core 10.1.1).
"""

import base64
import hashlib
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, Protocol

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature, encode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_der_private_key,
)

from idp.domain.errors import MasterKeyWrong
from idp.vault.keyring import DataKey, Keyring

_ES256_HALF: Final = 32


class WrongSignature(ValueError):
    """A signature that this key did not make."""


class _Scheme(Protocol):
    """One JWS algorithm (RFC 7518 section 3) over a private key of its kind."""

    def sign(self, message: bytes) -> bytes: ...

    def verify(self, message: bytes, signature: bytes) -> None: ...

    def public_members(self) -> dict[str, str]: ...


class _Rs256:
    """RSASSA-PKCS1-v1_5 with SHA-256 (RFC 7518 section 3.3)."""

    def __init__(self, private: rsa.RSAPrivateKey) -> None:
        self._private = private
        self._public = private.public_key()

    def sign(self, message: bytes) -> bytes:
        return self._private.sign(message, padding.PKCS1v15(), SHA256())

    def verify(self, message: bytes, signature: bytes) -> None:
        self._public.verify(signature, message, padding.PKCS1v15(), SHA256())

    def public_members(self) -> dict[str, str]:
        numbers = self._public.public_numbers()
        return {"kty": "RSA", "n": _base64url_uint(numbers.n), "e": _base64url_uint(numbers.e)}


class _Es256:
    """ECDSA on P-256 with SHA-256, the signature as R and S of 32 bytes each (RFC 7518 section 3.4)."""

    def __init__(self, private: ec.EllipticCurvePrivateKey) -> None:
        self._private = private
        self._public = private.public_key()

    def sign(self, message: bytes) -> bytes:
        r, s = decode_dss_signature(self._private.sign(message, ec.ECDSA(SHA256())))
        return r.to_bytes(_ES256_HALF, "big") + s.to_bytes(_ES256_HALF, "big")

    def verify(self, message: bytes, signature: bytes) -> None:
        if len(signature) != 2 * _ES256_HALF:
            raise InvalidSignature
        r, s = (int.from_bytes(half, "big") for half in (signature[:_ES256_HALF], signature[_ES256_HALF:]))
        self._public.verify(encode_dss_signature(r, s), message, ec.ECDSA(SHA256()))

    def public_members(self) -> dict[str, str]:
        numbers = self._public.public_numbers()
        return {
            "kty": "EC",
            "crv": "P-256",
            "x": _base64url(numbers.x.to_bytes(_ES256_HALF, "big")),
            "y": _base64url(numbers.y.to_bytes(_ES256_HALF, "big")),
        }


def _make_rsa() -> bytes:
    return rsa.generate_private_key(public_exponent=65537, key_size=2048).private_bytes(
        Encoding.DER, PrivateFormat.PKCS8, NoEncryption()
    )


def _make_ec() -> bytes:
    return ec.generate_private_key(ec.SECP256R1()).private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())


def _scheme(alg: str, private: object) -> _Scheme:
    if alg == "RS256" and isinstance(private, rsa.RSAPrivateKey):
        return _Rs256(private)
    if alg == "ES256" and isinstance(private, ec.EllipticCurvePrivateKey):
        return _Es256(private)
    raise MasterKeyWrong(f"the key of sign:{alg} is of another kind")


_MAKERS: Final[Mapping[str, Callable[[], bytes]]] = {"RS256": _make_rsa, "ES256": _make_ec}


@dataclass(frozen=True, slots=True)
class SigningKey:
    """A parsed key. ``kid`` is its RFC 7638 thumbprint, ``public_jwk`` holds no private member."""

    kid: str
    alg: str
    public_jwk: Mapping[str, str]
    _scheme: _Scheme = field(repr=False)

    def sign(self, message: bytes) -> bytes:
        """The raw JWS signature of a signing input (RFC 7515 section 5.1)."""
        return self._scheme.sign(message)

    def verify(self, message: bytes, signature: bytes) -> None:
        """Return when this key made ``signature``. Raises WrongSignature."""
        try:
            self._scheme.verify(message, signature)
        except (InvalidSignature, ValueError):
            raise WrongSignature(self.kid) from None


class SigningKeys:
    """The signing keys of a keyring, under the purposes ``sign:<alg>``."""

    def __init__(self, keyring: Keyring, *, algorithms: Sequence[str] = ("RS256", "ES256")) -> None:
        """Raise ValueError for an algorithm that is none of ours. Keys are made when first asked for."""
        if unknown := set(algorithms) - set(_MAKERS):
            raise ValueError(f"no such signing algorithm: {', '.join(sorted(unknown))}")
        self.algorithms = tuple(algorithms)
        self._keyring = keyring
        self._parsed: dict[str, SigningKey] = {}
        self._published: tuple[tuple[str, ...], dict[str, SigningKey], dict[str, Any]] = ((), {}, {"keys": []})

    def current(self, alg: str) -> SigningKey:
        """The key that signs now. Raises ValueError for an algorithm this provider does not sign with."""
        if alg not in self.algorithms:
            raise ValueError(f"not signing with {alg}")
        return self._parse(alg, self._keyring.current(f"sign:{alg}", _MAKERS[alg]))

    def rotate(self, alg: str) -> SigningKey:
        """Publish a further key now; it signs once every worker publishes it too (see :mod:`idp.vault.keyring`)."""
        if alg not in self.algorithms:
            raise ValueError(f"not signing with {alg}")
        return self._parse(alg, self._keyring.rotate(f"sign:{alg}", _MAKERS[alg]))

    def public_jwks(self) -> dict[str, Any]:
        """The JWK Set (RFC 7517 section 5): public members of every published key, newest first. Do not change it."""
        return self._publish()[2]

    def verifier(self, kid: str) -> SigningKey | None:
        """The published key of this id: for our own tokens that come back (``id_token_hint``)."""
        return self._publish()[1].get(kid)

    def _publish(self) -> tuple[tuple[str, ...], dict[str, SigningKey], dict[str, Any]]:
        """Ids, keys by ``kid`` and the JWK Set; built again only when a key was added."""
        for alg in self.algorithms:
            self._keyring.current(f"sign:{alg}", _MAKERS[alg])
        found = [(alg, key) for alg in self.algorithms for key in reversed(self._keyring.published(f"sign:{alg}"))]
        ids = tuple(key.id for _, key in found)
        if ids != self._published[0]:
            keys = [self._parse(alg, key) for alg, key in found]
            self._published = (ids, {k.kid: k for k in keys}, {"keys": [dict(k.public_jwk) for k in keys]})
        return self._published

    def _parse(self, alg: str, key: DataKey) -> SigningKey:
        parsed = self._parsed.get(key.id)
        if parsed is None:
            scheme = _scheme(alg, load_der_private_key(key.material, password=None))
            members = scheme.public_members()
            kid = thumbprint(members)
            jwk = {**members, "kid": kid, "use": "sig", "alg": alg}
            parsed = self._parsed[key.id] = SigningKey(kid, alg, jwk, scheme)
        return parsed


def thumbprint(members: Mapping[str, str]) -> str:
    """RFC 7638 section 3: SHA-256 of the required members in lexicographic order, unpadded base64url.

    ``members`` holds the required members of the key type and nothing else.
    """
    canonical = json.dumps(members, sort_keys=True, separators=(",", ":"), ensure_ascii=True)
    return _base64url(hashlib.sha256(canonical.encode()).digest())


def _base64url(octets: bytes) -> str:
    return base64.urlsafe_b64encode(octets).rstrip(b"=").decode()


def _base64url_uint(number: int) -> str:
    """RFC 7518 section 2: big-endian, no leading zero octets."""
    return _base64url(number.to_bytes((number.bit_length() + 7) // 8, "big"))
