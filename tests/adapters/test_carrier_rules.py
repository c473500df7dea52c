"""The carrier channel's own rules: vectors, result codes, what is asked, one question, the code, settings."""

import datetime

import httpx
import pydantic
import pytest

from adapters import CHANNELS
from adapters.carrier import codes, service, signing
from adapters.http import Surroundings, Transient
from adapters.sandbox import carrier as theirs
from adapters.sandbox.credentials import ISSUED, carrier_settings
from adapters.sandbox.subscribers import test_number as number_that_answers
from adapters.texted_code import TextedCode
from idp.domain.attempt import Attempt
from idp.domain.channel import UNSPENT_REASONS, FieldKind, Form, Reason, Rejected, Verified
from idp.domain.claims import ClaimName
from idp.domain.errors import Distrusted, Unavailable
from tests.adapters.carrier import (
    BY_KEY,
    LI_SI,
    NAME,
    RESULTS,
    VECTOR,
    ZHANG_SAN,
    a_world,
    begun,
    channel_of,
    claims,
    details,
    say,
    texted,
)
from tests.adapters.rigs import SANDBOX, World, streamed
from tests.doubles import SeededRandomness, SteppingClock

KNOWN = {ClaimName.NAME: ZHANG_SAN["name"], ClaimName.ID_NUMBER: ZHANG_SAN["id_number"]}
MOBILE = ZHANG_SAN["mobile"]
SECRET = VECTOR["secret"]
CHINA = datetime.timezone(datetime.timedelta(hours=8))


def code_on(world: World, mobile: str = MOBILE) -> str:
    return texted(world, mobile)[0]["code"]


# ---- vectors ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("row", VECTOR["requests"], ids=lambda row: row["members"]["Name"])
def test_both_sides_sign_a_question_as_other_tools_do(row: dict):
    members = row["members"]
    assert signing.string_to_sign("POST", members) == row["string_to_sign"]
    assert signing.question(SECRET, members) == members["Signature"]
    assert theirs.signature(SECRET, "POST", members) == members["Signature"]


@pytest.mark.parametrize("row", VECTOR["answers"], ids=lambda row: row["members"]["Result"])
def test_both_sides_sign_an_answer_as_other_tools_do_and_it_is_believed(row: dict):
    members = row["members"]
    assert signing.string_to_sign("ANSWER", members) == row["string_to_sign"]
    assert theirs.signature(SECRET, "ANSWER", members) == members["Signature"]
    found = service.believed(members, SECRET, serial=members["SerialNo"], nonce=members["Nonce"])
    assert found == members["Result"]


@pytest.mark.parametrize("row", VECTOR["forged"], ids=lambda row: row["what"])
def test_a_forged_answer_is_distrusted(row: dict):
    members = row["members"]
    with pytest.raises(Distrusted, match="signature"):
        service.believed(members, SECRET, serial=members["SerialNo"], nonce=members["Nonce"])


@pytest.mark.parametrize("member", ["SerialNo", "Nonce"])
def test_an_answer_to_another_request_is_distrusted(member: str):
    members = VECTOR["answers"][0]["members"]
    asked = {"serial": members["SerialNo"], "nonce": members["Nonce"]}
    asked[{"SerialNo": "serial", "Nonce": "nonce"}[member]] = "f" * 32
    with pytest.raises(Distrusted, match="another request"):
        service.believed(members, SECRET, **asked)


# ---- every published result ---------------------------------------------------------------------------------------------

# What "rejected" of the vector means to the person.
REASONS = {
    "-4": Reason.MISMATCH_PHONE,
    "-6": Reason.BAD_INPUT,
    "-7": Reason.BAD_INPUT,
    "-8": Reason.BAD_INPUT,
    "-9": Reason.NOT_FOUND,
    "-13": Reason.MOBILE_UNSUPPORTED,
}


@pytest.mark.parametrize("row", RESULTS, ids=lambda row: row["Result"])
def test_every_published_result_comes_to_the_outcome_of_the_vector(row: dict):
    """Over the wire: the sandbox has a test number for each."""
    world = a_world()
    fields = {**ZHANG_SAN, "mobile": number_that_answers(row["Result"])}
    channel = channel_of(world)
    if row["outcome"] == "unavailable":
        with pytest.raises(Unavailable) as caught:
            details(channel, world, fields)
        assert not caught.value.alert
        return
    _, outcome = details(channel, world, fields)
    if row["outcome"] == "match":
        assert isinstance(outcome, Form)
        return
    assert isinstance(outcome, Rejected)
    assert outcome.reason is REASONS[row["Result"]]
    assert outcome.txn
    words = {"mismatch": "mismatch", "not_found": "not_found", "rejected": ("bad_input", "mobile_unsupported")}
    assert str(outcome.reason).startswith(words[row["outcome"]])
    assert texted(world, fields["mobile"]) == []


def test_the_sandbox_says_the_published_texts():
    assert {row["Result"]: row["text"] for row in RESULTS} == theirs.TEXTS


@pytest.mark.parametrize("result", ["-1", "-99", "1", "00", "0 ", "ok", "-", "一" * 40, "-123456"])
def test_a_result_that_nobody_published_is_no_verdict_and_somebody_must_look(result: str):
    with pytest.raises(Unavailable) as caught:
        codes.verdict(result, tomorrow=0)
    assert caught.value.alert
    assert result.isascii() or result not in str(caught.value)


def test_a_segment_that_cannot_be_asked_about_costs_no_try():
    assert Reason.MOBILE_UNSUPPORTED in UNSPENT_REASONS


def test_a_busy_carrier_is_asked_once_more():
    with pytest.raises(Transient):
        codes.verdict("-11", tomorrow=0)
    world = a_world()
    world.fault("carrier", "maintenance", count=1)
    assert isinstance(details(channel_of(world), world, ZHANG_SAN)[1], Form)
    assert len(world.requests("verify")) == 2


def test_asked_too_often_concerns_this_person_until_midnight_in_china():
    """Told to everybody, one person who types a number often enough would shut the way for all."""
    world = a_world(carrier_tries=5)
    channel = channel_of(world)
    for _ in range(5):
        assert isinstance(details(channel, world, {**ZHANG_SAN, "name": "张叁"})[1], Rejected)
    with pytest.raises(Unavailable) as caught:
        details(channel, world, ZHANG_SAN)
    assert caught.value.personal
    again = datetime.datetime.fromtimestamp(caught.value.retry_at, tz=CHINA)
    assert (again.hour, again.minute) == (0, 0)
    assert 0 < caught.value.retry_at - world.clock.now() <= 86_400
    assert isinstance(details(channel, world, LI_SI)[1], Form)
    world.clock.advance(86_400)
    assert isinstance(details(channel, world, ZHANG_SAN)[1], Form)


# ---- what is asked ----------------------------------------------------------------------------------------------------


def test_of_a_proved_account_only_the_mobile_is_asked():
    world = a_world()
    channel = channel_of(world)
    step = channel.begin(Attempt("a", NAME, 4e9, "https://idp.test/return", known=KNOWN))
    assert isinstance(step, Form)
    assert step.fields == (FieldKind.MOBILE,)
    attempt, _ = say(channel, begun(channel, world, KNOWN), {"mobile": MOBILE})
    _, outcome = say(channel, attempt, {"sms_code": code_on(world)})
    assert isinstance(outcome, Verified)
    assert outcome.claims == claims(ZHANG_SAN)


def test_an_account_that_has_proved_nothing_is_asked_for_all_three():
    step = channel_of(a_world()).begin(Attempt("a", NAME, 4e9, "https://idp.test/return"))
    assert isinstance(step, Form)
    assert step.fields == (FieldKind.NAME, FieldKind.ID_NUMBER, FieldKind.MOBILE)


def test_a_known_person_cannot_be_typed_over():
    """An account is no instrument to ask the carriers about others."""
    world = a_world()
    channel = channel_of(world)
    _, outcome = say(channel, begun(channel, world, KNOWN), LI_SI)
    assert isinstance(outcome, Rejected)
    assert outcome.reason is Reason.MISMATCH_PHONE
    assert texted(world, LI_SI["mobile"]) == []


@pytest.mark.parametrize(
    ("number", "reason"), [(BY_KEY["minor"]["id_number"], Reason.UNDER_AGE), ("810000190101010015", Reason.NOT_FOUND)]
)
def test_whom_the_channel_does_not_serve_is_refused_before_any_carrier_is_asked(number: str, reason: Reason):
    world = a_world()
    world.clock.advance(8 * 365 * 86_400)  # the minor is born in 2020
    channel = channel_of(world)
    attempt = Attempt("a", NAME, 4e9, "https://idp.test/return", known={**KNOWN, ClaimName.ID_NUMBER: number})
    assert channel.begin(attempt) == Rejected(reason)
    _, outcome = details(channel, world, {**ZHANG_SAN, "id_number": number})
    assert outcome == Rejected(reason)
    assert world.requests("verify") == []


@pytest.mark.parametrize("mobile", ["19900000001", "+86 199 0000 0001", "8619900000001", "199-0000-0001"])
def test_a_mobile_is_taken_as_people_type_it(mobile: str):
    world = a_world()
    assert isinstance(details(channel_of(world), world, {**ZHANG_SAN, "mobile": mobile})[1], Form)


@pytest.mark.parametrize(
    "wrong",
    [
        {"mobile": ""},
        {"mobile": "+1 2025550123"},
        {"mobile": "1990000000"},
        {"mobile": "١" * 11},
        {"name": "1"},
        {"id_number": "370102190103070013"},
    ],
)
def test_fields_that_cannot_be_right_reach_no_carrier(wrong: dict[str, str]):
    world = a_world()
    assert details(channel_of(world), world, ZHANG_SAN | wrong)[1] == Rejected(Reason.BAD_INPUT)
    assert world.requests("verify") == []


# ---- one question -----------------------------------------------------------------------------------------------------


def test_details_sent_again_are_the_same_question_and_are_counted_once():
    world = a_world(carrier_tries=1)
    channel = channel_of(world)
    attempt = begun(channel, world)
    world.fault("sms", "http_503")
    with pytest.raises(Unavailable):
        say(channel, attempt, ZHANG_SAN)
    world.heal()
    world.clock.advance(31)
    attempt, outcome = say(channel, attempt, ZHANG_SAN)
    assert isinstance(outcome, Form)
    _, outcome = say(channel, attempt, {"sms_code": code_on(world)})
    assert isinstance(outcome, Verified)


def test_the_result_of_earlier_details_never_speaks_for_later_ones():
    """Otherwise a thief lets the right mobile match, fails its text, and has the code sent to another mobile."""
    world = a_world()
    channel = channel_of(world)
    attempt = begun(channel, world)
    world.fault("sms", "http_503")
    with pytest.raises(Unavailable):
        say(channel, attempt, ZHANG_SAN)
    world.heal()
    world.clock.advance(31)
    _, outcome = say(channel, attempt, {**ZHANG_SAN, "mobile": "19900000077"})
    assert isinstance(outcome, Rejected)
    assert outcome.reason is Reason.MISMATCH_PHONE
    assert texted(world, "19900000077") == []


def test_an_old_request_is_not_taken_again():
    """The sandbox as the carrier: a request number once, a time of now, a serial number for one question."""
    world = a_world()
    sent: list[httpx.Request] = []
    honest = world.transport.handle_request

    def recording(request: httpx.Request) -> httpx.Response:
        if request.url.path.endswith("/verify"):
            sent.append(request)
        return honest(request)

    world.transport.handle_request = recording
    details(channel_of(world), world, ZHANG_SAN)
    body = sent[0].content
    again = world.control.post("/carrier/three-element/v1/verify", data=body)
    assert (again.status_code, again.json) == (401, {"Code": "NonceUsed"})
    world.clock.advance(301)
    again = world.control.post("/carrier/three-element/v1/verify", data=body)
    assert (again.status_code, again.json) == (401, {"Code": "SignatureExpire"})


@pytest.mark.parametrize("wrong", [{"app_secret": "x" * 32}, {"app_id": "somebody-else"}])
def test_a_wrong_set_up_of_ours_raises_an_alert(wrong: dict[str, str]):
    world = a_world()
    with pytest.raises(Unavailable) as caught:
        details(channel_of(world, **wrong), world, ZHANG_SAN)
    assert caught.value.alert


@pytest.mark.parametrize("body", [b"", b"[]", b"{", b'{"AppId": 1}', b'{"AppId": "a"}'])
def test_the_sandbox_refuses_what_is_no_request(body: bytes):
    answer = World().control.post("/carrier/three-element/v1/verify", data=body)
    assert (answer.status_code, answer.json) == (400, {"Code": "InvalidParameter"})


@pytest.mark.parametrize(
    ("change", "status", "code"),
    [
        ({"Version": "2.0"}, 400, "InvalidParameter"),
        ({"Nonce": "short"}, 400, "InvalidParameter"),
        ({"AppId": "other"}, 401, "SignatureFailure"),
        ({"Timestamp": "now"}, 401, "SignatureExpire"),
        ({"Phone": "123"}, 200, "-6"),
        ({"IdCard": "123"}, 200, "-7"),
        ({"Name": "1"}, 200, "-8"),
        ({"SerialNo": "used"}, 409, "SerialNoUsed"),
    ],
)
def test_the_sandbox_judges_what_our_adapter_never_sends(change: dict[str, str], status: int, code: str):
    world = a_world()
    members = VECTOR["requests"][0]["members"] | {"Timestamp": str(int(world.clock.now()))}

    def post(**changes: str):
        body = members | changes
        body["Signature"] = theirs.signature(ISSUED.carrier_app_secret, "POST", body)
        return world.control.post("/carrier/three-element/v1/verify", json=body)

    if change == {"SerialNo": "used"}:
        assert post().status_code == 200
        change = {"Name": "李思", "Nonce": "f" * 32}
    answer = post(**change)
    assert (answer.status_code, answer.json.get("Code") or answer.json["Result"]) == (status, code)


def test_the_log_of_the_sandbox_is_masked():
    world = a_world()
    details(channel_of(world), world, ZHANG_SAN)
    (row,) = world.requests("verify")
    assert row["fields"] == {"number": "3701**********0012", "name": "张*", "mobile": "199****0001"}
    assert [value for value in ZHANG_SAN.values() if value in repr(row)] == []


def test_refusals_never_open_the_breaker():
    world = a_world()
    channel = channel_of(world)
    for _ in range(25):
        assert isinstance(details(channel, world, {**ZHANG_SAN, "name": "张叁"})[1], Rejected)
    assert isinstance(details(channel, world, ZHANG_SAN)[1], Form)


# ---- the code (tests/adapters/test_unionpay_possession.py tries the shared part in full) -------------------------------


def test_nobody_is_verified_by_the_carrier_alone():
    world = a_world()
    _, outcome = details(channel_of(world), world, ZHANG_SAN)
    assert isinstance(outcome, Form)
    assert outcome.fields == (FieldKind.SMS_CODE,)
    assert code_on(world) not in "\n".join(outcome.keep.values())


def test_five_wrong_codes_end_the_attempt():
    world = a_world()
    channel = channel_of(world)
    attempt, _ = details(channel, world, ZHANG_SAN)
    wrong = f"{(int(code_on(world)) + 1) % 1_000_000:06d}"
    for _ in range(4):
        attempt, outcome = say(channel, attempt, {"sms_code": wrong})
        assert isinstance(outcome, Form)
    _, outcome = say(channel, attempt, {"sms_code": wrong})
    assert isinstance(outcome, Rejected)
    assert outcome.reason is Reason.TOO_MANY_TRIES


def test_a_code_is_good_for_five_minutes_and_for_its_own_attempt_at_any_worker():
    world = a_world()
    first, _ = details(channel_of(world), world, ZHANG_SAN)
    code = code_on(world)
    second, _ = details(channel_of(world, 2), world, ZHANG_SAN)
    assert isinstance(say(channel_of(world), second, {"sms_code": code})[1], Form)
    assert isinstance(say(channel_of(world), first, {"sms_code": code})[1], Verified)
    world.clock.advance(300)
    _, outcome = say(channel_of(world), first, {"sms_code": code})
    assert isinstance(outcome, Rejected)
    assert outcome.reason is Reason.EXPIRED


def test_the_code_of_one_channel_is_no_code_of_another():
    """Two channels with one ``code_key`` by mistake: their digests still differ."""
    world = a_world()
    around = world.around()
    one, other = (TextedCode(name, around.sms, world.clock, around.randomness, "k" * 32) for name in ("one", "other"))
    assert one.digest("code", "a") != other.digest("code", "a")


# ---- settings ---------------------------------------------------------------------------------------------------------


def test_a_gateway_for_text_messages_is_needed():
    around = Surroundings(clock=SteppingClock(), randomness=SeededRandomness())
    with pytest.raises(ValueError, match="text-message"):
        CHANNELS[NAME](carrier_settings(SANDBOX), around)


def test_plain_http_is_refused_unless_allowed():
    values = carrier_settings("http://sandbox.test")
    with pytest.raises(ValueError, match="https"):
        CHANNELS[NAME](values, World().around())
    CHANNELS[NAME](values | {"allow_plain_http": "true"}, World().around())


@pytest.mark.parametrize(
    "changes", [{"app_secret": "short"}, {"code_key": "short"}, {"app_id": "a b"}, {"unknown": "1"}]
)
def test_faulty_settings_are_named_without_their_values(changes: dict[str, str]):
    with pytest.raises(pydantic.ValidationError) as caught:
        CHANNELS[NAME](carrier_settings(SANDBOX) | changes, World().around())
    assert next(iter(changes)) in str(caught.value)
    assert ISSUED.carrier_app_secret not in str(caught.value)


def test_the_facts_are_the_rules_of_the_country():
    facts = channel_of(a_world()).facts
    assert (facts.validity_days, facts.minimum_age, facts.source) == (180, 16, "carrier")
    assert not facts.begin_costs


def test_a_gateway_that_answers_with_something_else_is_distrusted():
    world = a_world()
    world.transport = httpx.MockTransport(lambda _: streamed(200, b'{"Result":"0"}'))  # type: ignore[assignment]
    with pytest.raises(Distrusted):
        details(channel_of(world), world, ZHANG_SAN)
