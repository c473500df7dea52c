# mypy: disable-error-code="override, union-attr, attr-defined, arg-type, no-untyped-call"
# Authlib types its hooks by its widest mixins; ours are narrower on purpose.
"""Authlib's framework-free server, assembled: grants, extensions, endpoints, in this order.

``handle_response`` returns an :class:`~idp.oidc.messages.Answer`; nothing here knows how it is sent.
"""

from collections.abc import Sequence
from typing import Any, cast

from authlib.oauth2.rfc6749 import AuthorizationServer, InvalidRequestError, OAuth2Error
from authlib.oauth2.rfc6749.requests import OAuth2Request

from idp.domain.client import Clients
from idp.oidc.client_auth import ClientAuthenticator
from idp.oidc.client_credentials_grant import ClientCredentialsGrant
from idp.oidc.code_grant import CodeGrant, S256Challenge
from idp.oidc.exchange_grant import TokenExchangeGrant
from idp.oidc.messages import Answer, ProtocolRequest
from idp.oidc.refresh_grant import RotatingRefreshGrant
from idp.oidc.relying_party import RelyingParty
from idp.oidc.tokens import TokenDesk


class Server(AuthorizationServer):
    """See the module. ``desk`` is what the grants ask."""

    def __init__(
        self, clients: Clients, desk: TokenDesk, scopes_supported: Sequence[str], authenticator: ClientAuthenticator
    ) -> None:
        super().__init__(scopes_supported=list(scopes_supported))
        self.desk = desk
        self.authenticator = authenticator
        self.jwks = authenticator.jwks
        self._clients = clients
        self._parties: dict[str, RelyingParty] = {}
        self.register_grant(CodeGrant, [S256Challenge(required=True)])
        for grant in (RotatingRefreshGrant, ClientCredentialsGrant, TokenExchangeGrant):
            self.register_grant(grant)

    def query_client(self, client_id: str) -> RelyingParty | None:
        """The relying party, wrapped once as long as its registration is the same object."""
        client = self._clients.get(client_id)
        if client is None:
            return None
        party = self._parties.get(client_id)
        if party is None or party.client is not client:
            party = self._parties[client_id] = RelyingParty(client)
        return party

    def authenticate_client(
        self, request: OAuth2Request, methods: Sequence[str], endpoint: str = "token"
    ) -> RelyingParty:
        """By :mod:`idp.oidc.client_auth`, once: an assertion is used up by it. The one entrance, at every endpoint."""
        del methods, endpoint
        assert isinstance(request, ProtocolRequest)  # noqa: S101  narrows Authlib's type
        if request.client is None:
            request.client = self.authenticator.authenticate(request, self.query_client)
            request.caller = request.client.client
        return cast("RelyingParty", request.client)

    def validate_authorization(self, request: ProtocolRequest) -> None:
        """Scope and PKCE by the code grant; sets ``request.scope``. Raises OAuth2Error."""
        self.get_authorization_grant(request).validate_authorization_request()

    def token(self, request: ProtocolRequest) -> Answer:
        """The token endpoint (RFC 6749 section 3.2). Raises OAuth2Error."""
        if "grant_type" not in request.form:
            raise InvalidRequestError("grant_type is missing.")
        grant = self.get_token_grant(request)
        grant.validate_token_request()
        status, body, _ = grant.create_token_response()
        return Answer(status, body, self.desk.constraints.proofs.headers() if "DPoP" in request.headers else ())

    def create_oauth2_request(self, request: ProtocolRequest) -> ProtocolRequest:
        """It is one already."""
        return request

    def handle_response(self, status: int, body: Any, headers: Sequence[tuple[str, str]]) -> Answer:
        """As a plain value."""
        return Answer(status, body, tuple(headers))

    def save_token(self, token: dict[str, Any], request: OAuth2Request) -> None:
        """Nothing: stores keep digests when tokens are minted."""

    def send_signal(self, name: str, *args: object, **kwargs: object) -> None:
        """Nobody listens: audit events are written where things happen."""


__all__ = ["OAuth2Error", "Server"]
