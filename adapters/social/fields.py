"""Fields of JSON answers, read without trust."""

from collections.abc import Mapping
from typing import Any

from adapters.social.settings import CHANNEL
from idp.domain.errors import Distrusted


def object_of(body: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    """The object at ``name``. Raises Distrusted."""
    value = body.get(name)
    if not isinstance(value, dict):
        raise Distrusted(CHANNEL, f"no {name} in the answer")
    return value


def text_at(body: Mapping[str, Any], name: str) -> str:
    """The text at ``name``. Raises Distrusted when it is missing or no text."""
    value = body.get(name)
    if not isinstance(value, str):
        raise Distrusted(CHANNEL, f"no {name} in the answer")
    return value


def loggable(text: str) -> str:
    """The first 16 ASCII letters, digits and signs: codes pass, names and sentences do not."""
    return "".join(c for c in text[:16] if c.isascii() and (c.isalnum() or c in "-_."))
