"""The business registry in its three ways and two profiles: the contract, and any answer at all."""

from typing import ClassVar

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.sandbox.credentials import ISSUED
from idp.domain.attempt import Attempt, Reply
from idp.domain.channel import Outcome, Reason, Rejected, Verified
from idp.domain.errors import ChannelError
from tests.adapters.registry import (
    ABSENT,
    BRACKETS,
    CLOSED,
    LI_SI,
    NAME,
    OTHER_COMPANY,
    QIAN_DA,
    REVOKED,
    TEST_COMPANY,
    ZHANG_SAN,
    KnownRig,
    ask,
    attempt_of,
    channel_of,
    decide,
    organisation_claims,
)
from tests.adapters.rigs import World, streamed
from tests.contract.channel import ANY_INPUT, DISTRUSTED_MODES, ChannelContract, Person, Rig

ABOUT_AN_ORGANISATION = {"stale", "wrong_subject", "encoding_gbk"}
UNPRINTABLE = [
    *(value for person in (QIAN_DA, ZHANG_SAN, LI_SI) for value in person.values()),
    "赵六",
    "370102190303030015",
    ISSUED.gateway_key,
    ISSUED.national_key,
    ISSUED.registry_password,
    ISSUED.four_secret,
    ISSUED.e_licence_key,
]


def refused(fields: dict[str, str], *reasons: Reason) -> Person:
    return Person(fields, refused_for=frozenset(reasons))


def heal_of(world: World):
    def heal() -> None:
        world.transport.down = False
        world.heal()
        world.clock.advance(31)  # past an open breaker

    return heal


class RecordContract(ChannelContract):
    channel_name = NAME
    # No certificate and no signature in these answers: TLS is all; bad_signature is a secret that does not open.
    distrusted_modes = tuple(m for m in DISTRUSTED_MODES if m != "wrong_cert")
    way: ClassVar[str] = "record"
    profile: ClassVar[str] = "gateway"
    role: ClassVar[str | None] = None

    @pytest.fixture
    def world(self) -> World:
        return World(gateway_seconds=120, national_seconds=120)

    @pytest.fixture
    def rig(self, world: World) -> Rig:
        def break_upstream(mode: str) -> None:
            if mode == "down":
                world.transport.down = True
                return
            world.fault(NAME, mode, operation="qyjbxxyz" if mode in ABOUT_AN_ORGANISATION else None)
            world.clock.advance(121)  # platform secrets have ended: they too are fetched under the fault

        return KnownRig(
            channel=channel_of(world, self.way, self.profile),
            clock=world.clock,
            honest=Person(TEST_COMPANY, organisation_claims(TEST_COMPANY, self.role)),
            other=Person(OTHER_COMPANY, organisation_claims(OTHER_COMPANY, self.role)),
            wrong=[
                refused({**TEST_COMPANY, "organisation_name": "山东试测科技有限公司"}, Reason.MISMATCH_NAME),
                refused({**TEST_COMPANY, "credit_code": ABSENT["credit_code"]}, Reason.MISMATCH_NUMBER),
                refused({**TEST_COMPANY, "credit_code": OTHER_COMPANY["credit_code"]}, Reason.AMBIGUOUS_NAME_AND_USCC),
                refused(ABSENT, Reason.NOT_FOUND),
                refused(CLOSED, Reason.LICENCE_REVOKED),
                refused(REVOKED, Reason.MISMATCH_NAME),
                refused({**TEST_COMPANY, "credit_code": "91370100MA0TEXT00A"}, Reason.BAD_INPUT),
                refused({**TEST_COMPANY, "organisation_name": ""}, Reason.BAD_INPUT),
                refused({}, Reason.BAD_INPUT),
            ],
            break_upstream=break_upstream,
            heal=heal_of(world),
            unprintable=UNPRINTABLE,
            deadline_seconds=30,
        )

    @ANY_INPUT
    @given(status=st.sampled_from([200, 204, 302, 401, 403, 404, 500]), body=st.binary(max_size=400))
    def test_any_answer_at_all_ends_in_an_outcome_or_a_channel_error(self, status: int, body: bytes):
        world = World()
        world.transport = httpx.MockTransport(lambda _: streamed(status, body))  # type: ignore[assignment]
        try:
            outcome = ask(channel_of(world, self.way, self.profile), TEST_COMPANY)
        except ChannelError:
            return
        assert isinstance(outcome, Rejected)

    @ANY_INPUT
    @given(cut=st.floats(0, 1), length=st.integers(0, 12), patch=st.binary(max_size=8))
    def test_an_answer_with_a_piece_exchanged_never_verifies_another(self, cut: float, length: int, patch: bytes):
        world = World()
        world.transport = Patching(world.transport, cut, length, patch)  # type: ignore[assignment]
        try:
            outcome = ask(channel_of(world, self.way, self.profile), TEST_COMPANY)
        except ChannelError:
            return
        if isinstance(outcome, Verified):
            assert outcome.claims == organisation_claims(TEST_COMPANY, self.role)


class TestRecordOverTheGateway(RecordContract):
    """Way a, section 3.2."""


class TestRecordOverTheNationalPlatform(RecordContract):
    profile = "national"


class TestFourElements(RecordContract):
    way = "four_elements"
    role = "legal_representative"


class TestELicence(ChannelContract):
    channel_name = NAME

    @pytest.fixture
    def world(self) -> World:
        return World()

    @pytest.fixture
    def rig(self, world: World) -> Rig:
        def break_upstream(mode: str) -> None:
            if mode == "down":
                world.transport.down = True
                return
            confirmed = ABOUT_AN_ORGANISATION | {"bad_signature", "wrong_cert"}
            world.fault(NAME, mode, operation="result" if mode in confirmed else None)

        def reply(attempt: Attempt, step: Outcome, person: Person) -> Reply:
            licence = person.fields.get("licence")
            decide(world, step, None if licence is None else int(licence), person.fields["decision"])
            return Reply(attempt.id, attempt.channel)

        def shows(licence: str) -> dict[str, str]:
            return {"licence": licence, "decision": "confirm"}

        return KnownRig(
            channel=channel_of(world, "e_licence"),
            clock=world.clock,
            honest=Person(shows("0"), organisation_claims(TEST_COMPANY, "legal_representative", shown_by=QIAN_DA)),
            other=Person(shows("1"), organisation_claims(OTHER_COMPANY, "legal_representative", shown_by=QIAN_DA)),
            wrong=[
                refused({"decision": "refuse"}, Reason.USER_CANCELLED),
                refused(shows("3"), Reason.MISMATCH_PERSON),
            ],
            break_upstream=break_upstream,
            heal=heal_of(world),
            unprintable=UNPRINTABLE,
            deadline_seconds=30,
            reply=reply,
        )

    @ANY_INPUT
    @given(status=st.sampled_from([200, 204, 302, 401, 404, 500]), body=st.binary(max_size=400))
    def test_any_answer_at_all_ends_in_an_outcome_or_a_channel_error(self, status: int, body: bytes):
        world = World()
        channel = channel_of(world, "e_licence")
        keep = channel.begin(attempt_of()).keep  # type: ignore[union-attr]
        world.transport = httpx.MockTransport(lambda _: streamed(status, body))  # type: ignore[assignment]
        broken = channel_of(world, "e_licence")
        for asked in (lambda: broken.begin(attempt_of()), lambda: ask(broken, {}, keep=keep)):
            try:
                outcome = asked()
            except ChannelError:
                continue
            assert not isinstance(outcome, Verified)

    @ANY_INPUT
    @given(cut=st.floats(0, 1), length=st.integers(0, 12), patch=st.binary(max_size=8))
    def test_an_answer_with_a_piece_exchanged_never_verifies_another(self, cut: float, length: int, patch: bytes):
        world = World()
        channel = channel_of(world, "e_licence")
        step = channel.begin(attempt_of())
        decide(world, step, 0)
        world.transport = Patching(world.transport, cut, length, patch)  # type: ignore[assignment]
        try:
            outcome = ask(channel_of(world, "e_licence"), {}, keep=step.keep)  # type: ignore[union-attr]
        except ChannelError:
            return
        if isinstance(outcome, Verified):
            expected = organisation_claims(TEST_COMPANY, shown_by=QIAN_DA)
            assert {name: outcome.claims[name] for name in expected} == expected


class Patching(httpx.BaseTransport):
    """Honest answers with a piece exchanged."""

    def __init__(self, honest: httpx.BaseTransport, cut: float, length: int, patch: bytes) -> None:
        self._honest, self._cut, self._length, self._patch = honest, cut, length, patch

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        response = self._honest.handle_request(request)
        body = b"".join(response.stream)  # type: ignore[arg-type]
        at = int(self._cut * len(body))
        return streamed(response.status_code, body[:at] + self._patch + body[at + self._length :])


def test_the_brackets_of_a_name_are_taken_in_both_widths():
    for typed in (BRACKETS["organisation_name"], "青岛样例(集团)有限公司"):
        world = World()
        outcome = ask(channel_of(world), {**BRACKETS, "organisation_name": typed})
        assert isinstance(outcome, Verified)
        assert outcome.claims == organisation_claims(BRACKETS)
        assert len(world.requests("qyjbxxyz")) == 2
