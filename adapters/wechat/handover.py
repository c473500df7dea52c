"""From the PC to the phone and back, through a cloud function of the province's mini program.

The code on the PC carries ``ref``; the mini program says for which service it is asked, has its holder type the number
that stands beside the code, and leaves number and log-in code under that ref. We collect them, and leave the
``verify_id``. The function is a letter box: nothing in it is believed, the log-in code is redeemed with
WeChat. The interface (``/tcb/invokecloudfunction``: body in, ``resp_data`` out, a text) is WeChat's; what the function
says is ours.
"""

import hmac
from dataclasses import dataclass, field
from typing import Any, Final

from adapters.http import CallClass, json_object
from adapters.wechat import errors
from adapters.wechat.api import DELIVERY, POLL, WechatApi
from adapters.wechat.settings import CHANNEL
from idp.domain.errors import Distrusted

_PATH: Final = "/tcb/invokecloudfunction"
_LONGEST_CODE: Final = 256
_LONGEST_MATCH: Final = 16


@dataclass(frozen=True, slots=True)
class Letter:
    """What a phone left: its log-in code, and the number that its holder read on the other screen."""

    js_code: str = field(repr=False)
    match: str = field(repr=False)


class LetterBox:
    """The function of one cloud environment."""

    def __init__(self, api: WechatApi, *, env: str, function: str) -> None:
        self._api = api
        self._query = {"env": env, "name": function}

    def collect(self, ref: str, deadline: float) -> Letter | None:
        """What a phone left, or None before. Raises Refusal, Unavailable, Distrusted."""
        answer = self._call({"action": "collect", "ref": ref}, POLL, deadline)
        match answer.get("state"):
            case "waiting":
                return None
            case "joined":
                return Letter(
                    errors.text(answer, "js_code", most=_LONGEST_CODE),
                    errors.text(answer, "match", most=_LONGEST_MATCH),
                )
            case _:
                raise Distrusted(CHANNEL, "hand-over in no known state")

    def deliver(self, ref: str, verify_id: str, deadline: float) -> None:
        """Leave the face session for the phone. Raises Refusal, Unavailable, Distrusted."""
        answer = self._call({"action": "deliver", "ref": ref, "verify_id": verify_id}, DELIVERY, deadline)
        if answer.get("state") != "delivered":
            raise Distrusted(CHANNEL, "hand-over not delivered")

    def _call(self, letter: dict[str, str], kind: CallClass, deadline: float) -> dict[str, Any]:
        answer = self._api.post(letter["action"], _PATH, letter, kind, deadline=deadline, query=self._query)
        said = answer.get("resp_data")
        if not isinstance(said, str):
            raise Distrusted(CHANNEL, "no resp_data")
        inner = json_object(CHANNEL, said.encode("utf-8", "replace"))
        ref = inner.get("ref")
        if not isinstance(ref, str) or not hmac.compare_digest(ref.encode("utf-8", "replace"), letter["ref"].encode()):
            raise Distrusted(CHANNEL, "answer about another hand-over")
        return inner
