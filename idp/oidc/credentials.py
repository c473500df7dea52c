"""Grants just redeemed or rotated, in the words of Authlib's mixins."""

from collections.abc import Mapping
from typing import Final

from authlib.oauth2 import OAuth2Error
from authlib.oauth2.rfc6749 import (
    AuthorizationCodeMixin,
    ClientMixin,
    InvalidGrantError,
    InvalidScopeError,
    TokenMixin,
)

from idp.domain.ports import Issued, Mismatch
from idp.oidc.errors import InvalidTargetError

# What a client's engineer may be told apart. Everything else about a code or a token is one and the same refusal: who
# holds somebody else's learns nothing of it.
MISMATCHES: Final[Mapping[str, tuple[type[OAuth2Error], str]]] = {
    "dpop_jkt": (InvalidGrantError, "The code is bound to another key than that of the DPoP proof."),
    "binding": (InvalidGrantError, "The refresh token is bound to a key: show the same one again."),
    "scope": (InvalidScopeError, "scope exceeds what was granted."),
    "resource": (InvalidTargetError, "The resource was not granted, or one of several must be named."),
}


def mismatch(found: Mismatch) -> OAuth2Error:
    """The error of a mismatch that may be told."""
    kind, description = MISMATCHES[found.what]
    return kind(description)


class RedeemedCode(AuthorizationCodeMixin):
    """An authorization code after its one redemption; its tokens exist already."""

    code_challenge_method = "S256"

    def __init__(self, issued: Issued, code_challenge: str) -> None:
        self.issued = issued
        self.code_challenge = code_challenge

    def get_redirect_uri(self) -> str:
        """The redirect URI of the authorization request."""
        return self.issued.grant.redirect_uri

    def get_scope(self) -> str:
        """The granted scope."""
        return " ".join(self.issued.grant.scope)


class RotatedToken(TokenMixin):
    """A refresh token after its one rotation; its successors exist already."""

    def __init__(self, issued: Issued, client_id: str) -> None:
        self.issued = issued
        self._client_id = client_id

    def check_client(self, client: ClientMixin) -> bool:
        """Whether it belongs to ``client``; the store has compared it before rotating."""
        return bool(client.get_client_id() == self._client_id == self.issued.grant.client_id)

    def get_scope(self) -> str:
        """The scope of the new access token."""
        return " ".join(self.issued.grant.scope)

    def get_expires_in(self) -> int:
        """Life of the new access token in seconds."""
        return self.issued.expires_in

    def is_expired(self) -> bool:
        """Never: the store has just checked."""
        return False

    def is_revoked(self) -> bool:
        """Never: the store has just checked."""
        return False
