"""``local_face``: whom it serves, the judge, another capture, what the browser learns, settings."""

from dataclasses import replace

import pydantic
import pytest
import structlog

from adapters import CHANNELS
from adapters.portrait import picture
from adapters.sandbox.credentials import portrait_settings
from idp.domain import assurance
from idp.domain.assurance import Level
from idp.domain.attempt import Attempt, Reply
from idp.domain.capturing import Hint
from idp.domain.channel import CONTRA_INDICATORS, UNSPENT_REASONS, Capture, Reason, Rejected, Verified
from idp.domain.claims import ClaimName
from idp.domain.errors import Unavailable
from tests.adapters.judge import HEAD, blurred, jpeg, judged
from tests.adapters.portrait import NAME, OPERATION, RETURN, ZHANG_SAN, begun, channel_of, known, look, scan
from tests.adapters.rigs import SANDBOX, World

NOBODY_TO_ASK = [
    ({}, Reason.BAD_INPUT),
    ({ClaimName.NAME: "张三"}, Reason.BAD_INPUT),
    (known({"name": "陈大文", "id_number": "810000190101010015"}), Reason.NOT_FOUND),
    (known({"name": "周童", "id_number": "370102201501010008"}), Reason.UNDER_AGE),
]

# ---- whom it serves -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("proved", "reason"), NOBODY_TO_ASK)
def test_whom_the_police_cannot_compare_meets_no_camera(proved: dict[ClaimName, str], reason: Reason):
    world = World()
    attempt = Attempt("attempt-1", NAME, 4e9, RETURN, known=proved)
    assert channel_of(world).begin(attempt) == Rejected(reason)
    assert world.requests(OPERATION) == []


def test_the_camera_step_names_nobody():
    _, step = begun(channel_of(World()))
    shown = f"{step} {dict(step.keep)}"
    assert [value for value in ZHANG_SAN.values() if value in shown] == []


# ---- the judge ------------------------------------------------------------------------------------------------------


def test_who_is_not_live_is_refused_and_the_police_are_not_asked():
    world = World()
    assert scan(channel_of(world), jpeg("zhang_san", live=False)) == Rejected(Reason.LIVENESS_FAILED)
    assert world.requests(OPERATION) == []


@pytest.mark.parametrize(
    "fields",
    [
        {},
        {"verdict": "live", "judged": "Live", "score": "100", "liveness": "true"},
        {"reference": "1", "user_id": "2", "id_number": ZHANG_SAN["id_number"], "name": ZHANG_SAN["name"]},
    ],
)
@pytest.mark.parametrize("body", [b"", jpeg("zhang_san")])
def test_nothing_that_a_browser_writes_is_a_judgement(fields: dict[str, str], body: bytes):
    """FAC-01, FAC-03: the judgement comes from our judge, the person from the account; a post has neither."""
    world = World()
    channel = channel_of(world)
    attempt, step = begun(channel)
    assert channel.resume(attempt, Reply(attempt.id, NAME, fields, body)) == step
    assert world.requests(OPERATION) == []


def test_whose_face_it_should_be_is_the_accounts_whatever_a_reply_names():
    """FAC-03."""
    channel = channel_of(World())
    attempt, _ = begun(channel)
    named = {"id_number": "370102190204150003", "name": "李思", "reference": "li_si"}
    outcome = channel.resume(attempt, Reply(attempt.id, NAME, named, judged=judged(jpeg("li_si"))))
    assert isinstance(outcome, Rejected)
    assert outcome.reason is Reason.MISMATCH_FACE


@pytest.mark.parametrize("said", ["device_unsupported", "permission_denied", "user_cancelled"])
def test_a_page_without_a_camera_may_say_so(said: str):
    channel = channel_of(World())
    attempt, _ = begun(channel)
    assert channel.resume(attempt, Reply(attempt.id, NAME, {"refusal": said})) == Rejected(Reason(said))


@pytest.mark.parametrize("said", ["match", "mismatch_person", "risk_control", ""])
def test_a_page_may_say_nothing_else(said: str):
    channel = channel_of(World())
    attempt, _ = begun(channel)
    outcome = channel.resume(attempt, Reply(attempt.id, NAME, {"refusal": said}))
    assert outcome == Rejected(Reason.BAD_INPUT)


# ---- bad frames -----------------------------------------------------------------------------------------------------


def test_bad_frames_are_taken_again_three_times_and_are_no_try():
    world = World()
    channel = channel_of(world)
    attempt, _ = begun(channel)
    for _ in range(2):
        step = look(channel, attempt, blurred())
        assert isinstance(step, Capture)
        assert step.hints == (Hint.NO_FACE,)
        attempt = attempt.awaiting(step.keep)
        assert channel.resume(attempt, Reply(attempt.id, NAME)) == Capture(keep=step.keep)  # who comes by costs nothing
    assert look(channel, attempt, blurred()) == Rejected(Reason.CAPTURE_FAILED)
    assert Reason.CAPTURE_FAILED in UNSPENT_REASONS
    assert world.requests(OPERATION) == []


def test_a_good_capture_after_a_bad_one_verifies():
    channel = channel_of(World())
    attempt, _ = begun(channel)
    again = look(channel, attempt, blurred())
    assert isinstance(again, Capture)
    assert isinstance(look(channel, attempt.awaiting(again.keep), jpeg("zhang_san")), Verified)


@pytest.mark.parametrize("size", [picture.MIN_BYTES - 1, picture.MAX_BYTES + 1])
def test_a_picture_that_the_service_would_not_take_is_never_sent(size: int):
    world = World()
    assert isinstance(scan(channel_of(world), jpeg("zhang_san", size=size)), Capture)
    assert world.requests(OPERATION) == []


@pytest.mark.parametrize("size", [picture.MIN_BYTES, picture.MAX_BYTES])
def test_a_picture_at_the_limit_is_sent(size: int):
    assert isinstance(scan(channel_of(World()), jpeg("zhang_san", size=size)), Verified)


@pytest.mark.parametrize("other", [b"GIF89a", b"\x89PNG", HEAD])
def test_what_is_no_whole_jpeg_is_no_picture(other: bytes):
    assert not picture.sendable(other.ljust(20_000, b"\0"))


def test_a_picture_that_the_police_find_bad_is_taken_again():
    world = World()
    channel = channel_of(world)
    attempt, _ = begun(channel)
    unknown_to_them = jpeg("ZHANG_SAN")  # no marker of theirs: those are small letters
    again = look(channel, attempt, unknown_to_them)
    assert isinstance(again, Capture)
    assert [row["verdict"] for row in world.requests(OPERATION)] == ["verified"]


# ---- what the police say --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("missing", ["of this person", "of anybody"])
def test_a_person_without_a_portrait_spends_no_try(missing: str):
    world = World()
    if missing == "of anybody":
        world.fault("police", "no_portrait", operation=OPERATION)
    else:
        world.control.put("/__control/register", json={"id18": ZHANG_SAN["id_number"], "portrait": None})
    outcome = scan(channel_of(world), jpeg("zhang_san"))
    assert isinstance(outcome, Rejected)
    assert outcome.reason is Reason.NO_PORTRAIT
    assert outcome.reason in UNSPENT_REASONS


def test_another_face_is_told_at_once_and_leaves_a_contra_indicator():
    world = World()
    outcome = scan(channel_of(world), jpeg("li_si"))
    assert isinstance(outcome, Rejected)
    assert outcome.reason is Reason.MISMATCH_FACE
    assert outcome.reason in CONTRA_INDICATORS
    assert len(world.requests(OPERATION)) == 1


def test_after_a_failure_of_the_police_the_same_capture_counts():
    world = World()
    channel = channel_of(world)
    attempt, _ = begun(channel)
    world.fault("police", "http_503", operation=OPERATION)
    with pytest.raises(Unavailable):
        look(channel, attempt, jpeg("zhang_san"))
    world.heal()
    assert isinstance(look(channel, attempt, jpeg("zhang_san")), Verified)


def test_a_stricter_threshold_refuses_what_the_usual_one_passes():
    assert isinstance(scan(channel_of(World()), jpeg("zhang_san:85")), Verified)
    assert isinstance(scan(channel_of(World(), threshold="90"), jpeg("zhang_san:85")), Rejected)


def test_the_score_is_logged_and_never_told():
    channel = channel_of(World())
    attempt, _ = begun(channel)
    with structlog.testing.capture_logs() as events:
        outcome = look(channel, attempt, jpeg("zhang_san:69.9"))
    (event,) = [each for each in events if each["event"] == "portrait_check"]
    assert (event["score"], event["threshold"], event["result"]) == (69.9, 70.0, "mismatch_face")
    assert isinstance(outcome, Rejected)
    assert event["txn"] == outcome.txn
    assert "69" not in repr(replace(outcome, txn=None))


# ---- what it counts for ---------------------------------------------------------------------------------------------


def test_a_face_alone_is_no_population_record_and_both_are_level_three():
    face, register = channel_of(World()).facts, CHANNELS["police_population"]
    from adapters import police_population

    assert register is police_population.create
    assert assurance.reachable([face], [], 0) is Level.UNPROVED
    assert assurance.reachable([police_population.FACTS], [], 0) is Level.BASIC
    assert assurance.reachable([face, police_population.FACTS], [], 0) is Level.HIGH


# ---- settings -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "changed",
    [{"threshold": "69"}, {"threshold": "101"}, {"app_key": ""}, {"path": "share"}, {"unknown": "x"}, {"api_id": None}],
)
def test_settings_that_cannot_be_right_are_refused_and_print_no_secret(changed: dict):
    values = {k: v for k, v in (portrait_settings(SANDBOX) | changed).items() if v is not None}
    with pytest.raises(pydantic.ValidationError) as caught:
        CHANNELS[NAME](values, World().around())
    assert portrait_settings(SANDBOX)["app_key"] not in str(caught.value)


def test_plain_http_is_refused_unless_allowed():
    values = portrait_settings("http://sandbox.test")
    with pytest.raises(ValueError, match="https"):
        CHANNELS[NAME](values, World().around())
    CHANNELS[NAME](values | {"allow_plain_http": "true"}, World().around())


def test_one_region_asks_for_two_headers_alone():
    world = World()
    assert isinstance(scan(channel_of(world, "headers"), jpeg("zhang_san")), Verified)
    assert world.requests("token") == []


def test_a_customer_whom_the_service_does_not_know_is_an_alert():
    with pytest.raises(Unavailable) as caught:
        scan(channel_of(World(), api_id="another"), jpeg("zhang_san"))
    assert caught.value.alert
