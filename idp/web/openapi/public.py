"""Documents for everybody."""

from typing import Final

from idp.oidc.discovery import PATHS
from idp.web.openapi.parts import Operation, Reply, in_json, text

OPENAPI_PATH: Final = "/openapi.json"
CACHED: Final = {"ETag": "its entity tag", "Cache-Control": "how long it may be kept"}
UNCHANGED: Final = Reply("Still the one of `If-None-Match`.", {}, CACHED)


def document(path: str, name: str, about: str, schema: str) -> Operation:
    """A document that is cached, and asked for again by its entity tag."""
    return Operation(
        path,
        "get",
        name,
        about,
        {200: in_json("The document.", schema, **CACHED), 304: UNCHANGED},
        headers=(text("If-None-Match", "entity tags of what is known (RFC 9110 section 13.1.2)"),),
    )


OPERATIONS: Final = (
    document(PATHS["jwks_uri"], "keys", "The keys that tokens are signed by (RFC 7517).", "KeySet"),
    document(
        "/.well-known/openid-configuration", "discover", "What is offered (OpenID Connect Discovery 1.0).", "Metadata"
    ),
    document("/.well-known/oauth-authorization-server", "discoverOAuth", "The same, by RFC 8414.", "Metadata"),
    document(OPENAPI_PATH, "describe", "This description.", "Api"),
    Operation(
        "/health",
        "get",
        "health",
        "Whether both stores answer.",
        {200: in_json("They do.", "Health"), 503: in_json("They do not.", "Health")},
    ),
)
