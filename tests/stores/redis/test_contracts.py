"""Every suite of the ports, three times: embedded Valkey by the fast wire and by redis-py, and a three-node cluster."""

import pytest

from idp.stores.redis.wire import Wire
from tests.contract.breakers import BreakersContract
from tests.contract.store import (
    GrantsContract,
    LimitsContract,
    OneTimeCodesContract,
    OutboxContract,
    RecordsContract,
    SessionsContract,
)
from tests.contract.waiting import WaitingContract
from tests.valkey import Deployment


class ByRedisPy:
    @pytest.fixture
    def wire(self, client_wire: Wire) -> Wire:
        return client_wire


class InACluster:
    @pytest.fixture
    def deployment(self, cluster: Deployment) -> Deployment:
        return cluster

    @pytest.fixture
    def wire(self, cluster_wire: Wire) -> Wire:
        return cluster_wire


class TestRecords(RecordsContract): ...


class TestRecordsByRedisPy(ByRedisPy, RecordsContract): ...


@pytest.mark.cluster
class TestRecordsInACluster(InACluster, RecordsContract): ...


class TestWaiting(WaitingContract): ...


class TestWaitingByRedisPy(ByRedisPy, WaitingContract): ...


@pytest.mark.cluster
class TestWaitingInACluster(InACluster, WaitingContract): ...


class TestOneTimeCodes(OneTimeCodesContract): ...


class TestOneTimeCodesByRedisPy(ByRedisPy, OneTimeCodesContract): ...


@pytest.mark.cluster
class TestOneTimeCodesInACluster(InACluster, OneTimeCodesContract): ...


class TestLimits(LimitsContract): ...


class TestLimitsByRedisPy(ByRedisPy, LimitsContract): ...


@pytest.mark.cluster
class TestLimitsInACluster(InACluster, LimitsContract): ...


class TestSessions(SessionsContract): ...


class TestSessionsByRedisPy(ByRedisPy, SessionsContract): ...


@pytest.mark.cluster
class TestSessionsInACluster(InACluster, SessionsContract): ...


class TestGrants(GrantsContract): ...


class TestGrantsByRedisPy(ByRedisPy, GrantsContract): ...


@pytest.mark.cluster
class TestGrantsInACluster(InACluster, GrantsContract): ...


class TestOutbox(OutboxContract): ...


class TestOutboxByRedisPy(ByRedisPy, OutboxContract): ...


@pytest.mark.cluster
class TestOutboxInACluster(InACluster, OutboxContract): ...


class TestBreakers(BreakersContract): ...


class TestBreakersByRedisPy(ByRedisPy, BreakersContract): ...


@pytest.mark.cluster
class TestBreakersInACluster(InACluster, BreakersContract): ...
