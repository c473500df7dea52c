"""What every store of grants promises: each artefact once, each for its own client, each for its own purpose."""

from dataclasses import replace

import pytest

from idp.domain.ports import Grant, Grants, Issued, Mismatch, Replayed, Sessions
from tests.contract.grant_targets import (
    GrantKeysContract,
    GrantResourcesContract,
    IssuedElsewhereContract,
    RefreshGraceContract,
)
from tests.contract.sign_on import OFFLINE, REQUEST, SEALED, InASession, facts, redeem, release, rotate, sign_on
from tests.contract.threads import at_once

MANGLINGS = [
    lambda t: t[:-1],
    lambda t: t + "A",
    lambda t: t + "\n",
    lambda t: t.swapcase(),
    lambda t: t.replace(".", ":"),
    lambda t: t[:19] + "A" * 43,
    lambda t: "ff" + t[2:],
    lambda _: "*",
    lambda _: "",
    lambda _: "令牌",
]


class GrantsContract(
    GrantKeysContract, GrantResourcesContract, RefreshGraceContract, IssuedElsewhereContract, InASession
):
    """Fixtures: ``sessions`` (idle life 1800 s, absolute 43200 s), ``grants``, ``clock``."""

    @pytest.fixture
    def code(self, sessions: Sessions, session, clock) -> str:
        return sign_on(sessions, session, clock)

    @pytest.fixture
    def issued(self, grants: Grants, code, clock) -> Issued:
        tokens = redeem(grants, code, clock)
        assert isinstance(tokens, Issued)
        return tokens

    def test_a_code_gives_the_grant_that_was_signed_on_to(self, sessions, grants, session, clock):
        now = clock.now()
        code = sign_on(sessions, session, clock)
        clock.advance(30)
        issued = redeem(grants, code, clock)
        expected = Grant(
            id=issued.grant.id,
            client_id="rp",
            citizen_id="citizen-1",
            sub="sub-1",
            sid="sid-rp",
            scope=("openid", "profile"),
            redirect_uri="https://rp.example/cb",
            nonce='n"1\\',
            auth_time=now,
            amr=("pwd", "otp"),
            level=2,
            offline=False,
            claims=SEALED,
        )
        assert issued.grant == expected
        assert issued.expires_in == 300
        assert grants.inspect(issued.access_token, now=clock.now()).grant == expected

    def test_without_a_refresh_life_there_is_no_refresh_token(self, grants: Grants, code, clock):
        issued = redeem(grants, code, clock, refresh_seconds=None)
        assert issued.refresh_token is None
        assert grants.inspect(issued.access_token, now=clock.now()) is not None

    def test_of_16_redemptions_of_one_code_exactly_one_wins(self, grants: Grants, code, clock):
        answers = at_once(16, lambda _: redeem(grants, code, clock))
        won = [a for a in answers if isinstance(a, Issued)]
        assert len(won) == 1
        assert sum(isinstance(a, Replayed) for a in answers) == 15
        assert grants.inspect(won[0].access_token, now=clock.now()) is None

    def test_a_replayed_code_revokes_its_grant_and_never_mints(self, grants: Grants, code, issued, clock):
        assert redeem(grants, code, clock) == Replayed(issued.grant.id)
        assert grants.inspect(issued.access_token, now=clock.now()) is None
        assert rotate(grants, issued.refresh_token, clock) in {None, Replayed(issued.grant.id)}
        for seconds in (1, 300, 300, 86400):
            assert redeem(grants, code, clock) in {None, Replayed(issued.grant.id)}
            clock.advance(seconds)
        assert redeem(grants, code, clock) is None

    @pytest.mark.parametrize(
        ("presented", "what"),
        [
            ({"client_id": "other"}, "client"),
            ({"redirect_uri": "https://rp.example/cb/"}, "redirect_uri"),
            ({"code_challenge": "other"}, "code_verifier"),
            ({"code_challenge": ""}, "code_verifier"),
        ],
    )
    def test_a_mismatch_is_named_and_changes_nothing(self, grants: Grants, code, clock, presented, what):
        assert redeem(grants, code, clock, **presented) == Mismatch(what)
        assert isinstance(redeem(grants, code, clock), Issued)

    def test_a_stranger_with_a_used_code_ends_nothing(self, grants: Grants, code, issued, clock):
        assert redeem(grants, code, clock, client_id="stranger") is None
        assert grants.inspect(issued.access_token, now=clock.now()) is not None

    def test_a_code_expires_by_the_clock(self, grants: Grants, code, clock):
        clock.advance(60)
        assert redeem(grants, code, clock) is None

    def test_an_access_token_expires_by_the_clock(self, grants: Grants, issued, clock):
        clock.advance(299.9)
        assert grants.inspect(issued.access_token, now=clock.now()) is not None
        clock.advance(0.1)
        assert grants.inspect(issued.access_token, now=clock.now()) is None

    def test_a_refresh_token_expires_by_the_clock(self, sessions, grants: Grants, session, clock):
        issued = redeem(grants, sign_on(sessions, session, clock, OFFLINE), clock, refresh_seconds=1000)
        clock.advance(1000)
        assert rotate(grants, issued.refresh_token, clock) is None

    def test_a_refresh_token_expires_although_an_access_token_of_its_grant_lives(
        self, sessions, grants, session, clock
    ):
        code = sign_on(sessions, session, clock, OFFLINE)
        issued = redeem(grants, code, clock, access_seconds=5000, refresh_seconds=1000)
        clock.advance(1000)
        assert rotate(grants, issued.refresh_token, clock) is None
        assert not grants.revoke(issued.refresh_token, client_id="rp", now=clock.now())
        assert grants.inspect(issued.access_token, now=clock.now()) is not None

    def test_a_grant_that_was_extended_is_still_found_when_everything_ends(self, sessions, grants, session, clock):
        issued = redeem(grants, sign_on(sessions, session, clock, OFFLINE), clock, access_seconds=3000)
        clock.advance(700)
        sign_on(sessions, session, clock)
        sessions.end_all("citizen-1", now=clock.now())
        assert grants.inspect(issued.access_token, now=clock.now()) is None
        assert rotate(grants, issued.refresh_token, clock) is None

    def test_what_is_not_offline_ends_with_the_absolute_life_of_its_session(self, sessions, grants, session, clock):
        bound = redeem(grants, sign_on(sessions, session, clock), clock)
        offline = redeem(grants, sign_on(sessions, session, clock, OFFLINE), clock)
        clock.advance(43200 - 100)
        later = rotate(grants, bound.refresh_token, clock)
        assert later.expires_in == 100
        clock.advance(100)
        assert grants.inspect(later.access_token, now=clock.now()) is None
        assert rotate(grants, later.refresh_token, clock) is None
        assert isinstance(rotate(grants, offline.refresh_token, clock), Issued)

    def test_of_16_rotations_of_one_token_exactly_one_wins(self, grants: Grants, issued, clock):
        answers = at_once(16, lambda _: rotate(grants, issued.refresh_token, clock))
        won = [a for a in answers if isinstance(a, Issued)]
        assert len(won) == 1
        assert sum(isinstance(a, Replayed) for a in answers) == 15
        assert grants.inspect(won[0].access_token, now=clock.now()) is None

    def test_each_rotation_gives_new_tokens_and_keeps_the_grant(self, grants: Grants, issued, clock):
        latest, seen = issued, {issued.refresh_token, issued.access_token}
        for _ in range(20):
            clock.advance(10)
            latest = rotate(grants, latest.refresh_token, clock)
            assert latest.grant == issued.grant
            assert not seen & {latest.refresh_token, latest.access_token}
            seen |= {latest.refresh_token, latest.access_token}
        assert grants.inspect(latest.access_token, now=clock.now()).grant == issued.grant

    def test_a_replayed_refresh_token_revokes_the_family(self, grants: Grants, issued, clock):
        latest = issued
        for _ in range(5):
            latest = rotate(grants, latest.refresh_token, clock)
        assert rotate(grants, issued.refresh_token, clock) == Replayed(issued.grant.id)
        assert rotate(grants, latest.refresh_token, clock) in {None, Replayed(issued.grant.id)}
        assert grants.inspect(latest.access_token, now=clock.now()) is None

    def test_a_stranger_with_a_refresh_token_changes_nothing(self, grants: Grants, issued, clock):
        assert rotate(grants, issued.refresh_token, clock, client_id="stranger") == Mismatch("client")
        latest = rotate(grants, issued.refresh_token, clock)
        assert rotate(grants, issued.refresh_token, clock, client_id="stranger") is None
        assert isinstance(rotate(grants, latest.refresh_token, clock), Issued)

    def test_a_guess_in_the_name_of_a_grant_is_nothing_and_changes_nothing(self, grants: Grants, issued, clock):
        guess = issued.refresh_token[:19] + "A" * 43
        assert rotate(grants, guess, clock) is None
        assert redeem(grants, guess, clock) is None
        assert grants.inspect(guess, now=clock.now()) is None
        assert isinstance(rotate(grants, issued.refresh_token, clock), Issued)

    def test_a_narrowed_token_is_narrow_and_the_next_may_be_whole_again(self, grants: Grants, issued, clock):
        narrow = rotate(grants, issued.refresh_token, clock, scope=frozenset({"openid"}))
        assert narrow.grant.scope == ("openid",)
        assert grants.inspect(narrow.access_token, now=clock.now()).grant.scope == ("openid",)
        assert grants.inspect(issued.access_token, now=clock.now()).grant.scope == ("openid", "profile")
        assert rotate(grants, narrow.refresh_token, clock).grant.scope == ("openid", "profile")

    @pytest.mark.parametrize("scope", [{"openid", "phone"}, {"pro"}, {"openid profile phone"}, {""}, set()])
    def test_a_wider_scope_is_a_mismatch_and_changes_nothing(self, grants: Grants, issued, clock, scope):
        assert rotate(grants, issued.refresh_token, clock, scope=frozenset(scope)) == Mismatch("scope")
        assert isinstance(rotate(grants, issued.refresh_token, clock), Issued)

    def test_no_kind_of_token_passes_for_another_kind(self, sessions, grants: Grants, session, issued, clock):
        code = sign_on(sessions, session, clock)
        kinds = {"session": session, "code": code, "access": issued.access_token, "refresh": issued.refresh_token}
        for kind, token in kinds.items():
            if kind != "session":
                assert sessions.read(token, now=clock.now()) is None
                assert sessions.end(token, now=clock.now()) is None
            if kind != "code":
                assert redeem(grants, token, clock) is None
            if kind != "access":
                assert grants.inspect(token, now=clock.now()) is None
            if kind != "refresh":
                assert rotate(grants, token, clock) is None
            if kind in {"session", "code"}:
                assert not grants.revoke(token, client_id="rp", now=clock.now())
        assert isinstance(redeem(grants, code, clock), Issued)
        assert isinstance(rotate(grants, issued.refresh_token, clock), Issued)

    @pytest.mark.parametrize("mangle", MANGLINGS)
    def test_a_mangled_token_is_nothing_and_harms_nothing(self, grants: Grants, issued, clock, mangle):
        for token in (issued.access_token, issued.refresh_token):
            assert redeem(grants, mangle(token), clock) is None
            assert rotate(grants, mangle(token), clock) is None
            assert grants.inspect(mangle(token), now=clock.now()) is None
            assert not grants.revoke(mangle(token), client_id="rp", now=clock.now())
        assert grants.inspect(issued.access_token, now=clock.now()) is not None
        assert isinstance(rotate(grants, issued.refresh_token, clock), Issued)

    def test_revoking_an_access_token_ends_it_alone(self, grants: Grants, issued, clock):
        second = rotate(grants, issued.refresh_token, clock)
        assert grants.revoke(issued.access_token, client_id="rp", now=clock.now())
        assert not grants.revoke(issued.access_token, client_id="rp", now=clock.now())
        assert grants.inspect(issued.access_token, now=clock.now()) is None
        assert grants.inspect(second.access_token, now=clock.now()) is not None
        assert isinstance(rotate(grants, second.refresh_token, clock), Issued)

    def test_revoking_a_refresh_token_ends_its_grant(self, grants: Grants, code, issued, clock):
        assert grants.revoke(issued.refresh_token, client_id="rp", now=clock.now())
        assert grants.inspect(issued.access_token, now=clock.now()) is None
        assert rotate(grants, issued.refresh_token, clock) is None
        assert redeem(grants, code, clock) is None

    def test_nobody_revokes_another_clients_tokens(self, grants: Grants, issued, clock):
        for token in (issued.access_token, issued.refresh_token):
            assert not grants.revoke(token, client_id="stranger", now=clock.now())
        assert grants.inspect(issued.access_token, now=clock.now()) is not None

    def test_disconnecting_a_client_ends_its_grants_and_releases_and_nobody_elses(
        self, sessions, grants, session, clock
    ):
        other_request = replace(REQUEST, client_id="rp2")
        sessions.release(session, release("rp2"), now=clock.now())
        mine = [redeem(grants, sign_on(sessions, session, clock, r), clock) for r in (REQUEST, OFFLINE)]
        other = redeem(grants, sign_on(sessions, session, clock, other_request), clock, client_id="rp2")
        assert grants.revoke_client("citizen-1", "rp", now=clock.now()) == 2
        assert grants.revoke_client("citizen-1", "rp", now=clock.now()) == 0
        assert [grants.inspect(i.access_token, now=clock.now()) for i in mine] == [None, None]
        assert grants.inspect(other.access_token, now=clock.now()) is not None
        assert sessions.end(session, now=clock.now()).relying_parties == (("rp2", "sub-1", "sid-rp2"),)

    def test_parallel_citizens_are_never_mixed(self, sessions: Sessions, grants: Grants, clock):
        def live(number: int) -> set[str]:
            me = f"citizen-{number}"
            token = sessions.open(facts(clock, me), now=clock.now())
            sessions.release(token, release(sub=f"sub of {me}"), now=clock.now())
            met = set()
            for _ in range(25):
                issued = redeem(grants, sign_on(sessions, token, clock), clock)
                again = rotate(grants, issued.refresh_token, clock)
                grant = grants.inspect(again.access_token, now=clock.now()).grant
                met |= {issued.grant.citizen_id, grant.citizen_id, sessions.read(token, now=clock.now()).citizen_id}
                met |= {grant.sub.removeprefix("sub of "), issued.grant.sub.removeprefix("sub of ")}
            return met

        assert at_once(8, live) == [{f"citizen-{number}"} for number in range(8)]
