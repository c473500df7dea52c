"""UserInfo (OpenID Connect Core 5.3): the released claims behind an access token, in one store round trip."""

from typing import Any

from idp.domain.assurance import Level
from idp.domain.claims import ClaimName, Scope, released
from idp.domain.claims_request import Sealed
from idp.domain.client import Client
from idp.domain.ports import Clock, FieldCipher, Grant
from idp.oidc.errors import InsufficientScopeError, InsufficientUserAuthenticationError
from idp.oidc.messages import ProtocolRequest
from idp.oidc.resource_access import ResourceAccess
from idp.oidc.sealed_claims import by_name, opened


class UserInfo:
    """Opens the sealed claims of a grant and releases what the token's scope and level allow."""

    def __init__(self, access: ResourceAccess, cipher: FieldCipher, clock: Clock) -> None:
        self.access = access
        self._cipher = cipher
        self._clock = clock

    def answer(self, request: ProtocolRequest) -> tuple[dict[str, Any], Client]:
        """The claims, and the client that gets them, as it is registered for them.

        Raises as :class:`ResourceAccess`; InsufficientScopeError (RFC 6750 section 3.1); below the level the client is
        registered for, InsufficientUserAuthenticationError (RFC 9470 section 3). A claim that asks for a higher level
        is left out, as Core 5.3.2 has it: only the resource as a whole challenges.
        """
        now = self._clock.now()
        found = self.access.inspected(request)
        grant, client = found.grant, found.client
        request.caller = client
        if Scope.OPENID not in grant.scope:
            raise InsufficientScopeError(description="The access token lacks the scope openid.")
        _check_level(grant, client)
        allowed = released(frozenset(grant.scope), grant.level)
        claims: dict[str, Any] = {"sub": grant.sub}
        if ClaimName.LEVEL in allowed:
            claims[ClaimName.LEVEL.value] = grant.level
        if allowed or grant.asked:
            sealed = opened(grant, self._cipher, now)
            claims |= {name: value for name, value in sealed.items() if name in allowed}
            claims |= by_name(sealed, Sealed.USERINFO, grant, client)
        return claims, client


def _check_level(grant: Grant, client: Client) -> None:
    """The registered minimum may have been raised since the token was issued."""
    if grant.level < client.minimum_level:
        raise InsufficientUserAuthenticationError(Level(client.minimum_level))
