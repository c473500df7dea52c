"""The table of protocol endpoints: path -> endpoint. What is mounted here is what discovery announces."""

from collections.abc import Callable, Mapping
from typing import Any

import orjson

from idp.oidc.discovery import PATHS
from idp.oidc.introspection import JWT_TYPE, Introspection
from idp.oidc.keys import SigningKeys
from idp.oidc.messages import Answer, ProtocolRequest
from idp.oidc.revocation import revoke
from idp.oidc.server import Server
from idp.oidc.userinfo import UserInfo
from idp.oidc.userinfo_answer import UserInfoAnswers
from idp.web import openapi
from idp.web.authorize import AuthorizeEndpoint
from idp.web.cors import Sharing
from idp.web.documents import Document
from idp.web.entry import Endpoint, Result
from idp.web.openapi.public import OPENAPI_PATH
from idp.web.pushed_requests import PushedRequestEndpoint
from idp.web.responses import JSON, NO_STORE, Response, as_json, as_jwt

DISCOVERY_SECONDS = 3600
GET = frozenset({"GET"})
POST = frozenset({"POST"})


def table(
    *, metadata: Mapping[str, Any], server: Server, userinfo: UserInfo, userinfo_answers: UserInfoAnswers,
    introspection: Introspection, authorize: AuthorizeEndpoint,
    par: PushedRequestEndpoint, keys: SigningKeys,
    ready: Callable[[], bool], jwks_seconds: int,
) -> Mapping[str, Endpoint]:  # fmt: skip
    """Every endpoint that is answered without Flask."""
    discovery = Document(lambda: metadata, seconds=DISCOVERY_SECONDS)
    api = openapi.document(metadata["issuer"])

    def token(message: ProtocolRequest, _: Mapping[str, Any]) -> Result:
        return as_json(server.token(message))

    def revocation(message: ProtocolRequest, _: Mapping[str, Any]) -> Result:
        return as_json(revoke(server, message))

    def introspect(message: ProtocolRequest, _: Mapping[str, Any]) -> Result:
        found = introspection.answer(message)
        return as_json(Answer(200, found.told)) if found.jwt is None else as_jwt(found.jwt, JWT_TYPE)

    def claims(message: ProtocolRequest, _: Mapping[str, Any]) -> Result:
        told, client = userinfo.answer(message)
        jwt = userinfo_answers.jwt(told, client)
        more = userinfo.access.headers(message)
        return as_json(Answer(200, told, more)) if jwt is None else as_jwt(jwt, headers=more)

    def health(_: ProtocolRequest, __: Mapping[str, Any]) -> Result:
        good = ready()
        body = orjson.dumps({"status": "ok" if good else "unavailable"})
        return Response(200 if good else 503, (JSON, *NO_STORE), body)

    return {
        PATHS["authorization_endpoint"]: Endpoint(authorize, GET | POST, to_browser=True),
        PATHS["pushed_authorization_request_endpoint"]: Endpoint(par, POST),
        PATHS["token_endpoint"]: Endpoint(token, POST, sharing=Sharing.REGISTERED),
        PATHS["userinfo_endpoint"]: Endpoint(claims, GET | POST, sharing=Sharing.REGISTERED),
        PATHS["revocation_endpoint"]: Endpoint(revocation, POST, sharing=Sharing.REGISTERED),
        PATHS["introspection_endpoint"]: Endpoint(introspect, POST),
        PATHS["jwks_uri"]: Endpoint(Document(keys.public_jwks, seconds=jwks_seconds), sharing=Sharing.PUBLIC),
        "/.well-known/openid-configuration": Endpoint(discovery, sharing=Sharing.PUBLIC),
        "/.well-known/oauth-authorization-server": Endpoint(discovery, sharing=Sharing.PUBLIC),
        OPENAPI_PATH: Endpoint(Document(lambda: api, seconds=DISCOVERY_SECONDS), sharing=Sharing.PUBLIC),
        "/health": Endpoint(health),
    }
