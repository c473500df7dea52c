"""``flask idp database``: the schema."""

import click
from flask.cli import AppGroup

from idp.cli.workbench import compose

database = AppGroup("database", help="The SQL database.")


@database.command("upgrade", help="Bring the schema up to date.")
def upgrade() -> None:
    """Apply pending migrations; safe to run from several machines at once."""
    applied = compose().upgrade()
    click.echo(f"applied {', '.join(applied)}" if applied else "up to date")
