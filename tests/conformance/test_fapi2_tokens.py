"""FAPI 2.0 Security Profile: what its plan checks of codes, tokens and proofs of possession."""

import base64
import hashlib

import pytest
from joserfc.jwk import ECKey

from idp.domain.client import AuthMethod, Profile, SigningAlg
from tests import client_keys
from tests.conformance.fapi2 import Fapi2Plan
from tests.conformance.relying_party import RelyingParty


def ath(token: str) -> str:
    return base64.urlsafe_b64encode(hashlib.sha256(token.encode()).digest()).rstrip(b"=").decode()


def tls_client(provider, client_id: str) -> RelyingParty:
    """Of the profile, its tokens bound to its certificate."""
    return RelyingParty(
        provider, client_id, auth_method=AuthMethod.TLS, profile=Profile.FAPI2, tls_bound=True,
        id_token_alg=SigningAlg.ES256,
    )  # fmt: skip


class TestFapi2Tokens(Fapi2Plan):
    """Names are ``fapi2-security-profile-final-…``."""

    @pytest.fixture
    def code(self, rp, browser, person):
        return rp.pushed_sign_on(browser, person)["code"]

    @pytest.fixture
    def tokens(self, rp, code):
        return rp.redeem(code).json

    def at_resource(self, rp, token, scheme="DPoP", proof=None, **changes):
        """Userinfo with a proof of which ``changes`` were changed; ``proof`` instead of it."""
        made = proof or rp.proof("userinfo", **({"method": "GET", "ath": ath(token)} | changes))["DPoP"]
        return rp.get(rp.endpoint("userinfo"), headers={"Authorization": f"{scheme} {token}", "DPoP": made})

    @pytest.mark.parametrize("scheme", ["DPoP", "dpop", "DPOP", "dPoP"])
    def test_fapi2_security_profile_final_access_token_type_header_case_sensitivity(self, rp, tokens, scheme):
        assert self.at_resource(rp, tokens["access_token"], scheme).status_code == 200

    def test_fapi2_security_profile_final_check_dpop_proof_nbf_exp(self, rp, code, provider):
        now = int(provider.clock.now())
        form, headers = rp.party.credentials()
        data = {"grant_type": "authorization_code", "code": code, "redirect_uri": rp.redirect_uri,
                "code_verifier": rp.verifier, **form}  # fmt: skip
        proof = rp.proof("token", nbf=now - 10, exp=now + 300)
        tokens = rp.post(rp.endpoint("token"), data, headers=headers | proof)
        assert tokens.status_code == 200
        answer = self.at_resource(rp, tokens.json["access_token"], nbf=now - 10, exp=now + 300)
        assert answer.status_code == 200

    @pytest.mark.parametrize("seconds", [-10])
    def test_fapi2_security_profile_final_ensure_dpopproof_with_iat_10seconds_before_succeeds(
        self, rp, tokens, provider, seconds
    ):
        iat = int(provider.clock.now()) + seconds
        assert self.at_resource(rp, tokens["access_token"], iat=iat).status_code == 200

    @pytest.mark.parametrize("seconds", [10])
    def test_fapi2_security_profile_final_ensure_dpopproof_with_iat_10seconds_after_succeeds(
        self, rp, tokens, provider, seconds
    ):
        iat = int(provider.clock.now()) + seconds
        assert self.at_resource(rp, tokens["access_token"], iat=iat).status_code == 200

    def test_fapi2_security_profile_final_ensure_client_id_in_token_endpoint(self, rp, second, code):
        other = rp.redeem(code, client_id=second.party.client.client_id)
        self.refused(other, "invalid_client", "invalid_request", "invalid_grant")
        assert rp.redeem(code).status_code == 200

    def test_fapi2_security_profile_final_ensure_holder_of_key_required(self, rp, code, provider, browser, person):
        key, rp.dpop_key = rp.dpop_key, None
        self.refused(rp.redeem(code), "invalid_dpop_proof", "invalid_request")
        assert rp.redeem(code, proof_key=key).status_code == 200
        bound = tls_client(provider, "certified")
        answer = bound.pushed_sign_on(browser, person)
        tokens = bound.tokens(answer)
        assert tokens["token_type"] == "Bearer"
        assert bound.userinfo(tokens["access_token"]).status_code == 401
        shown = client_keys.certificate_headers(bound.party.certificate)
        authorization = {"Authorization": f"Bearer {tokens['access_token']}"}
        assert bound.get(bound.endpoint("userinfo"), headers=authorization | shown).status_code == 200
        other = client_keys.certificate_headers(client_keys.certificate(client_keys.make_key()))
        assert bound.get(bound.endpoint("userinfo"), headers=authorization | other).status_code == 401

    def test_fapi2_security_profile_final_ensure_authorization_code_is_bound_to_client(self, rp, second, code):
        stolen = second.redeem(code, redirect_uri=rp.redirect_uri, code_verifier=rp.verifier)
        self.refused(stolen, "invalid_grant")
        assert rp.redeem(code).status_code == 200

    def test_fapi2_security_profile_final_attempt_reuse_authorization_code_after_one_second(
        self, rp, code, tokens, provider
    ):
        provider.clock.advance(1)
        self.refused(rp.redeem(code), "invalid_grant")
        assert rp.userinfo(tokens["access_token"]).status_code == 401

    def test_fapi2_security_profile_final_ensure_token_endpoint_fails_with_expired_auth_code(self, rp, code, provider):
        provider.clock.advance(61)
        self.refused(rp.redeem(code), "invalid_grant")

    def test_fapi2_security_profile_final_ensure_pkce_code_verifier_required(self, rp, code):
        self.refused(rp.redeem(code, code_verifier=None), "invalid_grant")

    def test_fapi2_security_profile_final_incorrect_pkce_code_verifier_rejected(self, rp, code):
        self.refused(rp.redeem(code, code_verifier="w" * 43), "invalid_grant")

    def test_fapi2_security_profile_final_dpop_negative_tests(self, rp, tokens, provider):
        token, now = tokens["access_token"], int(provider.clock.now())
        assert self.at_resource(rp, token).status_code == 200
        wrong = (
            {"ath": ath("another token")}, {"ath": ""}, {"htm": "POST"}, {"htu": "https://other.example/userinfo"},
            {"iat": now - 86_400}, {"iat": now + 86_400}, {"iat": "now"}, {"jti": ""},
            {"key": client_keys.make_key()},
        )  # fmt: skip
        for changes in wrong:
            self.challenged(self.at_resource(rp, token, **changes))
        for header in ({"typ": "JWT"}, {"jwk": ECKey.generate_key("P-256").as_dict(private=False)},
                       {"jwk": rp.dpop_key.as_dict(private=True)}):  # fmt: skip
            self.challenged(self.at_resource(rp, token, proof=self.hand_made(rp, token, now, **header)))
        rsa = client_keys.make_key("RS256")
        weak = self.hand_made(rp, token, now, key=rsa, alg="RS256", jwk=rsa.as_dict(private=False))
        self.challenged(self.at_resource(rp, token, proof=weak))
        proof = self.hand_made(rp, token, now)
        assert self.at_resource(rp, token, proof=proof).status_code == 200
        self.challenged(self.at_resource(rp, token, proof=proof))
        self.challenged(rp.get(rp.endpoint("userinfo"), headers={"Authorization": f"DPoP {token}"}))
        self.challenged(rp.get(rp.endpoint("userinfo"), headers={"Authorization": f"Bearer {token}"}))
        assert self.at_resource(rp, token).status_code == 200

    def hand_made(self, rp, token, now, *, key=None, alg="ES256", **header):
        claims = {"jti": f"by-hand-{id(header)}-{len(header)}", "htm": "GET", "htu": rp.metadata["userinfo_endpoint"],
                  "iat": now, "ath": ath(token)}  # fmt: skip
        members = {"typ": "dpop+jwt", "kid": None, "jwk": rp.dpop_key.as_dict(private=False)} | header
        return client_keys.sign(claims, key or rp.dpop_key, alg, **members)

    def challenged(self, response):
        assert response.status_code == 401
        assert response.headers["WWW-Authenticate"].startswith("DPoP ")
        assert response.json["error"] in {"invalid_token", "invalid_dpop_proof"}

    def test_fapi2_security_profile_final_refresh_token(self, rp, second, tokens):
        self.refused(second.refresh(tokens["refresh_token"]), "invalid_grant")
        key, rp.dpop_key = rp.dpop_key, None
        self.refused(rp.refresh(tokens["refresh_token"]), "invalid_dpop_proof")
        rp.dpop_key = key
        again = rp.refresh(tokens["refresh_token"]).json
        assert again["token_type"] == "DPoP"
        first, second_id = rp.id_token(tokens, "ES256"), rp.id_token(again, "ES256")
        assert [first[name] for name in ("iss", "sub", "aud")] == [second_id[name] for name in ("iss", "sub", "aud")]
        assert rp.userinfo(again["access_token"]).status_code == 200
