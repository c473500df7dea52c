"""Accounts, and the uniqueness of what they are found by."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from sqlalchemy import ColumnElement, Connection, Engine, RowMapping, Table, insert, select, update
from sqlalchemy.exc import IntegrityError

from idp.domain.contra import ContraIndicator, outweigh
from idp.domain.errors import DomainError, LoginNameTaken, MobileTaken
from idp.domain.evidence import Evidence
from idp.domain.id_numbers import IdNumber
from idp.domain.ports import Citizen, FieldCipher, NewCitizen, PersonClaim, Purged, Recorded, SecurityEvent
from idp.stores.sql import contra_rows, corrections, evidence_rows, holds, purging, tables
from idp.stores.sql.engine import reading, violated, writing
from idp.stores.sql.sealed_columns import open_optional, open_text, seal_text, sealed_context
from idp.stores.sql.tables import citizens, person_claims, subject_aliases

_TAKEN: Final[Mapping[str | None, type[DomainError]]] = {
    "uq_citizens_mobile_fingerprint": MobileTaken,
    "uq_citizens_login_name_fingerprint": LoginNameTaken,
}


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

    def record_proof(self, evidence: Evidence, *, name: str, id_number: str) -> Recorded:
        """Keep evidence and decide whose the number is, in one transaction (:mod:`idp.stores.sql.holds`).

        A later proof of the same number brings the name up to date. Raises PersonMismatch when this account has proved,
        or claims, another number: nothing is changed then.
        """
        proof = self._proof(evidence, name, id_number)
        with writing(self._engine) as connection:
            return holds.record(connection, proof)

    def correct_person(self, evidence: Evidence, *, name: str, id_number: str, former_number: str) -> Recorded:
        """Put a proved name or number right, in one transaction (:mod:`idp.stores.sql.corrections`).

        Raises PersonMismatch when the account does not hold ``former_number``: nothing is changed then.
        """
        proof, former = self._proof(evidence, name, id_number), self._person_key(former_number)
        with writing(self._engine) as connection:
            return corrections.correct(connection, proof, former)

    def dispute(self, citizen_id: str, *, now: float) -> str | None:
        """Freeze the citizen and the holder of the number the citizen claims; the holder's id, or None."""
        with writing(self._engine) as connection:
            return holds.dispute(connection, citizen_id, now)

    def claims_on(self, citizen_id: str) -> Sequence[tuple[str, float | None]]:
        """Who claims the number that this account holds, and since when it is disputed (None: it is not)."""
        query = (
            select(person_claims.c.citizen_id, person_claims.c.disputed_at)
            .join(citizens, citizens.c.person_key == person_claims.c.person_key)
            .where(citizens.c.id == citizen_id)
            .order_by(person_claims.c.made_at, person_claims.c.citizen_id)
        )
        with reading(self._engine) as connection:
            return tuple((row.citizen_id, row.disputed_at) for row in connection.execute(query))

    def withdraw_claim(self, citizen_id: str, *, now: float) -> bool:
        """Give a claim up. False when there was none."""
        with writing(self._engine) as connection:
            return holds.withdraw(connection, citizen_id, now)

    def note_contra(self, contra: ContraIndicator) -> None:
        """Keep a contra-indicator."""
        with writing(self._engine) as connection:
            contra_rows.keep(connection, contra)

    def contra_of(self, citizen_id: str) -> Sequence[ContraIndicator]:
        """Contra-indicators of a citizen, newest first."""
        with reading(self._engine) as connection:
            return contra_rows.contra_of(connection, citizen_id)

    def evidence_of(self, citizen_id: str) -> Sequence[Evidence]:
        """Evidence of a citizen, newest first, dead rows too; what contra-indicators outweigh says so."""
        table = tables.evidence
        query = (
            select(table)
            .where(table.c.citizen_id == citizen_id)
            .order_by(table.c.verified_at.desc(), table.c.id.desc())
        )
        with reading(self._engine) as connection:
            rows = connection.execute(query).mappings().all()
            against = contra_rows.contra_of(connection, citizen_id)
        return outweigh((evidence_rows.from_row(self._cipher, row) for row in rows), against)

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

    def purge(self, citizen_id: str, told: Sequence[SecurityEvent], *, now: float) -> Purged | None:
        """Delete everything about the account's person, and keep ``told``, in one transaction
        (:mod:`idp.stores.sql.purging`).
        """
        with writing(self._engine) as connection:
            return purging.purge(connection, self._cipher, citizen_id, told, now)

    def _person_key(self, id_number: str) -> bytes:
        """Numbers of different documents are different persons, whatever their digits."""
        return self._cipher.fingerprint("person_key", f"{IdNumber(id_number).kind}:{id_number}")

    def subject_secrets(self, citizen_id: str, sector: str) -> Sequence[bytes]:
        """What the citizen's subject identifiers in a sector derive from: first the one it receives, then aliases.

        An account that was joined may have been joined to before: whatever it was known by goes on with it.
        """
        own = select(citizens.c.id, citizens.c.subject_secret).where(citizens.c.id == citizen_id)
        with reading(self._engine) as connection:
            mine = connection.execute(own).mappings().first()
            return () if mine is None else tuple(map(self._subject_secret, self._known_by(connection, mine, sector)))

    def _known_by(self, connection: Connection, account: RowMapping, sector: str) -> list[RowMapping]:
        """The account and those joined to it, in the order in which the sector receives them. No merge makes a ring."""
        query = (
            select(citizens.c.id, citizens.c.subject_secret, subject_aliases.c.leading)
            .join(subject_aliases, subject_aliases.c.joined_id == citizens.c.id)
            .where(subject_aliases.c.citizen_id == account[citizens.c.id], subject_aliases.c.sector == sector)
            .order_by(citizens.c.id)
        )
        leading: list[RowMapping] = []
        others: list[RowMapping] = []
        for row in connection.execute(query).mappings().all():
            (leading if row["leading"] else others).extend(self._known_by(connection, row, sector))
        return [*leading, account, *others]

    def _subject_secret(self, row: RowMapping) -> bytes:
        return self._cipher.open(
            row[citizens.c.subject_secret], sealed_context(citizens.c.subject_secret, row[citizens.c.id])
        )

    def _proof(self, evidence: Evidence, name: str, id_number: str) -> holds.Proof:
        """Everything is sealed before the transaction begins: no write lock waits for a cipher or a key."""
        return holds.Proof(
            citizen_id=evidence.citizen_id,
            at=evidence.verified_at,
            person=self._person(citizens, evidence.citizen_id, name, id_number),
            claim={
                **self._person(person_claims, evidence.citizen_id, name, id_number),
                "citizen_id": evidence.citizen_id,
                "made_at": evidence.verified_at,
            },
            row=evidence_rows.to_row(self._cipher, evidence),
        )

    def _person(self, table: Table, citizen_id: str, name: str, id_number: str) -> dict[str, Any]:
        """Person key, name and number as columns of ``table``."""
        return {
            "person_key": self._person_key(id_number),
            "name": seal_text(self._cipher, table.c.name, citizen_id, name),
            "id_number": seal_text(self._cipher, table.c.id_number, citizen_id, id_number),
        }

    def _set(self, citizen_id: str, **values: Any) -> bool:
        with writing(self._engine) as connection:
            return connection.execute(update(citizens).where(citizens.c.id == citizen_id).values(values)).rowcount == 1

    def _one(self, condition: ColumnElement[bool]) -> Citizen | None:
        claim = person_claims.c.citizen_id == citizens.c.id
        query = select(citizens, person_claims).join(person_claims, claim, isouter=True).where(condition)
        with reading(self._engine) as connection:
            row = connection.execute(query).mappings().first()
        return None if row is None else self._citizen(row)

    def _citizen(self, row: RowMapping) -> Citizen:
        columns, citizen_id = citizens.c, row[citizens.c.id]
        return Citizen(
            id=citizen_id,
            created_at=row[columns.created_at],
            locale=row[columns.locale],
            subject_secret=self._subject_secret(row),
            mobile=open_optional(self._cipher, row, columns.mobile, citizen_id),
            login_name=open_optional(self._cipher, row, columns.login_name, citizen_id),
            name=open_optional(self._cipher, row, columns.name, citizen_id),
            id_number=open_optional(self._cipher, row, columns.id_number, citizen_id),
            disabled_at=row[columns.disabled_at],
            elder_mode=row[columns.elder_mode],
            claim=self._claim(row, citizen_id),
            merged_into=row[columns.merged_into],
        )

    def _claim(self, row: RowMapping, citizen_id: str) -> PersonClaim | None:
        columns = person_claims.c
        if row[columns.citizen_id] is None:
            return None
        return PersonClaim(
            made_at=row[columns.made_at],
            name=open_text(self._cipher, row, columns.name, citizen_id),
            id_number=open_text(self._cipher, row, columns.id_number, citizen_id),
            disputed_at=row[columns.disputed_at],
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
