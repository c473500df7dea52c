# mypy: disable-error-code="override, union-attr, attr-defined, arg-type, no-untyped-call"
# Authlib types its hooks by its widest mixins; ours are narrower on purpose.
"""Refresh tokens: rotated at every use, reuse revokes the grant (RFC 6749 section 6, RFC 9700 section 4.14.2)."""

from typing import Any, cast

from authlib.oauth2.rfc6749 import InvalidGrantError
from authlib.oauth2.rfc6749.grants import RefreshTokenGrant

from idp.domain.client import AuthMethod
from idp.domain.errors import RefreshReplayed
from idp.domain.ports import Issued, Mismatch, Replayed
from idp.oidc.credentials import MISMATCHES, RotatedToken, mismatch
from idp.oidc.errors import as_oauth
from idp.oidc.messages import ProtocolRequest
from idp.oidc.tokens import TokenDesk


class RotatingRefreshGrant(RefreshTokenGrant):
    """Rotation happens in one store operation, when Authlib asks for the token."""

    TOKEN_ENDPOINT_AUTH_METHODS = [m.value for m in AuthMethod]  # noqa: RUF012  Authlib's attribute
    INCLUDE_NEW_REFRESH_TOKEN = True

    @property
    def _desk(self) -> TokenDesk:
        return cast("TokenDesk", self.server.desk)

    def authenticate_refresh_token(self, refresh_token: str) -> RotatedToken:
        """Rotate. Raises InvalidGrantError or InvalidScopeError; nothing was changed then, but by a replay."""
        request = cast("ProtocolRequest", self.request)
        target = self._desk.target(request, request.client)
        found = self._desk.rotate(refresh_token, request.client, request.form.get("scope"), target)
        if isinstance(found, Issued):
            return RotatedToken(found, request.client.get_client_id())
        if isinstance(found, Replayed):
            raise as_oauth(RefreshReplayed(found.grant_id))
        if isinstance(found, Mismatch) and found.what in MISMATCHES:
            raise mismatch(found)
        raise InvalidGrantError("The refresh token is unknown, expired, used or of another client.")

    def authenticate_user(self, refresh_token: RotatedToken) -> str:
        """The citizen of the grant."""
        return refresh_token.issued.grant.citizen_id

    def issue_token(self, user: str, refresh_token: RotatedToken) -> dict[str, Any]:
        """The token answer with a refreshed ID token."""
        del user
        return self._desk.answer(refresh_token.issued, self.request.client, first=False)

    def save_token(self, token: dict[str, Any]) -> None:
        """Nothing: stored when rotated."""

    def revoke_old_credential(self, refresh_token: RotatedToken) -> None:
        """Nothing: retired when rotated."""
