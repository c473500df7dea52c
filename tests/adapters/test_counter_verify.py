"""The counter channel: the contract, who may vouch, what is believed, and the desk's own checks."""

import datetime
import hashlib
import hmac
import json
import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from adapters import CHANNELS
from adapters.counter import verdict
from adapters.counter.fields import octets_of
from adapters.counter.settings import key_set
from adapters.sandbox.counter import api, issued, reader
from adapters.sandbox.counter.issued import APP_ID, APP_SECRET, DESK_KEY, OFFICERS, STRANGE_KEY, counter_settings
from adapters.sandbox.population import personas
from idp.domain.attempt import Attempt, Reply
from idp.domain.channel import Outcome, Reason, Rejected, Scan, Verified
from idp.domain.claims import ClaimName
from idp.domain.errors import ChannelError, Distrusted, Unavailable
from tests.adapters.counter import FIRST, NAME, SECOND, TYPED, Visit, channel_of, claims
from tests.adapters.rigs import SANDBOX, World, streamed
from tests.contract.channel import ANY_INPUT, ChannelContract, Person, Rig
from tests.doubles import SeededRandomness

PERSONAS = json.loads((Path(__file__).parent.parent / "vectors/channels/personas.json").read_text(encoding="utf-8"))[
    "people"
]
ZHANG_SAN = claims("张三", "370102190103070012", "1901-03-07", "male")
LI_SI = claims("李思", "370102190204150003", "1902-04-15", "female")
NOW = 1_735_689_600.0


class CounterContract(ChannelContract):
    channel_name = NAME
    # Which of the two calls lies.
    lying_operation: str

    @pytest.fixture
    def world(self) -> World:
        return World()

    @pytest.fixture
    def rig(self, world: World) -> Rig:
        channel = channel_of(world)
        client = world.control

        def reply(attempt: Attempt, step: Outcome, person: Person) -> Reply:
            assert isinstance(step, Scan)
            desk = f"/counter/desk/{person.fields['officer']}"
            client.post(desk, data={"code": step.payload})
            case = f"{desk}/{attempt.keep['request_id']}"
            client.post(f"{case}/read", data={"card": person.fields["card"], "condition": person.fields["condition"]})
            if person.fields["register"] == "ask":
                client.post(f"{case}/register")
            stated = {"officer_states": "yes", "citizen_confirms": "yes"}
            client.post(f"{case}/decide", data={"decision": person.fields["decision"], **stated})
            return Reply(attempt.id, attempt.channel)

        def someone(
            card: str, decision: str = "vouched", condition: str = "good", register: str = ""
        ) -> dict[str, str]:
            told = {"card": card, "decision": decision, "condition": condition, "register": register}
            return {**told, "officer": SECOND}

        def break_upstream(mode: str) -> None:
            if mode == "down":
                world.transport.down = True
                return
            lies = mode in self.distrusted_modes
            # Late beyond the 5 seconds of a poll; this transport waits out the whole delay, twice.
            late = {"latency_ms": 6000} if mode == "slow" else {}
            world.fault("counter", mode, operation=self.lying_operation if lies else None, **late)

        def heal() -> None:
            world.transport.down = False
            world.heal()
            world.clock.advance(31)  # past an open breaker

        return Rig(
            channel=channel,
            clock=world.clock,
            honest=Person(someone("zhang_san"), ZHANG_SAN),
            other=Person(someone("li_si"), LI_SI),
            wrong=[
                Person(someone("zhang_san", "refused"), refused_for=frozenset({Reason.RISK_CONTROL})),
                Person(someone("zhang_san", "card_expired", "expired"), refused_for=frozenset({Reason.EXPIRED})),
                Person(
                    someone("deceased", "cancelled_or_deceased", register="ask"),
                    refused_for=frozenset({Reason.CANCELLED_OR_DECEASED}),
                ),
            ],
            break_upstream=break_upstream,
            heal=heal,
            unprintable=[
                *(value for row in (ZHANG_SAN, LI_SI) for key, value in row.items() if key is not ClaimName.GENDER),
                "孙故",
                "赵六",
                APP_SECRET,
                reader.card_of(personas()[0]).text.hex(),
                issued.b64(reader.card_of(personas()[0]).text),
            ],
            deadline_seconds=15,
            reply=reply,
        )


class TestLiesAboutTheVerdict(CounterContract):
    lying_operation = "verdict"


class TestLiesAboutTheAppointment(CounterContract):
    lying_operation = "open"


# ---- the people -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("row", PERSONAS, ids=[row["key"] for row in PERSONAS])
def test_each_persona_comes_to_the_expected_outcome(row: dict):
    assert row["expected"][NAME] == "match"
    # 赵六 does not verify himself, nor 郑闰: the other officer does.
    visit = Visit(World())
    visit.open(SECOND)
    visit.read(row["key"], officer=SECOND)
    visit.vouch(SECOND)
    outcome = visit.poll()
    assert isinstance(outcome, Verified)
    assert outcome.claims[ClaimName.NAME] == row["name"]
    assert outcome.claims[ClaimName.ID_NUMBER] == row["id18"]
    assert outcome.txn == "C-20250101-0001"


@pytest.mark.parametrize(
    ("known", "expected"),
    [
        ({}, None),
        ({ClaimName.NAME: "张三", ClaimName.ID_NUMBER: "370102190103070012"}, None),
        ({ClaimName.NAME: "张叁", ClaimName.ID_NUMBER: "370102190103070012"}, Reason.MISMATCH_NAME),
        ({ClaimName.NAME: "李思", ClaimName.ID_NUMBER: "370102190204150003"}, Reason.MISMATCH_PERSON),
        ({ClaimName.NAME: "张三", ClaimName.ID_NUMBER: "370102190204150003"}, Reason.MISMATCH_PERSON),
    ],
)
def test_the_chip_is_compared_with_what_the_account_has_proved(known: dict, expected: Reason | None):
    outcome = Visit(World(), known).done()
    if expected is None:
        assert isinstance(outcome, Verified)
        assert (outcome.claims, outcome.txn) == (ZHANG_SAN, "C-20250101-0001")
    else:
        assert outcome == Rejected(expected, "C-20250101-0001")


DAY = 86_400.0
END_OF_THE_CARD = datetime.datetime(2040, 1, 2, tzinfo=datetime.timezone(datetime.timedelta(hours=8))).timestamp()
LI_SI = {ClaimName.NAME: "李思", ClaimName.ID_NUMBER: "370102190204150003"}
WANG_WU = {ClaimName.NAME: "王五", ClaimName.ID_NUMBER: "370102190202020002"}


@pytest.mark.parametrize(
    ("card", "known", "asks", "days"),
    [
        ("li_si", LI_SI, True, None),
        ("li_si", LI_SI, False, None),
        ("li_si", {}, True, None),
        ("li_si", {}, False, 180),
        ("missing", WANG_WU, True, 180),
        ("missing", {}, True, 180),
    ],
)
def test_whom_the_register_does_not_know_is_looked_at_again_and_a_card_ends(card, known, asks, days):
    visit = Visit(World(), known)
    visit.open()
    visit.read(card)
    if asks:
        visit.post("register")
    visit.vouch()
    outcome = visit.poll()
    assert isinstance(outcome, Verified)
    assert outcome.counts_until == (END_OF_THE_CARD if days is None else visit.world.clock.now() + days * DAY)


def test_a_card_for_ever_ends_never():
    outcome = Visit(World(), {ClaimName.NAME: "艾力·买买提", ClaimName.ID_NUMBER: "650102190301010034"}).done("aili")
    assert isinstance(outcome, Verified)
    assert outcome.counts_until is None


def test_a_dot_in_another_spelling_is_the_same_name():
    known = {ClaimName.NAME: "艾力•买买提", ClaimName.ID_NUMBER: "650102190301010034"}
    assert isinstance(Visit(World(), known).done("aili"), Verified)


# ---- the steps in between -------------------------------------------------------------------------------------------


def test_nothing_personal_is_in_the_code_and_two_codes_differ():
    world = World()
    codes = {Visit(world, ZHANG_SAN).code for _ in range(5)}
    assert len(codes) == 5
    assert all(re.fullmatch(r"[0-9A-HJKMNP-TV-Z]{4}-[0-9A-HJKMNP-TV-Z]{4}", code) for code in codes)


def test_every_step_at_the_desk_is_pending_for_the_citizen():
    visit = Visit(World())
    steps: list[Callable[[], object]] = [lambda: None, visit.open, visit.read, lambda: visit.post("register")]
    for step in steps:
        step()
        outcome = visit.poll()
        assert isinstance(outcome, Scan)
        assert outcome.payload == visit.code
        assert dict(outcome.keep) == dict(visit.attempt.keep)


def test_polling_slows_down_after_half_a_minute():
    visit = Visit(World())
    paces = []
    for _ in range(4):
        outcome = visit.poll()
        assert isinstance(outcome, Scan)
        paces.append(outcome.poll_seconds)
        visit.world.clock.advance(15)
    assert paces == [2, 2, 5, 5]


def test_a_code_that_nobody_opened_in_ten_minutes_is_exchanged_for_a_new_one_while_the_person_waits():
    visit = Visit(World())
    visit.world.clock.advance(600)
    assert visit.open().status_code == 404
    renewed = visit.poll()
    assert isinstance(renewed, Scan)
    assert renewed.payload != visit.code
    assert renewed.poll_seconds == 2
    assert visit.open().status_code == 404, "the old code opens nothing"
    visit.attempt, visit.code = visit.attempt.awaiting(renewed.keep), renewed.payload
    assert isinstance(visit.done(), Verified)


def test_an_opened_appointment_outlives_its_code():
    visit = Visit(World())
    visit.open()
    visit.world.clock.advance(1200)
    visit.read()
    visit.vouch()
    assert isinstance(visit.poll(), Verified)


def test_a_broken_reader_is_unavailable_and_another_reading_still_helps():
    visit = Visit(World())
    visit.open()
    visit.post("decide", decision="reader_fault")
    with pytest.raises(Unavailable):
        visit.poll()
    visit.read()
    visit.vouch()
    assert isinstance(visit.poll(), Verified)


@pytest.mark.parametrize("condition", ["empty", "damaged"])
def test_an_unreadable_card_leaves_the_appointment_open(condition: str):
    visit = Visit(World())
    visit.open()
    assert "没有读到" in visit.read(condition=condition).text
    assert visit.vouch().status_code == 409
    assert isinstance(visit.poll(), Scan)


def test_a_slow_card_is_read_in_its_own_time():
    visit = Visit(World())
    visit.open()
    visit.read(condition="slow")
    visit.vouch()
    assert isinstance(visit.poll(), Verified)


def test_a_code_in_use_is_exchanged_for_another():
    class SameCodeTwice(SeededRandomness):
        codes = 0

        def octets(self, nbytes: int) -> bytes:
            self.codes += nbytes == 8
            return bytes(8) if nbytes == 8 and self.codes < 3 else super().octets(nbytes)

    world = World()
    around = replace(world.around(), randomness=SameCodeTwice(5))
    channel = CHANNELS[NAME](counter_settings(SANDBOX), around)
    steps = [channel.begin(Attempt(f"a{n}", NAME, 4e9, "https://idp.test/return")) for n in range(2)]
    assert [isinstance(step, Scan) for step in steps] == [True, True]
    assert steps[0].payload == "0000-0000" != steps[1].payload
    assert [row["verdict"] for row in world.requests("open")] == ["verified", "refused: code_in_use", "verified"]


# ---- who may vouch --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("card", ["officer", "leap"])
def test_an_officer_never_verifies_himself_or_a_relative(card: str):
    visit = Visit(World())
    visit.open()
    visit.read(card)
    answer = visit.vouch()
    assert answer.status_code == 409
    assert "不得为本人或系统登记的亲属核验" in answer.text
    assert isinstance(visit.poll(), Scan)


def test_another_officer_cannot_take_over_a_case():
    visit = Visit(World())
    visit.open()
    assert visit.read(officer=SECOND).status_code == 409
    visit.read()
    assert visit.vouch(SECOND).status_code == 409


@pytest.mark.parametrize("left_out", ["officer_states", "citizen_confirms"])
def test_nobody_is_vouched_for_without_both_confirmations(left_out: str):
    visit = Visit(World())
    visit.open()
    visit.read()
    form = {"decision": "vouched", "officer_states": "yes", "citizen_confirms": "yes"}
    form.pop(left_out)
    assert visit.post("decide", **form).status_code == 409


def test_an_expired_card_cannot_be_vouched_for_at_the_desk():
    visit = Visit(World())
    visit.open()
    visit.read(condition="expired")
    assert visit.vouch().status_code == 409
    visit.post("decide", decision="card_expired")
    assert visit.poll() == Rejected(Reason.EXPIRED, "C-20250101-0001")


@pytest.mark.parametrize(
    ("card", "stops"), [("deceased", True), ("revoked", True), ("missing", False), ("li_si", False)]
)
def test_only_an_end_of_the_registration_stops_the_desk(card: str, *, stops: bool):
    visit = Visit(World())
    visit.open()
    visit.read(card)
    visit.post("register")
    visit.vouch()
    assert isinstance(visit.poll(), Scan if stops else Verified)


def test_a_typed_document_needs_a_second_officer_who_is_another():
    visit = Visit(World())
    visit.open()
    visit.post("type", **TYPED)
    visit.vouch()
    assert isinstance(visit.poll(), Scan)
    assert visit.post("confirm", FIRST, agrees="yes").status_code == 409
    assert visit.code in visit.world.control.get(f"/counter/desk/{SECOND}").text
    visit.post("confirm", SECOND, agrees="yes")
    outcome = visit.poll()
    assert isinstance(outcome, Verified)
    assert outcome.claims == claims("陈大文", TYPED["id_number"], "1901-01-01", "male")


def test_the_second_officer_can_refuse():
    visit = Visit(World())
    visit.open()
    visit.post("type", **TYPED)
    visit.vouch()
    visit.post("confirm", SECOND, agrees="no")
    assert visit.poll() == Rejected(Reason.RISK_CONTROL, "C-20250101-0001")


@pytest.mark.parametrize("left_out", TYPED)
def test_typing_wants_every_field_and_a_reason(left_out: str):
    visit = Visit(World())
    visit.open()
    assert visit.post("type", **{**TYPED, left_out: " "}).status_code == 409


def test_four_eyes_can_be_asked_for_always():
    visit = Visit(World(), four_eyes="always")
    visit.open()
    visit.read()
    visit.vouch()
    assert isinstance(visit.poll(), Scan)
    visit.post("confirm", SECOND, agrees="yes")
    assert isinstance(visit.poll(), Verified)


def test_a_decided_case_is_decided():
    visit = Visit(World())
    first = visit.done()
    assert visit.post("decide", decision="refused").status_code == 409
    assert visit.post("confirm", SECOND, agrees="no").status_code == 409
    assert visit.poll() == first


# ---- what is believed: the table of the verdict ---------------------------------------------------------------------

NONCE = bytes(range(16))
ASKED = verdict.Appointment("0" * 32, "7K2M-Q4XR", NONCE, NOW - 60, always_two=False)
WORKSTATIONS = key_set(counter_settings(SANDBOX)["workstation_keys"])


def reading(number: int = 0, nonce: bytes = NONCE, key: issued.SigningKey = OFFICERS[0].workstation, **columns: str):
    card = reader.card_of(personas()[number])
    order = ("name", "sex", "nation", "birth", "address", "id_number", "issuer", "valid_from", "valid_to", "reserved")
    card = reader.ChipCard(tuple(columns.get(n, v) for n, v in zip(order, card.columns, strict=True)))
    got = reader.read(reader.Reader(card), key, nonce)
    assert isinstance(got, reader.Reading)
    return got.signed


def decided(**changes: object) -> dict:
    told = {
        "reference": "C-20250101-0001",
        "hall": "H-370102-01",
        "officer": "W-0601",
        "decision": "vouched",
        "decided_at": int(NOW) - 5,
        "register": "not_asked",
        "officer_states": True,
        "citizen_confirms": True,
        "reading": reading(),
    }
    told |= changes
    return {"code": ASKED.code, "state": "decided", "verdict": {k: v for k, v in told.items() if v is not None}}


def judge(answer: dict, **changes: object) -> verdict.Finding | None:
    asked = verdict.Appointment(**{**{n: getattr(ASKED, n) for n in ASKED.__slots__}, **changes})
    return verdict.read(answer, asked, WORKSTATIONS, NOW)


@pytest.mark.parametrize(
    ("decision", "reason"),
    [
        ("vouched", None),
        ("refused", Reason.RISK_CONTROL),
        ("card_expired", Reason.EXPIRED),
        ("cancelled_or_deceased", Reason.CANCELLED_OR_DECEASED),
    ],
)
def test_each_decision_comes_to_its_reason(decision: str, reason: Reason | None):
    finding = judge(decided(decision=decision))
    assert finding is not None
    assert finding.reason is reason


@pytest.mark.parametrize(("until", "reason"), [("20250101", None), ("20241231", Reason.EXPIRED), ("长期", None)])
def test_the_last_day_of_a_card_counts(until: str, reason: Reason | None):
    finding = judge(decided(reading=reading(valid_to=until)))
    assert finding is not None
    assert finding.reason is reason


@pytest.mark.parametrize("register", ["not_asked", "match", "mismatch", "not_found"])
def test_the_register_marks_the_evidence_and_refuses_nobody(register: str):
    finding = judge(decided(register=register))
    assert finding is not None
    assert (finding.reason, finding.register) == (None, register)


TWO = {"officer": "W-0601", "second_officer": "W-0602"}
LIES: dict[str, dict] = {
    "unknown decision": {"decision": "fine"},
    "deceased and vouched": {"register": "cancelled_or_deceased"},
    "no register": {"register": None},
    "no reference": {"reference": None},
    "a name as reference": {"reference": "张三"},
    "no hall": {"hall": None},
    "decided before we asked": {"decided_at": int(NOW) - 1000},
    "decided in the future": {"decided_at": int(NOW) + 1000},
    "no time": {"decided_at": None},
    "true as time": {"decided_at": True},
    "no statement": {"officer_states": None},
    "a text as statement": {"officer_states": "true"},
    "no confirmation": {"citizen_confirms": False},
    "no officer": {"officer": None},
    "nobody": {"reading": None},
    "read and typed": {"typed": TYPED, **TWO},
    "typed by one officer": {"reading": None, "typed": TYPED},
    "typed and confirmed by the same": {"reading": None, "typed": TYPED, "second_officer": "W-0601"},
    "typed without a reason": {"reading": None, "typed": {**TYPED, "reason": " "}, **TWO},
    "typed without a number": {"reading": None, "typed": {**TYPED, "id_number": "810000190101010010"}, **TWO},
    "typed with an impossible date": {"reading": None, "typed": {**TYPED, "valid_to": "20300231"}, **TWO},
    "typed is a text": {"reading": None, "typed": "x", **TWO},
    "another nonce": {"reading": reading(nonce=bytes(16))},
    "unknown workstation": {"reading": reading() | {"workstation": "WS-1"}},
    "another workstation's name": {"reading": reading() | {"workstation": "WS-370102-02"}},
    "another key": {"reading": reading(key=issued.SigningKey("WS-370102-01", 7))},
    "another person's text": {"reading": reading() | {"text_block": reading(1)["text_block"]}},
    "another photo": {"reading": reading() | {"photo_sha256": issued.b64(bytes(32))}},
    "another SAM": {"reading": reading() | {"sam_number": issued.b64(bytes(16))}},
    "no base64": {"reading": reading() | {"signature": "张三"}},
    "a short signature": {"reading": reading() | {"signature": "AAAA"}},
    "zero signature": {"reading": reading() | {"signature": issued.b64(bytes(64))}},
    "a chip with a wrong check character": {"reading": reading(id_number="370102190103070010")},
    "a chip with another birth date": {"reading": reading(birth="19010308")},
    "a chip of another document": {"reading": reading(id_number="810000190101010015", birth="19010101")},
    "a chip with an old number": {"reading": reading(id_number="370102010307001")},
    "a chip without a name": {"reading": reading(name="")},
    "a chip with an impossible date": {"reading": reading(valid_to="20300231")},
}


@pytest.mark.parametrize("changes", LIES.values(), ids=LIES)
def test_a_verdict_that_cannot_be_true_is_distrusted(changes: dict):
    with pytest.raises(Distrusted):
        judge(decided(**changes))


def test_one_officer_is_too_few_where_four_eyes_were_asked_for():
    with pytest.raises(Distrusted):
        judge(decided(), always_two=True)
    assert judge(decided(second_officer="W-0602"), always_two=True) is not None


@pytest.mark.parametrize("changes", [{"state": "finished"}, {"state": None}, {"code": "AAAA-AAAA"}, {"verdict": None}])
def test_an_odd_frame_around_the_verdict_is_distrusted(changes: dict):
    with pytest.raises(Distrusted):
        judge(decided() | changes)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)


@ANY_INPUT
@given(data=st.data())
def test_any_verdict_at_all_ends_in_a_finding_or_a_channel_error(data: st.DataObject):
    answer = decided(second_officer="W-0602")
    where = data.draw(st.sampled_from([answer, answer["verdict"], answer["verdict"]["reading"]]))
    where[data.draw(st.sampled_from(sorted(where)))] = data.draw(JSON)
    try:
        finding = judge(answer)
    except ChannelError:
        return
    # Whatever was exchanged, nobody but the person on the signed chip is vouched for.
    assert finding is None or finding.reason is not None or finding.number.value == "370102190103070012"


@ANY_INPUT
@given(status=st.sampled_from([200, 204, 302, 401, 403, 404, 409, 500]), body=st.binary(max_size=400))
def test_any_answer_at_all_ends_in_a_channel_error(status: int, body: bytes):
    world = World()
    world.transport = httpx.MockTransport(lambda _: streamed(status, body))  # type: ignore[assignment]
    with pytest.raises(ChannelError):
        Visit(world)


@ANY_INPUT
@given(cut=st.floats(0, 1), length=st.integers(0, 12), patch=st.binary(max_size=8))
def test_an_answer_with_a_piece_exchanged_never_changes_the_outcome(cut: float, length: int, patch: bytes):
    world = World()
    visit = Visit(world)
    honest_outcome = visit.done()
    honest = world.transport

    class Patching(httpx.BaseTransport):
        def handle_request(self, request: httpx.Request) -> httpx.Response:
            response = honest.handle_request(request)
            body = b"".join(response.stream)  # type: ignore[arg-type]
            at = int(cut * len(body))
            return streamed(response.status_code, body[:at] + patch + body[at + length :])

    world.transport = Patching()  # type: ignore[assignment]
    later = channel_of(world, seed=99)
    try:
        outcome = later.resume(visit.attempt, Reply(visit.attempt.id, NAME))
    except ChannelError:
        return
    assert outcome == honest_outcome


@pytest.mark.parametrize(
    "header",
    [
        {"alg": "none"},
        {"alg": "HS256", "kid": DESK_KEY.kid, "typ": "counter-verdict+jws"},
        {"alg": "ES256", "kid": DESK_KEY.kid, "typ": "counter-appointment+jws"},
        {"alg": "ES256", "kid": "another", "typ": "counter-verdict+jws"},
        {"alg": "ES256", "kid": DESK_KEY.kid},
        [],
        "x",
    ],
)
def test_a_verdict_under_another_header_is_distrusted(header: object, monkeypatch: pytest.MonkeyPatch):
    visit = Visit(World())
    visit.open()
    honest = api.json.dumps
    monkeypatch.setattr(api.json, "dumps", lambda value, **more: honest(header if "alg" in value else value, **more))
    with pytest.raises(Distrusted):
        visit.poll()


@pytest.mark.parametrize(
    "keep", [{}, {"request_id": "1"}, {"request_id": "1", "code": "1", "nonce": "xx", "began_at": "1"}]
)
def test_an_attempt_that_kept_nothing_of_ours_asks_nobody(keep: dict):
    world = World()
    attempt = Attempt("a", NAME, 4e9, "https://idp.test/return").awaiting(keep)
    with pytest.raises(Distrusted):
        channel_of(world).resume(attempt, Reply("a", NAME))
    assert world.requests("verdict") == []


# ---- the desk's own checks ------------------------------------------------------------------------------------------


def request_to(world: World, path: str = "/v1/appointments", key: str = APP_SECRET, body: str = "", **changes: str):
    body = body or json.dumps(
        {"request_id": "0" * 32, "code": "7K2M-Q4XR", "nonce": "1" * 32, "code_seconds": 600, "four_eyes": "typed"}
    )
    head = {"X-Desk-App": APP_ID, "X-Desk-Time": str(int(world.clock.now() * 1000)), "X-Desk-Ask": "a" * 32} | changes
    digest = hashlib.sha256(body.encode()).hexdigest()
    text = f"{head['X-Desk-App']}\n{head['X-Desk-Time']}\n{head['X-Desk-Ask']}\n{path}\n{digest}"
    head["X-Desk-Signature"] = hmac.new(key.encode(), text.encode(), hashlib.sha256).hexdigest()
    return world.control.post("/counter/v1/appointments", data=body, headers=head, content_type="application/json")


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"key": "another key"}, "signature"),
        ({"path": "/v1/verdicts"}, "signature"),
        ({"X-Desk-App": "somebody"}, "unknown_app"),
        ({"X-Desk-Time": "1735689000000"}, "time"),
        ({"X-Desk-Time": "now"}, "time"),
        ({"X-Desk-Ask": "short"}, "ask_used"),
    ],
)
def test_the_desk_refuses_what_is_not_authentic(changes: dict, error: str):
    world = World()
    answer = request_to(world, **changes)
    assert (answer.status_code, answer.json) == (401, {"error": error})


def test_the_desk_takes_a_request_once():
    world = World()
    assert request_to(world).status_code == 200
    assert request_to(world).json == {"error": "ask_used"}


@pytest.mark.parametrize(
    ("body", "status", "error"),
    [
        ("[]", 400, "body"),
        ("{", 400, "body"),
        ("{}", 400, "parameters"),
        ('{"request_id": "1"}', 400, "parameters"),
    ],
)
def test_the_desk_refuses_a_body_that_makes_no_sense(body: str, status: int, error: str):
    answer = request_to(World(), body=body)
    assert (answer.status_code, answer.json) == (status, {"error": error})


def test_the_desk_knows_no_verdict_of_an_appointment_it_never_opened():
    world = World()
    visit = Visit(world)
    attempt = visit.attempt.awaiting({**visit.attempt.keep, "request_id": "f" * 32})
    with pytest.raises(Unavailable):
        visit.channel.resume(attempt, Reply(attempt.id, NAME))
    assert [row["verdict"] for row in world.requests("verdict")] == ["refused: unknown_request"]


def test_an_answer_about_another_appointment_is_distrusted_before_anything_is_decided():
    visit = Visit(World())
    visit.world.fault("counter", "wrong_subject", operation="verdict")
    with pytest.raises(Distrusted):
        visit.poll()


def test_the_verdict_of_another_citizens_appointment_is_never_ours():
    """Two attempts in one hall: whoever swaps their numbers in the kept record gains nothing."""
    world = World()
    mine, theirs = Visit(world), Visit(world)
    theirs.done("li_si")
    attempt = mine.attempt.awaiting({**mine.attempt.keep, "request_id": theirs.attempt.keep["request_id"]})
    with pytest.raises(Distrusted):
        mine.channel.resume(attempt, Reply(attempt.id, NAME))
    attempt = mine.attempt.awaiting({**theirs.attempt.keep, "nonce": mine.attempt.keep["nonce"]})
    with pytest.raises(Distrusted):
        mine.channel.resume(attempt, Reply(attempt.id, NAME))


def test_the_desk_knows_the_addresses_of_its_customer():
    world = World(allowed_addresses=frozenset({"192.0.2.1"}))
    assert request_to(world).status_code == 403


def test_wrong_credentials_are_our_own_fault_and_alert():
    with pytest.raises(Unavailable) as caught:
        Visit(World(), app_secret="x" * 32)
    assert caught.value.alert


def test_the_log_of_the_desk_names_nobody():
    world = World()
    Visit(world).done()
    told = json.dumps(world.control.get("/__control/requests").json, ensure_ascii=False)
    assert "verified" in told
    assert not [value for value in ("张三", "370102190103070012") if value in told]


# ---- settings -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "changes",
    [
        {"desk_keys": "x"},
        {"desk_keys": "[]"},
        {"desk_keys": '{"keys": []}'},
        {"desk_keys": '{"keys": [{"kty": "oct", "k": "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA", "kid": "1"}]}'},
        {"workstation_keys": json.dumps({"keys": [DESK_KEY.jwk(), STRANGE_KEY.jwk()]})},
        {"app_secret": "short"},
        {"four_eyes": "never"},
        {"colour": "red"},
    ],
)
def test_settings_that_cannot_work_are_refused_at_the_start(changes: dict):
    with pytest.raises(ValidationError) as caught:
        channel_of(World(), **changes)
    assert APP_SECRET not in str(caught.value)


def test_a_field_that_is_no_base64_of_its_size_is_distrusted():
    assert octets_of({"x": "AAAA"}, "x", 3) == bytes(3)
    for odd in ("AAA", "AA+/", "A" * 5, "é", "A\nAA"):
        with pytest.raises(Distrusted):
            octets_of({"x": odd}, "x", 3)


def test_a_card_ends_with_the_day_in_china():
    """20:00 UTC on the last day is the next day there."""
    answer = decided(reading=reading(valid_to="20250101"), decided_at=int(NOW) + 20 * 3600)
    finding = verdict.read(answer, ASKED, WORKSTATIONS, NOW + 20 * 3600)
    assert finding is not None
    assert finding.reason is Reason.EXPIRED


def test_a_private_key_does_not_belong_into_the_settings():
    secret = issued.b64(DESK_KEY.number.to_bytes(32))
    with pytest.raises(ValidationError) as caught:
        channel_of(World(), desk_keys=json.dumps({"keys": [DESK_KEY.jwk() | {"d": secret}]}))
    assert secret not in str(caught.value)
