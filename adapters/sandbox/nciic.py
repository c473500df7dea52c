"""NCIIC 简项核查: ``/nciic_ws/services/NciicServices`` and its WSDL (channels.md 3.4)."""

from importlib import resources
from typing import Final

from flask import Blueprint, Response, g, request
from lxml import etree

from adapters.sandbox.house import House, note, upstream
from adapters.sandbox.population import ALIVE
from adapters.sandbox.replies import DECLARATION, element, soap_fault, soap_reply, xml_reply
from adapters.sandbox.services import arguments, read_xml

NAMESPACE: Final = "https://api.nciic.org.cn/NciicServices"
ERRORS: Final = {
    "-31": "预付费用不足",
    "-41": "不是有效的XML文件格式",
    "-52": "条件中节点与服务定义不一致",
    "-54": "提交的记录超过限制",
    "-64": "服务识别码信息不能为空（用户唯一识别码）",
    "-72": "IP地址受限",
    "-80": "授权文件格式错误",
    "-90": "系统故障，请与管理员联系",
}
_NOT_FOUND: Final = "服务结果:库中无此号，请到户籍所在地进行核实"


def mount(blueprint: Blueprint, house: House) -> None:
    """The endpoint and its description."""
    path = "/nciic_ws/services/NciicServices"

    @blueprint.get(path)
    def wsdl() -> Response:
        text = (resources.files(__package__) / "nciic.wsdl").read_text(encoding="utf-8")
        return xml_reply(text.replace("@ADDRESS@", request.base_url))

    @blueprint.post(path)
    @upstream(house, "police", "nciicCheck", quota=lambda: _error("-31"), maintenance=lambda: _error("-90"))
    def check() -> Response:
        root = read_xml(request.get_data())
        operation, values = arguments(root) if root is not None else ("", {})
        if operation != "nciicCheck":
            note("refused: no such operation")
            return soap_fault("请求报文格式错误")
        refusal = _refusal(house, values)
        if refusal is not None:
            note(f"refused: {refusal}")
            return _error(refusal)
        conditions = read_xml(values["inConditions"].encode())
        refusal = "-41" if conditions is None else _misshapen(conditions)
        if conditions is None or refusal is not None:
            note(f"refused: {refusal}")
            return _error(refusal or "-41")
        return _checked(house, conditions.findall("ROW")[1])


def _refusal(house: House, values: dict[str, str]) -> str | None:
    if not house.address_allowed():
        return "-72"
    if values.get("inLicense") != house.credentials.nciic_licence:
        return "-80"
    return None if values.get("inConditions") else "-41"


def _misshapen(conditions: etree._Element) -> str | None:
    rows = conditions.findall("ROW")
    if not conditions.findtext("INFO/SBM"):
        return "-64"
    if len(rows) > 2:
        return "-54"
    titles = [(row.findtext("GMSFHM"), row.findtext("XM")) for row in rows[:1]]
    if len(rows) != 2 or titles != [("公民身份号码", "姓名")]:
        return "-52"
    return None


def _checked(house: House, row: etree._Element) -> Response:
    number, name = row.findtext("GMSFHM") or "", row.findtext("XM") or ""
    note("verified", number=number, name=name)
    g.subject = (number.encode(), name.encode())
    if not row.get("FSD"):
        items = _trouble("业务发生地属性缺失", "")
    elif not number or not name:
        items = _trouble("必录项缺失", "姓名" if number else "公民身份号码")
    else:
        person = house.register.find(number)
        if person is None or person.swbs != ALIVE:  # cancelled rows are not in this service's library (assumed)
            items = "<ITEM>" + element("errormesage", _NOT_FOUND) + "</ITEM><ITEM><errormesagecol/></ITEM>"
        else:
            verdict = "一致" if person.name == name else "不一致"
            items = (
                "<ITEM><gmsfhm></gmsfhm><result_gmsfhm>一致</result_gmsfhm></ITEM>"
                f"<ITEM><xm></xm>{element('result_xm', verdict)}</ITEM>"
            )
    asked = element("gmsfhm", number) + element("xm", name)
    text = f'<ROW no="1"><INPUT>{asked}</INPUT><OUTPUT>{items}</OUTPUT></ROW>'
    return soap_reply(NAMESPACE, "nciicCheck", f"{DECLARATION}<ROWS>{text}</ROWS>")


def _trouble(message: str, column: str) -> str:
    return f"<ITEM>{element('errormesage', message)}</ITEM><ITEM>{element('errormesagecol', column)}</ITEM>"


def _error(code: str) -> Response:
    declaration = '<?xml version="1.0" encoding="UTF-8" ?>'
    row = element("ErrorCode", code) + element("ErrorMsg", ERRORS[code])
    attributes = f'errorcode="{code}" code="0" countrows="1"'
    out = f"{declaration}<RESPONSE {attributes}><ROWS><ROW>{row}</ROW></ROWS></RESPONSE>"
    return soap_reply(NAMESPACE, "nciicCheck", out)
