"""Token introspection (RFC 7662), as JSON or as a JWT (RFC 9701), for the resource that a token is for.

Only an authenticated client that is registered as a resource server learns anything, and only of access tokens whose
audience is one of its identifiers. A token for another resource, one for the provider itself, a refresh token, a code
and rubbish are all ``{"active": false}`` and nothing else (section 2.2); so is a token of one's own, for its client has
the token answer already, and a portal that could ask about what it merely holds could ask about what it stole.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from authlib.oauth2.rfc6749 import InvalidClientError, InvalidRequestError

from idp.domain.client import AuthMethod, Client, ResourceServer
from idp.domain.ports import Access, Mismatch
from idp.oidc.access_tokens import token_type
from idp.oidc.client_encryption import ClientEncryption
from idp.oidc.jws import Minter
from idp.oidc.messages import ProtocolRequest
from idp.oidc.resource_servers import serves
from idp.oidc.server import Server
from idp.oidc.still_registered import as_registered

JWT_TYPE: Final = "application/token-introspection+jwt"
TYP: Final = "token-introspection+jwt"
INACTIVE: Final[Mapping[str, Any]] = {"active": False}


@dataclass(frozen=True, slots=True)
class Introspected:
    """The answer; ``jwt`` instead of the JSON where it was asked for."""

    told: Mapping[str, Any]
    jwt: str | None


class Introspection:
    """Answers resource servers. One store round trip for the token."""

    def __init__(self, server: Server, minter: Minter, encryption: ClientEncryption) -> None:
        self._server = server
        self._minter = minter
        self._encryption = encryption

    def answer(self, request: ProtocolRequest) -> Introspected:
        """What the caller may know. Raises InvalidClientError, InvalidRequestError; for a JWT ClientKeyMissingError."""
        client = self._server.authenticate_client(request, (), "introspection").client
        if client.auth_method is AuthMethod.NONE:
            raise InvalidClientError(description="Introspection is for clients that authenticate.", status_code=401)
        token = request.form.get("token")
        if token is None:
            raise InvalidRequestError("token is missing.")
        told = self._told(client, token)
        wants_jwt = client.resource_server is not None and JWT_TYPE in _accepted(request.headers.get("Accept", ""))
        return Introspected(told, self._signed(client, told) if wants_jwt else None)

    def _told(self, client: Client, unverified_token: str) -> Mapping[str, Any]:
        if client.resource_server is None:
            return INACTIVE
        desk = self._server.desk
        found = desk.grants.inspect(desk.access_tokens.read(unverified_token), now=desk.clock.now())
        if found is None or isinstance(found, Mismatch) or not serves(client, found.access.audience):
            return INACTIVE
        holder, party = map(self._server.query_client, (found.access.client_id, found.grant.client_id))
        if holder is None or party is None or not _still_for(client.resource_server, found.access, party.client):
            return INACTIVE
        return {
            "active": True,
            "token_type": token_type(found.access),
            **desk.access_tokens.facts(as_registered(found.grant, party.client), found.access),
        }

    def _signed(self, client: Client, told: Mapping[str, Any]) -> str:
        """RFC 9701 section 5: the answer in a member of its own, so that nobody takes it for an access token."""
        server = client.resource_server
        assert server is not None  # noqa: S101  narrows the type
        desk = self._server.desk
        claims = {
            "iss": desk.access_tokens.issuer,
            "aud": client.client_id,
            "iat": int(desk.clock.now()),
            "token_introspection": told,
        }
        signed = self._minter.mint(claims, server.introspection_alg.value, typ=TYP)
        if server.introspection_encryption is None:
            return signed
        return self._encryption.nested(signed, client, server.introspection_encryption)


def _still_for(server: ResourceServer, access: Access, party: Client) -> bool:
    """Whether the approval by which the token came to this resource stands: the client's own, or an exchange's."""
    return access.client_id in server.exchange if access.actors else access.audience in party.resources


def _accepted(accept: str) -> frozenset[str]:
    """The media types of an Accept header, without their parameters."""
    return frozenset(each.partition(";")[0].strip().lower() for each in accept.split(","))
