"""The desk system's two calls: open an appointment, ask for its verdict.

Ours, as no public protocol exists (channels.md 11). A request is authenticated by an HMAC in its headers::

    app id LF milliseconds LF ask LF path LF hex(SHA-256(body))

and an answer is a compact JWS (RFC 7515 7.1, ES256) whose payload repeats ``app_id``, ``ask`` and ``request_id``:
an old answer, or one for another request, is recognised before it is read.
"""

import hashlib
import hmac
from collections.abc import Mapping
from typing import Any, Final

import orjson
from joserfc import jws
from joserfc.errors import JoseError
from joserfc.jwk import KeySet

from adapters.counter.fields import CHANNEL, text_of
from adapters.counter.settings import CounterVerifySettings, key_set
from adapters.http import Answer, CallClass, Request, Send, Transient, Upstream, json_object
from idp.domain.errors import Distrusted
from idp.domain.ports import Clock, Randomness

OPEN_PATH: Final = "/v1/appointments"
VERDICT_PATH: Final = "/v1/verdicts"
# Polling, channels.md 2.4. An appointment is opened with it too: the person waits, and a lost one only lapses.
POLL: Final = CallClass(connect=3, read=5, overall=11, idempotent=True, charged=False)
_CODE_TAKEN: Final = 409
# Crockford's alphabet: nothing in it is misheard or misread for another character.
_ALPHABET: Final = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_CODE_CHARACTERS: Final = 8


def string_to_sign(*, app_id: str, milliseconds: str, ask: str, path: str, body: bytes) -> bytes:
    """What the request's HMAC-SHA256 is taken over."""
    return "\n".join((app_id, milliseconds, ask, path, hashlib.sha256(body).hexdigest())).encode()


class Desk:
    """The desk system as we know it. Safe for threads."""

    def __init__(
        self, upstream: Upstream, settings: CounterVerifySettings, clock: Clock, randomness: Randomness
    ) -> None:
        self._upstream = upstream
        self._settings = settings
        self._clock = clock
        self._randomness = randomness
        self._keys: KeySet = key_set(settings.desk_keys)

    def __repr__(self) -> str:
        return f"Desk({self._settings.app_id})"

    def open(self) -> dict[str, str]:
        """A new appointment: ``request_id``, ``code`` and ``nonce``. Raises Unavailable or Distrusted.

        Everything in it is new on a repetition, too: an appointment whose answer was lost lapses unseen.
        """
        return self._upstream.ask("open", self._opened, POLL, deadline=self._deadline())

    def verdict(self, request_id: str) -> Mapping[str, Any]:
        """What the desk says about an appointment, origin checked. Raises Unavailable or Distrusted."""

        def exchange(send: Send) -> Mapping[str, Any]:
            return self._exchange(send, VERDICT_PATH, "counter-verdict+jws", {"request_id": request_id})

        return self._upstream.ask("verdict", exchange, POLL, deadline=self._deadline())

    def _deadline(self) -> float:
        return self._clock.now() + self._settings.deadline_seconds

    def _opened(self, send: Send) -> dict[str, str]:
        octets = self._randomness.octets(_CODE_CHARACTERS)
        characters = "".join(_ALPHABET[octet % len(_ALPHABET)] for octet in octets)
        made = {
            "request_id": self._randomness.hex(16),
            "code": f"{characters[:4]}-{characters[4:]}",
            "nonce": self._randomness.hex(16),
        }
        terms = {"code_seconds": self._settings.code_seconds, "four_eyes": self._settings.four_eyes}
        answer = self._exchange(send, OPEN_PATH, "counter-appointment+jws", made | terms)
        if not hmac.compare_digest(text_of(answer, "code").encode(), made["code"].encode()):
            raise Distrusted(CHANNEL, "another appointment")
        return made

    def _exchange(self, send: Send, path: str, kind: str, body: Mapping[str, Any]) -> Mapping[str, Any]:
        ask = self._randomness.hex(16)
        content = orjson.dumps(body)
        milliseconds = str(int(self._clock.now() * 1000))
        app_id = self._settings.app_id
        text = string_to_sign(app_id=app_id, milliseconds=milliseconds, ask=ask, path=path, body=content)
        headers = {
            "Content-Type": "application/json",
            "X-Desk-App": app_id,
            "X-Desk-Time": milliseconds,
            "X-Desk-Ask": ask,
            "X-Desk-Signature": hmac.digest(
                self._settings.app_secret.get_secret_value().encode(), text, "sha256"
            ).hex(),
        }
        answer = send(Request(path, content, headers, readable=frozenset({_CODE_TAKEN})))
        if answer.status == _CODE_TAKEN:
            raise Transient(CHANNEL, "code taken", maybe_done=False)
        payload = self._payload(answer, kind)
        asked = {"app_id": app_id, "ask": ask, "request_id": str(body["request_id"])}
        for name, value in asked.items():
            if not hmac.compare_digest(text_of(payload, name).encode(), value.encode()):
                raise Distrusted(CHANNEL, f"another {name}")
        return payload

    def _payload(self, answer: Answer, kind: str) -> dict[str, Any]:
        """The signed content. Raises Distrusted."""
        try:
            signed = jws.deserialize_compact(answer.body, self._keys, algorithms=["ES256"])
            header = signed.headers()
        except (JoseError, ValueError, TypeError, KeyError, AttributeError, RecursionError):
            raise Distrusted(CHANNEL, "signature") from None
        if header.get("typ") != kind:
            raise Distrusted(CHANNEL, "another kind of answer")
        return json_object(CHANNEL, signed.payload)
