"""A proved name or number put right, in the caller's transaction: the account stays, and with it every ``sub``.

What was shown about the former number says nothing about the new one, whether or not its claims name it: a wallet that
proved no number was compared with the former. It stays as history, revoked; only the evidence of the correction counts.
"""

from typing import Any

from sqlalchemy import Connection, insert, select

from idp.domain.errors import PersonMismatch
from idp.domain.ports import Binding, Recorded
from idp.stores.sql import holds
from idp.stores.sql.tables import citizens, evidence


def correct(connection: Connection, proof: holds.Proof, former: Any) -> Recorded:
    """Give the account the person of ``proof``, if its key is ``former``. Raises PersonMismatch."""
    _check_holds(connection, proof.citizen_id, former)
    if proof.key == former:  # another name for the same person: a proof like any other
        return holds.record(connection, proof)
    holder = holds.bind_or_holder(connection, proof)
    if holder is not None:
        return Recorded(Binding.NOT_FREE, (holder,))
    stood = holds.revoke(connection, proof.citizen_id, proof.at)
    connection.execute(insert(evidence).values(**proof.row))
    return Recorded(Binding.CORRECTED, holds.free(connection, former, proof.at), stood=stood)


def _check_holds(connection: Connection, citizen_id: str, former: Any) -> None:
    """Lock the account, so that a proof or another correction comes before or after, and compare its person."""
    query = select(citizens.c.person_key).where(citizens.c.id == citizen_id).with_for_update()
    row = connection.execute(query).first()
    if row is None or row.person_key is None or row.person_key != former:
        raise PersonMismatch(citizen_id)
