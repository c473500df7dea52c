"""UserInfo (OpenID Connect Core 5.3): the released claims behind an access token, in one store round trip."""

from typing import Any

import orjson

from idp.domain.claims import ClaimName, Scope, released
from idp.domain.ports import Clock, FieldCipher, Grants
from idp.oidc.errors import InsufficientScopeError, InvalidTokenError
from idp.oidc.messages import ProtocolRequest


class UserInfo:
    """Opens the sealed claims of a grant and releases what the token's scope and level allow."""

    def __init__(self, grants: Grants, cipher: FieldCipher, clock: Clock) -> None:
        self._grants = grants
        self._cipher = cipher
        self._clock = clock

    def answer(self, request: ProtocolRequest) -> dict[str, Any]:
        """The claims. Raises InvalidTokenError or InsufficientScopeError (RFC 6750 section 3.1)."""
        grant = self._grants.inspect(bearer_token(request), now=self._clock.now())
        if grant is None:
            raise InvalidTokenError(description="The access token is unknown, expired or revoked.")
        if Scope.OPENID not in grant.scope:
            raise InsufficientScopeError(description="The access token lacks the scope openid.")
        allowed = released(frozenset(grant.scope), grant.level)
        claims: dict[str, Any] = {"sub": grant.sub}
        if ClaimName.LEVEL in allowed:
            claims[ClaimName.LEVEL.value] = grant.level
        if allowed:
            sealed = orjson.loads(self._cipher.open(grant.claims, f"claims:{grant.client_id}"))
            claims |= {name: value for name, value in sealed.items() if name in allowed}
        return claims


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
