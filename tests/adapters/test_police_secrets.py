"""Secrets of the exchange platforms: renewed in time, kept as one value, replaced when they ended."""

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from idp.domain.channel import Outcome, Verified
from idp.domain.errors import Unavailable
from tests.adapters.police import LI_SI, ZHANG_SAN, ask, channel_of
from tests.adapters.rigs import World

# The profiles with a short-lived secret, and the operation that fetches it.
FETCHES = [
    ("gateway", "token"),
    ("gateway_json", "token"),
    ("national", "refresh"),
    ("national_json", "refresh"),
    ("md5", "refresh"),
]

# ---- secrets of the platforms ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(("profile", "fetch"), FETCHES)
def test_a_secret_serves_many_calls_and_is_renewed_before_it_ends(profile: str, fetch: str):
    world = World(national_seconds=600)
    channel = channel_of(world, profile)
    for _ in range(3):
        assert isinstance(ask(channel, ZHANG_SAN), Verified)
    assert len(world.requests(fetch)) == 1
    world.clock.advance(590)
    assert isinstance(ask(channel, ZHANG_SAN), Verified)
    assert len(world.requests(fetch)) == 2
    assert all(row["verdict"] == "verified" for row in world.requests(fetch))


@pytest.mark.parametrize(("profile", "fetch"), FETCHES)
def test_the_old_secret_serves_on_while_it_lives_and_the_platform_gives_no_new_one(profile: str, fetch: str):
    world = World(national_seconds=600)
    channel = channel_of(world, profile)
    assert isinstance(ask(channel, ZHANG_SAN), Verified)
    world.fault("police", "http_502", operation=fetch)
    world.clock.advance(590)
    assert isinstance(ask(channel, ZHANG_SAN), Verified)
    world.clock.advance(11)
    with pytest.raises(Unavailable):
        ask(channel, ZHANG_SAN)


def test_two_workers_that_fetch_tokens_at_the_same_time_each_sign_with_their_own_time():
    world = World()
    workers = [channel_of(world, seed=seed) for seed in (1, 2)]
    assert isinstance(ask(workers[0], ZHANG_SAN), Verified)
    world.clock.advance(1)
    assert isinstance(ask(workers[1], ZHANG_SAN), Verified)
    world.clock.advance(1)
    for worker in workers * 2:
        assert isinstance(ask(worker, LI_SI), Verified)
    assert len(world.requests("token")) == 2
    assert {row["verdict"] for row in world.requests("2109")} == {"verified"}


def test_sixteen_threads_of_one_worker_fetch_one_token():
    world = World()
    channel = channel_of(world)
    barrier = threading.Barrier(16)

    def one(_: int) -> Outcome:
        barrier.wait()
        return ask(channel, ZHANG_SAN)

    with ThreadPoolExecutor(16) as pool:
        outcomes = list(pool.map(one, range(16)))
    assert all(isinstance(outcome, Verified) for outcome in outcomes)
    assert len(world.requests("token")) == 1


def test_a_token_that_ended_early_at_the_gateway_is_replaced_once():
    world = World(gateway_seconds=600)
    channel = channel_of(world)
    assert isinstance(ask(channel, ZHANG_SAN), Verified)
    # The gateway's clock runs ahead: for it the token has ended, for us it lives.
    world.control.put("/__control/clock", json={"advance": 299})
    world.clock.advance(301)
    assert isinstance(ask(channel, ZHANG_SAN), Verified)
    assert [row["verdict"] for row in world.requests("2109")] == ["verified", "refused: gateway 403", "verified"]


@pytest.mark.parametrize("profile", ["gateway", "gateway_json", "national", "national_json", "md5", "csb"])
def test_a_wrong_key_of_ours_is_unavailable_and_alerts(profile: str):
    world = World()
    changed = (
        {"app_key": "not the key"} if profile.startswith(("gateway", "national")) else {"app_secret": "not the key"}
    )
    with pytest.raises(Unavailable) as caught:
        ask(channel_of(world, profile, **changed), ZHANG_SAN)
    assert caught.value.alert or profile in {"national", "national_json"}


def test_a_clock_of_ours_that_is_six_minutes_off_is_refused_by_the_platform():
    world = World()
    world.control.put("/__control/clock", json={"advance": 360})
    with pytest.raises(Unavailable):
        ask(channel_of(world), ZHANG_SAN)


def test_an_address_that_is_not_on_the_list_is_refused_and_one_that_is_passes():
    world = World(allowed_addresses=frozenset({"10.1.2.3"}))
    with pytest.raises(Unavailable):
        ask(channel_of(world), ZHANG_SAN)
    assert isinstance(ask(channel_of(world, caller_address="10.1.2.3"), ZHANG_SAN), Verified)


def test_the_newer_national_generation_is_spoken_too():
    assert isinstance(ask(channel_of(World(), "national", national_prefix="gjzwfwpt"), ZHANG_SAN), Verified)


def test_a_national_secret_that_the_platform_dropped_early_is_replaced_at_the_next_check():
    world = World(national_seconds=400)
    channel = channel_of(world, "national")
    assert isinstance(ask(channel, ZHANG_SAN), Verified)
    # The platform's clock runs ahead: for it the secret has ended, for us it lives.
    world.control.put("/__control/clock", json={"advance": 299})
    world.clock.advance(150)
    with pytest.raises(Unavailable) as caught:
        ask(channel, ZHANG_SAN)
    assert caught.value.alert
    assert isinstance(ask(channel, ZHANG_SAN), Verified)
    assert len(world.requests("refresh")) == 2
