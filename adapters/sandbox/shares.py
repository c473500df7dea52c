"""The JSON services, basic check and portrait comparison, over REST, the national proxy, MD5 and CSB (3.3.3).

The portrait score is decided by a marker in the picture, ``sandbox-face-<persona>`` and, to force a score,
``:<score>`` behind it; a JPEG without a marker is compared with the person's photograph, where the sandbox has a face
model (:mod:`adapters.sandbox.portraits`), and of bad quality where it has none.
"""

import base64
import binascii
import re
from typing import Any, Final

from flask import Blueprint, Response, g, request

from adapters.sandbox import ciphers
from adapters.sandbox.exchange import GATEWAY_HEADERS, PREFIXES, Gates
from adapters.sandbox.house import House, note, upstream
from adapters.sandbox.population import Person
from adapters.sandbox.replies import json_reply, wrapped

_FACE: Final = re.compile(rb"sandbox-face-([a-z_0-9-]+)(?::([0-9.]+))?")
_SAME_SCORE, _OTHER_SCORE = "92.4", "31.7"
_PASS: Final = 70.0


def mount(blueprint: Blueprint, house: House, gates: Gates) -> None:
    """The endpoints."""

    def rest_refusal() -> str | None:
        asked = (request.headers.get("api_id"), request.headers.get("from_user"))
        if asked != (house.credentials.api_id, house.credentials.from_user):
            return "401"
        signed = any(name in request.headers for name in GATEWAY_HEADERS)
        return gates.gateway() if signed else None

    @blueprint.post("/share/rkkjzxxcx")
    @upstream(house, "police", "rkkjzxxcx")
    def basic() -> Response:
        refusal = rest_refusal()
        return _refused(refusal, 401) if refusal else _basic(house, _datalist())

    @blueprint.post("/share/rkkrxbd")
    @upstream(house, "police", "rkkrxbd")
    def portrait() -> Response:
        refusal = rest_refusal()
        return _refused(refusal, 401) if refusal else _portrait(house, _datalist())

    @blueprint.post("/httpproxy")
    @upstream(house, "police", "httpproxy")
    def httpproxy() -> Response:
        names = [f"{prefix}_{part}" for prefix in PREFIXES for part in ("rid", "sid", "rtime", "sign")]
        values = {name: request.headers.get(name, "") for name in names}
        refusal = gates.national(values, "")
        return _refused("-1", 200) if refusal else _basic(house, _datalist())

    @blueprint.route("/gateway/api/<number>/dataSharing/<name>.htm", methods=["GET", "POST"])
    @upstream(house, "police", "basic_check")
    def md5(number: str, name: str) -> Response:
        del number, name
        refusal = gates.md5()
        return _refused(refusal, 200) if refusal else _basic(house, _datalist())

    @blueprint.post("/CSB")
    @upstream(house, "police", "basic_check")
    def csb() -> Response:
        fields = request.form.to_dict()
        signature = fields.pop("_api_signature", "")
        good = ciphers.same(ciphers.csb(house.credentials.csb_secret_key, fields), signature)
        known = fields.get("_api_access_key") == house.credentials.csb_access_key
        if not good or not known or not house.fresh(fields.get("_api_timestamp", "")):
            return _refused("401", 200)
        return _basic(house, [fields])


def _refused(code: str, status: int) -> Response:
    note(f"refused: {code}")
    return json_reply({"code": code, "msg": "签名、授权或时间错误", "data": ""}, status)


def _datalist() -> list[dict[str, Any]]:
    body = request.get_json(silent=True)
    rows = body.get("datalist") if isinstance(body, dict) else None
    return [row for row in rows if isinstance(row, dict)] if isinstance(rows, list) else []


def _subject(rows: list[dict[str, Any]]) -> tuple[str, str] | None:
    if len(rows) != 1:
        note("refused: not one record")
        return None
    number, name = str(rows[0].get("sfzh", "")), str(rows[0].get("xm", ""))
    note("verified", number=number, name=name)
    g.subject = (number.encode(), name.encode())
    return number, name


def _row(person: Person, name: str) -> dict[str, str]:
    match = "1" if person.name == name else "0"
    return {"gmsfzh": person.id18, "gmsfzh_ppddm": "1", "xm": name, "xm_ppddm": match, "swbs": person.swbs}


def _basic(house: House, rows: list[dict[str, Any]]) -> Response:
    asked = _subject(rows)
    if asked is None:
        return wrapped({"status": "-1", "msg": "服务异常", "data": []})
    person = house.register.find(asked[0])
    if person is None:
        return wrapped({"status": "0", "msg": "查询成功", "data": []})
    row = _row(person, asked[1])
    if row["xm_ppddm"] == "1":
        row |= {"xbdm": person.sex_code, "mzdm": "01", "csrq": person.birthdate}
        row |= {"csd_gjdqm": "156", "csd_ssxdqm": person.id18[:6]}
    return wrapped({"status": "0", "msg": "查询成功", "data": [row]})


def _portrait(house: House, rows: list[dict[str, Any]]) -> Response:
    asked = _subject(rows)
    if asked is None:
        return wrapped({"status": "-1", "msg": "服务异常", "data": []})
    person = house.register.find(asked[0])
    if person is None:
        return wrapped({"status": "0", "msg": "查询成功", "data": []})
    if person.portrait is None or g.fault == "no_portrait":
        return wrapped({"status": "-2", "msg": "未查询到照片信息", "data": []})
    likeness = _likeness(house, person, str(rows[0].get("xczp", "")))
    if likeness is None:
        return wrapped({"status": "-3", "msg": "照片质量不合格", "data": []})
    row = _row(person, asked[1])
    row |= likeness if row["xm_ppddm"] == "1" else {"bddm": "0", "xsd": "0"}
    if g.fault == "no_verdict":
        del row["bddm"]
    return wrapped({"status": "0", "msg": "查询成功", "data": [row]})


def _likeness(house: House, person: Person, picture: str) -> dict[str, str] | None:
    """Verdict and score of a Base64 JPEG; None for one of bad quality."""
    try:
        data = base64.b64decode(picture, validate=True)
    except binascii.Error:
        return None
    if not data.startswith(b"\xff\xd8"):
        return None
    marked = _FACE.search(data)
    if marked is None:
        score = house.portraits.score(person.id18, data)
        return None if score is None else {"bddm": "1" if score >= _PASS else "0", "xsd": f"{score:.1f}"}
    if marked[1].decode() != person.portrait:
        return {"bddm": "0", "xsd": _OTHER_SCORE}
    return {"bddm": "1", "xsd": marked[2].decode() if marked[2] else _SAME_SCORE}
