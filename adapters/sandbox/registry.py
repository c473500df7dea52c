"""The business register behind both exchange platforms, and the commercial check of four elements (4.1, 4.2)."""

from base64 import b64encode
from typing import Any, Final

from flask import Blueprint, Response, g, request

from adapters.sandbox import ciphers, exchange
from adapters.sandbox.exchange import PREFIXES, Gates
from adapters.sandbox.house import House, note, upstream
from adapters.sandbox.organisations import Enterprises
from adapters.sandbox.replies import json_reply

CHANNEL: Final = "business_registry"
_SIGNED: Final = (
    "version",
    "signAlgo",
    "deviceId",
    "appId",
    "userTransId",
    "enterpriseName",
    "enterpriseMark",
    "legalPerson",
    "legalPersonNo",
)


def blueprint(house: House, enterprises: Enterprises) -> Blueprint:
    """The record check at ``/business_registry/share/qyjbxxyz`` and ``/httpproxy``; ``/enterprise/checkFourItem``."""
    registry = Blueprint("registry", __name__, url_prefix="/business_registry")
    gates = Gates(house)
    exchange.mount(registry, house, gates, channel=CHANNEL)
    _mount_record(registry, house, gates, enterprises)
    _mount_four(registry, house, enterprises)
    return registry


def _mount_record(registry: Blueprint, house: House, gates: Gates, enterprises: Enterprises) -> None:
    c = house.credentials
    basic = "Basic " + b64encode(f"{c.registry_user}:{c.registry_password}".encode()).decode()

    @registry.post("/share/qyjbxxyz")
    @upstream(house, CHANNEL, "qyjbxxyz")
    def gateway() -> Response:
        refusal = gates.gateway()
        if refusal is None and not ciphers.same(request.headers.get("Authorization", ""), basic):
            refusal = "401"
        if refusal is not None:
            note(f"refused: gateway {refusal}")
            return json_reply({"code": refusal}, 401)
        return _verified(enterprises)

    @registry.post("/httpproxy")
    @upstream(house, CHANNEL, "qyjbxxyz")
    def national() -> Response:
        names = [f"{prefix}_{part}" for prefix in PREFIXES for part in ("rid", "sid", "rtime", "sign")]
        refusal = gates.national({name: request.headers.get(name, "") for name in names}, c.registry_sid)
        if refusal is not None:
            note(f"refused: {refusal}")
            return json_reply({"code": "-1", "message": refusal, "data": ""})
        return _verified(enterprises)


def _object() -> dict[str, str]:
    body: Any = request.get_json(silent=True)
    if not isinstance(body, dict):
        return {}
    return {key: value for key, value in body.items() if isinstance(value, str)}


def _verified(enterprises: Enterprises) -> Response:
    """企业基本信息验证."""
    asked = _object()
    entname, uniscid, name = (asked.get(key, "") for key in ("entname", "uniscid", "name"))
    note("verified", name=name, uniscid=uniscid)
    g.subject = (uniscid.encode(), entname.encode())
    data = {"ent_idx": {"entname": entname, "uniscid": uniscid}, **compared(enterprises, entname, uniscid, name)}
    return json_reply({"status": "0", "msg": "查询成功", "data": data})


def compared(enterprises: Enterprises, entname: str, uniscid: str, name: str) -> dict[str, Any]:
    """``regstateCn``, the result key, and what differs."""
    numbered, named = enterprises.by_code(uniscid), enterprises.by_name(entname)
    if not (entname and uniscid and name):
        return {"regstateCn": "", "_map_": "true", "entchk_checkres_key": "05"}
    if numbered and named and numbered is not named:
        return {"regstateCn": numbered.state, "_map_": "true", "entchk_checkres_key": "02"}
    found = numbered or named
    if found is None:
        return {"regstateCn": "", "_map_": "true", "entchk_checkres_key": "01"}
    truth = {"entname": found.name, "uniscid": found.credit_code, "name": found.representative.name}
    typed = {"entname": entname, "uniscid": uniscid, "name": name}
    rows = [
        {"chk_key": key, "in_val": typed[key], "out_val": true}
        for key, true in truth.items()
        if typed[key] != true and not (key == "entname" and named) and not (key == "uniscid" and numbered)
    ]
    key = "04" if rows else "03"
    return {"regstateCn": found.state, "_map_": "true", "entchk_checkres_key": key, "diff_list": rows}


def _mount_four(registry: Blueprint, house: House, enterprises: Enterprises) -> None:
    answered: dict[str, str] = {}

    @registry.route("/enterprise/checkFourItem", methods=["GET", "POST"])
    @upstream(house, CHANNEL, "checkFourItem")
    def four() -> Response:
        asked = _object() if request.method == "POST" else request.args.to_dict()
        values = {key: asked.get(key, "") for key in _SIGNED}
        text = "&".join("=".join(pair) for pair in sorted(values.items()))
        good = ciphers.same(ciphers.hmac_sha256(house.credentials.four_secret, text), asked.get("signature", ""))
        known = (house.credentials.four_app_id, house.credentials.four_device_id)
        if not good or (values["appId"], values["deviceId"]) != known or values["signAlgo"] != "HmacSHA256":
            note("refused: signature or customer")
            return json_reply({"status": 401, "message": "签名错误", "data": {}})
        code, text = _four(enterprises, values)
        note("verified", name=values["legalPerson"], number=values["legalPersonNo"])
        with house.lock:
            if answered.setdefault(values["userTransId"], code) != code:
                code, text = "500", "流水号重复"
        data = {
            "resultCode": int(code),
            "resultMessage": text,
            "userTransId": "0" * 32 if g.fault == "wrong_subject" else values["userTransId"],
            "transId": house.octets(16).hex(),
        }
        return json_reply({"status": 200, "message": "SUCCESS", "data": data})


def _four(enterprises: Enterprises, values: dict[str, str]) -> tuple[str, str]:
    found = enterprises.by_code(values["enterpriseMark"])
    if found is None:
        return "202", "无记录"
    named = enterprises.by_name(values["enterpriseName"]) is found or _narrow(values["enterpriseName"]) == found.name
    person = (found.representative.name, found.representative.id18) == (values["legalPerson"], values["legalPersonNo"])
    return ("200", "一致") if named and person else ("201", "不一致")


def _narrow(name: str) -> str:
    return name.replace("（", "(").replace("）", ")")
