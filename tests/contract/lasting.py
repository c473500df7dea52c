"""What every implementation of the lasting ports must do. Inherit a class and give the fixture of its port's name.

``class TestCitizens(CitizensContract): ...`` wants fixtures ``citizens`` and ``credentials``; ConsentsContract wants
``consents`` and ``citizens``; AuditLogContract ``audit_log``; KeyStoreContract ``key_store``.
"""

import itertools
import threading
from collections import Counter
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any, TypeVar

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from idp.domain.audit import AttemptEnded, ConsentGiven, Registered, SignedIn
from idp.domain.audit_words import AuditEvent, CitizenId, ClientId, OpaqueId, Outcome, SignInMethod
from idp.domain.channel import Reason
from idp.domain.claims import ClaimName
from idp.domain.errors import LoginNameTaken, MobileTaken, PersonMismatch, StoreUnavailable
from idp.domain.evidence import CheckMethod, Evidence, Strength
from idp.domain.ports import (
    AuditLog,
    Binding,
    Citizen,
    Citizens,
    Consent,
    Consents,
    Credentials,
    KeyStore,
    NewCitizen,
    PersonClaim,
    Recorded,
    WrappedKey,
)

NOW = 1_735_689_600.123456
LI = "11010519491231002X"
WANG = "440524188001010014"
HK_MACAO = "810000199408230021"

T = TypeVar("T")
_numbers = itertools.count(1)

# Inherited tests run once for each implementation and keep their database between examples.
inherited = settings(
    max_examples=15,
    deadline=None,
    suppress_health_check=[HealthCheck.differing_executors, HealthCheck.function_scoped_fixture],
)
# What SQL text can hold: PostgreSQL has no NUL, and lone surrogates are no text.
words = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), min_size=1, max_size=60)


def race(count: int, act: Callable[[int], T]) -> list[T | Exception]:
    """What ``count`` threads got that called ``act(index)`` at the same moment."""
    gate = threading.Barrier(count)

    def one(index: int) -> T | Exception:
        gate.wait(10)
        try:
            return act(index)
        except Exception as error:  # noqa: BLE001  the answer of a race may be any error; the test looks at it
            return error

    with ThreadPoolExecutor(count) as pool:
        return list(pool.map(one, range(count)))


def new_citizen(**changed: Any) -> NewCitizen:
    number = next(_numbers)
    values: dict[str, Any] = {
        "id": f"citizen-{number}",
        "created_at": NOW,
        "locale": "zh_CN",
        "mobile": f"+8613800{number:06d}",
        "password_hash": f"$argon2id$hash-{number}",
        "subject_secret": number.to_bytes(32, "big"),
    }
    return NewCitizen(**(values | changed))


def evidence_for(citizen_id: str, **changed: Any) -> Evidence:
    values: dict[str, Any] = {
        "id": f"evidence-{next(_numbers)}",
        "citizen_id": citizen_id,
        "channel": "police_population",
        "source": "police",
        "check_methods": (CheckMethod.DATA,),
        "strength": Strength.KNOWLEDGE,
        "txn": "20250101000000000001",
        "verified_at": NOW,
        "expires_at": NOW + 86_400,
        "claims": {ClaimName.NAME: "李四", ClaimName.ID_NUMBER: LI},
    }
    return Evidence(**(values | changed))


class OpenedAccounts:
    """For suites that need accounts of nobody in particular."""

    @pytest.fixture
    def opened(self, citizens: Citizens) -> Callable[..., str]:
        def open_one(**changed: Any) -> str:
            new = new_citizen(**changed)
            citizens.open(new)
            return new.id

        return open_one


class CitizensContract(OpenedAccounts):
    """Accounts: found by every name, each name and each person once."""

    def test_an_opened_account_is_found_by_each_of_its_names(self, citizens: Citizens):
        new = new_citizen(login_name="li.si", mobile="+8613912345678")
        citizens.open(new)
        expected = Citizen(
            id=new.id,
            created_at=NOW,
            locale="zh_CN",
            subject_secret=new.subject_secret,
            mobile="+8613912345678",
            login_name="li.si",
        )
        assert citizens.by_id(new.id) == expected
        assert citizens.by_mobile("+8613912345678") == expected
        assert citizens.by_login_name("li.si") == expected

    def test_nobody_is_found_by_names_that_nobody_has(self, citizens: Citizens, opened: Callable[..., str]):
        opened(mobile="+8613912345678", login_name="li.si")
        assert citizens.by_id("nobody") is None
        assert citizens.by_mobile("li.si") is None
        assert citizens.by_login_name("+8613912345678") is None
        assert citizens.by_id_number(LI) is None

    def test_a_mobile_number_belongs_to_one_account(self, citizens: Citizens, opened: Callable[..., str]):
        first = opened(mobile="+8613912345678")
        with pytest.raises(MobileTaken):
            citizens.open(second := new_citizen(mobile="+8613912345678"))
        assert citizens.by_id(second.id) is None
        found = citizens.by_mobile("+8613912345678")
        assert found is not None
        assert found.id == first

    def test_a_login_name_belongs_to_one_account(self, citizens: Citizens, opened: Callable[..., str]):
        opened(login_name="li.si")
        with pytest.raises(LoginNameTaken):
            citizens.open(second := new_citizen(login_name="li.si"))
        assert citizens.by_id(second.id) is None

    def test_accounts_without_a_login_name_do_not_collide(self, citizens: Citizens, opened: Callable[..., str]):
        opened()
        opened()

    def test_an_account_id_is_used_once(self, citizens: Citizens, opened: Callable[..., str]):
        first = opened(mobile="+8613912345678")
        with pytest.raises(StoreUnavailable):
            citizens.open(new_citizen(id=first))
        found = citizens.by_id(first)
        assert found is not None
        assert found.mobile == "+8613912345678"

    def test_a_refused_account_left_no_password(
        self, citizens: Citizens, credentials: Credentials, opened: Callable[..., str]
    ):
        opened(mobile="+8613912345678")
        with pytest.raises(MobileTaken):
            citizens.open(second := new_citizen(mobile="+8613912345678"))
        assert credentials.password_hash(second.id) is None

    def test_of_twenty_registrations_of_one_mobile_number_one_succeeds(self, citizens: Citizens):
        results = race(20, lambda _: citizens.open(new_citizen(mobile="+8613912345678")))
        assert Counter(map(type, results)) == {type(None): 1, MobileTaken: 19}

    def test_of_twenty_registrations_of_one_login_name_one_succeeds(self, citizens: Citizens):
        results = race(20, lambda _: citizens.open(new_citizen(login_name="li.si")))
        assert Counter(map(type, results)) == {type(None): 1, LoginNameTaken: 19}

    def test_twenty_different_registrations_at_once_all_succeed(self, citizens: Citizens):
        assert race(20, lambda _: citizens.open(new_citizen())) == [None] * 20

    def test_a_proof_binds_name_and_number_and_keeps_the_evidence(self, citizens: Citizens, opened: Callable[..., str]):
        citizen = opened()
        proof = evidence_for(citizen)
        citizens.record_proof(proof, name="李四", id_number=LI)
        found = citizens.by_id_number(LI)
        assert found is not None
        assert (found.id, found.name, found.id_number) == (citizen, "李四", LI)
        assert list(citizens.evidence_of(citizen)) == [proof]

    def test_an_unproved_number_claims_nothing(self, citizens: Citizens, opened: Callable[..., str]):
        found = citizens.by_id(opened())
        assert found is not None
        assert (found.name, found.id_number) == (None, None)

    def test_proving_the_same_number_again_adds_evidence_and_renews_the_name(
        self, citizens: Citizens, opened: Callable[..., str]
    ):
        citizen = opened()
        citizens.record_proof(first := evidence_for(citizen), name="李四", id_number=LI)
        citizens.record_proof(later := evidence_for(citizen, verified_at=NOW + 60), name="李㛃", id_number=LI)
        found = citizens.by_id(citizen)
        assert found is not None
        assert found.name == "李㛃"
        assert list(citizens.evidence_of(citizen)) == [later, first]

    def test_another_accounts_number_names_its_holder_and_leaves_a_claim(
        self, citizens: Citizens, opened: Callable[..., str]
    ):
        holder, other = opened(), opened()
        citizens.record_proof(evidence_for(holder), name="李四", id_number=LI)
        recorded = citizens.record_proof(proof := evidence_for(other), name="李 四", id_number=LI)
        assert recorded == Recorded(Binding.HELD_EQUALLY, (holder,))
        left = citizens.by_id(other)
        assert left is not None
        assert (left.name, left.id_number) == (None, None)
        assert left.claim == PersonClaim(made_at=NOW, name="李 四", id_number=LI)
        assert list(citizens.evidence_of(other)) == [replace(proof, suspended_at=NOW)]
        assert not citizens.evidence_of(other)[0].alive(NOW)
        assert LI not in repr(left)

    def test_another_person_never_replaces_the_accounts_own(self, citizens: Citizens, opened: Callable[..., str]):
        citizen = opened()
        citizens.record_proof(proof := evidence_for(citizen), name="李四", id_number=LI)
        with pytest.raises(PersonMismatch):
            citizens.record_proof(evidence_for(citizen), name="王五", id_number=WANG)
        found = citizens.by_id(citizen)
        assert found is not None
        assert (found.name, found.id_number) == ("李四", LI)
        assert list(citizens.evidence_of(citizen)) == [proof]
        assert citizens.by_id_number(WANG) is None

    def test_a_mismatch_is_said_before_who_holds_the_other_number(self, citizens: Citizens, opened: Callable[..., str]):
        first, second = opened(), opened()
        citizens.record_proof(evidence_for(first), name="李四", id_number=LI)
        citizens.record_proof(evidence_for(second), name="王五", id_number=WANG)
        with pytest.raises(PersonMismatch):
            citizens.record_proof(evidence_for(second), name="李四", id_number=LI)

    def test_residence_permits_are_persons_of_their_own(self, citizens: Citizens, opened: Callable[..., str]):
        citizen = opened()
        citizens.record_proof(evidence_for(citizen), name="陳大文", id_number=HK_MACAO)
        found = citizens.by_id_number(HK_MACAO)
        assert found is not None
        assert found.id == citizen

    def test_of_twenty_accounts_proving_one_number_one_holds_it(self, citizens: Citizens, opened: Callable[..., str]):
        ids = [opened() for _ in range(20)]
        results = race(20, lambda i: citizens.record_proof(evidence_for(ids[i]), name="李四", id_number=LI))
        holder = citizens.by_id_number(LI)
        assert holder is not None
        assert results.pop(ids.index(holder.id)) == Recorded(Binding.BOUND)
        assert results == [Recorded(Binding.HELD_EQUALLY, (holder.id,))] * 19
        assert sum(each.alive(NOW) for i in ids for each in citizens.evidence_of(i)) == 1

    def test_one_account_proving_two_numbers_at_once_is_one_person(
        self, citizens: Citizens, opened: Callable[..., str]
    ):
        citizen = opened()
        numbers = [LI, WANG] * 8
        results = race(16, lambda i: citizens.record_proof(evidence_for(citizen), name="李四", id_number=numbers[i]))
        assert Counter(map(type, results)) == {Recorded: 8, PersonMismatch: 8}
        found = citizens.by_id(citizen)
        assert found is not None
        own = [r for n, r in zip(numbers, results, strict=True) if n == found.id_number]
        assert own == [Recorded(Binding.BOUND)] * 8

    def test_a_proof_for_an_unknown_account_is_refused(self, citizens: Citizens):
        with pytest.raises(StoreUnavailable):
            citizens.record_proof(evidence_for("nobody"), name="李四", id_number=LI)
        assert citizens.by_id_number(LI) is None

    @inherited
    @given(name=words, txn=words, claims=st.dictionaries(st.sampled_from(ClaimName), words), at=st.floats(0, 4e9))
    def test_evidence_comes_back_as_it_was_kept(
        self, citizens: Citizens, name: str, txn: str, claims: dict[ClaimName, str], at: float
    ):
        new = new_citizen()
        citizens.open(new)
        number = f"9{next(_numbers):017d}"
        proof = evidence_for(new.id, txn=txn, claims=claims, verified_at=at, expires_at=None)
        citizens.record_proof(proof, name=name, id_number=number)
        assert list(citizens.evidence_of(new.id)) == [proof]
        found = citizens.by_id_number(number)
        assert found is not None
        assert (found.name, found.id_number) == (name, number)

    @inherited
    @given(login_name=words, secret=st.binary(min_size=1, max_size=64), at=st.floats(0, 4e9))
    def test_accounts_come_back_as_they_were_opened(
        self, citizens: Citizens, login_name: str, secret: bytes, at: float
    ):
        login_name = f"{next(_numbers)}{login_name}"
        new = new_citizen(login_name=login_name, subject_secret=secret, created_at=at)
        citizens.open(new)
        found = citizens.by_login_name(login_name)
        assert found is not None
        assert (found.id, found.login_name, found.subject_secret, found.created_at) == (new.id, login_name, secret, at)


class CredentialsContract:
    """Passwords and second factors."""

    @pytest.fixture
    def citizen(self, citizens: Citizens) -> str:
        citizens.open(new := new_citizen(password_hash="$argon2id$first"))
        return new.id

    def test_the_password_of_the_registration_is_there(self, credentials: Credentials, citizen: str):
        assert credentials.password_hash(citizen) == "$argon2id$first"

    def test_an_unknown_citizen_has_no_credentials(self, credentials: Credentials):
        assert credentials.password_hash("nobody") is None
        assert credentials.totp_secret("nobody") is None
        assert credentials.take_totp_step("nobody", 1) is False

    def test_a_new_password_replaces_the_old(self, credentials: Credentials, citizen: str):
        credentials.set_password_hash(citizen, "$argon2id$second", now=NOW)
        assert credentials.password_hash(citizen) == "$argon2id$second"

    def test_credentials_of_an_unknown_citizen_cannot_be_set(self, credentials: Credentials):
        with pytest.raises(StoreUnavailable):
            credentials.set_password_hash("nobody", "$argon2id$x", now=NOW)
        with pytest.raises(StoreUnavailable):
            credentials.set_totp_secret("nobody", "JBSWY3DPEHPK3PXP", now=NOW)

    def test_an_authenticator_is_enrolled_and_removed(self, credentials: Credentials, citizen: str):
        assert credentials.totp_secret(citizen) is None
        credentials.set_totp_secret(citizen, "JBSWY3DPEHPK3PXP", now=NOW)
        assert credentials.totp_secret(citizen) == "JBSWY3DPEHPK3PXP"
        credentials.set_totp_secret(citizen, None, now=NOW)
        assert credentials.totp_secret(citizen) is None

    def test_a_step_is_used_once_and_earlier_ones_never(self, credentials: Credentials, citizen: str):
        credentials.set_totp_secret(citizen, "JBSWY3DPEHPK3PXP", now=NOW)
        assert [credentials.take_totp_step(citizen, step) for step in (57_856_320, 57_856_320, 57_856_319)] == [
            True,
            False,
            False,
        ]
        assert credentials.take_totp_step(citizen, 57_856_321) is True

    def test_no_step_can_be_taken_without_an_authenticator(self, credentials: Credentials, citizen: str):
        assert credentials.take_totp_step(citizen, 57_856_320) is False

    def test_enrolling_uses_the_step_and_never_replaces(self, credentials: Credentials, citizen: str):
        first, second = "JBSWY3DPEHPK3PXP", "PXPJBSWY3DPEHPK3"
        assert credentials.enrol_totp(citizen, first, step=57_856_320, now=NOW) is True
        assert credentials.take_totp_step(citizen, 57_856_320) is False
        assert credentials.enrol_totp(citizen, second, step=57_856_321, now=NOW) is False
        assert credentials.totp_secret(citizen) == first
        assert credentials.enrol_totp("nobody", first, step=57_856_320, now=NOW) is False

    def test_of_sixteen_that_enrol_one_wins(self, credentials: Credentials, citizen: str):
        secrets = [f"JBSWY3DPEHPK3{letter}XP" for letter in "ABCDEFGHIJKLMNOP"]
        results = race(16, lambda n: credentials.enrol_totp(citizen, secrets[n], step=57_856_320, now=NOW))
        assert Counter(results) == {True: 1, False: 15}
        assert credentials.totp_secret(citizen) == secrets[results.index(True)]

    def test_of_sixteen_that_take_one_step_one_wins(self, credentials: Credentials, citizen: str):
        credentials.set_totp_secret(citizen, "JBSWY3DPEHPK3PXP", now=NOW)
        results = race(16, lambda _: credentials.take_totp_step(citizen, 57_856_320))
        assert Counter(results) == {True: 1, False: 15}


class ConsentsContract:
    """Consents, remembered per citizen and client."""

    @pytest.fixture
    def citizen(self, citizens: Citizens) -> str:
        citizens.open(new := new_citizen())
        return new.id

    def test_nothing_was_agreed_to_at_first(self, consents: Consents, citizen: str):
        assert consents.of(citizen, "portal-a") is None
        assert list(consents.all_of(citizen)) == []
        assert consents.withdraw(citizen, "portal-a", now=NOW) is False

    def test_a_consent_is_remembered_for_its_client_alone(self, consents: Consents, citizen: str):
        consents.give(citizen, "portal-a", frozenset({"openid", "profile"}), now=NOW)
        assert consents.of(citizen, "portal-a") == Consent("portal-a", frozenset({"openid", "profile"}), NOW)
        assert consents.of(citizen, "portal-b") is None

    def test_scopes_are_added_to_those_agreed_to_before(self, consents: Consents, citizen: str):
        consents.give(citizen, "portal-a", frozenset({"openid"}), now=NOW)
        consents.give(citizen, "portal-a", frozenset({"phone"}), now=NOW + 1)
        assert consents.of(citizen, "portal-a") == Consent("portal-a", frozenset({"openid", "phone"}), NOW + 1)

    def test_the_newest_consent_comes_first(self, consents: Consents, citizen: str):
        consents.give(citizen, "portal-a", frozenset({"openid"}), now=NOW)
        consents.give(citizen, "portal-b", frozenset({"openid"}), now=NOW + 1)
        assert [c.client_id for c in consents.all_of(citizen)] == ["portal-b", "portal-a"]

    def test_a_withdrawn_consent_is_gone_and_does_not_come_back_with_the_next(self, consents: Consents, citizen: str):
        consents.give(citizen, "portal-a", frozenset({"openid", "id_number"}), now=NOW)
        assert consents.withdraw(citizen, "portal-a", now=NOW + 1) is True
        assert consents.withdraw(citizen, "portal-a", now=NOW + 1) is False
        assert consents.of(citizen, "portal-a") is None
        assert list(consents.all_of(citizen)) == []
        consents.note_implied(citizen, "portal-b", frozenset({"openid"}), now=NOW)
        assert consents.ever_of(citizen) == ("portal-a", "portal-b")
        consents.give(citizen, "portal-a", frozenset({"openid"}), now=NOW + 2)
        assert consents.of(citizen, "portal-a") == Consent("portal-a", frozenset({"openid"}), NOW + 2)

    def test_what_was_implied_is_kept_apart_from_what_was_agreed_to(self, consents: Consents, citizen: str):
        consents.note_implied(citizen, "portal-a", frozenset({"openid"}), now=NOW)
        assert consents.of(citizen, "portal-a") == Consent("portal-a", frozenset(), NOW, frozenset({"openid"}))
        consents.give(citizen, "portal-a", frozenset({"phone"}), now=NOW + 1)
        consents.note_implied(citizen, "portal-a", frozenset({"profile"}), now=NOW + 2)
        both = Consent("portal-a", frozenset({"phone"}), NOW + 1, frozenset({"openid", "profile"}))
        assert consents.of(citizen, "portal-a") == both
        consents.withdraw(citizen, "portal-a", now=NOW + 3)
        consents.give(citizen, "portal-a", frozenset({"openid"}), now=NOW + 4)
        assert consents.of(citizen, "portal-a") == Consent("portal-a", frozenset({"openid"}), NOW + 4)

    def test_sixteen_consents_at_once_lose_no_scope(self, consents: Consents, citizen: str):
        assert race(16, lambda i: consents.give(citizen, "portal-a", frozenset({f"s{i}"}), now=NOW)) == [None] * 16
        consent = consents.of(citizen, "portal-a")
        assert consent is not None
        assert consent.scopes == {f"s{i}" for i in range(16)}

    def test_of_sixteen_withdrawals_one_ends_it(self, consents: Consents, citizen: str):
        consents.give(citizen, "portal-a", frozenset({"openid"}), now=NOW)
        assert Counter(race(16, lambda _: consents.withdraw(citizen, "portal-a", now=NOW))) == {True: 1, False: 15}


def audit_events(count: int, *, citizen: str = "citizen-1") -> Sequence[AuditEvent]:
    """Events with ids of their own, of several kinds."""
    makers: tuple[Callable[..., AuditEvent], ...] = (
        Registered,
        lambda **common: SignedIn(method=SignInMethod.MOBILE, amr=("pwd", "otp"), level=1, **common),
        lambda **common: AttemptEnded(
            channel="police_population", outcome=Outcome.REFUSED, reason=Reason.MISMATCH_NAME, **common
        ),
        lambda **common: ConsentGiven(scopes=("openid", "profile"), client_id=ClientId("portal-a"), **common),
    )
    made = []
    for index in range(count):
        number = next(_numbers)
        common = {"id": OpaqueId(f"{number:032x}"), "at": NOW + number / 7, "citizen_id": CitizenId(citizen)}
        made.append(makers[index % len(makers)](**common))
    return made


class AuditLogContract:
    """The append-only log."""

    def test_an_empty_log_is_whole(self, audit_log: AuditLog):
        assert audit_log.verify() == 0
        assert audit_log.append([]) == 0
        assert list(audit_log.recent("citizen-1", limit=10)) == []

    def test_what_was_appended_is_whole_and_counted(self, audit_log: AuditLog):
        assert audit_log.append(audit_events(5)) == 5
        assert audit_log.append(audit_events(3)) == 3
        assert audit_log.verify() == 8

    def test_an_event_is_stored_once_however_often_it_is_appended(self, audit_log: AuditLog):
        events = audit_events(4)
        assert audit_log.append(events[:2]) == 2
        assert audit_log.append(events) == 2
        assert audit_log.append([*events, *events]) == 0
        assert audit_log.verify() == 4

    def test_a_citizens_newest_events_come_first(self, audit_log: AuditLog):
        audit_log.append(mine := audit_events(6))
        audit_log.append(audit_events(2, citizen="citizen-2"))
        entries = audit_log.recent("citizen-1", limit=4)
        assert [e.number for e in entries] == [6, 5, 4, 3]
        assert [e.kind for e in entries] == [e.kind for e in reversed(mine)][:4]
        assert [e.at for e in entries] == [e.at for e in reversed(mine)][:4]
        assert {e.citizen_id for e in entries} == {"citizen-1"}

    def test_an_entry_says_what_the_event_said(self, audit_log: AuditLog):
        events = audit_events(4)
        audit_log.append(events)
        consent, attempt, signed_in, registered = audit_log.recent("citizen-1", limit=10)
        assert registered.detail == {}
        assert signed_in.detail == {"method": "mobile", "amr": ["pwd", "otp"], "level": 1, "channel": None}
        assert attempt.detail["reason"] == "mismatch_name"
        assert (consent.client_id, consent.detail) == ("portal-a", {"scopes": ["openid", "profile"]})

    def test_sixteen_writers_leave_one_chain_without_gaps(self, audit_log: AuditLog):
        batches = [audit_events(3, citizen=f"citizen-{i}") for i in range(16)]
        assert race(16, lambda i: audit_log.append(batches[i])) == [3] * 16
        assert audit_log.verify() == 48
        numbers = sorted(e.number for i in range(16) for e in audit_log.recent(f"citizen-{i}", limit=10))
        assert numbers == list(range(1, 49))

    def test_one_batch_from_sixteen_writers_is_stored_once(self, audit_log: AuditLog):
        events = audit_events(5)
        assert sorted(race(16, lambda _: audit_log.append(events)), key=repr) == [0] * 15 + [5]
        assert audit_log.verify() == 5

    def test_a_long_log_is_walked_to_its_end(self, audit_log: AuditLog):
        assert audit_log.append(audit_events(1201)) == 1201
        assert audit_log.verify() == 1201

    @inherited
    @given(
        client=words,
        scopes=st.lists(words, max_size=4),
        at=st.floats(allow_nan=False, allow_infinity=False, min_value=0, max_value=4e9),
    )
    def test_any_text_keeps_the_chain_whole(self, audit_log: AuditLog, client: str, scopes: list[str], at: float):
        event = ConsentGiven(
            id=OpaqueId(f"{next(_numbers):032x}"),
            at=at,
            citizen_id=CitizenId("citizen-1"),
            client_id=ClientId(client),
            scopes=tuple(scopes),
        )
        assert audit_log.append([event]) == 1
        [entry] = audit_log.recent("citizen-1", limit=1)
        assert (entry.at, entry.client_id, entry.detail) == (at, client, {"scopes": scopes})
        assert audit_log.verify() == entry.number


def wrapped_key(purpose: str = "field", **changed: Any) -> WrappedKey:
    number = next(_numbers)
    values: dict[str, Any] = {
        "id": f"{number:016x}",
        "purpose": purpose,
        "created_at": NOW,
        "wrapped": bytes([number % 256]) * 40,
    }
    return WrappedKey(**(values | changed))


class KeyStoreContract:
    """Where wrapped keys live."""

    def test_a_new_store_has_no_keys(self, key_store: KeyStore):
        assert list(key_store.all()) == []

    def test_keys_come_back_in_the_order_they_were_added(self, key_store: KeyStore):
        keys = [wrapped_key(), wrapped_key(created_at=NOW - 5), wrapped_key("cookie")]
        assert key_store.add_first(keys[0]) == keys[0]
        key_store.add(keys[1])
        assert key_store.add_first(keys[2]) == keys[2]
        assert list(key_store.all()) == keys

    def test_the_second_first_key_is_answered_with_the_first(self, key_store: KeyStore):
        first = key_store.add_first(wrapped_key())
        assert key_store.add_first(wrapped_key()) == first
        assert list(key_store.all()) == [first]

    def test_a_key_id_is_used_once(self, key_store: KeyStore):
        key_store.add_first(first := wrapped_key())
        with pytest.raises(StoreUnavailable):
            key_store.add(wrapped_key(id=first.id))

    def test_a_removed_key_is_gone_and_its_purpose_may_begin_again(self, key_store: KeyStore):
        first, second = key_store.add_first(wrapped_key()), wrapped_key()
        key_store.add(second)
        assert key_store.remove(first.id) is True
        assert key_store.remove(first.id) is False
        assert list(key_store.all()) == [second]
        assert key_store.remove(second.id) is True
        assert key_store.add_first(third := wrapped_key()) == third

    def test_of_sixteen_workers_one_makes_the_first_key_and_all_use_it(self, key_store: KeyStore):
        results = race(16, lambda _: key_store.add_first(wrapped_key()))
        [stored] = key_store.all()
        assert results == [stored] * 16

    @inherited
    @given(purpose=words, wrapped=st.binary(min_size=1, max_size=2000), at=st.floats(0, 4e9))
    def test_a_key_comes_back_as_it_was_kept(self, key_store: KeyStore, purpose: str, wrapped: bytes, at: float):
        key = wrapped_key(purpose, wrapped=wrapped, created_at=at)
        key_store.add(key)
        assert key in key_store.all()
