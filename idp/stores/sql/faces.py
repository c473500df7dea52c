"""Faces: consents by citizen, templates by an id of their own that the citizen's credentials name, sealed."""

from typing import Final

from sqlalchemy import Connection, Engine, RowMapping, delete, insert, select, update

from idp.domain.errors import StoreUnavailable
from idp.domain.ports import FaceConsent, FieldCipher
from idp.stores.sql.engine import reading, writing
from idp.stores.sql.sealed_columns import open_optional, seal_text, sealed_context
from idp.stores.sql.tables import credentials, face_consents, face_templates

_DAY_SECONDS: Final = 86_400.0
_STANDING: Final = face_consents.c.withdrawn_at.is_(None)


class SqlFaces:
    """:class:`idp.domain.ports.Faces` in SQL.

    ``templates`` seals under a key of its own purpose: whoever opens every other field opens no face. A citizen's row
    of credentials is locked by everything that writes here, so that no template outlives its consent.
    """

    def __init__(self, engine: Engine, cipher: FieldCipher, templates: FieldCipher) -> None:
        self._engine = engine
        self._cipher = cipher
        self._templates = templates

    def consent(self, citizen_id: str) -> FaceConsent | None:
        """The consent that stands."""
        with reading(self._engine) as connection:
            return _standing(connection, citizen_id)

    def give_consent(self, citizen_id: str, version: str, *, now: float) -> bool:
        """Agree. Raises StoreUnavailable for an unknown citizen."""
        with writing(self._engine) as connection:
            if _locked(connection, citizen_id) is None:
                raise StoreUnavailable(f"sql: no citizen {citizen_id}")
            before = _standing(connection, citizen_id)
            if before is not None and before.version == version:
                return False
            _end(connection, citizen_id, now)
            row = {"citizen_id": citizen_id, "version": version, "given_at": _later(connection, citizen_id, now)}
            connection.execute(insert(face_consents).values(row))
        return True

    def withdraw_consent(self, citizen_id: str, *, now: float) -> bool:
        """End the consent and forget the template."""
        with writing(self._engine) as connection:
            row = _locked(connection, citizen_id)
            if row is None or not _end(connection, citizen_id, now):
                return False
            _forget(connection, self._cipher, row)
        return True

    def enrol(self, citizen_id: str, face_id: str, template: bytes, *, now: float) -> bool:
        """Keep a template where none is and a consent stands."""
        sealed = self._templates.seal(template, sealed_context(face_templates.c.template, face_id))
        reference = seal_text(self._cipher, credentials.c.face_ref, citizen_id, face_id)
        day = now - now % _DAY_SECONDS
        with writing(self._engine) as connection:
            row = _locked(connection, citizen_id)
            if row is None or row[credentials.c.face_ref] is not None or _standing(connection, citizen_id) is None:
                return False
            connection.execute(insert(face_templates).values(id=face_id, template=sealed, made_at=day))
            mine = credentials.c.citizen_id == citizen_id
            connection.execute(update(credentials).where(mine).values(face_ref=reference))
        return True

    def template(self, citizen_id: str) -> bytes | None:
        """The template. Raises MasterKeyWrong when it is not what was sealed here."""
        query = select(credentials.c.citizen_id, credentials.c.face_ref).where(credentials.c.citizen_id == citizen_id)
        with reading(self._engine) as connection:
            row = connection.execute(query).mappings().first()
            face_id = _face_id(self._cipher, row) if row is not None else None
            if face_id is None:
                return None
            kept = connection.execute(select(face_templates.c.template).where(face_templates.c.id == face_id)).scalar()
        context = sealed_context(face_templates.c.template, face_id)
        return None if kept is None else self._templates.open(kept, context)

    def forget(self, citizen_id: str) -> bool:
        """Delete the template."""
        with writing(self._engine) as connection:
            return forget_template(connection, self._cipher, citizen_id)


def forget_template(connection: Connection, cipher: FieldCipher, citizen_id: str) -> bool:
    """Delete the citizen's template in the caller's transaction, with the reference by which alone it is found."""
    row = _locked(connection, citizen_id)
    return row is not None and _forget(connection, cipher, row)


def _forget(connection: Connection, cipher: FieldCipher, row: RowMapping) -> bool:
    face_id = _face_id(cipher, row)
    if face_id is None:
        return False
    connection.execute(delete(face_templates).where(face_templates.c.id == face_id))
    mine = credentials.c.citizen_id == row[credentials.c.citizen_id]
    connection.execute(update(credentials).where(mine).values(face_ref=None))
    return True


def _face_id(cipher: FieldCipher, row: RowMapping) -> str | None:
    return open_optional(cipher, row, credentials.c.face_ref, row[credentials.c.citizen_id])


def _locked(connection: Connection, citizen_id: str) -> RowMapping | None:
    query = select(credentials.c.citizen_id, credentials.c.face_ref).where(credentials.c.citizen_id == citizen_id)
    return connection.execute(query.with_for_update()).mappings().first()


def _standing(connection: Connection, citizen_id: str) -> FaceConsent | None:
    query = select(face_consents).where(face_consents.c.citizen_id == citizen_id, _STANDING)
    row = connection.execute(query).mappings().first()
    return None if row is None else FaceConsent(row["version"], row["given_at"], row["withdrawn_at"])


def _end(connection: Connection, citizen_id: str, now: float) -> bool:
    standing = (face_consents.c.citizen_id == citizen_id, _STANDING)
    return connection.execute(update(face_consents).where(*standing).values(withdrawn_at=now)).rowcount > 0


def _later(connection: Connection, citizen_id: str, now: float) -> float:
    """``now``, or a moment after the consent that was given then: two may come in one tick of the clock."""
    query = select(face_consents.c.given_at).where(face_consents.c.citizen_id == citizen_id)
    last = max(connection.execute(query).scalars(), default=None)
    return now if last is None or last < now else last + 0.001
