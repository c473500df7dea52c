"""RSA2 from the platform's side: verifies the application, signs answers in the order they are written (7.2, 7.3)."""

import functools
from base64 import b64decode, b64encode
from binascii import Error

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, RSAPublicKey, generate_private_key
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import load_pem_private_key, load_pem_public_key

from adapters.sandbox.credentials import key_file


@functools.cache
def _application_key() -> RSAPublicKey:
    key = load_pem_public_key(key_file("alipay_app_public"))
    if not isinstance(key, RSAPublicKey):
        raise TypeError("no RSA key")
    return key


@functools.cache
def _platform_key() -> RSAPrivateKey:
    key = load_pem_private_key(key_file("alipay_platform_private"), None)
    if not isinstance(key, RSAPrivateKey):
        raise TypeError("no RSA key")
    return key


@functools.cache
def _strange_key() -> RSAPrivateKey:
    """Somebody else's key, for the fault ``wrong_cert``."""
    return generate_private_key(65537, 2048)


def signed_text(fields: dict[str, str]) -> str:
    """What the application signed."""
    names = sorted(set(fields) - {"sign"})
    return "&".join("=".join((name, fields[name])) for name in names)


def good(fields: dict[str, str]) -> bool:
    """Whether the application signed these parameters."""
    try:
        signature = b64decode(fields.get("sign", ""), validate=True)
        _application_key().verify(signature, signed_text(fields).encode(), PKCS1v15(), SHA256())
    except (InvalidSignature, Error, ValueError):
        return False
    return True


def sign(raw: str, *, fault: str | None = None) -> str:
    """The platform's signature over the raw text of a node; the faults make it wrong."""
    key = _strange_key() if fault == "wrong_cert" else _platform_key()
    signature = key.sign(raw.encode(), PKCS1v15(), SHA256())
    if fault == "bad_signature":
        signature = signature[:-1] + bytes([signature[-1] ^ 1])
    return b64encode(signature).decode()
