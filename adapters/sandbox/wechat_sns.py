"""Server tokens, and what the one-time codes are good for: ``/cgi-bin/*`` and ``/sns/*`` (channels.md 9.1, 9.2)."""

import hmac
from collections.abc import Callable
from typing import Final

from flask import Blueprint, Response, request

from adapters.sandbox.credentials import Credentials
from adapters.sandbox.house import House, note, upstream
from adapters.sandbox.replies import json_reply
from adapters.sandbox.wechat_state import TOKEN_SECONDS, UserToken, Wechat

_REFRESH_SECONDS: Final = 30 * 86_400


def mount(blueprint: Blueprint, house: House, state: Wechat) -> None:
    """The endpoints."""
    busy: dict[str, Callable[[], Response]] = {
        "quota": lambda: state.refuse(45009),
        "maintenance": lambda: state.refuse(-1),
    }
    _server_tokens(blueprint, house, state, busy)
    _codes(blueprint, house, state, busy)
    _users(blueprint, house, state, busy)


def _app_fault(c: Credentials, app_id: object, secret: object, *, of: str) -> int | None:
    secrets = {
        c.wechat_app_id: c.wechat_app_secret,
        c.wechat_web_app_id: c.wechat_web_app_secret,
        c.wechat_official_app_id: c.wechat_official_app_secret,
    }
    if app_id != of:
        return 40013
    if not isinstance(secret, str) or not hmac.compare_digest(secret.encode(), secrets[of].encode()):
        return 40125
    return None


def _code_fault(c: Credentials, *, of: str) -> int | None:
    fault = _app_fault(c, request.args.get("appid"), request.args.get("secret"), of=of)
    if fault is None and request.args.get("grant_type") != "authorization_code":
        return 40097
    return fault


def _server_tokens(blueprint: Blueprint, house: House, state: Wechat, busy: dict[str, Callable[[], Response]]) -> None:
    c = house.credentials

    @blueprint.post("/cgi-bin/stable_token")
    @upstream(house, "wechat", "stable_token", **busy)
    def stable_token() -> Response:
        body = request.get_json(silent=True)
        if not isinstance(body, dict) or body.get("grant_type") != "client_credential":
            return state.refuse(40097)
        fault = _app_fault(c, body.get("appid"), body.get("secret"), of=c.wechat_app_id)
        if fault is not None:
            return state.refuse(fault)
        token = state.stable_token(force=body.get("force_refresh") is True)
        if isinstance(token, int):
            return state.refuse(token)
        note("verified")
        return json_reply({"access_token": token[0], "expires_in": token[1]})

    @blueprint.get("/cgi-bin/token")
    @upstream(house, "wechat", "token", **busy)
    def token() -> Response:
        fault = _app_fault(c, request.args.get("appid"), request.args.get("secret"), of=c.wechat_app_id)
        if fault is not None:
            return state.refuse(fault)
        value, life = state.classic_token()
        note("verified")
        return json_reply({"access_token": value, "expires_in": life})


def _codes(blueprint: Blueprint, house: House, state: Wechat, busy: dict[str, Callable[[], Response]]) -> None:
    c = house.credentials

    def user_answer(found: UserToken) -> Response:
        access, refresh, now = state.new("U_"), state.new("R_"), house.clock.now()
        state.user_tokens[access] = UserToken(found.account, now + TOKEN_SECONDS)
        state.refresh_tokens[refresh] = UserToken(found.account, now + _REFRESH_SECONDS)
        note("verified")
        return json_reply(
            {
                "access_token": access,
                "expires_in": TOKEN_SECONDS,
                "refresh_token": refresh,
                "openid": found.account.openid(of_mini_program=False),
                "scope": "snsapi_login",
                "unionid": found.account.unionid,
            }
        )

    @blueprint.get("/sns/oauth2/access_token")
    @upstream(house, "wechat", "oauth2_access_token", **busy)
    def access_token() -> Response:
        official = request.args.get("appid") == c.wechat_official_app_id
        app_id = c.wechat_official_app_id if official else c.wechat_web_app_id
        fault = _code_fault(c, of=app_id)
        if fault is not None:
            return state.refuse(fault)
        account = state.redeem(app_id, request.args.get("code", ""))
        if isinstance(account, int):
            return state.refuse(account)
        return user_answer(UserToken(account, 0.0))

    @blueprint.get("/sns/oauth2/refresh_token")
    @upstream(house, "wechat", "oauth2_refresh_token", **busy)
    def refresh_token() -> Response:
        found = state.refresh_tokens.get(request.args.get("refresh_token", ""))
        if request.args.get("appid") != c.wechat_web_app_id:
            return state.refuse(40013)
        if found is None or house.clock.now() >= found.ends_at:
            return state.refuse(42002)
        return user_answer(found)

    @blueprint.get("/sns/jscode2session")
    @upstream(house, "wechat", "jscode2session", **busy)
    def jscode2session() -> Response:
        fault = _code_fault(c, of=c.wechat_app_id)
        if fault is not None:
            return state.refuse(fault)
        account = state.redeem(c.wechat_app_id, request.args.get("js_code", ""))
        if isinstance(account, int):
            return state.refuse(account)
        note("verified")
        openid = account.openid(of_mini_program=True)
        return json_reply({"openid": openid, "session_key": state.new(), "unionid": account.unionid})


def _users(blueprint: Blueprint, house: House, state: Wechat, busy: dict[str, Callable[[], Response]]) -> None:
    def user() -> UserToken | int:
        found = state.user_tokens.get(request.args.get("access_token", ""))
        if found is None:
            return 40001
        if house.clock.now() >= found.ends_at:
            return 42001
        openid = found.account.openid(of_mini_program=False)
        return found if request.args.get("openid") == openid else 40003

    @blueprint.get("/sns/auth")
    @upstream(house, "wechat", "sns_auth", **busy)
    def auth() -> Response:
        found = user()
        if isinstance(found, int):
            return state.refuse(found)
        note("verified")
        return json_reply({"errcode": 0, "errmsg": "ok"})

    @blueprint.get("/sns/userinfo")
    @upstream(house, "wechat", "sns_userinfo", **busy)
    def userinfo() -> Response:
        found = user()
        if isinstance(found, int):
            return state.refuse(found)
        note("verified")
        account = found.account
        answer = {"openid": account.openid(of_mini_program=False), "nickname": f"微信用户 {account.key}", "sex": 0}
        return json_reply({**answer, "city": "", "headimgurl": "", "privilege": [], "unionid": account.unionid})
