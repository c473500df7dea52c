"""The client registration and client configuration endpoints (RFC 7591, RFC 7592)."""

from collections.abc import Mapping
from typing import Any

from idp.oidc.messages import ProtocolRequest
from idp.oidc.registration import PATH, Registration
from idp.web.entry import Endpoint, Result
from idp.web.responses import NO_STORE, Response, as_json


def table(registration: Registration) -> Mapping[str, Endpoint]:
    """Both endpoints: the second takes the client's identifier behind its slash."""

    def register(message: ProtocolRequest, _: Mapping[str, Any]) -> Result:
        return as_json(registration.register(message))

    def manage(message: ProtocolRequest, _: Mapping[str, Any]) -> Result:
        answer = registration.manage(message)
        return Response(answer.status, NO_STORE) if answer.body is None else as_json(answer)

    return {
        PATH: Endpoint(register, frozenset({"POST"}), json=True),
        f"{PATH}/": Endpoint(manage, frozenset({"GET", "PUT", "DELETE"}), json=True),
    }
