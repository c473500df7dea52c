"""What holds for both Ant channels: whom they ask about, what the browser carries, settings, the wire."""

import json
from urllib.parse import parse_qs, urlsplit

import httpx
import pydantic
import pytest

from adapters import CHANNELS
from adapters.ant.signing import node_name
from adapters.http import Surroundings
from adapters.sandbox import channel_settings, rsa2
from adapters.sandbox.credentials import key_file
from idp.domain.attempt import Attempt
from idp.domain.channel import Outcome, Reason, Redirect, Rejected
from idp.domain.claims import ClaimName
from idp.domain.errors import Distrusted
from tests.adapters.ant import ALIPAY, METHODS, RETURN, ZHANG_SAN, ZHIMA, begin, channel_of, comes_back, resume
from tests.adapters.rigs import SANDBOX, World, streamed
from tests.doubles import SeededRandomness, SteppingClock

BOTH = pytest.mark.parametrize("name", [ALIPAY, ZHIMA])

# ---- what both begin with -------------------------------------------------------------------------------------------


@BOTH
@pytest.mark.parametrize(
    ("known", "reason"),
    [
        ({}, Reason.BAD_INPUT),
        ({ClaimName.NAME: "张三"}, Reason.BAD_INPUT),
        ({ClaimName.ID_NUMBER: ZHANG_SAN["id_number"]}, Reason.BAD_INPUT),
        ({ClaimName.NAME: "张三", ClaimName.ID_NUMBER: "810000190101010015"}, Reason.NOT_FOUND),
    ],
)
def test_who_has_proved_nothing_or_has_another_document_is_refused_unasked(name: str, known: dict, reason: Reason):
    world = World()
    outcome = channel_of(world, name).begin(Attempt("a", name, 4e9, RETURN, known=known))
    assert outcome == Rejected(reason)
    assert all(world.requests(method) == [] for method in METHODS.values())


def test_a_child_is_not_asked_to_show_its_face():
    world = World()
    _, outcome = begin(channel_of(world, ZHIMA), {"name": "吴小", "id_number": "370102202001010006"})
    assert outcome == Rejected(Reason.UNDER_AGE)
    assert world.requests(METHODS["initialize"]) == []


@BOTH
def test_no_address_that_the_browser_sees_carries_a_person(name: str):
    world = World()
    channel = channel_of(world, name)
    attempt, step = begin(channel)
    assert isinstance(step, Redirect)
    back = comes_back(world, step, **({"face": "mine"} if name == ZHIMA else {"decision": "agree"}))
    seen = json.dumps([step.url, parse_qs(urlsplit(step.url).query), back, dict(attempt.keep)], ensure_ascii=False)
    assert [value for value in ZHANG_SAN.values() if value in seen] == []
    assert attempt.keep["state"] in back["state"]


@BOTH
def test_a_page_that_nobody_came_back_from_is_shown_again(name: str):
    channel = channel_of(World(), name)
    attempt, step = begin(channel)
    again = resume(channel, attempt, {})
    assert isinstance(again, Redirect)
    assert again.keep == attempt.keep
    assert urlsplit(again.url).path == urlsplit(step.url).path


@BOTH
@pytest.mark.parametrize("state", [None, "", "x", "张三", "\ud800", "another"])
def test_a_return_without_this_attempts_state_is_refused_unasked(name: str, state: str | None):
    world = World()
    channel = channel_of(world, name)
    attempt, step = begin(channel)
    back = comes_back(world, step, **({"face": "mine"} if name == ZHIMA else {"decision": "agree"}))
    if state == "another":
        state = begin(channel, attempt_id="a2")[0].keep["state"]
    back |= {"state": state, "more": "1"} if state is not None else {"more": "1"}
    if state is None:
        back.pop("state")
    assert resume(channel, attempt, back) == Rejected(Reason.BAD_INPUT)
    assert world.requests(METHODS["token"]) == world.requests(METHODS["query"]) == []


# ---- settings -------------------------------------------------------------------------------------------------------


@BOTH
def test_plain_http_is_refused_unless_allowed(name: str):
    values = channel_settings("http://sandbox.test")[name]
    del values["allow_plain_http"]
    with pytest.raises(ValueError, match="https"):
        CHANNELS[name](values, World().around())
    CHANNELS[name](values | {"allow_plain_http": "true"}, World().around())


def test_a_consent_page_over_plain_http_is_refused():
    with pytest.raises(ValueError, match="authorize_url"):
        channel_of(World(), ALIPAY, authorize_url="http://openauth.alipay.com/x")


@BOTH
@pytest.mark.parametrize(
    ("setting", "value"),
    [
        ("app_private_key", "no key"),
        ("app_private_key", ""),
        ("app_private_key", "AAAA"),
        ("alipay_public_key", "AAAA"),
        ("app_id", "an app"),
        ("deadline_seconds", "0"),
        ("unknown", "x"),
    ],
)
def test_settings_that_cannot_be_right_are_refused_and_print_no_key(name: str, setting: str, value: str):
    values = channel_settings(SANDBOX)[name]
    with pytest.raises(pydantic.ValidationError) as caught:
        CHANNELS[name](values | {setting: value}, World().around())
    assert setting in str(caught.value)
    assert values["app_private_key"] not in str(caught.value)


def test_keys_are_taken_as_pem_too():
    pem = {"app_private_key": key_file("alipay_app_private").decode()}
    pem |= {"alipay_public_key": key_file("alipay_platform_public").decode()}
    assert isinstance(begin(channel_of(World(), ALIPAY, **pem))[1], Redirect)


# ---- the wire -------------------------------------------------------------------------------------------------------


def test_what_is_asked_travels_in_the_body_of_a_post():
    seen: list[httpx.Request] = []
    raw = '{"code":"10000","verify_id":"v1"}'
    body = f'{{"{node_name(METHODS["preconsult"])}":{raw},"sign":"{rsa2.sign(raw)}"}}'

    def answer(request: httpx.Request) -> httpx.Response:
        seen.append(request)
        return streamed(200, body.encode())

    around = Surroundings(SteppingClock(), SeededRandomness(), httpx.MockTransport(answer))
    outcome: Outcome = begin(CHANNELS[ALIPAY](channel_settings(SANDBOX)[ALIPAY], around))[1]
    assert isinstance(outcome, Redirect)
    [request] = seen
    assert (request.method, str(request.url)) == ("POST", f"{SANDBOX}/alipay/gateway.do")
    assert request.headers["content-type"] == "application/x-www-form-urlencoded;charset=utf-8"
    sent = {k: v for k, [v] in parse_qs(request.content.decode()).items()}
    assert json.loads(sent["biz_content"])["cert_no"] == ZHANG_SAN["id_number"]
    assert rsa2.good(sent)


def test_a_page_instead_of_an_answer_is_distrusted():
    around = Surroundings(
        SteppingClock(),
        SeededRandomness(),
        httpx.MockTransport(lambda _: httpx.Response(302, headers={"Location": "/"})),
    )
    with pytest.raises(Distrusted):
        begin(CHANNELS[ALIPAY](channel_settings(SANDBOX)[ALIPAY], around))
