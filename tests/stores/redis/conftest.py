"""The stores over whichever ``wire`` a test class names, on a server that is empty when the test begins."""

from collections.abc import Callable

import pytest

from idp.domain.ports import FieldCipher
from idp.stores.redis.breakers import RedisBreakers
from idp.stores.redis.grants import RedisGrants
from idp.stores.redis.limits import RedisLimits
from idp.stores.redis.one_time_codes import RedisOneTimeCodes
from idp.stores.redis.outbox import RedisOutbox
from idp.stores.redis.records import RedisRecords
from idp.stores.redis.sessions import RedisSessions
from idp.stores.redis.waiting import RedisWaitingRequests
from idp.stores.redis.wire import Wire
from idp.system import SystemRandomness
from tests.doubles import SteppingClock
from tests.valkey import (  # noqa: F401  fixtures
    Deployment,
    cipher,
    client_wire,
    cluster,
    cluster_wire,
    fast_wire,
    standalone,
)


@pytest.fixture
def clock() -> SteppingClock:
    return SteppingClock()


@pytest.fixture
def deployment(standalone: Deployment) -> Deployment:  # noqa: F811
    return standalone


@pytest.fixture
def wire(fast_wire: Wire) -> Wire:  # noqa: F811
    return fast_wire


@pytest.fixture
def at_rest(deployment: Deployment) -> Callable[[], bytes]:
    return deployment.at_rest


@pytest.fixture
def records(wire: Wire, cipher: FieldCipher) -> RedisRecords:  # noqa: F811
    return RedisRecords(wire, cipher, "journey")


@pytest.fixture
def other_records(wire: Wire, cipher: FieldCipher) -> RedisRecords:  # noqa: F811
    return RedisRecords(wire, cipher, "attempt")


@pytest.fixture
def waiting(wire: Wire, cipher: FieldCipher) -> RedisWaitingRequests:  # noqa: F811
    return RedisWaitingRequests(wire, cipher)


@pytest.fixture
def one_time_codes(wire: Wire, cipher: FieldCipher) -> RedisOneTimeCodes:  # noqa: F811
    return RedisOneTimeCodes(wire, cipher)


@pytest.fixture
def limits(wire: Wire, cipher: FieldCipher) -> RedisLimits:  # noqa: F811
    return RedisLimits(wire, cipher)


@pytest.fixture
def sessions(wire: Wire) -> RedisSessions:
    return RedisSessions(wire, SystemRandomness())


@pytest.fixture
def grants(wire: Wire) -> RedisGrants:
    return RedisGrants(wire, SystemRandomness())


@pytest.fixture
def outbox(wire: Wire) -> RedisOutbox:
    return RedisOutbox(wire)


@pytest.fixture
def breakers(wire: Wire) -> RedisBreakers:
    return RedisBreakers(wire)
