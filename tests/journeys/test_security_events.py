"""What a portal is told when something happens to the account of one of its citizens, and when it is down just then."""

from collections.abc import Iterator

import pytest

from idp.domain.assurance import Level
from idp.domain.client import PushEndpoint
from idp.domain.evidence import CheckMethod, Evidence, Strength
from idp.domain.ports import EndedSession, EventState, SessionFacts
from idp.domain.subjects import pairwise
from idp.people.consequences import Consequences
from idp.people.expiry import ExpiryWatch
from idp.system import SystemRandomness
from tests.event_receiver import EventReceiver
from tests.journeys.portal import _fetch
from tests.journeys.test_citizen_story import LI

CAEP = "https://schemas.openid.net/secevent/caep/event-type/"
RISC = "https://schemas.openid.net/secevent/risc/event-type/"


@pytest.fixture
def receiver(house) -> Iterator[EventReceiver]:
    made = EventReceiver(house.issuer, lambda: _fetch(f"{house.issuer}/jwks"))
    yield made
    made.close()
    assert made.faults == []


@pytest.fixture
def connected(house, surfer, citizen, receiver):
    """Two portals that the citizen is signed on at: one takes events, the other does not."""

    def connect(person=citizen, browser=surfer, **facts):
        push = PushEndpoint(receiver.address("hall"))
        portals = [house.portal("hall", consent="implied", security_events=push, **facts), house.portal("deaf")]
        found = []
        page = browser.get(portals[0].begin())
        if page.step == "sign-in":
            house.sign_in(browser, page, person)
        for portal in portals:
            begun = portal.begin()
            page = browser.get(begun)
            page = browser.submit(page, decision="agree") if page.step == "consent" else page
            found.append(portal.finish(page, begun))
        return found[0]

    return connect


def _announcements(house):
    return house.provider.app.extensions["yihaotong"].announcements


def _session(house, citizen, level):
    now = house.clock.now()
    facts = SessionFacts(citizen.id, auth_time=now, amr=("pwd",), level=level, created_at=now, handle=f"handle-{level}")
    return house.provider.stores.sessions.open(facts, now=now)


def _delivery(house):
    return house.provider.app.extensions["yihaotong"].delivery


def test_a_proof_that_raises_the_level_is_told_at_once_by_the_sub_that_the_portal_knows(
    house, surfer, connected, receiver
):
    held = connected(house.provider.citizen(3, level=0))
    page = surfer.press(surfer.get("/account"), "提升到")
    page = surfer.submit(surfer.click(page, "公安"), **LI)
    told = receiver.take()
    assert told.claims["sub_id"]["sub"] == held.sub
    assert told.event == (
        f"{CAEP}assurance-level-change",
        {
            "namespace": "urn:yihaotong:realname",
            "previous_level": "urn:yihaotong:realname:0",
            "current_level": "urn:yihaotong:realname:1",
            "change_direction": "increase",
            "event_timestamp": int(house.clock.now()),
        },
    )
    assert receiver.take_all() == []


def test_revoked_sessions_and_a_disabled_account_are_told_as_such(house, connected, receiver, citizen):
    held = connected()
    assert _announcements(house).sessions_revoked(citizen.id) == 1
    told = receiver.take()
    assert told.event == (f"{CAEP}session-revoked", {"event_timestamp": int(house.clock.now())})
    assert _announcements(house).account_disabled(citizen.id) == 1
    assert receiver.take().event == (f"{RISC}account-disabled", {})
    assert told.claims["sub_id"]["sub"] == held.sub


@pytest.mark.parametrize("leading", [(), ("hall.example",)])
def test_joined_and_parted_subjects_are_told_to_who_knows_either(house, connected, receiver, citizen, leading):
    connected()
    other = house.provider.citizen(2, level=0)
    kept, joined = (
        pairwise(house.provider.stores.citizens.by_id(each.id).subject_secret, "hall.example")
        for each in (other, citizen)
    )
    sub, alias = (joined, kept) if leading else (kept, joined)
    for method, name in (("subjects_joined", "subjects-joined"), ("subjects_parted", "subjects-parted")):
        assert getattr(_announcements(house), method)(other.id, citizen.id, leading=leading) == 1
        told = receiver.take()
        kind, payload = told.event
        assert kind == f"urn:yihaotong:secevent:{name}"
        assert told.claims["sub_id"]["sub"] == sub
        assert payload["alias"] == {"format": "iss_sub", "iss": house.issuer, "sub": alias}


def test_a_level_that_stayed_the_same_is_no_news(house, connected, citizen):
    connected()
    assert _announcements(house).level_changed(citizen.id, Level.BASIC, Level.BASIC) == 0
    assert house.provider.stores.events.listing(limit=9) == ()


def test_portals_that_do_not_know_the_citizen_or_left_are_not_told(house, connected, citizen):
    connected()
    stranger = house.provider.citizen(2, level=0)
    assert _announcements(house).account_disabled(stranger.id) == 0
    house.provider.stores.consents.withdraw(citizen.id, "hall", now=house.clock.now())
    assert _announcements(house).account_disabled(citizen.id) == 0


def test_a_client_that_is_no_longer_registered_is_not_told(house, connected, citizen):
    connected()
    house.provider.registry.remove("hall")
    assert _announcements(house).account_disabled(citizen.id) == 0


def test_nothing_personal_leaves_or_is_kept(house, connected, receiver, citizen):
    from tests.conftest import personal_data_in

    connected()
    _announcements(house).level_changed(citizen.id, Level.MEDIUM, Level.BASIC)
    told = receiver.take()
    assert citizen.id not in str(told.claims)
    assert told.event[1]["change_direction"] == "decrease"
    (kept,) = house.provider.stores.events.listing(limit=9)
    assert not personal_data_in(str(told.claims) + repr(kept))


def test_a_sign_out_reaches_a_portal_that_was_down_when_the_worker_stopped(house, surfer, citizen):
    hall = house.portal("hall", consent="implied")
    begun = hall.begin()
    held = hall.finish(house.sign_in(surfer, surfer.get(begun), citizen), begun)
    up = house.provider.registry.get("hall")
    house.provider.party("hall", backchannel_logout_uri="http://127.0.0.1:9/logout")
    surfer.get(hall.sign_out_url(held))
    house.provider.app.extensions["yihaotong"].notices.close()
    (kept,) = house.provider.stores.events.listing(EventState.WAITING, limit=9)
    assert kept.tries == 1
    house.provider.registry.add(up)
    house.clock.advance(5)
    assert _delivery(house).once() == 1
    token = house.receiver.take(1)["hall"]
    assert hall.check_logout_token(token, now=house.clock.now())["sid"] == held.sid
    assert house.provider.stores.events.count(EventState.DELIVERED) == 1


def test_sessions_that_outlived_a_take_over_are_ended_by_the_next_look(house, citizen):
    """Redis was away when the number changed hands, so nobody ended what the loser had open."""
    stores, clock, ended = house.provider.stores, house.clock, []
    announcements = _announcements(house)
    consequences = Consequences(
        stores.sessions, stores.consents, stores.account_links, announcements, stores.outbox, clock, SystemRandomness()
    )
    watch = ExpiryWatch(
        expiries=stores.expiries, citizens=stores.citizens, announcements=announcements, clock=clock,
        consequences=consequences, limits=stores.limits, tell=ended.append,
    )  # fmt: skip
    watch.tick()
    left = _session(house, citizen, level=1)
    for row in stores.citizens.evidence_of(citizen.id):
        stores.citizens.revoke_evidence(citizen.id, row.id, now=clock.now() + 1)
    clock.advance(700)
    watch.tick()
    assert stores.sessions.read(left, now=clock.now()) is None
    assert [each.citizen_id for each in ended] == [citizen.id]
    anew = _session(house, citizen, level=0)
    clock.advance(700)
    watch.tick()
    assert stores.sessions.read(anew, now=clock.now()) is not None


def test_evidence_that_runs_out_is_told_once_however_many_workers_notice(house, connected, receiver, citizen):
    connected()
    stores, clock = house.provider.stores, house.clock
    proof = Evidence(
        id="f" * 32, citizen_id=citizen.id, channel="unionpay_card", source="bank", check_methods=(CheckMethod.AUTH,),
        strength=Strength.POSSESSION, txn="t", verified_at=clock.now(), expires_at=clock.now() + 900,
    )  # fmt: skip
    stores.citizens.record_proof(proof, name="张三", id_number="370102190103070012")
    announcements = _announcements(house)
    consequences = Consequences(
        stores.sessions, stores.consents, stores.account_links, announcements, stores.outbox, clock, SystemRandomness()
    )
    ended: list[EndedSession] = []
    watches = [
        ExpiryWatch(
            expiries=stores.expiries, citizens=stores.citizens, announcements=announcements, clock=clock,
            consequences=consequences, limits=stores.limits, tell=ended.append,
        )
        for _ in range(2)
    ]  # fmt: skip
    before = _session(house, citizen, level=2)
    assert [watch.tick() for watch in watches] == [0, 0]
    clock.advance(899.5)
    assert [watch.tick() for watch in watches] == [0, 0]
    assert stores.sessions.read(before, now=clock.now()) is not None
    clock.advance(600)
    watches[0].tick()
    assert stores.sessions.read(before, now=clock.now()) is None  # its level does not hold any more
    anew = _session(house, citizen, level=1)
    watches[1].tick()
    assert stores.sessions.read(anew, now=clock.now()) is not None
    assert [each.citizen_id for each in ended] == [citizen.id] * len(ended) != []
    told = dict(receiver.take().event for _ in range(2))
    assert set(told) == {f"{CAEP}assurance-level-change", f"{CAEP}session-revoked"}
    level = told[f"{CAEP}assurance-level-change"]
    assert (level["previous_level"][-1], level["current_level"][-1]) == ("2", "1")
    clock.advance(3600)
    watches[0].tick()
    _delivery(house).close()
    assert receiver.take_all() == []
    assert len(stores.events.listing(limit=9)) == 2
