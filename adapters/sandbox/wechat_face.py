"""人脸核身 and the cloud function between PC and phone (channels.md 9.3, 9.4)."""

import base64
import hashlib
import re
from collections.abc import Callable
from typing import Any, Final

from flask import Blueprint, Response, g, request

from adapters.sandbox.house import House, note, upstream
from adapters.sandbox.population import check_character
from adapters.sandbox.replies import compact, json_reply
from adapters.sandbox.wechat_state import VERIFY_SECONDS, FaceSession, Wechat

_SEQUENCE: Final = re.compile(r"[0-9A-Za-z_-]{5,32}")
# What happens before the camera, and what a query answers then; None: nobody finishes. ``my_face`` is compared.
CHOICES: Final[dict[str, int | None]] = {
    "other_face": 10004,
    "cancel": 90004,
    "deny_camera": 90008,
    "poor_light": 10010,
    "too_slow": 90107,
    "old_phone": 90001,
    "no_network": 90012,
    "walk_away": None,
}
ALIKE, NUMBER_DIFFERS, FACE_DIFFERS, UNKNOWN_TO_SOURCE = 10000, 10003, 10004, 10026


def cert_hash(cert_type: str, name: str, number: str) -> str:
    """The digest that must come with a query."""
    parts = []
    for key, value in (("cert_type", cert_type), ("cert_name", name), ("cert_no", number)):
        parts.append(key.encode() + b"=" + base64.b64encode(value.encode()))
    return hashlib.sha256(b"&".join(parts)).hexdigest()


def compare(house: House, session: FaceSession, holder_number: str) -> int:
    """The holder's face against the portrait of the authoritative source."""
    row = house.register.find(session.number, "wechat_realname")
    if row is None:
        return UNKNOWN_TO_SOURCE
    if row.name != session.name:
        return NUMBER_DIFFERS
    return ALIKE if holder_number == session.number else FACE_DIFFERS


def _texts(body: Any, *names: str) -> list[str] | None:
    if not isinstance(body, dict):
        return None
    values = [value for name in names if isinstance(value := body.get(name), str) and value]
    return values if len(values) == len(names) else None


def mount(blueprint: Blueprint, house: House, state: Wechat) -> None:
    """The endpoints; all want the server token of the mini program."""
    busy: dict[str, Callable[[], Response]] = {
        "quota": lambda: state.refuse(45009),
        "maintenance": lambda: state.refuse(-1),
    }

    @blueprint.post("/cityservice/face/identify/getverifyid")
    @upstream(house, "wechat", "getverifyid", **busy)
    def getverifyid() -> Response:
        fault = state.token_fault(request.args.get("access_token", ""))
        if fault is not None:
            return state.refuse(fault)
        body = request.get_json(silent=True)
        outer = _texts(body, "out_seq_no", "openid")
        cert_info = body.get("cert_info") if isinstance(body, dict) else None
        inner = _texts(cert_info, "cert_type", "cert_name", "cert_no")
        if outer is None or inner is None or not _well_formed(outer[0], inner[0], inner[2]):
            return state.refuse(40097)
        if state.by_openid(outer[1]) is None:
            return state.refuse(40003)
        with house.lock:
            if outer[0] in state.sequences:
                return state.refuse(40097)
            state.sequences.add(outer[0])
        note("verified", name=inner[1], number=inner[2])
        name, number = inner[1:] if g.fault != "wrong_subject" else ("赵六", "370102190303030015")
        verify_id = state.new("v_")
        session = FaceSession(outer[0], name, number, outer[1], house.clock.now() + VERIFY_SECONDS)
        state.sessions[verify_id] = session
        return json_reply({"errcode": 0, "errmsg": "ok", "verify_id": verify_id, "expires_in": VERIFY_SECONDS})

    @blueprint.post("/cityservice/face/identify/queryverifyinfo")
    @upstream(house, "wechat", "queryverifyinfo", **busy)
    def queryverifyinfo() -> Response:
        fault = state.token_fault(request.args.get("access_token", ""))
        if fault is not None:
            return state.refuse(fault)
        sent = _texts(request.get_json(silent=True), "verify_id", "out_seq_no", "cert_hash", "openid")
        session = state.sessions.get(sent[0]) if sent else None
        if sent is None or session is None or g.fault == "wrong_subject":
            return state.refuse(40097)
        digest = cert_hash("IDENTITY_CARD", session.name, session.number)
        if sent[1:] != [session.out_seq_no, digest, session.openid]:
            return state.refuse(40097)
        note("verified", name=session.name, number=session.number)
        return json_reply({"errcode": 0, "errmsg": "ok", "verify_ret": session.result})

    @blueprint.post("/tcb/invokecloudfunction")
    @upstream(house, "wechat", "invokecloudfunction", **busy)
    def invokecloudfunction() -> Response:
        fault = state.token_fault(request.args.get("access_token", ""))
        if fault is not None:
            return state.refuse(fault)
        c = house.credentials
        if (request.args.get("env"), request.args.get("name")) != (c.wechat_cloud_env, c.wechat_function):
            return state.refuse(40097)
        said = _letter_box(state, request.get_json(silent=True))
        if said is None:
            return state.refuse(40097)
        note("verified")
        if g.fault == "wrong_subject":  # somebody else's letter
            said |= {"ref": "0" * 32}
        return json_reply({"errcode": 0, "errmsg": "ok", "resp_data": compact(said)})


def _well_formed(out_seq_no: str, cert_type: str, number: str) -> bool:
    if _SEQUENCE.fullmatch(out_seq_no) is None or cert_type != "IDENTITY_CARD":
        return False
    return re.fullmatch(r"\d{17}[\dX]", number) is not None and check_character(number[:17]) == number[17]


def _letter_box(state: Wechat, body: Any) -> dict[str, str] | None:
    """The mini program's own function: what the phone left, what is left for it."""
    texts = _texts(body, "action", "ref")
    if texts is None:
        return None
    action, ref = texts
    letter = state.letters.get(ref)
    if action == "collect":
        if letter is None:
            return {"state": "waiting", "ref": ref}
        return {"state": "joined", "ref": ref, "js_code": letter.js_code, "match": letter.match}
    verify_id = _texts(body, "verify_id")
    if action != "deliver" or letter is None or verify_id is None:
        return None
    letter.verify_id = verify_id[0]
    return {"state": "delivered", "ref": ref}
