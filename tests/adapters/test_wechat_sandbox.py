"""WeChat in the sandbox: what it checks, its two token endpoints, its pages, and its masked log."""

import json

import pytest

from adapters.sandbox.credentials import ISSUED
from idp.domain.channel import Redirect, Verified
from tests.adapters.rigs import World
from tests.adapters.wechat import ZHANG_SAN, before_the_camera, channel_of, fresh, ref_of, resume, scan, show, sign_on

FACE = "/wechat/cityservice/face/identify"


def token_of(world: World) -> str:
    c = ISSUED
    body = {"grant_type": "client_credential", "appid": c.wechat_app_id, "secret": c.wechat_app_secret}
    return world.control.post("/wechat/cgi-bin/stable_token", json=body).json["access_token"]


SESSION = {
    "out_seq_no": "abc-1",
    "openid": "oTEST00000000000000000000001",
    "cert_info": {"cert_type": "IDENTITY_CARD", "cert_name": "张三", "cert_no": "370102190103070012"},
}


def opened(world: World, **changes) -> dict:
    body = SESSION | changes
    return world.control.post(f"{FACE}/getverifyid", query_string={"access_token": token_of(world)}, json=body).json


def test_a_business_number_opens_one_session():
    world = World()
    assert opened(world)["errcode"] == 0
    assert opened(world)["errcode"] == 40097
    assert opened(world, out_seq_no="abc-2")["errcode"] == 0


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"out_seq_no": "abcd"}, 40097),
        ({"out_seq_no": "a" * 33}, 40097),
        ({"out_seq_no": "abc 1"}, 40097),
        ({"openid": "oNOBODY"}, 40003),
        ({"cert_info": None}, 40097),
        ({"cert_info": {**SESSION["cert_info"], "cert_type": "PASSPORT"}}, 40097),  # type: ignore[dict-item]
        ({"cert_info": {**SESSION["cert_info"], "cert_no": "370102190103070010"}}, 40097),  # type: ignore[dict-item]
    ],
)
def test_a_session_that_makes_no_sense_is_refused(changes: dict, code: int):
    assert opened(World(), **changes)["errcode"] == code


def test_errors_are_status_200_with_a_request_id():
    world = World()
    answer = world.control.post(f"{FACE}/getverifyid", json=SESSION)
    assert answer.status_code == 200
    assert answer.json["errcode"] == 41001
    assert " rid: " in answer.json["errmsg"]
    answer = world.control.post(f"{FACE}/queryverifyinfo", query_string={"access_token": "x"}, json={})
    assert answer.json["errcode"] == 40001


def test_the_classic_endpoint_gives_a_new_token_each_time_and_ends_the_old_one():
    world = World()
    ask = {"grant_type": "client_credential", "appid": ISSUED.wechat_app_id, "secret": ISSUED.wechat_app_secret}
    tokens = [world.control.get("/wechat/cgi-bin/token", query_string=ask).json["access_token"] for _ in range(2)]
    stable = [token_of(world) for _ in range(2)]
    assert tokens[0] != tokens[1]
    assert stable[0] == stable[1]

    def code(token: str) -> int:
        return world.control.post(f"{FACE}/queryverifyinfo", query_string={"access_token": token}, json={}).json[
            "errcode"
        ]

    assert [code(token) for token in (*tokens, stable[0])] == [40097] * 3
    world.clock.advance(301)
    assert [code(token) for token in (*tokens, stable[0])] == [42001, 40097, 40097]


def test_forced_refreshes_are_thirty_seconds_apart_and_twenty_a_day():
    world = World()
    ask = {
        "grant_type": "client_credential",
        "appid": ISSUED.wechat_app_id,
        "secret": ISSUED.wechat_app_secret,
        "force_refresh": True,
    }

    def force() -> dict:
        return world.control.post("/wechat/cgi-bin/stable_token", json=ask).json

    assert "access_token" in force()
    assert force()["errcode"] == 45011
    for _ in range(19):
        world.clock.advance(31)
        assert "access_token" in force()
    world.clock.advance(31)
    assert force()["errcode"] == 45009
    world.clock.advance(86_400)
    assert "access_token" in force()


def test_the_oauth_of_a_user_token_refresh_and_profile():
    world = World()
    step = channel_of(world, "account_and_face").begin(fresh(ZHANG_SAN))
    assert isinstance(step, Redirect)
    c = ISSUED
    app = {"appid": c.wechat_web_app_id, "secret": c.wechat_web_app_secret}
    code = sign_on(world, step, "zhang_san")["code"]
    exchange = app | {"code": code, "grant_type": "authorization_code"}

    def get(path: str, **query) -> dict:
        return world.control.get(f"/wechat/sns/{path}", query_string=query).json

    assert get("jscode2session", appid=c.wechat_app_id, secret="x", js_code=code)["errcode"] == 40125
    assert get("oauth2/access_token", **(exchange | {"appid": "wx1"}))["errcode"] == 40013
    token = get("oauth2/access_token", **exchange)
    assert token["expires_in"] == 7200
    assert get("oauth2/access_token", **exchange)["errcode"] == 40163
    me = {"access_token": token["access_token"], "openid": token["openid"]}
    assert get("userinfo", **me, lang="zh_CN")["unionid"] == token["unionid"] == "uTEST00000000000000000000001"
    assert get("auth", **me)["errcode"] == 0
    assert get("auth", **(me | {"openid": "o2"}))["errcode"] == 40003
    world.clock.advance(7201)
    assert get("auth", **me)["errcode"] == 42001
    again = get("oauth2/refresh_token", appid=c.wechat_web_app_id, refresh_token=token["refresh_token"])
    assert get("auth", access_token=again["access_token"], openid=again["openid"])["errcode"] == 0
    world.clock.advance(31 * 86_400)
    late = get("oauth2/refresh_token", appid=c.wechat_web_app_id, refresh_token=token["refresh_token"])
    assert late["errcode"] == 42002


@pytest.mark.parametrize(
    ("changes", "what"),
    [
        ({"appid": "wx9"}, "appid"),
        ({"redirect_uri": "https://elsewhere.test/x"}, "redirect_uri"),
        ({"redirect_uri": "javascript:alert(1)"}, "redirect_uri"),
        ({"response_type": "token"}, "scope"),
        ({"scope": "snsapi_userinfo"}, "scope"),
        ({"state": "a-b"}, "state"),
    ],
)
def test_a_sign_on_request_that_is_not_registered_is_refused_on_the_page(changes: dict[str, str], what: str):
    asked = {
        "appid": ISSUED.wechat_web_app_id,
        "redirect_uri": "https://idp.test/return",
        "response_type": "code",
        "scope": "snsapi_login",
        "state": "s1",
    }
    world = World()
    assert world.control.get("/wechat/connect/qrconnect", query_string=asked).status_code == 200
    page = world.control.get("/wechat/connect/qrconnect", query_string=asked | changes)
    assert page.status_code == 400
    assert what in page.text
    swapped = dict(reversed(asked.items()))
    assert world.control.get("/wechat/connect/qrconnect", query_string=swapped).status_code == 400


def test_the_people_pages_are_plain_marked_and_lead_somewhere():
    world = World()
    channel = channel_of(world)
    step = channel.begin(fresh(ZHANG_SAN))
    attempt = fresh(ZHANG_SAN).awaiting(step.keep)  # type: ignore[union-attr]
    ref = ref_of(step)
    pages = [world.control.get("/wechat/phone"), world.control.get(f"/wechat/phone?ref={ref}")]
    assert world.control.get(f"/wechat/phone/face?ref={ref}").location.endswith(f"/wechat/phone?ref={ref}")
    scan(world, step)
    pages.append(world.control.get(f"/wechat/phone/face?ref={ref}"))
    attempt, _ = resume(channel, attempt)
    attempt, _ = resume(channel, attempt)
    pages.append(world.control.get(f"/wechat/phone/face?ref={ref}"))
    assert "我本人刷脸" in pages[-1].text
    show(world, step, "my_face")
    pages.append(world.control.get(f"/wechat/phone/face?ref={ref}"))
    pages.append(world.control.post("/wechat/phone/face", data={"ref": ref, "choice": "walk_away"}))
    for page in pages:
        assert page.status_code == 200
        assert "沙箱 SANDBOX" in page.text
        assert "<script" not in page.text
        assert "form-action 'self'" in page.headers["Content-Security-Policy"]
    assert show(world, step, "cancel") == 303  # too late: the first result stands
    assert isinstance(resume(channel, attempt)[1], Verified)
    assert show(world, step, "no such choice") == 400
    assert world.control.get("/wechat/phone?ref=..").status_code == 404
    unknown = world.control.post("/wechat/phone/login", data={"ref": ref, "account": "nobody"})
    assert unknown.status_code == 400
    assert world.control.get("/wechat/connect/confirm?ticket=x").status_code == 410


def test_the_log_names_nobody():
    world = World()
    for mode in ("face", "account_and_face"):
        channel = channel_of(world, mode)
        attempt, step = before_the_camera(world, channel, ZHANG_SAN)
        show(world, step, "my_face")
        assert isinstance(resume(channel, attempt)[1], Verified)
    everything = json.dumps(world.control.get("/__control/requests").json, ensure_ascii=False)
    personal = ["张三", "370102190103070012", "oTEST", "uTEST", ISSUED.wechat_app_secret, ISSUED.wechat_web_app_secret]
    assert [value for value in personal if value in everything] == []
    assert {row["verdict"] for row in world.requests("queryverifyinfo")} == {"verified"}
