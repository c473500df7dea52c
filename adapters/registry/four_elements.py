"""The commercial check of four elements: organisation, code, representative, and the representative's number (4.2 b).

The source prints a GET with a query; here the values travel in the body of a POST, because a number must not stand in a
URL. The string to sign is our assumption.
"""

import base64
import hmac
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

import orjson

from adapters.exchange.fields import code_at, loggable, object_at, text_at
from adapters.http import IDEMPOTENT_CHECK, Request, Send, Transient, Upstream
from adapters.registry.organisations import CHANNEL
from adapters.registry.settings import BusinessRegistrySettings
from idp.domain.channel import Reason
from idp.domain.errors import Distrusted, Unavailable
from idp.domain.ports import Randomness

OPERATION: Final = "checkFourItem"
PATH: Final = "/enterprise/checkFourItem"
_AGREES: Final = "200"
_REFUSALS: Final[Mapping[str, Reason]] = {"201": Reason.NOT_LEGAL_REPRESENTATIVE, "202": Reason.NOT_FOUND}


@dataclass(frozen=True, slots=True)
class Elements:
    """The four, as sent. ``deadline`` is in seconds since the epoch."""

    organisation: str = field(repr=False)
    credit_code: str = field(repr=False)
    name: str = field(repr=False)
    number: str = field(repr=False)
    deadline: float


def sign(secret: str, parameters: Mapping[str, str]) -> str:
    """Base64 of HMAC-SHA256 over every other parameter, sorted, ``k=v`` joined by ``&``."""
    text = "&".join(f"{key}={parameters[key]}" for key in sorted(parameters))
    return base64.b64encode(hmac.digest(secret.encode(), text.encode(), "sha256")).decode()


class FourElements:
    """The client. Safe for threads."""

    def __init__(self, upstream: Upstream, settings: BusinessRegistrySettings, randomness: Randomness) -> None:
        self._upstream = upstream
        self._settings = settings
        self._randomness = randomness

    def ask(self, elements: Elements) -> tuple[Reason | None, str]:
        """The answer and our number of the request. A repetition has the same number: one question, one charge.

        Raises Unavailable or Distrusted.
        """
        txn = self._randomness.hex(16)
        reason = self._upstream.ask(
            OPERATION, lambda send: self._exchange(send, elements, txn), IDEMPOTENT_CHECK, deadline=elements.deadline
        )
        return reason, txn

    def _exchange(self, send: Send, elements: Elements, txn: str) -> Reason | None:
        settings = self._settings
        parameters = {
            "version": settings.four_version,
            "signAlgo": "HmacSHA256",
            "deviceId": settings.four_device_id,
            "appId": settings.four_app_id,
            "userTransId": txn,
            "enterpriseName": elements.organisation,
            "enterpriseMark": elements.credit_code,
            "legalPerson": elements.name,
            "legalPersonNo": elements.number,
        }
        parameters["signature"] = sign(settings.four_secret.get_secret_value(), parameters)
        request = Request(PATH, orjson.dumps(parameters), {"Content-Type": "application/json"})
        return read(send(request).json_object(), txn)


def read(body: Mapping[str, Any], txn: str) -> Reason | None:
    """What the answer says; None is agreement. Raises Unavailable by code, Distrusted for another shape or request."""
    status = code_at(CHANNEL, body, "status")
    if status != _AGREES:
        raise Unavailable(CHANNEL, f"status {loggable(status)}", alert=status in {"401", "403"})
    data = object_at(CHANNEL, body, "data")
    if not hmac.compare_digest(text_at(CHANNEL, data, "userTransId").encode("utf-8", "surrogatepass"), txn.encode()):
        raise Distrusted(CHANNEL, "answer to another request")
    code = code_at(CHANNEL, data, "resultCode")
    if code == _AGREES:
        return None
    if code == "500":
        raise Transient(CHANNEL, "result 500", maybe_done=True)
    if code not in _REFUSALS:
        raise Distrusted(CHANNEL, f"unknown result {loggable(code)}")
    return _REFUSALS[code]
