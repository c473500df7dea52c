"""The carrier channel: the contract, the people of the sandbox, and any answer at all."""

import json

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.carrier import service, signing
from adapters.sandbox.credentials import ISSUED, carrier_settings
from adapters.sandbox.population import expectations, synthetic_people
from idp.domain.channel import FieldKind, Form, Reason, Rejected, Verified
from idp.domain.errors import ChannelError, Distrusted
from tests.adapters.carrier import (
    BY_KEY,
    LI_SI,
    NAME,
    ZHANG_SAN,
    CarrierRig,
    a_world,
    channel_of,
    claims,
    details,
    say,
    texted,
)
from tests.adapters.rigs import SANDBOX, World, streamed
from tests.contract.channel import ANY_INPUT, DISTRUSTED_MODES, ChannelContract, Person


class TestCarrierThreeElement(ChannelContract):
    channel_name = NAME
    # A shared key signs both ways: no certificate is sent (docs/divergences.md).
    distrusted_modes = tuple(mode for mode in DISTRUSTED_MODES if mode != "wrong_cert")

    @pytest.fixture
    def world(self) -> World:
        return a_world()

    @pytest.fixture
    def rig(self, world: World) -> CarrierRig:
        def break_upstream(mode: str) -> None:
            if mode == "down":
                world.transport.down = True
            else:
                world.fault("carrier", mode)

        def heal() -> None:
            world.transport.down = False
            world.heal()
            world.clock.advance(31)  # past an open breaker

        refused = {
            Reason.MISMATCH_PHONE: [{**ZHANG_SAN, "name": "张叁"}, {**ZHANG_SAN, "mobile": "19900000077"}],
            Reason.NOT_FOUND: [BY_KEY["missing"]],
            Reason.MOBILE_UNSUPPORTED: [BY_KEY["officer"]],
            Reason.BAD_INPUT: [{**ZHANG_SAN, "mobile": "1"}, {}],
        }
        settings = carrier_settings(SANDBOX)
        return CarrierRig(
            channel=channel_of(world),
            clock=world.clock,
            honest=Person(ZHANG_SAN, claims(ZHANG_SAN)),
            other=Person(LI_SI, claims(LI_SI)),
            wrong=[Person(p, refused_for=frozenset({reason})) for reason, people in refused.items() for p in people],
            break_upstream=break_upstream,
            heal=heal,
            unprintable=[
                *(value for person in (ZHANG_SAN, LI_SI, BY_KEY["missing"]) for value in person.values()),
                "张叁",
                settings["app_secret"],
                settings["code_key"],
                ISSUED.sms_access_key_secret,
            ],
            deadline_seconds=40,
            world=world,
        )

    @ANY_INPUT
    @given(status=st.sampled_from([200, 204, 302, 401, 403, 404, 409, 500]), body=st.binary(max_size=400))
    def test_any_answer_at_all_ends_in_a_channel_error(self, status: int, body: bytes):
        answered_by(status, body)

    @ANY_INPUT
    @given(data=st.data())
    def test_any_members_at_all_without_the_carriers_signature_end_in_a_channel_error(self, data: st.DataObject):
        answered_by(200, json.dumps(data.draw(MEMBERS)).encode())


NAMES = st.sampled_from(["Result", "SerialNo", "Nonce", "Signature", "Timestamp", "Description"]) | st.text(max_size=5)
LEAVES = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=30) | st.sampled_from(["0", "-4"])
MEMBERS = st.dictionaries(NAMES, LEAVES | st.lists(LEAVES, max_size=2), max_size=8)


def answered_by(status: int, body: bytes) -> None:
    world = a_world()
    world.transport = httpx.MockTransport(lambda _: streamed(status, body))  # type: ignore[assignment]
    with pytest.raises(ChannelError):
        details(channel_of(world), world, ZHANG_SAN)


@given(body=MEMBERS)
def test_the_parser_believes_nothing_that_is_not_signed(body: dict):
    with pytest.raises(Distrusted):
        service.believed(body, "s" * 32, serial="a", nonce="b")


@given(members=st.dictionaries(NAMES, st.text(st.characters(codec=None), max_size=30), max_size=8))
def test_the_parser_reads_what_is_signed_about_this_request_and_nothing_else(members: dict[str, str]):
    """Whatever the carrier signs, lone surrogates too: a result of this very request, or distrust."""
    signed = {**members, signing.MEMBER: signing.answer("s" * 32, members)}
    ours = (members.get("SerialNo"), members.get("Nonce")) == ("a", "b") and members.get("Result")
    if ours:
        assert service.believed(signed, "s" * 32, serial="a", nonce="b") == members["Result"]
        return
    with pytest.raises(Distrusted):
        service.believed(signed, "s" * 32, serial="a", nonce="b")


@given(one=st.dictionaries(st.text(max_size=4), st.text(max_size=6), max_size=4), more=st.data())
def test_two_sets_of_members_never_have_one_string_to_sign(one: dict[str, str], more: st.DataObject):
    other = more.draw(st.dictionaries(st.text("&=%aA", max_size=4), st.text("&=%aA", max_size=6), max_size=4))
    one.pop(signing.MEMBER, None)
    assert (signing.string_to_sign("POST", one) == signing.string_to_sign("POST", other)) is (one == other)


# ---- people -----------------------------------------------------------------------------------------------------------

# The minor is turned away by age before any carrier is asked (test_carrier_rules).
EXPECTED = {key: expectations(key)[NAME] for key in BY_KEY if key != "minor"}
REASONS = {
    "mismatch": Reason.MISMATCH_PHONE,
    "not_found": Reason.NOT_FOUND,
    "rejected": Reason.MOBILE_UNSUPPORTED,
}


@pytest.mark.parametrize("who", EXPECTED)
def test_every_persona_ends_as_the_table_expects(who: str):
    world = a_world()
    _, outcome = details(channel_of(world), world, BY_KEY[who])
    if EXPECTED[who] == "match":
        assert isinstance(outcome, Form)
        assert outcome.fields == (FieldKind.SMS_CODE,)
    else:
        assert isinstance(outcome, Rejected)
        assert outcome.reason is REASONS[EXPECTED[who]]
        assert texted(world, BY_KEY[who]["mobile"]) == []


def test_the_personas_know_every_answer():
    assert set(EXPECTED.values()) == {"match", *REASONS}


def test_a_synthetic_citizen_has_a_line_too():
    world = a_world(synthetic=3)
    person = list(synthetic_people(3))[2]
    fields = {"name": person.name, "id_number": person.id18, "mobile": person.phone}
    channel = channel_of(world)
    attempt, _ = details(channel, world, fields)
    _, outcome = say(channel, attempt, {"sms_code": texted(world, person.phone)[0]["code"]})
    assert isinstance(outcome, Verified)
    assert outcome.claims == claims(fields)
