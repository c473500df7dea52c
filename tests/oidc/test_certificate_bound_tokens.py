"""Tokens bound to a client certificate (RFC 8705 section 3), as a trusted proxy hands it on."""

import pytest
from werkzeug.test import Client

from idp.domain.client import AuthMethod, TokenFormat
from tests import client_keys
from tests.provider import ISSUER, open_provider
from tests.resource_servers import decoded


@pytest.fixture
def browser(provider):
    browser = provider.browser()
    browser.sign_in(provider.citizen())
    return browser


@pytest.fixture
def party(provider):
    return provider.party(auth_method=AuthMethod.TLS, tls_bound=True)


def userinfo(party, token, certificate=""):
    headers = client_keys.certificate_headers(certificate) if certificate else {}
    http = Client(party.provider.app.wsgi_app)
    return http.get("/userinfo", base_url=ISSUER, headers={"Authorization": f"Bearer {token}", **headers})


def test_a_bound_token_works_with_its_certificate_alone(party, browser):
    tokens = party.tokens(browser)
    assert tokens["token_type"] == "Bearer"
    assert userinfo(party, tokens["access_token"], party.certificate).status_code == 200
    other = client_keys.certificate(client_keys.make_key())
    for shown in ("", other):
        refused = userinfo(party, tokens["access_token"], shown)
        assert (refused.status_code, refused.json["error"]) == (401, "invalid_token")


def test_a_jwt_names_the_certificate(provider, browser):
    party = provider.party(auth_method=AuthMethod.TLS, tls_bound=True, token_format=TokenFormat.JWT)
    cnf = decoded(provider, party.tokens(browser)["access_token"]).claims["cnf"]
    assert set(cnf) == {"x5t#S256"}
    assert len(cnf["x5t#S256"]) == 43


def test_a_client_registered_for_it_must_show_one(provider, browser):
    party = provider.party(tls_bound=True)
    code = party.code(browser)
    assert party.redeem(code).json["error"] == "invalid_request"
    party.certificate = client_keys.certificate(client_keys.make_key())
    credentials, headers = party.credentials()
    form = {"grant_type": "authorization_code", "code": code, "redirect_uri": party.redirect_uri,
            "code_verifier": party.verifier, **credentials}  # fmt: skip
    shown = headers | client_keys.certificate_headers(party.certificate)
    answer = Client(provider.app.wsgi_app).post("/token", base_url=ISSUER, data=form, headers=shown)
    assert userinfo(party, answer.json["access_token"], party.certificate).status_code == 200
    assert party.refresh(answer.json["refresh_token"]).json["error"] == "invalid_request"


def test_who_only_authenticates_by_a_certificate_gets_plain_tokens(provider, browser):
    party = provider.party(auth_method=AuthMethod.TLS)
    assert userinfo(party, party.tokens(browser)["access_token"]).status_code == 200


@pytest.fixture
def without(tmp_path, _database_template, fast_wire):
    """A provider before which no proxy hands certificates on."""
    directory = tmp_path / "without"
    directory.mkdir()
    with open_provider(directory, _database_template, fast_wire, certificate_header="") as made:
        yield made


def test_it_is_announced_where_a_proxy_hands_certificates_on(provider, without):
    def announced(app):
        return Client(app.wsgi_app).get("/.well-known/openid-configuration").json

    assert announced(provider.app)["tls_client_certificate_bound_access_tokens"] is True
    assert "tls_client_certificate_bound_access_tokens" not in announced(without.app)
