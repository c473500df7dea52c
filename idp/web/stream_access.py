"""Who may manage a stream of security events and take its events: its own client, shown by a token or its secret."""

from dataclasses import dataclass

from idp.domain.client import Client, Clients
from idp.oidc.errors import InsufficientScopeError, InvalidTokenError
from idp.oidc.messages import ProtocolRequest
from idp.oidc.resource_access import ResourceAccess
from idp.oidc.server import Server
from idp.oidc.shared_signals import MANAGE, NotForEventsError


@dataclass(frozen=True, slots=True)
class StreamAccess:
    """See the module."""

    server: Server
    clients: Clients
    tokens: ResourceAccess

    def of(self, message: ProtocolRequest, scope: str) -> Client:
        """The client, which may do what ``scope`` stands for; who manages may read too.

        Raises InvalidTokenError, InsufficientScopeError (RFC 6750 section 3.1), InvalidClientError, NotForEventsError.
        """
        scheme = message.headers.get("Authorization", "").partition(" ")[0].lower()
        return self._by_secret(message) if scheme == "basic" else self._by_token(message, scope)

    def _by_secret(self, message: ProtocolRequest) -> Client:
        """As at the token endpoint; a client that was registered for events or for managing them."""
        client = self.server.authenticate_client(message, (), "token").client
        if client.security_events is None and MANAGE not in client.scopes:
            raise NotForEventsError(description="This client is not registered for security events.")
        return client

    def _by_token(self, message: ProtocolRequest, scope: str) -> Client:
        found = self.tokens.inspected(message)
        client = self.clients.get(found.access.client_id)
        if client is None:
            raise InvalidTokenError(description="The access token is unknown, expired or revoked.")
        if found.grant.citizen_id or not {scope, MANAGE} & set(found.grant.scope):
            raise InsufficientScopeError(description=f"The access token lacks the scope {scope}.")
        return client
