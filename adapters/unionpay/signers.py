"""UnionPay's signatures: by certificate (the double hash) and by a shared key (channels.md 5.4, 5.5).

A certificate taken from the message proves nothing by itself: it must chain to the configured root, be valid now, and
be named as UnionPay's signer.
"""

import base64
import binascii
import datetime
import hmac
from collections.abc import Mapping
from typing import Final, Protocol

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.x509.oid import NameOID

from adapters.unionpay.codes import CHANNEL
from adapters.unionpay.settings import UnionPayCardSettings
from adapters.unionpay.wire import string_to_sign
from idp.domain.errors import Distrusted

_DIGESTS: Final[Mapping[str, type[hashes.HashAlgorithm]]] = {"11": hashes.SHA256, "12": hashes.SM3}


class Signer(Protocol):
    """Signs what we send and verifies what comes back."""

    def sign(self, fields: Mapping[str, str]) -> dict[str, str]:
        """The fields with ``signMethod``, ``certId`` where it belongs, and ``signature``."""
        ...

    def verify(self, fields: Mapping[str, str], now: float) -> None:
        """Raises Distrusted unless UnionPay signed these fields; ``now`` in seconds since the epoch."""
        ...


class KeySigner:
    """Methods 11 (SHA-256) and 12 (SM3): both sides hold one key."""

    def __init__(self, method: str, secure_key: str) -> None:
        self._method = method
        self._hashed_key = hex_digest(_DIGESTS[method](), secure_key)

    def sign(self, fields: Mapping[str, str]) -> dict[str, str]:
        """See :class:`Signer`."""
        unsigned = {**fields, "signMethod": self._method}
        return {**unsigned, "signature": self._over(unsigned)}

    def verify(self, fields: Mapping[str, str], now: float) -> None:
        """See :class:`Signer`."""
        del now
        if fields.get("signMethod") != self._method:
            raise Distrusted(CHANNEL, "another signMethod")
        if not hmac.compare_digest(self._over(fields).encode(), fields.get("signature", "").encode()):
            raise Distrusted(CHANNEL, "wrong signature")

    def _over(self, fields: Mapping[str, str]) -> str:
        return hex_digest(_DIGESTS[self._method](), f"{string_to_sign(fields)}&{self._hashed_key}")


class CertificateSigner:
    """Method 01: ours is signed with our key, theirs with a certificate of the configured chain."""

    def __init__(
        self, signing_key: str, signing_certificate: str, root_certificate: str, middle_certificate: str, platform: str
    ) -> None:
        """Raises ValueError for texts that are no keys or certificates, or belong not together."""
        key = serialization.load_pem_private_key(signing_key.encode(), password=None)
        certificate = x509.load_pem_x509_certificate(signing_certificate.encode())
        if not isinstance(key, rsa.RSAPrivateKey) or certificate.public_key() != key.public_key():
            raise ValueError(f"{CHANNEL}: signing_key is not the RSA key of signing_certificate")
        self._key = key
        self._certificate_id = str(certificate.serial_number)
        self._root = x509.load_pem_x509_certificate(root_certificate.encode())
        self._middle = x509.load_pem_x509_certificate(middle_certificate.encode())
        self._platform = platform
        if not (_issued_by(self._root, self._root) and _issued_by(self._middle, self._root)):
            raise ValueError(f"{CHANNEL}: middle_certificate does not come from root_certificate")

    def sign(self, fields: Mapping[str, str]) -> dict[str, str]:
        """See :class:`Signer`."""
        unsigned = {**fields, "signMethod": "01", "certId": self._certificate_id}
        signature = self._key.sign(_inner_hash(unsigned), padding.PKCS1v15(), hashes.SHA256())
        return {**unsigned, "signature": base64.b64encode(signature).decode()}

    def verify(self, fields: Mapping[str, str], now: float) -> None:
        """See :class:`Signer`; the checks in the order of 5.5."""
        if fields.get("signMethod") != "01":
            raise Distrusted(CHANNEL, "another signMethod")
        key = self._platform_key(fields.get("signPubKeyCert", ""), now)
        try:
            signature = base64.b64decode(fields.get("signature", ""), validate=True)
            key.verify(signature, _inner_hash(fields), padding.PKCS1v15(), hashes.SHA256())
        except (InvalidSignature, binascii.Error, ValueError):
            raise Distrusted(CHANNEL, "wrong signature") from None

    def _platform_key(self, pem: str, now: float) -> rsa.RSAPublicKey:
        try:
            certificate = x509.load_pem_x509_certificate(pem.encode())
            key = certificate.public_key()
            names = [str(name.value) for name in certificate.subject.get_attributes_for_oid(NameOID.COMMON_NAME)]
        except Exception:  # noqa: BLE001  the parser's errors are many; none of them is a certificate
            raise Distrusted(CHANNEL, "signPubKeyCert is no certificate") from None
        if not isinstance(key, rsa.RSAPublicKey) or not _issued_by(certificate, self._middle):
            raise Distrusted(CHANNEL, "signPubKeyCert does not chain to the root")
        if not all(_valid(each, now) for each in (certificate, self._middle, self._root)):
            raise Distrusted(CHANNEL, "a certificate is not valid now")
        if [name.split("@")[2:3] for name in names] != [[self._platform]]:
            raise Distrusted(CHANNEL, "signPubKeyCert is not UnionPay's")
        return key


def hex_digest(algorithm: hashes.HashAlgorithm, text: str) -> str:
    """Lower-case hex."""
    digest = hashes.Hash(algorithm)
    digest.update(text.encode())
    return digest.finalize().hex()


def _inner_hash(fields: Mapping[str, str]) -> bytes:
    """The 64 characters that are hashed and signed once more (5.4 step 2)."""
    return hex_digest(hashes.SHA256(), string_to_sign(fields)).encode()


def _issued_by(certificate: x509.Certificate, issuer: x509.Certificate) -> bool:
    try:
        certificate.verify_directly_issued_by(issuer)
    except (ValueError, TypeError, InvalidSignature):
        return False
    return True


def _valid(certificate: x509.Certificate, now: float) -> bool:
    at = datetime.datetime.fromtimestamp(now, tz=datetime.UTC)
    return certificate.not_valid_before_utc <= at <= certificate.not_valid_after_utc


def signer_of(settings: UnionPayCardSettings) -> Signer:
    """The signer that the settings name. Raises ValueError for unusable keys."""
    if settings.sign_method != "01":
        return KeySigner(settings.sign_method, settings.secure_key.get_secret_value())
    return CertificateSigner(
        settings.signing_key.get_secret_value(),
        settings.signing_certificate,
        settings.root_certificate,
        settings.middle_certificate,
        settings.platform_name,
    )
