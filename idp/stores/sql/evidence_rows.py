"""Evidence as rows: what was proved and the upstream's number are sealed, the rest is closed words and times."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Any

import orjson
from sqlalchemy import RowMapping

from idp.domain.claims import ClaimName
from idp.domain.contra import ContraIndicator, outweigh
from idp.domain.evidence import CheckMethod, Evidence, Strength
from idp.domain.ports import FieldCipher
from idp.stores.sql.sealed_columns import open_text, seal_text
from idp.stores.sql.tables import evidence as table


def to_row(cipher: FieldCipher, evidence: Evidence) -> dict[str, Any]:
    """The row of a piece of evidence."""
    claims = orjson.dumps({str(name): value for name, value in evidence.claims.items()}).decode()
    return {
        "id": evidence.id,
        "citizen_id": evidence.citizen_id,
        "channel": evidence.channel,
        "source": evidence.source,
        "check_methods": " ".join(evidence.check_methods),
        "strength": str(evidence.strength),
        "txn": seal_text(cipher, table.c.txn, evidence.id, evidence.txn),
        "claims": seal_text(cipher, table.c.claims, evidence.id, claims),
        "verified_at": evidence.verified_at,
        "expires_at": evidence.expires_at,
        "revoked_at": evidence.revoked_at,
        "suspended_at": evidence.suspended_at,
    }


def from_row(cipher: FieldCipher, row: RowMapping) -> Evidence:
    """The evidence of a row. Raises MasterKeyWrong when a sealed column is not what was sealed for this row."""
    evidence_id = row[table.c.id]
    claims = orjson.loads(open_text(cipher, row, table.c.claims, evidence_id))
    txn = open_text(cipher, row, table.c.txn, evidence_id)
    return replace(_bare(row), txn=txn, claims={ClaimName(name): value for name, value in claims.items()})


def weighed(rows: Iterable[RowMapping], against: Sequence[ContraIndicator]) -> tuple[Evidence, ...]:
    """The rows as far as their weight goes, nothing sealed opened; what contra-indicators outweigh says so."""
    return outweigh((_bare(row) for row in rows), against)


def _bare(row: RowMapping) -> Evidence:
    return Evidence(
        id=row[table.c.id],
        citizen_id=row[table.c.citizen_id],
        channel=row[table.c.channel],
        source=row[table.c.source],
        check_methods=tuple(map(CheckMethod, row[table.c.check_methods].split())),
        strength=Strength(row[table.c.strength]),
        txn="",
        verified_at=row[table.c.verified_at],
        expires_at=row[table.c.expires_at],
        revoked_at=row[table.c.revoked_at],
        suspended_at=row[table.c.suspended_at],
    )
