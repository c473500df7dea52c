"""Reading a request's parameters before anything else looks at them.

Refused here: a parameter that comes twice (RFC 6749 sections 3.1 and 3.2), broken UTF-8 and percent-encodings, control
characters, too many or too long parameters. Unknown ones are kept and ignored later (RFC 6749 section 3.1).
"""

import re
from collections.abc import Mapping
from urllib.parse import unquote_to_bytes

from authlib.oauth2.rfc6749 import InvalidRequestError

MAX_BYTES = 16_384
MAX_PARAMETERS = 40
MAX_NAME = 64
MAX_VALUE = 4_096
LONGER = {"claims": 8_192, "id_token_hint": 8_192, "state": 8_192, "request": 12_000, "client_assertion": 8_192}

# What Authlib would quote back into a description (trap: a quote or non-ASCII there is a 500).
ASCII_ONLY = re.compile(r"[\x20-\x21\x23-\x5b\x5d-\x7e]*")
_PLAIN = frozenset({"response_type", "grant_type", "client_id", "redirect_uri", "scope", "response_mode", "prompt"})
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")
_BAD_ESCAPE = re.compile(rb"%(?![0-9A-Fa-f]{2})")


def read(raw: bytes) -> Mapping[str, str]:
    """Parameters of a query string or form body. Raises InvalidRequestError; empty values are as if absent.

    (RFC 6749 section 3.1: "parameters sent without a value MUST be treated as if they were omitted".)
    """
    if not raw:
        return {}
    if len(raw) > MAX_BYTES:
        raise InvalidRequestError("The request is too long.")
    found: dict[str, str] = {}
    pairs = raw.split(b"&")
    if len(pairs) > MAX_PARAMETERS:
        raise InvalidRequestError("Too many parameters.")
    for pair in pairs:
        if not pair:
            continue
        raw_name, _, raw_value = pair.partition(b"=")
        name, value = _text(raw_name), _text(raw_value)
        if name in found:
            raise InvalidRequestError("A parameter is repeated.")
        if len(name) > MAX_NAME or len(value) > LONGER.get(name, MAX_VALUE):
            raise InvalidRequestError("A parameter is too long.")
        if _CONTROL.search(name) or _CONTROL.search(value):
            raise InvalidRequestError("A parameter has a control character.")
        found[name] = value
    return {name: value for name, value in found.items() if value}


def check_plain(parameters: Mapping[str, str]) -> None:
    """Refuse quotes, backslashes and non-ASCII where the protocol's own syntax has none."""
    for name in _PLAIN & parameters.keys():
        if ASCII_ONLY.fullmatch(parameters[name]) is None:
            raise InvalidRequestError("A parameter has a character that is not allowed.")


def _text(raw: bytes) -> str:
    if b"%" not in raw and b"+" not in raw and raw.isascii():
        return raw.decode("ascii")
    if _BAD_ESCAPE.search(raw):
        raise InvalidRequestError("A parameter is not percent-encoded correctly.")
    try:
        return unquote_to_bytes(raw.replace(b"+", b" ")).decode("utf-8")
    except UnicodeDecodeError:
        raise InvalidRequestError("A parameter is not UTF-8.") from None


def malformed(description: str) -> InvalidRequestError:
    """``invalid_request`` with a constant description, for readers outside this room."""
    return InvalidRequestError(description)
