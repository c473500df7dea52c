"""What is checked of an authorization request once client and redirect URI are right: a list of small checks."""

import re
from collections.abc import Callable, Mapping
from typing import Final

from authlib.oauth2.rfc6749 import InvalidRequestError, InvalidScopeError, UnsupportedResponseTypeError

from idp.oidc.parameters import check_plain

PROMPTS: Final = frozenset({"none", "login", "consent", "select_account"})
RESPONSE_MODES: Final = ("query", "form_post")
DISPLAYS: Final = ("page", "popup", "touch", "wap")
MAX_SCOPES: Final = 20
MAX_ACR_VALUES: Final = 10
MAX_AGE_DIGITS: Final = 9
MAX_NONCE: Final = 1024
THUMBPRINT: Final = re.compile(r"[A-Za-z0-9_-]{43}")


def _response_type(parameters: Mapping[str, str]) -> None:
    if "response_type" not in parameters:
        raise InvalidRequestError("response_type is missing.")
    if parameters["response_type"] != "code":
        raise UnsupportedResponseTypeError(None)


def _response_mode(parameters: Mapping[str, str]) -> None:
    """A code in a fragment would be read by scripts and sent by nobody (Multiple Response Types 5, RFC 9700 2.1)."""
    mode = parameters.get("response_mode", "query")
    if mode == "fragment":
        raise InvalidRequestError("response_mode fragment is not for codes: use query or form_post.")
    if mode not in RESPONSE_MODES:
        raise InvalidRequestError("response_mode must be query or form_post.")


def _scope(parameters: Mapping[str, str]) -> None:
    scopes = parameters.get("scope", "").split()
    if len(scopes) > MAX_SCOPES:
        raise InvalidScopeError("Too many scopes.")
    if "openid" not in scopes:
        raise InvalidScopeError("The scope openid is required.")


def _prompt(parameters: Mapping[str, str]) -> None:
    prompts = parameters.get("prompt", "").split()
    if not set(prompts) <= PROMPTS:
        raise InvalidRequestError("prompt has an unknown value.")
    if "none" in prompts and len(prompts) > 1:
        raise InvalidRequestError("prompt=none excludes every other value.")


def _max_age(parameters: Mapping[str, str]) -> None:
    text = parameters.get("max_age", "0")
    if not (text.isascii() and text.isdigit() and len(text) <= MAX_AGE_DIGITS):
        raise InvalidRequestError("max_age must be a number of seconds.")


def _sizes(parameters: Mapping[str, str]) -> None:
    if len(parameters.get("nonce", "")) > MAX_NONCE:
        raise InvalidRequestError("nonce is too long.")
    if len(parameters.get("acr_values", "").split()) > MAX_ACR_VALUES:
        raise InvalidRequestError("Too many acr_values.")


def _dpop_jkt(parameters: Mapping[str, str]) -> None:
    """RFC 9449 section 10: a thumbprint as RFC 7638 makes it with SHA-256."""
    if "dpop_jkt" in parameters and THUMBPRINT.fullmatch(parameters["dpop_jkt"]) is None:
        raise InvalidRequestError("dpop_jkt must be the SHA-256 thumbprint of a key: 43 base64url characters.")


CHECKS: Final[tuple[Callable[[Mapping[str, str]], None], ...]] = (
    check_plain,
    _response_type,
    _response_mode,
    _scope,
    _prompt,
    _max_age,
    _sizes,
    _dpop_jkt,
)
