"""The carriers' comparison of three elements at ``/carrier/three-element/v1/verify`` (channels.md 12.3).

The results are the published ones; envelope and signature are our design (docs/divergences.md), written here from its
text and not from the adapter.
"""

import datetime
import hmac
import json
import re
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any, Final
from urllib.parse import quote

from flask import Blueprint, Response, g, request

from adapters.sandbox.ciphers import same
from adapters.sandbox.house import House, note, upstream
from adapters.sandbox.replies import json_reply
from adapters.sandbox.subscribers import Line, Subscribers

_CHINA: Final = datetime.timezone(datetime.timedelta(hours=8))
_PATH: Final = "/three-element/v1/verify"
_NEEDED: Final = frozenset({
    "AppId", "IdCard", "Name", "Nonce", "Phone", "SerialNo", "Signature", "Timestamp", "Version",
})  # fmt: skip
_NUMBER: Final = re.compile(r"[0-9a-f]{32}")
_MOBILE: Final = re.compile(r"1[0-9]{10}")
_ID: Final = re.compile(r"[0-9]{17}[0-9X]")
TEXTS: Final = {
    "0": "三要素信息一致",
    "-4": "三要素信息不一致",
    "-6": "手机号码不合法",
    "-7": "身份证号码有误",
    "-8": "姓名校验不通过",
    "-9": "没有记录",
    "-11": "验证中心服务繁忙",
    "-12": "认证次数超过当日限制，请次日重试",
    "-13": "该号段不支持验证",
}


def signature(secret: str, head: str, members: dict[str, str]) -> str:
    """Lower-case hex of HMAC-SHA256 over head, path, and the members in order, percent-encoded, without the last."""
    mac = hmac.new(secret.encode(), f"{head}\n{_PATH}\n".encode(), sha256)
    rest = sorted(members.items())
    joined = [f"{quote(key, safe='~')}={quote(value, safe='~')}" for key, value in rest if key != "Signature"]
    mac.update("&".join(joined).encode())
    return mac.hexdigest()


@dataclass(slots=True)
class Desk:
    """The state of the service: questions by number, request numbers that were used."""

    house: House
    subscribers: Subscribers
    answered: dict[str, tuple[Line, str]] = field(default_factory=dict, repr=False)
    used: set[str] = field(default_factory=set, repr=False)

    def refusal(self, members: dict[str, str]) -> tuple[int, str] | None:
        """Status and code of a request that is not worked on."""
        issued = self.house.credentials
        if set(members) != _NEEDED or members["Version"] != "1.0":
            return 400, "InvalidParameter"
        good = same(signature(issued.carrier_app_secret, "POST", members), members["Signature"])
        if not good or members["AppId"] != issued.carrier_app_id:
            return 401, "SignatureFailure"
        if not members["Timestamp"].isdecimal() or not self.house.fresh(members["Timestamp"] + "000"):
            return 401, "SignatureExpire"
        if not self.house.address_allowed():
            return 403, "UnauthorizedAddress"
        if not _NUMBER.fullmatch(members["Nonce"]) or not _NUMBER.fullmatch(members["SerialNo"]):
            return 400, "InvalidParameter"
        return None if self._first_use(members["Nonce"]) else (401, "NonceUsed")

    def compare(self, members: dict[str, str]) -> str | None:
        """The result, once for each question; None for a number that was another question's."""
        asked = Line(members["Name"], members["IdCard"], members["Phone"])
        note("verified", name=asked.name, number=asked.id18, mobile=asked.phone)
        with self.house.lock:
            known = self.answered.get(members["SerialNo"])
            if known is not None:
                return known[1] if known[0] == asked else None
            result = self._compared(asked)
            self.answered[members["SerialNo"]] = (asked, result)
        return result

    def _compared(self, asked: Line) -> str:
        if not _MOBILE.fullmatch(asked.phone):
            return "-6"
        if not _ID.fullmatch(asked.id18):
            return "-7"
        if len(asked.name) < 2 or any(c.isdigit() for c in asked.name):
            return "-8"
        day = datetime.datetime.fromtimestamp(self.house.clock.now(), tz=_CHINA)
        return self.subscribers.answer(asked, f"{day:%Y%m%d}")

    def _first_use(self, nonce: str) -> bool:
        with self.house.lock:
            first = nonce not in self.used
            self.used.add(nonce)
        return first

    def answer(self, members: dict[str, str], result: str) -> Response:
        """A signed answer; faults of signatures and of whom it is about are made here."""
        out = {
            "Description": TEXTS.get(result, "未知"),
            "Isp": "" if result == "-9" else "移动",
            "Nonce": "0" * 32 if g.fault == "wrong_subject" else members.get("Nonce", ""),
            "RequestId": self.house.octets(16).hex(),
            "Result": result,
            "SerialNo": members.get("SerialNo", ""),
            "Timestamp": str(int(self.house.clock.now())),
        }
        out["Signature"] = signature(self.house.credentials.carrier_app_secret, "ANSWER", out)
        if g.fault == "bad_signature":
            out["Description"] += "。"
        return json_reply(out)


def blueprint(house: House, *, tries: int) -> Blueprint:
    """The one operation. ``tries`` a day and mobile."""
    carrier = Blueprint("carrier", __name__, url_prefix="/carrier")
    desk = Desk(house, Subscribers(house.register, tries))

    def says(result: str) -> Response:
        note(f"refused: {result}")
        return desk.answer(_members(), result)

    @carrier.post(_PATH)
    @upstream(house, "carrier", "verify", quota=lambda: says("-12"), maintenance=lambda: says("-11"))
    def verify() -> Response:
        members = _members()
        refusal = desk.refusal(members)
        if refusal is not None:
            return _refused(*refusal)
        result = desk.compare(members)
        return _refused(409, "SerialNoUsed") if result is None else desk.answer(members, result)

    return carrier


def _members() -> dict[str, str]:
    """The members of the request; nothing when any is no text."""
    try:
        body: Any = json.loads(request.get_data())
    except ValueError:
        return {}
    good = isinstance(body, dict) and all(isinstance(value, str) for value in body.values())
    return body if good else {}


def _refused(status: int, code: str) -> Response:
    note(f"refused: {code}")
    return json_reply({"Code": code}, status)
