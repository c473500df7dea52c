"""An Aliyun-shaped ``SendSms`` (2017-05-25, RPC signature version 1.0) and the inbox of every phone (12)."""

import datetime
import json
import re
from collections import defaultdict
from dataclasses import asdict, dataclass, field
from typing import Final

from flask import Blueprint, Response, abort, g, render_template, request

from adapters.sandbox import ciphers
from adapters.sandbox.house import SKEW_SECONDS, House, note, upstream
from adapters.sandbox.replies import json_reply

TEMPLATE: Final = "【${sign}】验证码${code}，用于${action}，5分钟内有效，请勿泄露。"
_LATE_SECONDS: Final = 240.0
# Default flow control per signature and phone: seconds, texts, and what the gateway calls the window.
_FLOW: Final = ((60, 1, "分钟级"), (3600, 5, "小时级"), (86_400, 10, "天级"))
_LINK: Final = re.compile(r"https?:|www\.|1\d{10}")


@dataclass(frozen=True, slots=True)
class Message:
    """One text. ``visible_at`` is later than ``sent_at`` when delivery was late; ``status`` as delivery reports say."""

    mobile: str = field(repr=False)
    text: str = field(repr=False)
    code: str = field(repr=False)
    sent_at: float
    visible_at: float
    biz_id: str
    out_id: str
    status: str = "DELIVRD"


class Phones:
    """Every phone's inbox."""

    def __init__(self, house: House) -> None:
        self._house = house
        self._inbox: defaultdict[str, list[Message]] = defaultdict(list)

    def deliver(self, message: Message) -> None:
        """Put a text into its inbox."""
        with self._house.lock:
            self._inbox[message.mobile].append(message)

    def inbox(self, mobile: str) -> list[Message]:
        """Delivered and visible texts, newest first."""
        now = self._house.clock.now()
        arrived = [m for m in self._inbox.get(mobile, []) if m.visible_at <= now and m.status == "DELIVRD"]
        newest_first = sorted(enumerate(arrived), key=lambda row: (row[1].visible_at, row[0]), reverse=True)
        return [message for _, message in newest_first]

    def numbers(self) -> list[tuple[str, int]]:
        """Phones that have texts, the latest first, with how many."""
        rows = [(mobile, self.inbox(mobile)) for mobile in list(self._inbox)]
        rows = [row for row in rows if row[1]]
        return [(mobile, len(m)) for mobile, m in sorted(rows, key=lambda row: row[1][0].visible_at, reverse=True)]

    def full_window(self, mobile: str) -> str | None:
        """Which window of the gateway's flow control is full for a phone."""
        now = self._house.clock.now()
        sent = [m.sent_at for m in self._inbox.get(mobile, [])]
        return next((name for span, most, name in _FLOW if sum(now - at < span for at in sent) >= most), None)


def blueprint(house: House) -> Blueprint:
    """The gateway at ``/sms/`` and the inbox pages at ``/sms/inbox``."""
    sms = Blueprint("sms", __name__, url_prefix="/sms")
    phones = Phones(house)

    @sms.route("/", methods=["GET", "POST"])
    @upstream(
        house,
        "sms",
        "SendSms",
        quota=lambda: _refused("isv.BUSINESS_LIMIT_CONTROL", "触发小时级流控Permits:5"),
        maintenance=lambda: _refused("isp.SYSTEM_ERROR", "系统错误"),
    )
    def send() -> Response:
        values = request.values.to_dict()
        refusal = _unauthentic(house, values)
        if refusal is not None:
            return refusal
        return _sent(house, phones, values)

    @sms.get("/inbox")
    def numbers() -> str:
        return render_template("numbers.html", numbers=phones.numbers())

    @sms.get("/inbox/<mobile>")
    def inbox(mobile: str) -> str:
        if not mobile.isdecimal():
            abort(404)
        rows = [(m, _clock_text(m.visible_at)) for m in phones.inbox(mobile)]
        return render_template("inbox.html", mobile=mobile, rows=rows)

    @sms.get("/inbox/<mobile>.json")
    def inbox_json(mobile: str) -> Response:
        return json_reply([asdict(m) for m in phones.inbox(mobile)])

    return sms


def _clock_text(at: float) -> str:
    china = datetime.timezone(datetime.timedelta(hours=8))
    return f"{datetime.datetime.fromtimestamp(at, tz=china):%Y-%m-%d %H:%M:%S}"


def _refused(code: str, message: str, status: int = 200) -> Response:
    note(f"refused: {code}")
    return json_reply({"Code": code, "Message": message, "RequestId": "SANDBOX"}, status)


def _unauthentic(house: House, values: dict[str, str]) -> Response | None:
    c = house.credentials
    signature = values.pop("Signature", "")
    if values.get("AccessKeyId") != c.sms_access_key_id:
        return _refused("InvalidAccessKeyId.NotFound", "Specified access key is not found.", 404)
    if not ciphers.same(ciphers.aliyun(c.sms_access_key_secret, request.method, values), signature):
        return _refused("SignatureDoesNotMatch", "Specified signature is not matched with our calculation.", 400)
    if not _fresh(house, values.get("Timestamp", "")):
        return _refused("InvalidTimeStamp.Expired", "Specified time stamp or date value is expired.", 400)
    if values.get("Action") != "SendSms" or values.get("Version") != "2017-05-25":
        return _refused("InvalidAction.NotFound", "Specified api is not found.", 404)
    return None


def _fresh(house: House, timestamp: str) -> bool:
    try:
        at = datetime.datetime.strptime(timestamp, "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=datetime.UTC).timestamp()
    except ValueError:
        return False
    return abs(at - house.clock.now()) <= SKEW_SECONDS


def _sent(house: House, phones: Phones, values: dict[str, str]) -> Response:
    mobile = values.get("PhoneNumbers", "")
    if values.get("SignName") != house.credentials.sms_sign_name:
        return _refused("isv.SMS_SIGNATURE_ILLEGAL", "短信签名不合法")
    if values.get("TemplateCode") != house.credentials.sms_template_code:
        return _refused("isv.SMS_TEMPLATE_ILLEGAL", "短信模板不合法")
    parameters = _template_parameters(values.get("TemplateParam", ""))
    if parameters is None:
        return _refused("isv.TEMPLATE_MISSING_PARAMETERS", "模版缺少变量")
    if any(_LINK.search(value) for value in parameters):
        return _refused("isv.PARAM_NOT_SUPPORT_URL", "不支持URL")
    if re.fullmatch(r"1\d{10}", mobile) is None:
        return _refused("isv.MOBILE_NUMBER_ILLEGAL", "非法手机号")
    window = phones.full_window(mobile) if house.sms_flow_control else None
    if window is not None:
        return _refused("isv.BUSINESS_LIMIT_CONTROL", f"触发{window}流控")
    note("verified", mobile=mobile)
    biz_id = house.octets(8).hex()
    for _ in range(2 if g.fault == "duplicate_delivery" else 1):
        phones.deliver(_message(house, mobile, parameters, biz_id, values.get("OutId", "")))
    return json_reply({"Code": "OK", "Message": "OK", "BizId": biz_id, "RequestId": house.octets(16).hex().upper()})


def _template_parameters(text: str) -> tuple[str, str] | None:
    try:
        body = json.loads(text)
        return str(body["code"]), str(body["action"])
    except (ValueError, KeyError, TypeError):
        return None


def _message(house: House, mobile: str, parameters: tuple[str, str], biz_id: str, out_id: str) -> Message:
    code, action = parameters
    text = TEMPLATE.replace("${sign}", house.credentials.sms_sign_name)
    text = text.replace("${code}", code).replace("${action}", action)
    now = house.clock.now()
    late = _LATE_SECONDS if g.fault == "late_delivery" else 0.0
    status = "UNDELIV" if g.fault == "undelivered" else "DELIVRD"
    return Message(mobile, text, code, now, now + late, biz_id, out_id, status)
