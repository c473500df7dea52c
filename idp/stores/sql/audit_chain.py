"""The arithmetic of the audit chain: what a link is, and what is wrong with a row.

``hash = HMAC(audit key, canonical JSON of the row's content and of the hash before it)``. The key is the vault's, so
who can write to the database but has no master key cannot forge a link. The content does not hold the row's number: an
authentic row in the wrong place is told from a changed one, and its place follows from the chain.

Out of reach: somebody who puts back an older copy of the *whole* log, or empties it. Against that, keep the number that
``verify`` answers somewhere else as well.
"""

import hmac
from dataclasses import dataclass
from typing import Final

import orjson
from sqlalchemy import RowMapping

from idp.domain.audit_words import AuditEvent
from idp.domain.ports import FieldCipher
from idp.stores.sql.tables import audit_events as table

GENESIS: Final = b""
CHANGED: Final = "changed"
REMOVED: Final = "removed"
OUT_OF_ORDER: Final = "out of order"
INSERTED: Final = "inserted"


@dataclass(frozen=True, slots=True)
class Content:
    """What a row says, exactly as stored. ``detail`` is JSON text."""

    event_id: str
    kind: str
    at: float
    citizen_id: str | None
    client_id: str | None
    request_id: str | None
    detail: str


def content_of_event(event: AuditEvent) -> Content:
    """An event as it is stored."""
    detail = orjson.dumps(event.detail(), option=orjson.OPT_SORT_KEYS).decode()
    return Content(event.id, event.kind, float(event.at), event.citizen_id, event.client_id, event.request_id, detail)


def content_of_row(row: RowMapping) -> Content:
    """A stored row's content."""
    columns = table.c
    return Content(
        row[columns.event_id],
        row[columns.kind],
        row[columns.at],
        row[columns.citizen_id],
        row[columns.client_id],
        row[columns.request_id],
        row[columns.detail],
    )


def link(cipher: FieldCipher, previous: bytes, content: Content) -> bytes:
    """The hash of a row: 32 bytes."""
    return cipher.fingerprint("audit", "row:" + orjson.dumps([previous.hex(), content]).decode())


def head_seal(cipher: FieldCipher, number: int, last: bytes) -> bytes:
    """What makes the head row authentic; empty for an empty log, which has nothing to protect."""
    return cipher.fingerprint("audit", f"head:{number}:{last.hex()}") if number else b""


def is_authentic(cipher: FieldCipher, row: RowMapping) -> bool:
    """Whether a row is as it was written, wherever it stands now."""
    expected = link(cipher, row[table.c.previous], content_of_row(row))
    return hmac.compare_digest(expected, row[table.c.hash])
