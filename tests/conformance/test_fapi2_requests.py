"""FAPI 2.0 Security Profile: what its plan checks of authorization requests, pushed and opened."""

import json

import pytest
from werkzeug.test import Client

from idp.domain.client import ConsentPolicy
from tests import client_keys
from tests.conformance.fapi2 import Fapi2Plan, fapi2_client
from tests.conformance.relying_party import asks_password, is_page, sent
from tests.provider import ISSUER


class TestFapi2Requests(Fapi2Plan):
    """Names are ``fapi2-security-profile-final-…``."""

    def test_fapi2_security_profile_final_happy_flow(self, rp, second, browser, person, provider):
        for client in (rp, second):
            answer = client.pushed_sign_on(browser, person)
            assert answer["state"] == "state-1"
            tokens = client.tokens(answer)
            assert tokens["token_type"] == "DPoP"
            assert client.id_token(tokens, "ES256")["nonce"] == "nonce-1"
            assert client.userinfo(tokens["access_token"]).status_code == 200
        uris = frozenset({"https://first.example/cb", "https://first.example/cb2?x=1"})
        both = fapi2_client(provider, "first", redirect_uris=uris)
        for uri in sorted(uris):
            opened = both.open(browser, both.push(redirect_uri=uri).json["request_uri"])
            assert sent(opened, uri)["code"]

    def test_fapi2_security_profile_final_user_rejects_authentication(self, provider, browser, person):
        rp = fapi2_client(provider, "asking", consent=ConsentPolicy.EXPLICIT)
        page = rp.password(browser, person, rp.open(browser, rp.push().json["request_uri"]))
        answer = rp.answer(browser.submit(page, decision="refuse"))
        assert answer["error"] == "access_denied"
        assert answer["state"] == "state-1"

    def test_fapi2_security_profile_final_ensure_authorization_request_without_state_success(self, rp, browser, person):
        answer = rp.pushed_sign_on(browser, person, state=None)
        assert "state" not in answer
        assert "s_hash" not in rp.id_token(rp.tokens(answer), "ES256")

    def test_fapi2_security_profile_final_ensure_authorization_request_without_nonce_success(self, rp, browser, person):
        tokens = rp.tokens(rp.pushed_sign_on(browser, person, nonce=None))
        assert "nonce" not in rp.id_token(tokens, "ES256")

    @pytest.mark.parametrize("length", [64])
    def test_fapi2_security_profile_final_ensure_authorization_request_with_64_char_nonce_success(
        self, rp, browser, person, length
    ):
        tokens = rp.tokens(rp.pushed_sign_on(browser, person, nonce="n" * length))
        assert rp.id_token(tokens, "ES256")["nonce"] == "n" * length

    def test_fapi2_security_profile_final_ensure_authorization_request_with_long_nonce(self, rp, browser, person):
        tokens = rp.tokens(rp.pushed_sign_on(browser, person, nonce="n" * 384))
        assert rp.id_token(tokens, "ES256")["nonce"] == "n" * 384
        self.refused(rp.push(nonce="n" * 1025), "invalid_request")

    def test_fapi2_security_profile_final_ensure_authorization_request_with_long_state(self, rp, browser, person):
        assert rp.pushed_sign_on(browser, person, state="s" * 1000)["state"] == "s" * 1000
        self.refused(rp.push(state="s" * 9000), "invalid_request")

    def test_fapi2_security_profile_final_ensure_other_scope_order_succeeds(self, rp, browser, person):
        tokens = rp.tokens(rp.pushed_sign_on(browser, person, scope="profile openid"))
        assert set(tokens["scope"].split()) == {"openid", "profile"}

    def test_fapi2_security_profile_final_test_claims_parameter_identity_claims(self, rp, browser, person):
        every = [name for name in rp.metadata["claims_supported"] if name not in {"acr", "sub"}]
        for wish in (None, {}, {"essential": True}, {"essential": False}):
            # Essential, this one makes the citizen choose whom to act for: tests/web/ has it.
            names = [name for name in every if wish != {"essential": True} or not name.endswith(":legal_person")]
            asked = {place: dict.fromkeys([*names, "urn:unknown"], wish) for place in ("userinfo", "id_token")}
            tokens = rp.tokens(rp.pushed_sign_on(browser, person, claims=json.dumps(asked)))
            assert rp.id_token(tokens, "ES256")["name"] == "张三"
            told = rp.userinfo(tokens["access_token"]).json
            assert told["name"] == "张三"
            assert "urn:unknown" not in told

    def test_fapi2_security_profile_final_ensure_different_nonce_inside_and_outside_request_object(
        self, rp, browser, person
    ):
        pushed = rp.push(request=rp.object(nonce="inner"), nonce="outer").json["request_uri"]
        answer = rp.answer(rp.password(browser, person, rp.open(browser, pushed, nonce="further")))
        assert rp.id_token(rp.tokens(answer), "ES256")["nonce"] == "inner"

    def test_fapi2_security_profile_final_ensure_different_state_inside_and_outside_request_object(
        self, rp, browser, person
    ):
        pushed = rp.push(request=rp.object(state="inner"), state="outer").json["request_uri"]
        answer = rp.answer(rp.password(browser, person, rp.open(browser, pushed, state="further")))
        assert answer["state"] == "inner"

    def test_fapi2_security_profile_final_state_only_outside_request_object_not_used(self, rp, browser, person):
        pushed = rp.push(request=rp.object(state=None), state="outer").json["request_uri"]
        answer = rp.answer(rp.password(browser, person, rp.open(browser, pushed, state="further")))
        assert "state" not in answer

    def test_fapi2_security_profile_final_ensure_request_object_without_redirect_uri_fails(self, rp):
        self.refused(rp.push(request=rp.object(redirect_uri=None)), "invalid_request")

    def test_fapi2_security_profile_final_ensure_registered_redirect_uri(self, rp):
        self.refused(rp.push(redirect_uri="https://first.example/other"), "invalid_request")

    def test_fapi2_security_profile_final_plain_fapi_tolerate_unregistered_redirect_uri(self, rp):
        """RFC 9126 2.4 would tolerate it: not adopted (docs/divergences.md)."""
        self.refused(rp.push(redirect_uri="https://first.example/cb/123"), "invalid_request")

    def test_fapi2_security_profile_final_ensure_unsigned_authorization_request_without_using_par_fails(
        self, rp, browser
    ):
        assert rp.answer(rp.ask(browser))["error"] == "invalid_request"
        asked = {"client_id": "first", "request": rp.object()}
        self.shown(browser.get("/authorize", query_string=asked))

    def test_fapi2_security_profile_final_ensure_redirect_uri_in_authorization_request(self, rp):
        self.refused(rp.push(redirect_uri=None), "invalid_request")

    def test_fapi2_security_profile_final_ensure_response_type_code_idtoken_fails(self, rp):
        self.refused(rp.push(response_type="code id_token"), "unsupported_response_type")

    def test_fapi2_security_profile_final_ensure_response_type_token_fails(self, rp):
        self.refused(rp.push(response_type="token"), "unsupported_response_type")

    def test_fapi2_security_profile_final_par_ensure_reused_request_uri_prior_to_auth_completion_succeeds(
        self, rp, browser, person
    ):
        uri = rp.push().json["request_uri"]
        assert asks_password(rp.open(browser, uri))
        assert rp.answer(rp.password(browser, person, rp.open(browser, uri)))["code"]

    def test_fapi2_security_profile_final_par_attempt_reuse_request_uri(self, rp, browser, person):
        uri = rp.push().json["request_uri"]
        assert rp.answer(rp.password(browser, person, rp.open(browser, uri)))["code"]
        self.shown(rp.open(browser, uri))

    def test_fapi2_security_profile_final_par_attempt_to_use_expired_request_uri(self, rp, browser, provider):
        pushed = rp.push().json
        provider.clock.advance(pushed["expires_in"] + 1)
        self.shown(rp.open(browser, pushed["request_uri"]))

    def test_fapi2_security_profile_final_par_attempt_to_use_request_uri_for_different_client(
        self, rp, second, browser, person
    ):
        uri = rp.push().json["request_uri"]
        self.shown(second.open(browser, uri))
        assert rp.answer(rp.password(browser, person, rp.open(browser, uri)))["code"]

    def test_fapi2_security_profile_final_par_authorization_request_containing_request_uri_form_param(self, rp):
        uri = rp.push().json["request_uri"]
        self.refused(rp.push(request_uri=uri), "invalid_request")

    @pytest.mark.parametrize("method", ["GET", "PUT", "DELETE", "PATCH", "HEAD"])
    def test_fapi2_security_profile_final_par_attempt_invalid_http_method(self, provider, method):
        response = Client(provider.app.wsgi_app).open("/par", method=method, base_url=ISSUER)
        assert response.status_code == 405
        assert response.headers["Allow"] == "POST"

    def test_fapi2_security_profile_final_par_ensure_pkce_required(self, rp):
        self.refused(rp.push(code_challenge=None, code_challenge_method=None), "invalid_request")

    def test_fapi2_security_profile_final_par_plain_pkce_rejected(self, rp):
        self.refused(rp.push(code_challenge_method="plain"), "invalid_request")
        self.refused(rp.push(code_challenge_method=None), "invalid_request")

    def test_fapi2_security_profile_final_par_without_duplicate_parameters(self, rp, browser, person):
        assert rp.pushed_sign_on(browser, person)["code"]

    def test_fapi2_security_profile_final_ensure_mismatched_dpop_jkt_fails(self, rp):
        self.refused(rp.push(dpop_jkt=client_keys.make_key().thumbprint()), "invalid_request", "invalid_dpop_proof")

    def test_fapi2_security_profile_final_ensure_dpopproof_at_par_endpoint_binding_success(self, rp, browser, person):
        assert rp.tokens(rp.pushed_sign_on(browser, person, dpop_jkt=rp.dpop_key.thumbprint()))["access_token"]

    def test_fapi2_security_profile_final_ensure_dpop_auth_code_binding_success(self, rp, browser, person):
        """Bound by dpop_jkt alone: no proof at the PAR endpoint."""
        key, rp.dpop_key = rp.dpop_key, None
        answer = rp.pushed_sign_on(browser, person, dpop_jkt=key.thumbprint())
        assert rp.redeem(answer["code"], proof_key=key).status_code == 200

    def test_fapi2_security_profile_final_ensure_token_endpoint_fails_with_mismatched_dpop_proof_jkt(
        self, rp, browser, person
    ):
        answer = rp.pushed_sign_on(browser, person)
        other = rp.redeem(answer["code"], proof_key=client_keys.make_key())
        self.refused(other, "invalid_dpop_proof", "invalid_grant")
        assert rp.redeem(answer["code"]).status_code == 200

    def test_fapi2_security_profile_final_ensure_token_endpoint_fails_with_mismatched_dpop_jkt(
        self, rp, browser, person
    ):
        key, rp.dpop_key = rp.dpop_key, None
        answer = rp.pushed_sign_on(browser, person, dpop_jkt=client_keys.make_key().thumbprint())
        self.refused(rp.redeem(answer["code"], proof_key=key), "invalid_dpop_proof", "invalid_grant")


def test_a_page_tells_the_citizen_that_the_request_is_over(provider):
    rp, browser = fapi2_client(provider, "first"), provider.browser()
    page = rp.open(browser, "urn:ietf:params:oauth:request_uri:" + "A" * 43)
    assert is_page(page)
    assert "client first in clients.yaml" in page.text
