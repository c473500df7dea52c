"""SM2 and SM3 as the e-licence uses them (channels.md 4.4): by well-kept libraries, never by arithmetic of ours.

``cryptography`` has SM3 but not the SM2 curve, so certificates are parsed by it and their signatures verified by gmalg.
"""

import datetime
from collections.abc import Sequence
from typing import Annotated, Final

import gmalg
from cryptography import x509
from cryptography.hazmat import asn1
from cryptography.hazmat.primitives import hashes, hmac
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.x509.oid import NameOID

USER_ID: Final = b"1234567812345678"
_SM2_WITH_SM3: Final = "1.2.156.10197.1.501"
_EC_PUBLIC_KEY: Final = "1.2.840.10045.2.1"
_SM2_CURVE: Final = "1.2.156.10197.1.301"
_UNREADABLE: Final = (ValueError, x509.ExtensionNotFound, x509.DuplicateExtension, x509.UnsupportedGeneralNameType)


class BadCertificate(ValueError):
    """A certificate that does not prove what it should. ``str()`` says why, in closed words."""


@asn1.sequence
class _KeyAlgorithm:
    kind: x509.ObjectIdentifier
    curve: x509.ObjectIdentifier


@asn1.sequence
class _KeyInfo:
    algorithm: _KeyAlgorithm
    key: asn1.BitString


@asn1.sequence
class _Signed:
    """The signed part of a version 3 certificate (RFC 5280 4.1), only as deep as needed."""

    version: Annotated[int, asn1.Explicit(0)]
    serial: asn1.TLV
    algorithm: asn1.TLV
    issuer: asn1.TLV
    validity: asn1.TLV
    subject: asn1.TLV
    key: _KeyInfo
    extensions: asn1.TLV


def hmac_sm3(key: str, text: str) -> str:
    """Lower-case hex of HMAC-SM3."""
    mac = hmac.HMAC(key.encode(), hashes.SM3())
    mac.update(text.encode())
    return mac.finalize().hex()


def verifies(point: bytes, message: bytes, signature: bytes) -> bool:
    """Whether a DER signature (GB/T 32918.2, SM3, the usual user id) over ``message`` is of this public point."""
    try:
        r, s = decode_dss_signature(signature)
        if not (0 < r < 1 << 256 and 0 < s < 1 << 256):
            return False
        return bool(gmalg.SM2(uid=USER_ID, pk=point).verify(message, r.to_bytes(32), s.to_bytes(32)))
    except (ValueError, gmalg.errors.GMError):
        return False


def public_point(certificate: x509.Certificate) -> bytes:
    """The uncompressed point of an SM2 certificate. Raises BadCertificate."""
    try:
        info = asn1.decode_der(_Signed, certificate.tbs_certificate_bytes).key
    except ValueError:
        raise BadCertificate("unreadable key") from None
    algorithm = (info.algorithm.kind.dotted_string, info.algorithm.curve.dotted_string)
    point = info.key.as_bytes()
    if algorithm != (_EC_PUBLIC_KEY, _SM2_CURVE) or len(point) != 65 or point[0] != 4:
        raise BadCertificate("no SM2 key")
    return point


class Issuers:
    """The certificates whose licences are believed. Raises ValueError when one of them is no SM2 authority."""

    def __init__(self, pem: str) -> None:
        self._issuers: Sequence[x509.Certificate] = x509.load_pem_x509_certificates(pem.encode())
        for issuer in self._issuers:
            public_point(issuer)
            if not _may_sign_certificates(issuer):
                raise BadCertificate("an issuer that is no authority")

    def believed(self, der: bytes, now: float) -> x509.Certificate:
        """The certificate in ``der``. Raises BadCertificate unless a known issuer signed it and both are in force."""
        try:
            certificate = x509.load_der_x509_certificate(der)
            self._check(certificate, now)
        except BadCertificate:
            raise
        except (ValueError, x509.InvalidVersion):
            raise BadCertificate("unreadable") from None
        return certificate

    def _check(self, certificate: x509.Certificate, now: float) -> None:
        moment = datetime.datetime.fromtimestamp(now, tz=datetime.UTC)
        if not _in_force(certificate, moment):
            raise BadCertificate("not in force")
        if certificate.signature_algorithm_oid.dotted_string != _SM2_WITH_SM3:
            raise BadCertificate("another signature algorithm")
        named = [i for i in self._issuers if i.subject == certificate.issuer and _in_force(i, moment)]
        signed = certificate.tbs_certificate_bytes
        if not any(verifies(public_point(issuer), signed, certificate.signature) for issuer in named):
            raise BadCertificate("not of a known issuer")
        if not _may_sign_data(certificate):
            raise BadCertificate("not for signatures")


def subject_of(certificate: x509.Certificate) -> tuple[str, str]:
    """Credit code (``serialNumber``) and name (``O``), each exactly once. Raises BadCertificate."""
    found = []
    for oid in (NameOID.SERIAL_NUMBER, NameOID.ORGANIZATION_NAME):
        values = certificate.subject.get_attributes_for_oid(oid)
        if len(values) != 1 or not isinstance(values[0].value, str):
            raise BadCertificate("no single subject")
        found.append(values[0].value)
    return found[0], found[1]


def _in_force(certificate: x509.Certificate, moment: datetime.datetime) -> bool:
    return certificate.not_valid_before_utc <= moment <= certificate.not_valid_after_utc


def _may_sign_certificates(certificate: x509.Certificate) -> bool:
    try:
        constraints = certificate.extensions.get_extension_for_class(x509.BasicConstraints).value
        usage = certificate.extensions.get_extension_for_class(x509.KeyUsage).value
    except _UNREADABLE:
        return False
    return constraints.ca and usage.key_cert_sign


def _may_sign_data(certificate: x509.Certificate) -> bool:
    """An end certificate for signatures; one that may itself issue is not a licence."""
    try:
        extensions = certificate.extensions
        usage = extensions.get_extension_for_class(x509.KeyUsage).value
        constraints = extensions.get_extension_for_class(x509.BasicConstraints).value
    except _UNREADABLE:
        return False
    return usage.digital_signature and not constraints.ca
