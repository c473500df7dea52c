"""Requests that no honest client sends end in a client's error, and use nothing up."""

import base64
import json
from typing import Any

import pytest
from werkzeug.test import Client

from idp.domain.client import AuthMethod, SigningAlg
from tests.client_keys import ASSERTION_TYPE
from tests.provider import ISSUER, Party, Provider


def encoded(text: str) -> str:
    return base64.urlsafe_b64encode(text.encode()).rstrip(b"=").decode()


def nested(**header: Any) -> str:
    """A JWT whose header holds a thousand brackets: parsers that recurse give up within the length we read."""
    deep = json.dumps(header)[:-1] + ',"z":' + "[" * 1000 + "]" * 1000 + "}"
    return f"{encoded(deep)}.{encoded('{}')}.{encoded('signature')}"


@pytest.fixture
def http(provider: Provider) -> Client:
    return Client(provider.app.wsgi_app)


def test_a_header_of_a_thousand_brackets_is_a_clients_error_everywhere(provider: Provider, http: Client):
    kid = http.get("/jwks", base_url=ISSUER).json["keys"][0]["kid"]
    hint = nested(alg="RS256", typ="JWT", kid=kid)
    party = provider.party(auth_method=AuthMethod.PRIVATE_KEY_JWT)
    bearer = {"Authorization": f"Bearer {nested(alg='RS256', typ='at+jwt', kid=kid)}"}
    assert http.get("/userinfo", base_url=ISSUER, headers=bearer).status_code == 401
    proof = {"Authorization": "DPoP x", "DPoP": nested(typ="dpop+jwt", alg="ES256", jwk={"kty": "EC"})}
    assert http.get("/userinfo", base_url=ISSUER, headers=proof).status_code == 401
    assertion = {"client_assertion_type": ASSERTION_TYPE, "client_assertion": nested(alg="ES256")}
    assert http.post("/token", base_url=ISSUER, data={"grant_type": "refresh_token", **assertion}).status_code == 400
    answer = http.get("/authorize", base_url=ISSUER, query_string=party.parameters(id_token_hint=hint))
    assert "error=invalid_request" in answer.headers["Location"]
    assert http.get("/logout", base_url=ISSUER, query_string={"id_token_hint": hint}).status_code == 400


def test_a_signed_userinfo_answer_is_no_hint(provider: Provider, http: Client):
    party = provider.party(userinfo_alg=SigningAlg.ES256)
    browser = provider.browser()
    browser.sign_in(provider.citizen())
    tokens = party.tokens(browser)
    headers = {"Authorization": f"Bearer {tokens['access_token']}"}
    signed = http.get("/userinfo", base_url=ISSUER, headers=headers).get_data(as_text=True)
    assert signed.count(".") == 2
    refused = http.get("/logout", base_url=ISSUER, query_string={"id_token_hint": signed})
    assert refused.status_code == 400


def test_a_look_without_a_body_gives_no_code_away(provider: Provider, http: Client):
    asked = http.head("/authorize", base_url=ISSUER, query_string=provider.party().parameters())
    assert asked.status_code == 405


def test_a_name_that_no_database_takes_is_not_found(http: Client):
    for path in ("/clients/%00", "/clients/%ff", "/clients/%C3%A9"):
        assert http.get(path, base_url=ISSUER).status_code == 404


def test_who_lost_the_answer_of_a_rotation_can_still_revoke(provider: Provider, http: Client):
    party, browser = provider.party(), provider.browser()
    browser.sign_in(provider.citizen())
    first = party.tokens(browser)
    second = party.refresh(first["refresh_token"]).json
    assert revoked(http, party, first["refresh_token"]) == 200
    assert party.refresh(second["refresh_token"]).json["error"] == "invalid_grant"


def revoked(http: Client, party: Party, token: str) -> int:
    form, headers = party.credentials()
    return http.post("/revoke", base_url=ISSUER, data={**form, "token": token}, headers=headers).status_code
