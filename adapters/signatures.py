"""The signing conventions of the data-exchange platforms and of the SMS gateway, as pure functions.

Sources: channels.md 3.1 (national), 3.2 (province gateway), 3.6 (MD5, CSB), 12.1 (Aliyun RPC); each is held to its file
under ``tests/vectors/channels``. MD5, SHA-1 and ECB are the platforms' own choice, not ours: TLS carries integrity.
A string to sign may contain an ID number: it is never logged.
"""

import base64
import binascii
import hashlib
import hmac
from collections.abc import Mapping
from typing import Final
from urllib.parse import quote

from cryptography.hazmat.primitives import padding
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

_GATEWAY_IV: Final = b"AESCBCPKCS5Paddi"


class BadSecret(ValueError):
    """An encrypted secret that does not open under our key: the platform is not who it says, or the key is wrong."""


def _base64_hmac(digest: str, key: str, text: str) -> str:
    return base64.b64encode(hmac.digest(key.encode(), text.encode(), digest)).decode()


def sha1prng_key(seed: str) -> bytes:
    """AES-128 key as Java's ``SHA1PRNG`` seeded with ``seed`` yields it: SHA1(SHA1(seed)), first 16 bytes."""
    inner = hashlib.sha1(seed.encode(), usedforsecurity=False).digest()
    return hashlib.sha1(inner, usedforsecurity=False).digest()[:16]


def national_sign(key: str, *, sid: str, rid: str, rtime: str) -> str:
    """``gjgxjhpt_sign`` / ``gjzwfwpt_sign``; ``key`` is the app key for the refresh, the secret for services (3.1)."""
    return _base64_hmac("sha256", key, f"{sid}{rid}{rtime}")


def national_secret(app_key: str, cipher_text: str) -> str:
    """Open the secret of a refresh answer: AES-128-ECB (3.1). Raises BadSecret."""
    return _open(Cipher(algorithms.AES(sha1prng_key(app_key)), modes.ECB()), cipher_text)  # noqa: S305  their protocol


def gateway_sign(key: str, *, app_id: str, rtime: str) -> str:
    """``gateway_sig``; ``key`` is the app key for the token, the secret key for services (3.2)."""
    return _base64_hmac("sha256", key, f"{app_id}{rtime}")


def gateway_secret(app_key: str, access_token: str) -> str:
    """Open the ``access_token`` of a token answer: AES-128-CBC, constant IV (3.2). Raises BadSecret."""
    return _open(Cipher(algorithms.AES(sha1prng_key(app_key)), modes.CBC(_GATEWAY_IV)), access_token)


def md5_sign(app_key: str, secret: str, request_time: str) -> str:
    """``sign`` of the MD5 convention: lower-case hex (3.6)."""
    return hashlib.md5(f"{app_key}{secret}{request_time}".encode(), usedforsecurity=False).hexdigest()


def csb_sign(secret_key: str, parameters: Mapping[str, str]) -> str:
    """``_api_signature`` over every other parameter, sorted, joined unencoded (3.6)."""
    return _base64_hmac("sha1", secret_key, "&".join(f"{k}={v}" for k, v in sorted(parameters.items())))


def aliyun_rpc_sign(secret: str, parameters: Mapping[str, str], *, method: str = "POST") -> str:
    """``Signature`` of an RPC-style request: percent-encoded twice, HMAC-SHA1 under ``secret&`` (12.1)."""
    canonical = "&".join(f"{_percent(k)}={_percent(v)}" for k, v in sorted(parameters.items()))
    return _base64_hmac("sha1", f"{secret}&", f"{method}&{_percent('/')}&{_percent(canonical)}")


def _percent(text: str) -> str:
    """RFC 3986 section 2.3: only unreserved characters stay."""
    return quote(text, safe="-_.~")


def _open(cipher: "Cipher[modes.ECB] | Cipher[modes.CBC]", text: str) -> str:
    try:
        decryptor = cipher.decryptor()
        padded = decryptor.update(base64.b64decode(text, validate=True)) + decryptor.finalize()
        unpadder = padding.PKCS7(128).unpadder()
        plain = (unpadder.update(padded) + unpadder.finalize()).decode("ascii")
    except (ValueError, binascii.Error):
        raise BadSecret("does not decrypt") from None
    if not plain or not plain.isprintable():
        raise BadSecret("decrypts to no text")
    return plain
