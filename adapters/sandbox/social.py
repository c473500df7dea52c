"""Social security: the record service behind the gateway, the e-card platform and the e-card app (channels.md 6).

The path and codes of the record service and of the e-card query, and the signature rule, are assumed there. Two rules
of ours besides: a query that was answered may be repeated for :data:`REPEAT_SECONDS` (an answer can be lost), after
that its ``signNo`` is used; ``401`` is a wrong signature, ``404`` an authorisation that does not exist.
"""

import re
from typing import Final
from urllib.parse import urlsplit

from flask import Blueprint, Response, g, make_response, redirect, render_template, request

from adapters.sandbox import ciphers, exchange
from adapters.sandbox.essc import CONFIRMED, PENDING, Authorisation, Authorisations, open_security
from adapters.sandbox.exchange import Gates
from adapters.sandbox.house import LEADS_ON_POLICY, House, note, upstream
from adapters.sandbox.population import ALIVE, Person
from adapters.sandbox.replies import json_reply

CHANNEL: Final = "social_security"
_NORMAL, _LOST, _CANCELLED = "1", "2", "3"
_SAME, _DIFFERENT, _NOBODY = "1", "2", "3"
_REFUSED, _NO_CARD, _CARD_STATE = "2", "3", "5"
_UNLOCKS: Final = {"password": "1", "sms": "2", "face": "3"}
_LOST_CARDS: Final = frozenset({"li_si"})
_EARLY_SECONDS: Final = 5.0
_SID: Final = "s_3700000900000_sbk"


def blueprint(house: House) -> Blueprint:
    """The gateway with the record service, the e-card page and the query, under one prefix."""
    social = Blueprint("social", __name__, url_prefix="/social")
    gates = Gates(house)
    exchange.mount(social, house, gates, channel=CHANNEL)
    _mount_record(social, house, gates)
    authorisations = Authorisations(house.clock, house.octets)
    _mount_page(social, house, authorisations)
    _mount_query(social, house, authorisations)
    return social


def card_number(person: Person) -> str:
    """``aaz500``: what a generated person holds; the personas have theirs in their file, by this rule."""
    return person.social_card_no or f"SD{person.phone[-7:]}"


def card_state(person: Person) -> str:
    """``aaz502``: 1 normal, 2 lost, 3 cancelled."""
    if person.swbs != ALIVE:
        return _CANCELLED
    return _LOST if person.key in _LOST_CARDS or "card_lost" in person.traits else _NORMAL


# ---- 6.1 ------------------------------------------------------------------------------------------------------------


def _mount_record(social: Blueprint, house: House, gates: Gates) -> None:
    @social.post("/share/sbkxxhy")
    @upstream(house, CHANNEL, "record")
    def record() -> Response:
        refusal = gates.gateway()
        return _unauthorised(refusal) if refusal else checked()

    @social.post("/httpproxy")
    @upstream(house, CHANNEL, "record")
    def httpproxy() -> Response:
        names = [f"{prefix}_{part}" for prefix in exchange.PREFIXES for part in ("rid", "sid", "rtime", "sign")]
        values = {name: request.headers.get(name, "") for name in names}
        return _unauthorised("401") if gates.national(values, _SID) else checked()

    def checked() -> Response:
        asked = request.get_json(silent=True)
        asked = asked if isinstance(asked, dict) else {}
        number, name = str(asked.get("aac002", "")), str(asked.get("aac003", ""))
        if not number or not name:
            note("refused: fields")
            return json_reply({"status": "-1", "msg": "参数错误", "data": {}})
        note("verified", number=number, name=name)
        return json_reply(
            {
                "status": "0",
                "msg": "查询成功",
                "data": _record(house.register.find(number, CHANNEL), name, str(asked.get("aaz500", ""))),
            }
        )


def _unauthorised(code: str) -> Response:
    note(f"refused: {code}")
    return json_reply({"code": code, "msg": "签名、授权或时间错误", "data": ""}, 401)


def _record(person: Person | None, name: str, card: str) -> dict[str, str]:
    """An empty card number is not compared."""
    if person is None:
        return {"hyjg": _NOBODY, "aaz502": "", "aab301": ""}
    if person.name != name or card not in {"", card_number(person)}:
        return {"hyjg": _DIFFERENT, "aaz502": "", "aab301": ""}
    return {"hyjg": _SAME, "aaz502": card_state(person), "aab301": "370000"}


# ---- 6.2, in the browser ---------------------------------------------------------------------------------------------


def _mount_page(social: Blueprint, house: House, authorisations: Authorisations) -> None:
    @social.get("/essc/h5")
    @upstream(house, CHANNEL, "h5")
    def enter() -> Response:
        why, asked = _entered(house)
        if asked is None:
            note(f"refused: {why}")
            return _page("essc_message.html", 400, message=why)
        note("verified", number=asked["aac002"], name=asked["aac003"])
        authorisation = authorisations.enter(asked)
        if authorisation is None:
            note("refused: busiSeq used")
            return _page("essc_message.html", 400, message="业务流水号重复")
        if authorisation.status != PENDING:
            return _page("essc_return.html", url=authorisation.back, again=False)
        return _page(
            "essc.html",
            leads_on=True,
            ticket=authorisation.ticket,
            asked=asked,
            people=_people(house, asked["aac002"]),
            back=authorisation.back,
        )

    @social.post("/essc/h5")
    @upstream(house, CHANNEL, "h5_decision")
    def decide() -> Response:
        authorisation = authorisations.by_ticket(request.form.get("ticket", ""))
        if authorisation is None:
            note("refused: no such page")
            return _page("essc_message.html", 404, message="页面已失效，请返回重新发起")
        if authorisation.status == PENDING:
            authorisation.status = _decision(house, authorisation)
            early = g.fault == "early_callback"
            authorisation.visible_at = house.clock.now() + (_EARLY_SECONDS if early else 0.0)
        note(f"decided: {authorisation.status}")
        if g.fault == "duplicate_callback":
            return _page("essc_return.html", url=authorisation.back, again=True)
        return make_response(redirect(authorisation.back, 303))


def _people(house: House, asked: str) -> list[Person]:
    """Whose card may lie on the phone: the personas, and whoever is asked for."""
    people = [p for p in house.register.people if house.register.find(p.id18) is not None]
    meant = house.register.find(asked, CHANNEL)
    return people if meant is None or asked in {p.id18 for p in people} else [meant, *people]


def _decision(house: House, authorisation: Authorisation) -> str:
    if request.form.get("decision") != "confirm":
        return _REFUSED
    unlocked = _UNLOCKS.get(request.form.get("unlock", ""))
    holder = house.register.find(request.form.get("holder", ""), CHANNEL)
    if unlocked is None or holder is None:
        return _NO_CARD if holder is None else _REFUSED
    if card_state(holder) != _NORMAL:
        return _CARD_STATE
    authorisation.holder, authorisation.unlocked_by = (holder.id18, holder.name), unlocked
    return CONFIRMED


def _entered(house: House) -> tuple[str, dict[str, str] | None]:
    """What our customer asks for, or why not: signature, time, name, seal, fields, return address."""
    if not _authentic(house, request.args.to_dict(), "essc.h5.auth"):
        return "签名、接口或时间错误", None
    asked = open_security(house.credentials.essc_private_key, request.args.get("security", ""))
    if asked is None:
        return "业务参数无法解密", None
    complete = asked["channelNo"] == house.credentials.essc_channel_number and asked["actionType"] == "111"
    if not complete or re.fullmatch(r"[0-9A-Za-z]{8,64}", asked["busiSeq"]) is None:
        return "业务参数错误", None
    back = urlsplit(asked["returnUrl"])
    if back.scheme not in {"http", "https"} or not back.hostname:
        return "返回地址错误", None
    return "", asked


def _page(template: str, status: int = 200, *, leads_on: bool = False, **values: object) -> Response:
    """A page of the app. Its form may lead anywhere: the return address leads on, and form-action counts redirects."""
    response = make_response(render_template(template, **values), status)
    if leads_on:
        response.headers["Content-Security-Policy"] = LEADS_ON_POLICY
    return response


# ---- 6.2, from our customer's server ---------------------------------------------------------------------------------


def _mount_query(social: Blueprint, house: House, authorisations: Authorisations) -> None:
    @social.post("/essc/api")
    @upstream(house, CHANNEL, "query")
    def query() -> Response:
        if not _authentic(house, request.form.to_dict(), "essc.auth.query"):
            return _refused("401", "签名、接口或时间错误")
        authorisation = authorisations.find(request.form.get("busiSeq", ""), request.form.get("signNo", ""))
        if authorisation is None:
            return _refused("404", "授权不存在")
        if authorisations.used(authorisation):
            return _refused("used", "signNo 已使用")
        note("verified", busiSeq=authorisation.busi_seq)
        data = authorisations.answer(authorisation)
        if g.fault == "wrong_subject":  # rows mixed up: somebody else's authorisation
            data |= {"busiSeq": "SB20250101000000000000000000000", "aac002": "370102190303030015", "aac003": "赵六"}
        return json_reply({"code": "0", "msg": "成功", "data": data})


def _refused(code: str, message: str) -> Response:
    note(f"refused: {code}")
    return json_reply({"code": code, "msg": message, "data": {}})


def _authentic(house: House, parameters: dict[str, str], api: str) -> bool:
    signature = parameters.pop("_api_signature", "")
    c = house.credentials
    known = parameters.get("_api_access_id") == c.essc_access_id and parameters.get("_api_name") == api
    good = ciphers.same(ciphers.csb(c.essc_secret_key, parameters), signature)
    return known and good and house.fresh(parameters.get("_api_timestamp", "")) and house.address_allowed()
