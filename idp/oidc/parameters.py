"""Reading a request's parameters before anything else looks at them.

Refused here: a parameter that comes twice (RFC 6749 sections 3.1 and 3.2; but ``resource``, RFC 8707), broken UTF-8 and
percent-encodings, control characters, too many or too long parameters. Unknown ones are kept and ignored later (RFC
6749 section 3.1).
"""

import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import unquote_to_bytes

import orjson
from authlib.oauth2.rfc6749 import InvalidRequestError

MAX_BYTES = 16_384
MAX_PARAMETERS = 40
MAX_NAME = 64
MAX_VALUE = 4_096
LONGER = {
    "claims": 8_192,
    "id_token_hint": 8_192,
    "state": 8_192,
    "request": 12_000,
    "client_assertion": 8_192,
    "authorization_details": 8_192,
    "token": 8_192,
    "access_token": 8_192,
    "subject_token": 8_192,
}
# RFC 8707 section 2: the one parameter that may come several times. Its values are kept apart by a character that no
# value can hold.
REPEATABLE = frozenset({"resource"})
BETWEEN = "\n"
# Inside a request object these are JSON; the others are texts, and nothing else.
JSON_VALUED = frozenset({"claims", "authorization_details"})
# Everything that is read of an authorization request.
AUTHORIZATION = frozenset(
    {
        "response_type", "response_mode", "redirect_uri", "scope", "state", "nonce", "prompt", "display", "max_age",
        "ui_locales", "claims_locales", "id_token_hint", "login_hint", "acr_values", "code_challenge",
        "code_challenge_method", "dpop_jkt", "channel_hint", *JSON_VALUED, *REPEATABLE,
    }
)  # fmt: skip

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
        if name in found and name not in REPEATABLE:
            raise InvalidRequestError("A parameter is repeated.")
        if len(name) > MAX_NAME or len(value) > LONGER.get(name, MAX_VALUE):
            raise InvalidRequestError("A parameter is too long.")
        if _CONTROL.search(name) or _CONTROL.search(value):
            raise InvalidRequestError("A parameter has a control character.")
        found[name] = f"{found[name]}{BETWEEN}{value}" if name in found else value
    return {name: value for name, value in found.items() if value}


def from_json(members: Mapping[str, Any]) -> Mapping[str, str]:
    """The parameters of a request object (RFC 9101 section 4) as :func:`read` gives them. Raises InvalidRequestError.

    Numbers and JSON values stand there as themselves, several resources as an array. What is no parameter of ours may
    be anything, and is left out.
    """
    found: dict[str, str] = {}
    for name, value in members.items():
        if name in JSON_VALUED and isinstance(value, dict | list):
            text = orjson.dumps(value).decode()
        elif name in REPEATABLE and isinstance(value, list) and all(isinstance(each, str) for each in value):
            text = BETWEEN.join(value)
        elif isinstance(value, str):
            text = value
        elif isinstance(value, int) and not isinstance(value, bool):
            text = str(value)
        elif value is None or name not in AUTHORIZATION:
            continue
        else:
            raise InvalidRequestError("A member of the request object has a wrong type.")
        if len(text) > LONGER.get(name, MAX_VALUE):
            raise InvalidRequestError("A parameter is too long.")
        if _CONTROL.search(text.replace(BETWEEN, "") if name in REPEATABLE else text):
            raise InvalidRequestError("A parameter has a control character.")
        found[name] = text
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
