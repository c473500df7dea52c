"""Keys, shards, tokens and the events' way through JSON."""

import enum
from dataclasses import fields
from typing import get_args, get_type_hints

import pytest
from hypothesis import given
from hypothesis import strategies as st

from idp.domain.audit import EVENTS, Registered, SignedOn
from idp.domain.audit_words import AuditEvent
from idp.stores.redis.events import UnknownEvent, decode, encode
from idp.stores.redis.keyspace import SHARDS, Keyspace, grant_id_of, is_session_token, life, shard_of
from idp.stores.redis.outbox import RedisOutbox
from idp.stores.redis.sessions import RedisSessions
from idp.stores.redis.wire import Wire
from idp.system import SystemRandomness
from tests.contract.outbox import KeptLog
from tests.contract.sign_on import facts
from tests.valkey import Deployment


def test_citizens_spread_over_all_64_shards():
    assert len(SHARDS) == len(set(SHARDS)) == 64
    assert {shard_of(f"citizen-{n}") for n in range(2000)} == set(SHARDS)


def test_a_token_alone_tells_its_shard(wire: Wire, clock):
    sessions = RedisSessions(wire, SystemRandomness())
    for n in range(100):
        token = sessions.open(facts(clock, f"citizen-{n}"), now=clock.now())
        assert token[:2] == shard_of(f"citizen-{n}")
        assert is_session_token(token)
        assert grant_id_of(token) is None


@given(st.text(max_size=80))
def test_no_text_at_all_upsets_the_reading_of_tokens(text):
    assert is_session_token(text) in {True, False}
    assert grant_id_of(text) in {None, text[:18]}


def test_a_prefix_sets_installations_apart_and_may_not_choose_the_slot(wire: Wire, deployment: Deployment, clock):
    one, two = (RedisSessions(wire, SystemRandomness(), prefix=prefix) for prefix in ("one:", "two:"))
    token = one.open(facts(clock), now=clock.now())
    assert one.read(token, now=clock.now()) is not None
    assert two.read(token, now=clock.now()) is None
    assert all(key.startswith(b"one:{") for key in deployment.lives())
    with pytest.raises(ValueError, match="braces"):
        Keyspace("{same}")


@pytest.mark.parametrize(("now", "expires_at", "milliseconds"), [(0, 1, 1000), (0, 0.0001, 1), (5, 5, 1), (9, 5, 1)])
def test_a_life_is_at_least_a_millisecond(now, expires_at, milliseconds):
    assert life(now, expires_at) == milliseconds


def _example(hint: object) -> object:
    arms = get_args(hint)
    if type(None) in arms:
        return _example(arms[0])
    if arms and arms[1:] == (...,):
        return ("one", "two")
    if isinstance(hint, type) and issubclass(hint, enum.Enum):
        return next(iter(hint))
    return {int: 3, float: 1.5}.get(hint, "text")


@pytest.mark.parametrize("event_class", EVENTS, ids=lambda event_class: event_class.kind)
def test_every_kind_of_event_comes_back_as_it_was(event_class: type[AuditEvent]):
    hints = get_type_hints(event_class)
    full = event_class(**{field.name: _example(hints[field.name]) for field in fields(event_class)})
    back = decode(event_class.kind, encode(full), {})
    assert back == full
    assert [type(getattr(back, f.name)) for f in fields(full)] == [type(getattr(full, f.name)) for f in fields(full)]


@pytest.mark.parametrize("text", [b"{", b"[]", b'{"id":"1"}', b'{"id":"1","at":1,"surprise":2}'])
def test_an_event_of_another_release_is_known_as_such(text):
    with pytest.raises(UnknownEvent):
        decode("signed_on", text, {})
    with pytest.raises(UnknownEvent):
        decode("levitated", text, {})


def test_an_event_that_this_release_cannot_read_stays_for_one_that_can(outbox: RedisOutbox, deployment, caplog):
    outbox.append(Registered(id="1", at=1.0, citizen_id="c1"))
    stream = f"{{{shard_of('c1')}}}:outbox"
    deployment.nodes[0].xadd(stream, {"kind": "levitated", "event": "{}"})
    outbox.append(SignedOn(id="2", at=2.0, citizen_id="c1", level=1))
    log = KeptLog()
    assert outbox.drain(log) == 2
    assert set(log.events) == {"1", "2"}
    assert outbox.waiting() == {stream: 1}
    assert "levitated" in caplog.text
