"""Wrapped keys. Whoever reads this table reads nothing: the master key is elsewhere."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Engine, RowMapping, delete, insert, select

from idp.domain.ports import WrappedKey
from idp.stores.sql.engine import insert_unless_there, reading, writing
from idp.stores.sql.tables import vault_keys


class SqlKeyStore:
    """:class:`idp.domain.ports.KeyStore` in SQL."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def all(self) -> Sequence[WrappedKey]:
        """Every key, in the order in which they were added."""
        with reading(self._engine) as connection:
            rows = connection.execute(select(vault_keys).order_by(vault_keys.c.number)).mappings()
            return tuple(_key(row) for row in rows)

    def add_first(self, key: WrappedKey) -> WrappedKey:
        """Add the first key of a purpose; when another worker was quicker, that one is returned instead."""
        with writing(self._engine) as connection:
            if insert_unless_there(connection, vault_keys, _row(key) | {"first_of": key.purpose}, "first_of"):
                return key
            winner = select(vault_keys).where(vault_keys.c.first_of == key.purpose)
            return _key(connection.execute(winner).mappings().one())

    def add(self, key: WrappedKey) -> None:
        """Add a further key of a purpose. Raises StoreUnavailable when its id is taken."""
        with writing(self._engine) as connection:
            connection.execute(insert(vault_keys).values(_row(key)))

    def remove(self, key_id: str) -> bool:
        """Take a key away for good; False when there is none of this id."""
        with writing(self._engine) as connection:
            return connection.execute(delete(vault_keys).where(vault_keys.c.key_id == key_id)).rowcount == 1


def _row(key: WrappedKey) -> dict[str, Any]:
    return {"key_id": key.id, "purpose": key.purpose, "created_at": key.created_at, "wrapped": key.wrapped}


def _key(row: RowMapping) -> WrappedKey:
    return WrappedKey(
        id=row[vault_keys.c.key_id],
        purpose=row[vault_keys.c.purpose],
        created_at=row[vault_keys.c.created_at],
        wrapped=row[vault_keys.c.wrapped],
    )
