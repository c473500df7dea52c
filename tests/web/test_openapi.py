"""``/openapi.json`` is true: what is mounted is described, what is described is mounted, and answers are as it says."""

import jsonschema_rs
import pytest
from werkzeug.test import Client

from idp.oidc.discovery import PATHS
from idp.web.openapi import document
from tests.described import Description, NotDescribed
from tests.provider import ISSUER, Provider, basic

# Mounted in Flask, for they are pages.
BY_PAGES = {PATHS["end_session_endpoint"]}


@pytest.fixture
def published(provider: Provider) -> Description:
    response = Client(provider.app.wsgi_app).get("/openapi.json", base_url=ISSUER)
    assert response.headers["Cache-Control"] == "public, max-age=3600"
    assert response.headers["Access-Control-Allow-Origin"] == "*"
    return Description(response.json)


def mounted(provider: Provider) -> set[tuple[str, str]]:
    table = provider.app.wsgi_app.endpoints
    return {(path, method.lower()) for path, endpoint in table.items() for method in endpoint.methods}


def test_what_is_mounted_is_described_and_the_other_way_round(provider: Provider, published: Description):
    described = {
        (path.partition("{")[0], method) for path, methods in published.document["paths"].items() for method in methods
    }
    assert {each for each in described if each[0] not in BY_PAGES} == mounted(provider)
    assert {path for path, _ in described} >= set(PATHS.values())


def test_it_is_openapi_with_sound_schemas(published: Description):
    assert published.document["openapi"].startswith("3.1.")
    assert published.document == document(ISSUER)
    for name, schema in published.document["components"]["schemas"].items():
        jsonschema_rs.meta.validate({**schema, "components": published.document["components"]})
        assert schema, name
    ids = [each["operationId"] for methods in published.document["paths"].values() for each in methods.values()]
    assert len(ids) == len(set(ids))


def test_every_scheme_and_schema_that_is_named_exists(published: Description):
    text = str(published.document)
    for name in published.document["components"]["schemas"]:
        assert f"#/components/schemas/{name}" in text, name
    schemes = published.document["components"]["securitySchemes"].keys()
    used = {
        scheme
        for methods in published.document["paths"].values()
        for each in methods.values()
        for need in each.get("security", ())
        for scheme in need
    }
    assert used == schemes


def test_answers_of_a_whole_sign_on_are_as_described(provider: Provider, published: Description):
    party, browser = provider.party(), provider.browser()
    browser.sign_in(provider.citizen())
    http = Client(provider.app.wsgi_app)
    secret = {"Authorization": basic("hall", party.secret)}

    def call(method: str, path: str, **more):
        response = http.open(path, method=method, base_url=ISSUER, **more)
        published.check(method, path, response)
        return response

    pushed = call("POST", "/par", data=party.parameters(), headers=secret)
    assert pushed.status_code == 201
    answer = browser.get("/authorize", query_string={"client_id": "hall", "request_uri": pushed.json["request_uri"]})
    published.check("GET", "/authorize", answer)
    tokens = party.tokens(browser)
    bearer = {"Authorization": f"Bearer {tokens['access_token']}"}
    assert call("GET", "/userinfo", headers=bearer).status_code == 200
    assert call("POST", "/introspect", data={"token": tokens["access_token"]}, headers=secret).json == {"active": False}
    assert call("POST", "/device_authorization", data={"scope": "openid"}, headers=secret).status_code == 200
    assert call("POST", "/revoke", data={"token": tokens["refresh_token"]}, headers=secret).status_code == 200
    assert call("GET", "/userinfo", headers=bearer).status_code == 401
    refreshed = {"grant_type": "refresh_token", "refresh_token": tokens["refresh_token"]}
    assert call("POST", "/token", data=refreshed, headers=secret).status_code == 400
    for path in ("/jwks", "/.well-known/openid-configuration", "/openapi.json", "/health", "/session/check"):
        assert call("GET", path).status_code == 200
    published.check("GET", "/logout", browser.get("/logout"))


def test_the_checker_of_answers_finds_what_is_not_described(provider: Provider, published: Description):
    response = Client(provider.app.wsgi_app).get("/health", base_url=ISSUER)
    for method, path in [("GET", "/jwks"), ("POST", "/health"), ("GET", "/nowhere")]:
        with pytest.raises(NotDescribed):
            published.check(method, path, response)
