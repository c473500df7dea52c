"""OpenID for Identity Assurance on OpenID Connect Core: ekyc-test-plan-oidccore."""

import json
from typing import Any

import pytest

from tests.conformance.relying_party import RelyingParty
from tests.domain.ida import check

FRAMEWORK = "cn_real_name"


@pytest.fixture
def rp(provider):
    return RelyingParty(provider, verified_claims=True)


@pytest.fixture
def signed_on(provider, rp):
    """A sign-on that asks for something, as a function: the claims of the ID token and of userinfo."""
    person, browser = provider.citizen(), provider.browser()

    def sign_on(**places: Any) -> tuple[dict[str, Any], dict[str, Any]]:
        asked = {place: {"verified_claims": wish} for place, wish in places.items()}
        tokens = rp.tokens(rp.sign_on(browser, person, claims=json.dumps(asked)))
        return rp.id_token(tokens), rp.userinfo(tokens["access_token"]).json

    return sign_on


def wish(claims: dict[str, Any], **verification: Any) -> dict[str, Any]:
    return {"verification": {"trust_framework": None, **verification}, "claims": claims}


def happy(rp, signed_on, how):
    """One claim of those announced, asked for in both places: it comes, and fits the schema of the specification."""
    supported = rp.metadata["claims_in_verified_claims_supported"]
    assert rp.metadata["verified_claims_supported"] is True
    assert FRAMEWORK in rp.metadata["trust_frameworks_supported"]
    assert "name" in supported
    for told in signed_on(id_token=wish({"name": how}), userinfo=wish({"name": how})):
        check(told["verified_claims"])
        assert told["verified_claims"]["claims"] == {"name": "张三"}
        assert told["verified_claims"]["verification"]["trust_framework"] == FRAMEWORK


def test_ekyc_server_happypath(rp, signed_on):
    happy(rp, signed_on, None)


def test_ekyc_server_happypath_emptyobject(rp, signed_on):
    happy(rp, signed_on, {})


def test_ekyc_server_happypath_essentialfalse(rp, signed_on):
    happy(rp, signed_on, {"essential": False})


def omitted(signed_on, name, how):
    _, told = signed_on(userinfo=wish({"name": None, name: how}))
    assert told["verified_claims"]["claims"] == {"name": "张三"}


def test_ekyc_server_unknown_claim_omitted(signed_on):
    omitted(signed_on, "a_claim_that_nobody_knows", None)


def test_ekyc_server_unknown_essential_claim_omitted(signed_on):
    omitted(signed_on, "a_claim_that_nobody_knows", {"essential": True})


def test_ekyc_server_unknown_claim_specialchars_omitted(signed_on):
    omitted(signed_on, "cl@im %20 with:ſpecial/characters\\ 名", None)


def test_ekyc_server_one_claim_with_random_value_omitted(signed_on):
    _, told = signed_on(userinfo=wish({"name": {"value": "x7Zq"}, "birthdate": None}))
    assert told.get("verified_claims", {"claims": {}})["claims"].get("name") is None
    _, told = signed_on(userinfo=wish({"name": {"value": "x7Zq"}}))
    assert "verified_claims" not in told


def test_ekyc_server_request_only_in_idtoken(signed_on):
    token, told = signed_on(id_token=wish({"name": None}))
    assert token["verified_claims"]["claims"] == {"name": "张三"}
    assert "verified_claims" not in told


def test_ekyc_server_request_only_in_userinfo(signed_on):
    token, told = signed_on(userinfo=wish({"name": None}))
    assert told["verified_claims"]["claims"] == {"name": "张三"}
    assert "verified_claims" not in token


def test_ekyc_server_testuserprovidedrequest(signed_on):
    """A tester's own: everything about how it was verified."""
    evidence = [{"type": {"value": "electronic_record"}, "check_details": [{"check_method": None}]}]
    asked = wish({"name": None, "birthdate": {"essential": True}}, assurance_level=None, evidence=evidence)
    _, told = signed_on(userinfo=asked)
    check(told["verified_claims"])
    assert told["verified_claims"]["verification"]["evidence"][0]["check_details"] == [{"check_method": "data"}]


def test_ekyc_server_testbasedonuserinfo_defaults(signed_on):
    """A request built from what is expected: each member with its value."""
    expected = {"name": "张三", "birthdate": "1901-03-07"}
    asked = wish(
        {name: {"value": value} for name, value in expected.items()},
        trust_framework={"value": FRAMEWORK}, assurance_level={"value": "1"},
    )  # fmt: skip
    _, told = signed_on(userinfo=asked)
    assert told["verified_claims"] == {
        "verification": {"trust_framework": FRAMEWORK, "assurance_level": "1"}, "claims": expected,
    }  # fmt: skip


def test_ekyc_server_test_userinfo_notfoundinop(rp, signed_on):
    """Expected data that the metadata does not announce: nothing is made up for it."""
    assert "nationalities" not in rp.metadata["claims_in_verified_claims_supported"]
    assert "eidas" not in rp.metadata["trust_frameworks_supported"]
    _, told = signed_on(userinfo=wish({"name": None, "nationalities": {"value": ["CN"]}}))
    assert told["verified_claims"]["claims"] == {"name": "张三"}
    _, told = signed_on(userinfo=wish({"name": None}, trust_framework={"value": "eidas"}))
    assert "verified_claims" not in told
