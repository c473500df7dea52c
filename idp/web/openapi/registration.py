"""Clients that register themselves (RFC 7591) and look after that (RFC 7592)."""

from typing import Final

from idp.oidc.registration import PATH
from idp.web.openapi.parts import FAULTS, LATER, TOO_LARGE, UNAUTHENTICATED, Operation, Reply, in_json, ref, text

WRONG: Final = in_json(
    "`invalid_redirect_uri` or `invalid_client_metadata`: the description names the member.", "Error"
)
REFUSED: Final = {400: WRONG, 401: UNAUTHENTICATED, 413: TOO_LARGE, 503: LATER}
CLIENT: Final = (text("client_id", "the client", required=True),)
TOKEN: Final = ("registrationAccess",)

OPERATIONS: Final = (
    Operation(
        PATH,
        "post",
        "register",
        "Register a client (RFC 7591 section 3), within the policy of an initial access token.",
        {201: in_json("The client, its secret, and the token to look after it with.", "Client"), **REFUSED},
        security=("initialAccess",),
        body=ref("ClientMetadata"),
    ),
    Operation(
        f"{PATH}/{{client_id}}",
        "get",
        "readClient",
        "Read a registration (RFC 7592 section 2.1).",
        {200: in_json("The client.", "Client"), **FAULTS},
        path_fields=CLIENT,
        security=TOKEN,
    ),
    Operation(
        f"{PATH}/{{client_id}}",
        "put",
        "updateClient",
        "Register anew, whole (RFC 7592 section 2.2).",
        {200: in_json("The client.", "Client"), **REFUSED},
        path_fields=CLIENT,
        security=TOKEN,
        body=ref("ClientMetadata"),
    ),
    Operation(
        f"{PATH}/{{client_id}}",
        "delete",
        "removeClient",
        "End a registration, and everything that was issued to the client (RFC 7592 section 2.3).",
        {204: Reply("Gone."), **FAULTS},
        path_fields=CLIENT,
        security=TOKEN,
    ),
)
