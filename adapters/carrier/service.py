"""The client of the carriers' comparison: one signed question, one signed answer about it.

``SerialNo`` numbers the question: asked again after a lost answer it is the same one, compared and charged once.
``Nonce`` numbers the request: the answer must repeat it, so that no other answer fits.
"""

import datetime
import hmac
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

import orjson

from adapters.carrier import signing
from adapters.carrier.codes import CHANNEL, verdict
from adapters.carrier.settings import CarrierThreeElementSettings
from adapters.http import IDEMPOTENT_CHECK, Request, Send, Surroundings, Upstream
from idp.domain.channel import Reason
from idp.domain.errors import Distrusted

OPERATION: Final = "verify"
_CHINA: Final = datetime.timezone(datetime.timedelta(hours=8))
_JSON: Final = {"Content-Type": "application/json"}


@dataclass(frozen=True, slots=True)
class Elements:
    """The three, as sent."""

    name: str = field(repr=False)
    number: str = field(repr=False)
    phone: str = field(repr=False)


class Carrier:
    """Asks whether name, number and phone belong together. Safe for threads."""

    def __init__(self, upstream: Upstream, settings: CarrierThreeElementSettings, around: Surroundings) -> None:
        self._upstream = upstream
        self._settings = settings
        self._around = around

    def check(self, elements: Elements, serial: str, deadline: float) -> Reason | None:
        """None when the three belong together, else why not. Raises Unavailable or Distrusted, before ``deadline``."""

        def exchange(send: Send) -> Reason | None:
            nonce = self._around.randomness.hex(16)
            members = self._signed(elements, serial, nonce)
            body = send(Request(signing.PATH, orjson.dumps(members), _JSON)).json_object()
            result = believed(body, self._settings.app_secret.get_secret_value(), serial=serial, nonce=nonce)
            return verdict(result, tomorrow=self._tomorrow())

        return self._upstream.ask(OPERATION, exchange, IDEMPOTENT_CHECK, deadline=deadline)

    def _signed(self, elements: Elements, serial: str, nonce: str) -> dict[str, str]:
        members = {
            "AppId": self._settings.app_id,
            "IdCard": elements.number,
            "Name": elements.name,
            "Nonce": nonce,
            "Phone": elements.phone,
            "SerialNo": serial,
            "Timestamp": str(int(self._around.clock.now())),
            "Version": "1.0",
        }
        return {**members, signing.MEMBER: signing.question(self._settings.app_secret.get_secret_value(), members)}

    def _tomorrow(self) -> float:
        """The next midnight in China."""
        today = datetime.datetime.fromtimestamp(self._around.clock.now(), tz=_CHINA).date()
        return datetime.datetime.combine(today + datetime.timedelta(days=1), datetime.time(), _CHINA).timestamp()


def believed(body: Mapping[str, Any], secret: str, *, serial: str, nonce: str) -> str:
    """The result of an answer that the carrier signed about this very request. Raises Distrusted."""
    members = {key: value for key, value in body.items() if isinstance(value, str)}
    if len(members) != len(body):
        raise Distrusted(CHANNEL, "a member that is no text")
    if not _same(signing.answer(secret, members), members.get(signing.MEMBER, "")):
        raise Distrusted(CHANNEL, "wrong signature")
    if not (_same(serial, members.get("SerialNo", "")) and _same(nonce, members.get("Nonce", ""))):
        raise Distrusted(CHANNEL, "answer to another request")
    if not members.get("Result"):
        raise Distrusted(CHANNEL, "no Result")
    return members["Result"]


def _same(ours: str, theirs: str) -> bool:
    return hmac.compare_digest(ours.encode(), theirs.encode("utf-8", "surrogatepass"))
