"""Registered relying parties and initial access tokens. What a client declares is sealed: it names people to call."""

from collections.abc import Sequence
from typing import Any, Final

import orjson
from sqlalchemy import ColumnElement, Connection, Engine, RowMapping, delete, insert, select, update
from sqlalchemy.exc import IntegrityError

from idp.domain.errors import ClientIdTaken, InitialTokenRefused
from idp.domain.ports import FieldCipher, InitialToken, KeptClient
from idp.domain.ports.registering import folded
from idp.stores.sql.client_tables import client_changes, initial_tokens, registered_clients
from idp.stores.sql.engine import insert_unless_there, reading, violated, writing
from idp.stores.sql.sealed_columns import open_text, seal_text

_C: Final = registered_clients.c
_T: Final = initial_tokens.c
# The same clash by three names: SQLite calls a primary key a unique column.
_TAKEN: Final = {"uq_registered_clients_folded_id", "uq_registered_clients_client_id", "pk_registered_clients"}


class SqlRegisteredClients:
    """:class:`idp.domain.ports.RegisteredClients` in SQL."""

    def __init__(self, engine: Engine, cipher: FieldCipher) -> None:
        self._engine = engine
        self._cipher = cipher

    def number(self) -> int:
        """Another number after every change, whichever process made it."""
        with reading(self._engine) as connection:
            return int(connection.execute(select(client_changes.c.number)).scalar_one_or_none() or 0)

    def all(self) -> Sequence[KeptClient]:
        """Every one, disabled ones too, oldest first."""
        query = select(registered_clients).order_by(_C.created_at, _C.client_id)
        with reading(self._engine) as connection:
            return tuple(self._client(row) for row in connection.execute(query).mappings())

    def by_id(self, client_id: str) -> KeptClient | None:
        """The one of exactly this id."""
        query = select(registered_clients).where(_C.client_id == client_id)
        with reading(self._engine) as connection:
            row = connection.execute(query).mappings().first()
        return None if row is None else self._client(row)

    def add(self, client: KeptClient, *, now: float) -> None:
        """Keep a new one, spending its initial token. Raises ClientIdTaken, InitialTokenRefused."""
        row = self._row(client)  # sealed before the transaction begins: the first seal writes a key of its own
        with writing(self._engine) as connection:
            if client.initial_token_id is not None:
                _spend(connection, client.initial_token_id, now)
            try:
                connection.execute(insert(registered_clients).values(row))
            except IntegrityError as error:
                if violated(error) in _TAKEN:
                    raise ClientIdTaken from None
                raise
            _changed(connection)

    def replace(self, client: KeptClient) -> bool:
        """Compare-and-swap on ``client.version``."""
        row = self._row(client) | {"version": client.version + 1}
        same = (_C.client_id == client.client_id) & (_C.version == client.version)
        with writing(self._engine) as connection:
            moved = connection.execute(update(registered_clients).where(same).values(row)).rowcount == 1
            if moved:
                _changed(connection)
        return moved

    def remove(self, client_id: str) -> bool:
        """Forget it; False when there is none."""
        with writing(self._engine) as connection:
            gone = connection.execute(delete(registered_clients).where(_C.client_id == client_id)).rowcount == 1
            if gone:
                _changed(connection)
        return gone

    def _row(self, client: KeptClient) -> dict[str, Any]:
        name = client.client_id
        return {
            "client_id": name,
            "folded_id": folded(name),
            "metadata": seal_text(self._cipher, _C.metadata, name, orjson.dumps(client.metadata).decode()),
            "secrets": seal_text(self._cipher, _C.secrets, name, orjson.dumps(dict(client.secrets)).decode()),
            "token_digest": client.token_digest,
            "initial_token_id": client.initial_token_id,
            "created_at": client.created_at,
            "disabled_at": client.disabled_at,
            "version": client.version,
        }

    def _client(self, row: RowMapping) -> KeptClient:
        name = row[_C.client_id]
        return KeptClient(
            client_id=name,
            metadata=orjson.loads(open_text(self._cipher, row, _C.metadata, name)),
            created_at=row[_C.created_at],
            secrets=orjson.loads(open_text(self._cipher, row, _C.secrets, name)),
            token_digest=row[_C.token_digest],
            initial_token_id=row[_C.initial_token_id],
            disabled_at=row[_C.disabled_at],
            version=row[_C.version],
        )


class SqlInitialTokens:
    """:class:`idp.domain.ports.InitialTokens` in SQL."""

    def __init__(self, engine: Engine, cipher: FieldCipher) -> None:
        self._engine = engine
        self._cipher = cipher

    def create(self, token: InitialToken, digest: bytes) -> None:
        """Keep a new one."""
        row = {
            "id": token.id,
            "digest": digest,
            "contact": seal_text(self._cipher, _T.contact, token.id, token.contact),
            "policy": orjson.dumps(token.policy).decode(),
            "created_at": token.created_at,
            "expires_at": token.expires_at,
            "revoked_at": token.revoked_at,
            "uses_left": token.uses_left,
        }
        with writing(self._engine) as connection:
            connection.execute(insert(initial_tokens).values(row))

    def by_digest(self, digest: bytes) -> InitialToken | None:
        """The token of this SHA-256, good or not."""
        return self._one(_T.digest == digest)

    def by_id(self, token_id: str) -> InitialToken | None:
        """The token of this id, good or not."""
        return self._one(_T.id == token_id)

    def listing(self) -> Sequence[InitialToken]:
        """Every one, newest first."""
        query = select(initial_tokens).order_by(_T.created_at.desc(), _T.id)
        with reading(self._engine) as connection:
            return tuple(self._token(row) for row in connection.execute(query).mappings())

    def revoke(self, token_id: str, *, now: float) -> bool:
        """It lets nobody register any more; False when there is no such live token."""
        live = (_T.id == token_id) & _T.revoked_at.is_(None)
        with writing(self._engine) as connection:
            return connection.execute(update(initial_tokens).where(live).values(revoked_at=now)).rowcount == 1

    def _one(self, condition: ColumnElement[bool]) -> InitialToken | None:
        with reading(self._engine) as connection:
            row = connection.execute(select(initial_tokens).where(condition)).mappings().first()
        return None if row is None else self._token(row)

    def _token(self, row: RowMapping) -> InitialToken:
        return InitialToken(
            id=row[_T.id],
            contact=open_text(self._cipher, row, _T.contact, row[_T.id]),
            policy=orjson.loads(row[_T.policy]),
            created_at=row[_T.created_at],
            expires_at=row[_T.expires_at],
            uses_left=row[_T.uses_left],
            revoked_at=row[_T.revoked_at],
        )


def _spend(connection: Connection, token_id: str, now: float) -> None:
    """Take one use, if there is one: of two at the same moment the last use goes to one. Raises InitialTokenRefused."""
    good = (_T.id == token_id) & _T.revoked_at.is_(None) & (_T.expires_at > now) & (_T.uses_left > 0)
    spent = update(initial_tokens).where(good).values(uses_left=_T.uses_left - 1)
    if connection.execute(spent).rowcount != 1:
        raise InitialTokenRefused


def _changed(connection: Connection) -> None:
    insert_unless_there(connection, client_changes, {"id": 1, "number": 0}, "id")
    connection.execute(update(client_changes).values(number=client_changes.c.number + 1))
