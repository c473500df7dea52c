"""Streams that relying parties made themselves, on both databases."""

from dataclasses import replace

import pytest
from sqlalchemy import Engine

from idp.domain.event_stream import EventStream, StreamStatus
from idp.domain.ports import FieldCipher
from idp.stores.sql.event_streams import SqlEventStreams

NOW = 1_735_689_600.25
STREAM = EventStream(
    "5" * 32, "hall", "https://hall.example/in", bearer="s3cret", events=frozenset({"urn:a", "urn:b"}),
    status=StreamStatus.PAUSED, reason="moving", description="搬迁",
)  # fmt: skip


@pytest.fixture
def streams(engine: Engine, cipher: FieldCipher) -> SqlEventStreams:
    return SqlEventStreams(engine, cipher)


def test_a_stream_comes_back_as_it_was(streams):
    assert streams.of("hall") is None
    streams.keep(STREAM, now=NOW)
    assert streams.of("hall") == STREAM
    assert streams.of("bank") is None


def test_a_stream_is_replaced_whole(streams):
    streams.keep(STREAM, now=NOW)
    changed = replace(STREAM, id="6" * 32, uri=None, bearer=None, events=frozenset(), status=StreamStatus.DELETED)
    streams.keep(changed, now=NOW + 1)
    assert streams.of("hall") == changed


def test_its_secret_is_sealed_and_bound_to_its_row(streams, engine, cipher):
    streams.keep(STREAM, now=NOW)
    with engine.connect() as connection:
        (row,) = connection.exec_driver_sql("SELECT * FROM event_streams").all()
    assert "s3cret" not in repr(row)
    assert "s3cret" not in repr(STREAM)
