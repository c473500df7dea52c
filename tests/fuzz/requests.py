"""Requests by the description: as it says, against it, and bytes that no description has a word for."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from random import Random
from typing import Any
from urllib.parse import quote, urlencode

import schemathesis
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis.errors import Unsatisfiable
from schemathesis import GenerationMode
from schemathesis.core import NotSet

FORM = "application/x-www-form-urlencoded"
TYPES = (
    FORM,
    f"{FORM}; charset=gbk",
    "application/json",
    "multipart/form-data; boundary=x",
    "text/plain",
    "",
    "\x80/é",
)
RAW = (
    b"=&=&=", b"&&&", b"%", b"%zz=1", b"a=%00", b"a=%ff%fe", b"\xff\xfe", b"scope=%ED%A0%80", b"a=1&a=2", b"client_id&client_id",
    b"a" * 20_000, b"&".join(b"p%d=1" % n for n in range(60)), b"x=" + b"y" * 9_000, b"[]", b"{}", b'{"a":', b"\x00",
    b"response_type=code%22", b"scope=openid%09profile", b"state=%e4%bd%a0", b"%c0%80=1", b"redirect_uri=javascript:1",
)  # fmt: skip
METHODS = ("PUT", "DELETE", "PATCH", "OPTIONS", "HEAD", "TRACE", "PROPFIND")


@dataclass
class Sent:
    """One request."""

    method: str
    path: str
    query: dict[str, str] = field(default_factory=dict)
    form: dict[str, str] | None = None
    headers: dict[str, str] = field(default_factory=dict)
    raw: bytes | None = None
    content_type: str = FORM

    def arguments(self) -> dict[str, Any]:
        """For werkzeug's client."""
        body = self.raw if self.raw is not None else urlencode(self.form or {}).encode()
        has_body = self.form is not None or self.raw is not None
        headers = {name: value for name, value in self.headers.items() if _is_a_header(value)}
        return {
            "path": self.path,
            "method": self.method,
            "query_string": urlencode(self.query),
            "headers": headers,
            **({"data": body, "content_type": self.content_type} if has_body else {}),
        }


def generated(operation: Any, count: int, number: int) -> list[Sent]:
    """``count`` requests to one operation, half of them as described; the same for the same ``number``."""
    found: list[Sent] = []
    for mode, share in ((GenerationMode.POSITIVE, count - count // 2), (GenerationMode.NEGATIVE, count // 2)):
        try:
            found += list(_of_mode(operation, mode, share, number))
        except Unsatisfiable:  # an operation without parameters: nothing to say wrong, until bytes are spoiled
            continue
    plain = [Sent(operation.method.upper(), operation.path) for _ in range(count - len(found))]
    return found + plain


def _of_mode(operation: Any, mode: GenerationMode, count: int, number: int) -> Iterator[Sent]:
    cases: list[Any] = []

    @seed(number)
    @settings(
        max_examples=max(count, 1), database=None, deadline=None, phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )  # fmt: skip
    @given(operation.as_strategy(generation_mode=mode))
    def collect(case: Any) -> None:
        cases.append(case)

    collect()
    return (_sent(case) for case in cases)


def _sent(case: Any) -> Sent:
    path = case.path
    for name, value in _mapping(case.path_parameters).items():
        path = path.replace(f"{{{name}}}", quote(value or "-", safe=""))
    sent = Sent(case.method.upper(), path, _mapping(case.query), headers=_mapping(case.headers))
    if case.media_type == "application/json":
        sent.raw, sent.content_type = _json(case.body), "application/json"
    elif case.media_type is not None and isinstance(case.body, Mapping):
        sent.form = _mapping(case.body)
    elif case.media_type is not None and not isinstance(case.body, NotSet):
        sent.raw = str(case.body).encode("utf-8", "replace")
    return sent


def _mapping(values: Any) -> dict[str, str]:
    if not isinstance(values, Mapping):
        return {}
    return {_text(name): _text(value) for name, value in values.items()}


def _text(value: Any) -> str:
    return str(value).encode("utf-8", "replace").decode("utf-8")


def _json(value: Any) -> bytes:
    import json

    try:
        return json.dumps(value).encode("utf-8", "replace")
    except (TypeError, ValueError):
        return str(value).encode("utf-8", "replace")


def _is_a_header(value: str) -> bool:
    """What a server would hand on: no line breaks, Latin-1."""
    return not set("\r\n\0") & set(value) and all(ord(each) < 256 for each in value)


def spoiled(sent: Sent, random: Random) -> Sent:
    """Some requests get bytes, types and methods that no description has a word for."""
    match random.randrange(12):
        case 0:
            sent.raw = random.choice(RAW)
        case 1:
            sent.content_type = random.choice(TYPES)
        case 2:
            sent.method = random.choice(METHODS)
        case 3 if sent.form:
            sent.raw = urlencode(sent.form).encode() + b"&" + urlencode(sent.form).encode()
        case 4:
            sent.headers["Authorization"] = random.choice(
                ("Basic", "Basic Og==", "Basic é", "Bearer", "DPoP a b", "x" * 9000)
            )
    return sent


def operations(document: Mapping[str, Any]) -> list[Any]:
    """Every operation of a description."""
    return [each.ok() for each in schemathesis.openapi.from_dict(dict(document)).get_all_operations()]
