"""RSA2: what is signed of a request, and which text of an answer a signature covers (channels.md 7.2, 7.3).

A string to sign holds an ID number: it is never logged. An answer is signed over the raw text of its node; parsing and
writing it again, or counting braces, verifies another text than the one that was signed.
"""

import base64
import binascii
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final, NoReturn

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.hashes import SHA256

from idp.domain.errors import Distrusted

ERROR_NODE: Final = "error_response"
_SPACE: Final = " \t\n\r"


@dataclass(frozen=True, slots=True)
class Node:
    """The signed part of an answer."""

    name: str
    raw: str = field(repr=False)
    fields: Mapping[str, Any] = field(repr=False)


def string_to_sign(parameters: Mapping[str, str]) -> str:
    """Every parameter but ``sign``, sorted by name, unencoded (7.2 rule 1)."""
    return "&".join(f"{name}={value}" for name, value in sorted(parameters.items()) if name != "sign")


def sign(key: rsa.RSAPrivateKey, parameters: Mapping[str, str]) -> str:
    """``sign``: RSASSA-PKCS1-v1_5 with SHA-256, Base64 (7.2 rule 2)."""
    return base64.b64encode(key.sign(string_to_sign(parameters).encode(), padding.PKCS1v15(), SHA256())).decode()


def verified_node(channel: str, body: bytes, method: str, key: rsa.RSAPublicKey) -> Node:
    """The node that answers ``method``, or the error node, when the platform signed it. Raises Distrusted."""
    node, signature = _parts(channel, body, method)
    try:
        key.verify(base64.b64decode(signature, validate=True), node.raw.encode(), padding.PKCS1v15(), SHA256())
    except (InvalidSignature, binascii.Error, ValueError):
        raise Distrusted(channel, "wrong signature") from None
    return node


def node_name(method: str) -> str:
    """``alipay.system.oauth.token`` answers in ``alipay_system_oauth_token_response``."""
    return f"{method.replace('.', '_')}_response"


def _parts(channel: str, body: bytes, method: str) -> tuple[Node, str]:
    try:
        members = _members(body.decode())
    except (ValueError, RecursionError):
        raise Distrusted(channel, "no JSON object, or a name twice") from None
    names = [name for name in members if name in {node_name(method), ERROR_NODE}]
    if len(names) != 1 or set(members) != {names[0], "sign"}:
        raise Distrusted(channel, "not one node and its signature")
    fields, raw = members[names[0]]
    signature, _ = members["sign"]
    if not isinstance(fields, dict) or not isinstance(signature, str):
        raise Distrusted(channel, "node or signature of another type")
    return Node(names[0], raw, fields), signature


def _members(text: str) -> dict[str, tuple[Any, str]]:
    """The members of the outer object, each value with its raw text. Raises ValueError or RecursionError."""
    members: dict[str, tuple[Any, str]] = {}
    at = _expect(text, _skip(text, 0), "{")
    while True:
        name, at = _DECODER.raw_decode(text, _skip(text, at))
        start = _skip(text, _expect(text, _skip(text, at), ":"))
        value, at = _DECODER.raw_decode(text, start)
        if not isinstance(name, str) or name in members:
            raise ValueError("a name twice, or none")
        members[name] = (value, text[start:at])
        at = _skip(text, at)
        if text[at : at + 1] != ",":
            break
        at += 1
    if _skip(text, _expect(text, at, "}")) != len(text):
        raise ValueError("text behind the object")
    return members


def _skip(text: str, at: int) -> int:
    while text[at : at + 1] and text[at] in _SPACE:
        at += 1
    return at


def _expect(text: str, at: int, character: str) -> int:
    if text[at : at + 1] != character:
        raise ValueError("not where it belongs")
    return at + 1


def _no_name_twice(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Two readers may differ in which of two equal names counts, so that one checks what another does not use."""
    members = dict(pairs)
    if len(members) != len(pairs):
        raise ValueError("a name twice")
    return members


def _no_constant(_: str) -> NoReturn:
    raise ValueError("not JSON")


_DECODER: Final = json.JSONDecoder(object_pairs_hook=_no_name_twice, parse_constant=_no_constant)
