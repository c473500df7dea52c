"""SOAP 1.1 around the services: envelopes out, the text of ``out`` or a fault back (channels.md 3.1, 3.3, 3.4)."""

from collections.abc import Mapping
from typing import Final

from lxml import etree

from adapters import xml
from adapters.http import Answer, Transient
from idp.domain.errors import Distrusted, Unavailable

ENVELOPE: Final = "http://schemas.xmlsoap.org/soap/envelope/"
CONTENT_TYPE: Final = "text/xml; charset=UTF-8"
_OURS_TO_REPAIR: Final = ("签名", "授权", "权限")
_NOT_NOW: Final = ("配额", "超限", "维护")


def envelope(
    namespace: str,
    operation: str,
    arguments: Mapping[str, "str | etree.CDATA"],
    header: Mapping[str, str] | None = None,
) -> bytes:
    """An envelope; ``header`` becomes the ``tongtechheader`` of the national platform (3.1)."""
    root = etree.Element(f"{{{ENVELOPE}}}Envelope", nsmap={"soapenv": ENVELOPE, "web": namespace})
    head = etree.SubElement(root, f"{{{ENVELOPE}}}Header")
    if header:
        signed = etree.SubElement(head, "tongtechheader")
        for tag, text in header.items():
            etree.SubElement(signed, tag).text = text
    body = etree.SubElement(root, f"{{{ENVELOPE}}}Body")
    call = etree.SubElement(body, f"{{{namespace}}}{operation}")
    for tag, value in arguments.items():
        etree.SubElement(call, f"{{{namespace}}}{tag}").text = value
    return etree.tostring(root, encoding="UTF-8", xml_declaration=False)


def out_of(answer: Answer, operation: str) -> str:
    """The text of ``out`` in ``<operation>Response``.

    Raises Unavailable for a fault (``alert`` when our signature or grant is refused), Distrusted for another shape.
    """
    try:
        body = _body(answer)
        faults = [xml.text_of(answer.channel, fault, "faultstring") for fault in xml.children(body, "Fault")]
    except Distrusted:
        if answer.status == 200:
            raise
        faults, body = [], None
    if faults:
        _raise_fault(answer.channel, faults[0])
    if body is None or answer.status != 200:  # a 500 without a fault is some proxy's page
        raise Unavailable(answer.channel, f"HTTP {answer.status}")
    return xml.text_of(answer.channel, body, f"{operation}Response", "out")


def _body(answer: Answer) -> etree._Element:
    root = xml.parse(answer.channel, answer.body)
    if root.tag != f"{{{ENVELOPE}}}Envelope":
        raise Distrusted(answer.channel, "no SOAP envelope")
    return xml.only(answer.channel, root, "Body")


def _raise_fault(channel: str, text: str) -> None:
    if any(word in text for word in _OURS_TO_REPAIR):
        raise Unavailable(channel, "SOAP fault: signature or grant", alert=True)
    if any(word in text for word in _NOT_NOW):
        raise Unavailable(channel, "SOAP fault: quota or maintenance")
    raise Transient(channel, "SOAP fault", maybe_done=True)
