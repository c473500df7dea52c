import dataclasses
import json
import typing
from enum import Enum

import pytest

from idp.domain import audit
from idp.domain.audit import EVENTS, SignedIn
from idp.domain.audit_words import AuditEvent, CitizenId, ClientId, OpaqueId, SignInMethod

OPAQUE = {CitizenId, ClientId, OpaqueId}


def test_every_event_is_listed_once_and_has_a_kind_of_its_own():
    defined = {each for each in vars(audit).values() if isinstance(each, type) and issubclass(each, AuditEvent)}
    assert set(EVENTS) == defined - {AuditEvent}
    assert len({event.kind for event in EVENTS}) == len(EVENTS)


@pytest.mark.parametrize("event", EVENTS, ids=lambda event: event.kind)
def test_an_event_has_no_field_that_could_hold_personal_data(event):
    hints = typing.get_type_hints(event)
    for field in dataclasses.fields(event):
        for part in typing.get_args(hints[field.name]) or (hints[field.name],):
            closed = isinstance(part, type) and issubclass(part, (Enum, int, float, type(None)))
            named = part is str and field.name in {"channel", "artefact", "amr", "scopes", "purpose", "word"}
            assert part in OPAQUE or closed or named or part is Ellipsis, field.name


def test_the_detail_of_an_event_is_what_its_kind_adds():
    event = SignedIn(id=OpaqueId("1"), at=1.0, method=SignInMethod.MOBILE, amr=("pwd",), level=2)
    assert json.loads(json.dumps(event.detail())) == {"method": "mobile", "amr": ["pwd"], "level": 2, "channel": None}
