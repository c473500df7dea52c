"""The protocol endpoints as an OpenAPI 3.1 description, published at ``/openapi.json``.

Owns: what each endpoint takes and gives, as data. Never: decides anything; tests hold it against real answers.
Neighbours: :mod:`idp.web.endpoints` mounts what is described here, and the description itself.

::

    parts          operation, parameter, reply, and their form in OpenAPI
    schemas        the JSON documents
    security       who may call
    authorization  asking citizens: front channel, pushed, by device, by back channel; sign-out
    tokens         tokens, and what is told of them and by them
    registration   clients that register themselves
    events         streams of security events
    public         documents for everybody
"""

from collections.abc import Mapping
from typing import Any, Final

from idp.web.openapi import authorization, events, public, registration, tokens
from idp.web.openapi.parts import Operation
from idp.web.openapi.schemas import SCHEMAS
from idp.web.openapi.security import SCHEMES

VERSION: Final = "1.0"
OPERATIONS: Final[tuple[Operation, ...]] = (
    *authorization.OPERATIONS,
    *tokens.OPERATIONS,
    *registration.OPERATIONS,
    *events.OPERATIONS,
    *public.OPERATIONS,
)


def document(issuer: str) -> Mapping[str, Any]:
    """The description."""
    paths: dict[str, dict[str, Any]] = {}
    for each in OPERATIONS:
        paths.setdefault(each.path, {})[each.method] = each.rendered()
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Yihaotong 一号通",
            "version": VERSION,
            "description": "OAuth 2.0 and OpenID Connect. What is offered is in /.well-known/openid-configuration; "
            "unknown parameters are ignored, repeated ones refused.",
        },
        "servers": [{"url": issuer}],
        "paths": paths,
        "components": {"schemas": dict(SCHEMAS), "securitySchemes": dict(SCHEMES)},
    }
