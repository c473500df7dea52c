"""The token desk: redeems, rotates, and words the token answer (RFC 6749 section 5.1, OpenID Connect Core 3.1.3.3)."""

from dataclasses import dataclass
from typing import Any

from idp.domain.audit import GrantReplayed
from idp.domain.audit_words import ClientId, OpaqueId
from idp.domain.claims import Scope
from idp.domain.ports import Clock, Grants, Issued, Mismatch, Outbox, Randomness, Replayed
from idp.oidc.id_token import IdTokens
from idp.oidc.relying_party import RelyingParty


@dataclass(frozen=True, slots=True)
class TokenDesk:
    """Lives are in seconds."""

    grants: Grants
    id_tokens: IdTokens
    outbox: Outbox
    clock: Clock
    randomness: Randomness
    access_life: int
    refresh_life: int

    def redeem(
        self, code: str, party: RelyingParty, redirect_uri: str, challenge: str
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
        )
        self._note_replay(found, party, "code")
        return found

    def rotate(self, refresh_token: str, party: RelyingParty, scope: str | None) -> Issued | Replayed | Mismatch | None:
        """Rotate a refresh token, once; ``scope`` may narrow."""
        found = self.grants.rotate(
            refresh_token,
            client_id=party.client.client_id,
            scope=frozenset(scope.split()) if scope else None,
            access_seconds=self.access_life,
            refresh_seconds=self.refresh_life,
            now=self.clock.now(),
        )
        self._note_replay(found, party, "refresh_token")
        return found

    def answer(self, issued: Issued, party: RelyingParty, *, first: bool) -> dict[str, Any]:
        """The JSON of the token endpoint."""
        answer: dict[str, Any] = {
            "access_token": issued.access_token,
            "token_type": "Bearer",
            "expires_in": issued.expires_in,
            "scope": " ".join(issued.grant.scope),
        }
        if issued.refresh_token is not None:
            answer["refresh_token"] = issued.refresh_token
        if Scope.OPENID in issued.grant.scope:
            answer["id_token"] = self.id_tokens.mint(
                issued.grant, party.client, issued.access_token, now=self.clock.now(), first=first
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
