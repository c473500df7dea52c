"""电子营业执照 scan: challenge as a QR code, the holder's confirmation, the licence's SM2 signature (channels.md 4.4).

No public specification was found: the whole protocol is assumed, and isolated here so that the real one can replace it.

What may be trusted: the licence signs application, number, moment and ``rand`` of the challenge, and its certificate
names the organisation: *this licence was shown for this challenge*. Who showed it, ``holderName``, ``holderCertNo`` and
``holderRole``, stands outside that signature: it is the word of the service at the other end of TLS. So it may agree or
disagree with a person whom the account has proved already, and never names anybody.
"""

import base64
import binascii
import datetime
import hmac
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Final
from urllib.parse import parse_qs, urlsplit

import orjson

from adapters.exchange.fields import code_at, loggable, object_at, text_at
from adapters.http import SIDE_EFFECT, CallClass, Request, Send, Transient, Upstream
from adapters.registry import sm
from adapters.registry.organisations import CHANNEL, fold
from adapters.registry.settings import BusinessRegistrySettings
from idp.domain.errors import Distrusted, Unavailable
from idp.domain.ports import Clock, Randomness

POLLING: Final = CallClass(connect=3, read=5, overall=14, idempotent=True, charged=False)
_CHINA: Final = datetime.timezone(datetime.timedelta(hours=8))
_UNKNOWN: Final = "1004"
_BUSY: Final = "9999"
_LONGEST_QR: Final = 512
_HEX: Final = frozenset("0123456789abcdef")


class State(StrEnum):
    """Where the scan stands."""

    WAIT = "WAIT"
    SCANNED = "SCANNED"
    CONFIRMED = "CONFIRMED"
    REFUSED = "REFUSED"
    EXPIRED = "EXPIRED"


class Role(StrEnum):
    """``holderRole``, in the words of our claim."""

    LEGAL_REPRESENTATIVE = "legal_representative"
    AGENT = "agent"


_ROLES: Final[Mapping[str, Role]] = {"1": Role.LEGAL_REPRESENTATIVE, "2": Role.AGENT}


@dataclass(frozen=True, slots=True)
class Challenge:
    """What the licence signs. It names nobody; without our key it opens nothing."""

    biz_seq: str
    rand: str
    ts: str
    qr: str

    @property
    def match(self) -> str:
        """Two digits that both screens show: out of ``rand``, which both sides have and the licence signs."""
        return f"{int(self.rand[-8:], 16) % 100:02d}"

    def string_to_sign(self, app_id: str) -> str:
        """``appId=…&bizSeq=…&rand=…&ts=…``."""
        return f"appId={app_id}&bizSeq={self.biz_seq}&rand={self.rand}&ts={self.ts}"


@dataclass(frozen=True, slots=True)
class Holder:
    """A confirmed licence: whose it is, and who holds it."""

    organisation: str = field(repr=False)
    credit_code: str = field(repr=False)
    name: str = field(repr=False)
    number: str = field(repr=False)
    role: Role


def request_sign(key: str, *, app_id: str, biz_seq: str, ts: str) -> str:
    """``sign`` of both calls."""
    return sm.hmac_sm3(key, f"appId={app_id}&bizSeq={biz_seq}&ts={ts}")


class ELicence:
    """The client. Safe for threads."""

    def __init__(
        self, upstream: Upstream, settings: BusinessRegistrySettings, clock: Clock, randomness: Randomness
    ) -> None:
        self._upstream = upstream
        self._settings = settings
        self._clock = clock
        self._randomness = randomness
        self._issuers = sm.Issuers(settings.e_licence_issuers)

    def challenge(self, deadline: float) -> Challenge:
        """A new challenge. Raises Unavailable or Distrusted; never repeated with the same number."""
        return self._upstream.ask("challenge", self._begin, SIDE_EFFECT, deadline=deadline)

    def result(self, challenge: Challenge, deadline: float) -> "State | Holder":
        """Where the scan stands; a :class:`Holder` only after every check. Raises Unavailable or Distrusted."""
        return self._upstream.ask("result", lambda send: self._poll(send, challenge), POLLING, deadline=deadline)

    def _begin(self, send: Send) -> Challenge:
        now = self._clock.now()
        local = datetime.datetime.fromtimestamp(now, tz=_CHINA)
        biz_seq = f"EL{local:%Y%m%d%H%M%S}{self._randomness.hex(8)}"
        ts = str(int(now * 1000))
        data = _data(send(self._request("challenge", biz_seq, ts)).json_object())
        rand = text_at(CHANNEL, data, "rand")
        if len(rand) != 32 or not set(rand) <= _HEX:
            raise Distrusted(CHANNEL, "no rand in the answer")
        return Challenge(biz_seq, rand, ts, self._qr(text_at(CHANNEL, data, "qrContent"), biz_seq))

    def _qr(self, content: str, biz_seq: str) -> str:
        """The person will open this address: it must be a web address, and of this challenge."""
        schemes = {"https", "http"} if self._settings.allow_plain_http else {"https"}
        try:
            url = urlsplit(content)
            numbers = parse_qs(url.query).get("b", [])
        except ValueError:
            raise Distrusted(CHANNEL, "unreadable QR content") from None
        if url.scheme not in schemes or not url.hostname or len(content) > _LONGEST_QR or not content.isascii():
            raise Distrusted(CHANNEL, "QR content is no address")
        if len(numbers) != 1 or not hmac.compare_digest(numbers[0].encode(), biz_seq.encode()):
            raise Distrusted(CHANNEL, "QR content of another challenge")
        return content

    def _poll(self, send: Send, challenge: Challenge) -> "State | Holder":
        body = send(self._request("result", challenge.biz_seq, str(int(self._clock.now() * 1000)))).json_object()
        if code_at(CHANNEL, body, "code") == _UNKNOWN:
            return State.EXPIRED
        data = _data(body)
        try:
            state = State(text_at(CHANNEL, data, "state"))
        except ValueError:
            raise Distrusted(CHANNEL, "unknown state") from None
        return self._confirmed(data, challenge) if state is State.CONFIRMED else state

    def _confirmed(self, data: Mapping[str, Any], challenge: Challenge) -> Holder:
        der = _decoded(text_at(CHANNEL, data, "cert"))
        try:
            certificate = self._issuers.believed(der, self._clock.now())
            point, (code, organisation) = sm.public_point(certificate), sm.subject_of(certificate)
        except sm.BadCertificate as error:
            raise Distrusted(CHANNEL, f"certificate: {error}") from None
        message = challenge.string_to_sign(self._settings.e_licence_app_id).encode()
        if not sm.verifies(point, message, _decoded(text_at(CHANNEL, data, "signature"))):
            raise Distrusted(CHANNEL, "signature of the licence")
        if (text_at(CHANNEL, data, "uniscId"), fold(text_at(CHANNEL, data, "entName"))) != (code, fold(organisation)):
            raise Distrusted(CHANNEL, "certificate of another organisation")
        role = _ROLES.get(code_at(CHANNEL, data, "holderRole"))
        if role is None:
            raise Distrusted(CHANNEL, "unknown role")
        name, number = (text_at(CHANNEL, data, field) for field in ("holderName", "holderCertNo"))
        return Holder(organisation, code, name, number, role)

    def _request(self, operation: str, biz_seq: str, ts: str) -> Request:
        app_id, key = self._settings.e_licence_app_id, self._settings.e_licence_key.get_secret_value()
        sign = request_sign(key, app_id=app_id, biz_seq=biz_seq, ts=ts)
        content = orjson.dumps({"appId": app_id, "bizSeq": biz_seq, "ts": ts, "sign": sign})
        return Request(f"/elicence/v1/{operation}", content, {"Content-Type": "application/json"})


def _data(body: Mapping[str, Any]) -> Mapping[str, Any]:
    code = code_at(CHANNEL, body, "code")
    if code == _BUSY:
        raise Transient(CHANNEL, "code 9999", maybe_done=True)
    if code != "0":
        raise Unavailable(CHANNEL, f"code {loggable(code)}", alert=True)
    return object_at(CHANNEL, body, "data")


def _decoded(text: str) -> bytes:
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        raise Distrusted(CHANNEL, "no Base64 in the answer") from None
