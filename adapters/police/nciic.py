"""NCIIC 简项核查 (nciicCheck): the query text and the table of its answers.

Source: official interface specification V2.1 (July 2015), channels.md 3.4. ``errormesage`` is the upstream's spelling.
"""

from dataclasses import dataclass, field
from typing import Final, NoReturn

import structlog
from lxml import etree

from adapters import xml
from adapters.exchange.fields import loggable
from adapters.http import Transient
from adapters.police.finding import CHANNEL
from idp.domain.channel import Reason
from idp.domain.errors import Distrusted, Unavailable

PATH: Final = "/nciic_ws/services/NciicServices"
NAMESPACE: Final = "https://api.nciic.org.cn/NciicServices"
OPERATION: Final = "nciicCheck"
_RETRY: Final = frozenset({"-10", "-20", "-90"})
_SAME, _DIFFERENT = "一致", "不一致"
_NO_SUCH_NUMBER: Final = "库中无此号"
_FIELD_MISSING: Final = "必录项缺失"

log = structlog.get_logger("adapters.police")


@dataclass(frozen=True, slots=True)
class Conditions:
    """One query. ``sbm`` names the end user of the service, ``fsd`` is a 6-digit region, ``ywlx`` the business type."""

    sbm: str
    fsd: str
    ywlx: str
    name: str = field(repr=False)
    number: str = field(repr=False)


def build(conditions: Conditions) -> str:
    """The text of ``inConditions``: the first ROW names the fields, the second holds them."""
    rows = etree.Element("ROWS")
    etree.SubElement(etree.SubElement(rows, "INFO"), "SBM").text = conditions.sbm
    for attributes, number, name in (
        ({}, "公民身份号码", "姓名"),
        ({"FSD": conditions.fsd, "YWLX": conditions.ywlx}, conditions.number, conditions.name),
    ):
        row = etree.SubElement(rows, "ROW", attributes)
        etree.SubElement(row, "GMSFHM").text = number
        etree.SubElement(row, "XM").text = name
    return '<?xml version="1.0" encoding="UTF-8"?>' + etree.tostring(rows, encoding="unicode")


def read(out: str, *, name: str, number: str) -> Reason | None:
    """What NCIIC says; None is a match.

    Raises Unavailable by its error codes, Distrusted for another shape or another person's answer.
    """
    root = xml.parse(CHANNEL, out)
    if xml.local_name(root) == "RESPONSE":
        _raise_code(root)
    if xml.local_name(root) != "ROWS":
        raise Distrusted(CHANNEL, "no ROWS in the answer")
    row = xml.only(CHANNEL, root, "ROW")
    echoed = (xml.text_of(CHANNEL, row, "INPUT", "gmsfhm"), xml.text_of(CHANNEL, row, "INPUT", "xm"))
    if echoed != (number, name):
        raise Distrusted(CHANNEL, "answer about another person")
    return _reading(_items(row))


def _items(row: etree._Element) -> dict[str, str]:
    """Every leaf under OUTPUT/ITEM. A leaf that stands twice is refused: which one counts would be our guess."""
    leaves: dict[str, str] = {}
    for item in xml.only(CHANNEL, row, "OUTPUT"):
        for leaf in item:
            tag = xml.local_name(leaf)
            if tag in leaves:
                raise Distrusted(CHANNEL, f"{loggable(tag)} twice in the answer")
            leaves[tag] = (leaf.text or "").strip()
    return leaves


def _reading(items: dict[str, str]) -> Reason | None:
    message = items.get("errormesage")
    if message is not None:
        if _NO_SUCH_NUMBER in message:
            return Reason.NOT_FOUND
        if message == _FIELD_MISSING:
            log.error("nciic_field_missing", channel=CHANNEL)  # our form should have asked for it
            return Reason.BAD_INPUT
        raise Unavailable(CHANNEL, "errormesage about our request", alert=True)
    results = (items.get("result_gmsfhm"), items.get("result_xm"))
    if any(result not in {_SAME, _DIFFERENT} for result in results):
        raise Distrusted(CHANNEL, "unknown result in the answer")
    if results[0] == _DIFFERENT:
        return Reason.MISMATCH_NUMBER
    return None if results[1] == _SAME else Reason.MISMATCH_NAME


def _raise_code(response: etree._Element) -> NoReturn:
    code = xml.text_of(CHANNEL, response, "ROWS", "ROW", "ErrorCode")
    if code in _RETRY:
        raise Transient(CHANNEL, f"NCIIC {code}", maybe_done=True)
    raise Unavailable(CHANNEL, f"NCIIC {loggable(code)}", alert=True)
