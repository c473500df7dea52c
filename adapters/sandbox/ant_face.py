"""``certify.open``: face sessions, the face page, and the query (channels.md 8)."""

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Final
from urllib.parse import urlsplit

from flask import Blueprint, Response, g, make_response, render_template, request

from adapters.sandbox.ant_book import Refusal
from adapters.sandbox.house import LEADS_ON_POLICY, House, note

PAGE_METHOD: Final = "alipay.user.certify.open.certify"
_PAGE_SECONDS: Final = 23 * 3600
_EARLY_SECONDS: Final = 5.0
_MINOR_YEARS: Final = 14
_YEAR: Final = 365.2425 * 86_400
_ORDER: Final = re.compile(r"[A-Za-z0-9]{1,32}", re.ASCII)
# What the page offers about the query that follows: how many seconds or queries the T takes.
DELAYS: Final = {"0": (0.0, 1), "3": (3.0, 1), "third": (0.0, 3), "never": (0.0, 1 << 30)}


@dataclass(slots=True)
class Session:
    """One face session. ``passes_at`` None: no face of the right person so far."""

    name: str = field(repr=False)
    number: str = field(repr=False)
    return_url: str = field(repr=False)
    at: float
    passes_at: float | None = None
    passes_query: int = 1
    queries: int = 0
    failed: bool = False


class Desk:
    """Face sessions of one sandbox."""

    def __init__(self, house: House) -> None:
        self._house = house
        self._sessions: dict[str, Session] = {}
        self._orders: set[str] = set()

    def methods(self) -> dict[str, Callable[[dict[str, str], dict[str, Any]], dict[str, Any]]]:
        """The gateway methods answered here."""
        return {
            "alipay.user.certify.open.initialize": self._initialize,
            "alipay.user.certify.open.query": self._query,
        }

    def mount(self, blueprint: Blueprint) -> None:
        """What the face page posts to."""

        @blueprint.post("/certify/decision")
        def shown() -> Response:
            return self._decided(request.form.to_dict())

    def _initialize(self, _: dict[str, str], content: dict[str, Any]) -> dict[str, Any]:
        identity, merchant = content.get("identity_param"), content.get("merchant_config")
        order = str(content.get("outer_order_no", ""))
        if not isinstance(identity, dict) or not isinstance(merchant, dict) or content.get("biz_code") != "FACE":
            raise Refusal("40004", "INVALID_PARAMETER", "参数有误")
        name, number = str(identity.get("cert_name", "")), str(identity.get("cert_no", ""))
        note("verified", number=number, name=name)
        if (identity.get("identity_type"), identity.get("cert_type")) != ("CERT_INFO", "IDENTITY_CARD"):
            raise Refusal("40004", "INVALID_PARAMETER", "参数有误")
        if urlsplit(str(merchant.get("return_url", ""))).scheme not in {"http", "https"}:
            raise Refusal("40004", "INVALID_PARAMETER", "return_url 有误")
        with self._house.lock:
            if _ORDER.fullmatch(order) is None or order in self._orders:
                raise Refusal("40004", "INVALID_PARAMETER", "outer_order_no 有误或重复")
            self._orders.add(order)
        self._check_person(name, number)
        certify_id = self._house.octets(16).hex()
        self._sessions[certify_id] = Session(name, number, str(merchant["return_url"]), self._house.clock.now())
        return {"code": "10000", "msg": "Success", "certify_id": certify_id}

    def _check_person(self, name: str, number: str) -> None:
        person = self._house.register.find(number, "zhima_face")
        if person is None:
            raise Refusal("40004", "CERTIFY_IDENTITY_NOT_EXIST", "身份信息不存在")
        if person.name != name:
            raise Refusal("40004", "CERTIFY_IDENTITY_MISMATCH", "姓名与证件号码不匹配")
        born_year = int(number[6:10])
        if self._house.clock.now() / _YEAR + 1970 - born_year < _MINOR_YEARS:
            raise Refusal("40004", "CERTIFY_UNDER_AGE", "未成年人需监护人同意")

    def _query(self, _: dict[str, str], content: dict[str, Any]) -> dict[str, Any]:
        session = self._sessions.get(str(content.get("certify_id", "")))
        if session is None:
            raise Refusal("40004", "OPEN_CERTIFY_BILL_NOT_EXIST", "无效的certify_id")
        note("verified", number=session.number, name=session.name)
        session.queries += 1
        due = session.passes_at is not None and self._house.clock.now() >= session.passes_at
        if due and session.queries >= session.passes_query:
            who = '{"cert_name":"赵六","cert_no":"370102190303030015"}' if g.fault == "wrong_subject" else "{}"
            return {"code": "10000", "msg": "Success", "identity_info": who, "material_info": "{}", "passed": "T"}
        failed = {"fail_reason": "Z1147"} if session.failed else {}
        return {"code": "10000", "msg": "Success", "passed": "F", **failed}

    def page(self, content: dict[str, Any]) -> Response:
        """The face page, reached by a signed address. Raises Refusal."""
        certify_id = str(content.get("certify_id", ""))
        session = self._sessions.get(certify_id)
        if session is None or self._house.clock.now() - session.at > _PAGE_SECONDS:
            raise Refusal("40004", "OPEN_CERTIFY_BILL_NOT_EXIST", "无效的certify_id")
        masked = session.name[:1] + "*" * (len(session.name) - 1)
        page = make_response(render_template("alipay_face.html", certify_id=certify_id, who=masked))
        page.headers["Content-Security-Policy"] = LEADS_ON_POLICY
        return page

    def _decided(self, fields: dict[str, str]) -> Response:
        session = self._sessions.get(fields.get("certify_id", ""))
        delay, face = DELAYS.get(fields.get("delay", "0")), fields.get("face")
        if session is None or delay is None or face not in {"mine", "other", "cancel", "away"}:
            return Response("参数有误\n", 400, content_type="text/plain; charset=utf-8")
        fault = self._house.callback_fault("zhima_face", "face")
        if fault == "early_callback":
            delay = (_EARLY_SECONDS, 1)
        if face == "mine":
            session.passes_at, session.passes_query = self._house.clock.now() + delay[0], delay[1]
            session.queries, session.failed = 0, False
        session.failed = session.failed or face == "other"
        if face == "away":
            return Response("您已离开扫脸页面，可以关闭本页。\n", content_type="text/plain; charset=utf-8")
        if fault == "duplicate_callback":
            return make_response(render_template("returned.html", url=session.return_url))
        # The browser comes back on success and on failure alike (8.2).
        return Response(status=302, headers={"Location": session.return_url})
