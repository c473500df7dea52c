"""The law of the house, as tests."""

import ast
import dataclasses
import enum
import typing
from pathlib import Path

import pytest

import adapters
from idp.domain import audit, errors
from idp.domain.audit import EVENTS
from idp.domain.audit_words import CitizenId, ClientId, OpaqueId
from idp.oidc.errors import TABLE, as_oauth

ROOT = Path(__file__).resolve().parents[2]
SOURCES = sorted(p for room in ("idp", "adapters") for p in (ROOT / room).rglob("*.py") if "migrations" not in p.parts)
LONGEST = 300


def _facts() -> list[type[errors.DomainError]]:
    found, rest = [], [errors.DomainError]
    while rest:
        kind = rest.pop()
        found.append(kind)
        rest += kind.__subclasses__()
    return [kind for kind in found if kind is not errors.DomainError and kind.__module__.startswith("idp.")]


@pytest.mark.parametrize("kind", _facts(), ids=lambda kind: kind.__name__)
def test_every_domain_error_has_its_oauth_error(kind):
    assert kind in TABLE


def test_the_unknown_becomes_server_error_and_says_nothing():
    assert as_oauth(RuntimeError("张三 370102190103070012")).error == "server_error"
    assert "张三" not in str(as_oauth(RuntimeError("张三")).description)


@pytest.mark.parametrize("kind", _facts(), ids=lambda kind: kind.__name__)
def test_every_domain_error_stands_in_the_tree_of_the_docstring(kind):
    assert kind.__name__ in str(errors.__doc__)


def test_only_settings_reads_the_environment():
    readers = set()
    for path in SOURCES:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            name = ast.unparse(node) if isinstance(node, ast.Attribute) else ""
            if name in {"os.environ", "os.getenv", "os.environb"}:
                readers.add(path.relative_to(ROOT).as_posix())
    assert readers == {"idp/settings.py"}


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_files_stay_readable(path):
    assert len(path.read_text(encoding="utf-8").splitlines()) <= LONGEST


@pytest.mark.parametrize("path", [p for p in SOURCES if p.name == "__init__.py"], ids=lambda p: p.parent.name)
def test_every_room_says_what_it_is(path):
    assert ast.get_docstring(ast.parse(path.read_text(encoding="utf-8")))


ALLOWED = (CitizenId, ClientId, OpaqueId)


@pytest.mark.parametrize("event", EVENTS, ids=lambda event: event.__name__)
def test_audit_events_cannot_hold_personal_data(event):
    """Only opaque ids, closed enumerations, levels, counts, moments, and words of our own vocabulary."""
    words = {"channel", "artefact", "purpose", "word"}
    hints = typing.get_type_hints(event)
    for field in dataclasses.fields(event):
        kinds = [k for k in (typing.get_args(hints[field.name]) or (hints[field.name],)) if k is not type(None)]
        for kind in kinds:
            closed = isinstance(kind, type) and issubclass(kind, enum.Enum)
            word = field.name in words and kind is str
            names = field.name in {"amr", "scopes"} and kind in {str, ...}
            assert kind in ALLOWED or kind in {int, float, bool} or closed or word or names, (event, field.name, kind)


def test_every_event_of_the_module_is_listed():
    defined = {
        kind
        for kind in vars(audit).values()
        if isinstance(kind, type) and issubclass(kind, audit.AuditEvent) and kind is not audit.AuditEvent
    }
    assert defined == set(EVENTS)


def test_event_kinds_are_unique():
    assert len({event.kind for event in EVENTS}) == len(EVENTS)


def test_every_channel_has_a_contract_suite():
    from tests.adapters import test_channel_contracts  # noqa: F401  imports every suite
    from tests.contract.channel import ChannelContract

    rest, names = [ChannelContract], set()
    while rest:
        kind = rest.pop()
        names.add(getattr(kind, "channel_name", None))
        rest += kind.__subclasses__()
    assert set(adapters.CHANNELS) <= names
