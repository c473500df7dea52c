"""Accounts, and the uniqueness of what they are found by."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from sqlalchemy import ColumnElement, Connection, Engine, RowMapping, insert, select, update
from sqlalchemy.exc import IntegrityError

from idp.domain.errors import (
    DomainError,
    LoginNameTaken,
    MobileTaken,
    PersonKeyTaken,
    PersonMismatch,
    StoreUnavailable,
)
from idp.domain.evidence import Evidence
from idp.domain.id_numbers import IdNumber
from idp.domain.ports import Citizen, FieldCipher, NewCitizen
from idp.stores.sql import evidence_rows, tables
from idp.stores.sql.engine import reading, violated, writing
from idp.stores.sql.sealed_columns import open_optional, seal_text, sealed_context
from idp.stores.sql.tables import citizens

_TAKEN: Final[Mapping[str | None, type[DomainError]]] = {
    "uq_citizens_mobile_fingerprint": MobileTaken,
    "uq_citizens_login_name_fingerprint": LoginNameTaken,
}
_PERSON_KEY: Final = "uq_citizens_person_key"


class SqlCitizens:
    """:class:`idp.domain.ports.Citizens` in SQL."""

    def __init__(self, engine: Engine, cipher: FieldCipher) -> None:
        self._engine = engine
        self._cipher = cipher

    def open(self, new: NewCitizen) -> None:
        """Open an account with its password, in one transaction. Raises MobileTaken or LoginNameTaken."""
        # Everything is sealed before the transaction begins: no write lock waits for a cipher or a key.
        account, password = self._account_row(new), self._password_row(new)
        with writing(self._engine) as connection:
            try:
                connection.execute(insert(citizens).values(account))
            except IntegrityError as error:
                taken = _TAKEN.get(violated(error))
                if taken is None:
                    raise
                raise taken from None
            connection.execute(insert(tables.credentials).values(password))

    def by_id(self, citizen_id: str) -> Citizen | None:
        """The account."""
        return self._one(citizens.c.id == citizen_id)

    def by_login_name(self, login_name: str) -> Citizen | None:
        """The account of a login name (case folded by the caller)."""
        return self._one(citizens.c.login_name_fingerprint == self._cipher.fingerprint("login_name", login_name))

    def by_mobile(self, mobile: str) -> Citizen | None:
        """The account that confirmed a mobile number (E.164)."""
        return self._one(citizens.c.mobile_fingerprint == self._cipher.fingerprint("mobile", mobile))

    def by_id_number(self, id_number: str) -> Citizen | None:
        """The account that has proved a canonical ID number."""
        return self._one(citizens.c.person_key == self._person_key(id_number))

    def record_proof(self, evidence: Evidence, *, name: str, id_number: str) -> None:
        """Keep evidence and bind name and number to its citizen, in one transaction.

        A later proof of the same number brings the name up to date. Raises PersonMismatch when this account has proved
        another number, PersonKeyTaken when another account holds this one: nothing is changed then.
        """
        person = {
            "person_key": self._person_key(id_number),
            "name": seal_text(self._cipher, citizens.c.name, evidence.citizen_id, name),
            "id_number": seal_text(self._cipher, citizens.c.id_number, evidence.citizen_id, id_number),
        }
        row = evidence_rows.to_row(self._cipher, evidence)
        with writing(self._engine) as connection:
            _check_same_person(connection, evidence.citizen_id, person["person_key"])
            _bind(connection, evidence.citizen_id, person)
            connection.execute(insert(tables.evidence).values(row))

    def evidence_of(self, citizen_id: str) -> Sequence[Evidence]:
        """Evidence of a citizen, newest first, dead rows too."""
        table = tables.evidence
        query = (
            select(table)
            .where(table.c.citizen_id == citizen_id)
            .order_by(table.c.verified_at.desc(), table.c.id.desc())
        )
        with reading(self._engine) as connection:
            rows = connection.execute(query).mappings().all()
        return tuple(evidence_rows.from_row(self._cipher, row) for row in rows)

    def revoke_evidence(self, citizen_id: str, evidence_id: str, *, now: float) -> bool:
        """Evidence counts no more from ``now``; the row stays. False when it is not theirs or was revoked before."""
        table = tables.evidence
        mine = (table.c.id == evidence_id, table.c.citizen_id == citizen_id, table.c.revoked_at.is_(None))
        with writing(self._engine) as connection:
            return connection.execute(update(table).where(*mine).values(revoked_at=now)).rowcount == 1

    def set_locale(self, citizen_id: str, locale: str) -> bool:
        """The language of pages and messages. False for an unknown citizen."""
        return self._set(citizen_id, locale=locale)

    def set_elder_mode(self, citizen_id: str, *, on: bool) -> bool:
        """Large type (大字版) on every device. False for an unknown citizen."""
        return self._set(citizen_id, elder_mode=on)

    def disable(self, citizen_id: str, *, now: float) -> bool:
        """Close the account to its owner; its names stay taken. False for an unknown citizen."""
        return self._set(citizen_id, disabled_at=now)

    def enable(self, citizen_id: str) -> bool:
        """Undo :meth:`disable`. False for an unknown citizen."""
        return self._set(citizen_id, disabled_at=None)

    def _person_key(self, id_number: str) -> bytes:
        """Numbers of different documents are different persons, whatever their digits."""
        return self._cipher.fingerprint("person_key", f"{IdNumber(id_number).kind}:{id_number}")

    def _set(self, citizen_id: str, **values: Any) -> bool:
        with writing(self._engine) as connection:
            return connection.execute(update(citizens).where(citizens.c.id == citizen_id).values(values)).rowcount == 1

    def _one(self, condition: ColumnElement[bool]) -> Citizen | None:
        with reading(self._engine) as connection:
            row = connection.execute(select(citizens).where(condition)).mappings().first()
        return None if row is None else self._citizen(row)

    def _citizen(self, row: RowMapping) -> Citizen:
        columns, citizen_id = citizens.c, row[citizens.c.id]
        secret_context = sealed_context(columns.subject_secret, citizen_id)
        return Citizen(
            id=citizen_id,
            created_at=row[columns.created_at],
            locale=row[columns.locale],
            subject_secret=self._cipher.open(row[columns.subject_secret], secret_context),
            mobile=open_optional(self._cipher, row, columns.mobile, citizen_id),
            login_name=open_optional(self._cipher, row, columns.login_name, citizen_id),
            name=open_optional(self._cipher, row, columns.name, citizen_id),
            id_number=open_optional(self._cipher, row, columns.id_number, citizen_id),
            disabled_at=row[columns.disabled_at],
            elder_mode=row[columns.elder_mode],
        )

    def _account_row(self, new: NewCitizen) -> dict[str, Any]:
        columns = citizens.c
        row = {
            "id": new.id,
            "created_at": new.created_at,
            "locale": new.locale,
            "elder_mode": False,
            "subject_secret": self._cipher.seal(new.subject_secret, sealed_context(columns.subject_secret, new.id)),
            "mobile": seal_text(self._cipher, columns.mobile, new.id, new.mobile),
            "mobile_fingerprint": self._cipher.fingerprint("mobile", new.mobile),
        }
        if new.login_name is not None:
            row["login_name"] = seal_text(self._cipher, columns.login_name, new.id, new.login_name)
            row["login_name_fingerprint"] = self._cipher.fingerprint("login_name", new.login_name)
        return row

    def _password_row(self, new: NewCitizen) -> dict[str, Any]:
        return {
            "citizen_id": new.id,
            "password_hash": seal_text(self._cipher, tables.credentials.c.password_hash, new.id, new.password_hash),
            "password_set_at": new.created_at,
            "totp_step": 0,
        }


def _check_same_person(connection: Connection, citizen_id: str, person_key: Any) -> None:
    """Lock the account, so that two proofs of one citizen come one after the other, and compare its person key."""
    row = connection.execute(select(citizens.c.person_key).where(citizens.c.id == citizen_id).with_for_update()).first()
    if row is None:
        raise StoreUnavailable(f"sql: no citizen {citizen_id}")
    if row.person_key is not None and row.person_key != person_key:
        raise PersonMismatch(citizen_id)


def _bind(connection: Connection, citizen_id: str, person: Mapping[str, Any]) -> None:
    """Raise PersonKeyTaken when another account holds the number; the UNIQUE constraint decides between two at once.

    The savepoint keeps PostgreSQL's transaction usable for the question who the holder is.
    """
    try:
        with connection.begin_nested():
            connection.execute(update(citizens).where(citizens.c.id == citizen_id).values(**person))
    except IntegrityError as error:
        if violated(error) != _PERSON_KEY:
            raise
    else:
        return
    holder = connection.execute(select(citizens.c.id).where(citizens.c.person_key == person["person_key"])).scalar()
    if holder is None:
        raise StoreUnavailable("sql: the holder of a person key went away")
    raise PersonKeyTaken(holder)
