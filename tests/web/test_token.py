"""The token endpoint, userinfo and revocation as a relying party and an attacker meet them."""

import concurrent.futures

import pytest
from joserfc import jwt
from joserfc.jwk import KeySet
from werkzeug.test import Client

from idp.domain.client import AuthMethod, GrantType, SigningAlg
from tests.provider import ISSUER, basic


@pytest.fixture
def party(provider):
    return provider.party()


@pytest.fixture
def browser(provider):
    browser = provider.browser()
    browser.sign_in(provider.citizen())
    return browser


def verified(provider, token, alg):
    """An ID token checked against the published keys, by a library that did not make it."""
    keys = KeySet.import_key_set(Client(provider.app.wsgi_app).get("/jwks").json)
    return jwt.decode(token, keys, algorithms=[alg])


@pytest.mark.parametrize("alg", list(SigningAlg))
def test_the_id_token_verifies_against_the_published_keys(provider, browser, alg):
    party = provider.party(id_token_alg=alg)
    token = verified(provider, party.tokens(browser)["id_token"], alg.value)
    assert token.header == {"alg": alg.value, "kid": token.header["kid"], "typ": "JWT"}
    claims = token.claims
    assert claims["iss"] == ISSUER
    assert claims["aud"] == "hall"
    assert claims["nonce"] == "n-456"
    assert claims["acr"] == "urn:yihaotong:realname:1"
    assert claims["amr"] == ["pwd"]
    assert claims["exp"] > claims["iat"] == int(provider.clock.now())
    assert claims["auth_time"] <= claims["iat"]
    assert claims["sid"]


def test_without_nonce_the_id_token_has_none(provider, party, browser):
    claims = verified(provider, party.tokens(browser, nonce=None)["id_token"], "RS256").claims
    assert "nonce" not in claims


def test_at_hash_is_of_the_access_token(provider, party, browser):
    from idp.oidc.id_token import at_hash

    tokens = party.tokens(browser)
    assert verified(provider, tokens["id_token"], "RS256").claims["at_hash"] == at_hash(tokens["access_token"], "RS256")


def test_token_answers_are_not_cacheable(party, browser):
    response = party.redeem(party.code(browser))
    assert response.headers["Cache-Control"] == "no-store"
    assert response.headers["Content-Type"] == "application/json"
    refused = party.redeem("x")
    assert refused.headers["Cache-Control"] == "no-store"


def test_redeeming_and_userinfo_take_one_round_trip_each(provider, party, browser):
    code = party.code(browser)
    provider.wire.round_trips = 0
    tokens = party.redeem(code).json
    assert provider.wire.round_trips == 1
    assert party.userinfo(tokens["access_token"]).status_code == 200
    assert provider.wire.round_trips == 2
    party.refresh(tokens["refresh_token"])
    assert provider.wire.round_trips == 3


def test_a_replayed_code_is_refused_and_kills_what_it_gave(party, browser):
    code = party.code(browser)
    tokens = party.redeem(code).json
    assert party.redeem(code).json["error"] == "invalid_grant"
    assert party.userinfo(tokens["access_token"]).status_code == 401
    assert party.refresh(tokens["refresh_token"]).json["error"] == "invalid_grant"


def test_a_replay_is_in_the_audit_log(provider, party, browser):
    code = party.code(browser)
    party.redeem(code)
    party.redeem(code)
    provider.drain()
    assert provider.stores.audit.verify() > 0


def test_sixteen_parallel_redemptions_have_at_most_one_winner(provider, party, browser):
    code = party.code(browser)
    with concurrent.futures.ThreadPoolExecutor(16) as pool:
        answers = list(pool.map(lambda _: party.redeem(code, http=Client(provider.app.wsgi_app)), range(16)))
    assert sorted(a.status_code for a in answers) == [200] + [400] * 15


@pytest.mark.parametrize(
    "changes",
    [
        {"redirect_uri": "https://hall.example/other"},
        {"redirect_uri": None},
        {"code_verifier": "w" * 43},
        {"code_verifier": None},
        {"code_verifier": "short"},
        {"code_verifier": "é" * 43},
    ],
)
def test_a_code_needs_its_redirect_uri_and_verifier_and_survives_a_wrong_try(party, browser, changes):
    code = party.code(browser)
    assert party.redeem(code, **changes).json["error"] == "invalid_grant"
    assert party.redeem(code).status_code == 200


def test_a_code_is_bound_to_its_client_and_survives_a_strangers_try(provider, party, browser):
    thief = provider.party("thief")
    code = party.code(browser)
    assert thief.redeem(code, redirect_uri=party.redirect_uri).json["error"] == "invalid_grant"
    assert party.redeem(code).status_code == 200


def test_a_code_dies_after_its_life(provider, party, browser):
    code = party.code(browser)
    provider.clock.advance(provider.settings.code_life + 1)
    assert party.redeem(code).json["error"] == "invalid_grant"


def test_mangled_codes_are_refused(party, browser):
    code = party.code(browser)
    for mangled in (code[:-1], code + "A", code.swapcase(), f" {code}", code + "=", "*", code.split(".")[0], "é"):
        assert party.redeem(mangled).status_code == 400
    assert party.redeem(code).status_code == 200


def test_kinds_are_not_mixed(party, browser):
    tokens = party.tokens(browser)
    code = party.code(browser)
    for wrong in (tokens["access_token"], tokens["refresh_token"]):
        assert party.redeem(wrong).json["error"] == "invalid_grant"
    for wrong in (tokens["access_token"], code):
        assert party.refresh(wrong).json["error"] == "invalid_grant"
    for wrong in (tokens["refresh_token"], code, tokens["id_token"]):
        assert party.userinfo(wrong).status_code == 401


def test_refreshing_rotates_and_keeps_the_id_tokens_facts(provider, party, browser):
    first = party.tokens(browser)
    provider.clock.advance(30)
    second = party.refresh(first["refresh_token"]).json
    assert second["refresh_token"] != first["refresh_token"]
    one, two = (verified(provider, t["id_token"], "RS256").claims for t in (first, second))
    for name in ("iss", "sub", "aud", "auth_time", "acr", "amr", "sid"):
        assert one[name] == two[name]
    assert "nonce" not in two
    assert two["iat"] == one["iat"] + 30


def test_reuse_of_a_rotated_refresh_token_kills_the_family(provider, party, browser):
    first = party.tokens(browser)
    second = party.refresh(first["refresh_token"]).json
    provider.clock.advance(provider.settings.refresh_grace)
    assert party.refresh(first["refresh_token"]).json["error"] == "invalid_grant"
    assert party.refresh(second["refresh_token"]).json["error"] == "invalid_grant"
    assert party.userinfo(second["access_token"]).status_code == 401


def test_another_clients_try_leaves_the_owners_refresh_token_alive(provider, party, browser):
    thief = provider.party("thief")
    tokens = party.tokens(browser)
    assert thief.refresh(tokens["refresh_token"]).json["error"] == "invalid_grant"
    assert party.refresh(tokens["refresh_token"]).status_code == 200


def test_refreshing_may_narrow_but_not_widen_the_scope(party, browser):
    tokens = party.tokens(browser, scope="openid profile")
    assert party.refresh(tokens["refresh_token"], scope="openid phone").json["error"] == "invalid_scope"
    narrowed = party.refresh(tokens["refresh_token"], scope="openid").json
    assert narrowed["scope"] == "openid"
    assert set(party.userinfo(narrowed["access_token"]).json) == {"sub"}


def test_a_client_without_the_refresh_grant_gets_no_refresh_token(provider, browser):
    party = provider.party(grant_types=frozenset({GrantType.AUTHORIZATION_CODE}))
    tokens = party.tokens(browser)
    assert "refresh_token" not in tokens
    assert party.refresh("x").json["error"] == "unauthorized_client"


@pytest.mark.parametrize("grant_type", ["password", "implicit", "urn:ietf:params:oauth:grant-type:jwt-bearer"])
def test_other_grants_do_not_exist(party, grant_type):
    assert party.token(grant_type=grant_type).json["error"] == "unsupported_grant_type"


def test_a_missing_grant_type_is_invalid_request(party):
    assert party.token().json["error"] == "invalid_request"


def test_repeated_parameters_are_refused(provider, party, browser):
    code = party.code(browser)
    headers = {
        "Authorization": basic("hall", party.secret),
        "Content-Type": "application/x-www-form-urlencoded",
    }
    body = f"grant_type=authorization_code&code={code}&code={code}&redirect_uri={party.redirect_uri}"
    response = Client(provider.app.wsgi_app).post("/token", data=body, headers=headers)
    assert response.json["error"] == "invalid_request"


@pytest.mark.parametrize("content_type", ["application/json", "multipart/form-data; boundary=x", "text/plain"])
def test_only_form_encoded_requests_are_processed(provider, party, content_type):
    response = Client(provider.app.wsgi_app).post("/token", data=b'{"grant_type":"x"}', content_type=content_type)
    assert response.status_code == 400


def test_credentials_in_the_address_are_refused(provider, party, browser):
    code = party.code(browser)
    query = {"client_id": "hall", "client_secret": party.secret, "grant_type": "authorization_code", "code": code}
    assert Client(provider.app.wsgi_app).post("/token", query_string=query).status_code == 400


@pytest.mark.parametrize(
    "header",
    [
        basic("hall", "wrong"), basic("nobody", "wrong"), "Basic", "Basic !!!", "Basic " + "/w==", "Bearer x",
        basic("hall", ""), basic("", "x"),
    ],
)  # fmt: skip
def test_failed_client_authentication_is_401_with_a_challenge_and_tells_nothing(provider, party, header):
    response = Client(provider.app.wsgi_app).post(
        "/token", data={"grant_type": "authorization_code", "code": "x"}, headers={"Authorization": header}
    )
    assert response.status_code == 401
    assert response.json == {"error": "invalid_client", "error_description": "Client authentication failed."}
    assert response.headers["WWW-Authenticate"].startswith("Basic realm=")


def test_a_client_cannot_use_another_method_than_its_own(provider, party, browser):
    code = party.code(browser)
    form = {
        "grant_type": "authorization_code", "code": code, "redirect_uri": party.redirect_uri,
        "code_verifier": party.verifier, "client_id": "hall",
    }  # fmt: skip
    http = Client(provider.app.wsgi_app)
    assert http.post("/token", data=form).json["error"] == "invalid_client"
    assert http.post("/token", data=form | {"client_secret": party.secret}).json["error"] == "invalid_client"
    assert party.redeem(code).status_code == 200


def test_two_methods_at_once_are_refused(provider, party):
    response = Client(provider.app.wsgi_app).post(
        "/token", data={"grant_type": "authorization_code", "client_id": "hall", "client_secret": party.secret},
        headers={"Authorization": basic("hall", party.secret)},
    )  # fmt: skip
    assert response.json["error"] == "invalid_request"


@pytest.mark.parametrize("method", [AuthMethod.POST, AuthMethod.NONE])
def test_every_registered_method_works(provider, browser, method):
    assert provider.party(auth_method=method).tokens(browser)["access_token"]


def test_a_wrong_secret_locks_nobody_out(provider, party, browser):
    for _ in range(30):
        Client(provider.app.wsgi_app).post("/token", headers={"Authorization": basic("hall", "wrong")})
    assert party.tokens(browser)


def test_a_removed_client_is_dead_at_once(provider, party, browser):
    tokens = party.tokens(browser)
    provider.registry.remove("hall")
    assert party.refresh(tokens["refresh_token"]).json["error"] == "invalid_client"


def test_revoking_the_access_token_kills_it_alone(provider, party, browser):
    tokens = party.tokens(browser)
    assert _revoke(provider, party, tokens["access_token"]).status_code == 200
    assert party.userinfo(tokens["access_token"]).status_code == 401
    assert party.refresh(tokens["refresh_token"]).status_code == 200


def test_revoking_the_refresh_token_kills_both(provider, party, browser):
    tokens = party.tokens(browser)
    _revoke(provider, party, tokens["refresh_token"])
    assert party.userinfo(tokens["access_token"]).status_code == 401
    assert party.refresh(tokens["refresh_token"]).json["error"] == "invalid_grant"


def test_one_client_cannot_revoke_anothers_tokens(provider, party, browser):
    tokens = party.tokens(browser)
    thief = provider.party("thief")
    assert _revoke(provider, thief, tokens["refresh_token"]).status_code == 200
    assert party.userinfo(tokens["access_token"]).status_code == 200


def test_revoking_rubbish_is_no_error_and_needs_authentication(provider, party):
    assert _revoke(provider, party, "rubbish").status_code == 200
    assert Client(provider.app.wsgi_app).post("/revoke", data={"token": "x"}).status_code == 401


def test_userinfo_releases_what_scope_and_level_allow(provider, browser):
    party = provider.party()
    every = party.tokens(browser, scope="openid profile phone realname id_number")
    claims = party.userinfo(every["access_token"]).json
    assert claims["name"] == "张三"
    assert claims["birthdate"] == "1901-03-07"
    assert claims["gender"] == "male"
    assert claims["urn:yihaotong:claims:realname_level"] == 1
    # The number itself and the mobile number ask for level 2 at least, whatever a client requests.
    assert "urn:yihaotong:claims:id_number" not in claims
    assert "phone_number" not in claims
    narrow = party.tokens(browser, scope="openid")
    assert set(party.userinfo(narrow["access_token"]).json) == {"sub"}


def test_userinfo_and_id_token_agree_on_the_subject(provider, party, browser):
    tokens = party.tokens(browser)
    assert (
        party.userinfo(tokens["access_token"]).json["sub"]
        == verified(provider, tokens["id_token"], "RS256").claims["sub"]
    )


def test_userinfo_by_post_takes_the_token_in_header_or_body_but_not_both(provider, party, browser):
    token = party.tokens(browser)["access_token"]
    http = Client(provider.app.wsgi_app)
    assert http.post("/userinfo", headers={"Authorization": f"Bearer {token}"}).status_code == 200
    assert http.post("/userinfo", data={"access_token": token}).status_code == 200
    both = http.post("/userinfo", data={"access_token": token}, headers={"Authorization": f"Bearer {token}"})
    assert both.status_code == 401


def test_the_token_is_not_read_from_the_address(provider, party, browser):
    token = party.tokens(browser)["access_token"]
    assert Client(provider.app.wsgi_app).get("/userinfo", query_string={"access_token": token}).status_code == 401


def test_userinfo_refusals_carry_a_challenge_and_are_not_cached(provider, party):
    response = party.userinfo("rubbish")
    assert response.status_code == 401
    assert 'error="invalid_token"' in response.headers["WWW-Authenticate"]
    assert response.headers["Cache-Control"] == "no-store"
    bare = Client(provider.app.wsgi_app).get("/userinfo")
    assert bare.headers["WWW-Authenticate"] == f'Bearer realm="{ISSUER}"'


def test_an_access_token_dies_after_its_life(provider, party, browser):
    tokens = party.tokens(browser)
    provider.clock.advance(tokens["expires_in"] + 1)
    assert party.userinfo(tokens["access_token"]).status_code == 401


def test_subjects_are_pairwise_by_sector(provider, browser):
    subs = {}
    for client_id, sector in (("a", "one.example"), ("b", "one.example"), ("c", "two.example")):
        party = provider.party(client_id, sector=sector)
        subs[client_id] = party.userinfo(party.tokens(browser)["access_token"]).json["sub"]
    assert subs["a"] == subs["b"] != subs["c"]


def _revoke(provider, party, token):
    headers = {"Authorization": basic(party.client.client_id, party.secret)}
    return Client(provider.app.wsgi_app).post("/revoke", data={"token": token}, headers=headers)
