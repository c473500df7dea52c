"""Everything kept about one person, deleted in the caller's transaction with what relying parties are told of it.

Accounts joined to the one that goes are the same person's and go with it. What stays names nobody: the audit log, by
ids that lead nowhere any more, and the security events that are still to be told, by a ``sub`` that nobody can derive.
"""

from collections.abc import Iterable, Sequence
from typing import Any, Final

from sqlalchemy import Column, Connection, RowMapping, delete, select

from idp.domain.ports import FieldCipher, Purged, SecurityEvent
from idp.stores.sql import faces, holds, security_events
from idp.stores.sql.tables import (
    account_links,
    citizens,
    consents,
    contra_indicators,
    credentials,
    evidence,
    face_consents,
    guardians,
    merges,
    person_claims,
    standings,
    subject_aliases,
)

# Rows go by the account they name, whichever part it has in them; accounts last, for the others refer to them. A test
# fails when a column that names a citizen stands neither here nor among what is kept.
NAMES_A_CITIZEN: Final[tuple[Column[Any], ...]] = (
    credentials.c.citizen_id,
    face_consents.c.citizen_id,
    evidence.c.citizen_id,
    contra_indicators.c.citizen_id,
    person_claims.c.citizen_id,
    merges.c.kept_id,
    merges.c.joined_id,
    subject_aliases.c.citizen_id,
    subject_aliases.c.joined_id,
    guardians.c.minor_id,
    guardians.c.guardian_id,
    standings.c.citizen_id,
    account_links.c.citizen_id,
    consents.c.citizen_id,
    citizens.c.id,
)


def purge(
    connection: Connection, cipher: FieldCipher, citizen_id: str, told: Sequence[SecurityEvent], now: float
) -> Purged | None:
    """See :meth:`idp.domain.ports.Citizens.purge`."""
    rows = _locked(connection, citizen_id)
    account = rows.get(citizen_id)
    if account is None or account["disabled_at"] is None or account["merged_into"] is not None:
        return None
    accounts = _with_joined(rows.values(), citizen_id)
    for each in accounts:
        holds.withdraw(connection, each, now)  # a claim: whoever holds that number is disputed no more
        faces.forget_template(connection, cipher, each)
    keys = [rows[each]["person_key"] for each in accounts if rows[each]["person_key"] is not None]
    freed = [each for key in keys for each in holds.free(connection, key, now)]
    for column in NAMES_A_CITIZEN:
        connection.execute(delete(column.table).where(column.in_(accounts)))
    security_events.forget_of(connection, accounts)
    security_events.keep(connection, told)
    return Purged(accounts, tuple(freed))


def _locked(connection: Connection, citizen_id: str) -> dict[str, RowMapping]:
    """The account and all that may be joined to it, locked in the one order of the house, in their numbers' turns.

    A closed account is joined to nothing new, so none is missing; those that were parted again are left out afterwards.
    """
    ids, following = {citizen_id}, {citizen_id}
    while following:
        # By the merges, which are found by an index: a province's accounts are not read one by one.
        joined = select(merges.c.joined_id).where(merges.c.kept_id.in_(following))
        following = set(connection.execute(joined).scalars()) - ids
        ids |= following
    held = select(citizens.c.person_key).where(citizens.c.id.in_(ids), citizens.c.person_key.is_not(None))
    claimed = select(person_claims.c.person_key).where(person_claims.c.citizen_id.in_(ids))
    for key in sorted({*connection.execute(held).scalars(), *connection.execute(claimed).scalars()}):
        holds.take_turn(connection, key)
    query = select(citizens).where(citizens.c.id.in_(ids)).order_by(citizens.c.id).with_for_update()
    return {row["id"]: row for row in connection.execute(query).mappings()}


def _with_joined(rows: Iterable[RowMapping], citizen_id: str) -> tuple[str, ...]:
    """The account, and of the locked ones those that are joined to it now, over however many merges."""
    by_target: dict[str | None, list[str]] = {}
    for row in rows:
        by_target.setdefault(row["merged_into"], []).append(row["id"])
    found = [citizen_id]
    for each in found:  # grows on the way
        found += by_target.get(each, [])
    return tuple(found)
