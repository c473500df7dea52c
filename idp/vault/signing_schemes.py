"""The JWS algorithms that the provider signs with (RFC 7518 section 3, RFC 8037), each over a key of its own kind.

RS256 and PS256 never share a key: a key has one algorithm (RFC 8725 section 3.1).
"""

import base64
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final, Protocol, TypeAlias

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature, encode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_der_private_key,
)

from idp.domain.errors import MasterKeyWrong

_ES256_HALF: Final = 32
_RSA_BITS: Final = 2048

_Private: TypeAlias = rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey | ed25519.Ed25519PrivateKey


class Scheme(Protocol):
    """One algorithm over a private key of its kind."""

    def sign(self, message: bytes) -> bytes:
        """The raw JWS signature (RFC 7515 section 5.1)."""
        ...

    def verify(self, message: bytes, signature: bytes) -> None:
        """Return for a signature of this key. Raises cryptography's InvalidSignature, or ValueError."""
        ...

    def public_members(self) -> dict[str, str]:
        """The required members of the public JWK, and nothing else."""
        ...


class _Rsa:
    """RSASSA with SHA-256, by PKCS1-v1_5 (RFC 7518 section 3.3) or PSS with a salt as long as the hash (3.5)."""

    def __init__(self, private: rsa.RSAPrivateKey, pad: padding.AsymmetricPadding) -> None:
        self._private = private
        self._public = private.public_key()
        self._padding = pad

    def sign(self, message: bytes) -> bytes:
        return self._private.sign(message, self._padding, SHA256())

    def verify(self, message: bytes, signature: bytes) -> None:
        self._public.verify(signature, message, self._padding, SHA256())

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
            "x": base64url(numbers.x.to_bytes(_ES256_HALF, "big")),
            "y": base64url(numbers.y.to_bytes(_ES256_HALF, "big")),
        }


class _Ed25519:
    """EdDSA on Ed25519 (RFC 8037 section 3.1)."""

    def __init__(self, private: ed25519.Ed25519PrivateKey) -> None:
        self._private = private
        self._public = private.public_key()

    def sign(self, message: bytes) -> bytes:
        return self._private.sign(message)

    def verify(self, message: bytes, signature: bytes) -> None:
        self._public.verify(signature, message)

    def public_members(self) -> dict[str, str]:
        return {
            "kty": "OKP",
            "crv": "Ed25519",
            "x": base64url(self._public.public_bytes(Encoding.Raw, PublicFormat.Raw)),
        }


def _rs256(private: object) -> Scheme | None:
    return _Rsa(private, padding.PKCS1v15()) if isinstance(private, rsa.RSAPrivateKey) else None


def _ps256(private: object) -> Scheme | None:
    pss = padding.PSS(mgf=padding.MGF1(SHA256()), salt_length=SHA256.digest_size)
    return _Rsa(private, pss) if isinstance(private, rsa.RSAPrivateKey) else None


def _es256(private: object) -> Scheme | None:
    return _Es256(private) if isinstance(private, ec.EllipticCurvePrivateKey) else None


def _eddsa(private: object) -> Scheme | None:
    return _Ed25519(private) if isinstance(private, ed25519.Ed25519PrivateKey) else None


@dataclass(frozen=True, slots=True)
class Algorithm:
    """``generate`` makes a private key; ``over`` puts the scheme over one, or None over one of another kind."""

    generate: Callable[[], _Private]
    over: Callable[[object], Scheme | None]

    def make(self) -> bytes:
        """A new private key, PKCS #8."""
        return self.generate().private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())

    def load(self, material: bytes) -> Scheme:
        """The scheme over a key that :meth:`make` made. Costs a hundred signatures with RSA: once a key.

        Raises MasterKeyWrong for a key of another kind.
        """
        scheme = self.over(load_der_private_key(material, password=None))
        if scheme is None:
            raise MasterKeyWrong("a signing key is of another kind than its purpose says")
        return scheme


def _new_rsa() -> _Private:
    return rsa.generate_private_key(public_exponent=65537, key_size=_RSA_BITS)


def _new_p256() -> _Private:
    return ec.generate_private_key(ec.SECP256R1())


ALGORITHMS: Final[Mapping[str, Algorithm]] = {
    "RS256": Algorithm(_new_rsa, _rs256),
    "PS256": Algorithm(_new_rsa, _ps256),
    "ES256": Algorithm(_new_p256, _es256),
    "EdDSA": Algorithm(ed25519.Ed25519PrivateKey.generate, _eddsa),
}


def base64url(octets: bytes) -> str:
    """Unpadded (RFC 7515 section 2)."""
    return base64.urlsafe_b64encode(octets).rstrip(b"=").decode()


def _base64url_uint(number: int) -> str:
    """RFC 7518 section 2: big-endian, no leading zero octets."""
    return base64url(number.to_bytes((number.bit_length() + 7) // 8, "big"))
