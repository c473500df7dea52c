"""Sealed columns: a value is bound to its table, column and row, so that a copied one does not open."""

from sqlalchemy import Column, RowMapping

from idp.domain.ports import FieldCipher


def sealed_context(column: "Column[bytes]", row_id: str) -> str:
    """``citizens.mobile:<row id>``: what a sealed value is authenticated with."""
    return f"{column.table.name}.{column.name}:{row_id}"


def seal_text(cipher: FieldCipher, column: "Column[bytes]", row_id: str, text: str) -> bytes:
    """What the column keeps for ``text``."""
    return cipher.seal(text.encode(), sealed_context(column, row_id))


def open_text(cipher: FieldCipher, row: RowMapping, column: "Column[bytes]", row_id: str) -> str:
    """The text of a sealed column that is never NULL. Raises MasterKeyWrong when it is not what was sealed here."""
    return cipher.open(row[column], sealed_context(column, row_id)).decode()


def open_optional(cipher: FieldCipher, row: RowMapping, column: "Column[bytes]", row_id: str) -> str | None:
    """The text of a sealed column, None for NULL. Raises MasterKeyWrong when it is not what was sealed here."""
    return None if row[column] is None else open_text(cipher, row, column, row_id)
