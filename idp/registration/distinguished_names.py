"""Distinguished names as text (RFC 4514), read the same way when they are registered and when they are compared."""

from functools import lru_cache
from typing import Final

from cryptography import x509
from cryptography.x509.oid import NameOID

# Names that RFC 4514 section 3 does not list and that certificates in use have, besides those the reader knows.
MORE_NAMES: Final = {
    "emailAddress": NameOID.EMAIL_ADDRESS,
    "E": NameOID.EMAIL_ADDRESS,
    "serialNumber": NameOID.SERIAL_NUMBER,
    "SN": NameOID.SURNAME,
    "GN": NameOID.GIVEN_NAME,
    "T": NameOID.TITLE,
    "organizationIdentifier": NameOID.ORGANIZATION_IDENTIFIER,
    "jurisdictionCountryName": NameOID.JURISDICTION_COUNTRY_NAME,
    "businessCategory": NameOID.BUSINESS_CATEGORY,
}


@lru_cache(maxsize=1024)
def parsed(text: str) -> x509.Name:
    """The name. Raises ValueError."""
    return x509.Name.from_rfc4514_string(text, MORE_NAMES)


def distinguished_name(text: str) -> str:
    """The text itself, when it is one. Raises ValueError."""
    fault = ValueError("must be a distinguished name by RFC 4514, most specific part first")
    try:
        empty = not list(parsed(text))
    except ValueError:
        raise fault from None
    if empty:
        raise fault
    return text
