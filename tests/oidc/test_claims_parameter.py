"""Reading the ``claims`` parameter: what is understood, what is passed over, what is refused."""

import json

import pytest
from authlib.oauth2.rfc6749 import InvalidRequestError
from hypothesis import given
from hypothesis import strategies as st

from idp.domain.assurance import Level
from idp.domain.authorization import AuthorizationRequest
from idp.domain.claims import ClaimName, Scope
from idp.domain.claims_request import NO_CLAIMS, ClaimsRequest
from idp.domain.client import AuthMethod, Client
from idp.domain.errors import AssuranceNotMet
from idp.oidc.claims_parameter import MAX_ASKS, MAX_DEPTH, MAX_MEMBERS, read

ACR = "urn:yihaotong:realname:"
VERIFICATION = {"trust_framework": None}


def client(*scopes: str, verified_claims: bool = True) -> Client:
    return Client(
        client_id="hall", name="大厅", name_en="Hall", auth_method=AuthMethod.NONE,
        redirect_uris=frozenset({"https://hall.example/cb"}), scopes=frozenset({"openid", *scopes}),
        sector="hall.example", verified_claims=verified_claims,
    )  # fmt: skip


EVERYTHING = client(*Scope)


def parsed(value, of: Client = EVERYTHING):
    return read(json.dumps(value), of)


def test_no_parameter_asks_for_nothing():
    assert read(None, EVERYTHING).asked == NO_CLAIMS
    assert not parsed({}).asked
    assert parsed({}).asked.fingerprint == ""


def test_claims_are_read_for_each_place():
    asked = parsed({"userinfo": {"name": None, "gender": {"essential": True}}, "id_token": {"birthdate": None}}).asked
    assert set(asked.userinfo.claims) == {ClaimName.NAME, ClaimName.GENDER}
    assert set(asked.id_token.claims) == {ClaimName.BIRTHDATE}


def test_what_is_not_known_or_not_registered_is_passed_over():
    everything = {"userinfo": {"name": None, "email": None, "phone_number": None}, "elsewhere": {"name": None}}
    assert set(parsed(everything, client("profile")).asked.userinfo.claims) == {ClaimName.NAME}
    assert not parsed(everything, client()).asked


def test_verified_claims_are_read_only_for_clients_registered_for_them():
    asked = {"userinfo": {"verified_claims": {"verification": VERIFICATION, "claims": {"name": None, "x": None}}}}
    assert set(parsed(asked).asked.userinfo.verified[0].claims) == {ClaimName.NAME}
    assert not parsed(asked, client(*Scope, verified_claims=False)).asked
    number = {"verification": VERIFICATION, "claims": {ClaimName.ID_NUMBER: None}}
    assert not parsed({"id_token": {"verified_claims": number}}, client("profile")).asked


@pytest.mark.parametrize("kind", [[], {}, ["document"], {"value": "document"}, None, True, 1])
def test_a_type_of_evidence_that_is_no_word_is_an_invalid_request(kind):
    evidence = [{"type": {"value": kind}}]
    ask = {"verification": {**VERIFICATION, "evidence": evidence}, "claims": {"name": None}}
    with pytest.raises(InvalidRequestError):
        parsed({"userinfo": {"verified_claims": ask}})


@pytest.mark.parametrize(
    "text",
    ["", "x", "null", "[]", "1", '"name"', '{"userinfo": []}', '{"userinfo": {"name": 1}}', "[" * 5000,
     '{"userinfo": {"name": {"values": []}}}', '{"userinfo": {"name": {"value": {}}}}', '{"userinfo": {"name": []}}',
     '{"userinfo": {"birthdate": {"max_age": -1}}}', '{"userinfo": {"birthdate": {"max_age": "1"}}}',
     '{"id_token": {"acr": 3}}', '{"userinfo": {"sub": "me"}}', '{"userinfo": {"name": NaN}}'],
)  # fmt: skip
def test_what_is_malformed_is_an_invalid_request(text):
    with pytest.raises(InvalidRequestError):
        read(text, EVERYTHING)


@pytest.mark.parametrize(
    "member",
    [
        {"claims": {"name": None}},
        {"verification": {}, "claims": {"name": None}},
        {"verification": VERIFICATION},
        {"verification": {**VERIFICATION, "evidence": []}, "claims": {"name": None}},
        {"verification": {**VERIFICATION, "evidence": {}}, "claims": {"name": None}},
        {"verification": {**VERIFICATION, "evidence": [{}]}, "claims": {"name": None}},
        {"verification": {**VERIFICATION, "evidence": [{"type": None}]}, "claims": {"name": None}},
        {"verification": {**VERIFICATION, "evidence": [{"type": {"value": "oath"}}]}, "claims": {"name": None}},
        {"verification": {**VERIFICATION, "evidence": [{"type": {"values": ["vouch"]}}]}, "claims": {"name": None}},
        {"verification": {**VERIFICATION, "evidence": [{"type": {"value": "vouch"}, "check_details": [{}]}]},
         "claims": {"name": None}},
        [],
        [{"verification": VERIFICATION, "claims": {"name": None}}] * (MAX_ASKS + 1),
    ],
)  # fmt: skip
def test_a_verified_claims_request_that_the_schema_does_not_allow_is_refused(member):
    with pytest.raises(InvalidRequestError):
        parsed({"userinfo": {"verified_claims": member}})


def test_depth_and_members_are_bounded():
    deep: dict[str, object] = {}
    for _ in range(MAX_DEPTH):
        deep = {"x": deep}
    for monster in (deep, {"userinfo": {f"c{n}": None for n in range(MAX_MEMBERS + 1)}}):
        with pytest.raises(InvalidRequestError):
            parsed(monster)


@pytest.mark.parametrize(
    ("acr", "essential", "wanted"),
    [
        ({"value": f"{ACR}2"}, (), (Level.MEDIUM,)),
        ({"essential": True, "value": f"{ACR}2"}, (Level.MEDIUM,), ()),
        ({"essential": True, "values": [f"{ACR}3", "loa9", f"{ACR}1"]}, (Level.HIGH, Level.BASIC), ()),
        ({"essential": False, "values": ["loa9"]}, (), ()),
        ({"essential": True}, (), ()),
        (None, (), ()),
    ],
)
def test_the_level_is_asked_for_by_acr(acr, essential, wanted):
    found = parsed({"id_token": {"acr": acr, "auth_time": {"essential": True}}})
    assert found.asked.acr == essential
    assert found.wanted_acr == wanted


@pytest.mark.parametrize("acr", [{"value": "loa9"}, {"values": ["loa9", 3]}])
def test_an_essential_level_that_is_none_of_ours_cannot_be_met(acr):
    with pytest.raises(AssuranceNotMet):
        parsed({"id_token": {"acr": {"essential": True, **acr}}})


def test_the_subject_may_be_named_once():
    assert parsed({"id_token": {"sub": {"value": "a"}}}).sub == "a"
    assert parsed({"userinfo": {"sub": {"value": "a"}}, "id_token": {"sub": {"value": "a"}}}).sub == "a"
    with pytest.raises(InvalidRequestError):
        parsed({"userinfo": {"sub": {"value": "a"}}, "id_token": {"sub": {"value": "b"}}})


names = st.sampled_from(
    ["userinfo", "id_token", "verified_claims", "verification", "claims", "trust_framework", "evidence", "type",
     "check_details", "check_method", "value", "values", "max_age", "essential", "name", "acr", "sub", "time"]
)  # fmt: skip
scalars = st.none() | st.booleans() | st.integers(-5, 5) | st.sampled_from(["document", "cn_real_name", f"{ACR}2", "a"])
values = st.recursive(
    scalars, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(names, inner, max_size=4), max_leaves=25
)
requests = st.dictionaries(st.sampled_from(["userinfo", "id_token"]), st.dictionaries(names, values, max_size=4))


@given(st.text() | requests.map(json.dumps) | values.map(json.dumps))
def test_any_text_is_read_or_refused_and_what_is_read_survives_its_record(text):
    try:
        found = read(text, EVERYTHING)
    except (InvalidRequestError, AssuranceNotMet):
        return
    kept = json.loads(json.dumps(found.asked.to_json()))
    assert ClaimsRequest.from_json(kept) == found.asked
    whole = AuthorizationRequest("hall", "https://hall.example/cb", ("openid",), "c", claims=found.asked)
    assert AuthorizationRequest.from_json(json.loads(json.dumps(whole.to_json()))) == whole
