"""The social-security channel in its two modes: the contract, the person on the way, and the wire."""

from typing import ClassVar

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.sandbox.credentials import ISSUED
from idp.domain.channel import Form, Reason, Redirect, Rejected, Verified
from idp.domain.errors import ChannelError
from tests.adapters.rigs import World, streamed
from tests.adapters.social import (
    LI_SI,
    MISSING,
    NAME,
    OUYANG,
    REVOKED,
    ZHANG_SAN,
    ECardRig,
    ask,
    begun,
    channel_of,
    claims,
    reply,
    visit,
)
from tests.contract.channel import ANY_INPUT, DISTRUSTED_MODES, ChannelContract, Person, Rig

UNPRINTABLE = [
    *(value for person in (ZHANG_SAN, LI_SI, OUYANG, REVOKED, MISSING) for value in person.values()),
    "赵六",
    "370102190303030015",
    ISSUED.gateway_key,
    ISSUED.national_key,
    ISSUED.essc_secret_key,
    ISSUED.essc_private_key,
]
HONEST = Person(ZHANG_SAN, claims(ZHANG_SAN, "1901-03-07", "male"))
OTHER = Person(OUYANG, claims(OUYANG, "1904-02-29", "male"))


class SocialContract(ChannelContract):
    channel_name = NAME
    operation: ClassVar[str]

    @pytest.fixture
    def world(self) -> World:
        return World(gateway_seconds=120, national_seconds=120)

    def breaker(self, world: World):
        def break_upstream(mode: str) -> None:
            if mode == "down":
                world.transport.down = True
                return
            if mode == "wrong_cert":
                world.transport.strange = True
                return
            answers_about_people = mode in {"stale", "wrong_subject", "encoding_gbk"}
            world.fault(NAME, mode, operation=self.operation if answers_about_people else self.faulted)
            if self.faulted is None:
                world.clock.advance(121)  # the gateway's secret has ended: it too is fetched under the fault

        return break_upstream

    faulted: ClassVar[str | None]

    def healer(self, world: World):
        def heal() -> None:
            world.transport.down = world.transport.strange = False
            world.heal()
            world.clock.advance(31)  # past an open breaker

        return heal


class TestECard(SocialContract):
    # The answer carries no signature; whose card was unlocked is for the channel to judge, and an answer about another
    # person's authorisation is "wrong_subject".
    distrusted_modes = tuple(m for m in DISTRUSTED_MODES if m != "bad_signature")
    operation = faulted = "query"

    @pytest.fixture
    def rig(self, world: World) -> Rig:
        return ECardRig(
            channel=channel_of(world),
            clock=world.clock,
            honest=HONEST,
            other=OTHER,
            wrong=[
                Person(LI_SI, refused_for=frozenset({Reason.CARD_STATE})),
                Person(REVOKED, refused_for=frozenset({Reason.CARD_STATE})),
                Person(MISSING, refused_for=frozenset({Reason.NOT_FOUND})),
                Person({**ZHANG_SAN, "holder": ""}, refused_for=frozenset({Reason.NOT_FOUND})),
                Person({**ZHANG_SAN, "decision": "refuse"}, refused_for=frozenset({Reason.USER_CANCELLED})),
                Person({**ZHANG_SAN, "holder": OUYANG["id_number"]}, refused_for=frozenset({Reason.MISMATCH_PERSON})),
                Person({**ZHANG_SAN, "name": "张叁"}, refused_for=frozenset({Reason.MISMATCH_NAME})),
            ],
            break_upstream=self.breaker(world),
            heal=self.healer(world),
            unprintable=UNPRINTABLE,
            deadline_seconds=30,
            world=world,
        )

    @ANY_INPUT
    @given(status=st.sampled_from([200, 204, 302, 401, 403, 404, 500]), body=st.binary(max_size=400))
    def test_any_answer_at_all_ends_in_an_outcome_or_a_channel_error(self, status: int, body: bytes):
        world = World()
        world.transport = httpx.MockTransport(lambda _: streamed(status, body))  # type: ignore[assignment]
        channel = channel_of(world)
        attempt, _ = begun(channel, ZHANG_SAN)
        try:
            outcome = channel.resume(attempt, reply({"busiSeq": attempt.keep["busi_seq"], "signNo": "A1"}))
        except ChannelError:
            return
        assert isinstance(outcome, Rejected | Redirect)

    @ANY_INPUT
    @given(
        cut=st.floats(0, 1),
        length=st.integers(0, 12),
        patch=st.binary(max_size=8) | st.text(max_size=6).map(str.encode),
    )
    def test_an_answer_with_a_piece_exchanged_never_verifies_anybody_else(self, cut: float, length: int, patch: bytes):
        world = World()
        world.transport = Patching(world.transport, cut, length, patch)  # type: ignore[assignment]
        channel = channel_of(world)
        attempt, step = begun(channel, ZHANG_SAN)
        hint = visit(world, step.url)
        try:
            outcome = channel.resume(attempt, reply(hint))
        except ChannelError:
            return
        if isinstance(outcome, Verified):
            assert outcome.claims == HONEST.claims


class RecordContract(SocialContract):
    platform: ClassVar[str]
    # The assumed answer echoes neither person nor request number, so an old or another one's cannot be told.
    distrusted_modes = tuple(m for m in DISTRUSTED_MODES if m not in {"wrong_subject", "stale"})
    operation = "record"
    faulted = None

    @pytest.fixture
    def rig(self, world: World) -> Rig:
        return Rig(
            channel=channel_of(world, self.platform),
            clock=world.clock,
            honest=HONEST,
            other=OTHER,
            wrong=[
                Person({**ZHANG_SAN, "name": "张叁"}, refused_for=frozenset({Reason.MISMATCH_NAME})),
                Person(LI_SI, refused_for=frozenset({Reason.CARD_STATE})),
                Person(REVOKED, refused_for=frozenset({Reason.CARD_STATE})),
                Person(MISSING, refused_for=frozenset({Reason.NOT_FOUND})),
                Person({**ZHANG_SAN, "social_card": "SD0000002"}, refused_for=frozenset({Reason.MISMATCH_NAME})),
                Person({**ZHANG_SAN, "social_card": "SD 1"}, refused_for=frozenset({Reason.BAD_INPUT})),
                Person({**ZHANG_SAN, "id_number": "370102190103070010"}, refused_for=frozenset({Reason.BAD_INPUT})),
                Person({}, refused_for=frozenset({Reason.BAD_INPUT})),
            ],
            break_upstream=self.breaker(world),
            heal=self.healer(world),
            unprintable=[*UNPRINTABLE, "张叁"],
            deadline_seconds=30,
        )

    def test_it_asks_for_name_number_and_card(self, rig: Rig):
        _, step = rig.start()
        assert isinstance(step, Form)
        assert step.fields == ("name", "id_number", "social_card")

    def test_a_number_of_a_document_it_does_not_serve_is_never_asked(self, rig: Rig, world: World):
        outcome = ask(rig.channel, {"name": "陈大文", "id_number": "810000190101010015", "social_card": "SD0000099"})
        assert outcome == Rejected(Reason.NOT_FOUND)
        assert world.requests("record") == []

    @ANY_INPUT
    @given(status=st.sampled_from([200, 204, 302, 401, 403, 404, 500]), body=st.binary(max_size=400))
    def test_any_answer_at_all_ends_in_an_outcome_or_a_channel_error(self, status: int, body: bytes):
        world = World()
        honest = world.transport

        def answer(request: httpx.Request) -> httpx.Response:
            if request.url.path.endswith(("/token", "/refreshappsecret")):
                return honest.handle_request(request)
            return streamed(status, body)

        world.transport = httpx.MockTransport(answer)  # type: ignore[assignment]
        try:
            outcome = ask(channel_of(world, self.platform), ZHANG_SAN)
        except ChannelError:
            return
        assert isinstance(outcome, Rejected)

    @ANY_INPUT
    @given(status=st.sampled_from([200, 401, 500]), body=st.binary(max_size=400))
    def test_any_answer_to_the_fetch_of_a_secret_ends_in_a_channel_error(self, status: int, body: bytes):
        world = World()
        world.transport = httpx.MockTransport(lambda _: streamed(status, body))  # type: ignore[assignment]
        with pytest.raises(ChannelError):
            ask(channel_of(world, self.platform), ZHANG_SAN)


class TestRecordByTheGateway(RecordContract):
    platform = "record"


class TestRecordByTheNationalPlatform(RecordContract):
    platform = "national"


class Patching(httpx.BaseTransport):
    """A transport that exchanges a piece of every answer."""

    def __init__(self, honest: httpx.BaseTransport, cut: float, length: int, patch: bytes) -> None:
        self._honest = honest
        self._cut, self._length = cut, length
        self._patch = patch.decode(errors="replace").encode()

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        response = self._honest.handle_request(request)
        body = b"".join(response.stream)  # type: ignore[arg-type]
        at = int(self._cut * len(body))
        return streamed(response.status_code, body[:at] + self._patch + body[at + self._length :])
