"""电子社保卡: the entry of the page where the person unlocks their card, and the query of what they did there.

The browser brings back only a hint (``busiSeq``, ``signNo``); what counts is the signed query of our server. The names
``_api_*`` and ``security`` and its SM2 seal are published; the signature rule, the query and its codes are assumed
(channels.md 6.2, docs/divergences.md).
"""

import datetime
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final
from urllib.parse import urlencode

import orjson

from adapters import signatures
from adapters.exchange.fields import loggable, object_at, text_at
from adapters.http import IDEMPOTENT_CHECK, Request, Send, Upstream
from adapters.social import sealing
from adapters.social.settings import CHANNEL, SocialSecuritySettings
from idp.domain.channel import Reason
from idp.domain.errors import Distrusted, Unavailable
from idp.domain.ports import Clock, Randomness

_CHINA: Final = datetime.timezone(datetime.timedelta(hours=8))
_AUTHORISE: Final = "111"
_OK: Final = "0"
_OURS_TO_REPAIR: Final = "401"
_REFUSED_CODES: Final[Mapping[str, Reason]] = {"404": Reason.BAD_INPUT, "used": Reason.REPLAYED}
_PENDING, _CONFIRMED = "0", "1"
_REFUSED_STATUSES: Final[Mapping[str, Reason]] = {
    "2": Reason.USER_CANCELLED,
    "3": Reason.NOT_FOUND,
    "4": Reason.EXPIRED,
    "5": Reason.CARD_STATE,
}


@dataclass(frozen=True, slots=True)
class Confirmed:
    """Somebody unlocked their e-card and agreed: who, by the card."""

    number: str = field(repr=False)
    name: str = field(repr=False)


class Pending:
    """The person has not decided yet."""


class ECard:
    """The e-card platform as one customer of it sees it. Safe for threads."""

    def __init__(
        self, upstream: Upstream, settings: SocialSecuritySettings, clock: Clock, randomness: Randomness
    ) -> None:
        self._upstream = upstream
        self._settings = settings
        self._clock = clock
        self._randomness = randomness
        self._point = sealing.public_point(settings.platform_public_key)

    def number(self) -> str:
        """A new ``busiSeq``: ``SB``, China time, 15 random digits."""
        now = datetime.datetime.fromtimestamp(self._clock.now(), tz=_CHINA)
        return f"SB{now:%Y%m%d%H%M%S}{self._randomness.digits(15)}"

    def entry(self, busi_seq: str, *, name: str, number: str, return_uri: str) -> str:
        """Where to send the browser: who is meant travels sealed, everything is signed."""
        business = {
            "channelNo": self._settings.channel_number,
            "aac002": number,
            "aac003": name,
            "aab301": self._settings.region,
            "actionType": _AUTHORISE,
            "busiSeq": busi_seq,
            "returnUrl": return_uri,
        }
        security = sealing.seal(self._point, orjson.dumps(business), self._randomness)
        return f"{self._settings.entry_url}?{urlencode(self._signed('essc.h5.auth', {'security': security}))}"

    def query(self, busi_seq: str, sign_no: str) -> Confirmed | Pending | Reason:
        """What the person did. Raises Unavailable or Distrusted."""
        deadline = self._clock.now() + self._settings.deadline_seconds
        return self._upstream.ask(
            "query", lambda send: self._exchange(send, busi_seq, sign_no), IDEMPOTENT_CHECK, deadline=deadline
        )

    def _exchange(self, send: Send, busi_seq: str, sign_no: str) -> Confirmed | Pending | Reason:
        parameters = self._signed("essc.auth.query", {"busiSeq": busi_seq, "signNo": sign_no})
        headers = {"Content-Type": "application/x-www-form-urlencoded; charset=UTF-8"}
        answer = send(Request("/essc/api", urlencode(parameters).encode("ascii"), headers))
        return read(answer.json_object(), busi_seq=busi_seq, sign_no=sign_no)

    def _signed(self, api: str, more: Mapping[str, str]) -> dict[str, str]:
        settings = self._settings
        parameters = {
            "_api_name": api,
            "_api_access_id": settings.access_id,
            "_api_timestamp": str(int(self._clock.now() * 1000)),
            **more,
        }
        parameters["_api_signature"] = signatures.csb_sign(settings.secret_key.get_secret_value(), parameters)
        return parameters


def read(body: Mapping[str, object], *, busi_seq: str, sign_no: str) -> Confirmed | Pending | Reason:
    """The platform's answer to our question. Raises Unavailable by code, Distrusted for another one's answer."""
    code = text_at(CHANNEL, body, "code")
    if code in _REFUSED_CODES:
        return _REFUSED_CODES[code]
    if code != _OK:
        raise Unavailable(CHANNEL, f"code {loggable(code)}", alert=code == _OURS_TO_REPAIR)
    data = object_at(CHANNEL, body, "data")
    if (text_at(CHANNEL, data, "busiSeq"), text_at(CHANNEL, data, "signNo")) != (busi_seq, sign_no):
        raise Distrusted(CHANNEL, "answer about another authorisation")
    status = text_at(CHANNEL, data, "status")
    if status == _PENDING:
        return Pending()
    if status in _REFUSED_STATUSES:
        return _REFUSED_STATUSES[status]
    if status != _CONFIRMED:
        raise Distrusted(CHANNEL, "unknown status in the answer")
    confirmed = Confirmed(text_at(CHANNEL, data, "aac002"), text_at(CHANNEL, data, "aac003"))
    if not confirmed.number or not confirmed.name:
        raise Distrusted(CHANNEL, "an authorisation by nobody")
    return confirmed
