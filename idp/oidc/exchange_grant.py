# mypy: disable-error-code="override, union-attr, attr-defined, arg-type, no-untyped-call"
# Authlib types its hooks by its widest mixins; ours are narrower on purpose.
"""Token exchange (RFC 8693): a portal that holds a citizen's token asks for one to call another portal with.

Delegation only: the new token says in ``act`` who acts, and who acted before. It belongs to the same grant, so it ends
with it; it never says more, for longer, or at a higher level than the token it came from. Who may come is registered
with the resource that is called. Impersonation, other kinds of token and actor tokens are not offered: the actor is the
client that authenticates.
"""

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any, Final, cast

from authlib.oauth2.rfc6749 import InvalidRequestError, InvalidScopeError, TokenEndpointMixin, UnauthorizedClientError
from authlib.oauth2.rfc6749.grants import BaseGrant

from idp.domain.assurance import Level
from idp.domain.audit import TokenExchanged
from idp.domain.audit_words import CitizenId, ClientId, OpaqueId
from idp.domain.client import AuthMethod, Client, GrantType
from idp.domain.ports import Delegation, Inspected, KeyBinding
from idp.oidc.errors import InsufficientUserAuthenticationError, InvalidTargetError
from idp.oidc.messages import ProtocolRequest
from idp.oidc.relying_party import RelyingParty
from idp.oidc.resource_servers import serves
from idp.oidc.still_registered import as_registered
from idp.oidc.tokens import TokenDesk

ACCESS_TOKEN_TYPE: Final = "urn:ietf:params:oauth:token-type:access_token"  # noqa: S105  a type's registered name
MAX_ACTORS: Final = 4


class TokenExchangeGrant(BaseGrant, TokenEndpointMixin):
    """See the module."""

    GRANT_TYPE = GrantType.TOKEN_EXCHANGE.value
    TOKEN_ENDPOINT_AUTH_METHODS = [m.value for m in AuthMethod]  # noqa: RUF012  Authlib's attribute

    def validate_token_request(self) -> None:
        """The client, its registration, and the parameters by themselves. Raises OAuth2Error."""
        party = self.authenticate_token_endpoint_client()
        if not party.check_grant_type(self.GRANT_TYPE) or party.client.auth_method is AuthMethod.NONE:
            raise UnauthorizedClientError("The client is not registered for token exchange.")
        for check in CHECKS:
            check(self.request.form)

    def create_token_response(self) -> tuple[int, dict[str, Any], list[tuple[str, str]]]:
        """The token answer (section 2.2.1). Raises OAuth2Error."""
        request, party = cast("ProtocolRequest", self.request), self.request.client
        desk = cast("TokenDesk", self.server.desk)
        identifier, server = _target(desk, request, party.client)
        reference = desk.access_tokens.read(request.form["subject_token"])
        subject = desk.grants.inspect(reference, now=desk.clock.now())
        if not isinstance(subject, Inspected) or not _may_present(party.client, subject):
            raise _refused()
        granted = self.server.query_client(subject.grant.client_id)
        if granted is None or self.server.query_client(subject.access.client_id) is None:
            raise _refused()  # taken off the register meanwhile: whom it was granted to, or who holds it
        subject = replace(subject, grant=as_registered(subject.grant, granted.client))
        if subject.grant.level < server.minimum_level:
            raise InsufficientUserAuthenticationError(Level(server.minimum_level), status_code=400)
        binding = desk.binding(request, party)
        _not_set_free(party.client, subject, binding)
        to = Delegation(
            client_id=party.client.client_id,
            audience=identifier,
            scope=_scope(request.form.get("scope"), subject),
            actors=_actors(party.client, subject),
            binding=binding,
        )
        issued = desk.grants.delegate(reference, to, access_seconds=desk.access_life, now=desk.clock.now())
        if issued is None:
            raise _refused()
        _note(desk, party, server, subject)
        issued = replace(issued, grant=as_registered(issued.grant, granted.client))
        answer = desk.answer(issued, party, first=False)
        answer.pop("id_token", None)
        return 200, answer | {"issued_token_type": ACCESS_TOKEN_TYPE}, []


def _subject_token(form: Mapping[str, str]) -> None:
    if "subject_token" not in form or form.get("subject_token_type") != ACCESS_TOKEN_TYPE:
        raise InvalidRequestError(f"subject_token is required, and subject_token_type must be {ACCESS_TOKEN_TYPE}.")


def _requested_token_type(form: Mapping[str, str]) -> None:
    if form.get("requested_token_type", ACCESS_TOKEN_TYPE) != ACCESS_TOKEN_TYPE:
        raise InvalidRequestError(f"requested_token_type must be {ACCESS_TOKEN_TYPE}.")


def _no_actor_token(form: Mapping[str, str]) -> None:
    if "actor_token" in form or "actor_token_type" in form:
        raise InvalidRequestError("The actor is the client that authenticates: actor_token is not supported.")


CHECKS: Final[tuple[Callable[[Mapping[str, str]], None], ...]] = (
    _subject_token,
    _requested_token_type,
    _no_actor_token,
)


def _target(desk: TokenDesk, request: ProtocolRequest, client: Client) -> tuple[str, Client]:
    """The one resource that is named, and its server, which lists the caller. Raises InvalidTargetError."""
    audience = request.form.get("audience")
    named = {desk.resource(request), audience and (desk.servers.named(audience) or audience)} - {None}
    identifier = named.pop() if len(named) == 1 else None
    server = desk.servers.server(identifier) if identifier else None
    if identifier is None or server is None or server.resource_server is None:
        raise InvalidTargetError("Name one registered resource, by resource or audience.")
    if client.client_id not in server.resource_server.exchange:
        raise InvalidTargetError("This client may not exchange tokens for this resource.")
    return identifier, server


def _may_present(client: Client, subject: Inspected) -> bool:
    """Whoever the token was issued to, and the server of the resource that it is for."""
    return subject.access.client_id == client.client_id or serves(client, subject.access.audience)


def _not_set_free(client: Client, subject: Inspected, binding: KeyBinding | None) -> None:
    """Its holder cannot shed the key that a token is bound to; a server that was shown it has no such key."""
    bound = subject.access.binding
    if bound is not None and subject.access.client_id == client.client_id and binding != bound:
        raise InvalidRequestError("The subject token is bound to a key: prove it with this request.")


def _scope(text: str | None, subject: Inspected) -> tuple[str, ...]:
    """That of the subject token, or a part of it."""
    asked = tuple(dict.fromkeys(text.split())) if text else subject.grant.scope
    if not asked and text:
        raise InvalidScopeError("scope names nothing.")
    if not set(asked) <= set(subject.grant.scope):
        raise InvalidScopeError("scope exceeds that of the subject token.")
    return asked


def _actors(client: Client, subject: Inspected) -> tuple[str, ...]:
    """The chain, the caller first (section 4.1); bounded: every link is somebody else with a citizen's token."""
    before = subject.access.actors
    actors = before if before[:1] == (client.client_id,) else (client.client_id, *before)
    if len(actors) > MAX_ACTORS:
        raise InvalidRequestError("The token was handed on too often.")
    return actors


def _refused() -> InvalidRequestError:
    """Section 2.2.2 has ``invalid_request`` for every subject token that is not good."""
    return InvalidRequestError("The subject token is unknown, expired, revoked, or not for this client.")


def _note(desk: TokenDesk, party: RelyingParty, server: Client, subject: Inspected) -> None:
    desk.outbox.append(
        TokenExchanged(
            id=OpaqueId(desk.randomness.hex(16)),
            at=desk.clock.now(),
            citizen_id=CitizenId(subject.grant.citizen_id) if subject.grant.citizen_id else None,
            client_id=ClientId(party.client.client_id),
            resource=ClientId(server.client_id),
        )
    )
