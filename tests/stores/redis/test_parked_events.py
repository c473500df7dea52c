"""Events that wait in Redis while the database is away: none is lost, none comes twice."""

import pytest

from idp.domain.errors import StoreUnavailable
from idp.stores.redis.parked_events import BATCH, RedisParkedEvents
from idp.stores.redis.wire import Wire
from tests.contract.announcing import event_for


class Kept:
    """A database that knows an event by its id, or is away."""

    def __init__(self) -> None:
        self.events = {}
        self.away = False

    def announce(self, events) -> None:
        if self.away:
            raise StoreUnavailable("sql: away")
        for event in events:
            self.events.setdefault(event.id, event)


@pytest.fixture
def parked(wire: Wire) -> RedisParkedEvents:
    return RedisParkedEvents(wire)


def test_what_was_parked_is_moved_as_it_was_oldest_first(parked):
    first, second = [event_for(detail={"sid": "one"}), event_for("bank", detail={})], [event_for()]
    parked.park(first)
    parked.park(second)
    kept = Kept()
    assert parked.move(kept) == 3
    assert list(kept.events.values()) == [*first, *second]
    assert parked.move(kept) == 0


def test_nothing_is_forgotten_while_the_database_is_away(parked):
    kept = Kept()
    parked.park([event := event_for()])
    kept.away = True
    for _ in range(3):
        with pytest.raises(StoreUnavailable):
            parked.move(kept)
    kept.away = False
    assert parked.move(kept) == 1
    assert list(kept.events.values()) == [event]


def test_a_long_outage_is_moved_in_pieces(parked):
    for _ in range(BATCH + 3):
        parked.park([event_for()])
    kept = Kept()
    assert [parked.move(kept), parked.move(kept), parked.move(kept)] == [BATCH, 3, 0]


def test_installations_on_one_server_do_not_meet(wire):
    RedisParkedEvents(wire, prefix="one:").park([event_for()])
    assert RedisParkedEvents(wire, prefix="two:").move(Kept()) == 0
