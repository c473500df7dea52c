"""The certificate by which a client's TLS connection was opened (RFC 8705), as a trusted proxy hands it on.

The proxy ends TLS, asks for the certificate and puts it into one header, PEM and percent-encoded (nginx:
``$ssl_client_escaped_cert``). Without ``IDP_CLIENT_CERTIFICATE_HEADER`` there is no such header, whatever is sent.
"""

import base64
import hashlib
import ipaddress
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Final
from urllib.parse import unquote

from authlib.oauth2.rfc6749 import InvalidClientError
from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from idp.domain.client import TlsIdentity
from idp.oidc.messages import ProtocolRequest
from idp.registration.distinguished_names import parsed

HEADER: Final = "Client-Certificate"
MAX_LENGTH: Final = 16_384
BEGIN: Final = "-----BEGIN CERTIFICATE-----"


@dataclass(frozen=True, slots=True)
class Certificate:
    """What is asked of a certificate. ``thumbprint``: SHA-256 of its DER, base64url (``x5t#S256``)."""

    thumbprint: str
    public_key: bytes = field(repr=False)
    names: x509.Certificate = field(repr=False)


def certificate(request: ProtocolRequest) -> Certificate | None:
    """The certificate of this request's connection; None without one. Raises InvalidClientError: it is unreadable."""
    text = request.headers.get(HEADER)
    if not text:
        return None
    try:
        return _read(text)
    except (ValueError, TypeError, UnsupportedAlgorithm):
        raise InvalidClientError(description="The client certificate cannot be read.", status_code=400) from None


def thumbprint(request: ProtocolRequest) -> str | None:
    """``x5t#S256`` (RFC 8705 section 3.1) of the certificate; None without one. Raises as :func:`certificate`."""
    found = certificate(request)
    return found.thumbprint if found else None


@lru_cache(maxsize=1024)
def _read(text: str) -> Certificate:
    """One certificate; parsed once as long as the client shows the same. Raises ValueError, UnsupportedAlgorithm."""
    pem = unquote(text, errors="strict") if len(text) <= MAX_LENGTH else ""
    if pem.count(BEGIN) != 1 or not pem.strip().startswith(BEGIN):
        raise ValueError("not one certificate")
    found = x509.load_pem_x509_certificate(pem.encode("ascii"))
    digest = hashlib.sha256(found.public_bytes(Encoding.DER)).digest()
    key = found.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    return Certificate(base64.urlsafe_b64encode(digest).rstrip(b"=").decode("ascii"), key, found)


def shows(found: Certificate, identity: TlsIdentity) -> bool:
    """Whether the certificate has the registered subject or alternative name (RFC 8705 section 2.1.2)."""
    return IDENTITIES[identity.field](found.names, identity.value)


def _subject(found: x509.Certificate, expected: str) -> bool:
    return found.subject == parsed(expected)


def _names(found: x509.Certificate) -> x509.SubjectAlternativeName | tuple[()]:
    try:
        return found.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except (x509.ExtensionNotFound, x509.DuplicateExtension, ValueError):
        return ()


def _dns(found: x509.Certificate, expected: str) -> bool:
    return expected.lower() in {n.value.lower() for n in _names(found) if isinstance(n, x509.DNSName)}


def _uri(found: x509.Certificate, expected: str) -> bool:
    return expected in {n.value for n in _names(found) if isinstance(n, x509.UniformResourceIdentifier)}


def _ip(found: x509.Certificate, expected: str) -> bool:
    addresses = {n.value for n in _names(found) if isinstance(n, x509.IPAddress)}
    return ipaddress.ip_address(expected) in addresses


def _email(found: x509.Certificate, expected: str) -> bool:
    return expected in {n.value for n in _names(found) if isinstance(n, x509.RFC822Name)}


IDENTITIES: Final[Mapping[str, Callable[[x509.Certificate, str], bool]]] = {
    "tls_client_auth_subject_dn": _subject,
    "tls_client_auth_san_dns": _dns,
    "tls_client_auth_san_uri": _uri,
    "tls_client_auth_san_ip": _ip,
    "tls_client_auth_san_email": _email,
}
