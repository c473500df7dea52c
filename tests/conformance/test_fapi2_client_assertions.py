"""FAPI 2.0 Security Profile Final, plan ``fapi2-security-profile-final-test-plan``: what it checks of client assertions."""

from typing import Any

import pytest
from werkzeug.test import Client, TestResponse

from idp.domain.client import AuthMethod, ClientKeys, Profile, SigningAlg
from tests import client_keys
from tests.client_keys import ASSERTION_TYPE
from tests.provider import ISSUER, Party, Provider

REFUSED = (400, "invalid_client")


@pytest.fixture
def strict(provider: Provider) -> Party:
    return provider.party(
        "strict",
        auth_method=AuthMethod.PRIVATE_KEY_JWT,
        profile=Profile.FAPI2,
        dpop_bound=True,
        id_token_alg=SigningAlg.PS256,
    )


def post(party: Party, path: str, form: dict[str, str], assertion: str | None) -> TestResponse:
    if assertion is not None:
        form = form | {"client_assertion_type": ASSERTION_TYPE, "client_assertion": assertion}
    return Client(party.provider.app.wsgi_app).post(path, base_url=ISSUER, data=form)


def push(party: Party, assertion: str | None) -> TestResponse:
    return post(party, "/par", party.parameters(), assertion)


def redeem(party: Party, assertion: str | None) -> TestResponse:
    form = {
        "grant_type": "authorization_code", "code": "c" * 43, "redirect_uri": party.redirect_uri,
        "code_verifier": party.verifier, "client_id": party.client.client_id,
    }  # fmt: skip
    return post(party, "/token", form, assertion)


def refused(response: TestResponse) -> bool:
    return (response.status_code, response.json["error"]) == REFUSED


def from_now(party: Party, seconds: int) -> int:
    return int(party.provider.clock.now()) + seconds


def test_fapi2_security_profile_final_ensure_signed_client_assertion_with_RS256_fails(provider: Provider):
    key = client_keys.make_key("RS256")
    party = provider.party(
        "strict", auth_method=AuthMethod.PRIVATE_KEY_JWT, profile=Profile.FAPI2, dpop_bound=True,
        keys=ClientKeys(client_keys.jwks(key)), id_token_alg=SigningAlg.PS256,
    )  # fmt: skip

    def signed(alg: str) -> str:
        return client_keys.sign(client_keys.assertion_claims("strict", ISSUER, provider.clock.now()), key, alg)

    assert refused(redeem(party, signed("RS256")))
    assert refused(push(party, signed("RS256")))
    assert push(party, signed("PS256")).status_code == 201


def test_fapi2_security_profile_final_ensure_client_assertion_in_token_endpoint(strict: Party):
    assert refused(redeem(strict, None))
    assert not refused(redeem(strict, strict.assertion()))


def test_fapi2_security_profile_final_ensure_client_assertion_with_exp_is_5_minutes_in_past_fails(strict: Party):
    assert refused(redeem(strict, strict.assertion(exp=from_now(strict, -300))))


def test_fapi2_security_profile_final_ensure_client_assertion_with_wrong_aud_fails(strict: Party):
    assert refused(redeem(strict, strict.assertion(aud="https://other1.example.com/invalid")))


def test_fapi2_security_profile_final_ensure_client_assertion_with_no_sub_fails(strict: Party):
    assert refused(redeem(strict, strict.assertion(sub=None)))


def test_fapi2_security_profile_final_ensure_client_id_in_token_endpoint(provider: Provider, strict: Party):
    provider.party("second", auth_method=AuthMethod.PRIVATE_KEY_JWT, profile=Profile.FAPI2, dpop_bound=True)
    form = {"grant_type": "authorization_code", "code": "c" * 43, "code_verifier": "v" * 43, "client_id": "second"}
    response = post(strict, "/token", form, strict.assertion())
    assert response.status_code == 400
    assert response.json["error"] in {"invalid_client", "invalid_request"}


@pytest.mark.parametrize("claim", ["nbf", "iat"])
def test_fapi2_security_profile_final_par_ensure_jwt_client_assertions_nbf_8_seconds_in_the_future_is_accepted(
    strict: Party, claim: str
):
    assertion = strict.assertion(**{claim: from_now(strict, 8)})
    assert push(strict, assertion).status_code == 201


@pytest.mark.parametrize("claim", ["nbf", "iat"])
def test_fapi2_security_profile_final_par_ensure_jwt_client_assertions_nbf_over_60_seconds_in_the_future_fails(
    strict: Party, claim: str
):
    ahead: dict[str, Any] = {claim: from_now(strict, 61), "exp": from_now(strict, 120)}
    assert refused(push(strict, strict.assertion(**ahead)))


def test_fapi2_security_profile_final_par_test_array_as_audience_fails(strict: Party):
    assert refused(push(strict, strict.assertion(aud=[ISSUER])))
    assert refused(push(strict, strict.assertion(aud=[ISSUER, "https://other.example"])))
    assert push(strict, strict.assertion(aud=ISSUER)).status_code == 201


def test_fapi2_security_profile_final_par_test_par_endpoint_url_as_audience_fails(strict: Party):
    assert refused(push(strict, strict.assertion(aud=f"{ISSUER}/par")))


def test_fapi2_security_profile_final_par_test_token_endpoint_url_as_audience_fails(strict: Party):
    assert refused(push(strict, strict.assertion(aud=f"{ISSUER}/token")))
