"""Links to upstream accounts: found by fingerprint, never read back. A link that is taken away leaves no row."""

import json
from collections.abc import Sequence
from typing import Any, Final

from sqlalchemy import ColumnElement, Connection, Engine, RowMapping, Select, delete, insert, select, update
from sqlalchemy.exc import IntegrityError

from idp.domain.account_channel import UpstreamAccount
from idp.domain.errors import LastWayIn, LinkPresent, LinkTaken, SignInRefused
from idp.domain.ports import AccountLink, FieldCipher
from idp.stores.sql.engine import reading, violated, writing
from idp.stores.sql.tables import account_links, citizens

PURPOSE: Final = "account_link"
_TAKEN: Final = "uq_account_links_fingerprint"
_COLUMNS = account_links.c


class SqlAccountLinks:
    """:class:`idp.domain.ports.AccountLinks` in SQL. Writers of one citizen come one after the other."""

    def __init__(self, engine: Engine, cipher: FieldCipher) -> None:
        self._engine = engine
        self._cipher = cipher

    def link(self, link_id: str, citizen_id: str, account: UpstreamAccount, *, now: float) -> AccountLink:
        """Keep a link. Raises LinkTaken, LinkPresent or SignInRefused; nothing is changed then."""
        fingerprint = self._fingerprint(account)
        row = {
            "id": link_id,
            "citizen_id": citizen_id,
            "channel": account.channel,
            "fingerprint": fingerprint,
            "linked_at": now,
        }
        with writing(self._engine) as connection:
            _lock_live(connection, citizen_id)
            same_channel = (_COLUMNS.citizen_id == citizen_id) & (_COLUMNS.channel == account.channel)
            present = connection.execute(select(account_links).where(same_channel)).mappings().first()
            if present is not None:
                if present[_COLUMNS.fingerprint] == fingerprint:
                    return _link(present)
                raise LinkPresent(account.channel)
            try:
                connection.execute(insert(account_links).values(row))
            except IntegrityError as error:
                if violated(error) != _TAKEN:
                    raise
                raise LinkTaken(account.channel) from None
        return AccountLink(link_id, citizen_id, account.channel, now)

    def find(self, account: UpstreamAccount) -> AccountLink | None:
        """The link of an upstream account."""
        return self._one(_COLUMNS.fingerprint == self._fingerprint(account))

    def by_id(self, link_id: str) -> AccountLink | None:
        """The link, as long as it stands."""
        return self._one(_COLUMNS.id == link_id)

    def of_citizen(self, citizen_id: str) -> Sequence[AccountLink]:
        """A citizen's links, oldest first."""
        with reading(self._engine) as connection:
            return _all_of(connection, citizen_id)

    def used(self, link_id: str, *, now: float) -> None:
        """Somebody signed in by it."""
        with writing(self._engine) as connection:
            connection.execute(update(account_links).where(_COLUMNS.id == link_id).values(last_used_at=now))

    def unlink(self, citizen_id: str, link_id: str, *, may_be_last: bool) -> bool:
        """Take one link away; False when there is no such link. Raises LastWayIn."""
        with writing(self._engine) as connection:
            connection.execute(_locked(citizen_id))
            links = _all_of(connection, citizen_id)
            if link_id not in {each.id for each in links}:
                return False
            if len(links) == 1 and not may_be_last:
                raise LastWayIn(citizen_id)
            connection.execute(delete(account_links).where(_COLUMNS.id == link_id))
        return True

    def unlink_all(self, citizen_id: str) -> Sequence[AccountLink]:
        """Take every link of a citizen away; which ones they were."""
        with writing(self._engine) as connection:
            connection.execute(_locked(citizen_id))
            links = _all_of(connection, citizen_id)
            connection.execute(delete(account_links).where(_COLUMNS.citizen_id == citizen_id))
        return links

    def _fingerprint(self, account: UpstreamAccount) -> bytes:
        """JSON keeps the four parts apart, whatever characters an upstream puts in them."""
        return self._cipher.fingerprint(PURPOSE, json.dumps([account.channel, account.app, account.kind, account.id]))

    def _one(self, condition: ColumnElement[bool]) -> AccountLink | None:
        with reading(self._engine) as connection:
            row = connection.execute(select(account_links).where(condition)).mappings().first()
        return None if row is None else _link(row)


def _locked(citizen_id: str) -> Select[Any]:
    return select(citizens.c.disabled_at, citizens.c.merged_into).where(citizens.c.id == citizen_id).with_for_update()


def _lock_live(connection: Connection, citizen_id: str) -> None:
    """Lock the account, so that linking, disabling and joining come one after the other. Raises SignInRefused."""
    row = connection.execute(_locked(citizen_id)).first()
    if row is None or row.disabled_at is not None or row.merged_into is not None:
        raise SignInRefused


def _all_of(connection: Connection, citizen_id: str) -> Sequence[AccountLink]:
    query = select(account_links).where(_COLUMNS.citizen_id == citizen_id).order_by(_COLUMNS.linked_at, _COLUMNS.id)
    return tuple(_link(row) for row in connection.execute(query).mappings())


def _link(row: RowMapping) -> AccountLink:
    return AccountLink(
        id=row[_COLUMNS.id],
        citizen_id=row[_COLUMNS.citizen_id],
        channel=row[_COLUMNS.channel],
        linked_at=row[_COLUMNS.linked_at],
        last_used_at=row[_COLUMNS.last_used_at],
    )
