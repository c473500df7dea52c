"""What a thief of the memory, or of a backup, would find; and that nothing stays for ever."""

import pytest

from idp.domain.ports import Delegation, NewGrant, ProofMark
from idp.stores.redis.wire import Wire
from tests.contract.sign_on import OFFLINE, facts, redeem, release, rotate, sign_on
from tests.contract.store import MOBILE, NAME, NUMBER
from tests.doubles import SteppingClock
from tests.valkey import Deployment


class EverythingLivedThrough:
    """One of everything the stores can hold, and the secrets that were handed out for it."""

    @pytest.fixture
    def secrets(self, records, one_time_codes, limits, sessions, grants, clock) -> list[str]:
        now, ends = clock.now(), clock.now() + 600
        records.create("journey-id", {"name": NAME, "number": NUMBER}, now=now, expires_at=ends)
        records.create("spent-id", {"name": NAME}, now=now, expires_at=ends)
        records.redeem("spent-id", version=1, note="done", now=now)
        one_time_codes.issue(f"sign_in:{MOBILE}", "482915", now=now, expires_at=ends, tries=5)
        limits.take_once("jti", "jti-of-a-token", now=now, expires_at=ends)
        first = sessions.open(facts(clock), now=now)
        session = sessions.renew(first, facts(clock), now=now)
        sessions.release(session, release(), now=now)
        unredeemed = sign_on(sessions, session, clock)
        code = sign_on(sessions, session, clock, OFFLINE)
        issued = redeem(grants, code, clock)
        rotated = rotate(grants, issued.refresh_token, clock)
        replayed = sign_on(sessions, session, clock)
        dead = redeem(grants, replayed, clock)
        redeem(grants, replayed, clock)
        new = NewGrant.approved(release(), facts(clock), ("openid",))
        issued_elsewhere = grants.issue(new, access_seconds=300, refresh_seconds=600, now=now)
        grants.inspect(issued_elsewhere.access_token, now=now, mark=ProofMark("jti-of-a-proof", ends))
        to = Delegation("portal", "https://tax.example", ("openid",), ("portal",))
        delegated = grants.delegate(issued_elsewhere.access_token, to, access_seconds=300, now=now)
        tokens = [first, session, unredeemed, code, replayed, delegated.access_token]
        tokens += [
            token for i in (issued, rotated, dead, issued_elsewhere) for token in (i.access_token, i.refresh_token)
        ]
        randoms = [token.partition(".")[2] for token in tokens]
        return [*randoms, "journey-id", "spent-id", "482915", "jti-of-a-token", "jti-of-a-proof", NAME, NUMBER, MOBILE]

    def test_no_token_no_code_and_no_person_is_kept_in_the_clear(self, secrets, deployment: Deployment):
        held = deployment.at_rest()
        assert len(held) > 2000
        assert [secret for secret in secrets if secret.encode() in held] == []

    def test_every_key_but_the_outbox_expires_by_itself(self, secrets, deployment: Deployment):
        lives = deployment.lives()
        assert len(lives) > 8
        assert all(key.endswith(b":outbox") for key, life in lives.items() if life < 0)
        assert max(lives.values()) <= 86400 * 1000


class TestEverythingLivedThrough(EverythingLivedThrough): ...


@pytest.mark.cluster
class TestEverythingLivedThroughInACluster(EverythingLivedThrough):
    @pytest.fixture
    def deployment(self, cluster: Deployment) -> Deployment:
        return cluster

    @pytest.fixture
    def wire(self, cluster_wire: Wire) -> Wire:
        return cluster_wire


def test_an_index_lives_as_long_as_the_longest_life_it_points_at(sessions, grants, clock, deployment: Deployment):
    token = sessions.open(facts(clock), now=clock.now())
    sessions.release(token, release(), now=clock.now())
    redeem(grants, sign_on(sessions, token, clock, OFFLINE), clock, refresh_seconds=30 * 86400)
    sign_on(sessions, token, clock)
    (life,) = [life for key, life in deployment.lives().items() if b":cg:" in key]
    assert life > 29 * 86400 * 1000


def test_expiry_in_the_server_is_relative_to_the_callers_clock(records, deployment: Deployment):
    long_ago = SteppingClock(1000.0)
    records.create("r", {}, now=long_ago.now(), expires_at=long_ago.now() + 600)
    (life,) = deployment.lives().values()
    assert 500_000 < life <= 600_000
