"""``flask idp audit``: verify the chain, move waiting events into it."""

import click
from flask.cli import AppGroup

from idp.cli.workbench import compose
from idp.domain.ports import Broken

audit = AppGroup("audit", help="The audit log.")


@audit.command("verify", help="Walk the hash chain; exit 1 at the first changed, removed or reordered row.")
def verify() -> None:
    """Say how many rows are whole, or where the chain breaks."""
    result = compose().stores.audit.verify()
    if isinstance(result, Broken):
        raise click.ClickException(f"the chain breaks at row {result.number}: {result.what}")
    click.echo(f"{result} rows, the chain is whole")


@audit.command("drain", help="Move waiting events into the log now.")
def drain() -> None:
    """What every worker does once a second."""
    stores = compose().stores
    moved = 0
    while count := stores.outbox.drain(stores.audit):
        moved += count
    click.echo(f"{moved} events moved")
