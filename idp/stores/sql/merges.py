"""One person's two accounts joined, and parted again: each in one transaction, under the locks of both accounts."""

from collections.abc import Mapping, Sequence
from typing import Any

import orjson
from sqlalchemy import Connection, Engine, RowMapping, delete, insert, or_, select, update

from idp.domain.ports import FieldCipher, Merge
from idp.stores.sql import holds
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
            moved = {
                "evidence": _move(connection, evidence, joined, kept, evidence.c.revoked_at.is_(None)),
                "links": _move(connection, account_links, joined, kept),
                "consents": _copy_consents(connection, joined, kept),
            }
            connection.execute(delete(person_claims).where(person_claims.c.citizen_id == joined))
            if not holds.disputants(connection, claim["person_key"]):
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
        for table, ids in ((evidence, moved["evidence"]), (account_links, moved["links"])):
            back = update(table).where(table.c.id.in_(ids), table.c.citizen_id == kept)
            connection.execute(back.values(citizen_id=joined))
        copied = (consents.c.citizen_id == kept, consents.c.client_id.in_(moved["consents"]))
        connection.execute(update(consents).where(*copied).values(withdrawn_at=now, scopes="", implied_scopes=""))
        mine = (subject_aliases.c.citizen_id == kept, subject_aliases.c.joined_id == joined)
        connection.execute(delete(subject_aliases).where(*mine))
        connection.execute(update(citizens).where(citizens.c.id == joined).values(merged_into=None))
        if accounts[kept]["person_key"] is not None:
            connection.execute(insert(person_claims).values(self._claim_again(accounts[kept], joined, merge.at)))
            holds.suspend(connection, joined, now)
        else:  # the person has lost the number since: what was proved by it counts nowhere
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
    """Both accounts, locked in one order whoever asks."""
    query = select(citizens).where(citizens.c.id.in_(ids)).order_by(citizens.c.id).with_for_update()
    return {row["id"]: row for row in connection.execute(query).mappings()}


def _claim_of(connection: Connection, citizen_id: str) -> RowMapping | None:
    return connection.execute(select(person_claims).where(person_claims.c.citizen_id == citizen_id)).mappings().first()


def _move(connection: Connection, table: Any, source: str, target: str, *conditions: Any) -> list[str]:
    """Give rows to another account; their ids."""
    mine = (table.c.citizen_id == source, *conditions)
    ids = list(connection.execute(select(table.c.id).where(*mine)).scalars())
    values = {"citizen_id": target, **({"suspended_at": None} if table is evidence else {})}
    connection.execute(update(table).where(table.c.id.in_(ids)).values(**values))
    return ids


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
