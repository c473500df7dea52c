"""Verified claims: what is told is what live evidence says, as it was asked for, or nothing at all."""

import datetime
import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters import (
    alipay_account,
    business_registry,
    counter_verify,
    police_population,
    social_security,
    unionpay_card,
    wechat_realname,
    zhima_face,
)
from idp.domain.assurance import level_of
from idp.domain.claims import VERIFIABLE, ClaimName
from idp.domain.claims_request import CONSTRAINTS, Placement, VerifiedAsk
from idp.domain.evidence import CheckMethod, Evidence, EvidenceType
from idp.domain.verified_claims import Dossier, answer, answers, dossier
from tests.domain import ida

NOW = 1_735_689_600.0  # 2025-01-01T00:00:00Z
DAY = 86_400.0
MODULES = (
    police_population,
    unionpay_card,
    social_security,
    alipay_account,
    zhima_face,
    wechat_realname,
    counter_verify,
)
FACTS = {module.FACTS.name: module.FACTS for module in MODULES}
VALUES = {
    ClaimName.NAME: "张三",
    ClaimName.BIRTHDATE: "1901-03-07",
    ClaimName.GENDER: "male",
    ClaimName.ID_NUMBER: "370102190103070012",
    ClaimName.PHONE_NUMBER: "+8619900000001",
}
FRAMEWORK = {"trust_framework": None}
NAME = {ClaimName.NAME: None}


def row(channel: str, *, days: float = 10, **changes) -> Evidence:
    facts = {**FACTS, "business_registry": business_registry.FACTS}[channel]
    values = {
        "id": hashlib.sha256(channel.encode()).hexdigest()[:32],
        "citizen_id": "c",
        "channel": channel,
        "source": facts.source,
        "check_methods": facts.check_methods,
        "strength": facts.strength,
        "txn": "UPSTREAM-TXN",
        "verified_at": NOW - days * DAY,
        "claims": {name: VALUES[name] for name in facts.proves if name in VALUES},
    }
    return Evidence(**{**values, **changes})


def opaque(text: str) -> str:
    return hashlib.sha256(b"sector" + text.encode()).hexdigest()[:32]


def told(*channels: str | Evidence, level: int = 3, values=VALUES, facts=FACTS) -> Dossier:
    rows = [each if isinstance(each, Evidence) else row(each) for each in channels]
    return dossier(rows, facts, values, level=level, now=NOW, opaque=opaque)


def ask(verification=None, claims=None) -> VerifiedAsk:
    return VerifiedAsk(verification or FRAMEWORK, NAME if claims is None else claims)


def test_the_example_of_a_counter_visit():
    """channels.md 16."""
    every = {
        "trust_framework": {"value": "cn_real_name"},
        "assurance_level": None,
        "time": None,
        "evidence": [
            {
                "type": {"value": "electronic_record"},
                "check_details": [{"check_method": None, "organization": None, "time": None}],
                "record": {"type": None, "source": {"name": None}},
            },
            {
                "type": {"value": "document"},
                "check_details": [{"check_method": {"values": ["vpip", "pvp"]}}],
                "document_details": {"type": None, "issuer": {"country_code": None}},
            },
            {"type": {"value": "vouch"}, "attestation": {"type": None, "voucher": {"organization": None}}},
        ],
    }
    found = answer(ask(every), told("police_population", row("counter_verify", days=1)))
    assert found == {
        "verification": {
            "trust_framework": "cn_real_name",
            "assurance_level": "3",
            "time": "2024-12-31T00:00:00Z",
            "evidence": [
                {
                    "type": "electronic_record",
                    "check_details": [
                        {"check_method": "data", "organization": "公安机关", "time": "2024-12-22T00:00:00Z"}
                    ],
                    "record": {"type": "population_register", "source": {"name": "公安机关"}},
                },
                {
                    "type": "document",
                    "check_details": [{"check_method": "vpip"}, {"check_method": "pvp"}],
                    "document_details": {"type": "idcard", "issuer": {"country_code": "CHN"}},
                },
                {
                    "type": "vouch",
                    "attestation": {"type": "digital_attestation", "voucher": {"organization": "政务服务中心"}},
                },
            ],
        },
        "claims": {"name": "张三"},
    }
    ida.check(found)


@pytest.mark.parametrize("channels", [(), ("unionpay_card", "alipay_account")])
def test_without_the_population_record_nothing_is_verified(channels):
    assert answer(ask(), told(*channels)) is None


def test_a_document_that_an_officer_examined_stands_for_the_population_record():
    levels = {"trust_framework": None, "assurance_level": None}
    assert answer(ask(levels), told("counter_verify"))["verification"]["assurance_level"] == "3"


@pytest.mark.parametrize("death", [{"revoked_at": NOW - 1}, {"suspended_at": NOW - 1}, {"expires_at": NOW}])
def test_dead_evidence_says_nothing(death):
    assert answer(ask(), told("police_population")) is not None
    assert answer(ask(), told(row("police_population", **death))) is None
    levels = {"trust_framework": None, "assurance_level": None}
    found = answer(ask(levels), told("police_population", row("counter_verify", **death)))
    assert found["verification"]["assurance_level"] == "1"


@pytest.mark.parametrize(
    ("channels", "level"),
    [
        (("police_population",), "1"),
        (("police_population", "unionpay_card"), "2"),
        (("police_population", "zhima_face"), "3"),
        (("police_population", "unionpay_card", "counter_verify"), "3"),
    ],
)
def test_the_assurance_level_is_that_of_the_evidence(channels, level):
    levels = {"trust_framework": None, "assurance_level": None}
    assert answer(ask(levels), told(*channels))["verification"]["assurance_level"] == level


@pytest.mark.parametrize(
    ("wanted", "given"),
    [({"value": "3"}, False), ({"value": "2"}, True), ({"values": ["3", "2"]}, True), ({"value": "1"}, False)],
)
def test_a_level_that_was_not_asked_for_is_never_told(wanted, given):
    found = answer(ask({**FRAMEWORK, "assurance_level": wanted}), told("police_population", "unionpay_card"))
    assert (found is not None) is given


def test_evidence_that_is_filtered_out_does_not_raise_the_level():
    records = {
        "trust_framework": None,
        "assurance_level": None,
        "evidence": [{"type": {"value": "electronic_record"}, "record": {"type": {"value": "population_register"}}}],
    }
    found = answer(ask(records), told("police_population", "counter_verify"))
    assert found["verification"]["assurance_level"] == "1"
    strict = {**records, "assurance_level": {"value": "3"}}
    assert answer(ask(strict), told("police_population", "counter_verify")) is None


@pytest.mark.parametrize(
    "verification",
    [
        {"trust_framework": {"value": "eidas"}},
        {"trust_framework": {"values": ["eidas", "de_aml"]}},
        {**FRAMEWORK, "time": {"max_age": 864_000 - 1}},
        {**FRAMEWORK, "verification_process": {"value": "1"}},
        {**FRAMEWORK, "assurance_process": {"policy": {"value": "gpg45"}}},
        {**FRAMEWORK, "evidence": [{"type": {"value": "vouch"}}]},
        {**FRAMEWORK, "evidence": [{"type": {"value": "electronic_record"}, "record": {"type": {"value": "tax"}}}]},
        {
            **FRAMEWORK,
            "evidence": [
                {"type": {"value": "electronic_record"}, "check_details": [{"check_method": {"value": "bvr"}}]}
            ],
        },
        {**FRAMEWORK, "evidence": [{"type": {"value": "electronic_record"}, "record": {"created_at": {"max_age": 1}}}]},
    ],
)
def test_a_condition_on_the_verification_that_is_not_met_leaves_no_answer(verification):
    assert answer(ask(verification), told("police_population")) is None


def test_an_age_that_is_allowed_is_answered():
    found = answer(ask({**FRAMEWORK, "time": {"max_age": 864_000}}), told("police_population"))
    assert found["verification"] == {"trust_framework": "cn_real_name", "time": "2024-12-22T00:00:00Z"}


def test_a_claim_that_is_not_as_asked_for_is_left_out_and_the_others_are_told():
    claims = {ClaimName.NAME: {"value": "李四"}, ClaimName.GENDER: {"values": ["male"]}}
    assert answer(ask(claims=claims), told("police_population"))["claims"] == {"gender": "male"}
    assert answer(ask(claims={ClaimName.NAME: {"value": "李四"}}), told("police_population")) is None


@pytest.mark.parametrize(("session_level", "channels"), [(1, ("police_population", "unionpay_card")), (3, ("police_population",))])  # fmt: skip
def test_the_number_and_the_mobile_need_level_two_of_evidence_and_of_the_sign_in(session_level, channels):
    every = dict.fromkeys(VERIFIABLE)
    found = answer(ask(claims=every), told(*channels, level=session_level))
    assert set(found["claims"]) == {"name", "birthdate", "gender"}
    found = answer(ask(claims=every), told("police_population", "unionpay_card", level=2))
    assert set(found["claims"]) == {name.value for name in VERIFIABLE}


def test_a_mobile_that_no_upstream_confirmed_is_not_verified():
    found = answer(ask(claims=dict.fromkeys(VERIFIABLE)), told("police_population", "alipay_account"))
    assert "phone_number" not in found["claims"]
    other = row("unionpay_card", claims={ClaimName.PHONE_NUMBER: "+8619900000099"})
    found = answer(ask(claims=dict.fromkeys(VERIFIABLE)), told("police_population", other))
    assert "phone_number" not in found["claims"]


def test_what_was_proved_about_an_organisation_is_no_evidence_about_a_person():
    facts = {**FACTS, "business_registry": business_registry.FACTS}
    every = {**FRAMEWORK, "evidence": [{"type": {"value": "electronic_record"}, "record": {"type": None}}]}
    found = answer(ask(every), told("police_population", "business_registry", facts=facts))
    assert [each["record"]["type"] for each in found["verification"]["evidence"]] == ["population_register"]


def test_of_a_channel_used_twice_only_the_newest_proof_is_told():
    every = {**FRAMEWORK, "evidence": [{"type": {"value": "electronic_record"}, "check_details": [{"check_method": None, "time": None}]}]}  # fmt: skip
    rows = [row("police_population", days=3, id="new"), row("police_population", days=300, id="old")]
    found = answer(ask(every), told(*rows))
    assert [e["check_details"][0]["time"] for e in found["verification"]["evidence"]] == ["2024-12-29T00:00:00Z"]


def test_neither_the_upstreams_number_nor_our_own_leaves():
    every = {
        "trust_framework": None,
        "verification_process": None,
        "evidence": [
            {"type": {"value": kind}, "check_details": [{"check_method": None, "check_id": None}],
             "attestation": {"type": None, "reference_number": None}}
            for kind in ("electronic_record", "document", "vouch")
        ],
    }  # fmt: skip
    rows = [row("police_population"), row("counter_verify")]
    text = repr(answer(ask(every), told(*rows)))
    assert "UPSTREAM-TXN" not in text
    assert not any(each.id in text for each in rows)


def test_several_requests_are_answered_one_by_one():
    asks = (
        ask({"trust_framework": {"value": "eidas"}}),
        ask({**FRAMEWORK, "assurance_level": {"value": "1"}}),
        ask(claims={ClaimName.GENDER: None}),
    )
    found = answers(Placement(verified=asks, many=True), told("police_population"))
    assert [each["claims"] for each in found] == [{"name": "张三"}, {"gender": "male"}]
    assert answers(Placement(verified=asks[:1], many=True), told("police_population")) is None


def test_an_element_that_the_schema_requires_is_never_missing_from_its_parent():
    bare = {**FRAMEWORK, "evidence": [{"type": {"value": "electronic_record"}, "record": {"source": {"name": None}}}]}
    found = answer(ask(bare), told("police_population"))
    assert found["verification"]["evidence"] == [{"type": "electronic_record"}]


def test_the_words_of_every_channel_are_those_of_the_schema():
    for facts in [*FACTS.values(), business_registry.FACTS, business_registry.E_LICENCE_FACTS]:
        for shape in facts.evidence:
            assert shape.type.value in ida.EVIDENCE_TYPES
            assert {method.value for method in shape.check_methods} <= ida.CHECK_METHODS
    assert {each.value for each in EvidenceType} == ida.EVIDENCE_TYPES
    assert {each.value for each in CheckMethod} <= ida.CHECK_METHODS


# ---- any request ----------------------------------------------------------------------------------------------------

levels = ["1", "2", "3"]
ages = st.sampled_from([0, 86_400, 864_000, 2_000_000, 400_000_000])


def leaf(*values: str):
    """A request for one element: without a condition, or with one that may be met or not."""
    choice = st.sampled_from([*values * 3, "another"])
    conditions = st.builds(lambda v: {"value": v}, choice) | st.builds(
        lambda v: {"values": v}, st.lists(choice, min_size=1, max_size=3)
    )
    return st.none() | st.just({"essential": True}) | conditions


def time():
    return st.none() | st.builds(lambda age: {"max_age": age}, ages)


def some(**members):
    """An object with some of these members."""
    return st.fixed_dictionaries({}, optional=members)


checks = st.lists(
    st.fixed_dictionaries(
        {"check_method": leaf("data", "auth", "bvr", "vpip", "pvp", "vcrypt")},
        optional={"organization": leaf("公安机关", "银联"), "time": time(), "check_id": st.none()},
    ),
    min_size=1,
    max_size=3,
)
evidence_members = st.builds(
    lambda kind, rest: {"type": {"value": kind}, **rest},
    st.sampled_from(sorted(ida.EVIDENCE_TYPES)),
    some(
        check_details=checks,
        record=some(type=leaf("population_register", "bank_account"), source=some(name=st.none()), created_at=time()),
        document_details=some(type=leaf("idcard"), issuer=some(country_code=leaf("CHN")), date_of_expiry=time()),
        attestation=some(type=leaf("digital_attestation"), voucher=some(organization=st.none())),
        attachments=st.none(),
    ),
)
asks = st.builds(
    VerifiedAsk,
    st.fixed_dictionaries(
        {"trust_framework": leaf("cn_real_name")},
        optional={
            "assurance_level": leaf(*levels),
            "time": time(),
            "verification_process": st.none(),
            "evidence": st.lists(evidence_members, min_size=1, max_size=3),
            "assurance_process": some(policy=leaf("x")),
        },
    ),
    st.dictionaries(st.sampled_from(sorted(VERIFIABLE)), leaf("张三", "male"), max_size=5),
)
rows = st.lists(
    st.builds(lambda name, days: row(name, days=days), st.sampled_from(sorted(FACTS)), st.integers(0, 900)), max_size=5
).map(lambda more: [row("police_population"), *more] if len(more) % 3 else more)


@given(asks, rows, st.integers(0, 3))
def test_whatever_is_asked_the_answer_satisfies_it_and_the_schema_or_there_is_none(request_, live, level):
    found = answer(request_, told(*live, level=level))
    if found is None:
        return
    ida.check(found)
    assert satisfies(request_.verification, found["verification"])
    for name, value in found["claims"].items():
        assert value == VALUES[ClaimName(name)]
        assert satisfies(request_.claims[ClaimName(name)], value)
    claimed = found["verification"].get("assurance_level")
    assert claimed is None or int(claimed) <= level_of(live, NOW)


def satisfies(template, value) -> bool:
    """A second reading of section 6, by what is there: nothing unasked, and no condition that fails."""
    if template is None:
        return not isinstance(value, dict | list)
    if isinstance(value, list):
        return all(any(satisfies(each, member) for each in template) for member in value)
    if isinstance(value, dict):
        conditions_met = all(
            name in value or not _conditional(asked) for name, asked in template.items() if name != "essential"
        )
        return conditions_met and all(name in template and satisfies(template[name], value[name]) for name in value)
    fits = value in template.get("values", [value]) and value == template.get("value", value)
    return fits and ("max_age" not in template or NOW - _seconds(value) <= template["max_age"])


def _conditional(template) -> bool:
    if isinstance(template, list):
        return any(_conditional(each) for each in template)
    if not isinstance(template, dict):
        return False
    return bool(CONSTRAINTS & set(template)) or any(_conditional(each) for each in template.values())


def _seconds(text: str) -> float:
    return datetime.datetime.fromisoformat(text).timestamp()
