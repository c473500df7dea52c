"""Alipay: the open gateway with the methods of account check and face check, and the people's pages (7, 8).

Both kinds of page are at their own addresses: the consent page at ``/oauth2/publicAppAuthorize.htm``, the face page
behind the signed address that the gateway's page method makes.
"""

import datetime
import json
from collections.abc import Callable
from typing import Any, Final

from flask import Blueprint, Response, g, request

from adapters.sandbox import ant_account, ant_face, rsa2
from adapters.sandbox.ant_book import Accounts, Refusal
from adapters.sandbox.house import House, note, upstream

Handler = Callable[[dict[str, str], dict[str, Any]], dict[str, Any]]
_SKEW_SECONDS: Final = 900
_CHINA: Final = datetime.timezone(datetime.timedelta(hours=8))
_MESSAGES: Final = {
    "20000": "Service Currently Unavailable",
    "20001": "Insufficient Token Permissions",
    "40001": "Missing Required Arguments",
    "40002": "Invalid Arguments",
    "40004": "Business Failed",
    "40005": "Call Limited",
    "40006": "Insufficient Permissions",
}


def blueprint(house: House) -> Blueprint:
    """Everything under ``/alipay``."""
    ant = Blueprint("ant", __name__, url_prefix="/alipay")
    accounts = Accounts(house)
    consents, faces = ant_account.Desk(house, accounts), ant_face.Desk(house)
    doors = {
        name: _door(house, channel, name, handler)
        for channel, handlers in (("alipay_account", consents.methods()), ("zhima_face", faces.methods()))
        for name, handler in handlers.items()
    }
    unknown = _door(house, "alipay_account", "unknown", _no_such_method)

    @ant.post("/gateway.do")
    def gateway() -> Response:
        method = request.form.get("method", "")
        if method == ant_face.PAGE_METHOD:
            # A page method is no call: the real gateway sends such a caller to a login page.
            return Response(status=302, headers={"Location": "/alipay/login"})
        return doors.get(method, unknown)()

    @ant.get("/gateway.do")
    def page() -> Response:
        fields = request.args.to_dict()
        if fields.get("method") != ant_face.PAGE_METHOD:
            return Response("isv.invalid-method\n", 400, content_type="text/plain; charset=utf-8")
        try:
            _authentic(house, fields)
            return faces.page(_content(fields))
        except Refusal as refusal:
            return Response(f"{refusal.sub_code}\n", 400, content_type="text/plain; charset=utf-8")

    @ant.get("/login")
    def login() -> Response:
        return Response("请登录\n", content_type="text/plain; charset=utf-8")

    consents.mount(ant)
    faces.mount(ant)
    return ant


def _door(house: House, channel: str, method: str, handler: Handler) -> Callable[[], Response]:
    """One method behind signature, time and faults."""

    def refused(code: str, sub_code: str, text: str) -> Response:
        return _written("error_response", _refusal(Refusal(code, sub_code, text)))

    @upstream(
        house,
        channel,
        method,
        quota=lambda: refused("40005", "isv.app-call-limited", "应用调用次数超限"),
        maintenance=lambda: refused("20000", "isp.unknow-error", "系统繁忙"),
    )
    def answer() -> Response:
        fields = request.form.to_dict()
        node = f"{method.replace('.', '_')}_response"
        try:
            _authentic(house, fields)
            return _written(node, handler(fields, _content(fields)))
        except Refusal as refusal:
            note(f"refused: {refusal.sub_code}")
            return _written("error_response" if refusal.outer else node, _refusal(refusal))

    return answer


def _no_such_method(_fields: dict[str, str], _content: dict[str, Any]) -> dict[str, Any]:
    raise Refusal("40002", "isv.invalid-method", "不存在的方法名", outer=True)


def _authentic(house: House, fields: dict[str, str]) -> None:
    """What the gateway checks before any method. Raises Refusal."""
    for name in ("method", "app_id", "timestamp", "version", "sign_type", "sign"):
        if not fields.get(name):
            raise Refusal("40001", f"isv.missing-{name.replace('_', '-')}", "缺少参数", outer=True)
    if fields["app_id"] != house.credentials.ant_app_id:
        raise Refusal("40002", "isv.invalid-app-id", "无效的AppID参数", outer=True)
    if fields["sign_type"] != "RSA2" or fields.get("charset", "").lower() != "utf-8" or not rsa2.good(fields):
        raise Refusal("40002", "isv.invalid-signature", "无效签名", outer=True)
    try:
        at = datetime.datetime.strptime(fields["timestamp"], "%Y-%m-%d %H:%M:%S").replace(tzinfo=_CHINA).timestamp()
    except ValueError:
        raise Refusal("40002", "isv.invalid-timestamp", "非法的时间戳参数", outer=True) from None
    if abs(at - house.clock.now()) > _SKEW_SECONDS:
        raise Refusal("40002", "isv.invalid-timestamp", "非法的时间戳参数", outer=True)


def _content(fields: dict[str, str]) -> dict[str, Any]:
    """``biz_content``. Raises Refusal."""
    try:
        content = json.loads(fields.get("biz_content", "{}"))
    except ValueError:
        content = None
    if not isinstance(content, dict):
        raise Refusal("40002", "isv.invalid-parameter", "biz_content 不是 JSON 对象", outer=True)
    return content


def _refusal(refusal: Refusal) -> dict[str, Any]:
    return {
        "code": refusal.code,
        "msg": _MESSAGES[refusal.code],
        "sub_code": refusal.sub_code,
        "sub_msg": refusal.text,
    }


def _written(node: str, fields: dict[str, Any]) -> Response:
    """The answer as text: signed over the node as written, with what trips readers who count braces or re-serialise."""
    fields = fields | {"sandbox_note": '沙箱: "}" \\" {'}
    raw = json.dumps(fields, ensure_ascii=False, separators=(", ", ":"))
    sign = rsa2.sign(raw, fault=g.fault)
    return Response(f'{{"{node}": {raw} , "sign":"{sign}"}}'.encode(), content_type="text/html;charset=utf-8")
