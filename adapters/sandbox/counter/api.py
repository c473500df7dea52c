"""The provider's two calls: ``/v1/appointments`` and ``/v1/verdicts``, authenticated and answered with signatures."""

import hmac
import json
import re
from hashlib import sha256
from typing import Any, Final

from flask import Blueprint, Response, g, request

from adapters.sandbox.counter.cases import Case, Cases
from adapters.sandbox.counter.issued import APP_ID, APP_SECRET, DESK_KEY, STRANGE_KEY, b64
from adapters.sandbox.counter.reader import card_of
from adapters.sandbox.house import House, note, upstream
from adapters.sandbox.replies import compact, json_reply

SYSTEM: Final = "政务服务大厅核验系统"
_HEX: Final = re.compile(r"[0-9a-f]{32}")
_CODE: Final = re.compile(r"[0-9A-HJKMNP-TV-Z]{4}-[0-9A-HJKMNP-TV-Z]{4}")
_REMEMBERED: Final = 20_000


class Asks:
    """Request numbers that were used: each one once."""

    def __init__(self, house: House) -> None:
        self._house = house
        self._seen: dict[str, None] = {}

    def first_time(self, ask: str) -> bool:
        """Whether it is new; from now on it is not."""
        with self._house.lock:
            if ask in self._seen:
                return False
            self._seen[ask] = None
            while len(self._seen) > _REMEMBERED:
                del self._seen[next(iter(self._seen))]
        return True


def mount(counter: Blueprint, house: House, cases: Cases) -> None:
    """Add both operations."""
    asks = Asks(house)

    @counter.post("/v1/appointments")
    @upstream(house, "counter", "open")
    def appointments() -> Response:
        body = _authentic(house, asks, "/v1/appointments")
        return body if isinstance(body, Response) else _open(house, cases, body)

    @counter.post("/v1/verdicts")
    @upstream(house, "counter", "verdict")
    def verdicts() -> Response:
        body = _authentic(house, asks, "/v1/verdicts")
        if isinstance(body, Response):
            return body
        case = cases.find(str(body.get("request_id")))
        if case is None:
            return _refused("unknown_request", 404)
        note("verified", request_id=case.request_id)
        state = cases.state_of(case)
        told = {"request_id": case.request_id, "code": case.code, "state": state, "verdict": case.verdict()}
        if g.fault == "wrong_subject":
            told = _about_another(house, told)
        return _signed("counter-verdict+jws", told)


def _refused(error: str, status: int) -> Response:
    note(f"refused: {error}")
    return json_reply({"error": error}, status)


def _authentic(house: House, asks: Asks, path: str) -> dict[str, Any] | Response:
    """The body, when address, time, signature and request number are right."""
    if not house.address_allowed():
        return _refused("address", 403)
    content = request.get_data()
    app_id, moment, ask, signature = (
        request.headers.get(f"X-Desk-{name}", "") for name in ("App", "Time", "Ask", "Signature")
    )
    if app_id != APP_ID:
        return _refused("unknown_app", 401)
    text = f"{app_id}\n{moment}\n{ask}\n{path}\n{sha256(content).hexdigest()}"
    mine = hmac.new(APP_SECRET.encode(), text.encode(), sha256).hexdigest()
    if not hmac.compare_digest(mine.encode(), signature.encode()):
        return _refused("signature", 401)
    if not house.fresh(moment):
        return _refused("time", 401)
    if _HEX.fullmatch(ask) is None or not asks.first_time(ask):
        return _refused("ask_used", 401)
    body = request.get_json(silent=True)
    return body if isinstance(body, dict) else _refused("body", 400)


def _open(house: House, cases: Cases, body: dict[str, Any]) -> Response:
    request_id, code, nonce, four_eyes = (str(body.get(n)) for n in ("request_id", "code", "nonce", "four_eyes"))
    seconds = body.get("code_seconds")
    shapes = _HEX.fullmatch(request_id) and _CODE.fullmatch(code) and _HEX.fullmatch(nonce)
    if not shapes or four_eyes not in {"typed", "always"} or not isinstance(seconds, int) or not 60 <= seconds <= 1800:
        return _refused("parameters", 400)
    until = house.clock.now() + seconds
    if not cases.add(Case(request_id, code, bytes.fromhex(nonce), until, four_eyes == "always")):
        return _refused("code_in_use", 409)
    note("verified", request_id=request_id)
    if g.fault == "wrong_subject":
        request_id = house.octets(16).hex()
    return _signed("counter-appointment+jws", {"request_id": request_id, "code": code, "open_until": int(until)})


def _about_another(house: House, told: dict[str, Any]) -> dict[str, Any]:
    """The same verdict with another person's chip text in it, under the signature of the first."""
    verdict = told["verdict"]
    if not verdict or "reading" not in verdict:
        return {**told, "request_id": house.octets(16).hex()}
    other = b64(card_of(house.register.people[8]).text)
    return {**told, "verdict": {**verdict, "reading": {**verdict["reading"], "text_block": other}}}


def _signed(kind: str, told: dict[str, Any]) -> Response:
    """A compact JWS, ES256; three faults are told here, where the signature is made."""
    echo = {"app_id": APP_ID, "ask": request.headers["X-Desk-Ask"], "system": SYSTEM}
    payload = compact({**echo, **told}).encode("gb18030" if g.fault == "encoding_gbk" else "utf-8")
    header = json.dumps({"alg": "ES256", "kid": DESK_KEY.kid, "typ": kind}).encode()
    text = f"{b64(header)}.{b64(payload)}"
    key = STRANGE_KEY if g.fault == "wrong_cert" else DESK_KEY
    signature = bytearray(key.sign(text.encode()))
    if g.fault == "bad_signature":
        signature[5] ^= 1
    return Response(f"{text}.{b64(bytes(signature))}", content_type="application/jose")
