"""Passwords and second factors. Also the password hash is sealed: a stolen database alone cannot be guessed at."""

from sqlalchemy import Column, Engine, select, update

from idp.domain.errors import StoreUnavailable
from idp.domain.ports import FieldCipher
from idp.stores.sql.engine import reading, writing
from idp.stores.sql.sealed_columns import open_optional, seal_text
from idp.stores.sql.tables import credentials


class SqlCredentials:
    """:class:`idp.domain.ports.Credentials` in SQL. The row is made when the account is opened."""

    def __init__(self, engine: Engine, cipher: FieldCipher) -> None:
        self._engine = engine
        self._cipher = cipher

    def password_hash(self, citizen_id: str) -> str | None:
        """The stored hash; None for an unknown citizen."""
        return self._read(credentials.c.password_hash, citizen_id)

    def set_password_hash(self, citizen_id: str, password_hash: str, *, now: float) -> None:
        """Replace it. Raises StoreUnavailable for an unknown citizen."""
        sealed = seal_text(self._cipher, credentials.c.password_hash, citizen_id, password_hash)
        self._write(citizen_id, password_hash=sealed, password_set_at=now)

    def totp_secret(self, citizen_id: str) -> str | None:
        """The base32 secret of the authenticator app, if one is enrolled."""
        return self._read(credentials.c.totp_secret, citizen_id)

    def set_totp_secret(self, citizen_id: str, secret: str | None, *, now: float) -> None:
        """Enrol, or remove with None. Used steps belong to a secret, so they are forgotten with it.

        Raises StoreUnavailable for an unknown citizen.
        """
        if secret is None:
            self._write(citizen_id, totp_secret=None, totp_set_at=None, totp_step=0)
            return
        sealed = seal_text(self._cipher, credentials.c.totp_secret, citizen_id, secret)
        self._write(citizen_id, totp_secret=sealed, totp_set_at=now, totp_step=0)

    def enrol_totp(self, citizen_id: str, secret: str, *, step: int, now: float) -> bool:
        """Enrol where none is, the confirming step used: one conditional UPDATE, so no enrolment replaces another."""
        sealed = seal_text(self._cipher, credentials.c.totp_secret, citizen_id, secret)
        vacant = (credentials.c.citizen_id == citizen_id, credentials.c.totp_secret.is_(None))
        values = {"totp_secret": sealed, "totp_set_at": now, "totp_step": step}
        with writing(self._engine) as connection:
            return connection.execute(update(credentials).where(*vacant).values(**values)).rowcount == 1

    def take_totp_step(self, citizen_id: str, step: int) -> bool:
        """Use a time step: one conditional UPDATE, so exactly one of many callers gets True."""
        unused = (
            credentials.c.citizen_id == citizen_id,
            credentials.c.totp_secret.is_not(None),
            credentials.c.totp_step < step,
        )
        with writing(self._engine) as connection:
            return connection.execute(update(credentials).where(*unused).values(totp_step=step)).rowcount == 1

    def has_face(self, citizen_id: str) -> bool:
        """Whether a face is enrolled; which one, only :class:`idp.stores.sql.faces.SqlFaces` reads."""
        query = select(credentials.c.face_ref).where(credentials.c.citizen_id == citizen_id)
        with reading(self._engine) as connection:
            return connection.execute(query).scalar() is not None

    def _read(self, column: "Column[bytes]", citizen_id: str) -> str | None:
        with reading(self._engine) as connection:
            row = connection.execute(select(column).where(credentials.c.citizen_id == citizen_id)).mappings().first()
        return None if row is None else open_optional(self._cipher, row, column, citizen_id)

    def _write(self, citizen_id: str, **values: bytes | float | None) -> None:
        statement = update(credentials).where(credentials.c.citizen_id == citizen_id).values(**values)
        with writing(self._engine) as connection:
            if connection.execute(statement).rowcount != 1:
                raise StoreUnavailable(f"sql: no citizen {citizen_id}")
