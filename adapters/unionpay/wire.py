"""Fields as UnionPay writes them: the string to sign, the customer's details, and the answer (channels.md 5.2 to 5.5).

A string to sign and the customer's details name a person: neither is ever logged.
"""

import base64
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final
from urllib.parse import unquote_plus

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import padding, rsa

from adapters.unionpay.codes import CHANNEL
from idp.domain.errors import Distrusted

_MOST_FIELDS: Final = 60


@dataclass(frozen=True, slots=True)
class Elements:
    """The four elements of a check. ``phone`` is 11 digits."""

    name: str = field(repr=False)
    number: str = field(repr=False)
    card: str = field(repr=False)
    phone: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Order:
    """``merId`` with these two identifies one transaction. ``txn_time`` is ``yyyyMMddHHmmss`` in China."""

    id: str
    txn_time: str


def string_to_sign(fields: Mapping[str, str]) -> str:
    """All fields but ``signature`` and empty ones, sorted by key, values as they are (5.4 step 1)."""
    return "&".join(f"{k}={v}" for k, v in sorted(fields.items()) if v and k != "signature")


class FieldCipher:
    """Encrypts sensitive fields for UnionPay: RSA, PKCS#1 v1.5 (5.3)."""

    def __init__(self, certificate_pem: str) -> None:
        certificate = x509.load_pem_x509_certificate(certificate_pem.encode())
        key = certificate.public_key()
        if not isinstance(key, rsa.RSAPublicKey):
            raise ValueError(f"{CHANNEL}: encryption_certificate is not RSA")  # noqa: TRY004  a faulty setting
        self._key = key
        self.certificate_id = str(certificate.serial_number)

    def encrypt(self, text: str) -> str:
        """Base64 of the cipher text; another one each time."""
        return base64.b64encode(self._key.encrypt(text.encode(), padding.PKCS1v15())).decode()


def customer_info(elements: Elements, cipher: FieldCipher) -> str:
    """``customerInfo`` with the phone number encrypted inside it (5.3)."""
    return braced(
        {
            "certifTp": "01",
            "certifId": elements.number,
            "customerNm": elements.name,
            "encryptedInfo": cipher.encrypt(f"phoneNo={elements.phone}"),
        }
    )


def braced(values: Mapping[str, str]) -> str:
    """Base64 of ``{k=v&k=v}`` in the order given (5.3)."""
    return base64.b64encode(f"{{{'&'.join(f'{k}={v}' for k, v in values.items())}}}".encode()).decode()


def readings(body: bytes) -> list[dict[str, str]]:
    """The fields of an answer, as they stand and, where it is percent-encoded, decoded; the signature decides.

    Raises Distrusted for anything that is no list of fields (5.1).
    """
    try:
        text = body.decode("utf-8").strip()
    except UnicodeDecodeError:
        raise Distrusted(CHANNEL, "answer is not UTF-8") from None
    plain = _fields(text)
    if "%" not in text:
        return [plain]
    return [plain, {unquote_plus(key): unquote_plus(value) for key, value in plain.items()}]


def _fields(text: str) -> dict[str, str]:
    pairs = [part.partition("=") for part in text.split("&")]
    fields = {key: value for key, _, value in pairs}
    if not all(key and equals for key, equals, _ in pairs) or len(pairs) > _MOST_FIELDS:
        raise Distrusted(CHANNEL, "answer is no list of fields")
    if len(fields) != len(pairs):
        raise Distrusted(CHANNEL, "a field comes twice")
    return fields
