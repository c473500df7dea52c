"""UnionPay's side of signatures and encrypted fields, written from the protocol (5.3, 5.4); shared with no adapter."""

import base64
import functools
from hashlib import sha256
from importlib import resources
from typing import Final

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, RSAPublicKey
from cryptography.hazmat.primitives.hashes import SHA256, SM3, Hash
from cryptography.hazmat.primitives.serialization import load_pem_private_key

_NEVER_SIGNED: Final = "signature"


def pem(name: str) -> str:
    """A key or certificate of the sandbox. TEST ONLY."""
    return (resources.files(__package__) / "unionpay_keys" / f"{name}.pem").read_text(encoding="ascii")


@functools.cache
def private_key(name: str) -> RSAPrivateKey:
    """``platform``, ``merchant`` or ``encrypt``."""
    key = load_pem_private_key(pem(f"{name}_private").encode(), None)
    if not isinstance(key, RSAPrivateKey):
        raise TypeError(name)
    return key


@functools.cache
def certificate(name: str) -> x509.Certificate:
    """``root``, ``middle``, ``platform``, ``merchant`` or ``encrypt``."""
    return x509.load_pem_x509_certificate(pem(f"{name}_cert").encode())


def canonical(fields: dict[str, str]) -> bytes:
    """What is hashed: keys in order, empty values and the signature left out."""
    keys = [key for key in sorted(fields) if fields[key] and key != _NEVER_SIGNED]
    return "&".join(f"{key}={fields[key]}" for key in keys).encode()


def keyed(method: str, secure_key: str, fields: dict[str, str]) -> str:
    """Methods 11 and 12."""

    def hexed(data: bytes) -> str:
        if method == "11":
            return sha256(data).hexdigest()
        state = Hash(SM3())
        state.update(data)
        return state.finalize().hex()

    return hexed(canonical(fields) + b"&" + hexed(secure_key.encode()).encode())


def certified(fields: dict[str, str], signer: str) -> str:
    """Method 01: the hash in hex is what is hashed again and signed."""
    inner = sha256(canonical(fields)).hexdigest().encode("ascii")
    return base64.b64encode(private_key(signer).sign(inner, PKCS1v15(), SHA256())).decode()


def certified_by_merchant(fields: dict[str, str]) -> bool:
    """Whether our customer signed these fields with the certificate they name."""
    known = certificate("merchant")
    key = known.public_key()
    if fields.get("certId") != str(known.serial_number) or not isinstance(key, RSAPublicKey):
        return False
    inner = sha256(canonical(fields)).hexdigest().encode("ascii")
    try:
        key.verify(base64.b64decode(fields.get(_NEVER_SIGNED, ""), validate=True), inner, PKCS1v15(), SHA256())
    except (InvalidSignature, ValueError):
        return False
    return True


def opened(text: str) -> str:
    """A sensitive field in clear. Raises ValueError."""
    return private_key("encrypt").decrypt(base64.b64decode(text, validate=True), PKCS1v15()).decode()


def customer(text: str) -> dict[str, str]:
    """``customerInfo`` as fields, encrypted ones opened. Raises ValueError."""
    plain = base64.b64decode(text, validate=True).decode()
    if not (plain.startswith("{") and plain.endswith("}")):
        raise ValueError("no braces")
    fields = dict(part.split("=", 1) for part in plain[1:-1].split("&"))
    if "encryptedInfo" in fields:
        fields |= dict(part.split("=", 1) for part in opened(fields.pop("encryptedInfo")).split("&"))
    return fields
