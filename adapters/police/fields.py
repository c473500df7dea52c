"""Fields of the platforms' JSON answers, read without trust."""

from collections.abc import Callable, Mapping
from typing import Any

from adapters.police.finding import CHANNEL
from adapters.signatures import BadSecret
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


def code_of(body: Mapping[str, Any]) -> str:
    """An upstream's ``code`` cut down to what may stand in a log."""
    return loggable(str(body.get("code")))


def loggable(text: str) -> str:
    """The first 16 ASCII letters, digits and signs: codes pass, names and sentences do not."""
    return "".join(c for c in text[:16] if c.isascii() and (c.isalnum() or c in "-_."))


def moment_of(value: object) -> float:
    """A positive number of seconds or milliseconds. Raises Distrusted."""
    try:
        number = float(str(value))
    except ValueError:
        raise Distrusted(CHANNEL, "no time in the answer") from None
    if not 0 < number < 1e14:
        raise Distrusted(CHANNEL, "impossible time in the answer")
    return number


def opened(decrypt: Callable[[str, str], str], app_key: str, cipher_text: object) -> str:
    """The secret in ``cipher_text``. Raises Distrusted when it does not open under our key (channels.md 3.1)."""
    if not isinstance(cipher_text, str):
        raise Distrusted(CHANNEL, "no secret in the answer")
    try:
        return decrypt(app_key, cipher_text)
    except BadSecret:
        raise Distrusted(CHANNEL, "secret does not open") from None
