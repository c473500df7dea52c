# ruff: noqa: F811  the fixtures are imported
"""What the FAPI-CIBA ID1 plan tests of a provider, module by module; signed requests are in ``test_ciba_requests``."""

from werkzeug.test import Client

from idp.domain.client import AuthMethod, Ciba
from tests import client_keys
from tests.conformance.ciba import (  # noqa: F401  fixtures
    ALG,
    ENDPOINT,
    NOTIFICATION_TOKEN,
    Rp,
    browser,
    on_the_device,
    other,
    person,
    pinged,
    refused,
    rp,
)
from tests.decoupled import CIBA, leave, look_at_request
from tests.provider import ISSUER, Browser


def test_fapi_ciba_id1_discovery_end_point_verification(provider):
    document = Client(provider.app.wsgi_app).get("/.well-known/openid-configuration", base_url=ISSUER).json
    assert document["backchannel_authentication_endpoint"] == f"{ISSUER}/bc-authorize"
    assert set(document["backchannel_token_delivery_modes_supported"]) == {"poll", "ping"}
    assert CIBA in document["grant_types_supported"]
    algs = set(document["backchannel_authentication_request_signing_alg_values_supported"])
    assert algs & {"PS256", "ES256"}
    assert not algs & {"none", "HS256"}
    assert document["backchannel_user_code_parameter_supported"] is False
    assert "private_key_jwt" in document["token_endpoint_auth_methods_supported"]
    assert document["tls_client_certificate_bound_access_tokens"] is True


def test_fapi_ciba_id1(browser, rp, other):
    for each in (rp, other):
        each.begin(binding_message="1234")
        on_the_device(browser, each)
        tokens = each.token().json
        assert tokens["token_type"] == "Bearer"
        assert each.userinfo(tokens["access_token"]).status_code == 200
        assert each.userinfo(tokens["access_token"], certificate=False).status_code == 401


def test_fapi_ciba_id1_user_rejects_authentication(browser, rp):
    rp.begin()
    leave(browser, look_at_request(browser))
    refused(rp.token(), "access_denied")


def test_fapi_ciba_id1_multiple_call_to_token_endpoint(browser, rp):
    rp.begin()
    refused(rp.token(at_once=True), "authorization_pending")
    for _ in range(4):
        refused(rp.token(at_once=True), "authorization_pending", "slow_down")
    rp.provider.clock.advance(60)
    on_the_device(browser, rp)
    assert rp.token().status_code == 200


def test_fapi_ciba_id1_auth_req_id_expired(rp):
    rp.begin(requested_expiry=10)
    assert rp.answered["expires_in"] == 10
    rp.provider.clock.advance(11)
    refused(rp.token(), "expired_token")


def test_fapi_ciba_id1_ensure_authorization_request_with_binding_message_succeeds(browser, rp):
    rp.begin(binding_message="1234")
    assert "1234" in look_at_request(browser).text


def test_fapi_ciba_id1_ensure_other_scope_order_succeeds(browser, rp):
    rp.begin(scope="offline_access profile openid")
    on_the_device(browser, rp)
    assert set(rp.token().json["scope"].split()) == {"openid", "profile", "offline_access"}


def test_fapi_ciba_id1_ensure_requested_expiry_as_string_succeeds(rp):
    assert rp.begin(requested_expiry="30").answered["expires_in"] == 30


def test_fapi_ciba_id1_ensure_authorization_request_with_potentially_bad_binding_message(browser, rp):
    refused(rp.ask(binding_message="1234 " + "\U0001f600 长文本 " * 40), "invalid_binding_message")
    rp.begin(binding_message="办理社保卡补领 \U0001f600")
    assert "办理社保卡补领 \U0001f600" in look_at_request(browser).text


def test_fapi_ciba_id1_ensure_authorization_request_with_multiple_hints_fails(rp):
    refused(rp.ask(id_token_hint="x.y.z"), "invalid_request")
    refused(rp.ask(login_hint_token="x"), "invalid_request")


def test_fapi_ciba_id1_ensure_wrong_auth_req_id_in_token_endpoint_request(browser, rp, other):
    rp.begin()
    on_the_device(browser, rp)
    other.begin()
    refused(other.token(auth_req_id=rp.answered["auth_req_id"]), "invalid_grant")
    assert rp.token().status_code == 200


def test_fapi_ciba_id1_ensure_different_client_id_and_issuer_in_backchannel_authorization_request(rp, other):
    response = rp.ask(beside={"client_id": other.client_id})
    assert response.status_code in {400, 401}
    assert response.json["error"] in {"invalid_request", "invalid_client"}
    refused(rp.ask(iss=other.client_id, beside={"client_id": rp.client_id}), "invalid_request")


def test_fapi_ciba_id1_ensure_wrong_client_id_in_token_endpoint_request(browser, rp, other):
    rp.begin()
    on_the_device(browser, rp)
    response = rp.token(client_id=other.client_id)
    assert response.status_code in {400, 401}
    assert response.json["error"] in {"invalid_request", "invalid_client"}


def test_fapi_ciba_id1_ensure_wrong_client_id_in_backchannel_authorization_request(provider, person, other):
    """By mutual TLS: the certificate is that of another client than the one named."""
    tls = provider.party("tls", auth_method=AuthMethod.SELF_SIGNED_TLS, ciba=Ciba())
    credentials, _headers = tls.credentials()
    response = other.post("/bc-authorize", {**credentials, "scope": "openid", "login_hint": person.mobile})
    assert response.status_code in {400, 401}
    assert response.json["error"] == "invalid_client"


def test_fapi_ciba_id1_ensure_without_client_assertion_in_token_endpoint_request(browser, rp):
    rp.begin()
    on_the_device(browser, rp)
    response = rp.token(client_assertion=None, client_assertion_type=None, client_id=rp.client_id)
    assert response.json["error"] == "invalid_client"
    assert rp.token().status_code == 200


def test_fapi_ciba_id1_ensure_without_client_assertion_in_backchannel_authorization_request(rp):
    form = {"request": client_keys.sign(rp.claims(), rp.key, ALG), "client_id": rp.client_id}
    assert rp.post("/bc-authorize", form).json["error"] == "invalid_client"


def test_fapi_ciba_id1_ensure_client_assertion_signature_algorithm_in_backchannel_authorization_request_is_RS256_fails(
    rp,
):
    assert rp.ask(beside=rp.credentials(alg="RS256")).json["error"] == "invalid_client"


def test_fapi_ciba_id1_ensure_client_assertion_signature_algorithm_in_token_endpoint_request_is_RS256_fails(
    browser, rp
):
    rp.begin()
    on_the_device(browser, rp)
    assert rp.token(**rp.credentials(alg="RS256")).json["error"] == "invalid_client"
    assert rp.token().status_code == 200


def test_fapi_ciba_id1_ensure_client_assertion_with_iss_aud_to_token_endpoint_succeeds(browser, rp):
    rp.begin()
    on_the_device(browser, rp)
    assert rp.token(**rp.credentials(aud=ISSUER)).status_code == 200


def ping_answered(rp: Rp, browser: Browser, status: int) -> None:
    """The receiver answers with a status; the flow completes, and nothing is sent twice."""
    rp.provider.pings.statuses = [status]
    rp.begin()
    on_the_device(browser, rp)
    rp.provider.app.extensions["yihaotong"].approval_notices.close()
    assert rp.provider.pings.heard == [(ENDPOINT, NOTIFICATION_TOKEN, rp.answered["auth_req_id"])]
    assert rp.token(at_once=True).status_code == 200


def test_fapi_ciba_id1_ping_backchannel_notification_endpoint_response_has_body(pinged, browser):
    ping_answered(pinged, browser, 200)


def test_fapi_ciba_id1_ping_backchannel_notification_endpoint_response_401(pinged, browser):
    ping_answered(pinged, browser, 401)


def test_fapi_ciba_id1_ping_backchannel_notification_endpoint_response_403(pinged, browser):
    ping_answered(pinged, browser, 403)


def test_fapi_ciba_id1_ping_with_mtls_ciba_notification_endpoint_response_401_and_require_server_does_not_retry(
    pinged, browser
):
    ping_answered(pinged, browser, 401)


def test_fapi_ciba_id1_ping_backchannel_notification_endpoint_return_redirect_request(pinged, browser):
    ping_answered(pinged, browser, 302)


def test_fapi_ciba_id1_ensure_unsigned_backchannel_authorization_request_fails(rp):
    plain = {"scope": "openid", "login_hint": "19900000001", "client_notification_token": NOTIFICATION_TOKEN}
    refused(rp.post("/bc-authorize", {**rp.credentials(), **plain}), "invalid_request")
    refused(rp.ask(beside=plain), "invalid_request")


def test_fapi_ciba_id1_refresh_token(browser, rp, other):
    rp.begin()
    on_the_device(browser, rp)
    refresh = rp.token().json["refresh_token"]
    asked = {"grant_type": "refresh_token", "refresh_token": refresh}
    refused(other.post("/token", {**asked, **other.credentials()}), "invalid_grant")
    answer = rp.post("/token", {**asked, **rp.credentials()})
    assert answer.status_code == 200, answer.text
    assert rp.userinfo(answer.json["access_token"]).status_code == 200


def test_fapi_ciba_id1_ensure_mtls_holder_of_key_required(browser, rp):
    rp.begin()
    on_the_device(browser, rp)
    response = rp.token(certificate=False)
    assert response.status_code in {400, 401}
    assert response.json["error"] in {"invalid_request", "invalid_client", "invalid_grant"}
    assert rp.token().status_code == 200
