"""Fields of the upstreams' JSON answers, read without trust."""

from collections.abc import Mapping
from typing import Any, Final

from adapters.http import json_object
from adapters.registry.organisations import CHANNEL
from idp.domain.errors import Distrusted

_LONGEST: Final = 2_000


def object_at(body: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    """The object at ``name``, also where a platform sends it as JSON text. Raises Distrusted."""
    value = body.get(name)
    if isinstance(value, str):
        return json_object(CHANNEL, value.encode("utf-8", "surrogatepass"))
    if not isinstance(value, dict):
        raise Distrusted(CHANNEL, f"no {name} in the answer")
    return value


def text_at(body: Mapping[str, Any], name: str) -> str:
    """The text at ``name``. Raises Distrusted when it is missing, no text, or longer than any field is."""
    value = body.get(name)
    if not isinstance(value, str) or len(value) > _LONGEST:
        raise Distrusted(CHANNEL, f"no {name} in the answer")
    return value


def code_at(body: Mapping[str, Any], name: str) -> str:
    """A code that upstreams write as text or as a number. Raises Distrusted."""
    value = body.get(name)
    if isinstance(value, bool) or not isinstance(value, (str, int)):
        raise Distrusted(CHANNEL, f"no {name} in the answer")
    return str(value) if isinstance(value, str) or abs(value) < 10**9 else "out of range"


def loggable(text: str) -> str:
    """The first 16 ASCII letters, digits and signs: codes pass, names and sentences do not."""
    return "".join(c for c in text[:16] if c.isascii() and (c.isalnum() or c in "-_."))


def moment_at(body: Mapping[str, Any], name: str) -> float:
    """A positive number of seconds or milliseconds. Raises Distrusted."""
    try:
        number = float(str(body.get(name)))
    except ValueError:
        raise Distrusted(CHANNEL, f"no {name} in the answer") from None
    if not 0 < number < 1e14:
        raise Distrusted(CHANNEL, f"impossible {name} in the answer")
    return number
