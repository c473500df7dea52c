"""Token revocation (RFC 7009)."""

from authlib.oauth2.rfc6749 import InvalidRequestError

from idp.domain.audit import TokenRevoked
from idp.domain.audit_words import ClientId, OpaqueId
from idp.oidc.messages import Answer, ProtocolRequest
from idp.oidc.server import Server


def revoke(server: Server, request: ProtocolRequest) -> Answer:
    """Revoke a token of the authenticated client. Raises InvalidRequestError, InvalidClientError.

    Unknown tokens, tokens of others and codes answer 200 alike and change nothing (section 2.2: the client's goal, an
    invalid token, is reached; and nobody learns what exists). A wrong ``token_type_hint`` is ignored (section 2.1).
    """
    party = server.authenticate_client(request, (), "revocation")
    token = request.form.get("token")
    if token is None:
        raise InvalidRequestError("token is missing.")
    desk = server.desk
    now = desk.clock.now()
    if desk.grants.revoke(desk.access_tokens.read(token), client_id=party.client.client_id, now=now):
        event_id = OpaqueId(desk.randomness.hex(16))
        desk.outbox.append(TokenRevoked(id=event_id, at=now, client_id=ClientId(party.client.client_id)))
    return Answer(200, {})
