"""What every table belongs to, and how constraints are named."""

from typing import Final

from sqlalchemy import MetaData

NAMING: Final = {
    "pk": "pk_%(table_name)s",
    "fk": "fk_%(table_name)s_%(column_0_name)s",
    "ix": "ix_%(table_name)s_%(column_0_name)s",
    "uq": "uq_%(table_name)s_%(column_0_name)s",
}

metadata: Final = MetaData(naming_convention=NAMING)
