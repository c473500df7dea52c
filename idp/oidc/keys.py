"""Signing keys as this room needs them; the vault implements these protocols."""

from collections.abc import Mapping
from typing import Any, Protocol


class SigningKey(Protocol):
    """One private key, parsed once."""

    @property
    def kid(self) -> str:
        """RFC 7638 thumbprint."""
        ...

    @property
    def alg(self) -> str:
        """RFC 7518 name."""
        ...

    def sign(self, message: bytes) -> bytes:
        """Raw JWS signature (RFC 7515 section 5.1): r||s for ES256."""
        ...


class SigningKeys(Protocol):
    """The provider's keys."""

    def current(self, alg: str) -> SigningKey:
        """The key that signs now."""
        ...

    def public_jwks(self) -> Mapping[str, Any]:
        """The JWK Set to publish: current keys and those still good for verification; no private member."""
        ...
