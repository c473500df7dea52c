"""The hot path is one round trip an operation: what the design promises, counted."""

import pytest

from idp.domain.ports import Delegation, Limit, NewGrant, ProofMark
from idp.stores.redis.grants import RedisGrants
from idp.stores.redis.limits import RedisLimits
from idp.stores.redis.outbox import RedisOutbox
from idp.stores.redis.records import RedisRecords
from idp.stores.redis.sessions import RedisSessions
from idp.stores.redis.wire import Wire
from idp.system import SystemRandomness
from tests.contract.outbox import KeptLog
from tests.contract.sign_on import facts, redeem, release, rotate, sign_on
from tests.valkey import CountingWire


@pytest.fixture
def counting(wire: Wire) -> CountingWire:
    return CountingWire(wire)


def test_each_operation_on_live_state_is_one_round_trip(counting: CountingWire, clock):
    sessions, grants = RedisSessions(counting, SystemRandomness()), RedisGrants(counting, SystemRandomness())

    def trips_of(operation):
        before = counting.round_trips
        answer = operation()
        assert counting.round_trips - before == 1
        return answer

    now = clock.now()
    token = trips_of(lambda: sessions.open(facts(clock), now=now))
    trips_of(lambda: sessions.release(token, release(), now=now))
    trips_of(lambda: sessions.read(token, now=now))
    code = trips_of(lambda: sign_on(sessions, token, clock))
    issued = trips_of(lambda: redeem(grants, code, clock))
    rotated = trips_of(lambda: rotate(grants, issued.refresh_token, clock))
    assert trips_of(lambda: grants.inspect(rotated.access_token, now=now)) is not None
    mark = ProofMark("key:jti", now + 300)
    assert trips_of(lambda: grants.inspect(rotated.access_token, now=now, mark=mark)) is not None
    to = Delegation("portal", "https://tax.example", ("openid",), ("portal",))
    assert trips_of(lambda: grants.delegate(rotated.access_token, to, access_seconds=300, now=now)) is not None
    new = NewGrant.approved(release(), facts(clock), ("openid",))
    trips_of(lambda: grants.issue(new, access_seconds=300, refresh_seconds=600, now=now))
    trips_of(lambda: grants.revoke(rotated.access_token, client_id="rp", now=now))
    trips_of(lambda: grants.revoke_client("citizen-1", "rp", now=now))
    renewed = trips_of(lambda: sessions.renew(token, facts(clock), now=now))
    trips_of(lambda: sessions.of_citizen("citizen-1", now=now))
    trips_of(lambda: sessions.end(renewed, now=now))
    trips_of(lambda: sessions.end_by_handle("citizen-1", "h1", now=now))
    trips_of(lambda: sessions.end_all("citizen-1", now=now))


def test_a_malformed_token_never_reaches_the_server(counting: CountingWire, clock):
    sessions, grants = RedisSessions(counting, SystemRandomness()), RedisGrants(counting, SystemRandomness())
    assert sessions.read("nonsense", now=clock.now()) is None
    assert grants.inspect("nonsense", now=clock.now()) is None
    assert counting.round_trips == 0


def test_records_and_limits_are_one_round_trip_each(counting: CountingWire, cipher, clock):
    records, limits = RedisRecords(counting, cipher, "journey"), RedisLimits(counting, cipher)
    now = clock.now()
    records.create("r", {}, now=now, expires_at=now + 60)
    records.read("r", now=now)
    records.replace("r", {}, version=1, now=now)
    records.redeem("r", version=2, note="", now=now)
    limits.hit([(Limit("a", 3, 60), "x"), (Limit("b", 3, 60), "y")], now=now)
    assert counting.round_trips == 5


def test_an_idle_drain_is_one_round_trip_and_a_busy_one_three(counting: CountingWire, wire: Wire, clock):
    outbox, busy = RedisOutbox(counting), RedisSessions(wire, SystemRandomness())
    assert outbox.drain(KeptLog()) == 0
    assert counting.round_trips == 1
    for n in range(20):
        token = busy.open(facts(clock, f"citizen-{n}"), now=clock.now())
        busy.release(token, release(), now=clock.now())
        sign_on(busy, token, clock)
    assert outbox.drain(KeptLog()) == 20
    assert counting.round_trips == 4
