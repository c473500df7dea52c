"""How requests are shown in the log: enough to see what was sent, nothing that names a person.

The rule is what may be shown, not what must be hidden: keys, booleans, short words and short numbers stay; numbers of
persons, cards and mobiles keep their ends; of every other text only the length is told.
"""

import json
import re
from collections.abc import Mapping
from typing import Any, Final

from lxml import etree

_WORD: Final = re.compile(r"[A-Za-z][A-Za-z._-]{0,39}|[0-9]{1,3}|[0-9]\.[0-9]\.[0-9]", re.ASCII)
_NUMBER: Final = re.compile(r"[0-9]{17}[0-9Xx]", re.ASCII)
# Keys under which the documents carry names of persons: not even letters alone are shown.
_NAMES: Final = frozenset(
    {"xm", "name", "user_name", "cert_name", "aac003", "legalperson", "customernm", "password", "in1", "in2", "code"}
)
_DEEPEST: Final = 8
_MOST: Final = 60


def mask(kind: str, value: str) -> str:
    """``张*``, ``3701**********0012``, ``199****0001``: enough to recognise a test person, no more."""
    if kind == "name":
        return value[:1] + "*" * max(len(value) - 1, 0)
    if kind == "number":
        return f"{value[:4]}**********{value[-4:]}" if len(value) == 18 else "*" * len(value)
    if kind == "card":
        return f"{value[:4]}{'*' * (len(value) - 8)}{value[-4:]}" if len(value) >= 13 else "*" * len(value)
    if kind == "mobile":
        return f"{value[:3]}****{value[-4:]}" if len(value) == 11 else "*" * len(value)
    return value


def masked_text(text: str, key: str = "") -> str:
    """One value."""
    if _NUMBER.fullmatch(text):
        return mask("number", text)
    if text.isascii() and text.isdecimal() and len(text) >= 11:
        return mask("mobile" if len(text) == 11 else "card", text) if len(text) <= 19 else f"({len(text)} digits)"
    if key.lower() in _NAMES or not text.isascii():
        return "***" if len(text) > 20 or text.isascii() else mask("name", text)
    return text if _WORD.fullmatch(text) or not text else f"({len(text)} characters)"


def masked(value: Any, key: str = "", depth: int = 0) -> Any:
    """A value of a request: objects, lists, and documents in texts are opened, everything in them is masked."""
    if depth > _DEEPEST:
        return "…"
    if isinstance(value, Mapping):
        items = list(value.items())[:_MOST]
        return {masked_key(str(k)): masked(v, str(k), depth + 1) for k, v in items}
    if isinstance(value, list):
        return [masked(v, key, depth + 1) for v in value[:_MOST]]
    if isinstance(value, bool) or value is None:
        return value
    text = str(value)
    inner = _document(text)
    return masked_text(text, key) if inner is None else masked(inner, key, depth + 1)


def masked_key(key: str) -> str:
    """A key is the caller's to choose, too."""
    return key if re.fullmatch(r"[A-Za-z_][\w.:-]{0,60}", key, re.ASCII) else masked_text(key)


def masked_body(body: bytes) -> Any:
    """A body that is no form: JSON, XML, or its length."""
    try:
        text = body.decode()
    except UnicodeDecodeError:
        return f"({len(body)} octets)"
    inner = _document(text)
    if inner is not None:
        return masked(inner)
    return f"({len(body)} octets)" if body else ""


def _document(text: str) -> Any:
    """A JSON object or array, or an XML document, as objects; None for anything else."""
    start = text.lstrip()[:1]
    if start in {"{", "["}:
        try:
            found = json.loads(text)
        except (ValueError, RecursionError):
            return None
        return found if isinstance(found, dict | list) else None
    return _xml(text) if start == "<" else None


def _xml(text: str) -> Any:
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False)
    try:
        root = etree.fromstring(text.encode(), parser)
    except (etree.XMLSyntaxError, ValueError):
        return None
    return {_tag(root): _element(root, 0)}


def _tag(element: etree._Element) -> str:
    return etree.QName(element).localname


def _element(element: etree._Element, depth: int) -> Any:
    children = list(element.iterchildren("*"))[:_MOST]
    if not children or depth > _DEEPEST:
        return element.text or ""
    out: dict[str, Any] = {}
    for child in children:
        value, name = _element(child, depth + 1), _tag(child)
        out[name] = (
            [*out[name], value] if isinstance(out.get(name), list) else [out[name], value] if name in out else value
        )
    return out
