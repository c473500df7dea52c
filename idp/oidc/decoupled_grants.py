# mypy: disable-error-code="override, union-attr, attr-defined, arg-type, no-untyped-call, no-untyped-def"
# Authlib types its hooks by its widest mixins; ours are narrower on purpose.
"""The grants of requests that were approved elsewhere: device codes (RFC 8628 section 3.4) and CIBA (section 10.1).

A poll of a request that still waits is one store operation. An approved request is taken by exactly one poll, before
anything is minted; its grant was opened when the citizen approved, so what ends the citizen's session or locks the
account between approval and redemption has ended it too.
"""

from typing import Any, ClassVar, Final, cast

from authlib.oauth2.rfc6749 import AccessDeniedError, InvalidGrantError, InvalidRequestError, TokenEndpointMixin
from authlib.oauth2.rfc6749.grants import BaseGrant

from idp.domain.client import AuthMethod, GrantType
from idp.domain.decoupled import State, Waiting, Way
from idp.domain.ports import Clock, Issued, Mismatch, Spent, WaitingRequests
from idp.oidc.credentials import MISMATCHES, mismatch
from idp.oidc.decoupled_errors import AuthorizationPendingError, ExpiredTokenError, SlowDownError
from idp.oidc.decoupled_request import may_use, waiting_id
from idp.oidc.messages import ProtocolRequest
from idp.oidc.relying_party import RelyingParty
from idp.oidc.server import Server
from idp.oidc.tokens import TokenDesk

_UNKNOWN: Final = "The request is unknown, redeemed already, or of another client."


class _ApprovedElsewhere(BaseGrant, TokenEndpointMixin):
    """What both grants do; ``PARAMETER`` holds the secret that the client polls with."""

    TOKEN_ENDPOINT_AUTH_METHODS = [m.value for m in AuthMethod]  # noqa: RUF012  Authlib's attribute
    PARAMETER: ClassVar[str]
    WAY: ClassVar[Way]
    waiting: ClassVar[WaitingRequests]
    clock: ClassVar[Clock]
    pause: ClassVar[float]

    def validate_token_request(self) -> None:
        """The client, its registration, and whether there is a secret at all. Raises OAuth2Error."""
        client = self.authenticate_token_endpoint_client().client
        may_use(client, GrantType(self.GRANT_TYPE))
        if self.PARAMETER not in self.request.form:
            raise InvalidRequestError("device_code or auth_req_id is missing: whichever the grant type polls with.")

    def create_token_response(self) -> tuple[int, dict[str, Any], list[tuple[str, str]]]:
        """The token answer. Raises OAuth2Error: pending, slow down, expired, refused, or unknown."""
        request = cast("ProtocolRequest", self.request)
        waiting = self._poll(request.form[self.PARAMETER], request.client)
        desk = cast("TokenDesk", self.server.desk)
        desk.audience(request, waiting.request.resources)  # else a slip of the poll would lose the citizen's approval
        target = desk.target(request, request.client)
        if not self.waiting.redeem(waiting.id, version=waiting.version, note="redeemed", now=self.clock.now()):
            raise InvalidGrantError(_UNKNOWN)
        issued = desk.redeem(waiting.code, request.client, waiting.request.redirect_uri, waiting.id, target)
        if isinstance(issued, Mismatch) and issued.what in MISMATCHES:
            raise mismatch(issued)
        if not isinstance(issued, Issued):
            raise InvalidGrantError("What was approved has ended meanwhile: the citizen signed out, or was locked out.")
        return 200, desk.answer(issued, request.client, first=True), list(self.TOKEN_RESPONSE_HEADER)

    def _poll(self, secret: str, party: RelyingParty) -> Waiting:
        """The approved request."""
        now, waiting_key = self.clock.now(), waiting_id(secret)
        polled = self.waiting.poll(waiting_key, pause=self.pause, now=now)
        if polled is None or isinstance(polled.found, Spent):
            raise InvalidGrantError(_UNKNOWN)
        waiting = Waiting.from_json(waiting_key, polled.found.value, polled.found.version)
        if (waiting.way, waiting.client_id) != (self.WAY, party.client.client_id):
            raise InvalidGrantError(_UNKNOWN)
        if waiting.state is State.REFUSED:
            raise AccessDeniedError("The citizen refused.")
        if now >= waiting.until:
            raise ExpiredTokenError
        if waiting.state is State.PENDING:
            raise SlowDownError if polled.too_soon else AuthorizationPendingError
        return waiting


class DeviceCodeGrant(_ApprovedElsewhere):
    """RFC 8628 section 3.4."""

    GRANT_TYPE = GrantType.DEVICE_CODE.value
    PARAMETER = "device_code"
    WAY = Way.DEVICE


class CibaGrant(_ApprovedElsewhere):
    """OpenID Connect Client-Initiated Backchannel Authentication Core 1.0, section 10.1."""

    GRANT_TYPE = GrantType.CIBA.value
    PARAMETER = "auth_req_id"
    WAY = Way.CIBA


def mount(server: Server, waiting: WaitingRequests, clock: Clock, *, pause: float) -> None:
    """Register both grants; ``pause`` is the first pause between polls, in seconds."""
    own = {"waiting": waiting, "clock": clock, "pause": pause}
    for grant in (DeviceCodeGrant, CibaGrant):
        server.register_grant(type(grant.__name__, (grant,), own))
