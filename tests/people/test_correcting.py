"""A correction stated by two officers: who may state it, what it needs, and what comes of it."""

from dataclasses import replace

import pytest

from idp.domain.assurance import Level
from idp.domain.audit import SignedOut
from idp.domain.audit_persons import DisputeSettled, PersonCorrected, PersonHeldElsewhere
from idp.domain.audit_words import EndCause, SignInMethod
from idp.domain.channel import Correction, Redirect, Verified
from idp.domain.claims import ClaimName
from idp.domain.errors import Distrusted, PersonMismatch
from idp.domain.evidence import CheckMethod, Evidence, EvidenceShape, EvidenceType, Strength
from idp.domain.ports import Citizen
from idp.people.prove import Begun, Proved
from tests.contract.standings import standing
from tests.people.conftest import HOME, People
from tests.people.doubles import ScriptedChannel, facts_of

ZHANG, FORMER, FREE = "370102190103070012", "370102190204150003", "370102190202020002"
OFFICERS = ("W-0601", "W-0602")
SEEN = (EvidenceShape(EvidenceType.DOCUMENT, "idcard", (CheckMethod.VPIP, CheckMethod.PVP)),)
STATED = Correction("张三", FORMER, OFFICERS)


@pytest.fixture
def counter(people: People) -> ScriptedChannel:
    facts = facts_of("counter", source="counter", strength=Strength.PRESENCE, evidence=SEEN)
    people.channels["counter"] = ScriptedChannel(facts, begins_with=Redirect("https://desk.example/"))
    return people.channels["counter"]


@pytest.fixture
def citizen(people: People) -> Citizen:
    """Proved, by the register and a wallet, to be the bearer of the number that is to be corrected."""
    citizen = people.open_account()
    proves(people, citizen.id, "police", Strength.KNOWLEDGE)
    proves(people, citizen.id, "ant", Strength.POSSESSION)
    return citizen


def proves(people: People, citizen_id: str, source: str, strength: Strength, number: str = FORMER) -> None:
    at = people.clock.now()
    row = Evidence(f"{citizen_id}{source}", citizen_id, source, source, (CheckMethod.DATA,), strength, "t", at)
    people.citizens.record_proof(row, name="张三", id_number=number)


def answers(people: People, citizen: Citizen, channel: str = "counter", **changes):
    """What comes of an attempt whose answer is 张三 with his right number."""
    name = changes.pop("name", "张三")
    claims = {ClaimName.NAME: name, ClaimName.ID_NUMBER: changes.pop("number", ZHANG)}
    begun = people.proving.begin(citizen.id, channel, "https://id.example/back", HOME)
    assert isinstance(begun, Begun)
    people.channels[channel].answers = [replace(Verified(claims, "T1", corrects=STATED), **changes)]
    return people.proving.reply(begun.attempt_id, channel, citizen.id, {}, HOME)


def account(people: People, citizen: Citizen) -> Citizen:
    found = people.citizens.by_id(citizen.id)
    assert found is not None
    return found


def test_a_corrected_number_keeps_the_subject_ends_sessions_and_tells_the_level(
    people: People, citizen: Citizen, counter: ScriptedChannel
):
    session = people.signing_in.facts(citizen.id, SignInMethod.MOBILE, ("pwd",), HOME)
    token = people.sessions.open(session, now=people.clock.now())
    assert people.standings.keep(standing(citizen.id, at=people.clock.now()))
    result = answers(people, citizen)
    assert isinstance(result, Proved)
    assert (result.level, len(result.ended)) == (Level.HIGH, 1)
    corrected = account(people, citizen)
    assert (corrected.id_number, corrected.subject_secret) == (ZHANG, citizen.subject_secret)
    assert people.sessions.read(token, now=people.clock.now()) is None
    [event] = people.notebook.of(PersonCorrected)
    assert (event.citizen_id, event.first_officer, event.second_officer) == (citizen.id, *OFFICERS)
    assert [each.cause for each in people.notebook.of(SignedOut)] == [EndCause.CORRECTED]
    assert people.consequences.announcer.levels == [(citizen.id, Level.MEDIUM, Level.HIGH)]
    assert people.consequences.announcer.mandates == [citizen.id]


def test_a_corrected_name_keeps_what_was_shown(people: People, citizen: Citizen, counter: ScriptedChannel):
    assert isinstance(answers(people, citizen, name="张三丰", number=FORMER), Proved)
    assert account(people, citizen).name == "张三丰"
    assert all(each.revoked_at is None for each in people.citizens.evidence_of(citizen.id))
    assert len(people.notebook.of(PersonCorrected)) == 1


@pytest.mark.parametrize(
    "stated",
    [None, replace(STATED, id_number=FREE), replace(STATED, name="张四")],
    ids=["nothing stated", "another former number", "another former name"],
)
def test_only_the_person_that_the_account_has_proved_is_corrected(
    people: People, citizen: Citizen, counter: ScriptedChannel, stated: Correction | None
):
    with pytest.raises(PersonMismatch):
        answers(people, citizen, corrects=stated)
    assert account(people, citizen).id_number == FORMER
    assert not people.notebook.of(PersonCorrected)


def test_a_channel_without_an_officer_states_no_correction(people: People, citizen: Citizen):
    people.channels["wallet"].begins_with = Redirect("https://wallet.example/")
    with pytest.raises(Distrusted):
        answers(people, citizen, "wallet")
    assert account(people, citizen).id_number == FORMER


def test_a_number_that_another_account_holds_is_said_and_changes_nothing(
    people: People, citizen: Citizen, counter: ScriptedChannel
):
    other = people.open_account("+8619900000002")
    proves(people, other.id, "police", Strength.KNOWLEDGE, ZHANG)
    with pytest.raises(PersonMismatch):
        answers(people, citizen)
    assert account(people, citizen).id_number == FORMER
    assert people.citizens.by_id_number(ZHANG).id == other.id  # type: ignore[union-attr]
    assert [each.holder for each in people.notebook.of(PersonHeldElsewhere)] == [other.id]
    assert not people.notebook.of(PersonCorrected)


def test_who_claimed_the_former_number_is_told_and_may_hold_it(
    people: People, citizen: Citizen, counter: ScriptedChannel
):
    claimant = people.open_account("+8619900000002")
    proves(people, claimant.id, "police", Strength.KNOWLEDGE)
    answers(people, citizen)
    [settled] = people.notebook.of(DisputeSettled)
    assert (settled.citizen_id, settled.holds) == (claimant.id, False)
    proves(people, claimant.id, "unionpay", Strength.POSSESSION)
    assert people.citizens.by_id_number(FORMER).id == claimant.id  # type: ignore[union-attr]


def test_a_number_that_is_only_claimed_is_not_corrected(people: People, citizen: Citizen, counter: ScriptedChannel):
    claimant = people.open_account("+8619900000002")
    proves(people, claimant.id, "police", Strength.KNOWLEDGE)
    with pytest.raises(PersonMismatch):
        answers(people, claimant)
    assert people.citizens.by_id_number(ZHANG) is None
    assert account(people, citizen).id_number == FORMER
