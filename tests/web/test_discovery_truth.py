"""Every word of the metadata is tried: what is announced is accepted, what is not is refused, nothing hides."""

import base64
import json
from typing import Any
from urllib.parse import urlsplit

import pytest
from werkzeug.test import Client

from idp.domain.client import AuthMethod, Ciba, ResourceServer, SigningAlg
from idp.oidc.shared_signals import POLL_PATH
from tests.client_keys import sign
from tests.dpop import Holder
from tests.provider import ISSUER, Party, Provider, answer_of

METADATA = "/.well-known/openid-configuration"
# Not in the metadata: the documents themselves, and what looks after a registration, named in its own answer.
KNOWN_OTHERWISE = {
    METADATA, "/.well-known/oauth-authorization-server", "/.well-known/ssf-configuration", "/openapi.json", "/health",
    "/clients/", POLL_PATH,
}  # fmt: skip
API = "https://api.example/"


@pytest.fixture
def http(provider: Provider) -> Client:
    return Client(provider.app.wsgi_app)


@pytest.fixture
def announced(http: Client) -> dict[str, Any]:
    return dict(http.get(METADATA, base_url=ISSUER).json)


@pytest.fixture
def browser(provider: Provider):
    browser = provider.browser()
    browser.sign_in(provider.citizen())
    return browser


def post(http: Client, party: Party, path: str, **form: str):
    credentials, headers = party.credentials()
    return http.post(path, base_url=ISSUER, data=credentials | form, headers=headers)


def addresses(document: dict[str, Any]) -> set[str]:
    return {
        urlsplit(value).path
        for name, value in document.items()
        if name.endswith("_endpoint") or name in {"jwks_uri", "check_session_iframe"}
    }


def test_every_address_answers(http: Client, announced: dict[str, Any]):
    for path in addresses(announced):
        answers = {http.open(path, method=method, base_url=ISSUER).status_code for method in ("GET", "POST")}
        assert 404 not in answers, path
        assert answers != {405}, path


def test_nothing_is_mounted_that_is_not_announced(provider: Provider, http: Client, announced: dict[str, Any]):
    events = http.get("/.well-known/ssf-configuration", base_url=ISSUER).json
    known = addresses(announced) | addresses(events) | KNOWN_OTHERWISE
    assert provider.app.wsgi_app.endpoints.keys() <= known


@pytest.mark.parametrize("endpoint", ["token", "revocation", "introspection"])
def test_every_method_of_authentication_is_accepted_where_it_is_announced(
    provider: Provider, http: Client, announced: dict[str, Any], endpoint: str
):
    path = urlsplit(announced[f"{endpoint}_endpoint"]).path
    methods = announced[f"{endpoint}_endpoint_auth_methods_supported"]
    for method in AuthMethod:
        party = provider.party(f"by-{method.name.lower()}", auth_method=method)
        response = post(http, party, path, token="unknown", grant_type="refresh_token", refresh_token="unknown")
        assert (response.json.get("error") != "invalid_client") == (method in methods), method


def test_every_algorithm_of_client_assertions_is_accepted(provider: Provider, http: Client, announced: dict[str, Any]):
    algs = announced["token_endpoint_auth_signing_alg_values_supported"]
    for alg in algs:
        method = AuthMethod.SECRET_JWT if alg.startswith("HS") else AuthMethod.PRIVATE_KEY_JWT
        party = provider.party(f"signs-{alg.lower()}", auth_method=method, auth_alg=alg)
        assert post(http, party, "/revoke", token="unknown").status_code == 200, alg
    assert "none" not in algs


def test_every_grant_type_is_known_and_no_other(provider: Provider, http: Client, announced: dict[str, Any]):
    party = provider.party()
    others = ["password", "implicit", "urn:ietf:params:oauth:grant-type:jwt-bearer", "client_credential"]
    for grant_type in [*announced["grant_types_supported"], *others]:
        error = post(http, party, "/token", grant_type=grant_type).json.get("error")
        assert (error == "unsupported_grant_type") == (grant_type in others), (grant_type, error)


def test_every_response_mode_is_used_and_no_other(provider: Provider, browser, announced: dict[str, Any]):
    party = provider.party()
    for mode in ("query", "form_post", "fragment", "query.jwt", "form_post.jwt", "jwt"):
        response = party.authorize(browser, response_mode=mode)
        answered = "code=" in response.headers.get("Location", "") or 'name="code"' in response.text
        assert answered == (mode in announced["response_modes_supported"]), mode


@pytest.mark.parametrize("member", ["scopes", "prompt_values", "display_values", "ui_locales", "acr_values"])
def test_every_value_of_a_list_is_understood(provider: Provider, browser, announced: dict[str, Any], member: str):
    parameter = {"scopes": "scope", "prompt_values": "prompt", "display_values": "display"}.get(member, member)
    party = provider.party()
    for value in announced[f"{member}_supported"]:
        sent = f"openid {value}" if member == "scopes" and value != "openid" else value
        response = party.authorize(browser, **{parameter: sent})
        assert response.status_code == 303, value
        assert "error=invalid" not in response.headers["Location"], value


def test_only_the_code_and_only_s256(provider: Provider, browser, announced: dict[str, Any]):
    party = provider.party()
    assert announced["response_types_supported"] == ["code"]
    for response_type in ("token", "id_token", "code id_token", "none"):
        error = answer_of(party.authorize(browser, response_type=response_type))["error"]
        assert error == "unsupported_response_type", response_type
    assert announced["code_challenge_methods_supported"] == ["S256"]
    assert answer_of(party.authorize(browser, code_challenge_method="plain"))["error"] == "invalid_request"


def test_every_claim_can_be_asked_for(provider: Provider, browser, announced: dict[str, Any]):
    assert announced["claims_parameter_supported"] is True
    assert announced["claim_types_supported"] == ["normal"]
    names = announced["claims_supported"]
    asked = json.dumps({"userinfo": dict.fromkeys(names), "id_token": dict.fromkeys(names)})
    assert "code" in answer_of(provider.party().authorize(browser, claims=asked))


def test_request_objects_by_value_and_by_every_announced_algorithm(
    provider: Provider, http: Client, announced: dict[str, Any]
):
    assert announced["request_parameter_supported"] is True
    algs = announced["request_object_signing_alg_values_supported"]
    for alg in algs:
        party = provider.party(
            f"object-{alg.lower()}", auth_method=AuthMethod.PRIVATE_KEY_JWT, auth_alg=alg, request_object_alg=alg
        )
        now = int(provider.clock.now())
        claims = party.parameters() | {"iss": party.client.client_id, "aud": ISSUER, "nbf": now, "exp": now + 60}
        assert post(http, party, "/par", request=sign(claims, party.key, alg)).status_code == 201, alg
    assert not {"none", "HS256"} & set(algs)


def test_addresses_of_request_objects_are_not_fetched(provider: Provider, browser, announced: dict[str, Any]):
    assert announced["request_uri_parameter_supported"] is False
    response = provider.party().authorize(browser, request_uri="https://hall.example/object")
    assert answer_of(response)["error"] == "request_uri_not_supported"
    assert provider.published.fetched == []


def test_plain_requests_are_answered_with_the_issuer(provider: Provider, browser, announced: dict[str, Any]):
    assert announced["require_pushed_authorization_requests"] is False
    assert announced["authorization_response_iss_parameter_supported"] is True
    assert answer_of(provider.party().authorize(browser))["iss"] == announced["issuer"]


def test_tokens_are_signed_by_every_algorithm_that_is_announced(provider: Provider, browser, announced: dict[str, Any]):
    published = {key["alg"] for key in Client(provider.app.wsgi_app).get("/jwks").json["keys"]}
    for what in ("id_token", "userinfo", "introspection"):
        assert set(announced[f"{what}_signing_alg_values_supported"]) == published
    for alg in SigningAlg:
        party = provider.party(f"wants-{alg.lower()}", id_token_alg=alg, userinfo_alg=alg)
        tokens = party.tokens(browser)
        answer = party.userinfo(tokens["access_token"])
        assert answer.mimetype == "application/jwt"
        for token in (tokens["id_token"], answer.text):
            assert header(token)["alg"] == alg


def test_introspection_is_signed_by_every_algorithm_that_is_announced(provider: Provider, http: Client):
    for alg in SigningAlg:
        party = provider.party(
            f"api-{alg.lower()}", resource_server=ResourceServer(frozenset({API}), introspection_alg=alg)
        )
        credentials, headers = party.credentials()
        wanted = headers | {"Accept": "application/token-introspection+jwt"}
        answer = http.post("/introspect", base_url=ISSUER, data=credentials | {"token": "unknown"}, headers=wanted)
        assert header(answer.text)["alg"] == alg


def test_proofs_by_every_announced_algorithm_bind_a_token(provider: Provider, browser, announced: dict[str, Any]):
    party = provider.party()
    for alg in announced["dpop_signing_alg_values_supported"]:
        assert Holder(party, alg).tokens(browser)["token_type"] == "DPoP", alg


def test_backchannel_requests_may_be_signed_as_announced(provider: Provider, http: Client, announced: dict[str, Any]):
    for alg in announced["backchannel_authentication_request_signing_alg_values_supported"]:
        party = provider.party(
            f"rings-{alg.lower()}", auth_method=AuthMethod.PRIVATE_KEY_JWT, auth_alg=alg, ciba=Ciba(alg=alg)
        )
        now = int(provider.clock.now())
        claims = {"iss": party.client.client_id, "aud": ISSUER, "iat": now, "nbf": now, "exp": now + 60, "jti": alg}
        signed = sign(claims | {"scope": "openid", "login_hint": "nobody"}, party.key, alg)
        response = post(http, party, "/bc-authorize", request=signed)
        assert response.json.get("error") != "invalid_request", response.text


def test_nothing_is_promised_that_is_only_a_habit_of_other_providers(announced: dict[str, Any]):
    absent = {
        "op_policy_uri", "op_tos_uri", "registration_endpoint_auth_methods_supported", "request_object_encryption_alg_values_supported",
        "authorization_signing_alg_values_supported", "mtls_endpoint_aliases", "signed_metadata",
    }  # fmt: skip
    assert not absent & announced.keys()
    assert announced["subject_types_supported"] == ["pairwise"]
    assert announced["backchannel_user_code_parameter_supported"] is False


def header(token: str) -> dict[str, Any]:
    text = token.partition(".")[0]
    return dict(json.loads(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))))
