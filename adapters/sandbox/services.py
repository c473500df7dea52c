"""Services 2108 and 2109 in SOAP at ``/wsproxy/<sid>``, behind the gateway or the national platform (3.3)."""

import datetime
from collections.abc import Mapping
from typing import Final
from xml.sax.saxutils import quoteattr

from flask import Blueprint, Response, g, request
from lxml import etree

from adapters.sandbox import replies
from adapters.sandbox.exchange import GATEWAY_HEADERS, Gates
from adapters.sandbox.house import House, note, upstream
from adapters.sandbox.population import Person
from adapters.sandbox.replies import element, json_reply, soap_fault, soap_reply

_OPERATIONS: Final = {"s_1200000900000_2108": "GK_JZCX_RKJCXXCX", "s_1200000900000_2109": "GK_GXFW_SFHC"}
_NAMESPACE: Final = "http://webservice.com"
_CHINA: Final = datetime.timezone(datetime.timedelta(hours=8))
_ENVELOPE: Final = "{http://schemas.xmlsoap.org/soap/envelope/}"
NO_RECORD: Final = "未查询到该公民身份号码"


def read_xml(data: bytes) -> etree._Element | None:
    """The root of a request, or None when it is not XML. Entities stay unresolved."""
    try:
        return etree.fromstring(data, etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False))
    except etree.XMLSyntaxError:
        return None


def arguments(root: etree._Element) -> tuple[str, dict[str, str]]:
    """Operation and arguments of an envelope, by local names."""
    call = next(iter(root.findall(f"{_ENVELOPE}Body/*")), None)
    if call is None:
        return "", {}
    return etree.QName(call).localname, {etree.QName(child).localname: child.text or "" for child in call}


def mount(blueprint: Blueprint, house: House, gates: Gates) -> None:
    """The SOAP endpoint."""
    seen: set[str] = set()

    def faulted(text: str) -> Response:
        note(f"refused: {text}")
        return soap_fault(text)

    def package(head: etree._Element, sid: str) -> Response:
        number, name = head.findtext(".//RECORD/GMSFHM", ""), head.findtext(".//RECORD/XM", "")
        txn = head.findtext("PACKAGEHEAD/FWQQBH", "")
        with house.lock:
            repeated = txn in seen
            seen.add(txn)
        if repeated or len(txn) != 32:
            note("refused: request number", number=number, name=name)
            return _answer(sid, _head(house, txn, "30", "请求编号重复或格式错误"), "")
        note("verified", number=number, name=name)
        g.subject = (number.encode(), name.encode())
        record = _record(house.register.find(number), number, name, full=sid.endswith("2108"))
        return _answer(sid, _head(house, txn, "10", "接口调用成功"), record)

    def judged(root: etree._Element, sid: str) -> Response:
        operation, values = arguments(root)
        if operation != _OPERATIONS[sid]:
            return faulted("服务不存在")
        if (values.get("in1"), values.get("in2")) != (house.credentials.soap_user, house.credentials.soap_password):
            return faulted("用户名或密码错误，无权限")
        inner = read_xml(values.get("in0", "").encode())
        if inner is None or inner.tag != "PACKAGE":
            note("refused: no package")
            return _answer(sid, _head(house, "", "20", "请求报文格式错误"), "")
        return package(inner, sid)

    @blueprint.post("/wsproxy/<sid>")
    @upstream(house, "police", "2109", quota=lambda: soap_fault("调用次数超限"), maintenance=_maintenance)
    def wsproxy(sid: str) -> Response:
        root = read_xml(request.get_data())
        if root is None or sid not in _OPERATIONS:
            return faulted("请求报文格式错误")
        if any(name in request.headers for name in GATEWAY_HEADERS):
            refusal = gates.gateway()
            if refusal is not None:
                note(f"refused: gateway {refusal}")
                return json_reply({"code": refusal}, 401)
        else:
            refusal = gates.national(_tongtech(root), sid)
            if refusal is not None:
                return faulted(refusal)
        return judged(root, sid)


def _maintenance() -> Response:
    return soap_fault("系统维护中")


def _tongtech(root: etree._Element) -> Mapping[str, str]:
    header = root.find(f"{_ENVELOPE}Header/tongtechheader")
    return {} if header is None else {str(child.tag): child.text or "" for child in header}


def _answer(sid: str, head: str, record: str) -> Response:
    text = f"{replies.DECLARATION}\n<PACKAGE>{head}<DATA>{record}</DATA></PACKAGE>"
    return soap_reply(_NAMESPACE, _OPERATIONS[sid], text)


def _head(house: House, txn: str, code: str, text: str) -> str:
    now = datetime.datetime.fromtimestamp(house.clock.now(), tz=_CHINA)
    leaves = (("FFQQBH", txn), ("FSSJ", f"{now:%Y%m%d%H%M%S}"), ("FHDM", code), ("FHMS", text))
    return f"<PACKAGEHEAD>{''.join(element(*leaf) for leaf in leaves)}</PACKAGEHEAD>"


def _record(person: Person | None, number: str, name: str, *, full: bool) -> str:
    code, text = ("", "") if person else ("02", NO_RECORD)
    swbs = person.swbs if person else "0"
    leaves = [
        ("GMSFHM", number),
        ("GMSFHM_PPDDM", "1" if person else "0"),
        ("SWBS", swbs),
        ("XM", name),
        ("XM_PPDDM", "1" if person and person.name == name else "0"),
    ]
    if full and person and person.name == name:
        leaves += [("XBDM", person.sex_code), ("MZDM", "01"), ("CSRQ", person.birthdate)]
        leaves += [("CSD_GJHDQDM", "156"), ("CSD_SSXQDM", person.id18[:6])]
    attributes = f'no="1" code={quoteattr(code)} msg={quoteattr(text)}'
    return f"<RECORD {attributes}>{''.join(element(*leaf) for leaf in leaves)}</RECORD>"
