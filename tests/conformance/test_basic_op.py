"""OpenID Connect Core, Basic OP: oidcc-basic-certification-test-plan. The form-post plan runs the same with another mode."""

import json

import pytest

from idp.domain.client import AuthMethod
from tests.conformance.relying_party import RelyingParty, asks_password, is_page

ACR = "urn:yihaotong:realname:1"


class BasicPlan:
    """Every module; ``mode`` is the response mode."""

    mode: str

    @pytest.fixture
    def rp(self, provider):
        return RelyingParty(provider, mode=self.mode)

    @pytest.fixture
    def person(self, provider):
        person = provider.citizen()
        provider.possesses(person)
        return person

    @pytest.fixture
    def browser(self, provider):
        return provider.browser()

    def claims(self, rp, browser, person, **changes):
        return rp.id_token(rp.tokens(rp.sign_on(browser, person, **changes)))

    def told(self, rp, browser, person, scope):
        """Userinfo of one sign-on."""
        tokens = rp.tokens(rp.sign_on(browser, person, scope=scope))
        told = rp.userinfo(tokens["access_token"]).json
        assert told["sub"] == rp.id_token(tokens)["sub"]
        return told

    def test_oidcc_server(self, rp, browser, person):
        assert rp.metadata["issuer"] == "https://id.example"
        page = rp.ask(browser)
        assert asks_password(page)
        answer = rp.answer(rp.password(browser, person, page))
        assert answer["state"] == "state-1"
        tokens = rp.tokens(answer)
        claims = rp.id_token(tokens)
        assert tokens["token_type"].lower() == "bearer"
        assert claims["nonce"] == "nonce-1"
        assert rp.userinfo(tokens["access_token"]).json["sub"] == claims["sub"]

    def test_oidcc_response_type_missing(self, rp, browser):
        answer = rp.answer(rp.ask(browser, response_type=None))
        assert answer["error"] in {"invalid_request", "unsupported_response_type"}
        assert answer["state"] == "state-1"

    def test_oidcc_idtoken_signature(self, rp, browser, person):
        tokens = rp.tokens(rp.sign_on(browser, person))
        assert rp.id_token(tokens, "RS256")
        kids = [key["kid"] for key in rp.get("/jwks").json["keys"]]
        assert len(kids) == len(set(kids))

    def test_oidcc_userinfo_get(self, rp, browser, person):
        tokens = rp.tokens(rp.sign_on(browser, person))
        response = rp.userinfo(tokens["access_token"])
        assert response.status_code == 200
        assert response.content_type == "application/json"

    def test_oidcc_userinfo_post_header(self, rp, browser, person):
        tokens = rp.tokens(rp.sign_on(browser, person))
        header = {"Authorization": f"Bearer {tokens['access_token']}"}
        assert rp.post("/userinfo", headers=header).json["sub"] == rp.id_token(tokens)["sub"]

    def test_oidcc_userinfo_post_body(self, rp, browser, person):
        tokens = rp.tokens(rp.sign_on(browser, person))
        body = {"access_token": tokens["access_token"]}
        assert rp.post("/userinfo", body).json["sub"] == rp.id_token(tokens)["sub"]

    def test_oidcc_ensure_request_without_nonce_succeeds_for_code_flow(self, rp, browser, person):
        assert "nonce" not in self.claims(rp, browser, person, nonce=None)

    def test_oidcc_scope_profile(self, rp, browser, person):
        told = self.told(rp, browser, person, "openid profile")
        assert {"name", "birthdate", "gender"} <= told.keys()

    def test_oidcc_scope_email(self, rp, browser, person):
        """No e-mail address is held: the scope is not announced, and asking for it is no error."""
        assert "email" not in rp.metadata["scopes_supported"]
        assert "email" not in rp.metadata["claims_supported"]
        assert self.told(rp, browser, person, "openid email").keys() == {"sub"}

    def test_oidcc_scope_address(self, rp, browser, person):
        """No address is held, as with e-mail."""
        assert "address" not in rp.metadata["scopes_supported"]
        assert self.told(rp, browser, person, "openid address").keys() == {"sub"}

    def test_oidcc_scope_phone(self, rp, browser, person):
        told = self.told(rp, browser, person, "openid phone")
        assert told["phone_number"].startswith("+86")
        assert told["phone_number_verified"] is True

    def test_oidcc_scope_all(self, rp, browser, person):
        told = self.told(rp, browser, person, "openid profile email address phone")
        assert {"name", "birthdate", "phone_number"} <= told.keys()

    def test_oidcc_alternate_happy_flow(self, rp, browser, person):
        asked = dict(reversed(rp.request(scope="phone profile openid").items()))
        page = browser.follow(browser.get(rp.endpoint("authorization"), query_string=asked))
        assert rp.id_token(rp.tokens(rp.answer(rp.password(browser, person, page))))

    def test_oidcc_display_page(self, rp, browser, person):
        assert self.claims(rp, browser, person, display="page")

    def test_oidcc_display_popup(self, rp, browser, person):
        assert self.claims(rp, browser, person, display="popup")

    def test_oidcc_prompt_login(self, rp, browser, person, provider):
        first = self.claims(rp, browser, person)
        provider.clock.advance(2)
        page = rp.ask(browser, prompt="login")
        assert asks_password(page)
        second = rp.id_token(rp.tokens(rp.answer(rp.password(browser, person, page))))
        assert second["auth_time"] > first["auth_time"]
        assert second["sub"] == first["sub"]

    def test_oidcc_prompt_none_not_logged_in(self, rp, browser):
        answer = rp.answer(rp.ask(browser, prompt="none"))
        assert answer["error"] == "login_required"
        assert answer["state"] == "state-1"

    def test_oidcc_prompt_none_logged_in(self, rp, browser, person, provider):
        first = self.claims(rp, browser, person)
        provider.clock.advance(2)
        second = rp.id_token(rp.tokens(rp.answer(rp.ask(browser, prompt="none"))))
        assert (second["sub"], second["auth_time"]) == (first["sub"], first["auth_time"])

    def test_oidcc_max_age_1(self, rp, browser, person, provider):
        first = self.claims(rp, browser, person)
        provider.clock.advance(2)
        page = rp.ask(browser, max_age="1")
        assert asks_password(page)
        second = rp.id_token(rp.tokens(rp.answer(rp.password(browser, person, page))))
        assert second["auth_time"] > first["auth_time"]

    def test_oidcc_max_age_10000(self, rp, browser, person, provider):
        first = self.claims(rp, browser, person, max_age="15000")
        provider.clock.advance(2)
        second = rp.id_token(rp.tokens(rp.answer(rp.ask(browser, max_age="10000"))))
        assert (second["sub"], second["auth_time"]) == (first["sub"], first["auth_time"])

    def test_oidcc_ensure_request_with_unknown_parameter_succeeds(self, rp, browser, person):
        assert self.claims(rp, browser, person, extra="foobar")

    def test_oidcc_id_token_hint(self, rp, browser, person):
        tokens = rp.tokens(rp.sign_on(browser, person))
        answer = rp.answer(rp.ask(browser, prompt="none", id_token_hint=tokens["id_token"]))
        assert rp.id_token(rp.tokens(answer))["sub"] == rp.id_token(tokens)["sub"]

    def test_oidcc_login_hint(self, rp, browser, person):
        page = rp.ask(browser, login_hint="19900000001")
        assert 'value="19900000001"' in page.text
        assert rp.answer(rp.password(browser, person, page))["code"]

    def test_oidcc_ui_locales(self, rp, browser, person):
        page = rp.ask(browser, ui_locales="en")
        assert '<html lang="en"' in page.text
        assert rp.answer(rp.password(browser, person, page))["code"]
        assert rp.answer(rp.ask(browser, ui_locales="se"))["code"]

    def test_oidcc_claims_locales(self, rp, browser, person):
        assert self.claims(rp, browser, person, claims_locales="se")

    def test_oidcc_ensure_request_with_acr_values_succeeds(self, rp, browser, person):
        assert ACR in rp.metadata["acr_values_supported"]
        assert (
            self.claims(rp, browser, person, acr_values=f"{ACR} urn:yihaotong:realname:2")["acr"]
            in (rp.metadata["acr_values_supported"])
        )

    def test_oidcc_codereuse(self, rp, browser, person):
        answer = rp.sign_on(browser, person)
        rp.tokens(answer)
        assert rp.redeem(answer["code"]).json["error"] == "invalid_grant"

    def test_oidcc_codereuse_30seconds(self, rp, browser, person, provider):
        answer = rp.sign_on(browser, person)
        tokens = rp.tokens(answer)
        assert rp.userinfo(tokens["access_token"]).status_code == 200
        provider.clock.advance(30)
        assert rp.redeem(answer["code"]).json["error"] == "invalid_grant"
        assert rp.userinfo(tokens["access_token"]).status_code == 401

    def test_oidcc_ensure_registered_redirect_uri(self, rp, browser):
        assert is_page(rp.ask(browser, redirect_uri="https://hall.example/cb/other"))

    def test_oidcc_ensure_post_request_succeeds(self, rp, browser, person):
        page = browser.follow(browser.post(rp.endpoint("authorization"), rp.request()))
        assert rp.id_token(rp.tokens(rp.answer(rp.password(browser, person, page))))

    def test_oidcc_server_client_secret_post(self, provider, browser, person):
        rp = RelyingParty(provider, "post", mode=self.mode, auth_method=AuthMethod.POST)
        assert self.claims(rp, browser, person)

    def test_oidcc_request_uri_unsigned_supported_correctly_or_rejected_as_unsupported(self, rp, browser):
        assert rp.metadata["request_uri_parameter_supported"] is False
        answer = rp.answer(rp.ask(browser, request_uri="https://hall.example/request.jwt"))
        assert answer["error"] == "request_uri_not_supported"

    def test_oidcc_unsigned_request_object_supported_correctly_or_rejected_as_unsupported(self, rp, browser):
        unsigned = "eyJhbGciOiJub25lIn0.eyJzdGF0ZSI6ImlubmVyIn0."
        assert rp.answer(rp.ask(browser, request=unsigned))["error"] == "request_not_supported"

    def test_oidcc_claims_essential(self, rp, browser, person):
        asked = json.dumps({"userinfo": {"name": {"essential": True}}})
        tokens = rp.tokens(rp.sign_on(browser, person, claims=asked))
        assert rp.userinfo(tokens["access_token"]).json["name"]

    def test_oidcc_ensure_request_object_with_redirect_uri(self, provider, browser, person):
        """The inner one counts."""
        rp = RelyingParty(
            provider, "signer", mode=self.mode, auth_method=AuthMethod.PRIVATE_KEY_JWT, request_object_alg="ES256"
        )
        page = rp.ask(browser, request=rp.object(), redirect_uri="https://signer.example/elsewhere", state="outer")
        answer = rp.answer(rp.password(browser, person, page))
        assert answer["code"]
        assert answer["state"] == "state-1"

    def test_oidcc_refresh_token(self, rp, browser, person, provider):
        tokens = rp.tokens(rp.sign_on(browser, person, scope="openid offline_access"))
        other = RelyingParty(provider, "other", mode=self.mode)
        assert other.refresh(tokens["refresh_token"]).json["error"] == "invalid_grant"
        fresh = rp.refresh(tokens["refresh_token"]).json
        first, second = rp.id_token(tokens), rp.id_token(fresh)
        assert {name: first[name] for name in ("iss", "sub", "aud")} == {
            name: second[name] for name in ("iss", "sub", "aud")
        }
        assert fresh["access_token"] != tokens["access_token"]

    def test_oidcc_ensure_request_with_valid_pkce_succeeds(self, rp, browser, person):
        answer = rp.sign_on(browser, person)
        assert rp.redeem(answer["code"], code_verifier="w" * 43).json["error"] == "invalid_grant"
        assert rp.redeem(answer["code"]).status_code == 200


class TestBasicOp(BasicPlan):
    """The plan itself."""

    mode = "query"
