"""An Aliyun-shaped ``SendSms`` (2017-05-25, RPC signature version 1.0) and the inbox of every phone (12)."""

import datetime
import json
import re
from dataclasses import asdict
from typing import Final

from flask import Blueprint, Response, abort, g, render_template, request

from adapters.sandbox import ciphers
from adapters.sandbox.house import SKEW_SECONDS, House, note, upstream
from adapters.sandbox.phones import LATE_SECONDS, Message, Phones
from adapters.sandbox.replies import json_reply

TEMPLATE: Final = "【${sign}】验证码${code}，用于${action}，5分钟内有效，请勿泄露。"
NOTICE: Final = "【${sign}】${matter}，请登录一号通在“我的账户”中查看。如非本人操作，请拒绝。"
_LINK: Final = re.compile(r"https?:|www\.|1\d{10}")


def blueprint(house: House) -> Blueprint:
    """The gateway at ``/sms/`` and the inbox pages at ``/sms/inbox``."""
    sms = Blueprint("sms", __name__, url_prefix="/sms")
    phones = house.phones

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
    template = values.get("TemplateCode", "")
    if template not in {house.credentials.sms_template_code, house.credentials.sms_notice_template_code}:
        return _refused("isv.SMS_TEMPLATE_ILLEGAL", "短信模板不合法")
    notice = template == house.credentials.sms_notice_template_code
    parameters = _template_parameters(values.get("TemplateParam", ""), ("matter",) if notice else ("code", "action"))
    if parameters is None:
        return _refused("isv.TEMPLATE_MISSING_PARAMETERS", "模版缺少变量")
    if any(_LINK.search(value) for value in parameters.values()):
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


def _template_parameters(text: str, names: tuple[str, ...]) -> dict[str, str] | None:
    try:
        body = json.loads(text)
        return {name: str(body[name]) for name in names}
    except (ValueError, KeyError, TypeError):
        return None


def _message(house: House, mobile: str, parameters: dict[str, str], biz_id: str, out_id: str) -> Message:
    text = NOTICE if "matter" in parameters else TEMPLATE
    for name, value in {**parameters, "sign": house.credentials.sms_sign_name}.items():
        text = text.replace(f"${{{name}}}", value)
    code = parameters.get("code", "")
    now = house.clock.now()
    late = LATE_SECONDS if g.fault == "late_delivery" else 0.0
    status = "UNDELIV" if g.fault == "undelivered" else "DELIVRD"
    return Message(mobile, text, code, now, now + late, biz_id, out_id, status)
