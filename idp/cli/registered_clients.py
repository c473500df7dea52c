"""``flask idp clients add`` and the others that change a relying party which is registered here."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import click
import yaml

from idp.cli.clients import clients, directory
from idp.cli.workbench import Workbench, compose
from idp.client_office import ClientInvalid, ClientOffice, NoSuchClient


def office(bench: Workbench) -> ClientOffice:
    """The operators' office."""
    stores = bench.stores
    return ClientOffice(
        stores.registered_clients, stores.initial_tokens, directory(bench), stores.outbox, bench.clock, bench.randomness
    )


@contextmanager
def told() -> Iterator[None]:
    """What is wrong, in words; exit 1."""
    try:
        yield
    except NoSuchClient:
        raise click.ClickException("no such registered client; one of clients.yaml is changed there") from None
    except ClientInvalid as error:
        raise click.ClickException("\n".join(error.faults)) from None


@clients.command("add", help="Register the client of FILE (YAML or JSON, as one entry of clients.yaml).")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
def add(file: Path) -> None:
    """Its secret is printed once, where one is made; with client_secret_digests in the file none is."""
    bench = compose()
    document = _entry(file)
    with told():
        secret = office(bench).add(document, development=bench.settings.development)
    click.echo(f"client_id     {document['client_id']}")
    if secret is not None:
        click.echo(f"client_secret {secret}")


def _entry(file: Path) -> dict[str, Any]:
    """One client. Ends the command for anything else."""
    try:
        document = yaml.safe_load(file.read_text(encoding="utf-8"))
    except (yaml.YAMLError, UnicodeDecodeError):
        raise click.ClickException(f"{file}: neither YAML nor JSON") from None
    if isinstance(document, dict) and set(document) == {"clients"} and isinstance(document["clients"], list):
        (document,) = document["clients"] if len(document["clients"]) == 1 else (None,)
    if not isinstance(document, dict) or not all(isinstance(name, str) for name in document):
        raise click.ClickException(f"{file}: must be one client, as it would stand in clients.yaml")
    return document


def _command(name: str, does: str, act: Callable[[ClientOffice, str], object], said: str) -> None:
    @clients.command(name, help=does)
    @click.argument("client_id")
    def run(client_id: str) -> None:
        bench = compose()
        with told():
            act(office(bench), client_id)
        click.echo(f"{client_id}: {said}")


_command("remove", "Take a registered client away, with all its tokens.", ClientOffice.remove, "removed")
_command("disable", "Nobody finds a registered client until it is enabled.", ClientOffice.disable, "disabled")
_command("enable", "Undo disable.", ClientOffice.enable, "enabled")
_command(
    "drop-old-secret",
    "Only the newest secret stays good.",
    ClientOffice.drop_old_secret,
    "only the newest secret is good",
)


@clients.command("rotate-secret", help="Make a new secret; the old one stays good until drop-old-secret.")
@click.argument("client_id")
def rotate_secret(client_id: str) -> None:
    """Printed once."""
    bench = compose()
    with told():
        secret = office(bench).rotate_secret(client_id)
    click.echo(f"client_secret {secret}")
