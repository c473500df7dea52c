"""``flask idp clients``: check clients.yaml, list what is registered, print its JSON Schema."""

import json
from pathlib import Path

import click
from flask.cli import AppGroup

from idp.cli.workbench import compose
from idp.clients import ClientsInvalid, json_schema, load

clients = AppGroup("clients", help="Relying parties.")


@clients.command("check", help="Check clients.yaml (or FILE): every fault with its path and line.")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path), required=False)
def check(file: Path | None) -> None:
    """Exit 1 with every fault."""
    settings = compose().settings
    path = file or settings.clients
    try:
        found = load(path.read_text(encoding="utf-8"), development=settings.development)
    except ClientsInvalid as error:
        raise click.ClickException("\n".join([f"{path}: {len(error.faults)} faults", *error.faults])) from None
    except OSError as error:
        raise click.ClickException(f"{path}: {error.strerror}") from None
    click.echo(f"{path}: {len(found)} clients, no fault")


@clients.command("list", help="List the registered relying parties.")
def list_() -> None:
    """One line each."""
    for client in compose().clients.all():
        click.echo(f"{client.client_id:<24} {client.auth_method:<20} level {int(client.minimum_level)}  {client.name}")


@clients.command("schema", help="Print the JSON Schema of clients.yaml.")
def schema() -> None:
    """For editors, and for docs/clients.schema.json."""
    click.echo(json.dumps(json_schema(), indent=2, ensure_ascii=False, sort_keys=True))
