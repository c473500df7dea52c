"""Audit events as JSON on their way to the log, and back into their types."""

from collections.abc import Callable, Mapping
from dataclasses import fields
from enum import StrEnum
from types import UnionType
from typing import Any, Union, get_args, get_origin, get_type_hints

import orjson

from idp.domain.audit import EVENTS
from idp.domain.audit_words import AuditEvent

_Reader = Callable[[Any], Any]


class UnknownEvent(Exception):
    """An entry that this release cannot read: its kind or its fields are of another release."""


def encode(event: AuditEvent) -> bytes:
    """The fields as JSON; the kind travels beside."""
    return orjson.dumps(event)


def decode(kind: str, text: bytes, completed: Mapping[str, Any]) -> AuditEvent:
    """The event of ``kind`` with the fields that the script completed. Raises UnknownEvent."""
    try:
        event_class, readers = _KINDS[kind]
        values = {**orjson.loads(text), **completed}
        return event_class(**{name: readers[name](value) for name, value in values.items()})
    except (KeyError, TypeError, ValueError) as error:
        raise UnknownEvent(kind) from error


def _reader(hint: Any) -> _Reader:
    """How a JSON value becomes a field of this type."""
    origin = get_origin(hint)
    if origin is tuple:
        return tuple
    if origin is Union or origin is UnionType:
        inner = next(arm for arm in get_args(hint) if arm is not type(None))
        return _optional(_reader(inner))
    if isinstance(hint, type) and issubclass(hint, StrEnum):
        return hint
    return _as_is


def _optional(read: _Reader) -> _Reader:
    return lambda value: None if value is None else read(value)


def _as_is(value: Any) -> Any:
    return value


def _readers(event_class: type[AuditEvent]) -> dict[str, _Reader]:
    hints = get_type_hints(event_class)
    return {field.name: _reader(hints[field.name]) for field in fields(event_class)}


_KINDS = {event_class.kind: (event_class, _readers(event_class)) for event_class in EVENTS}
