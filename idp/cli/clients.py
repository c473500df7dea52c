"""``flask idp clients``: relying parties of both sources, and those that are registered here alone.

``check`` and ``schema`` are about clients.yaml; ``list`` and ``show`` about every client; what changes one is in
:mod:`idp.cli.registered_clients` and :mod:`idp.cli.initial_tokens`.
"""

import json
from dataclasses import asdict
from pathlib import Path
from typing import Any

import click
from flask.cli import AppGroup

from idp.cli.workbench import Workbench, compose
from idp.client_directory import ClientDirectory
from idp.clients import ClientsInvalid, json_schema, load
from idp.domain.errors import StoreUnavailable
from idp.domain.ports import KeptClient

clients = AppGroup("clients", help="Relying parties.")

SECRET = frozenset({"secret_digests", "hmac_secrets"})


def directory(bench: Workbench) -> ClientDirectory:
    """Every client of both sources. Ends the command when clients.yaml is faulty."""
    try:
        declared = bench.clients
    except ClientsInvalid as error:
        raise click.ClickException("\n".join(error.faults)) from None
    return ClientDirectory(declared, bench.stores.registered_clients, bench.clock)


@clients.command("check", help="Check clients.yaml (or FILE): every fault with its path and line.")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path), required=False)
def check(file: Path | None) -> None:
    """Exit 1 with every fault."""
    settings = compose().settings
    path = file or settings.clients
    try:
        text = path.read_text(encoding="utf-8")
        found = load(text, development=settings.development, secrets=settings.secrets_of_clients)
    except ClientsInvalid as error:
        raise click.ClickException("\n".join([f"{path}: {len(error.faults)} faults", *error.faults])) from None
    except OSError as error:
        raise click.ClickException(f"{path}: {error.strerror}") from None
    click.echo(f"{path}: {len(found)} clients, no fault")


@clients.command("list", help="List the relying parties: of clients.yaml, and registered here.")
def list_() -> None:
    """One line each: where it stands, how it authenticates, its level and name."""
    bench = compose()
    every = directory(bench)
    kept: dict[str, KeptClient] = {}
    try:
        kept = {each.client_id: each for each in bench.stores.registered_clients.all()}
        every.refresh()
    except StoreUnavailable:
        click.echo("registered clients: the database gives no answer", err=True)
    for client in every.all():
        source = "registered" if client.client_id in kept else "file"
        click.echo(
            f"{client.client_id:<24} {client.auth_method:<20} level {int(client.minimum_level)}  "
            f"{source:<10} {client.name}"
        )
    for each in kept.values():
        if each.disabled_at is not None:
            click.echo(f"{each.client_id:<24} disabled")


@clients.command("show", help="Everything about one relying party but its secrets.")
@click.argument("client_id")
def show(client_id: str) -> None:
    """As JSON, in the words of the domain."""
    bench = compose()
    every = directory(bench)
    every.refresh()
    client = every.get(client_id)
    kept = bench.stores.registered_clients.by_id(client_id)
    if client is None and kept is None:
        raise click.ClickException("no such client")
    found: dict[str, Any] = {"client_id": client_id, "source": "registered" if kept else "file"}
    if kept is not None:
        found |= {
            "created_at": kept.created_at,
            "disabled": kept.disabled_at is not None,
            "manages_itself": kept.token_digest is not None,
            "initial_token": kept.initial_token_id,
        }
    if client is not None:
        members = {name: value for name, value in asdict(client).items() if name not in SECRET}
        found |= members | {"live_secrets": len(client.secret_digests or client.hmac_secrets)}
    click.echo(json.dumps(found, indent=2, ensure_ascii=False, default=_plain))


def _plain(value: Any) -> Any:
    return sorted(value) if isinstance(value, frozenset | set) else str(value)


@clients.command("schema", help="Print the JSON Schema of clients.yaml.")
def schema() -> None:
    """For editors, and for docs/clients.schema.json."""
    click.echo(json.dumps(json_schema(), indent=2, ensure_ascii=False, sort_keys=True))
