"""The token desk: redeems, rotates, issues, and words the token answer (RFC 6749 section 5.1, OpenID Connect Core
3.1.3.3).
"""

from collections.abc import Collection
from dataclasses import dataclass, replace
from typing import Any, Final

from idp.domain.audit import GrantReplayed
from idp.domain.audit_words import ClientId, OpaqueId
from idp.domain.claims import Scope
from idp.domain.ports import (
    Clock,
    Grants,
    Issued,
    KeyBinding,
    Mismatch,
    NewGrant,
    Outbox,
    Randomness,
    Replayed,
    Target,
)
from idp.oidc.access_tokens import AccessTokens, details_for, token_type
from idp.oidc.errors import InvalidTargetError
from idp.oidc.id_token import IdTokens
from idp.oidc.messages import ProtocolRequest
from idp.oidc.parameters import BETWEEN
from idp.oidc.relying_party import RelyingParty
from idp.oidc.resource_servers import ResourceServers
from idp.oidc.sender_constraint import SenderConstraints, keyed_refresh
from idp.oidc.still_registered import as_registered

_ANYBODY: Final = Target()


@dataclass(frozen=True, slots=True)
class TokenDesk:
    """Lives are in seconds. ``refresh_grace``: how long a rotated refresh token answers again (RFC 9700 4.14.2)."""

    grants: Grants
    id_tokens: IdTokens
    access_tokens: AccessTokens
    servers: ResourceServers
    constraints: SenderConstraints
    outbox: Outbox
    clock: Clock
    randomness: Randomness
    access_life: int
    refresh_life: int
    refresh_grace: int = 0

    def binding(self, request: ProtocolRequest, party: RelyingParty) -> KeyBinding | None:
        """To which key the tokens of this request are bound; uses up its proof.

        Raises InvalidDpopProofError, UseDpopNonceError, InvalidRequestError.
        """
        return self.constraints.binding(request, party.client)

    def resource(self, request: ProtocolRequest) -> str | None:
        """Which resource this token request names: None for none, empty for the provider itself (its own issuer).

        One token is for one resource: a token that several accept can be taken from one to the other (RFC 9700 2.3). So
        ``resource`` may come once here, where RFC 8707 section 2 would let it come again. Raises InvalidTargetError.
        """
        named = request.form.get("resource")
        if named is None or named == self.access_tokens.issuer:
            return None if named is None else ""
        if BETWEEN in named:
            raise InvalidTargetError("A token is for one resource: name one.")
        if self.servers.server(named) is None:
            raise InvalidTargetError("No server is registered for this resource.")
        return named

    def target(self, request: ProtocolRequest, party: RelyingParty) -> Target:
        """Whom the tokens of this request are for, and who may use them. Raises as the two above."""
        resource = self.resource(request)
        if resource and resource not in party.client.resources:  # granted once, perhaps, and withdrawn since
            raise _not_registered()
        return Target(resource, self.binding(request, party), keyed_refresh(party.client))

    def audience(self, request: ProtocolRequest, granted: Collection[str]) -> str:
        """Of the granted resources the one that is named, or the only one. Raises InvalidTargetError."""
        named = self.resource(request)
        if named is None and len(granted) <= 1:
            return next(iter(granted), "")
        if named is None:
            raise InvalidTargetError("Several resources were granted: name one.")
        if named and named not in granted:
            raise InvalidTargetError("The resource was not granted.")
        return named

    def redeem(
        self, code: str, party: RelyingParty, redirect_uri: str, challenge: str, target: Target = _ANYBODY
    ) -> Issued | Replayed | Mismatch | None:
        """Redeem a code and mint its tokens, once."""
        found = self.grants.redeem(
            code,
            client_id=party.client.client_id,
            redirect_uri=redirect_uri,
            code_challenge=challenge,
            access_seconds=self.access_life,
            refresh_seconds=self.refresh_life if party.refreshes else None,
            now=self.clock.now(),
            target=target,
        )
        self._note_replay(found, party, "code")
        return _as_registered(found, party)

    def rotate(
        self, refresh_token: str, party: RelyingParty, scope: str | None, target: Target = _ANYBODY
    ) -> Issued | Replayed | Mismatch | None:
        """Rotate a refresh token, once; ``scope`` may narrow.

        No grace where nothing but the token itself says who asks: there a second showing is a copy (RFC 9700 4.14.2).
        """
        identified = not target.keyed_refresh or target.binding is not None
        found = self.grants.rotate(
            refresh_token,
            client_id=party.client.client_id,
            scope=frozenset(scope.split()) if scope else None,
            access_seconds=self.access_life,
            refresh_seconds=self.refresh_life,
            now=self.clock.now(),
            target=target,
            grace_seconds=self.refresh_grace if identified else 0,
        )
        self._note_replay(found, party, "refresh_token")
        return _as_registered(found, party)

    def issue(
        self, party: RelyingParty, new: NewGrant, binding: KeyBinding | None = None, audience: str = ""
    ) -> Issued:
        """A new grant with its first tokens, for what was approved elsewhere or a machine."""
        refreshes = party.refreshes and bool(new.citizen_id)
        return self.grants.issue(
            new,
            access_seconds=self.access_life,
            refresh_seconds=self.refresh_life if refreshes else None,
            now=self.clock.now(),
            audience=audience,
            binding=binding,
        )

    def answer(self, issued: Issued, party: RelyingParty, *, first: bool) -> dict[str, Any]:
        """The JSON of the token endpoint."""
        access_token = self.access_tokens.worded(issued, party.client)
        answer: dict[str, Any] = {
            "access_token": access_token,
            "token_type": token_type(issued.access),
            "expires_in": issued.expires_in,
            "scope": " ".join(issued.grant.scope),
        }
        if details := details_for(issued.grant, issued.access.audience):
            answer["authorization_details"] = details
        if issued.refresh_token is not None:
            answer["refresh_token"] = issued.refresh_token
        if Scope.OPENID in issued.grant.scope and issued.grant.citizen_id:
            answer["id_token"] = self.id_tokens.mint(
                issued.grant, party.client, access_token, now=self.clock.now(), first=first
            )
        return answer

    def _note_replay(self, found: Issued | Replayed | Mismatch | None, party: RelyingParty, artefact: str) -> None:
        if isinstance(found, Replayed):
            self.outbox.append(
                GrantReplayed(
                    id=OpaqueId(self.randomness.hex(16)),
                    at=self.clock.now(),
                    client_id=ClientId(party.client.client_id),
                    grant_id=OpaqueId(found.grant_id),
                    artefact=artefact,
                )
            )


def _as_registered(
    found: Issued | Replayed | Mismatch | None, party: RelyingParty
) -> Issued | Replayed | Mismatch | None:
    """What was minted, without what its client is no more registered for.

    Raises InvalidTargetError where it is for such a resource: the only one of the grant, and not named. Nobody is told
    that token.
    """
    if not isinstance(found, Issued):
        return found
    if found.access.audience and found.access.audience not in party.client.resources:
        raise _not_registered()
    return replace(found, grant=as_registered(found.grant, party.client))


def _not_registered() -> InvalidTargetError:
    return InvalidTargetError("A resource is not among the resources registered for this client.")
