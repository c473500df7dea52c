"""XML of upstreams, read without trust: no DTD, no entities, no network, no comments, bounded depth and size.

A comment inside a name would cut it in two readers differently, and an entity can read files or grow without bound;
none of the police services sends either, so all are ``Distrusted`` (channels.md 2.4).
"""

import re
from typing import Final

from lxml import etree

from idp.domain.errors import Distrusted

MAX_DEPTH: Final = 32
MAX_ELEMENTS: Final = 5_000
MAX_BYTES: Final = 1024 * 1024
SOAP: Final = "http://schemas.xmlsoap.org/soap/envelope/"
# XML 1.0 section 2.2: everything else cannot be sent, however it is escaped.
_NOT_XML: Final = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def sendable(text: str) -> bool:
    """Whether every character may stand in an XML document."""
    return _NOT_XML.search(text) is None


def parse(channel: str, document: str | bytes) -> etree._Element:
    """The root of an untrusted document, read as UTF-8 whatever it declares. Raises Distrusted."""
    data = document.encode("utf-8", "surrogatepass") if isinstance(document, str) else document
    if len(data) > MAX_BYTES:
        raise Distrusted(channel, "XML too large")
    # The encoding is forced, so this byte test cannot be evaded by UTF-16 or UTF-7.
    if b"<!DOCTYPE" in data:
        raise Distrusted(channel, "DOCTYPE in answer")
    parser = etree.XMLParser(
        encoding="utf-8",
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        dtd_validation=False,
        huge_tree=False,
        recover=False,
    )
    try:
        root = etree.fromstring(data, parser)
    except (etree.XMLSyntaxError, ValueError):
        raise Distrusted(channel, "not XML") from None
    _check_shape(channel, root)
    return root


def _check_shape(channel: str, root: etree._Element) -> None:
    stack = [(root, 1)]
    seen = 0
    while stack:
        node, depth = stack.pop()
        seen += 1
        if not isinstance(node.tag, str):
            raise Distrusted(channel, "comment, instruction or entity in answer")
        if depth > MAX_DEPTH or seen > MAX_ELEMENTS:
            raise Distrusted(channel, "XML too deep or too long")
        stack.extend((child, depth + 1) for child in node)


def local_name(element: etree._Element) -> str:
    """The element's name without namespace."""
    return str(etree.QName(element).localname)


def children(element: etree._Element, name: str) -> list[etree._Element]:
    """Children of a local name."""
    return [child for child in element if local_name(child) == name]


def only(channel: str, element: etree._Element, *path: str) -> etree._Element:
    """Follow ``path`` where each step must exist exactly once. Raises Distrusted."""
    for name in path:
        found = children(element, name)
        if len(found) != 1:
            raise Distrusted(channel, f"{name}: {len(found)} times")
        element = found[0]
    return element


def text_of(channel: str, element: etree._Element, *path: str) -> str:
    """The text of a leaf at ``path`` (each step exactly once), without outer white space. Raises Distrusted."""
    leaf = only(channel, element, *path)
    if len(leaf):
        raise Distrusted(channel, f"{local_name(leaf)}: not a text")
    return (leaf.text or "").strip()
