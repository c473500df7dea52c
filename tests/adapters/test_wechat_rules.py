"""What the WeChat channel must never get wrong: binding, one-time codes, tokens, and the sandbox's own checks."""

from urllib.parse import parse_qs, urlsplit

import pydantic
import pytest

from adapters import CHANNELS
from adapters.sandbox.credentials import ISSUED, wechat_settings
from adapters.sandbox.population import personas
from adapters.wechat.account import Account
from adapters.wechat.api import App
from adapters.wechat.face import Subject
from adapters.wechat.token import Token
from adapters.wechat_realname import MATCH_DIGITS
from idp.domain.attempt import Reply
from idp.domain.channel import Reason, Redirect, Rejected, Scan, Verified
from idp.domain.claims import ClaimName
from idp.domain.errors import Distrusted, Unavailable
from tests.adapters.rigs import SANDBOX, World
from tests.adapters.wechat import (
    LI_SI,
    NAME,
    ZHANG_SAN,
    before_the_camera,
    channel_of,
    claims,
    fresh,
    ref_of,
    resume,
    scan,
    show,
    sign_on,
)

# ---- who may begin --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("known", "reason"),
    [
        ({}, Reason.BAD_INPUT),
        ({ClaimName.NAME: "张三"}, Reason.BAD_INPUT),
        ({ClaimName.ID_NUMBER: "370102190103070012"}, Reason.BAD_INPUT),
        (claims("张三", "370102190103070010"), Reason.BAD_INPUT),
        (claims("陈大文", "810000190101010015"), Reason.NOT_FOUND),
        (claims("吴小", "370102202001010006"), Reason.UNDER_AGE),
    ],
)
def test_an_account_that_cannot_be_served_is_refused_and_nothing_is_sent(known: dict, reason: Reason):
    world = World()
    for mode in ("face", "account_and_face"):
        assert channel_of(world, mode).begin(fresh(known)) == Rejected(reason)
        assert channel_of(world, mode).resume(
            fresh(known).awaiting({"ref": "x"}), Reply("attempt-1", NAME)
        ) == Rejected(reason)
    assert world.control.get("/__control/requests").json == []


@pytest.mark.parametrize("person", personas(), ids=lambda p: p.key)
def test_every_persona_has_the_outcome_that_is_expected(person):
    world = World()
    expected = {"missing": Rejected, "minor": Rejected}.get(person.key, Verified)
    known = claims(person.name, person.id18)
    channel = channel_of(world)
    if person.key == "minor":
        assert channel.begin(fresh(known)) == Rejected(Reason.UNDER_AGE)
        return
    attempt, step = before_the_camera(world, channel, known, person.key)
    show(world, step, "my_face")
    outcome = resume(channel, attempt)[1]
    assert isinstance(outcome, expected)
    if isinstance(outcome, Verified):
        assert outcome.claims == known


# ---- the code and the phone -----------------------------------------------------------------------------------------


def test_the_code_names_nobody_and_stays_until_somebody_scans():
    world = World()
    channel = channel_of(world)
    step = channel.begin(fresh(ZHANG_SAN))
    assert isinstance(step, Scan)
    assert step.payload == f"{SANDBOX}/wechat/phone?ref={step.keep['ref']}"
    attempt = fresh(ZHANG_SAN).awaiting(step.keep)
    for _ in range(3):
        attempt, again = resume(channel, attempt)
        assert again == step


def test_two_attempts_have_two_codes_and_the_number_is_not_in_the_code():
    channel = channel_of(World())
    first, second = (channel.begin(fresh(ZHANG_SAN)) for _ in range(2))
    assert ref_of(first) != ref_of(second)
    assert isinstance(first, Scan)
    assert len(first.match) == MATCH_DIGITS
    assert first.match.isdecimal()
    assert first.match == first.keep["match"]
    assert set(parse_qs(urlsplit(first.payload).query)) == {"ref"}


@pytest.mark.parametrize("mode", ["face", "account_and_face"])
def test_who_scans_without_seeing_the_page_opens_no_face_session_and_has_one_guess(mode: str):
    world = World()
    channel = channel_of(world, mode)
    step = channel.begin(fresh(ZHANG_SAN))
    attempt = fresh(ZHANG_SAN).awaiting(step.keep)  # type: ignore[union-attr]
    if isinstance(step, Redirect):
        attempt, step = resume(channel, attempt, sign_on(world, step, "zhang_san"))
    assert isinstance(step, Scan)
    scan(world, step, match=f"{(int(step.match) + 1) % 100:02d}")
    assert resume(channel, attempt)[1] == Rejected(Reason.BAD_INPUT)
    assert world.requests("jscode2session") == world.requests("getverifyid") == []


def test_after_the_phone_has_joined_the_number_is_not_shown_any_more():
    world = World()
    attempt, step = before_the_camera(world, channel_of(world), ZHANG_SAN)
    assert isinstance(step, Scan)
    assert step.match == ""
    assert step.joined
    assert "match" not in attempt.keep


def test_a_result_without_use_ends_the_attempt_so_that_a_new_one_can_be_begun():
    world = World()
    channel = channel_of(world)
    attempt, step = before_the_camera(world, channel, ZHANG_SAN)
    show(world, step, "no_network")
    with pytest.raises(Unavailable) as caught:
        resume(channel, attempt)
    assert caught.value.over


def test_what_the_browser_brings_cannot_finish_an_attempt():
    world = World()
    channel = channel_of(world)
    attempt, _ = before_the_camera(world, channel, ZHANG_SAN)
    lies = {"verify_ret": "10000", "success": "true", "openid": "o1", "code": "c", "state": "s", "js_code": "j"}
    assert isinstance(resume(channel, attempt, lies)[1], Scan)


def test_a_login_code_of_the_phone_is_taken_once():
    world = World()
    channel = channel_of(world)
    step = channel.begin(fresh(ZHANG_SAN))
    attempt = fresh(ZHANG_SAN).awaiting(step.keep)  # type: ignore[union-attr]
    scan(world, step)
    assert isinstance(resume(channel, attempt)[1], Scan)
    assert resume(channel, attempt)[1] == Rejected(Reason.REPLAYED)


def test_a_login_code_that_waited_too_long_is_refused():
    world = World()
    channel = channel_of(world)
    step = channel.begin(fresh(ZHANG_SAN))
    scan(world, step)
    world.clock.advance(301)
    assert resume(channel, fresh(ZHANG_SAN).awaiting(step.keep))[1] == Rejected(Reason.REPLAYED)  # type: ignore[union-attr]


def test_a_failure_between_two_stages_costs_nothing():
    world = World()
    channel = channel_of(world)
    step = channel.begin(fresh(ZHANG_SAN))
    attempt = fresh(ZHANG_SAN).awaiting(step.keep)  # type: ignore[union-attr]
    scan(world, step)
    attempt, _ = resume(channel, attempt)
    for operation in ("getverifyid", "invokecloudfunction"):
        world.fault("wechat", "http_500", operation=operation, count=1)
        with pytest.raises(Unavailable):
            resume(channel, attempt)
        world.heal()
    attempt, step = resume(channel, attempt)
    show(world, step, "my_face")
    assert isinstance(resume(channel, attempt)[1], Verified)


@pytest.mark.parametrize("operation", ["getverifyid", "jscode2session"])
def test_what_must_not_be_repeated_is_sent_once(operation: str):
    world = World()
    channel = channel_of(world)
    step = channel.begin(fresh(ZHANG_SAN))
    attempt = fresh(ZHANG_SAN).awaiting(step.keep)  # type: ignore[union-attr]
    scan(world, step)
    if operation == "getverifyid":
        attempt, _ = resume(channel, attempt)
    world.fault("wechat", "timeout", operation=operation)
    with pytest.raises(Unavailable):
        resume(channel, attempt)
    assert len(world.requests(operation)) == 1


# ---- sign-on in the browser -----------------------------------------------------------------------------------------


def begun(world: World) -> tuple:
    channel = channel_of(world, "account_and_face")
    step = channel.begin(fresh(ZHANG_SAN))
    assert isinstance(step, Redirect)
    return channel, step, fresh(ZHANG_SAN).awaiting(step.keep)


def test_a_refusal_comes_back_without_a_code():
    world = World()
    channel, step, attempt = begun(world)
    back = sign_on(world, step, None)
    assert set(back) == {"state"}
    assert resume(channel, attempt, back)[1] == Rejected(Reason.USER_CANCELLED)


@pytest.mark.parametrize("state", ["", "x", "é", "\udcff", "0" * 32])
def test_a_state_that_is_not_ours_is_refused_before_the_code_is_used(state: str):
    world = World()
    channel, step, attempt = begun(world)
    back = sign_on(world, step, "zhang_san")
    assert resume(channel, attempt, back | {"state": state})[1] == Rejected(Reason.BAD_INPUT)
    assert resume(channel, attempt, {"code": back["code"]})[1] == Rejected(Reason.BAD_INPUT)
    assert world.requests("oauth2_access_token") == []
    assert isinstance(resume(channel, attempt, back)[1], Scan)


def test_a_code_of_the_browser_is_taken_once():
    world = World()
    channel, step, attempt = begun(world)
    back = sign_on(world, step, "zhang_san")
    assert isinstance(resume(channel, attempt, back)[1], Scan)
    assert resume(channel, attempt, back)[1] == Rejected(Reason.REPLAYED)


@pytest.mark.parametrize("code", ["é", "a\nb", "c" * 257])
def test_a_code_that_cannot_be_one_is_never_sent(code: str):
    world = World()
    channel, step, attempt = begun(world)
    assert resume(channel, attempt, {"state": step.keep["state"], "code": code})[1] == Rejected(Reason.BAD_INPUT)
    assert world.requests("oauth2_access_token") == []


def test_the_phone_of_another_account_than_the_browsers_is_refused():
    world = World()
    channel, step, attempt = begun(world)
    attempt, code = resume(channel, attempt, sign_on(world, step, "li_si"))
    scan(world, code, "zhang_san")
    assert resume(channel, attempt)[1] == Rejected(Reason.MISMATCH_PERSON)
    assert world.requests("getverifyid") == []


# ---- the session is about this person -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("known", "changes"),
    [
        (LI_SI, {}),
        (ZHANG_SAN, {"openid": "oTEST00000000000000000000002"}),
        (ZHANG_SAN, {"out_seq_no": "0" * 32}),
        (ZHANG_SAN, {"verify_id": "v_0"}),
    ],
)
def test_a_session_that_was_opened_for_something_else_is_distrusted(known: dict, changes: dict[str, str]):
    world = World()
    channel = channel_of(world)
    attempt, step = before_the_camera(world, channel, ZHANG_SAN)
    show(world, step, "my_face")
    with pytest.raises(Distrusted):
        resume(channel, fresh(known).awaiting({**attempt.keep, **changes}))
    assert len(world.requests("queryverifyinfo")) == 1


def test_an_old_letter_about_another_hand_over_is_distrusted():
    world = World()
    channel = channel_of(world)
    before_the_camera(world, channel, ZHANG_SAN)
    step = channel.begin(fresh(LI_SI))
    world.fault("wechat", "stale", operation="invokecloudfunction")
    with pytest.raises(Distrusted, match="another hand-over"):
        resume(channel, fresh(LI_SI).awaiting(step.keep))  # type: ignore[union-attr]


def test_a_session_that_ended_can_no_longer_be_used_at_the_phone():
    world = World()
    attempt, step = before_the_camera(world, channel_of(world), ZHANG_SAN)
    world.clock.advance(3601)
    assert show(world, step, "my_face") == 409
    assert world.control.get(f"/wechat/phone/face?ref={ref_of(step)}").status_code == 409
    assert isinstance(resume(channel_of(world), attempt)[1], Scan)


def test_nothing_that_is_kept_lets_a_thief_act_as_us():
    world = World()
    for mode in ("face", "account_and_face"):
        attempt, _ = before_the_camera(world, channel_of(world, mode), ZHANG_SAN)
        assert set(attempt.keep) == {"ref", "openid", "out_seq_no", "verify_id"}


# ---- settings and values on their way -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "changes",
    [
        {"web_app_id": ""},
        {"web_app_secret": ""},
        {"app_id": ""},
        {"app_secret": ""},
        {"cloud_env": ""},
        {"scan_link": "http://sandbox.test/phone"},
        {"scan_link": "https://sandbox.test/phone?x=1"},
        {"connect_url": "http://open.test"},
        {"base_url": "http://api.test"},
        {"mode": "oauth"},
        {"colour": "red"},
    ],
)
def test_settings_that_cannot_work_are_refused_and_print_no_secret(changes: dict[str, str]):
    with pytest.raises(ValueError) as caught:
        CHANNELS[NAME](wechat_settings(SANDBOX, "account_and_face") | changes, World().around())
    assert ISSUED.wechat_app_secret not in str(caught.value)
    assert ISSUED.wechat_web_app_secret not in str(caught.value)


def test_the_face_mode_needs_no_website_and_plain_http_is_for_the_sandbox():
    values = wechat_settings("http://127.0.0.1:8100") | {"web_app_id": "", "web_app_secret": ""}
    with pytest.raises(pydantic.ValidationError):
        CHANNELS[NAME](values, World().around())
    CHANNELS[NAME](values | {"allow_plain_http": "true"}, World().around())


def test_values_on_their_way_print_nobody():
    name, number = ZHANG_SAN.values()
    on_their_way = (Subject(name, number, "oID"), Account("oID", "uID"), Token("T_secret", 0.0), App("wx1", "S_secret"))
    printed = repr(on_their_way)
    assert [value for value in (name, number, "oID", "uID", "T_secret", "S_secret") if value in printed] == []


def test_refusals_never_open_the_breaker():
    world = World()
    channel = channel_of(world)
    for _ in range(25):
        attempt, step = before_the_camera(world, channel, ZHANG_SAN)
        show(world, step, "other_face")
        assert isinstance(resume(channel, attempt)[1], Rejected)
    attempt, step = before_the_camera(world, channel, ZHANG_SAN)
    show(world, step, "my_face")
    assert isinstance(resume(channel, attempt)[1], Verified)
