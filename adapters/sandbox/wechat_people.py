"""The pages of people at WeChat: sign-on in the browser, and the phone with mini program and camera (channels.md 9.5).

Sign-on pages use links and no forms: a form's redirect to the provider would need its origin in ``form-action``.
"""

import re
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlencode, urlsplit

from flask import Blueprint, Response, abort, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from adapters.sandbox.house import House
from adapters.sandbox.wechat_face import CHOICES, compare
from adapters.sandbox.wechat_state import UNFINISHED, Letter, Wechat

_STATE: Final = re.compile(r"[0-9A-Za-z]{1,128}")
_REF: Final = re.compile(r"[0-9a-f]{32}")
_MATCH: Final = re.compile(r"[0-9]{2}", re.ASCII)
# WeChat is said to insist on this order.
_ORDER: Final = ["appid", "redirect_uri", "response_type", "scope", "state"]
_CHOICES: Final = {
    "my_face": "我本人刷脸",
    "other_face": "换另一个人刷脸",
    "cancel": "取消",
    "deny_camera": "不允许使用相机",
    "poor_light": "光线太暗",
    "too_slow": "对着镜头不动，直到超时",
    "old_phone": "手机不支持",
    "no_network": "上传时断网",
    "walk_away": "放下手机走开",
}


@dataclass(frozen=True, slots=True)
class SignOn:
    """A sign-on page that waits for its person."""

    app_id: str
    redirect_uri: str
    state: str


def mount(blueprint: Blueprint, house: House, state: Wechat) -> None:
    """The pages."""
    _sign_on(blueprint, house, state)
    _phone(blueprint, house, state)


def _sign_on(blueprint: Blueprint, house: House, state: Wechat) -> None:
    waiting: dict[str, SignOn] = {}
    c = house.credentials

    def page(scopes: frozenset[str], app_ids: frozenset[str]) -> AnyResponse:
        args = request.args
        wrong = _wrong_request(house, scopes, app_ids)
        if wrong is not None:
            return Response(render_template("wechat_refused.html", what=wrong), 400)
        ticket = state.new()
        waiting[ticket] = SignOn(args["appid"], args["redirect_uri"], args["state"])
        accounts = state.named
        return Response(render_template("wechat_connect.html", ticket=ticket, accounts=accounts))

    @blueprint.get("/connect/qrconnect")
    def qrconnect() -> AnyResponse:
        return page(frozenset({"snsapi_login"}), frozenset({c.wechat_web_app_id}))

    @blueprint.get("/connect/oauth2/authorize")
    def in_app() -> AnyResponse:
        official = frozenset({c.wechat_official_app_id, c.wechat_web_app_id})
        return page(frozenset({"snsapi_base", "snsapi_userinfo"}), official)

    @blueprint.get("/connect/confirm")
    def confirm() -> AnyResponse:
        sign_on = waiting.pop(request.args.get("ticket", ""), None)
        if sign_on is None:
            abort(410)
        query = {"state": sign_on.state}
        account = state.accounts.get(request.args.get("account", ""))
        if account is not None:  # a refusal comes back with state and no code
            query = {"code": state.issue(sign_on.app_id, account)} | query
        mark = "&" if urlsplit(sign_on.redirect_uri).query else "?"
        url = f"{sign_on.redirect_uri}{mark}{urlencode(query)}"
        if house.callback_fault("wechat", "confirm") == "duplicate_callback":
            return Response(render_template("returned.html", url=url))
        return redirect(url, 302)


def _wrong_request(house: House, scopes: frozenset[str], app_ids: frozenset[str]) -> str | None:
    args = request.args
    if list(args.keys()) != _ORDER:
        return "参数顺序错误"
    if args["appid"] not in app_ids:
        return "appid 参数错误"
    target = urlsplit(args["redirect_uri"])
    if target.scheme not in {"https", "http"} or target.hostname not in house.credentials.wechat_redirect_hosts:
        return "redirect_uri 参数错误"
    if args["response_type"] != "code" or args["scope"] not in scopes:
        return "scope 参数错误或没有 scope 权限"
    return None if _STATE.fullmatch(args["state"]) else "state 参数错误"


def _phone(blueprint: Blueprint, house: House, state: Wechat) -> None:
    def ref_of(values: dict[str, str]) -> str:
        ref = values.get("ref", "")
        if _REF.fullmatch(ref) is None:
            abort(404)
        return ref

    @blueprint.get("/phone")
    def phone() -> str:
        if "ref" not in request.args:
            return render_template("wechat_no_code.html")
        ref = ref_of(request.args.to_dict())
        return render_template("wechat_phone.html", ref=ref, accounts=state.named)

    @blueprint.post("/phone/login")
    def login() -> AnyResponse:
        ref = ref_of(request.form.to_dict())
        account = state.accounts.get(request.form.get("account", ""))
        match = request.form.get("match", "").strip()
        if account is None or _MATCH.fullmatch(match) is None:
            abort(400)
        state.letters[ref] = Letter(account, state.issue(house.credentials.wechat_app_id, account), match)
        return redirect(url_for("wechat.face", ref=ref), 303)

    @blueprint.get("/phone/face")
    def face() -> AnyResponse:
        ref = ref_of(request.args.to_dict())
        letter = state.letters.get(ref)
        if letter is None:
            return redirect(url_for("wechat.phone", ref=ref), 303)
        session = state.sessions.get(letter.verify_id or "")
        if session is None:
            return Response(render_template("wechat_waiting.html", ref=ref))
        if session.openid != letter.account.mini_openid or house.clock.now() >= session.ends_at:
            return Response(render_template("wechat_refused.html", what="本次核身无法继续"), 409)
        if session.result != UNFINISHED:
            return Response(render_template("wechat_done.html"))
        return Response(render_template("wechat_face.html", ref=ref, choices=_CHOICES, name=session.name[:1] + "*"))

    @blueprint.post("/phone/face")
    def shown() -> AnyResponse:
        ref = ref_of(request.form.to_dict())
        choice = request.form.get("choice", "")
        letter = state.letters.get(ref)
        session = state.sessions.get(letter.verify_id or "") if letter else None
        if choice not in _CHOICES or letter is None or session is None:
            abort(400)
        if session.openid != letter.account.mini_openid or house.clock.now() >= session.ends_at:
            abort(409)
        result = compare(house, session, letter.account.id18) if choice == "my_face" else CHOICES[choice]
        if result is None:
            return Response(render_template("wechat_done.html", away=True))
        with house.lock:
            if session.result == UNFINISHED:
                session.result = result
        return redirect(url_for("wechat.face", ref=ref), 303)
