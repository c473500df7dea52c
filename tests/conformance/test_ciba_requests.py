# ruff: noqa: F811  the fixtures are imported
"""What the FAPI-CIBA ID1 plan tests of signed requests, module by module: each claim and each signature that is wrong."""

import base64

from tests import client_keys
from tests.conformance.ciba import ALG, browser, other, person, pinged, refused, rp  # noqa: F401  fixtures


def test_fapi_ciba_id1_ensure_request_object_missing_aud_fails(rp):
    refused(rp.ask(aud=None), "invalid_request")


def test_fapi_ciba_id1_ensure_request_object_bad_aud_fails(rp):
    refused(rp.ask(aud="https://other.example"), "invalid_request")


def test_fapi_ciba_id1_ensure_request_object_missing_iss_fails(rp):
    refused(rp.ask(iss=None), "invalid_request")


def test_fapi_ciba_id1_ensure_request_object_bad_iss_fails(rp, other):
    refused(rp.ask(iss=other.client_id), "invalid_request")


def test_fapi_ciba_id1_ensure_request_object_missing_exp_fails(rp):
    refused(rp.ask(exp=None), "invalid_request")


def test_fapi_ciba_id1_ensure_request_object_expired_exp_fails(rp):
    refused(rp.ask(exp=int(rp.provider.clock.now()) - 300), "invalid_request")


def test_fapi_ciba_id1_ensure_request_object_exp_is_70_minutes_in_future_fails(rp):
    refused(rp.ask(exp=int(rp.provider.clock.now()) + 70 * 60), "invalid_request")


def test_fapi_ciba_id1_ensure_request_object_missing_iat_fails(rp):
    refused(rp.ask(iat=None), "invalid_request")


def test_fapi_ciba_id1_ensure_request_object_missing_nbf_fails(rp):
    refused(rp.ask(nbf=None), "invalid_request")


def test_fapi_ciba_id1_ensure_request_object_nbf_is_10_minutes_in_future_fails(rp):
    refused(rp.ask(nbf=int(rp.provider.clock.now()) + 600), "invalid_request")


def test_fapi_ciba_id1_ensure_request_object_nbf_is_70_minutes_in_past_fails(rp):
    refused(rp.ask(nbf=int(rp.provider.clock.now()) - 70 * 60), "invalid_request")


def test_fapi_ciba_id1_ensure_request_object_missing_jti_fails(rp):
    refused(rp.ask(jti=None), "invalid_request")


def test_a_request_object_is_used_once(rp):
    rp.begin(jti="once")
    refused(rp.ask(jti="once"), "invalid_request")


def test_fapi_ciba_id1_ensure_request_object_signature_algorithm_is_none_fails(rp):
    _, payload, _ = client_keys.sign(rp.claims(), rp.key, ALG).split(".")
    header = base64.urlsafe_b64encode(b'{"alg":"none","typ":"JWT"}').decode().rstrip("=")
    refused(rp.ask(signed=f"{header}.{payload}."), "invalid_request")


def test_fapi_ciba_id1_ensure_request_object_signature_algorithm_is_bad_fails(rp):
    refused(rp.ask(signed=client_keys.sign(rp.claims(), rp.rsa, "PS256")), "invalid_request")


def test_fapi_ciba_id1_ensure_request_object_signature_algorithm_is_RS256_fails(rp):
    refused(rp.ask(signed=client_keys.sign(rp.claims(), rp.rsa, "RS256")), "invalid_request")


def test_fapi_ciba_id1_ensure_request_object_signed_by_other_client_fails(rp, other):
    refused(rp.ask(signed=client_keys.sign(rp.claims(), other.key, ALG)), "invalid_request")
