# mypy: disable-error-code="override, union-attr, attr-defined, arg-type, no-untyped-call"
# Authlib types its hooks by its widest mixins; ours are narrower on purpose.
"""The authorization code grant with PKCE S256 for every client (RFC 6749 section 4.1, RFC 7636, RFC 9700 2.1.1).

Authlib mints before it deletes the code: eight redemptions at once would all succeed. So the code is redeemed, and the
tokens are minted, in one atomic store operation, when Authlib *asks* for the code; what Authlib checks afterwards
(redirect URI, verifier) was compared there already, and is checked a second time here.
"""

import re
from typing import Any, cast

from authlib.oauth2.rfc6749 import InvalidGrantError, InvalidRequestError
from authlib.oauth2.rfc6749.grants import AuthorizationCodeGrant
from authlib.oauth2.rfc7636 import CodeChallenge, create_s256_code_challenge

from idp.domain.client import AuthMethod
from idp.domain.errors import CodeReplayed
from idp.domain.ports import Issued, Mismatch, Replayed
from idp.oidc.credentials import MISMATCHES, RedeemedCode, mismatch
from idp.oidc.errors import as_oauth
from idp.oidc.messages import ProtocolRequest
from idp.oidc.relying_party import RelyingParty
from idp.oidc.tokens import TokenDesk

VERIFIER = re.compile(r"[A-Za-z0-9\-._~]{43,128}")
CHALLENGE = re.compile(r"[A-Za-z0-9\-_]{43}")


class S256Challenge(CodeChallenge):
    """PKCE by S256 only; ``plain`` does not exist here, also not by leaving the method out (RFC 9700 section 2.1.1)."""

    DEFAULT_CODE_CHALLENGE_METHOD = "S256"
    SUPPORTED_CODE_CHALLENGE_METHOD = ["S256"]  # noqa: RUF012  Authlib's attribute

    def validate_code_challenge(self, grant: AuthorizationCodeGrant, redirect_uri: str) -> None:
        """Require a challenge of 43 base64url characters and the method S256, named."""
        del redirect_uri
        data = grant.request.payload.data
        if CHALLENGE.fullmatch(data.get("code_challenge") or "") is None:
            raise InvalidRequestError("code_challenge is required: 43 base64url characters.")
        if data.get("code_challenge_method") != "S256":
            raise InvalidRequestError("code_challenge_method must be S256.")


class CodeGrant(AuthorizationCodeGrant):
    """See the module."""

    TOKEN_ENDPOINT_AUTH_METHODS = [m.value for m in AuthMethod]  # noqa: RUF012  Authlib's attribute

    @property
    def _desk(self) -> TokenDesk:
        return cast("TokenDesk", self.server.desk)

    def query_authorization_code(self, code: str, client: RelyingParty) -> RedeemedCode:
        """Redeem. Raises InvalidGrantError; a replay has revoked the grant by then (RFC 6749 section 4.1.2)."""
        request = cast("ProtocolRequest", self.request)
        verifier = request.form.get("code_verifier", "")
        if VERIFIER.fullmatch(verifier) is None:
            raise InvalidGrantError("code_verifier is missing or malformed.")
        challenge = create_s256_code_challenge(verifier)
        target = self._desk.target(request, client)
        found = self._desk.redeem(code, client, request.form.get("redirect_uri", ""), challenge, target)
        if isinstance(found, Issued):
            return RedeemedCode(found, challenge)
        if isinstance(found, Replayed):
            raise as_oauth(CodeReplayed(found.grant_id))
        if isinstance(found, Mismatch) and found.what in MISMATCHES:
            raise mismatch(found)
        raise InvalidGrantError("The code is unknown, expired, or of another client, redirect_uri or verifier.")

    def authenticate_user(self, authorization_code: RedeemedCode) -> str:
        """The citizen of the grant; sessions, locks and expiry were looked at when it was redeemed."""
        return authorization_code.issued.grant.citizen_id

    def generate_token(self, *_args: Any, **_kwargs: Any) -> dict[str, Any]:
        """The token answer: tokens exist since the redemption, the ID token is minted now."""
        issued = cast("RedeemedCode", self.request.authorization_code).issued
        return self._desk.answer(issued, self.request.client, first=True)

    def save_token(self, token: dict[str, Any]) -> None:
        """Nothing: their digests were stored when the code was redeemed."""

    def delete_authorization_code(self, authorization_code: RedeemedCode) -> None:
        """Nothing: the code was taken when it was redeemed."""
