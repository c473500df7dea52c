"""Services 2109 人口身份核查 and 2108 人口基准信息查询: what is asked, how the record reads (channels.md 3.3).

2108 answers with nation and place of birth besides. They are not read: nobody here needs them, and the number itself
tells birth date and sex.
"""

from dataclasses import dataclass, field
from typing import Final

from lxml import etree

from adapters import xml
from adapters.exchange import package
from adapters.exchange.fields import loggable
from adapters.exchange.population import judge
from adapters.police.finding import CHANNEL
from adapters.police.settings import PolicePopulationSettings
from idp.domain.channel import Reason
from idp.domain.errors import Distrusted, Unavailable

_NO_SUCH_NUMBER: Final = "02"


@dataclass(frozen=True, slots=True)
class Question:
    """One numbered question; ``txn`` is the FWQQBH, 32 hex characters, unique."""

    txn: str
    asked_at: float
    name: str = field(repr=False)
    number: str = field(repr=False)


def build(settings: PolicePopulationSettings, question: Question) -> str:
    """The ``PACKAGE`` text."""
    record = {"GMSFHM": question.number, "XM": question.name}
    return package.build(settings.asker, txn=question.txn, asked_at=question.asked_at, record=record)


def read(text: str, question: Question) -> Reason | None:
    """What the register says about ``question``; None is a match.

    Raises Unavailable for a business failure, Distrusted for another request's or another person's answer.
    """
    record = package.record_of(CHANNEL, text, txn=question.txn)
    _check_subject(record, question)
    code = str(record.get("code", ""))
    if code == _NO_SUCH_NUMBER:
        return Reason.NOT_FOUND
    if code:
        raise Unavailable(CHANNEL, f"RECORD code {loggable(code)}")
    return judge(CHANNEL, *(xml.text_of(CHANNEL, record, tag) for tag in ("GMSFHM_PPDDM", "XM_PPDDM", "SWBS")))


def _check_subject(record: etree._Element, question: Question) -> None:
    """The answer must be about the person asked for: both are echoed exactly as sent."""
    echoed = (xml.text_of(CHANNEL, record, "GMSFHM"), xml.text_of(CHANNEL, record, "XM"))
    if echoed != (question.number, question.name):
        raise Distrusted(CHANNEL, "answer about another person")
