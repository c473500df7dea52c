"""Public documents: rendered once, cached by everybody, asked for again with an entity tag (RFC 9110 section 8.8.3)."""

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import orjson

from idp.oidc.jws import b64
from idp.oidc.messages import ProtocolRequest
from idp.web.responses import Response, not_modified, public_document


@dataclass(frozen=True, slots=True)
class _Rendered:
    source: Mapping[str, Any]
    body: bytes
    tag: str


class Document:
    """An endpoint that answers with ``source()`` as JSON, rendered again only when that is another object."""

    def __init__(self, source: Callable[[], Mapping[str, Any]], *, seconds: int) -> None:
        self._source = source
        self._seconds = seconds
        self._rendered = _rendered(source())

    def __call__(self, message: ProtocolRequest, _: Mapping[str, Any]) -> Response:
        """The document, or 304 for who has it."""
        source = self._source()
        rendered = self._rendered
        if rendered.source is not source:
            rendered = self._rendered = _rendered(source)
        if _has(message.headers.get("If-None-Match"), rendered.tag):
            return not_modified(rendered.tag, seconds=self._seconds)
        return public_document(rendered.body, tag=rendered.tag, seconds=self._seconds)


def _rendered(source: Mapping[str, Any]) -> _Rendered:
    body = orjson.dumps(dict(source))
    return _Rendered(source, body, f'"{b64(hashlib.sha256(body).digest()[:16]).decode()}"')


def _has(if_none_match: str | None, tag: str) -> bool:
    """Weak comparison of a list of tags (RFC 9110 section 13.1.2): a proxy that compresses makes them weak."""
    if if_none_match is None:
        return False
    return any(each.strip().removeprefix("W/") in {tag, "*"} for each in if_none_match.split(","))
