"""Fields of the desk system's answers, read without trust."""

import base64
import binascii
import re
from collections.abc import Mapping
from typing import Any, Final

from idp.domain.errors import Distrusted

CHANNEL: Final = "counter_verify"
_BASE64URL: Final = re.compile(r"[A-Za-z0-9_-]*")


def text_of(body: Mapping[str, Any], name: str) -> str:
    """The text at ``name``. Raises Distrusted."""
    value = body.get(name)
    if not isinstance(value, str):
        raise Distrusted(CHANNEL, f"no {name} in the answer")
    return value


def word_of(body: Mapping[str, Any], name: str, pattern: "re.Pattern[str]") -> str:
    """A text of a fixed shape, which may stand in a log. Raises Distrusted."""
    value = text_of(body, name)
    if pattern.fullmatch(value) is None:
        raise Distrusted(CHANNEL, f"odd {name} in the answer")
    return value


def object_of(body: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    """The object at ``name``. Raises Distrusted."""
    value = body.get(name)
    if not isinstance(value, dict):
        raise Distrusted(CHANNEL, f"no {name} in the answer")
    return value


def octets_of(body: Mapping[str, Any], name: str, size: int) -> bytes:
    """``size`` bytes that stand at ``name`` in base64url without padding. Raises Distrusted."""
    # Python's decoder also takes the other alphabet.
    text = word_of(body, name, _BASE64URL)
    try:
        value = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
    except (ValueError, binascii.Error):
        raise Distrusted(CHANNEL, f"odd {name} in the answer") from None
    if len(value) != size:
        raise Distrusted(CHANNEL, f"odd {name} in the answer")
    return value
