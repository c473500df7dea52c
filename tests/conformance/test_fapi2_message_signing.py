"""FAPI 2.0 Message Signing: what its plan adds, about signed request objects at the PAR endpoint."""

import pytest

from tests import client_keys
from tests.conformance.fapi2 import Fapi2Plan, fapi2_client
from tests.provider import ISSUER

REFUSED = "invalid_request_object"


class TestFapi2MessageSigning(Fapi2Plan):
    """Every request is a signed object."""

    @pytest.fixture
    def rp(self, provider):
        return fapi2_client(provider, "first", require_signed_request=True)

    @pytest.fixture
    def now(self, provider):
        return int(provider.clock.now())

    def accepted(self, rp, browser, person, **changes):
        uri = rp.push(request=rp.object(**changes)).json["request_uri"]
        answer = rp.answer(rp.password(browser, person, rp.open(browser, uri)))
        assert rp.tokens(answer)["access_token"]

    def test_fapi2_security_profile_final_ensure_request_object_with_multiple_aud_succeeds(self, rp, browser, person):
        self.accepted(rp, browser, person, aud=["https://other.example", ISSUER])

    def test_fapi2_security_profile_final_ensure_request_object_without_exp_fails(self, rp):
        self.refused(rp.push(request=rp.object(exp=None)), REFUSED)

    def test_fapi2_security_profile_final_ensure_request_object_without_nbf_fails(self, rp):
        self.refused(rp.push(request=rp.object(nbf=None)), REFUSED)

    def test_fapi2_security_profile_final_ensure_expired_request_object_fails(self, rp, now):
        self.refused(rp.push(request=rp.object(nbf=now - 600, exp=now - 300)), REFUSED)

    def test_fapi2_security_profile_final_ensure_request_object_with_bad_aud_fails(self, rp):
        self.refused(rp.push(request=rp.object(aud="https://other.example")), REFUSED)
        self.refused(rp.push(request=rp.object(aud=None)), REFUSED)

    def test_fapi2_security_profile_final_ensure_request_object_with_exp_over_60_fails(self, rp, now):
        self.refused(rp.push(request=rp.object(exp=now + 70 * 60)), REFUSED)

    def test_fapi2_security_profile_final_ensure_request_object_with_nbf_over_60_fails(self, rp, now):
        self.refused(rp.push(request=rp.object(nbf=now - 70 * 60, exp=now + 60)), REFUSED)

    def test_fapi2_security_profile_final_ensure_request_object_with_nbf_8_seconds_in_the_future_is_accepted(
        self, rp, now, browser, person
    ):
        self.accepted(rp, browser, person, nbf=now + 8)

    def test_fapi2_security_profile_final_ensure_signed_request_object_with_RS256_fails(self, rp):
        key = client_keys.make_key("RS256")
        self.refused(rp.push(request=rp.object(key=key, alg="RS256")), REFUSED)

    def test_fapi2_security_profile_final_ensure_request_object_signature_algorithm_is_not_none(self, rp):
        _, body, _ = rp.object().split(".")
        self.refused(rp.push(request=f"eyJhbGciOiJub25lIn0.{body}."), REFUSED)

    def test_fapi2_security_profile_final_ensure_request_object_with_invalid_signature_fails(self, rp):
        head, body, signature = rp.object().split(".")
        self.refused(rp.push(request=f"{head}.{body}.{signature[::-1]}"), REFUSED)

    def test_fapi2_security_profile_final_ensure_matching_key_in_authorization_request(self, rp, second):
        """What the first client says, signed by the second."""
        self.refused(rp.push(request=rp.object(key=second.party.key)), REFUSED)
        self.refused(rp.push(request=second.object()), REFUSED)

    def test_fapi2_security_profile_final_ensure_unsigned_request_at_par_endpoint_fails(self, rp):
        self.refused(rp.push(), "invalid_request", REFUSED)

    def test_fapi2_security_profile_final_par_authorization_request_containing_request_uri(self, rp):
        uri = rp.push(request=rp.object()).json["request_uri"]
        self.refused(rp.push(request=rp.object(request_uri=uri)), REFUSED)
        self.refused(rp.push(request=rp.object(request=rp.object())), REFUSED)
