"""Who may call: security schemes, and the parameters by which clients say who they are."""

from typing import Final

from idp.web.openapi.parts import ANONYMOUS, choice, text

SCHEMES: Final = {
    "clientSecret": {
        "type": "http",
        "scheme": "basic",
        "description": "client_secret_basic: client_id and secret, each form-encoded (RFC 6749 section 2.3.1). The "
        "other methods are parameters (client_secret_post, private_key_jwt, client_secret_jwt) or the TLS certificate "
        "(RFC 8705).",
    },
    "bearer": {"type": "http", "scheme": "bearer", "description": "An access token (RFC 6750 section 2.1)."},
    "dpop": {
        "type": "http",
        "scheme": "dpop",
        "description": "An access token that is bound to a key, with a proof in the header DPoP (RFC 9449 section 7).",
    },
    "initialAccess": {
        "type": "http",
        "scheme": "bearer",
        "description": "An initial access token (RFC 7591 section 3).",
    },
    "registrationAccess": {
        "type": "http",
        "scheme": "bearer",
        "description": "The registration access token of the client (RFC 7592 section 1.3).",
    },
}
# By header, or by the parameters below, or by the certificate of the connection.
BY_CLIENT: Final = ("clientSecret", ANONYMOUS)
BY_TOKEN: Final = ("bearer", "dpop", ANONYMOUS)

CLIENT_FIELDS: Final = (
    text("client_id", "the client, where no header says so"),
    text("client_secret", "client_secret_post"),
    choice(
        "client_assertion_type",
        "private_key_jwt, client_secret_jwt",
        ["urn:ietf:params:oauth:client-assertion-type:jwt-bearer"],
    ),
    text("client_assertion", "a JWT signed by the client (RFC 7523 section 2.2)"),
)
PROOF: Final = text("DPoP", "a proof of the key that tokens are to be bound to (RFC 9449 section 4)")
