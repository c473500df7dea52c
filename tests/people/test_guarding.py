"""Children under 14, their guardians, and the channels that need one."""

from dataclasses import replace

import pytest

from adapters import CHANNELS
from adapters.sandbox import channel_settings
from idp.domain.attempt import Attempt
from idp.domain.audit_persons import GuardianAgreed
from idp.domain.channel import Reason, Rejected
from idp.domain.claims import ClaimName
from idp.domain.errors import AttemptMismatch, InvalidInput, Rule
from idp.domain.evidence import CheckMethod, Evidence, Strength
from idp.people.prove import Refused
from tests.adapters.rigs import SANDBOX, World
from tests.people.conftest import ELSEWHERE, HOME, People, until_limited
from tests.people.doubles import ScriptedChannel, facts_of

CHILD, ADULT = "110101201601010035", "370102190103070012"


def proves(people: People, citizen_id: str, number: str, strength: Strength = Strength.KNOWLEDGE) -> None:
    source = "police" if strength is Strength.KNOWLEDGE else "ant"
    people.citizens.record_proof(
        Evidence(
            f"{citizen_id}{source}", citizen_id, source, source, (CheckMethod.DATA,), strength, "t", people.clock.now()
        ),
        name="张三",
        id_number=number,
    )


@pytest.fixture
def child(people: People) -> str:
    citizen = people.open_account("+8619900000003")
    proves(people, citizen.id, CHILD)
    people.channels["face"] = ScriptedChannel(
        facts_of("face", source="ant", strength=Strength.PRESENCE, minimum_age=14)
    )
    return citizen.id


@pytest.fixture
def guardian(people: People) -> str:
    citizen = people.open_account("+8619900000004")
    proves(people, citizen.id, ADULT)
    proves(people, citizen.id, ADULT, Strength.POSSESSION)
    return citizen.id


def offered(people: People, citizen_id: str) -> set[str]:
    return {offer.facts.name for offer in people.proving.offers(citizen_id)}


def test_a_child_sees_the_face_channel_only_with_a_guardian(people: People, child: str, guardian: str):
    assert offered(people, child) == {"police"}
    with pytest.raises(AttemptMismatch):
        people.proving.begin(child, "face", "https://idp.test/return", HOME)
    code = people.guarding.code_for(child)
    assert people.guarding.read(guardian, f"{code[:5]} {code[5:]}", ELSEWHERE).name == "张*"
    assert offered(people, child) == {"police"}  # nothing before the agreement
    people.guarding.agree(guardian, code, ELSEWHERE)
    assert offered(people, child) == {"police", "face"}
    assert [ward.citizen_id for ward in people.guarding.wards(guardian)] == [child]
    assert [event.citizen_id for event in people.notebook.of(GuardianAgreed)] == [child, guardian]


@pytest.mark.parametrize("side", ["child", "guardian"])
def test_either_of_the_two_ends_it(people: People, child: str, guardian: str, side: str):
    people.guarding.agree(guardian, people.guarding.code_for(child), HOME)
    assert people.guarding.withdraw(child, guardian, HOME)
    assert not people.guarding.withdraw(child, guardian, HOME)
    assert offered(people, child) == {"police"}
    assert not people.guarding.guardians(child)


def test_a_code_is_worth_one_agreement_and_a_quarter_of_an_hour(people: People, child: str, guardian: str):
    code = people.guarding.code_for(child)
    people.guarding.agree(guardian, code, HOME)
    late = people.guarding.code_for(child)
    people.clock.advance(900)
    for worthless in (code, late, "0000000000"):
        with pytest.raises(InvalidInput) as caught:
            people.guarding.agree(guardian, worthless, HOME)
        assert caught.value.rule is Rule.WRONG


@pytest.mark.parametrize(("typed", "rule"), [("", Rule.MISSING), ("12345", Rule.FORMAT), ("a" * 10, Rule.MISSING)])
def test_what_cannot_be_a_code_costs_no_guess(people: People, guardian: str, typed: str, rule: Rule):
    for _ in range(9):
        with pytest.raises(InvalidInput) as caught:
            people.guarding.read(guardian, typed, HOME)
        assert caught.value.rule is rule


def test_guessing_is_limited(people: People, guardian: str):
    done, reached = until_limited(lambda n: people.guarding.read(guardian, f"{n:010d}", HOME), InvalidInput)
    assert (done, reached.limit) == (5, "guardian.guess")


def test_showing_codes_is_limited(people: People, child: str):
    assert until_limited(lambda _: people.guarding.code_for(child))[0] == 10


def test_who_only_knows_a_number_and_who_is_a_child_guards_nobody(people: People, child: str):
    knows = people.open_account("+8619900000005").id
    proves(people, knows, ADULT)
    code = people.guarding.code_for(child)
    for nobody in (knows, child, people.open_account("+8619900000006").id):
        assert not people.guarding.may_guard(nobody)
        with pytest.raises(InvalidInput):
            people.guarding.agree(nobody, code, HOME)
    assert offered(people, child) == {"police"}


def test_a_guardian_who_loses_the_level_guards_no_more(people: People, child: str, guardian: str):
    people.guarding.agree(guardian, people.guarding.code_for(child), HOME)
    for each in people.citizens.evidence_of(guardian):
        people.citizens.revoke_evidence(guardian, each.id, now=people.clock.now())
    assert offered(people, child) == {"police"}


def test_a_child_who_is_not_known_yet_is_refused_by_the_number_it_types(people: People):
    people.channels["police"].facts = facts_of("police", minimum_age=14)
    citizen = people.open_account("+8619900000007")
    begun = people.proving.begin(citizen.id, "police", "https://idp.test/return", HOME)
    fields = {"name": "张三", "id_number": CHILD}
    answer = people.proving.reply(begun.attempt_id, "police", citizen.id, fields, HOME)
    assert isinstance(answer, Refused)
    assert answer.reason is Reason.UNDER_AGE
    assert not people.police.replies


def test_limits_are_of_the_guardian_and_not_of_the_house(people: People, guardian: str):
    other = people.open_account("+8619900000008").id
    until_limited(lambda n: people.guarding.read(guardian, f"{n:010d}", HOME), InvalidInput)
    with pytest.raises(InvalidInput):
        people.guarding.read(other, "1234567890", HOME)


@pytest.mark.parametrize("name", ["unionpay_card", "zhima_face", "wechat_realname"])
def test_the_adapters_too_take_a_guardians_word(name: str):
    world = World()
    channel = CHANNELS[name](channel_settings(SANDBOX)[name], world.around())
    known = {ClaimName.NAME: "周七", ClaimName.ID_NUMBER: CHILD}
    attempt = Attempt("a1", name, world.clock.now() + 900, "https://idp.test/return", known=known)
    assert channel.begin(attempt) == Rejected(Reason.UNDER_AGE)
    assert channel.begin(replace(attempt, guarded=True)) != Rejected(Reason.UNDER_AGE)


def test_an_age_that_no_guardian_decides_about_stays():
    facts = facts_of("licence", minimum_age=16)
    assert not facts.serves_age(13, guarded=True)
    assert facts.serves_age(16, guarded=False)
