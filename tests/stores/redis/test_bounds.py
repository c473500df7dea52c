"""Nothing that a citizen, a client or an attacker repeats grows without end."""

from idp.domain.ports import Limit, Replayed
from idp.stores.redis.sessions import RedisSessions
from idp.system import SystemRandomness
from tests.contract.sign_on import OFFLINE, facts, redeem, release, rotate, sign_on


def test_of_too_many_sessions_the_oldest_ends_with_its_grants(wire, grants, clock):
    sessions = RedisSessions(wire, SystemRandomness(), most_sessions=3)
    tokens, issued = [], []
    for n in range(5):
        tokens.append(sessions.open(facts(clock, handle=f"h{n}"), now=clock.now()))
        sessions.release(tokens[-1], release(), now=clock.now())
        issued.append(redeem(grants, sign_on(sessions, tokens[-1], clock), clock))
        clock.advance(1)
    assert [f.handle for f in sessions.of_citizen("citizen-1", now=clock.now())] == ["h4", "h3", "h2"]
    assert [sessions.read(token, now=clock.now()) is None for token in tokens] == [True, True, False, False, False]
    inspected = [grants.inspect(i.access_token, now=clock.now()) is None for i in issued]
    assert inspected == [True, True, False, False, False]


def test_of_too_many_grants_the_one_nearest_its_end_gives_way_never_the_new_one(wire, grants, deployment, clock):
    sessions = RedisSessions(wire, SystemRandomness(), most_grants=3)
    token = sessions.open(facts(clock), now=clock.now())
    sessions.release(token, release(), now=clock.now())
    issued = []
    for _ in range(5):
        issued.append(redeem(grants, sign_on(sessions, token, clock, OFFLINE), clock))
        clock.advance(1)
    assert isinstance(sign_on(sessions, token, clock), str)
    alive = [grants.inspect(i.access_token, now=clock.now()) is not None for i in issued]
    assert alive == [False, False, False, True, True]
    (index,) = [key for key in deployment.lives() if b":cg:" in key]
    assert deployment.nodes[0].zcard(index) == 3


def test_dead_grants_leave_the_index_when_a_new_one_enters(sessions, deployment, clock):
    token = sessions.open(facts(clock), now=clock.now())
    sessions.release(token, release(), now=clock.now())
    for _ in range(10):
        sign_on(sessions, token, clock)
        clock.advance(600)
    (index,) = [key for key in deployment.lives() if b":cg:" in key]
    assert deployment.nodes[0].zcard(index) == 1


def test_a_grant_keeps_eight_access_tokens_and_a_constant_number_of_fields(sessions, grants, deployment, clock):
    token = sessions.open(facts(clock), now=clock.now())
    sessions.release(token, release(), now=clock.now())
    issued = [redeem(grants, sign_on(sessions, token, clock, OFFLINE), clock)]
    for _ in range(20):
        issued.append(rotate(grants, issued[-1].refresh_token, clock))
    alive = [grants.inspect(i.access_token, now=clock.now()) is not None for i in issued]
    assert alive == [False] * 13 + [True] * 8
    key = _grant_key(deployment)
    fields = deployment.nodes[0].hlen(key)
    rotate(grants, issued[-1].refresh_token, clock)
    assert deployment.nodes[0].hlen(key) == fields <= 21


def test_used_refresh_tokens_are_remembered_up_to_4096_and_the_oldest_forgotten(sessions, grants, deployment, clock):
    token = sessions.open(facts(clock), now=clock.now())
    sessions.release(token, release(), now=clock.now())
    issued = redeem(grants, sign_on(sessions, token, clock, OFFLINE), clock)
    key = _grant_key(deployment)
    deployment.nodes[0].hset(key, "spent", b"\0" * 16 * 4095)
    latest = rotate(grants, issued.refresh_token, clock)
    latest = rotate(grants, latest.refresh_token, clock)
    assert deployment.nodes[0].hstrlen(key, "spent") == 16 * 4096
    assert rotate(grants, issued.refresh_token, clock) == Replayed(issued.grant.id)


def test_a_renewed_session_is_in_the_index_once(sessions, deployment, clock):
    token = sessions.open(facts(clock), now=clock.now())
    for _ in range(5):
        token = sessions.renew(token, facts(clock), now=clock.now())
    (index,) = [key for key in deployment.lives() if b":cs:" in key]
    assert deployment.nodes[0].zcard(index) == 1


def test_a_window_remembers_no_more_hits_than_it_allows(limits, deployment, clock):
    limit = Limit("sends", 3, 60)
    for _ in range(20):
        limits.hit([(limit, "k")], now=clock.now())
        clock.advance(30)
    (window,) = deployment.lives()
    assert deployment.nodes[0].llen(window) <= 3


def test_a_tombstone_knows_replays_of_code_and_refresh_token_for_ten_minutes(sessions, grants, deployment, clock):
    token = sessions.open(facts(clock), now=clock.now())
    sessions.release(token, release(), now=clock.now())
    code = sign_on(sessions, token, clock)
    issued = redeem(grants, code, clock)
    replayed = Replayed(issued.grant.id)
    assert redeem(grants, code, clock) == replayed
    assert deployment.lives()[_grant_key(deployment)] <= 600_000
    clock.advance(300)
    assert [redeem(grants, code, clock), rotate(grants, issued.refresh_token, clock)] == [replayed, replayed]
    clock.advance(300)
    assert [redeem(grants, code, clock), rotate(grants, issued.refresh_token, clock)] == [None, None]


def test_a_tombstone_never_outlives_what_it_stands_for(sessions, grants, clock):
    token = sessions.open(facts(clock), now=clock.now())
    sessions.release(token, release(), now=clock.now())
    code = sign_on(sessions, token, clock)
    issued = redeem(grants, code, clock, refresh_seconds=None)
    clock.advance(500)
    assert redeem(grants, code, clock) == Replayed(issued.grant.id)
    clock.advance(100)
    assert redeem(grants, code, clock) is None


def _grant_key(deployment):
    (key,) = [key for key in deployment.lives() if b":g:" in key]
    return key
