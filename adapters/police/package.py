"""The XML package of service 2109 人口身份核查: what is asked, and how its answer reads (channels.md 3.3.1, 3.3.2)."""

import datetime
from dataclasses import dataclass, field
from typing import Final

from lxml import etree

from adapters import xml
from adapters.police.fields import loggable
from adapters.police.finding import CHANNEL
from adapters.police.settings import PolicePopulationSettings
from idp.domain.channel import Reason
from idp.domain.errors import Distrusted, Unavailable

_CHINA: Final = datetime.timezone(datetime.timedelta(hours=8))
_ANSWERED: Final = frozenset({"10", "11"})
_NO_SUCH_NUMBER: Final = "02"
_ALIVE: Final = "0"
_MARKS: Final = frozenset({"0", "1"})


@dataclass(frozen=True, slots=True)
class Question:
    """One numbered question; ``txn`` is the FWQQBH, 32 hex characters, unique."""

    txn: str
    asked_at: float
    name: str = field(repr=False)
    number: str = field(repr=False)


def build(settings: PolicePopulationSettings, question: Question) -> str:
    """The ``PACKAGE`` text. lxml escapes, so that no name can break out of it."""
    sent_at = datetime.datetime.fromtimestamp(question.asked_at, tz=_CHINA)
    package = etree.Element("PACKAGE")
    head = etree.SubElement(package, "PACKAGEHEAD")
    for tag, text in (
        ("FWQQBH", question.txn),
        ("QQBWDM", settings.ministry_code),
        ("QQBWMC", settings.ministry_name),
        ("SJLYXTDM", settings.source_system_code),
        ("SJLYXTMC", settings.source_system_name),
        ("JLS", "1"),
        ("FSSJ", f"{sent_at:%Y%m%d%H%M%S}"),
        ("QQRGMSFHM", settings.officer_id_number.get_secret_value()),
        ("QQRXM", settings.officer_name.get_secret_value()),
        ("QQRDWDM", settings.unit_code),
        ("QQRDWMC", settings.unit_name),
        ("QQYWLXDM", settings.business_type_code),
        ("QQYWLXMC", settings.business_type_name),
        ("QQYWXTDM", settings.business_system_code),
        ("QQYWXTMC", settings.business_system_name),
    ):
        etree.SubElement(head, tag).text = text
    record = etree.SubElement(etree.SubElement(package, "DATA"), "RECORD", no="1")
    etree.SubElement(record, "GMSFHM").text = question.number
    etree.SubElement(record, "XM").text = question.name
    return etree.tostring(package, encoding="unicode")


def read(text: str, question: Question) -> Reason | None:
    """What the register says about ``question``; None is a match.

    Raises Unavailable for a business failure, Distrusted for another request's or another person's answer.
    """
    package = xml.parse(CHANNEL, text)
    if xml.local_name(package) != "PACKAGE":
        raise Distrusted(CHANNEL, "no PACKAGE in the answer")
    head = xml.only(CHANNEL, package, "PACKAGEHEAD")
    code = xml.text_of(CHANNEL, head, "FHDM")
    if code not in _ANSWERED:
        raise Unavailable(CHANNEL, f"FHDM {loggable(code)}")
    if xml.text_of(CHANNEL, head, "FFQQBH") != question.txn:
        raise Distrusted(CHANNEL, "answer to another request")
    record = xml.only(CHANNEL, package, "DATA", "RECORD")
    _check_subject(record, question)
    return _reading(record)


def _check_subject(record: etree._Element, question: Question) -> None:
    """The answer must be about the person asked for: both are echoed exactly as sent."""
    echoed = (xml.text_of(CHANNEL, record, "GMSFHM"), xml.text_of(CHANNEL, record, "XM"))
    if echoed != (question.number, question.name):
        raise Distrusted(CHANNEL, "answer about another person")


def _reading(record: etree._Element) -> Reason | None:
    code = str(record.get("code", ""))
    if code == _NO_SUCH_NUMBER:
        return Reason.NOT_FOUND
    if code:
        raise Unavailable(CHANNEL, f"RECORD code {loggable(code)}")
    marks = [xml.text_of(CHANNEL, record, tag) for tag in ("GMSFHM_PPDDM", "XM_PPDDM", "SWBS")]
    return judge(*marks)


def judge(number_mark: str, name_mark: str, death_mark: str) -> Reason | None:
    """The table of 3.3.2, shared with the JSON form of 3.3.3. Raises Distrusted for marks nobody documented."""
    if number_mark not in _MARKS or name_mark not in _MARKS or not death_mark:
        raise Distrusted(CHANNEL, "unknown marks in the answer")
    if number_mark == "0":
        return Reason.NOT_FOUND
    if name_mark == "0":
        return Reason.MISMATCH_NAME
    return None if death_mark == _ALIVE else Reason.CANCELLED_OR_DECEASED
