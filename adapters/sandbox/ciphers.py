"""Signatures and ciphers of the exchange platforms, from the server's side, written from the protocol.

Nothing here is shared with the adapters: an error on both sides would cancel out. Held to the same vectors.
"""

import hmac
from base64 import b64encode
from hashlib import md5, sha1, sha256
from urllib.parse import quote

from cryptography.hazmat.primitives.ciphers import Cipher
from cryptography.hazmat.primitives.ciphers.algorithms import AES
from cryptography.hazmat.primitives.ciphers.modes import CBC, ECB


def java_sha1prng(seed: bytes, length: int) -> bytes:
    """The first bytes of Java's SHA1PRNG: state = SHA1(seed), output = SHA1(state). One block, so at most 20 bytes."""
    return sha1(sha1(seed).digest()).digest()[:length]


def _pkcs5(data: bytes) -> bytes:
    missing = 16 - len(data) % 16
    return data + bytes([missing]) * missing


def _encrypt(app_key: str, mode: ECB | CBC, plain: str) -> str:
    encryptor = Cipher(AES(java_sha1prng(app_key.encode(), 16)), mode).encryptor()
    return b64encode(encryptor.update(_pkcs5(plain.encode())) + encryptor.finalize()).decode()


def encrypt_national(app_key: str, secret: str) -> str:
    """AES-128-ECB."""
    return _encrypt(app_key, ECB(), secret)  # noqa: S305  the platform's own choice


def encrypt_gateway(app_key: str, secret: str) -> str:
    """AES-128-CBC with the gateway's constant vector."""
    return _encrypt(app_key, CBC(b"AESCBCPKCS5Paddi"), secret)


def hmac_sha256(key: str, *parts: str) -> str:
    """Base64 of the HMAC over the parts, one after another."""
    mac = hmac.new(key.encode(), digestmod=sha256)
    for part in parts:
        mac.update(part.encode())
    return b64encode(mac.digest()).decode()


def md5_hex(*parts: str) -> str:
    """Lower-case hex over the parts."""
    return md5("".join(parts).encode()).hexdigest()


def csb(secret: str, parameters: dict[str, str]) -> str:
    """Sorted ``k=v`` joined by ``&``, HMAC-SHA1, Base64."""
    text = "&".join("=".join(pair) for pair in sorted(parameters.items()))
    return b64encode(hmac.new(secret.encode(), text.encode(), sha1).digest()).decode()


def aliyun(secret: str, method: str, parameters: dict[str, str]) -> str:
    """RPC signature version 1.0."""

    def enc(text: str) -> str:
        return quote(text, safe="~")

    query = "&".join(f"{enc(key)}={enc(parameters[key])}" for key in sorted(parameters))
    return b64encode(hmac.new(f"{secret}&".encode(), f"{method}&%2F&{enc(query)}".encode(), sha1).digest()).decode()


def same(one: str, other: str) -> bool:
    """Constant-time comparison."""
    return hmac.compare_digest(one.encode(), other.encode())
