"""The card channel: the contract, under each way of signing, and any answer at all."""

from typing import ClassVar

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.sandbox.cards import synthetic_card
from adapters.sandbox.credentials import ISSUED, unionpay_settings
from adapters.sandbox.population import synthetic_people
from adapters.unionpay import wire
from idp.domain.channel import FieldKind, Form, Reason, Rejected, Verified
from idp.domain.errors import ChannelError
from tests.adapters.rigs import SANDBOX, World, streamed
from tests.adapters.unionpay import (
    BY_KEY,
    LI_SI,
    NAME,
    PERSONAS,
    ZHANG_SAN,
    CardRig,
    a_world,
    channel_of,
    claims,
    details,
    say,
    texted,
)
from tests.contract.channel import ANY_INPUT, DISTRUSTED_MODES, ChannelContract, Person


class CardContract(ChannelContract):
    channel_name = NAME
    method: ClassVar[str]

    @pytest.fixture
    def world(self) -> World:
        return a_world()

    @pytest.fixture
    def rig(self, world: World) -> CardRig:
        def break_upstream(mode: str) -> None:
            if mode == "down":
                world.transport.down = True
                return
            # "slow" means later than the time we wait: 30 s for the transaction, 8 s for the query.
            late = {"latency_ms": 31_000} if mode == "slow" else {}
            world.fault("unionpay", mode, operation="backTransReq", **late)
            world.fault("unionpay", mode, operation="queryTrans")

        def heal() -> None:
            world.transport.down = False
            world.heal()
            world.clock.advance(31)  # past an open breaker

        refused = {
            Reason.MISMATCH_CARD: [
                {**ZHANG_SAN, "name": "张叁"},
                {**ZHANG_SAN, "mobile": "19900000077"},
                {**ZHANG_SAN, "bank_card": LI_SI["bank_card"]},
                BY_KEY["missing"],
            ],
            Reason.BAD_INPUT: [{**ZHANG_SAN, "bank_card": "6221550000000000019"}, {**ZHANG_SAN, "mobile": "1"}, {}],
        }
        settings = unionpay_settings(SANDBOX, self.method)
        secrets = [settings[name] for name in ("signing_key", "secure_key", "code_key") if name in settings]
        return CardRig(
            channel=channel_of(world, self.method),
            clock=world.clock,
            honest=Person(ZHANG_SAN, claims(ZHANG_SAN)),
            other=Person(LI_SI, claims(LI_SI)),
            wrong=[Person(p, refused_for=frozenset({reason})) for reason, people in refused.items() for p in people],
            break_upstream=break_upstream,
            heal=heal,
            unprintable=[
                *(value for person in (ZHANG_SAN, LI_SI, BY_KEY["missing"]) for value in person.values()),
                "张叁",
                *secrets,
                ISSUED.sms_access_key_secret,
            ],
            deadline_seconds=60,
            world=world,
        )

    @ANY_INPUT
    @given(status=st.sampled_from([200, 204, 302, 401, 403, 404, 500]), body=st.binary(max_size=400))
    def test_any_answer_at_all_ends_in_a_channel_error(self, status: int, body: bytes):
        answered_by(self.method, status, body)

    @ANY_INPUT
    @given(data=st.data())
    def test_any_fields_at_all_without_unionpays_signature_end_in_a_channel_error(self, data: st.DataObject):
        names = st.sampled_from(
            ["respCode", "orderId", "txnTime", "merId", "signMethod", "signPubKeyCert", "signature"]
        )
        values = st.text(max_size=40) | st.sampled_from(["00", self.method, "MA==", "%2B"])
        fields = data.draw(st.dictionaries(names | st.text(max_size=6), values, max_size=9))
        answered_by(self.method, 200, "&".join(f"{k}={v}" for k, v in fields.items()).encode("utf-8", "replace"))


def answered_by(method: str, status: int, body: bytes) -> None:
    world = a_world()
    world.transport = httpx.MockTransport(lambda _: streamed(status, body))  # type: ignore[assignment]
    with pytest.raises(ChannelError):
        details(channel_of(world, method), world, ZHANG_SAN)


class TestByCertificate(CardContract):
    method = "01"


class TestBySharedKey(CardContract):
    method = "11"
    # No certificate is sent.
    distrusted_modes = tuple(mode for mode in DISTRUSTED_MODES if mode != "wrong_cert")


class TestBySharedKeyUnderSm3(TestBySharedKey):
    method = "12"


@given(body=st.binary(max_size=300) | st.text(alphabet="ab&=%2B{}\n", max_size=60).map(str.encode))
def test_the_parser_reads_fields_or_distrusts(body: bytes):
    try:
        found = wire.readings(body)
    except ChannelError:
        return
    assert 1 <= len(found) <= 2
    assert all(key for key in found[0])


# The minor is turned away by age before any bank is asked (test_unionpay_rules). The banks' answers have no word for
# "no such person": the missing one ends as a card that is not theirs.
EXPECTED = {row["key"]: row["expected"][NAME] for row in PERSONAS if row["key"] != "minor"}


@pytest.mark.parametrize("who", EXPECTED)
def test_every_persona_ends_as_the_population_file_expects(who: str):
    world = a_world()
    _, outcome = details(channel_of(world), world, BY_KEY[who])
    if EXPECTED[who] == "match":
        assert isinstance(outcome, Form)
        assert outcome.fields == (FieldKind.SMS_CODE,)
    else:
        assert isinstance(outcome, Rejected)
        assert outcome.reason is Reason.MISMATCH_CARD
        assert texted(world, BY_KEY[who]["mobile"]) == []


def test_a_generated_citizen_has_a_card_too():
    world = a_world(synthetic=3)
    person = list(synthetic_people(3))[2]
    fields = {"name": person.name, "id_number": person.id18, "bank_card": synthetic_card(2), "mobile": person.phone}
    channel = channel_of(world)
    attempt, _ = details(channel, world, fields)
    _, outcome = say(channel, attempt, {"sms_code": texted(world, person.phone)[0]["code"]})
    assert isinstance(outcome, Verified)
    assert outcome.claims == claims(fields)
