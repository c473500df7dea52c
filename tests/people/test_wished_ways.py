"""A portal may suggest or require channels; the citizen keeps a way, and one that is not the face."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from idp.domain.client import AuthMethod, ChannelPolicy, Client
from idp.domain.evidence import CheckMethod, EvidenceShape, EvidenceType
from idp.people.proof_results import Offer
from idp.people.ways import Ways, preferred
from tests.people.doubles import facts_of

FACE = (EvidenceShape(EvidenceType.ELECTRONIC_RECORD, "population_register", (CheckMethod.BVR,)),)


def offer(name: str, *, retry_at: float | None = None, **changes) -> Offer:
    return Offer(facts_of(name, **changes), retry_at)


CARD, WALLET, COUNTER = offer("card"), offer("wallet"), offer("counter")
SCAN = offer("scan", evidence=FACE)
EVERY = Ways([CARD, WALLET, SCAN, COUNTER], [], reaches=True)


def names(ways: Ways) -> list[str]:
    return [each.facts.name for each in ways.now]


@pytest.mark.parametrize(
    ("wished", "only", "shown"),
    [
        ((), False, ["card", "wallet", "scan", "counter"]),
        (("counter", "wallet"), False, ["counter", "wallet", "card", "scan"]),
        (("counter", "wallet"), True, ["counter", "wallet"]),
        (("elsewhere",), True, ["card", "wallet", "scan", "counter"]),
        (("scan",), True, ["scan", "card", "wallet", "counter"]),
        (("scan", "counter"), True, ["scan", "counter"]),
    ],
)
def test_the_ways_follow_the_portals_wish(wished, only, shown):
    assert names(preferred(EVERY, wished, only=only)) == shown


def test_a_wished_way_that_does_not_answer_or_came_to_nothing_stands_behind_the_others():
    closed = offer("wallet", retry_at=9.0)
    ways = Ways([CARD, closed, COUNTER], [], reaches=True)
    assert names(preferred(ways, ("wallet", "card"), only=False)) == ["card", "counter", "wallet"]
    assert names(preferred(EVERY, ("card", "wallet"), only=True, after="card")) == ["wallet", "card"]


def test_when_the_only_way_without_a_camera_is_closed_the_others_are_offered():
    closed = offer("counter", retry_at=9.0)
    ways = Ways([SCAN, CARD, closed], [], reaches=True)
    assert names(preferred(ways, ("scan", "counter"), only=True)) == ["scan", "counter", "card"]


offers = st.lists(st.sampled_from([CARD, WALLET, SCAN, COUNTER, offer("bank", retry_at=9.0)]), unique_by=id)


@given(
    offers, st.lists(st.sampled_from(["card", "wallet", "scan", "counter", "bank", "x"]), unique=True), st.booleans()
)
def test_nobody_loses_the_last_open_way_without_a_camera(every, wished, only):
    def open_without_camera(some):
        return any(each.open and not each.facts.by_face for each in some)

    shown = preferred(Ways(every, [], reaches=True), wished, only=only).now
    assert set(map(id, shown)) <= set(map(id, every))
    assert open_without_camera(shown) == open_without_camera(every)
    assert bool(shown) == bool(every)


@pytest.mark.parametrize(
    ("policy", "hint", "channels"),
    [
        (ChannelPolicy.SUGGEST, "", ("a", "b", "c")),
        (ChannelPolicy.SUGGEST, "c x a", ("c", "a", "b")),
        (ChannelPolicy.REQUIRE, "c x c", ("c",)),
        (ChannelPolicy.REQUIRE, "x", ("a", "b", "c")),
    ],
)
def test_a_hint_stays_within_what_the_client_registered(policy, hint, channels):
    client = Client(
        client_id="hall", name="大厅", name_en="Hall", auth_method=AuthMethod.NONE, redirect_uris=frozenset(),
        scopes=frozenset({"openid"}), sector="s", channels=("a", "b", "c"), channel_policy=policy,
    )  # fmt: skip
    assert client.channels_for(hint) == channels
