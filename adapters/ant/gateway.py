"""One gateway, many methods: sign, send, verify, and read the code (channels.md 7.2 to 7.4)."""

import datetime
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final
from urllib.parse import urlencode

from cryptography.hazmat.primitives.asymmetric import rsa

from adapters.ant.settings import AntSettings, private_key, public_key
from adapters.ant.signing import ERROR_NODE, Node, sign, verified_node
from adapters.http import CallClass, Request, Surroundings, Transient, Upstream
from idp.domain.channel import Reason
from idp.domain.errors import Distrusted, Unavailable
from idp.domain.ports import Clock

PATH: Final = "/gateway.do"
_CHINA: Final = datetime.timezone(datetime.timedelta(hours=8))
_FORM: Final = {"Content-Type": "application/x-www-form-urlencoded;charset=utf-8"}
_SUCCESS: Final = "10000"
_BUSY: Final = "20000"
_BUSINESS_FAILED: Final = "40004"


@dataclass(frozen=True, slots=True)
class Method:
    """One method as data.

    ``business``: what the sub-codes of 40004 mean; None is our own fault, as is every sub-code when ``otherwise`` is
    None. ``bare``: a success carries no code (the token answer).
    """

    name: str
    kind: CallClass
    business: Mapping[str, Reason | None] = field(default_factory=dict)
    otherwise: Reason | None = None
    bare: bool = False


@dataclass(frozen=True, slots=True)
class Said:
    """A verified answer: its fields, or the reason for a definite no."""

    fields: Mapping[str, Any] = field(default_factory=dict, repr=False)
    reason: Reason | None = None


# Codes that are a definite no whatever the method, by code and sub-code; "" is any other sub-code.
_REFUSALS: Final[Mapping[tuple[str, str], Reason]] = {
    ("20001", ""): Reason.EXPIRED,
    ("40002", "isv.code-invalid"): Reason.REPLAYED,
    ("40003", ""): Reason.RISK_CONTROL,
}
_CALL_LIMIT: Final = "40005"
# Our parameters, our signature, our rights, or our own business number: operators must look.
_OUR_DOING: Final = frozenset({"40001", "40002", _BUSINESS_FAILED, "40006"})


def read(channel: str, method: Method, node: Node) -> Said:
    """What a verified node says. Raises Transient, Unavailable (``alert`` when it is our doing) or Distrusted."""
    code, sub_code = node.fields.get("code"), node.fields.get("sub_code", "")
    if node.name != ERROR_NODE and (code == _SUCCESS or (code is None and method.bare)):
        return Said(node.fields)
    if not isinstance(code, str) or not isinstance(sub_code, str):
        raise Distrusted(channel, "no code in the answer")
    reason = _REFUSALS.get((code, sub_code)) or _REFUSALS.get((code, ""))
    if code == _BUSINESS_FAILED:
        reason = method.business.get(sub_code, method.otherwise)
    if reason is not None:
        return Said(reason=reason)
    what = f"code {_loggable(code)} {_loggable(sub_code)}"
    if code == _BUSY:
        raise Transient(channel, what, maybe_done=True)
    if code == _CALL_LIMIT or code in _OUR_DOING:
        raise Unavailable(channel, what, alert=code in _OUR_DOING)
    raise Distrusted(channel, what)


def text_of(channel: str, fields: Mapping[str, Any], name: str) -> str:
    """The text at ``name``, not empty and at most 128 characters. Raises Distrusted."""
    value = fields.get(name)
    if not isinstance(value, str) or not 0 < len(value) <= 128:
        raise Distrusted(channel, f"no {name} in the answer")
    return value


def passed(channel: str, fields: Mapping[str, Any]) -> bool:
    """``passed``, which is ``T`` or ``F`` and nothing else. Raises Distrusted."""
    value = fields.get("passed")
    if value not in ("T", "F"):
        raise Distrusted(channel, "neither passed nor failed")
    return bool(value == "T")


def biz_content(content: Mapping[str, Any]) -> str:
    """``biz_content`` as one line of JSON, Chinese unescaped, in the order given."""
    return json.dumps(content, ensure_ascii=False, separators=(",", ":"))


class Gateway:
    """The gateway, for one application and one channel. Safe for threads."""

    def __init__(self, channel: str, settings: AntSettings, around: Surroundings) -> None:
        self._channel = channel
        self._clock: Clock = around.clock
        self._app_id = settings.app_id
        self._base = settings.base_url.rstrip("/")
        self._key: rsa.RSAPrivateKey = private_key(settings.app_private_key.get_secret_value())
        self._platform_key: rsa.RSAPublicKey = public_key(settings.alipay_public_key)
        self._upstream = Upstream(channel, settings.base_url, around, allow_plain_http=settings.allow_plain_http)

    def call(self, method: Method, fields: Callable[[], Mapping[str, str]], *, deadline: float) -> Said:
        """Ask. ``fields`` makes the method's own parameters, anew for a repetition. Raises as :func:`read` does."""
        return self._upstream.ask(
            method.name,
            lambda send: read(
                self._channel,
                method,
                verified_node(
                    self._channel,
                    send(Request(PATH, urlencode(self._signed(method.name, fields())).encode(), _FORM)).body,
                    method.name,
                    self._platform_key,
                ),
            ),
            method.kind,
            deadline=deadline,
        )

    def page_url(self, method: str, fields: Mapping[str, str]) -> str:
        """The address of a page method. It MUST NOT carry personal data: it stands in histories and logs."""
        return f"{self._base}{PATH}?{urlencode(self._signed(method, fields))}"

    def _signed(self, method: str, fields: Mapping[str, str]) -> dict[str, str]:
        at = datetime.datetime.fromtimestamp(self._clock.now(), tz=_CHINA)
        parameters = {
            "app_id": self._app_id,
            "format": "JSON",
            "charset": "utf-8",
            "sign_type": "RSA2",
            "timestamp": f"{at:%Y-%m-%d %H:%M:%S}",
            "version": "1.0",
            "method": method,
            **fields,
        }
        return parameters | {"sign": sign(self._key, parameters)}


def _loggable(text: str) -> str:
    """The first 48 ASCII letters, digits and signs: codes pass, names and sentences do not."""
    return "".join(c for c in text[:48] if c.isascii() and (c.isalnum() or c in "-_."))
