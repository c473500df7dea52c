# mypy: disable-error-code="override"
# Authlib types these by its widest use; None is how it is told "no default" and "not allowed".
"""A registered client in Authlib's words: the :class:`ClientMixin` that its grants ask."""

from authlib.oauth2.rfc6749 import ClientMixin

from idp.domain.client import Client, GrantType


class RelyingParty(ClientMixin):
    """Read-only view of a :class:`~idp.domain.client.Client`; made once per client and kept."""

    def __init__(self, client: Client) -> None:
        self.client = client

    def get_client_id(self) -> str:
        """The client identifier."""
        return self.client.client_id

    def get_default_redirect_uri(self) -> str | None:
        """None: ``redirect_uri`` is required in every OpenID Connect request (Core 3.1.2.1)."""
        return None

    def get_allowed_scope(self, scope: str | None) -> str | None:
        """The requested scopes that are registered, in the order asked; None without ``openid`` (Core 3.1.2.1)."""
        asked = list(dict.fromkeys((scope or "").split()))
        if "openid" not in asked:
            return None
        return " ".join(s for s in asked if s in self.client.scopes)

    def check_redirect_uri(self, redirect_uri: str) -> bool:
        """Byte for byte (RFC 9700 section 4.1.3)."""
        return redirect_uri in self.client.redirect_uris

    def check_client_secret(self, client_secret: str) -> bool:
        """Never used: :mod:`idp.oidc.client_auth` compares secrets."""
        del client_secret
        return False

    def check_endpoint_auth_method(self, method: str, endpoint: str) -> bool:
        """The registered method only, at every endpoint."""
        del endpoint
        return method == self.client.auth_method

    def check_response_type(self, response_type: str) -> bool:
        """``code`` only."""
        return response_type == "code"

    def check_grant_type(self, grant_type: str) -> bool:
        """As registered."""
        return grant_type in self.client.grant_types

    @property
    def refreshes(self) -> bool:
        """Whether it may be given refresh tokens."""
        return GrantType.REFRESH_TOKEN in self.client.grant_types
