"""What is told, kept and opened where numbers change hands and accounts are joined."""

from collections.abc import Collection
from dataclasses import dataclass, replace
from typing import Any

import pytest
from sqlalchemy import Engine

from idp.domain.assurance import Level, level_of
from idp.domain.audit import AttemptEnded
from idp.domain.audit_faces import FaceFactorRemoved
from idp.domain.audit_persons import DisputeSettled
from idp.domain.errors import AttemptExpired, AttemptSpent, SignInRefused, StoreUnavailable
from idp.domain.ports import Citizen, Merge, SessionFacts
from idp.people.disputing import Disputing
from idp.people.limits import DISPUTE_HOLDER
from idp.people.merging import Merging
from idp.people.prove import HeldElsewhere, Proved
from idp.stores.sql.faces import SqlFaces
from idp.stores.sql.merges import SqlMerges
from idp.system import SystemRandomness
from tests.contract.standings import standing
from tests.people.conftest import HOME, PASSWORD, People, until_limited
from tests.people.doubles import Told, says_yes
from tests.people.test_prove import FORM, NUMBER, begin, prove, reply, try_once

SECOND, THIRD = "+8619900000002", "+8619900000003"


@pytest.fixture
def citizen(people: People) -> Citizen:
    return people.open_account()


@pytest.fixture
def disputing(people: People) -> Disputing:
    return Disputing(people.citizens, people.limits, people.consequences)


def levels_told(people: People) -> list[tuple[str, Level, Level]]:
    assert isinstance(people.consequences.announcer, Told)
    told = [(who, before, after) for who, before, after in people.consequences.announcer.levels if before is not after]
    people.consequences.announcer.levels.clear()
    return told


@dataclass
class AwayOnce:
    """Accounts in a database that goes away for one proof; ``after`` it was written, or before."""

    real: Any
    after: bool = False
    away: bool = True

    def __getattr__(self, name: str) -> Any:
        return getattr(self.real, name)

    def record_proof(self, *args: Any, **more: Any) -> Any:
        away, self.away = self.away, False
        if away and not self.after:
            raise StoreUnavailable("sql: away")
        recorded = self.real.record_proof(*args, **more)
        if away:
            raise StoreUnavailable("sql: away")
        return recorded


def test_a_yes_that_could_not_be_kept_costs_no_try_and_the_attempt_still_waits(people: People, citizen: Citizen):
    people.police.answers = [says_yes, says_yes]
    proving = replace(people.proving, citizens=AwayOnce(people.citizens))
    begun = begin(people, citizen)
    with pytest.raises(StoreUnavailable):
        proving.reply(begun.attempt_id, "police", citizen.id, FORM, HOME)
    assert people.citizens.evidence_of(citizen.id) == ()
    assert proving.reply(begun.attempt_id, "police", citizen.id, FORM, HOME) == Proved(Level.BASIC)
    with pytest.raises(AttemptSpent):
        reply(people, citizen, begun)


def test_a_yes_that_was_kept_although_the_database_did_not_say_so_is_kept_once(people: People, citizen: Citizen):
    people.police.answers = [says_yes, says_yes]
    proving = replace(people.proving, citizens=AwayOnce(people.citizens, after=True))
    begun = begin(people, citizen)
    with pytest.raises(StoreUnavailable):
        proving.reply(begun.attempt_id, "police", citizen.id, FORM, HOME)
    with pytest.raises(AttemptSpent):
        proving.reply(begun.attempt_id, "police", citizen.id, FORM, HOME)
    assert len(people.citizens.evidence_of(citizen.id)) == 1


def test_an_answer_that_comes_too_late_leaves_no_evidence(people: People, citizen: Citizen):
    def slow(attempt: Any, asked: Any) -> Any:
        people.clock.advance(people.police.facts.attempt_seconds + 1)
        return says_yes(attempt, asked)

    with pytest.raises(AttemptExpired):
        try_once(people, citizen, slow)
    assert people.citizens.evidence_of(citizen.id) == ()


def test_giving_up_a_claim_that_disputed_nothing_tells_nobody_of_another_level(people, citizen, disputing):
    prove(people, citizen)
    other = people.open_account(SECOND)
    assert isinstance(prove(people, other), HeldElsewhere)
    levels_told(people)
    assert disputing.withdraw(other.id, HOME)
    assert levels_told(people) == []
    assert people.notebook.of(DisputeSettled) == []


def test_giving_up_one_of_two_disputes_tells_of_no_level_that_is_not_reached(people, citizen, disputing):
    prove(people, citizen)
    others = [people.open_account(mobile) for mobile in (SECOND, THIRD)]
    for each in others:
        prove(people, each)
        disputing.dispute(each.id, HOME)
    levels_told(people)
    disputing.withdraw(others[0].id, HOME)
    assert levels_told(people) == []
    disputing.withdraw(others[1].id, HOME)
    assert levels_told(people) == [(citizen.id, Level.UNPROVED, Level.BASIC)]


def test_many_accounts_of_a_stranger_cannot_keep_a_citizen_frozen(people, citizen, disputing):
    prove(people, citizen)
    strangers = [people.open_account(f"+861990000{n:04d}") for n in range(100, 103)]

    def disputes(n: int) -> None:
        stranger = strangers[n % 3]
        assert isinstance(prove(people, stranger), HeldElsewhere)
        assert disputing.dispute(stranger.id, HOME) is not None
        disputing.withdraw(stranger.id, HOME)
        people.clock.advance(1200)

    times, _limit = until_limited(disputes)
    assert times == DISPUTE_HOLDER.count
    assert level_of(people.citizens.evidence_of(citizen.id), people.clock.now()) is Level.BASIC


def test_what_cannot_be_disputed_costs_nothing(people, citizen, disputing):
    prove(people, citizen)
    prove(people, citizen, channel="wallet")
    other = people.open_account(SECOND)
    prove(people, other)
    assert [disputing.dispute(other.id, HOME) for _ in range(DISPUTE_HOLDER.count + 1)] == [None] * 7


@pytest.mark.parametrize("stood", [True, False], ids=["stood for an organisation", "stood for none"])
def test_who_loses_the_number_loses_what_it_stood_for_and_portals_hear_of_it(people, citizen, stood):
    prove(people, citizen)
    if stood:
        assert people.standings.keep(standing(citizen.id, at=people.clock.now()))
    rightful = people.open_account(SECOND)
    prove(people, rightful)
    assert isinstance(prove(people, rightful, channel="wallet"), Proved)
    assert people.consequences.announcer.mandates == ([citizen.id] if stood else [])


class Mute:
    """Relying parties cannot be told just now."""

    def level_changed(self, citizen_id: str, previous: Level, current: Level) -> int:
        raise StoreUnavailable("sql: away")

    def sessions_revoked(self, citizen_id: str) -> int:
        raise StoreUnavailable("sql: away")


def test_sessions_end_although_nobody_can_be_told(people, citizen, disputing):
    prove(people, citizen)
    other = people.open_account(SECOND)
    prove(people, other)
    now = people.clock.now()
    token = people.sessions.open(SessionFacts(citizen.id, now, ("pwd",), 1, now, "handle"), now=now)
    mute = replace(disputing, consequences=replace(people.consequences, announcer=Mute()))
    with pytest.raises(StoreUnavailable):
        mute.dispute(other.id, HOME)
    assert people.sessions.read(token, now=now) is None


@pytest.fixture
def merges(people: People, engine: Engine) -> SqlMerges:
    return SqlMerges(engine, people.citizens._cipher)


def joined(people: People, merges: SqlMerges, kept: Citizen, second: Citizen) -> None:
    now = people.clock.now()
    assert merges.join(Merge(f"{kept.id}+{second.id}", kept.id, second.id, now, now + 100), {})


class NoClients:
    def get(self, client_id: str) -> None:
        return None

    def all(self) -> tuple[()]:
        return ()


class ToldOfTwo(Told):
    """Told of joined and parted accounts as well."""

    def subjects_joined(self, kept_id: str, joined_id: str, *, leading: Collection[str] = ()) -> int:
        return 0

    def subjects_parted(self, kept_id: str, joined_id: str, *, leading: Collection[str] = ()) -> int:
        return 0


@pytest.fixture
def faces(engine, cipher) -> SqlFaces:
    return SqlFaces(engine, cipher, cipher)


@pytest.fixture
def told() -> ToldOfTwo:
    return ToldOfTwo()


@pytest.fixture
def merging(people, merges, told, faces) -> Merging:
    return Merging(
        people.citizens, people.consents, merges, people.sessions, NoClients(), told, people.notebook, people.clock,
        SystemRandomness(), faces,
    )  # fmt: skip


def test_no_face_is_left_behind_in_an_account_that_was_joined(people, citizen, disputing, merging, faces):
    second, now = people.open_account(SECOND), people.clock.now()
    for each in (citizen, second):
        prove(people, each)
        faces.give_consent(each.id, "1", now=now)
        assert faces.enrol(each.id, f"f-{each.id}", b"a face", now=now)
    assert merging.join(citizen.id, second.id, HOME) is not None
    assert faces.template(second.id) is None
    assert faces.template(citizen.id) == b"a face"
    assert [event.citizen_id for event in people.notebook.of(FaceFactorRemoved)] == [second.id]


def test_a_level_that_joining_restores_and_parting_takes_away_is_told(people, citizen, disputing, merging, told):
    now = people.clock.now()
    second = people.open_account(SECOND)
    prove(people, citizen)
    prove(people, second)
    disputing.dispute(second.id, HOME)
    assert merging.join(citizen.id, second.id, HOME) is not None
    people.citizens.revoke_evidence(citizen.id, own_evidence(people, citizen), now=now)
    assert merging.undo(merging.standing(citizen.id)[0].id, citizen.id, HOME) is not None
    assert told.levels == [
        (citizen.id, Level.UNPROVED, Level.BASIC),
        (citizen.id, Level.BASIC, Level.UNPROVED),
    ]


def own_evidence(people: People, citizen: Citizen) -> str:
    """The evidence that the kept account had before the other brought its own: the first that was recorded."""
    first, _brought = people.notebook.of(AttemptEnded)
    assert first.citizen_id == citizen.id
    return str(first.evidence_id)


def test_the_names_of_an_account_joined_twice_over_lead_to_the_one_that_is_kept(people, citizen, merges):
    second, third = people.open_account(SECOND), people.open_account(THIRD)
    prove(people, second)
    prove(people, citizen)
    joined(people, merges, second, citizen)
    prove(people, third)
    prove(people, third, channel="wallet")
    assert people.citizens.by_id_number(NUMBER).id == third.id
    prove(people, second)
    joined(people, merges, third, second)
    first = people.signing_in.by_password(citizen.mobile, PASSWORD, HOME)
    assert first.citizen_id == third.id
    assert people.signing_in.facts(third.id, first.method, first.amr, HOME).level == Level.MEDIUM
    people.citizens.disable(second.id, now=people.clock.now())
    with pytest.raises(SignInRefused):
        people.signing_in.by_password(citizen.mobile, PASSWORD, HOME)


def test_a_sign_in_under_way_when_its_account_is_joined_opens_nothing(people, citizen, merges):
    second = people.open_account(SECOND)
    prove(people, citizen)
    prove(people, second)
    first = people.signing_in.by_password(second.mobile, PASSWORD, HOME)
    joined(people, merges, citizen, second)
    with pytest.raises(SignInRefused):
        people.signing_in.facts(first.citizen_id, first.method, first.amr, HOME)
    assert level_of(people.citizens.evidence_of(citizen.id), people.clock.now()) is Level.BASIC
