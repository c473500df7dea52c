"""POST /par (RFC 9126): a client pushes an authorization request and gets a name for it."""

from collections.abc import Mapping
from typing import Any, Final

from idp.domain.client import AuthMethod, Client
from idp.domain.errors import LimitReached
from idp.domain.ports import Clock, Limit, Limits
from idp.oidc.authorize import AuthorizationRequests
from idp.oidc.dpop import DpopProofs
from idp.oidc.messages import Answer, ProtocolRequest
from idp.oidc.server import Server
from idp.web.responses import Response, as_json

# Everything pushed is kept for half an hour. Only a client's own servers can push so much; a public client is anybody
# with its identifier, so what comes from one place is bounded too, for all public clients together.
BY_CLIENT: Final = Limit("par.client", 12_000, 60.0)
BY_PLACE: Final = Limit("par.place", 120, 60.0)


class PushedRequestEndpoint:
    """Answers pushed requests."""

    def __init__(
        self,
        server: Server,
        requests: AuthorizationRequests,
        proofs: DpopProofs,
        limits: Limits,
        clock: Clock,
        life: int,
    ) -> None:
        self._server = server
        self._requests = requests
        self._proofs = proofs
        self._limits = limits
        self._clock = clock
        self._life = life

    def __call__(self, message: ProtocolRequest, _: Mapping[str, Any]) -> Response:
        """201 with ``request_uri`` and ``expires_in`` (section 2.2). Raises OAuth2Error (section 2.3), LimitReached.

        A DPoP proof that comes along binds the code to its key (RFC 9449 section 10.1).
        """
        party = self._server.authenticate_client(message, (), "pushed_authorization_request")
        self._count(party.client, message.place)
        jkt = self._proofs.thumbprint(message)
        uri = self._requests.push(party.client, message.form, proof_jkt=jkt)
        more = self._proofs.headers() if jkt is not None else ()
        return as_json(Answer(201, {"request_uri": uri, "expires_in": self._life}, more))

    def _count(self, client: Client, place: str) -> None:
        """Raises LimitReached."""
        public = client.auth_method is AuthMethod.NONE
        pairs = [(BY_CLIENT, client.client_id), *([(BY_PLACE, place)] if public else [])]
        full = self._limits.hit(pairs, now=self._clock.now())
        if full is not None:
            raise LimitReached(full[0].name, full[1])
