"""The server token of WeChat: its life, two workers, and when a refresh may be forced."""

import httpx
import orjson
import pytest

from idp.domain.errors import Unavailable
from tests.adapters.rigs import World
from tests.adapters.wechat import ZHANG_SAN, channel_of, fresh, resume


def polled(world: World, channel) -> None:
    step = channel.begin(fresh(ZHANG_SAN))
    resume(channel, fresh(ZHANG_SAN).awaiting(step.keep))


def test_a_token_is_fetched_once_and_again_five_minutes_before_its_end():
    world = World()
    channel = channel_of(world)
    polled(world, channel)
    world.clock.advance(6899)
    polled(world, channel)
    assert len(world.requests("stable_token")) == 1
    world.clock.advance(2)
    polled(world, channel)
    assert len(world.requests("stable_token")) == 2


def test_two_workers_do_not_take_each_others_token_away():
    world = World()
    first, second = channel_of(world), channel_of(world, seed=2)
    for _ in range(2):
        polled(world, first)
        polled(world, second)
    assert len(world.requests("stable_token")) == 2


def test_a_token_that_cannot_be_renewed_is_used_until_it_ends():
    world = World()
    channel = channel_of(world)
    polled(world, channel)
    world.clock.advance(7000)
    world.fault("wechat", "http_500", operation="stable_token")
    polled(world, channel)
    world.clock.advance(300)
    with pytest.raises(Unavailable):
        polled(world, channel)


class Forgetful(httpx.BaseTransport):
    """A sandbox whose tokens can be declared wrong or expired in front of it; it keeps what was asked for a token."""

    def __init__(self, under: httpx.BaseTransport) -> None:
        self.under = under
        self.refused: dict[str, int] = {}
        self.forced: list[bool] = []
        self.last = ""

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        if request.url.path.endswith("stable_token"):
            self.forced.append(orjson.loads(request.read())["force_refresh"])
        token = request.url.params.get("access_token", "")
        self.last = token or self.last
        if token in self.refused:
            body = orjson.dumps({"errcode": self.refused[token], "errmsg": "no rid: 1"})
            return httpx.Response(200, stream=httpx.ByteStream(body))
        return self.under.handle_request(request)


def test_a_refresh_is_forced_only_when_the_stable_token_itself_is_called_wrong():
    world = World()
    world.transport = transport = Forgetful(world.transport)  # type: ignore[assignment]
    channel = channel_of(world)
    polled(world, channel)
    transport.refused[transport.last] = 40001
    polled(world, channel)
    assert transport.forced == [False, False, True]


@pytest.mark.parametrize("code", [40014, 41001, 42001])
def test_any_other_refused_token_is_asked_for_once_more_and_never_forced(code: int):
    world = World()
    world.transport = transport = Forgetful(world.transport)  # type: ignore[assignment]
    channel = channel_of(world)
    polled(world, channel)
    transport.refused[transport.last] = code
    with pytest.raises(Unavailable) as caught:
        polled(world, channel)
    assert caught.value.alert
    assert transport.forced == [False, False]


def test_a_token_that_another_worker_forced_is_taken_without_forcing():
    world = World()
    world.transport = transport = Forgetful(world.transport)  # type: ignore[assignment]
    first, second = channel_of(world), channel_of(world, seed=2)
    polled(world, first)
    polled(world, second)
    transport.refused[transport.last] = 40001
    polled(world, first)
    transport.forced.clear()
    polled(world, second)
    assert transport.forced == [False]


def test_a_wrong_secret_is_our_own_fault_and_raises_an_alert():
    with pytest.raises(Unavailable) as caught:
        polled(World(), channel_of(World(), app_secret="wrong"))
    assert caught.value.alert
