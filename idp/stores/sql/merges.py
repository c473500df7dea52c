"""One person's two accounts joined, and parted again: each in one transaction, under the locks of both accounts."""

from collections.abc import Mapping, Sequence
from typing import Any

import orjson
from sqlalchemy import Connection, Engine, RowMapping, delete, insert, or_, select, update

from idp.domain.ports import FieldCipher, Merge
from idp.stores.sql import evidence_rows, holds
from idp.stores.sql.contra_rows import contra_of
from idp.stores.sql.engine import insert_unless_there, reading, writing
from idp.stores.sql.sealed_columns import open_text, seal_text
from idp.stores.sql.tables import account_links, citizens, consents, evidence, merges, person_claims, subject_aliases


class SqlMerges:
    """:class:`idp.domain.ports.Merges` in SQL."""

    def __init__(self, engine: Engine, cipher: FieldCipher) -> None:
        self._engine = engine
        self._cipher = cipher

    def join(self, merge: Merge, sectors: Mapping[str, bool]) -> bool:
        """Join the claimant of a number to its holder. False when that is not (or no longer) so."""
        kept, joined = merge.kept_id, merge.joined_id
        with writing(self._engine) as connection:
            accounts = _locked(connection, kept, joined)
            claim = _claim_of(connection, joined)
            if len(accounts) != 2 or claim is None or accounts[kept]["person_key"] != claim["person_key"]:
                return False
            if any(row["merged_into"] is not None or row["disabled_at"] is not None for row in accounts.values()):
                return False
            moved: dict[str, Any] = {
                "person": claim["person_key"].hex(),
                "evidence": _move(connection, evidence, kept, _countable(connection, joined)),
                "links": _move(connection, account_links, kept, _ids(connection, account_links, joined)),
                "consents": _copy_consents(connection, joined, kept),
            }
            connection.execute(delete(person_claims).where(person_claims.c.citizen_id == joined))
            # Somebody else's dispute goes on, and what was brought is frozen with the rest.
            if holds.disputants(connection, claim["person_key"]):
                holds.suspend(connection, kept, merge.at)
            else:
                holds.unsuspend(connection, kept)
            connection.execute(update(citizens).where(citizens.c.id == joined).values(merged_into=kept))
            for sector, leading in sectors.items():
                alias = {"citizen_id": kept, "sector": sector, "joined_id": joined, "leading": leading}
                connection.execute(insert(subject_aliases).values(alias))
            connection.execute(insert(merges).values(**_row(merge), moved=orjson.dumps(moved).decode()))
        return True

    def undo(self, merge_id: str, citizen_id: str, *, now: float) -> Merge | None:
        """Put everything back as it was before the merge, for either side."""
        with writing(self._engine) as connection:
            query = select(merges).where(merges.c.id == merge_id).with_for_update()
            row = connection.execute(query).mappings().first()
            merge = _merge(row) if row is not None else None
            if row is None or merge is None or citizen_id not in {merge.kept_id, merge.joined_id}:
                return None
            if not merge.can_be_undone(now):
                return None
            self._put_back(connection, merge, orjson.loads(row["moved"]), now)
            connection.execute(update(merges).where(merges.c.id == merge_id).values(undone_at=now))
        return merge

    def of(self, citizen_id: str) -> Sequence[Merge]:
        """Merges of either side, newest first, undone ones too."""
        mine = or_(merges.c.kept_id == citizen_id, merges.c.joined_id == citizen_id)
        with reading(self._engine) as connection:
            rows = connection.execute(select(merges).where(mine).order_by(merges.c.at.desc(), merges.c.id)).mappings()
            return tuple(_merge(row) for row in rows)

    def _put_back(self, connection: Connection, merge: Merge, moved: Mapping[str, Any], now: float) -> None:
        kept, joined = merge.kept_id, merge.joined_id
        accounts = _locked(connection, kept, joined)
        wherever = _kept_by(connection, kept)
        for table, ids in ((evidence, moved["evidence"]), (account_links, moved["links"])):
            back = update(table).where(table.c.id.in_(ids), table.c.citizen_id.in_(wherever))
            connection.execute(back.values(citizen_id=joined))
        copied = (consents.c.citizen_id == kept, consents.c.client_id.in_(moved["consents"]))
        connection.execute(update(consents).where(*copied).values(withdrawn_at=now, scopes="", implied_scopes=""))
        mine = (subject_aliases.c.citizen_id == kept, subject_aliases.c.joined_id == joined)
        connection.execute(delete(subject_aliases).where(*mine))
        connection.execute(update(citizens).where(citizens.c.id == joined).values(merged_into=None))
        if _is_still(accounts[kept]["person_key"], moved):
            connection.execute(insert(person_claims).values(self._claim_again(accounts[kept], joined, merge.at)))
            holds.suspend(connection, joined, now)
        else:  # the kept account lost that number since, or was given another: what was proved of it counts nowhere
            holds.revoke(connection, joined, now)

    def _claim_again(self, holder: RowMapping, citizen_id: str, made_at: float) -> dict[str, Any]:
        """The joined account's claim as it was: name and number sealed for its own row."""
        columns = person_claims.c
        values = {
            column.name: seal_text(self._cipher, column, citizen_id, open_text(self._cipher, holder, own, holder["id"]))
            for column, own in ((columns.name, citizens.c.name), (columns.id_number, citizens.c.id_number))
        }
        return {**values, "citizen_id": citizen_id, "person_key": holder["person_key"], "made_at": made_at}


def _locked(connection: Connection, *ids: str) -> dict[str, RowMapping]:
    """Both accounts, locked in one order whoever asks, in their number's turn."""
    query = select(citizens).where(citizens.c.id.in_(ids)).order_by(citizens.c.id)
    held = select(citizens.c.person_key).where(citizens.c.id.in_(ids), citizens.c.person_key.is_not(None))
    for key in connection.execute(held.order_by(citizens.c.person_key)).scalars().all():
        holds.take_turn(connection, key)
    return {row["id"]: row for row in connection.execute(query.with_for_update()).mappings()}


def _claim_of(connection: Connection, citizen_id: str) -> RowMapping | None:
    return connection.execute(select(person_claims).where(person_claims.c.citizen_id == citizen_id)).mappings().first()


def _ids(connection: Connection, table: Any, citizen_id: str) -> list[str]:
    return list(connection.execute(select(table.c.id).where(table.c.citizen_id == citizen_id)).scalars())


def _countable(connection: Connection, citizen_id: str) -> list[str]:
    """Evidence that may count elsewhere: what is revoked stays, and what an answer about somebody else outweighs."""
    rows = connection.execute(select(evidence).where(evidence.c.citizen_id == citizen_id)).mappings().all()
    weighed = evidence_rows.weighed(rows, contra_of(connection, citizen_id))
    return [each.id for each in weighed if each.revoked_at is None and each.outweighed_at is None]


def _is_still(key: bytes | None, moved: Mapping[str, Any]) -> bool:
    """Whether the kept account holds the number for which the two were joined."""
    return key is not None and moved.get("person", key.hex()) == key.hex()


def _move(connection: Connection, table: Any, target: str, ids: list[str]) -> list[str]:
    """Give rows to another account; their ids."""
    values = {"citizen_id": target, **({"suspended_at": None} if table is evidence else {})}
    connection.execute(update(table).where(table.c.id.in_(ids)).values(**values))
    return ids


def _kept_by(connection: Connection, citizen_id: str) -> list[str]:
    """The account, and those it was joined to since: what it was given has gone on with it."""
    found: list[str] = []
    following: str | None = citizen_id
    while following is not None and following not in found:
        found.append(following)
        following = connection.execute(select(citizens.c.merged_into).where(citizens.c.id == following)).scalar()
    return found


def _copy_consents(connection: Connection, source: str, target: str) -> list[str]:
    """What the joined account agreed to, where the kept one had no say yet; the clients."""
    live = (consents.c.citizen_id == source, consents.c.withdrawn_at.is_(None))
    rows = connection.execute(select(consents).where(*live)).mappings().all()
    return [
        row["client_id"]
        for row in rows
        if insert_unless_there(connection, consents, {**row, "citizen_id": target}, "citizen_id,client_id")
    ]


def _row(merge: Merge) -> dict[str, Any]:
    return {
        "id": merge.id,
        "kept_id": merge.kept_id,
        "joined_id": merge.joined_id,
        "at": merge.at,
        "undo_until": merge.undo_until,
        "undone_at": merge.undone_at,
    }


def _merge(row: RowMapping) -> Merge:
    return Merge(row["id"], row["kept_id"], row["joined_id"], row["at"], row["undo_until"], row["undone_at"])
