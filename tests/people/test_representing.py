"""From a proof about an organisation to a citizen who stands for it."""

import pytest

from idp.domain.assurance import Level
from idp.domain.audit import AttemptEnded
from idp.domain.audit_organisations import StandingProved
from idp.domain.channel import FieldKind, Form, Reason, Rejected, SubjectKind, Verified
from idp.domain.claims import ClaimName
from idp.domain.errors import AttemptMismatch, Distrusted, PersonMismatch, StoreUnavailable
from idp.domain.evidence import Strength
from idp.domain.organisations import ACTING_SECONDS, Role
from idp.people.proof_results import Proved
from tests.contract.lasting import evidence_for
from tests.people.conftest import HOME, People
from tests.people.doubles import ScriptedChannel, facts_of

BACK = "https://id.example/back"
NAME, NUMBER = "钱大", "37010219040404001X"
TYPED = {"organisation_name": "山东测试科技有限公司", "credit_code": "91370100MA0TEXT00H"}
ABOUT = {ClaimName.ORGANISATION_NAME: TYPED["organisation_name"], ClaimName.CREDIT_CODE: TYPED["credit_code"]}
ROLE = {ClaimName.ORGANISATION_ROLE: "legal_representative"}
PERSON = {ClaimName.NAME: NAME, ClaimName.ID_NUMBER: NUMBER}


def register(people: People, claims, *, of_the_citizen: bool = False) -> ScriptedChannel:
    """A register that proves these claims; an e-licence says something about the citizen, too."""
    kinds = {SubjectKind.LEGAL_PERSON, SubjectKind.CITIZEN} if of_the_citizen else {SubjectKind.LEGAL_PERSON}
    facts = facts_of(
        "register",
        source="market_regulation",
        strength=Strength.POSSESSION if of_the_citizen else Strength.KNOWLEDGE,
        proves=frozenset(claims),
        subjects=frozenset(kinds),
    )
    channel = ScriptedChannel(facts, begins_with=Form((FieldKind.ORGANISATION_NAME, FieldKind.CREDIT_CODE)))
    channel.answers.append(Verified(claims, "T1"))
    people.channels["register"] = channel
    return channel


@pytest.fixture
def citizen(people: People) -> str:
    """An account at level 1."""
    account = people.open_account()
    begun = people.proving.begin(account.id, "police", BACK, HOME)
    people.police.answers.append(Verified(PERSON, "P1"))
    people.proving.reply(begun.attempt_id, "police", account.id, {"name": NAME, "id_number": NUMBER}, HOME)
    return account.id


def act(people: People, citizen: str):
    begun = people.proving.begin(citizen, "register", BACK, HOME, to_act=True)
    return people.proving.reply(begun.attempt_id, "register", citizen, TYPED, HOME)


def test_a_proof_with_a_role_is_a_standing_and_no_evidence_of_the_person(people: People, citizen: str):
    register(people, ABOUT | ROLE)
    before = people.citizens.evidence_of(citizen)
    result = act(people, citizen)
    (standing,) = people.standings.of(citizen)
    assert result == Proved(Level.BASIC, standing=standing, of_the_person=False)
    assert (standing.organisation_name, standing.credit_code) == tuple(TYPED.values())
    assert standing.role is Role.LEGAL_REPRESENTATIVE
    assert standing.txn == "T1"
    assert standing.expires_at == people.clock.now() + ACTING_SECONDS
    assert people.citizens.evidence_of(citizen) == before
    (event,) = people.notebook.of(StandingProved)
    assert event.detail() == {"channel": "register", "role": "legal_representative", "standing_id": standing.id}


def test_a_licence_says_who_the_citizen_is_and_for_whom_they_act(people: People, citizen: str):
    register(people, PERSON | ABOUT | ROLE, of_the_citizen=True)
    result = act(people, citizen)
    assert isinstance(result, Proved)
    assert (result.level, result.of_the_person) == (Level.MEDIUM, True)
    assert people.standings.of(citizen) == (result.standing,)
    assert {each.channel for each in people.citizens.evidence_of(citizen)} == {"register", "police"}


def test_a_proof_without_a_role_is_never_offered_to_act(people: People, citizen: str):
    register(people, ABOUT)
    assert people.proving.offers(citizen, to_act=True) == []
    with pytest.raises(AttemptMismatch):
        people.proving.begin(citizen, "register", BACK, HOME, to_act=True)


def test_a_proof_about_an_organisation_alone_is_never_offered_as_one_about_the_citizen(people: People, citizen: str):
    register(people, ABOUT | ROLE)
    assert "register" not in [offer.facts.name for offer in people.proving.offers(citizen)]
    with pytest.raises(AttemptMismatch):
        people.proving.begin(citizen, "register", BACK, HOME)
    with pytest.raises(AttemptMismatch):
        people.proving.begin(citizen, "police", BACK, HOME, to_act=True)


def test_nobody_in_particular_is_offered_to_act(people: People):
    register(people, ABOUT | ROLE)
    account = people.open_account()
    assert people.proving.offers(account.id, to_act=True) == []
    with pytest.raises(AttemptMismatch):
        people.proving.begin(account.id, "register", BACK, HOME, to_act=True)


def test_a_part_that_is_none_of_ours_is_distrusted(people: People, citizen: str):
    register(people, ABOUT | {ClaimName.ORGANISATION_ROLE: "owner"})
    with pytest.raises(Distrusted):
        act(people, citizen)
    assert people.standings.of(citizen) == ()


def test_a_refusal_leaves_nothing(people: People, citizen: str):
    register(people, ABOUT | ROLE).answers[:] = [Rejected(Reason.NOT_LEGAL_REPRESENTATIVE, "T1")]
    act(people, citizen)
    assert people.standings.of(citizen) == ()


def test_who_loses_the_number_on_the_way_stands_for_nobody(people: People, citizen: str):
    channel = register(people, ABOUT | ROLE)

    def meanwhile(_attempt, _reply):
        rightful = people.open_account(mobile="13900000002", login_name="rightful")
        for strength, source in ((Strength.KNOWLEDGE, "police"), (Strength.POSSESSION, "bank")):
            people.citizens.record_proof(
                evidence(rightful.id, source, strength, people.clock.now()), name=NAME, id_number=NUMBER
            )
        return Verified(ABOUT | ROLE, "T1")

    channel.answers[:] = [meanwhile]
    with pytest.raises(PersonMismatch):
        act(people, citizen)
    assert people.standings.of(citizen) == ()
    assert people.notebook.of(AttemptEnded)[-1].detail()["reason"] == Reason.MISMATCH_PERSON


def test_an_answer_that_could_not_be_kept_costs_nothing_and_is_kept_once(people: People, citizen: str, monkeypatch):
    channel = register(people, ABOUT | ROLE)
    channel.answers.append(Verified(ABOUT | ROLE, "T1"))
    begun = people.proving.begin(citizen, "register", BACK, HOME, to_act=True)
    keep = type(people.standings).keep

    def lost(self, standing):
        keep(self, standing)
        raise StoreUnavailable("sql")

    monkeypatch.setattr(type(people.standings), "keep", lost)
    with pytest.raises(StoreUnavailable):
        people.proving.reply(begun.attempt_id, "register", citizen, TYPED, HOME)
    monkeypatch.setattr(type(people.standings), "keep", keep)
    people.proving.reply(begun.attempt_id, "register", citizen, TYPED, HOME)
    assert len(people.standings.of(citizen)) == 1


def evidence(citizen_id: str, source: str, strength: Strength, at: float):
    return evidence_for(citizen_id, source=source, strength=strength, verified_at=at, expires_at=None)
