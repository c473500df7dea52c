"""The sandbox as UnionPay and the banks: tries, the night, the masked log, a wrong set-up."""

import pytest

from adapters.sandbox.credentials import unionpay_settings
from idp.domain.channel import Form, Rejected
from idp.domain.errors import Distrusted, Unavailable
from tests.adapters.rigs import SANDBOX
from tests.adapters.unionpay import (
    LI_SI,
    ZHANG_SAN,
    a_world,
    channel_of,
    details,
)


def another(code: str) -> str:
    return f"{(int(code) + 1) % 1_000_000:06d}"


def test_a_card_is_asked_about_five_times_a_day():
    world = a_world(card_tries=5)
    channel = channel_of(world)
    for _ in range(5):
        assert isinstance(details(channel, world, {**ZHANG_SAN, "name": "张叁"})[1], Rejected)
    with pytest.raises(Unavailable, match="37"):
        details(channel, world, ZHANG_SAN)
    assert isinstance(details(channel, world, LI_SI)[1], Form)
    world.clock.advance(86_400)
    assert isinstance(details(channel, world, ZHANG_SAN)[1], Form)


@pytest.mark.parametrize("hours", [14.5, 16.4])
def test_banks_that_close_at_night_answer_39(hours: float):
    """The world begins at 08:00 in China."""
    world = a_world(banks_close_at_night=True)
    world.clock.advance(hours * 3600)
    with pytest.raises(Unavailable, match="39"):
        details(channel_of(world), world, ZHANG_SAN)


@pytest.mark.parametrize("hours", [0, 14.4, 16.5])
def test_banks_that_close_at_night_are_open_by_day(hours: float):
    world = a_world(banks_close_at_night=True)
    world.clock.advance(hours * 3600)
    assert isinstance(details(channel_of(world), world, ZHANG_SAN)[1], Form)


def test_the_log_shows_a_masked_card():
    world = a_world()
    details(channel_of(world), world, ZHANG_SAN)
    (row,) = world.requests("backTransReq")
    assert row["fields"] == {
        "card": "6221***********0018",
        "number": "3701**********0012",
        "name": "张*",
        "mobile": "199****0001",
    }


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"merchant_id": "777290058110049"}, "31"),
        ({"sign_method": "11", "secure_key": "another"}, "11"),
        ({"encryption_certificate": unionpay_settings(SANDBOX)["signing_certificate"]}, "10"),
    ],
)
def test_a_wrong_set_up_raises_an_alert(changes: dict[str, str], code: str):
    world = a_world()
    if "sign_method" in changes:  # what the sandbox answers is signed under its own key: it is not even believed
        with pytest.raises(Distrusted):
            details(channel_of(world, **changes), world, ZHANG_SAN)
        return
    with pytest.raises(Unavailable, match=code) as caught:
        details(channel_of(world, **changes), world, ZHANG_SAN)
    assert caught.value.alert
