"""Who stands for an organisation, for how long, and what is told of it."""

import pytest

from adapters.business_registry import E_LICENCE_FACTS, FACTS, FOUR_ELEMENT_FACTS
from idp.domain.claims import MINIMUM_LEVELS, VERIFIABLE, ClaimName, Scope, released
from idp.domain.evidence import CheckMethod
from idp.domain.organisations import ACTING_LEVEL, ACTING_SECONDS, Role, Standing, lets_act, newest_of_each

NOW = 1_767_225_600.0  # 2026-01-01T00:00:00Z
CODE, OTHER = "91370100MA0TEXT00H", "91370600MA0DEMX001"


def standing(standing_id: str = "s1", code: str = CODE, at: float = NOW) -> Standing:
    return Standing(
        id=standing_id,
        citizen_id="c1",
        organisation_name="山东测试科技有限公司",
        credit_code=code,
        role=Role.LEGAL_REPRESENTATIVE,
        channel="business_registry",
        check_methods=(CheckMethod.DATA,),
        txn="t1",
        verified_at=at,
        expires_at=at + ACTING_SECONDS,
    )


@pytest.mark.parametrize(("facts", "expected"), [(FACTS, False), (FOUR_ELEMENT_FACTS, True), (E_LICENCE_FACTS, True)])
def test_the_record_check_alone_lets_nobody_act(facts, expected):
    assert lets_act(facts) is expected


def test_a_standing_is_good_for_one_day():
    one = standing()
    assert one.alive(NOW + ACTING_SECONDS - 1)
    assert not one.alive(NOW + ACTING_SECONDS)


def test_what_is_told_is_one_object_about_the_organisation():
    assert standing().claim == {
        "organisation_name": "山东测试科技有限公司",
        "credit_code": CODE,
        "role": "legal_representative",
        "verified_at": "2026-01-01T00:00:00Z",
    }


def test_nothing_about_the_organisation_is_printed():
    printed = repr(standing())
    assert CODE not in printed
    assert "测试" not in printed
    assert "t1" not in printed


def test_of_each_organisation_the_newest_proof_counts():
    old, other, new = standing("a", at=NOW), standing("b", OTHER, NOW + 1), standing("c", at=NOW + 2)
    assert newest_of_each([old, other, new]) == (new, other)


def test_acting_asks_for_level_two_and_is_released_by_its_own_scope_alone():
    assert ACTING_LEVEL == MINIMUM_LEVELS[ClaimName.LEGAL_PERSON] == 2
    asked = frozenset({Scope.OPENID.value, Scope.LEGAL_PERSON.value})
    assert released(asked, 2) == {ClaimName.LEGAL_PERSON}
    assert released(asked, 1) == frozenset()
    others = frozenset(scope.value for scope in Scope) - {Scope.LEGAL_PERSON.value}
    assert ClaimName.LEGAL_PERSON not in released(others, 3)


def test_what_is_said_of_the_organisation_is_no_verified_claim_about_the_person():
    assert ClaimName.LEGAL_PERSON not in VERIFIABLE
