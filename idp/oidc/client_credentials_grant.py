# mypy: disable-error-code="override, union-attr, attr-defined, arg-type, no-untyped-call"
# Authlib types its hooks by its widest mixins; ours are narrower on purpose.
"""Machines acting for themselves (RFC 6749 section 4.4): a token for one resource, about no citizen.

``sub`` is the client identifier. No scope that speaks of a citizen, no ID token, no refresh token: the client can ask
again at any time.
"""

from typing import Any, cast

from authlib.oauth2.rfc6749 import InvalidScopeError, TokenEndpointMixin, UnauthorizedClientError
from authlib.oauth2.rfc6749.grants import BaseGrant

from idp.domain.claims import Scope
from idp.domain.client import AuthMethod, Client, GrantType
from idp.domain.ports import NewGrant
from idp.oidc import resources
from idp.oidc.messages import ProtocolRequest
from idp.oidc.tokens import TokenDesk


class ClientCredentialsGrant(BaseGrant, TokenEndpointMixin):
    """See the module."""

    GRANT_TYPE = GrantType.CLIENT_CREDENTIALS.value
    TOKEN_ENDPOINT_AUTH_METHODS = [m.value for m in AuthMethod]  # noqa: RUF012  Authlib's attribute

    def validate_token_request(self) -> None:
        """The client and its registration; a public client has no credentials. Raises OAuth2Error."""
        party = self.authenticate_token_endpoint_client()
        if not party.check_grant_type(self.GRANT_TYPE) or party.client.auth_method is AuthMethod.NONE:
            raise UnauthorizedClientError("The client is not registered for client_credentials.")

    def create_token_response(self) -> tuple[int, dict[str, Any], list[tuple[str, str]]]:
        """The token answer. Raises OAuth2Error."""
        request, party = cast("ProtocolRequest", self.request), self.request.client
        desk = cast("TokenDesk", self.server.desk)
        scope = _scope(request.form.get("scope", ""), party.client)
        asked = resources.read(request.form.get("resource"), party.client) or tuple(party.client.resources)
        audience = desk.audience(request, asked)
        new = NewGrant(
            client_id=party.client.client_id,
            citizen_id="",
            sub=party.client.client_id,
            sid="",
            scope=scope,
            auth_time=desk.clock.now(),
            amr=(),
            level=0,
            claims=b"",
            resources=(audience,) if audience else (),
            life_seconds=desk.access_life,
        )
        issued = desk.issue(party, new, desk.binding(request, party), audience)
        return 200, desk.answer(issued, party, first=True), []


def _scope(text: str, client: Client) -> tuple[str, ...]:
    """The scopes asked for, as registered; those of this provider all speak of a citizen."""
    asked = tuple(dict.fromkeys(text.split()))
    if any(scope not in client.scopes or scope in set(Scope) for scope in asked):
        raise InvalidScopeError("These scopes are about citizens, or not registered: a machine acts for itself.")
    return asked
