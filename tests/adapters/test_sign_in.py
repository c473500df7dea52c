"""Signing in by an Alipay or WeChat account: the adapters' side, against the sandbox."""

import json
from pathlib import Path
from urllib.parse import parse_qsl, urlsplit

import pytest

from adapters import CHANNELS
from adapters.sandbox import channel_settings
from idp.domain.account_channel import AccountChannel, Recognised, UpstreamAccount
from idp.domain.attempt import Attempt, Reply
from idp.domain.channel import Reason, Rejected
from idp.domain.errors import Distrusted, Unavailable
from tests.adapters.ant import comes_back
from tests.adapters.rigs import SANDBOX, World
from tests.adapters.wechat import sign_on

ALIPAY, WECHAT = "alipay_account", "wechat_realname"
VECTORS = Path(__file__).parents[1] / "vectors/channels"
PEOPLE = {row["key"]: row for row in json.loads((VECTORS / "personas.json").read_text(encoding="utf-8"))["people"]}
ZHANG = PEOPLE["zhang_san"]
RETURNS = {ALIPAY: "https://idp.test/journey/j1/prove/return", WECHAT: "https://idp.test/verify/return"}


def channel_of(world: World, name: str, **changes: object) -> AccountChannel:
    made = CHANNELS[name](channel_settings(SANDBOX)[name] | changes, world.around())
    assert isinstance(made, AccountChannel)
    return made


def begun(world: World, name: str, **how: bool) -> tuple[AccountChannel, Attempt, object]:
    channel = channel_of(world, name)
    attempt = Attempt("a1", name, 4e9, RETURNS[name])
    step = channel.begin_sign_in(attempt, **how)
    return channel, attempt.awaiting(json.loads(json.dumps(dict(step.keep)))), step


def back(world: World, name: str, step: object, who: str = "zhang_san") -> dict[str, str]:
    if name == ALIPAY:
        return comes_back(world, step, account=PEOPLE[who]["id18"], decision="agree")
    return sign_on(world, step, who)


def resume(channel: AccountChannel, attempt: Attempt, fields: dict[str, str]):
    return channel.resume_sign_in(attempt, Reply(attempt.id, attempt.channel, fields))


BOTH = pytest.mark.parametrize("name", [ALIPAY, WECHAT])


@pytest.mark.parametrize(
    ("name", "account"),
    [
        (ALIPAY, UpstreamAccount(ALIPAY, "2021000000000001", "user_id", ZHANG["alipay_user_id"])),
        (WECHAT, UpstreamAccount(WECHAT, "", "unionid", ZHANG["wechat_unionid"])),
    ],
)
def test_the_upstream_account_is_recognised_by_its_own_id(name, account):
    world = World()
    channel, attempt, step = begun(world, name)
    result = resume(channel, attempt, back(world, name, step))
    assert isinstance(result, Recognised)
    assert result.account == account
    assert result.nickname()
    assert account.id not in repr(result)


def test_alipay_is_asked_for_a_consent_and_no_identity():
    world = World()
    _, _, step = begun(world, ALIPAY)
    query = dict(parse_qsl(urlsplit(step.url).query))
    assert query["scope"] == "auth_user"
    assert set(query) == {"app_id", "scope", "redirect_uri", "state"}
    assert len(query["state"]) <= 100
    assert world.requests("alipay.system.oauth.token") == [], "beginning asks nobody"


def test_an_application_that_receives_open_id_is_told_apart_by_kind():
    world = World(alipay_open_id=True)
    channel, attempt, step = begun(world, ALIPAY)
    account = resume(channel, attempt, back(world, ALIPAY, step)).account
    assert account.kind == "open_id"
    assert account.app == "2021000000000001"


@pytest.mark.parametrize(("inside", "page", "scope"), [
    (False, "qrconnect", "snsapi_login"), (True, "oauth2/authorize", "snsapi_userinfo"),
])  # fmt: skip
def test_wechat_has_a_page_for_a_pc_and_one_for_its_own_browser(inside, page, scope):
    world = World()
    channel, attempt, step = begun(world, WECHAT, in_own_browser=inside)
    url = urlsplit(step.url)
    assert url.path.endswith(f"/connect/{page}")
    assert url.fragment == "wechat_redirect"
    assert [k for k, _ in parse_qsl(url.query)] == ["appid", "redirect_uri", "response_type", "scope", "state"]
    assert dict(parse_qsl(url.query))["scope"] == scope
    assert dict(parse_qsl(url.query))["state"].isalnum()
    assert resume(channel, attempt, back(world, WECHAT, step)).account.id == ZHANG["wechat_unionid"]


def test_a_code_of_wechats_own_browser_is_redeemed_by_its_own_application():
    world = World()
    channel, attempt, step = begun(world, WECHAT, in_own_browser=True)
    fields = back(world, WECHAT, step)
    wrong = Attempt("a1", WECHAT, 4e9, RETURNS[WECHAT]).awaiting({**attempt.keep, "page": "qrconnect"})
    assert resume(channel, wrong, fields) == Rejected(Reason.REPLAYED)
    assert isinstance(resume(channel, attempt, fields), Recognised)


@BOTH
def test_a_state_that_is_not_ours_sends_no_code_anywhere(name):
    world = World()
    channel, attempt, step = begun(world, name)
    fields = back(world, name, step)
    for state in ("", "x", fields["state"] + "x", "é"):
        assert resume(channel, attempt, fields | {"state": state}) == Rejected(Reason.BAD_INPUT)
    for operation in ("alipay.system.oauth.token", "oauth2_access_token"):
        assert world.requests(operation) == []


@BOTH
def test_a_code_serves_once(name):
    world = World()
    channel, attempt, step = begun(world, name)
    fields = back(world, name, step)
    assert isinstance(resume(channel, attempt, fields), Recognised)
    assert resume(channel, attempt, fields) == Rejected(Reason.REPLAYED)


@BOTH
def test_a_refusal_and_an_empty_return_are_the_persons_own(name):
    world = World()
    channel, attempt, _ = begun(world, name)
    state = {"state": attempt.keep["state"]}
    assert resume(channel, attempt, state) == Rejected(Reason.USER_CANCELLED)
    assert resume(channel, attempt, state | {"error": "access_denied"}) == Rejected(Reason.USER_CANCELLED)


@BOTH
@pytest.mark.parametrize("code", ["\u00e9" * 20, "a b\nc" * 9, "x" * 300])
def test_what_cannot_be_a_code_is_not_sent(name, code):
    world = World()
    channel, attempt, _ = begun(world, name)
    field = {ALIPAY: "auth_code", WECHAT: "code"}[name]
    assert resume(channel, attempt, {"state": attempt.keep["state"], field: code}) == Rejected(Reason.BAD_INPUT)


def test_an_answer_for_another_application_is_not_taken():
    world = World()
    channel, attempt, step = begun(world, ALIPAY)
    fields = back(world, ALIPAY, step) | {"app_id": "2021000000000002"}
    assert resume(channel, attempt, fields) == Rejected(Reason.BAD_INPUT)


@BOTH
def test_an_upstream_that_is_down_is_unavailable_and_a_forged_answer_distrusted(name):
    world = World()
    sandbox_name = {ALIPAY: ALIPAY, WECHAT: "wechat"}[name]
    for mode, error in (("http_500", Unavailable), ("garbage", Distrusted)):
        channel, attempt, step = begun(world, name)
        fields = back(world, name, step)
        world.fault(sandbox_name, mode)
        with pytest.raises((error, Unavailable) if mode == "http_500" else Distrusted) as caught:
            resume(channel, attempt, fields)
        assert fields["state"] not in str(caught.value)
        world.heal()


@BOTH
def test_a_nickname_that_fails_is_empty(name):
    world = World()
    channel, attempt, step = begun(world, name)
    result = resume(channel, attempt, back(world, name, step))
    world.transport.down = True
    assert result.nickname() == ""


def test_what_is_not_configured_is_not_offered():
    world = World()
    assert channel_of(world, ALIPAY, sign_in="false").sign_in_facts is None
    assert channel_of(world, WECHAT, sign_in="false").sign_in_facts is None
    assert channel_of(world, WECHAT, web_app_id="", official_app_id="").sign_in_facts is None
    assert channel_of(world, ALIPAY).sign_in_facts.page.startswith(SANDBOX)
    assert not isinstance(
        CHANNELS["zhima_face"](channel_settings(SANDBOX)["zhima_face"], world.around()), AccountChannel
    )
