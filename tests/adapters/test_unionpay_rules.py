"""The card channel's own rules: what is asked, one transaction, the query, the code to the reserved mobile, settings."""

import pydantic
import pytest
import structlog

from adapters import CHANNELS
from adapters.http import Surroundings
from adapters.sandbox.cards import test_card as card_that_answers
from adapters.sandbox.credentials import ISSUED, unionpay_settings
from adapters.unionpay.wire import Elements, Order
from idp.domain.attempt import Attempt
from idp.domain.channel import FieldKind, Form, Reason, Rejected, Verified
from idp.domain.claims import ClaimName
from idp.domain.errors import Distrusted, Unavailable
from tests.adapters.rigs import SANDBOX, World, streamed
from tests.adapters.unionpay import (
    BY_KEY,
    LI_SI,
    NAME,
    ZHANG_SAN,
    a_world,
    begun,
    channel_of,
    claims,
    details,
    say,
    texted,
)
from tests.doubles import SeededRandomness, SteppingClock

KNOWN = {ClaimName.NAME: ZHANG_SAN["name"], ClaimName.ID_NUMBER: ZHANG_SAN["id_number"]}
CARD_AND_MOBILE = {name: ZHANG_SAN[name] for name in ("bank_card", "mobile")}
MOBILE = ZHANG_SAN["mobile"]


def code_on(world: World, mobile: str = MOBILE) -> str:
    return texted(world, mobile)[0]["code"]


def another(code: str) -> str:
    return f"{(int(code) + 1) % 1_000_000:06d}"


# ---- what is asked --------------------------------------------------------------------------------------------------


def test_what_the_account_has_proved_is_not_asked_again():
    world = a_world()
    channel = channel_of(world)
    attempt = begun(channel, world, KNOWN)
    step = channel.begin(attempt)
    assert isinstance(step, Form)
    assert step.fields == (FieldKind.BANK_CARD, FieldKind.MOBILE)
    attempt, _ = say(channel, attempt, CARD_AND_MOBILE)
    _, outcome = say(channel, attempt, {"sms_code": code_on(world)})
    assert isinstance(outcome, Verified)
    assert outcome.claims == claims(ZHANG_SAN)


def test_an_account_that_has_proved_nothing_is_asked_for_all_four():
    world = a_world()
    step = channel_of(world).begin(Attempt("a", NAME, 4e9, "https://idp.test/return"))
    assert isinstance(step, Form)
    assert step.fields == (FieldKind.NAME, FieldKind.ID_NUMBER, FieldKind.BANK_CARD, FieldKind.MOBILE)


def test_a_known_person_cannot_be_typed_over():
    """An account is no instrument to ask the banks about others."""
    world = a_world()
    channel = channel_of(world)
    _, outcome = say(channel, begun(channel, world, KNOWN), LI_SI)
    assert isinstance(outcome, Rejected)
    assert outcome.reason is Reason.MISMATCH_CARD


@pytest.mark.parametrize(
    ("number", "reason"), [(BY_KEY["minor"]["id_number"], Reason.UNDER_AGE), ("810000190101010015", Reason.NOT_FOUND)]
)
def test_whom_the_channel_does_not_serve_is_refused_before_any_bank_is_asked(number: str, reason: Reason):
    world = a_world()
    world.clock.advance(8 * 365 * 86_400)  # the minor is born in 2020
    channel = channel_of(world)
    attempt = Attempt("a", NAME, 4e9, "https://idp.test/return", known={**KNOWN, ClaimName.ID_NUMBER: number})
    assert channel.begin(attempt) == Rejected(reason)
    _, outcome = details(channel, world, {**ZHANG_SAN, "id_number": number})
    assert outcome == Rejected(reason)
    assert world.requests("backTransReq") == []


@pytest.mark.parametrize(
    "card",
    [
        "6221 5500 0000 0000 018",
        "6221-5500-0000-0000-018",
        ZHANG_SAN["bank_card"].translate({ord(str(d)): 0xFF10 + d for d in range(10)}),
    ],
)
@pytest.mark.parametrize("mobile", ["19900000001", "+86 199 0000 0001", "8619900000001", "199-0000-0001"])
def test_card_and_mobile_are_taken_as_people_type_them(card: str, mobile: str):
    world = a_world()
    _, outcome = details(channel_of(world), world, {**ZHANG_SAN, "bank_card": card, "mobile": mobile})
    assert isinstance(outcome, Form)


@pytest.mark.parametrize(
    "wrong",
    [
        {"bank_card": ""},
        {"bank_card": "622155000000"},
        {"bank_card": "62215500000000000188"},
        {"bank_card": "6221550000000000017"},
        {"bank_card": "١" * 16},
        {"mobile": ""},
        {"mobile": "+1 2025550123"},
        {"mobile": "1990000000"},
        {"name": "1"},
        {"id_number": "370102190103070013"},
    ],
)
def test_fields_that_cannot_be_right_reach_no_bank(wrong: dict[str, str]):
    world = a_world()
    _, outcome = details(channel_of(world), world, ZHANG_SAN | wrong)
    assert outcome == Rejected(Reason.BAD_INPUT)
    assert world.requests("backTransReq") == []


# ---- one transaction, then the query --------------------------------------------------------------------------------


@pytest.mark.parametrize("mode", ["timeout", "slow", "reset", "http_500", "http_502", "http_503"])
def test_a_lost_answer_is_queried_for_and_never_asked_for_again(mode: str):
    world = a_world()
    channel = channel_of(world)
    world.fault("unionpay", mode, operation="backTransReq", latency_ms=31_000)
    if mode == "slow":  # the transaction was made, only its answer came late
        _, outcome = details(channel, world, ZHANG_SAN)
        assert isinstance(outcome, Form)
    else:  # it never reached the switch: the query knows nothing of it
        with pytest.raises(Unavailable, match="34"):
            details(channel, world, ZHANG_SAN)
    assert len(world.requests("backTransReq")) == 1
    assert len(world.requests("queryTrans")) == 1


@pytest.mark.parametrize(("code", "queries", "seconds"), [("03", 1, 5), ("04", 1, 5), ("05", 3, 30)])
def test_an_open_transaction_is_queried_for_on_schedule(code: str, queries: int, seconds: int):
    """05 stays open for 20 s: the queries go after 5, 10 and 30 s."""
    world = a_world()
    before = world.clock.now()
    _, outcome = details(channel_of(world), world, {**ZHANG_SAN, "bank_card": card_that_answers(code)})
    assert isinstance(outcome, Form)
    assert len(world.requests("backTransReq")) == 1
    assert len(world.requests("queryTrans")) == queries
    assert world.clock.now() - before == pytest.approx(seconds)


def test_a_transaction_open_beyond_the_deadline_is_unavailable_and_the_same_details_find_its_end_later():
    world = a_world()
    channel = channel_of(world, deadline_seconds=16)
    attempt = begun(channel, world)
    fields = {**ZHANG_SAN, "bank_card": card_that_answers("05")}
    with pytest.raises(Unavailable, match="still open"):
        say(channel, attempt, fields)
    world.clock.advance(20)
    _, outcome = say(channel, attempt, fields)
    assert isinstance(outcome, Form)
    verdicts = [row["verdict"] for row in world.requests("backTransReq")]
    assert verdicts == ["verified", "verified"]
    assert len(world.requests("queryTrans")) == 3


def test_details_sent_again_after_a_lost_answer_ask_the_bank_once():
    """One try at the bank, one fee: the repeated order is known to the switch, and the query tells its end."""
    world = a_world(card_tries=1)
    channel = channel_of(world)
    attempt = begun(channel, world)
    world.fault("unionpay", "slow", operation="backTransReq", latency_ms=31_000)
    world.fault("unionpay", "http_503", operation="queryTrans")
    with pytest.raises(Unavailable):
        say(channel, attempt, ZHANG_SAN)
    world.heal()
    _, outcome = say(channel, attempt, ZHANG_SAN)
    assert isinstance(outcome, Form)


@pytest.mark.parametrize("changed", [{"mobile": "19900000077"}, {"bank_card": LI_SI["bank_card"]}, {"name": "张叁"}])
def test_the_result_of_earlier_details_never_speaks_for_later_ones(changed: dict[str, str]):
    """Otherwise a thief lets the right mobile match, loses the answer, and has the code sent to another mobile."""
    world = a_world()
    channel = channel_of(world)
    attempt = begun(channel, world)
    world.fault("unionpay", "slow", operation="backTransReq", latency_ms=31_000, count=1)
    world.fault("unionpay", "http_503", operation="queryTrans")
    with pytest.raises(Unavailable):
        say(channel, attempt, ZHANG_SAN)
    world.heal()
    _, outcome = say(channel, attempt, ZHANG_SAN | changed)
    assert isinstance(outcome, Rejected)
    assert outcome.reason is Reason.MISMATCH_CARD
    assert texted(world, changed.get("mobile", MOBILE)) == []


def test_a_querys_yes_is_not_a_transactions_yes():
    """A query answers 00 for having worked; played as the transaction's answer it must not count."""
    world = a_world()
    channel = channel_of(world)
    attempt = begun(channel, world)
    wrong = {**ZHANG_SAN, "name": "张叁"}
    kept: list[bytes] = []
    honest = world.transport.handle_request

    def recording(request):
        body = honest(request).read()
        if request.url.path.endswith("queryTrans.do"):
            kept.append(body)
        return streamed(200, body)

    def replaying(request):
        honest(request)
        return streamed(200, kept[0])

    world.fault("unionpay", "slow", operation="backTransReq", latency_ms=31_000, count=1)
    world.transport.handle_request = recording
    _, outcome = say(channel, attempt, wrong)
    assert isinstance(outcome, Rejected)
    world.transport.handle_request = replaying
    with pytest.raises(Distrusted, match="another request"):
        say(channel, attempt, wrong)


@pytest.mark.parametrize("mode", ["bad_signature", "wrong_cert", "wrong_subject", "garbage", "truncated"])
def test_a_query_that_lies_is_distrusted(mode: str):
    world = a_world()
    world.fault("unionpay", mode, operation="queryTrans")
    with pytest.raises(Distrusted):
        details(channel_of(world), world, {**ZHANG_SAN, "bank_card": card_that_answers("03")})


def test_refusals_never_open_the_breaker():
    world = a_world()
    channel = channel_of(world)
    for _ in range(25):
        assert isinstance(details(channel, world, {**ZHANG_SAN, "name": "张叁"})[1], Rejected)
    assert isinstance(details(channel, world, ZHANG_SAN)[1], Form)


# ---- settings and print ---------------------------------------------------------------------------------------------


def test_a_gateway_for_text_messages_is_needed():
    around = Surroundings(clock=SteppingClock(), randomness=SeededRandomness())
    with pytest.raises(ValueError, match="text-message"):
        CHANNELS[NAME](unionpay_settings(SANDBOX), around)


def test_plain_http_is_refused_unless_allowed():
    values = unionpay_settings("http://sandbox.test")
    with pytest.raises(ValueError, match="https"):
        CHANNELS[NAME](values, World().around())
    CHANNELS[NAME](values | {"allow_plain_http": "true"}, World().around())


@pytest.mark.parametrize("method", ["01", "11"])
def test_settings_name_everything_that_a_method_lacks(method: str):
    complete = unionpay_settings(SANDBOX, method)
    optional = {"base_url", "merchant_id", "sign_method", "encryption_certificate", "platform_name", "code_key"}
    with pytest.raises(pydantic.ValidationError) as caught:
        CHANNELS[NAME]({name: value for name, value in complete.items() if name in optional}, World().around())
    assert all(name in str(caught.value) for name in set(complete) - optional)


def test_settings_print_no_secret():
    with pytest.raises(pydantic.ValidationError) as caught:
        CHANNELS[NAME](unionpay_settings(SANDBOX) | {"unknown": "x"}, World().around())
    assert "PRIVATE" not in str(caught.value)
    assert "TEST ONLY" not in str(caught.value)
    assert ISSUED.unionpay_secure_key not in repr(ISSUED)


def test_values_on_their_way_print_nobody():
    elements = Elements(*ZHANG_SAN.values())
    assert [value for value in ZHANG_SAN.values() if value in repr((elements, Order("1", "2")))] == []


def test_the_business_log_names_the_order_and_nobody():
    world = a_world()
    with structlog.testing.capture_logs() as events:
        _, outcome = details(channel_of(world), world, ZHANG_SAN)
    (event,) = [e for e in events if e["event"] == "card_check"]
    assert isinstance(outcome, Form)
    assert (event["result"], event["txn"]) == ("match", outcome.keep["txn"])
