"""The table of protocol endpoints: path -> endpoint. What is mounted here is what discovery announces."""

from collections.abc import Callable, Mapping
from typing import Any

import orjson

from idp.oidc.discovery import PATHS
from idp.oidc.keys import SigningKeys
from idp.oidc.messages import Answer, ProtocolRequest
from idp.oidc.revocation import revoke
from idp.oidc.server import Server
from idp.oidc.userinfo import UserInfo
from idp.web.authorize import AuthorizeEndpoint
from idp.web.entry import Endpoint, Result
from idp.web.responses import JSON, NO_STORE, Response, as_json, public_document

DISCOVERY_SECONDS = 3600
JWKS_SECONDS = 300
GET = frozenset({"GET"})
POST = frozenset({"POST"})


def table(
    *, metadata: Mapping[str, Any], server: Server, userinfo: UserInfo, authorize: AuthorizeEndpoint, keys: SigningKeys,
    ready: Callable[[], bool],
) -> Mapping[str, Endpoint]:  # fmt: skip
    """Every endpoint that is answered without Flask."""
    discovery = public_document(orjson.dumps(metadata), seconds=DISCOVERY_SECONDS)

    def token(message: ProtocolRequest, _: Mapping[str, Any]) -> Result:
        return as_json(server.token(message))

    def revocation(message: ProtocolRequest, _: Mapping[str, Any]) -> Result:
        return as_json(revoke(server, message))

    def claims(message: ProtocolRequest, _: Mapping[str, Any]) -> Result:
        return as_json(Answer(200, userinfo.answer(message)))

    def jwks(_: ProtocolRequest, __: Mapping[str, Any]) -> Result:
        return public_document(orjson.dumps(keys.public_jwks()), seconds=JWKS_SECONDS)

    def announce(_: ProtocolRequest, __: Mapping[str, Any]) -> Result:
        return discovery

    def health(_: ProtocolRequest, __: Mapping[str, Any]) -> Result:
        good = ready()
        body = orjson.dumps({"status": "ok" if good else "unavailable"})
        return Response(200 if good else 503, (JSON, *NO_STORE), body)

    return {
        PATHS["authorization_endpoint"]: Endpoint(authorize, GET | POST, to_browser=True),
        PATHS["token_endpoint"]: Endpoint(token, POST),
        PATHS["userinfo_endpoint"]: Endpoint(claims, GET | POST),
        PATHS["revocation_endpoint"]: Endpoint(revocation, POST),
        PATHS["jwks_uri"]: Endpoint(jwks),
        "/.well-known/openid-configuration": Endpoint(announce),
        "/.well-known/oauth-authorization-server": Endpoint(announce),
        "/health": Endpoint(health),
    }
