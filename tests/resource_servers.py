"""Protected resources beside the relying parties of a test: who they are, and how they ask about tokens."""

from typing import Any

from joserfc import jwt
from joserfc.jwk import KeySet
from joserfc.jws import JWSRegistry
from werkzeug.test import Client, TestResponse

from idp.domain.client import ResourceServer, TokenFormat
from tests.provider import ISSUER, Party, Provider

FUND = "https://fund.example/api"
TAX = "https://tax.example/api"


def resource(provider: Provider, client_id: str, identifier: str, **changes: Any) -> Party:
    """A client that is the server of ``identifier``; ``changes`` are to the resource server, not to the client."""
    return provider.party(client_id, resource_server=ResourceServer(frozenset({identifier}), **changes))


def jwt_resource(provider: Provider, client_id: str = "fund", identifier: str = FUND, **changes: Any) -> Party:
    """One that looks into its tokens itself."""
    return resource(provider, client_id, identifier, token_format=TokenFormat.JWT, **changes)


def introspect(party: Party, token: str | None, accept: str | None = None) -> TestResponse:
    """POST /introspect as ``party``."""
    credentials, headers = party.credentials()
    data = credentials | ({} if token is None else {"token": token})
    headers = headers | ({} if accept is None else {"Accept": accept})
    return Client(party.provider.app.wsgi_app).post("/introspect", base_url=ISSUER, data=data, headers=headers)


def revoke(party: Party, token: str) -> TestResponse:
    """POST /revoke as ``party``."""
    credentials, headers = party.credentials()
    http = Client(party.provider.app.wsgi_app)
    return http.post("/revoke", base_url=ISSUER, data=credentials | {"token": token}, headers=headers)


def decoded(provider: Provider, token: str, alg: str = "RS256") -> jwt.Token:
    """A JWT of the provider, checked against its published keys by a library that did not make it."""
    keys = KeySet.import_key_set(Client(provider.app.wsgi_app).get("/jwks").json)
    return jwt.decode(token, keys, registry=JWSRegistry(algorithms=[alg]))
