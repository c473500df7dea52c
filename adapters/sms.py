"""Text messages with one-time codes, by the Aliyun-shaped ``SendSms`` (version 2017-05-25, RPC signature).

The text says what the code does (channels.md 12.2); the template is approved beforehand and has two variables, ``code``
and ``action``. Parameters travel in the body of a POST, so that no number stands in a URL.
"""

import datetime
import re
from collections.abc import Mapping
from typing import Any, Final
from urllib.parse import urlencode

import orjson
from pydantic import BaseModel, ConfigDict, Field, SecretStr

from adapters import signatures
from adapters.http import SIDE_EFFECT, Answer, Request, Send, Surroundings, Transient, Upstream
from idp.domain.errors import Distrusted, DomainError, InvalidInput, LimitReached, Rule, Unavailable
from idp.domain.ports import SmsNotice, SmsPurpose

NAME: Final = "sms"
ACTIONS: Final[Mapping[SmsPurpose, str]] = {
    SmsPurpose.REGISTER: "注册账号",
    SmsPurpose.SIGN_IN: "登录",
    SmsPurpose.EXISTING_ACCOUNT: "登录您已有的账号",
    SmsPurpose.BIND: "绑定手机号",
    SmsPurpose.PROVE: "实名核验",
    SmsPurpose.SECOND_FACTOR: "设置身份验证器",
    SmsPurpose.FACE_FACTOR: "设置刷脸登录",
}
# The notice template has one variable, ``matter``; it holds no link (channels.md 12.2: the gateway refuses them too).
NOTICES: Final[Mapping[SmsNotice, str]] = {SmsNotice.APPROVAL: "有一项请求等待您确认"}
_MAINLAND: Final = re.compile(r"(?:\+?86)?(1\d{10})")
_MINUTE, _HOUR, _DAY = 60, 3600, 86_400
_RETRY: Final = "isp.SYSTEM_ERROR"
_BAD_NUMBER: Final = "isv.MOBILE_NUMBER_ILLEGAL"
_THROTTLED: Final[Mapping[str, int]] = {"isv.BUSINESS_LIMIT_CONTROL": _MINUTE, "isv.DAY_LIMIT_CONTROL": _DAY}
_LONGER: Final = (("天", _DAY), ("小时", _HOUR))
_READABLE: Final = frozenset({400, 403})


class SmsSettings(BaseModel):
    """``IDP_SMS__*``. ``sign_name`` is the approved signature without brackets."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True, str_strip_whitespace=True)

    base_url: str
    access_key_id: str = Field(min_length=1)
    access_key_secret: SecretStr = Field(min_length=1)
    sign_name: str = Field(min_length=1)
    template_code: str = Field(min_length=1)
    notice_template_code: str = ""
    region_id: str = "cn-hangzhou"
    allow_plain_http: bool = False
    deadline_seconds: float = Field(default=20.0, gt=0, le=120)


class AliyunSms:
    """:class:`idp.domain.ports.SmsGateway`. Safe for threads."""

    def __init__(self, settings: SmsSettings, around: Surroundings) -> None:
        self._settings = settings
        self._around = around
        self._upstream = Upstream(NAME, settings.base_url, around, allow_plain_http=settings.allow_plain_http)

    def send_code(self, mobile: str, code: str, purpose: SmsPurpose) -> None:
        """Send ``code`` to ``mobile`` (E.164, mainland).

        Raises InvalidInput for a number the gateway does not serve, LimitReached when it throttles, Unavailable and
        Distrusted as every upstream call. A text is never sent twice: after a lost answer the person asks again.
        """
        self._send(mobile, self._settings.template_code, {"code": code, "action": ACTIONS[purpose]})

    def send_notice(self, mobile: str, notice: SmsNotice) -> None:
        """Send a notice by its own template; without one (``notice_template_code``) nothing is sent."""
        if self._settings.notice_template_code:
            self._send(mobile, self._settings.notice_template_code, {"matter": NOTICES[notice]})

    def _send(self, mobile: str, template: str, variables: Mapping[str, str]) -> None:
        number = _MAINLAND.fullmatch(mobile)
        if number is None:
            raise InvalidInput("mobile", Rule.FORMAT)
        deadline = self._around.clock.now() + self._settings.deadline_seconds
        refusal = self._upstream.ask(
            "SendSms", lambda send: self._exchange(send, number[1], template, variables), SIDE_EFFECT, deadline=deadline
        )
        if refusal is not None:
            raise refusal

    def _exchange(self, send: Send, number: str, template: str, variables: Mapping[str, str]) -> DomainError | None:
        return _reading(send(self._request(number, template, variables)))

    def _request(self, number: str, template: str, variables: Mapping[str, str]) -> Request:
        settings, randomness = self._settings, self._around.randomness
        now = datetime.datetime.fromtimestamp(self._around.clock.now(), tz=datetime.UTC)
        parameters = {
            "AccessKeyId": settings.access_key_id,
            "Action": "SendSms",
            "Format": "JSON",
            "OutId": randomness.hex(16),
            "PhoneNumbers": number,
            "RegionId": settings.region_id,
            "SignName": settings.sign_name,
            "SignatureMethod": "HMAC-SHA1",
            "SignatureNonce": randomness.hex(16),
            "SignatureVersion": "1.0",
            "TemplateCode": template,
            "TemplateParam": orjson.dumps(dict(variables)).decode(),
            "Timestamp": f"{now:%Y-%m-%dT%H:%M:%SZ}",
            "Version": "2017-05-25",
        }
        secret = settings.access_key_secret.get_secret_value()
        parameters["Signature"] = signatures.aliyun_rpc_sign(secret, parameters)
        headers = {"Content-Type": "application/x-www-form-urlencoded"}
        return Request("/", urlencode(parameters).encode("ascii"), headers, readable=_READABLE)


def _reading(answer: Answer) -> DomainError | None:
    """None when the text is on its way; LimitReached and InvalidInput are answers, so the breaker stays closed."""
    body = answer.json_object()
    code, message = body.get("Code"), body.get("Message", "")
    if not isinstance(code, str):
        raise Distrusted(NAME, "no Code in the answer")
    if code == "OK":
        if answer.status != 200 or not isinstance(body.get("BizId"), str):
            raise Distrusted(NAME, "OK without BizId")
        return None
    if code in _THROTTLED:
        return LimitReached("sms_gateway", _wait(code, str(message)))
    if code == _BAD_NUMBER:
        return InvalidInput("mobile", Rule.FORMAT)
    if code == _RETRY:
        raise Transient(NAME, _RETRY, maybe_done=False)
    raise Unavailable(NAME, _loggable(code), alert=True)


def _wait(code: str, message: str) -> int:
    """Seconds until the gateway's own window moves on: its text says which window is full."""
    return next((seconds for word, seconds in _LONGER if word in message), _THROTTLED[code])


def _loggable(code: str) -> str:
    return "".join(c for c in code[:40] if c.isascii() and (c.isalnum() or c in "._-"))


def create(settings: Mapping[str, Any], around: Surroundings) -> AliyunSms:
    """Build the gateway. Raises pydantic.ValidationError, or ValueError for plain http that was not allowed."""
    return AliyunSms(SmsSettings.model_validate(dict(settings)), around)
