"""Clients that register themselves (RFC 7591, OpenID Connect Registration 1.0) and look after that (RFC 7592)."""

from typing import Any

import pytest
from werkzeug.test import Client, TestResponse

from idp.client_office import ClientOffice
from idp.domain.client import AuthMethod, ConsentPolicy, GrantType
from idp.registration.policy import MORE_GRANTS, Policy
from tests import client_keys
from tests.provider import ISSUER, Browser, Provider, answer_of, basic

CALLBACK = "https://rp.example/cb"


def office(provider: Provider) -> ClientOffice:
    stores = provider.stores
    directory = provider.app.extensions["yihaotong"].clients
    randomness = provider.app.extensions["yihaotong"].randomness
    return ClientOffice(
        stores.registered_clients, stores.initial_tokens, directory, stores.outbox, provider.clock, randomness
    )


def initial_token(provider: Provider, policy: Policy | None = None, uses: int = 5) -> str:
    policy = policy or Policy()
    return office(provider).initial_token(policy, contact="desk@rp.example", seconds=3600, uses=uses)[1]


def call(provider: Provider, method: str, path: str, token: str | None, body: Any = None) -> TestResponse:
    headers = {} if token is None else {"Authorization": f"Bearer {token}"}
    more = {} if body is None else {"json": body}
    return Client(provider.app.wsgi_app).open(path, method=method, base_url=ISSUER, headers=headers, **more)


def register(provider: Provider, token: str | None = None, **metadata: Any) -> TestResponse:
    body = {"redirect_uris": [CALLBACK]} | metadata
    return call(provider, "POST", "/clients", initial_token(provider) if token is None else token, body)


def registered(provider: Provider, **metadata: Any) -> dict[str, Any]:
    response = register(provider, **metadata)
    assert response.status_code == 201, response.text
    return dict(response.json)


def managed(provider: Provider, told: dict[str, Any], method: str = "GET", body: Any = None) -> TestResponse:
    path = told["registration_client_uri"].removeprefix(ISSUER)
    return call(provider, method, path, told["registration_access_token"], body)


def test_a_client_registers_and_is_told_everything_with_its_defaults(provider: Provider):
    response = register(
        provider, client_name="门户", **{"client_name#en": "Portal"}, nonsense=[1], contacts=["a@b.example"]
    )
    assert response.status_code == 201
    assert response.headers["Cache-Control"] == "no-store"
    told = response.json
    assert len(told["client_secret"]) >= 43
    assert told["client_secret_expires_at"] == 0
    assert told["client_id_issued_at"] == int(provider.clock.now())
    assert told["registration_client_uri"] == f"{ISSUER}/clients/{told['client_id']}"
    assert told["token_endpoint_auth_method"] == "client_secret_basic"
    assert told["grant_types"] == ["authorization_code"]
    assert told["response_types"] == ["code"]
    assert told["application_type"] == "web"
    assert told["subject_type"] == "pairwise"
    assert (told["client_name"], told["client_name#en"]) == ("门户", "Portal")
    assert told["contacts"] == ["a@b.example"]
    assert "nonsense" not in told
    assert "openid" in told["scope"].split()


def test_what_was_registered_signs_people_in_at_once(provider: Provider):
    told = registered(provider)
    browser = Browser(provider)
    browser.sign_in(provider.citizen())
    code = code_of(provider, browser, told)
    form = {"grant_type": "authorization_code", "code": code, "redirect_uri": CALLBACK, "code_verifier": "v" * 43}
    headers = {"Authorization": basic(told["client_id"], told["client_secret"])}
    answer = Client(provider.app.wsgi_app).post("/token", base_url=ISSUER, data=form, headers=headers)
    assert answer.status_code == 200, answer.text
    assert "id_token" in answer.json


def code_of(provider: Provider, browser: Browser, told: dict[str, Any]) -> str:
    """Asked explicitly: consent is never implied for a client that registered itself."""
    party = provider.party("model", redirect_uris=frozenset({CALLBACK}))
    asked = party.parameters(client_id=told["client_id"], redirect_uri=CALLBACK)
    page = browser.follow(browser.get("/authorize", query_string=asked))
    assert page.status_code == 200
    return answer_of(browser.submit(page, decision="agree"))["code"]


def test_nobody_registers_without_a_live_token(provider: Provider):
    single = initial_token(provider, uses=1)
    for token in ("", "wrong", None):
        response = call(provider, "POST", "/clients", token, {"redirect_uris": [CALLBACK]})
        assert response.status_code == 401
        assert response.headers["WWW-Authenticate"].startswith("Bearer ")
    assert register(provider, single).status_code == 201
    assert register(provider, single).status_code == 401
    late = initial_token(provider)
    provider.clock.advance(3600)
    assert register(provider, late).status_code == 401
    ended = initial_token(provider)
    for token in provider.stores.initial_tokens.listing():
        provider.stores.initial_tokens.revoke(token.id, now=provider.clock.now())
    assert register(provider, ended).status_code == 401


REFUSED: list[tuple[dict[str, Any], str]] = [
    ({"redirect_uris": ["https://rp.example/cb#x"]}, "invalid_redirect_uri"),
    ({"redirect_uris": ["http://rp.example/cb"]}, "invalid_redirect_uri"),
    ({"redirect_uris": ["http://localhost/cb"]}, "invalid_redirect_uri"),
    ({"redirect_uris": ["https://*.example/cb"]}, "invalid_redirect_uri"),
    ({"redirect_uris": ["javascript:alert(1)"]}, "invalid_redirect_uri"),
    ({"redirect_uris": ["https://[::1"]}, "invalid_redirect_uri"),
    ({"redirect_uris": []}, "invalid_redirect_uri"),
    ({"redirect_uris": "https://rp.example/cb"}, "invalid_redirect_uri"),
    ({"redirect_uris": [7]}, "invalid_redirect_uri"),
    ({"response_types": ["code", "token"]}, "invalid_client_metadata"),
    ({"response_types": ["id_token"]}, "invalid_client_metadata"),
    ({"grant_types": ["implicit"]}, "invalid_client_metadata"),
    ({"grant_types": ["client_credentials"]}, "invalid_client_metadata"),
    ({"grant_types": [GrantType.TOKEN_EXCHANGE.value]}, "invalid_client_metadata"),
    ({"grant_types": {}}, "invalid_client_metadata"),
    ({"application_type": "desktop"}, "invalid_client_metadata"),
    ({"application_type": ["web"]}, "invalid_client_metadata"),
    ({"subject_type": "public"}, "invalid_client_metadata"),
    ({"token_endpoint_auth_method": "magic"}, "invalid_client_metadata"),
    ({"token_endpoint_auth_method": ["none"]}, "invalid_client_metadata"),
    ({"token_endpoint_auth_method": "private_key_jwt"}, "invalid_client_metadata"),
    ({"scope": "openid id_number"}, "invalid_client_metadata"),
    ({"scope": "openid legal_person"}, "invalid_client_metadata"),
    ({"scope": "profile"}, "invalid_client_metadata"),
    ({"scope": 7}, "invalid_client_metadata"),
    ({"id_token_signed_response_alg": "none"}, "invalid_client_metadata"),
    ({"request_object_signing_alg": "none"}, "invalid_client_metadata"),
    ({"initiate_login_uri": "http://rp.example/login"}, "invalid_client_metadata"),
    ({"logo_uri": "javascript:alert(1)"}, "invalid_client_metadata"),
    ({"policy_uri": "http://rp.example/"}, "invalid_client_metadata"),
    ({"client_name": ""}, "invalid_client_metadata"),
    ({"client_name": "a\nb"}, "invalid_client_metadata"),
    ({"client_name": 7}, "invalid_client_metadata"),
    ({"default_max_age": -1}, "invalid_client_metadata"),
    ({"jwks": {"keys": [{"kty": "oct", "k": "AAAA"}]}}, "invalid_client_metadata"),
    ({"jwks_uri": "https://rp.example/j", "jwks": client_keys.jwks(client_keys.make_key())}, "invalid_client_metadata"),
    ({"profile": "fapi2"}, "invalid_client_metadata"),
    ({"software_statement": "x"}, "unapproved_software_statement"),
    ({"redirect_uris": [CALLBACK, "https://two.example/cb"]}, "invalid_client_metadata"),
]


@pytest.mark.parametrize(("metadata", "error"), REFUSED, ids=lambda value: str(value)[:60])
def test_metadata_that_break_a_rule_are_refused_by_name(provider: Provider, metadata: dict[str, Any], error: str):
    response = register(provider, **metadata)
    assert response.status_code == 400, response.text
    assert response.json["error"] == error
    description = response.json["error_description"]
    assert description.isascii()
    assert not {'"', "\\"} & set(description)
    assert provider.stores.registered_clients.all() == ()


def test_a_body_that_is_no_json_object_is_malformed(provider: Provider):
    token = initial_token(provider)
    assert call(provider, "POST", "/clients", token, [1]).json["error"] == "invalid_request"
    plain = Client(provider.app.wsgi_app).post(
        "/clients", base_url=ISSUER, data={"a": "b"}, headers={"Authorization": f"Bearer {token}"}
    )
    assert (plain.status_code, plain.json["error"]) == (400, "invalid_request")


def test_no_metadata_widen_what_an_operator_alone_may_approve(provider: Provider):
    told = registered(
        provider, consent="implied", verified_claims=True, minimum_level=0, development_only=False,
        resource_server={"identifiers": ["https://a.example"]}, client_id="wished", client_secret="mine",
        resources=["https://a.example"], channels=["police_population"],
    )  # fmt: skip
    client = provider.app.extensions["yihaotong"].clients.get(told["client_id"])
    assert client.consent is ConsentPolicy.EXPLICIT
    assert not client.verified_claims
    assert client.resource_server is None
    assert not client.resources
    assert not client.channels
    assert not {"id_number", "legal_person"} & client.scopes
    assert told["client_id"] != "wished"
    assert told["client_secret"] != "mine"


def test_a_token_may_name_hosts_scopes_grants_and_methods(provider: Provider):
    bounds = Policy(
        scopes=frozenset({"openid"}),
        grants=frozenset({"authorization_code", "client_credentials"}),
        methods=frozenset({AuthMethod.NONE}),
        redirect_hosts=frozenset({"rp.example"}),
    )
    token = initial_token(provider, bounds, uses=50)
    good = {"token_endpoint_auth_method": "none"}
    assert register(provider, token, **good).json["scope"] == "openid"
    for wrong in ({"redirect_uris": ["https://two.example/cb"]}, {"scope": "openid phone"},
                  {"grant_types": ["authorization_code", "refresh_token"]},
                  {"token_endpoint_auth_method": "client_secret_basic"}):  # fmt: skip
        assert register(provider, token, **good | wrong).status_code == 400, wrong
    assert MORE_GRANTS & bounds.grants
    with pytest.raises(ValueError, match="id_number"):
        Policy(scopes=frozenset({"openid", "id_number"}))


def test_a_native_client_comes_back_on_loopback(provider: Provider):
    told = registered(
        provider, application_type="native", redirect_uris=["http://127.0.0.1/cb"], token_endpoint_auth_method="none"
    )
    assert told["application_type"] == "native"
    assert "client_secret" not in told
    assert "client_secret_expires_at" not in told


def test_a_secret_for_assertions_is_made_and_works(provider: Provider):
    told = registered(provider, token_endpoint_auth_method="client_secret_jwt")
    claims = client_keys.assertion_claims(told["client_id"], ISSUER, provider.clock.now())
    form = {
        "grant_type": "refresh_token", "refresh_token": "x", "client_assertion_type": client_keys.ASSERTION_TYPE,
        "client_assertion": client_keys.sign_hmac(claims, told["client_secret"]),
    }  # fmt: skip
    answer = Client(provider.app.wsgi_app).post("/token", base_url=ISSUER, data=form)
    assert answer.json["error"] == "unauthorized_client"  # who it is is known; the grant is not its own
