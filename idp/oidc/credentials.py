"""Grants just redeemed or rotated, in the words of Authlib's mixins."""

from authlib.oauth2.rfc6749 import AuthorizationCodeMixin, ClientMixin, TokenMixin

from idp.domain.ports import Issued


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
