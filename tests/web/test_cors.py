"""Scripts of other origins: by registered origin, never with credentials, never at the authorization endpoint."""

import pytest
from werkzeug.test import Client, TestResponse

from idp.domain.client import AuthMethod
from tests.provider import ISSUER, Party, Provider

SPA = "https://spa.example"
OTHER = "https://other.example"
STRANGER = "https://stranger.example"
PUBLIC = ["/jwks", "/.well-known/openid-configuration", "/.well-known/oauth-authorization-server"]
REGISTERED = ["/token", "/userinfo", "/revoke"]


@pytest.fixture
def spa(provider: Provider) -> Party:
    """A public client whose pages call us; another has another origin."""
    provider.party("other", origins=frozenset({OTHER}))
    return provider.party("spa", auth_method=AuthMethod.NONE, origins=frozenset({SPA}))


def call(provider: Provider, method: str, path: str, origin: str | None, **more) -> TestResponse:
    headers = more.pop("headers", {}) | ({"Origin": origin} if origin else {})
    return Client(provider.app.wsgi_app).open(path, method=method, base_url=ISSUER, headers=headers, **more)


def preflight(provider: Provider, path: str, origin: str) -> TestResponse:
    asked = {"Access-Control-Request-Method": "POST", "Access-Control-Request-Headers": "authorization,dpop"}
    return call(provider, "OPTIONS", path, origin, headers=asked)


def shared(response: TestResponse) -> str | None:
    assert "Access-Control-Allow-Credentials" not in response.headers
    return response.headers.get("Access-Control-Allow-Origin")


@pytest.mark.parametrize("path", PUBLIC)
def test_public_documents_are_for_every_script(provider: Provider, path: str):
    for origin in (STRANGER, None):
        response = call(provider, "GET", path, origin)
        assert (response.status_code, shared(response)) == (200, "*")
    assert shared(preflight(provider, path, STRANGER)) == "*"


@pytest.mark.parametrize("path", REGISTERED)
def test_a_preflight_is_answered_to_registered_origins_alone(provider: Provider, spa: Party, path: str):
    for origin in (SPA, OTHER):
        response = preflight(provider, path, origin)
        assert (response.status_code, response.data) == (204, b"")
        assert shared(response) == origin
        assert "POST" in response.headers["Access-Control-Allow-Methods"].split(", ")
        assert response.headers["Access-Control-Allow-Headers"] == "Authorization, Content-Type, DPoP"
        assert int(response.headers["Access-Control-Max-Age"]) <= 600
    for origin in (STRANGER, "null", f"{SPA}.evil.example", SPA.upper(), f"{SPA}/"):
        response = preflight(provider, path, origin)
        assert (response.status_code, shared(response)) == (204, None)
    assert response.headers["Vary"] == "Origin"


def test_an_answer_is_for_the_origin_of_its_very_client(provider: Provider, spa: Party):
    browser = provider.browser()
    browser.sign_in(provider.citizen())
    form = {
        "grant_type": "authorization_code",
        "redirect_uri": spa.redirect_uri,
        "code_verifier": spa.verifier,
        "client_id": "spa",
    }
    for origin, allowed in [(SPA, SPA), (OTHER, None), (STRANGER, None), (None, None)]:
        response = call(provider, "POST", "/token", origin, data=form | {"code": spa.code(browser)})
        assert (response.status_code, shared(response)) == (200, allowed)
        assert response.headers["Vary"] == "Origin"
        bearer = {"Authorization": f"Bearer {response.json['access_token']}"}
        response = call(provider, "GET", "/userinfo", origin, headers=bearer)
        assert (response.status_code, shared(response)) == (200, allowed)
    exposed = call(provider, "GET", "/userinfo", SPA, headers=bearer).headers["Access-Control-Expose-Headers"]
    assert exposed == "DPoP-Nonce, WWW-Authenticate"
    revoked = call(provider, "POST", "/revoke", SPA, data={"token": "unknown", "client_id": "spa"})
    assert (revoked.status_code, shared(revoked)) == (200, SPA)


def test_a_script_reads_why_its_call_failed(provider: Provider, spa: Party):
    unknown = {"grant_type": "authorization_code", "code": "unknown", "client_id": "spa", "code_verifier": "v" * 43}
    for origin, allowed in [(SPA, SPA), (OTHER, None)]:
        assert shared(call(provider, "POST", "/token", origin, data=unknown)) == allowed
    for origin, allowed in [(SPA, SPA), (OTHER, OTHER), (STRANGER, None)]:
        response = call(provider, "GET", "/userinfo", origin, headers={"Authorization": "Bearer unknown"})
        assert (response.status_code, shared(response)) == (401, allowed), "an error that names no client"


def test_an_origin_that_was_taken_off_the_register_is_refused_a_second_later(provider: Provider, spa: Party):
    assert shared(preflight(provider, "/token", SPA)) == SPA
    provider.registry.remove("spa")
    provider.clock.advance(1)
    assert shared(preflight(provider, "/token", SPA)) is None


@pytest.mark.parametrize("path", ["/authorize", "/logout", "/account", "/health"])
@pytest.mark.parametrize("method", ["OPTIONS", "GET", "POST"])
def test_nothing_else_is_for_scripts_of_other_origins(provider: Provider, spa: Party, path: str, method: str):
    response = call(provider, method, path, SPA)
    assert not [name for name, _ in response.headers if name.startswith("Access-Control-")]
