"""The police channel in its seven profiles: the contract, the spelling rule, secrets, and the wire."""

from typing import ClassVar

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.sandbox.credentials import ISSUED
from idp.domain.channel import Reason, Rejected, Verified
from idp.domain.errors import ChannelError
from tests.adapters.police import BUSINESS, DECEASED, LI_SI, MISSING, NAME, ZHANG_SAN, ask, channel_of, claims
from tests.adapters.rigs import World, streamed
from tests.contract.channel import ANY_INPUT, DISTRUSTED_MODES, ChannelContract, Person, Rig


class PoliceContract(ChannelContract):
    channel_name = NAME
    profile: ClassVar[str]
    # The refusal for somebody who is marked deceased; NCIIC has no word for it.
    deceased_reason: ClassVar[Reason] = Reason.CANCELLED_OR_DECEASED

    @pytest.fixture
    def world(self) -> World:
        return World(gateway_seconds=120, national_seconds=120)

    @pytest.fixture
    def rig(self, world: World) -> Rig:
        def break_upstream(mode: str) -> None:
            if mode == "down":
                world.transport.down = True
                return
            answers_about_people = mode in {"stale", "wrong_subject", "encoding_gbk"}
            operation = BUSINESS[self.profile] if answers_about_people else None
            world.fault("police", mode, operation=operation)
            world.clock.advance(121)  # platform secrets have ended: they too are fetched under the fault

        def heal() -> None:
            world.transport.down = False
            world.heal()
            world.clock.advance(31)  # past an open breaker

        return Rig(
            channel=channel_of(world, self.profile),
            clock=world.clock,
            honest=Person(ZHANG_SAN, claims(ZHANG_SAN, "1901-03-07", "male")),
            other=Person(LI_SI, claims(LI_SI, "1902-04-15", "female")),
            wrong=[
                Person({**ZHANG_SAN, "name": "张叁"}, refused_for=frozenset({Reason.MISMATCH_NAME})),
                Person(MISSING, refused_for=frozenset({Reason.NOT_FOUND})),
                Person(DECEASED, refused_for=frozenset({self.deceased_reason})),
                Person({**ZHANG_SAN, "id_number": "370102190103070010"}, refused_for=frozenset({Reason.BAD_INPUT})),
                Person({}, refused_for=frozenset({Reason.BAD_INPUT})),
            ],
            break_upstream=break_upstream,
            heal=heal,
            unprintable=[
                *(value for person in (ZHANG_SAN, LI_SI, DECEASED, MISSING) for value in person.values()),
                "张叁",
                "赵六",
                "370102190303030015",
                ISSUED.gateway_key,
                ISSUED.national_key,
                ISSUED.soap_password,
                ISSUED.nciic_licence,
                ISSUED.md5_app_secret,
                ISSUED.csb_secret_key,
            ],
            deadline_seconds=30,
        )

    def test_a_number_of_a_document_it_does_not_serve_is_never_asked(self, rig: Rig, world: World):
        outcome = ask(rig.channel, {"name": "陈大文", "id_number": "810000190101010015"})
        assert outcome == Rejected(Reason.NOT_FOUND)
        assert world.requests(BUSINESS[self.profile]) == []

    @ANY_INPUT
    @given(status=st.sampled_from([200, 204, 302, 401, 403, 404, 500]), body=st.binary(max_size=400))
    def test_any_answer_at_all_ends_in_an_outcome_or_a_channel_error(self, status: int, body: bytes):
        world = World()
        world.transport = httpx.MockTransport(lambda _: streamed(status, body))  # type: ignore[assignment]
        try:
            outcome = ask(channel_of(world, self.profile), ZHANG_SAN)
        except ChannelError:
            return
        assert isinstance(outcome, Rejected)

    @ANY_INPUT
    @given(
        cut=st.floats(0, 1),
        length=st.integers(0, 12),
        patch=st.binary(max_size=8) | st.text(max_size=6).map(str.encode),
    )
    def test_an_answer_with_a_piece_exchanged_never_verifies_anybody_else(self, cut: float, length: int, patch: bytes):
        class Patching(httpx.BaseTransport):
            def handle_request(self, request: httpx.Request) -> httpx.Response:
                response = honest.handle_request(request)
                body = b"".join(response.stream)  # type: ignore[arg-type]
                at = int(cut * len(body))
                return streamed(
                    response.status_code, body[:at] + patch.decode(errors="replace").encode() + body[at + length :]
                )

        world = World()
        honest, world.transport = world.transport, Patching()  # type: ignore[assignment]
        try:
            outcome = ask(channel_of(world, self.profile), ZHANG_SAN)
        except ChannelError:
            return
        if isinstance(outcome, Verified):
            assert outcome.claims == claims(ZHANG_SAN, "1901-03-07", "male")


class TestGateway(PoliceContract):
    profile = "gateway"
    distrusted_modes = tuple(m for m in DISTRUSTED_MODES if m != "wrong_cert")


class TestNational(PoliceContract):
    profile = "national"
    distrusted_modes = TestGateway.distrusted_modes


class TestGatewayJson(PoliceContract):
    profile = "gateway_json"
    distrusted_modes = TestGateway.distrusted_modes


class TestNationalJson(PoliceContract):
    profile = "national_json"
    distrusted_modes = TestGateway.distrusted_modes


class TestNciic(PoliceContract):
    profile = "nciic"
    deceased_reason = Reason.NOT_FOUND
    distrusted_modes = tuple(m for m in DISTRUSTED_MODES if m not in {"wrong_cert", "bad_signature"})


class TestMd5(PoliceContract):
    profile = "md5"
    distrusted_modes = TestNciic.distrusted_modes


class TestCsb(PoliceContract):
    profile = "csb"
    distrusted_modes = TestNciic.distrusted_modes
