"""UserInfo (OpenID Connect Core 5.3): the released claims behind an access token, in one store round trip."""

from typing import Any

from idp.domain.assurance import Level
from idp.domain.claims import ClaimName, Scope, released
from idp.domain.claims_request import Sealed
from idp.domain.client import Clients
from idp.domain.ports import Clock, FieldCipher, Grant, Grants
from idp.oidc.errors import InsufficientScopeError, InsufficientUserAuthenticationError, InvalidTokenError
from idp.oidc.messages import ProtocolRequest
from idp.oidc.sealed_claims import by_name, opened


class UserInfo:
    """Opens the sealed claims of a grant and releases what the token's scope and level allow."""

    def __init__(self, grants: Grants, clients: Clients, cipher: FieldCipher, clock: Clock) -> None:
        self._grants = grants
        self._clients = clients
        self._cipher = cipher
        self._clock = clock

    def answer(self, request: ProtocolRequest) -> dict[str, Any]:
        """The claims. Raises InvalidTokenError, InsufficientScopeError (RFC 6750 section 3.1) or, below the level the
        client is registered for, InsufficientUserAuthenticationError (RFC 9470 section 3).

        A claim that asks for a higher level is left out, as Core 5.3.2 has it: only the resource as a whole challenges.
        """
        grant = self._grants.inspect(bearer_token(request), now=self._clock.now())
        if grant is None:
            raise InvalidTokenError(description="The access token is unknown, expired or revoked.")
        if Scope.OPENID not in grant.scope:
            raise InsufficientScopeError(description="The access token lacks the scope openid.")
        self._check_level(grant)
        allowed = released(frozenset(grant.scope), grant.level)
        claims: dict[str, Any] = {"sub": grant.sub}
        if ClaimName.LEVEL in allowed:
            claims[ClaimName.LEVEL.value] = grant.level
        if allowed or grant.asked:
            sealed = opened(grant, self._cipher)
            claims |= {name: value for name, value in sealed.items() if name in allowed}
            claims |= by_name(sealed, Sealed.USERINFO, grant)
        return claims

    def _check_level(self, grant: Grant) -> None:
        """The registered minimum may have been raised since the token was issued."""
        client = self._clients.get(grant.client_id)
        if client is not None and grant.level < client.minimum_level:
            raise InsufficientUserAuthenticationError(Level(client.minimum_level))


def bearer_token(request: ProtocolRequest) -> str:
    """The token of the header, or of a POST form (RFC 6750 sections 2.1, 2.2); never of the query (RFC 9700 4.3.2).

    Raises InvalidTokenError; without any token it has no description, so the challenge names no error (section 3).
    """
    header = request.headers.get("Authorization")
    in_form = request.form.get("access_token")
    if header is not None and in_form is not None:
        raise InvalidTokenError(description="The access token was sent in two ways.")
    if header is None:
        if in_form is None:
            raise InvalidTokenError
        return in_form
    scheme, _, token = header.partition(" ")
    if scheme.lower() != "bearer" or not token.strip() or not token.isascii():
        raise InvalidTokenError(description="The Authorization header holds no Bearer token.")
    return token.strip()
