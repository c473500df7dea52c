"""Deleting everything about a person: which rows go, which stay and why, and what others have of it."""

from collections.abc import Callable

import pytest
from sqlalchemy import Column, Engine, Table, select

from idp.domain.account_channel import UpstreamAccount
from idp.domain.audit import Registered
from idp.domain.audit_words import CitizenId, OpaqueId
from idp.domain.channel import Reason
from idp.domain.contra import ContraIndicator
from idp.domain.evidence import Status, Strength
from idp.domain.ports import (
    Binding,
    Guardianship,
    Merge,
    Purged,
    Recorded,
    SecurityEvent,
    SecurityEventKind,
)
from idp.stores.sql.event_tables import security_events as events_table
from idp.stores.sql.guardianships import SqlGuardianships
from idp.stores.sql.purging import NAMES_A_CITIZEN
from idp.stores.sql.tables import audit_events, metadata
from idp.stores.sql.tables import citizens as accounts
from tests.contract.holding import LATER, shows
from tests.contract.lasting import LI, NOW, WANG, OpenedAccounts, evidence_for, race
from tests.contract.standings import standing

# What names a citizen, or a table without anybody, and stays; why.
KEPT = {
    "audit_events": "the chain holds only while every entry stays; entries hold opaque ids and closed words",
    "audit_head": "where the chain ends",
    "security_events": "dropped by kind and state: what still ends something at a portal is told",
    "face_templates": "found by the sealed reference of the credentials alone; dropped by it",
    "vault_keys": "nobody's",
    "initial_tokens": "of relying parties",
    "registered_clients": "of relying parties",
    "client_changes": "of relying parties",
    "event_streams": "of relying parties",
}


def event(citizen_id: str, kind: SecurityEventKind, event_id: str = "") -> SecurityEvent:
    return SecurityEvent(event_id or f"{kind}-{citizen_id}", "hall", citizen_id, kind, NOW, f"sub-of-{citizen_id}")


def names_a_citizen(column: "Column[object]") -> bool:
    refers = any(key.column is accounts.c.id for key in column.foreign_keys)
    return refers or column is accounts.c.id or "citizen" in column.name


def rows_of(engine: Engine, table: Table) -> str:
    with engine.connect() as connection:
        return repr(connection.execute(select(table)).all())


def test_every_table_is_either_purged_or_kept_for_a_reason():
    purged = {column.table.name for column in NAMES_A_CITIZEN}
    assert purged | set(KEPT) == set(metadata.tables)
    assert purged.isdisjoint(KEPT)


def test_every_column_that_names_a_citizen_is_handled():
    found = {
        column
        for table in metadata.tables.values()
        if table.name not in KEPT
        for column in table.columns
        if names_a_citizen(column)
    }
    assert found == set(NAMES_A_CITIZEN)


def test_tables_go_after_those_that_refer_to_them():
    assert NAMES_A_CITIZEN[-1] is accounts.c.id


class TestPurging(OpenedAccounts):
    @pytest.fixture
    def closed(self, citizens, opened) -> Callable[[str], str]:
        def close(citizen_id: str) -> str:
            citizens.disable(citizen_id, now=LATER)
            return citizen_id

        return close

    def test_somebody_who_has_a_row_in_every_table_is_gone_from_all(
        self, engine, citizens, credentials, faces, consents, account_links, standings, merges,
        security_events, audit_log, opened,
    ):  # fmt: skip
        guardianships = SqlGuardianships(engine)
        one, second, child = opened(login_name="li.si"), opened(), opened()
        for each in (one, second):
            shows(citizens, each)
        shows(citizens, one, Strength.POSSESSION)
        credentials.set_totp_secret(one, "JBSWY3DPEHPK3PXP", now=NOW)
        for each, face in ((one, "f-1"), (second, "f-2")):
            faces.give_consent(each, "1", now=NOW)
            faces.enrol(each, face, b"a template", now=NOW)
        citizens.note_contra(ContraIndicator("c1", one, "alipay_account", "ant", Reason.MISMATCH_PERSON, NOW))
        consents.give(one, "hall", frozenset({"openid"}), now=NOW)
        consents.give(second, "bureau", frozenset({"openid"}), now=NOW)
        account_links.link("l-1", one, UpstreamAccount("wechat", "app", "openid", "u-1"), now=NOW)
        standings.keep(standing(one))
        guardianships.agree(Guardianship(child, one, NOW))
        guardianships.agree(Guardianship(one, child, NOW))
        assert merges.join(Merge("m-1", one, second, NOW, LATER), {"hall.example": False})
        audit_log.append([Registered(id=OpaqueId("e-1"), at=NOW, citizen_id=CitizenId(one))])
        security_events.announce([event(one, SecurityEventKind.LEVEL_CHANGED)])
        filled = {t.name for t in metadata.sorted_tables if any(each in rows_of(engine, t) for each in (one, second))}
        assert filled >= {column.table.name for column in NAMES_A_CITIZEN} - {"person_claims"}

        citizens.disable(one, now=LATER)
        told = event(one, SecurityEventKind.ACCOUNT_PURGED)
        assert citizens.purge(one, [told], now=LATER) == Purged((one, second))

        for table in metadata.sorted_tables:
            if table not in (audit_events, events_table):
                assert not {each for each in (one, second) if each in rows_of(engine, table)}, table.name
        assert rows_of(engine, metadata.tables["face_templates"]) == "[]"
        assert [kept.event for kept in security_events.listing(limit=9)] == [told]
        assert audit_log.verify() == 1
        assert [citizens.by_id(child).id, citizens.by_id(one), citizens.by_id(second)] == [child, None, None]
        assert citizens.by_id_number(LI) is None
        assert citizens.subject_secrets(one, "hall.example") == ()

    def test_the_person_may_open_an_account_anew_and_has_other_subjects(self, citizens, opened, closed):
        before = opened(mobile="+8613912345678", login_name="li.si", subject_secret=b"a" * 32)
        shows(citizens, before)
        citizens.purge(closed(before), [], now=LATER)
        anew = opened(mobile="+8613912345678", login_name="li.si", subject_secret=b"b" * 32)
        assert shows(citizens, anew) == Recorded(Binding.BOUND)
        assert citizens.subject_secrets(anew, "hall.example") == (b"b" * 32,)

    def test_only_a_closed_account_is_purged_and_a_joined_one_with_the_one_it_leads_to(
        self, citizens, merges, opened, closed
    ):
        kept, joined = opened(), opened()
        shows(citizens, kept)
        shows(citizens, joined)
        assert merges.join(Merge("m-1", kept, joined, NOW, LATER), {})
        assert citizens.purge(kept, [], now=LATER) is None
        assert citizens.purge(closed(joined), [], now=LATER) is None
        assert citizens.purge("nobody", [], now=LATER) is None
        assert citizens.by_id(kept) is not None
        assert citizens.by_id(joined) is not None
        assert citizens.purge(closed(kept), [], now=LATER) == Purged((kept, joined))
        assert citizens.purge(kept, [], now=LATER) is None

    def test_an_account_that_was_parted_again_stays_and_is_not_confused_with_the_purged(
        self, citizens, merges, security_events, opened, closed
    ):
        kept, joined = opened(), opened()
        shows(citizens, kept)
        shows(citizens, joined)
        merges.join(Merge("m-1", kept, joined, NOW, LATER), {"hall.example": False})
        merges.undo("m-1", joined, now=NOW + 1)
        parted = event(kept, SecurityEventKind.SUBJECTS_PARTED)
        security_events.announce([parted, event(kept, SecurityEventKind.SUBJECTS_JOINED)])
        assert citizens.purge(closed(kept), [], now=LATER) == Purged((kept,), freed=(joined,))
        assert citizens.by_id(joined) is not None
        assert merges.of(joined) == ()
        assert [each.event for each in security_events.listing(limit=9)] == [parted]

    def test_who_claimed_the_number_may_prove_it_now(self, citizens, opened, closed):
        holder, claimant = opened(), opened()
        shows(citizens, holder)
        shows(citizens, claimant)
        citizens.dispute(claimant, now=LATER)
        assert citizens.purge(closed(holder), [], now=LATER) == Purged((holder,), freed=(claimant,))
        assert citizens.by_id(claimant).claim is None
        assert shows(citizens, claimant, at=LATER) == Recorded(Binding.BOUND)

    def test_whom_a_purged_account_disputed_is_free_again(self, citizens, opened, closed):
        holder, claimant = opened(), opened()
        shows(citizens, holder)
        shows(citizens, claimant)
        citizens.dispute(claimant, now=LATER)
        assert citizens.purge(closed(claimant), [], now=LATER) == Purged((claimant,))
        assert [each.status(LATER) for each in citizens.evidence_of(holder)] == [Status.ALIVE]
        assert citizens.claims_on(holder) == ()

    def test_a_sign_out_that_is_still_to_be_told_is_told_and_the_rest_is_dropped(
        self, citizens, security_events, opened, closed
    ):
        one, other = opened(), opened()
        told, ended = event(one, SecurityEventKind.ACCOUNT_PURGED), event(one, SecurityEventKind.SESSION_ENDED)
        delivered = event(one, SecurityEventKind.SESSION_ENDED, "delivered")
        theirs = event(other, SecurityEventKind.LEVEL_CHANGED)
        security_events.announce([ended, delivered, theirs, event(one, SecurityEventKind.SESSIONS_REVOKED)])
        security_events.settle("hall", ["delivered"], taken=True, now=NOW)
        for due in security_events.take_due(now=LATER, lease_seconds=1.0, limit=9):
            if due.event.id == "delivered":
                security_events.delivered(due, now=LATER)
        citizens.purge(closed(one), [told], now=LATER)
        assert {each.event.id for each in security_events.listing(limit=9)} == {told.id, ended.id, theirs.id}

    def test_of_ten_that_purge_at_once_one_does(self, citizens, security_events, opened, closed):
        one = closed(opened())
        told = [event(one, SecurityEventKind.ACCOUNT_PURGED)]
        results = race(10, lambda _: citizens.purge(one, told, now=LATER))
        assert sorted(map(repr, results)) == ["None"] * 9 + [repr(Purged((one,)))]
        assert len(security_events.listing(limit=9)) == 1

    def test_a_proof_and_a_purge_at_once_leave_no_row_behind(self, engine, citizens, opened, closed):
        ones = [opened() for _ in range(6)]
        for each in ones:
            closed(each)

        def act(index: int) -> object:
            one = ones[index // 2]
            if index % 2:
                return citizens.purge(one, [], now=LATER)
            return citizens.record_proof(evidence_for(one), name="王五", id_number=WANG)

        race(12, act)
        left = rows_of(engine, metadata.tables["evidence"]) + rows_of(engine, metadata.tables["person_claims"])
        assert not [each for each in ones if f"'{each}'" in left and citizens.by_id(each) is None]
