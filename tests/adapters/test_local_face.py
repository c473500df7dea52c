"""``local_face`` against the channel contract, in both ways of asking the portrait service."""

from typing import ClassVar

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from idp.domain.channel import Rejected
from idp.domain.errors import ChannelError, Distrusted, Unavailable
from tests.adapters.judge import jpeg
from tests.adapters.portrait import NAME, channel_of, rig_of, scan
from tests.adapters.rigs import World, streamed
from tests.contract.channel import ANY_INPUT, DISTRUSTED_MODES, ChannelContract, Rig


class FaceContract(ChannelContract):
    channel_name = NAME
    profile: ClassVar[str]

    @pytest.fixture
    def world(self) -> World:
        return World(gateway_seconds=120)

    @pytest.fixture
    def rig(self, world: World) -> Rig:
        return rig_of(world, self.profile)

    def test_a_verdict_without_its_mark_is_distrusted(self, rig: Rig):
        rig.break_upstream("no_verdict")
        with pytest.raises(Distrusted):
            rig.run(rig.honest)

    def test_a_service_that_takes_twelve_seconds_is_unavailable_in_time(self, rig: Rig, world: World):
        world.fault("police", "slow", latency_ms=12_000)
        before = rig.clock.now()
        with pytest.raises(Unavailable):
            rig.run(rig.honest)
        assert rig.clock.now() - before <= rig.deadline_seconds

    @ANY_INPUT
    @given(status=st.sampled_from([200, 204, 302, 401, 403, 404, 500]), body=st.binary(max_size=400))
    def test_any_answer_at_all_ends_in_a_refusal_or_a_channel_error(self, status: int, body: bytes):
        world = World()
        world.transport = httpx.MockTransport(lambda _: streamed(status, body))  # type: ignore[assignment]
        try:
            outcome = scan(channel_of(world, self.profile), jpeg("zhang_san"))
        except ChannelError:
            return
        assert isinstance(outcome, Rejected)


class TestGateway(FaceContract):
    profile = "gateway"
    distrusted_modes = tuple(m for m in DISTRUSTED_MODES if m != "wrong_cert")


class TestHeadersAlone(FaceContract):
    profile = "headers"
    # Nothing is signed or encrypted here.
    distrusted_modes = tuple(m for m in DISTRUSTED_MODES if m not in {"wrong_cert", "bad_signature"})
