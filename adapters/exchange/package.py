"""The ``PACKAGE`` of the exchange platforms: a numbered question in, the record that answers it out (3.3.1, 3.3.2)."""

import datetime
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from lxml import etree

from adapters import xml
from adapters.exchange.fields import loggable
from idp.domain.errors import Distrusted, Unavailable

_CHINA: Final = datetime.timezone(datetime.timedelta(hours=8))
_ANSWERED: Final = frozenset({"10", "11"})


@dataclass(frozen=True, slots=True)
class Asker:
    """Who asks, as every package says; (code, name) or (number, name) each.

    ``officer`` is the service account's person, from configuration.
    """

    ministry: tuple[str, str]
    source_system: tuple[str, str]
    officer: tuple[str, str] = field(repr=False)
    unit: tuple[str, str]
    business_type: tuple[str, str]
    business_system: tuple[str, str]


def build(asker: Asker, *, txn: str, asked_at: float, record: Mapping[str, str]) -> str:
    """The ``PACKAGE`` text. lxml escapes, so that no value can break out of it.

    ``txn`` is the FWQQBH, 32 hex characters, unique; ``asked_at`` is in seconds since the epoch.
    """
    sent_at = datetime.datetime.fromtimestamp(asked_at, tz=_CHINA)
    head = {
        "FWQQBH": txn,
        **_pair("QQBWDM", "QQBWMC", asker.ministry),
        **_pair("SJLYXTDM", "SJLYXTMC", asker.source_system),
        "JLS": "1",
        "FSSJ": f"{sent_at:%Y%m%d%H%M%S}",
        **_pair("QQRGMSFHM", "QQRXM", asker.officer),
        **_pair("QQRDWDM", "QQRDWMC", asker.unit),
        **_pair("QQYWLXDM", "QQYWLXMC", asker.business_type),
        **_pair("QQYWXTDM", "QQYWXTMC", asker.business_system),
    }
    package = etree.Element("PACKAGE")
    _fill(etree.SubElement(package, "PACKAGEHEAD"), head)
    _fill(etree.SubElement(etree.SubElement(package, "DATA"), "RECORD", no="1"), record)
    return etree.tostring(package, encoding="unicode")


def record_of(channel: str, text: str, *, txn: str) -> etree._Element:
    """The one ``RECORD`` that answers request ``txn``.

    Raises Unavailable for a business failure, Distrusted for another request's answer or another shape.
    """
    package = xml.parse(channel, text)
    if xml.local_name(package) != "PACKAGE":
        raise Distrusted(channel, "no PACKAGE in the answer")
    head = xml.only(channel, package, "PACKAGEHEAD")
    code = xml.text_of(channel, head, "FHDM")
    if code not in _ANSWERED:
        raise Unavailable(channel, f"FHDM {loggable(code)}")
    if xml.text_of(channel, head, "FFQQBH") != txn:
        raise Distrusted(channel, "answer to another request")
    return xml.only(channel, package, "DATA", "RECORD")


def _pair(code: str, name: str, values: tuple[str, str]) -> dict[str, str]:
    return dict(zip((code, name), values, strict=True))


def _fill(element: etree._Element, leaves: Mapping[str, str]) -> None:
    for tag, text in leaves.items():
        etree.SubElement(element, tag).text = text
