"""Fields of JSON answers, read without trust. Every reader raises Distrusted for what is not there or not so."""

from collections.abc import Mapping
from typing import Any, Final

from adapters.http import json_object
from idp.domain.errors import Distrusted

_LONGEST: Final = 2_000


def object_at(channel: str, body: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    """The object at ``name``, also where a platform sends it as JSON text."""
    value = body.get(name)
    if isinstance(value, str):
        return json_object(channel, value.encode("utf-8", "surrogatepass"))
    if not isinstance(value, dict):
        raise Distrusted(channel, f"no {name} in the answer")
    return value


def text_at(channel: str, body: Mapping[str, Any], name: str) -> str:
    """The text at ``name``, no longer than any field is."""
    value = body.get(name)
    if not isinstance(value, str) or len(value) > _LONGEST:
        raise Distrusted(channel, f"no {name} in the answer")
    return value


def code_at(channel: str, body: Mapping[str, Any], name: str) -> str:
    """A code that platforms write as text or as a number."""
    value = body.get(name)
    if isinstance(value, bool) or not isinstance(value, (str, int)):
        raise Distrusted(channel, f"no {name} in the answer")
    return str(value) if isinstance(value, str) or abs(value) < 10**9 else "out of range"


def moment_at(channel: str, body: Mapping[str, Any], name: str) -> float:
    """A positive number of seconds or milliseconds, as number or text."""
    try:
        number = float(str(body.get(name)))
    except ValueError:
        raise Distrusted(channel, f"no {name} in the answer") from None
    if not 0 < number < 1e14:
        raise Distrusted(channel, f"impossible {name} in the answer")
    return number


def loggable(text: str) -> str:
    """The first 16 ASCII letters, digits and signs: codes pass, names and sentences do not."""
    return "".join(c for c in text[:16] if c.isascii() and (c.isalnum() or c in "-_."))
