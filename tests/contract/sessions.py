"""What every store of sessions promises, and what ends with them."""

from dataclasses import replace

import pytest

from idp.domain.ports import Asked, EndedSession, Outbox, Release, Sessions
from tests.contract.outbox import KeptLog
from tests.contract.sign_on import OFFLINE, REQUEST, InASession, facts, redeem, release, rotate, sign_on, signed_on
from tests.contract.threads import at_once


class SessionsContract(InASession):
    """Fixtures: ``sessions`` (idle life 1800 s, absolute 43200 s), ``grants``, ``outbox``, ``clock``."""

    def test_a_session_is_read_as_it_was_opened(self, sessions: Sessions, clock):
        token = sessions.open(facts(clock), now=clock.now())
        assert sessions.read(token, now=clock.now()) == facts(clock)

    @pytest.mark.parametrize(
        "mangle",
        [
            str.upper,
            str.swapcase,
            lambda t: t[:-1],
            lambda t: t + "A",
            lambda _: "",
            lambda t: t + "\n",
            lambda t: "ff" + t[2:],
            lambda _: "令牌",
        ],
    )
    def test_a_mangled_token_is_nothing(self, sessions: Sessions, session, clock, mangle):
        token = mangle(session)
        assert sessions.read(token, now=clock.now()) is None
        assert sessions.renew(token, facts(clock), now=clock.now()) is None
        assert not sessions.release(token, release(), now=clock.now())
        assert sessions.sign_on(token, REQUEST, signed_on(clock), now=clock.now()) is None
        assert sessions.chosen(token, "rp", now=clock.now()) is None
        assert sessions.owner(token, now=clock.now()) is None
        assert sessions.end(token, now=clock.now()) is None
        assert sessions.read(session, now=clock.now()) is not None

    def test_being_seen_keeps_a_session_awake(self, sessions: Sessions, session, clock):
        for _ in range(4):
            clock.advance(1799)
            assert sessions.read(session, now=clock.now()) is not None
        clock.advance(1800)
        assert sessions.read(session, now=clock.now()) is None
        assert not sessions.release(session, release(), now=clock.now())
        assert sessions.renew(session, facts(clock), now=clock.now()) is None
        assert sessions.sign_on(session, REQUEST, signed_on(clock), now=clock.now()) is None
        assert sessions.of_citizen("citizen-1", now=clock.now()) == []

    def test_a_sign_on_counts_as_being_seen(self, sessions: Sessions, session, clock):
        clock.advance(1799)
        sign_on(sessions, session, clock)
        clock.advance(1799)
        assert sessions.read(session, now=clock.now()) is not None

    def test_no_activity_outlasts_the_absolute_life(self, sessions: Sessions, session, clock):
        for _ in range(24):
            clock.advance(1750)
            assert sessions.read(session, now=clock.now()) is not None
        clock.advance(43200 - 24 * 1750)
        assert sessions.read(session, now=clock.now()) is None

    def test_a_proof_keeps_the_absolute_end_and_a_new_sign_in_begins_a_new_life(self, sessions: Sessions, clock):
        begun = facts(clock)
        proved = sessions.open(begun, now=clock.now())
        signed_in_again = sessions.open(begun, now=clock.now())
        for _ in range(30):
            clock.advance(1400)
            proved = sessions.renew(proved, begun, now=clock.now())
            newer = replace(begun, auth_time=clock.now())
            signed_in_again = sessions.renew(signed_in_again, newer, now=clock.now())
        clock.advance(1300)  # 43 300 s after both began, none of them idle
        assert sessions.read(proved, now=clock.now()) is None
        assert sessions.read(signed_in_again, now=clock.now()) is not None

    def test_renewing_replaces_token_and_facts_and_keeps_releases_and_grants(self, sessions, grants, session, clock):
        issued = redeem(grants, sign_on(sessions, session, clock), clock)
        clock.advance(60)
        better = facts(clock, level=3)
        token = sessions.renew(session, better, now=clock.now())
        assert token not in {None, session}
        assert sessions.read(session, now=clock.now()) is None
        assert sessions.read(token, now=clock.now()) == better
        assert list(sessions.of_citizen("citizen-1", now=clock.now())) == [better]
        assert grants.inspect(issued.access_token, now=clock.now()) is not None
        higher = replace(REQUEST, minimum_level=3)
        stale = sessions.sign_on(token, higher, signed_on(clock), now=clock.now())
        assert isinstance(stale, Asked)  # the release was made for level 2: it may lack what level 3 releases
        assert sessions.release(token, release(), now=clock.now())
        sign_on(sessions, token, clock, higher)
        assert sessions.end(token, now=clock.now()).relying_parties == (("rp", "sub-1", "sid-rp"),)
        assert grants.inspect(issued.access_token, now=clock.now()) is None

    def test_of_16_renewals_exactly_one_wins(self, sessions: Sessions, session, clock):
        tokens = at_once(16, lambda _: sessions.renew(session, facts(clock), now=clock.now()))
        assert tokens.count(None) == 15
        assert len(sessions.of_citizen("citizen-1", now=clock.now())) == 1

    def test_a_session_never_changes_hands(self, sessions: Sessions, session, clock):
        for n in range(80):  # whatever the shard
            assert sessions.renew(session, facts(clock, f"other-{n}"), now=clock.now()) is None
        assert sessions.read(session, now=clock.now()).citizen_id == "citizen-1"

    def test_a_later_release_replaces_the_earlier_but_keeps_its_sid(self, sessions: Sessions, session, clock):
        later = Release("rp", "sub-2", "sid-other", frozenset({"openid"}), b"new")
        assert sessions.release(session, later, now=clock.now())
        asked = sessions.sign_on(session, REQUEST, signed_on(clock), now=clock.now())
        assert asked == Asked(facts(clock), replace(later, sid="sid-rp"))

    def test_a_release_that_tells_for_whom_the_citizen_acts_answers_until_that_runs_out(
        self, sessions: Sessions, session, clock
    ):
        assert sessions.chosen(session, "rp", now=clock.now()) is None
        for chosen in ("standing-1", "", None):
            made = replace(release(), acting_for=chosen, good_until=clock.now() + 60)
            assert sessions.release(session, made, now=clock.now())
            assert sessions.chosen(session, "rp", now=clock.now()) == chosen
        assert sessions.chosen(session, "other", now=clock.now()) is None
        clock.advance(59)
        assert sign_on(sessions, session, clock)
        clock.advance(1)
        asked = sessions.sign_on(session, REQUEST, signed_on(clock), now=clock.now())
        assert isinstance(asked, Asked)
        assert sessions.release(session, release(), now=clock.now())
        assert sign_on(sessions, session, clock)

    def test_whom_the_citizen_acts_for_leaves_with_the_release(self, sessions: Sessions, grants, session, clock):
        assert sessions.release(session, replace(release(), acting_for="standing-1"), now=clock.now())
        grants.revoke_client("citizen-1", "rp", now=clock.now())
        assert sessions.chosen(session, "rp", now=clock.now()) is None
        clock.advance(1800)
        assert sessions.chosen(session, "rp", now=clock.now()) is None

    def test_a_release_answers_the_request_for_claims_it_was_made_for_and_no_other(
        self, sessions: Sessions, grants, session, clock
    ):
        asking = replace(REQUEST, asked="request-1")
        assert isinstance(sessions.sign_on(session, asking, signed_on(clock), now=clock.now()), Asked)
        assert sessions.release(session, replace(release(), asked="request-1"), now=clock.now())
        issued = redeem(grants, sign_on(sessions, session, clock, asking), clock)
        assert issued.grant.asked == "request-1"
        for other in ("", "request-2"):
            wanted = replace(REQUEST, asked=other)
            assert isinstance(sessions.sign_on(session, wanted, signed_on(clock), now=clock.now()), Asked)

    @pytest.mark.parametrize(
        "demand",
        [
            {"client_id": "stranger"},
            {"scope": ("openid", "address")},
            {"scope": ("open",)},
            {"scope": ("profile phone",), "minimum_level": 3},
            {"minimum_level": 3},
            {"expected_sub": "sub-2"},
            {"expected_sub": ""},
            {"authenticated_since": 1_735_689_600.5},
        ],
    )
    def test_a_session_that_does_not_satisfy_is_asked_about_and_writes_nothing(
        self, sessions: Sessions, outbox: Outbox, session, clock, demand
    ):
        wanted = replace(REQUEST, **demand)
        known = release() if wanted.client_id == "rp" else None
        assert sessions.sign_on(session, wanted, signed_on(clock), now=clock.now()) == Asked(facts(clock), known)
        assert outbox.drain(KeptLog()) == 0

    def test_a_sign_on_completes_its_event_with_citizen_and_level(self, sessions, outbox, session, clock):
        satisfied = replace(REQUEST, minimum_level=2, expected_sub="sub-1", authenticated_since=clock.now())
        granted = sessions.sign_on(session, satisfied, signed_on(clock), now=clock.now())
        assert (granted.level, granted.citizen_id) == (2, "citizen-1")
        log = KeptLog()
        assert outbox.drain(log) == 1
        assert list(log.events.values()) == [replace(signed_on(clock), citizen_id="citizen-1", level=2)]

    def test_live_sessions_are_listed_newest_first(self, sessions: Sessions, clock):
        for handle in ("h1", "h2", "h3"):
            sessions.open(facts(clock, handle=handle), now=clock.now())
            clock.advance(1)
        sessions.open(facts(clock, "citizen-2"), now=clock.now())
        assert [f.handle for f in sessions.of_citizen("citizen-1", now=clock.now())] == ["h3", "h2", "h1"]

    def test_ending_tells_whom_to_tell_and_happens_once(self, sessions: Sessions, session, clock):
        sessions.release(session, release("rp2", "sub-b"), now=clock.now())
        ended = at_once(16, lambda _: sessions.end(session, now=clock.now()))
        told = [e for e in ended if e is not None]
        assert len(told) == 1
        assert told[0].citizen_id == "citizen-1"
        assert set(told[0].relying_parties) == {("rp", "sub-1", "sid-rp"), ("rp2", "sub-b", "sid-rp2")}
        assert sessions.read(session, now=clock.now()) is None

    def test_a_sleeping_session_can_still_be_ended_so_that_its_relying_parties_are_told(self, sessions, session, clock):
        clock.advance(1800)
        assert sessions.owner(session, now=clock.now()) == "citizen-1"
        assert sessions.read(session, now=clock.now()) is None
        assert sessions.end(session, now=clock.now()) == EndedSession("citizen-1", (("rp", "sub-1", "sid-rp"),))
        assert sessions.owner(session, now=clock.now()) is None

    def test_ending_a_session_ends_its_grants_but_not_the_offline_ones(self, sessions, grants, session, clock):
        bound = redeem(grants, sign_on(sessions, session, clock), clock)
        offline = redeem(grants, sign_on(sessions, session, clock, OFFLINE), clock)
        unredeemed = sign_on(sessions, session, clock)
        other = sessions.open(facts(clock, handle="h2"), now=clock.now())
        sessions.release(other, release(), now=clock.now())
        elsewhere = redeem(grants, sign_on(sessions, other, clock), clock)
        sessions.end(session, now=clock.now())
        assert grants.inspect(bound.access_token, now=clock.now()) is None
        assert rotate(grants, bound.refresh_token, clock) is None
        assert redeem(grants, unredeemed, clock) is None
        assert grants.inspect(offline.access_token, now=clock.now()).grant.offline
        assert grants.inspect(elsewhere.access_token, now=clock.now()) is not None

    def test_by_its_handle_only_the_owner_ends_a_session(self, sessions: Sessions, session, clock):
        for n in range(80):
            assert sessions.end_by_handle(f"other-{n}", "h1", now=clock.now()) is None
        assert sessions.end_by_handle("citizen-1", "h9", now=clock.now()) is None
        assert sessions.end_by_handle("citizen-1", "h1", now=clock.now()).citizen_id == "citizen-1"
        assert sessions.read(session, now=clock.now()) is None

    def test_end_all_ends_everything_of_one_citizen_and_nothing_of_another(self, sessions, grants, session, clock):
        codes = [sign_on(sessions, session, clock), sign_on(sessions, session, clock, OFFLINE)]
        mine = [redeem(grants, code, clock) for code in codes]
        second = sessions.open(facts(clock, handle="h2"), now=clock.now())
        others = {}
        for n in range(80):  # some share the shard
            token = sessions.open(facts(clock, f"other-{n}"), now=clock.now())
            sessions.release(token, release(), now=clock.now())
            others[token] = redeem(grants, sign_on(sessions, token, clock), clock)
        ended = sessions.end_all("citizen-1", now=clock.now())
        assert len(ended) == 2
        assert {e.citizen_id for e in ended} == {"citizen-1"}
        assert [sessions.read(t, now=clock.now()) for t in (session, second)] == [None, None]
        assert [grants.inspect(i.access_token, now=clock.now()) for i in mine] == [None, None]
        assert [rotate(grants, i.refresh_token, clock) for i in mine] == [None, None]
        for token, issued in others.items():
            assert sessions.read(token, now=clock.now()) is not None
            assert grants.inspect(issued.access_token, now=clock.now()) is not None

    def test_end_all_keeps_one_session_with_its_grants(self, sessions, grants, session, clock):
        kept = redeem(grants, sign_on(sessions, session, clock, OFFLINE), clock)
        other = sessions.open(facts(clock, handle="h2"), now=clock.now())
        sessions.release(other, release(), now=clock.now())
        gone = redeem(grants, sign_on(sessions, other, clock, OFFLINE), clock)
        assert len(sessions.end_all("citizen-1", now=clock.now(), keep=session)) == 1
        assert sessions.read(session, now=clock.now()) is not None
        assert grants.inspect(kept.access_token, now=clock.now()) is not None
        assert sessions.read(other, now=clock.now()) is None
        assert grants.inspect(gone.access_token, now=clock.now()) is None

    def test_end_all_keeps_nothing_for_a_token_that_is_not_the_citizens(self, sessions, grants, session, clock):
        issued = redeem(grants, sign_on(sessions, session, clock), clock)
        foreign = sessions.open(facts(clock, "citizen-2"), now=clock.now())
        assert len(sessions.end_all("citizen-1", now=clock.now(), keep=foreign)) == 1
        assert grants.inspect(issued.access_token, now=clock.now()) is None
        assert sessions.read(foreign, now=clock.now()) is not None

    def test_end_all_ends_offline_grants_of_sessions_that_ended_before(self, sessions, grants, session, clock):
        offline = redeem(grants, sign_on(sessions, session, clock, OFFLINE), clock)
        sessions.end(session, now=clock.now())
        assert sessions.end_all("citizen-1", now=clock.now()) == []
        assert grants.inspect(offline.access_token, now=clock.now()) is None
