"""``flask idp keys``: which keys sign tokens, the next one, and the end of an old one."""

import datetime
from collections.abc import Callable, Mapping
from typing import Final

import click
from flask.cli import AppGroup

from idp.cli.workbench import compose
from idp.domain.client import SigningAlg
from idp.domain.signing_keys import KeyFacts, Stage

ALGS: Final = [alg.value for alg in SigningAlg]

keys = AppGroup("keys", help="The keys that sign tokens.")


@keys.command("list", help="List every signing key: what it does now, and until when.")
def list_() -> None:
    """One line each, oldest first of each algorithm."""
    for facts in compose().signing_keys.described():
        click.echo(f"{facts.kid}  {facts.alg:<5}  {facts.stage.value:<9}  {SAYS[facts.stage](facts)}")


@keys.command("rotate", help="Announce a new key of ALG (or of --all): published now, signing when every cache has it.")
@click.argument("alg", type=click.Choice(ALGS), required=False)
@click.option("--all", "every", is_flag=True, help="Of every algorithm.")
def rotate(*, alg: str | None, every: bool) -> None:
    """Running workers take it up within seconds; nothing is restarted."""
    if (alg is None) is not every:
        raise click.UsageError("name one algorithm, or --all")
    bench = compose()
    for each in ALGS if alg is None else [alg]:
        facts = bench.signing_keys.rotate(each)
        click.echo(f"{facts.kid}  {facts.alg:<5}  {SAYS[facts.stage](facts)}")


@keys.command("retire", help="Remove the key KID for good, once nothing needs it.")
@click.argument("kid")
@click.option(
    "--compromised", is_flag=True, help="At once: everything that it signed is refused, by us and by relying parties."
)
def retire(*, kid: str, compromised: bool) -> None:
    """A key that tokens still need stays, unless it is compromised."""
    try:
        facts = compose().signing_keys.retire(kid, compromised=compromised)
    except LookupError:
        raise click.ClickException("no signing key has this id: see `flask idp keys list`") from None
    except ValueError as error:
        raise click.ClickException(f"not retired: {error}") from None
    click.echo(f"{facts.kid}  {facts.alg:<5}  removed")


def _moment(at: float | None) -> str:
    assert at is not None  # noqa: S101  a key that another follows has an end
    return datetime.datetime.fromtimestamp(at, datetime.UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _signing(facts: KeyFacts) -> str:
    since = f"signs since {_moment(facts.signs_from)}"
    return since if facts.signs_until is None else f"{since}, until {_moment(facts.signs_until)}"


SAYS: Final[Mapping[Stage, Callable[[KeyFacts], str]]] = {
    Stage.ANNOUNCED: lambda facts: f"published, signs from {_moment(facts.signs_from)}",
    Stage.SIGNING: _signing,
    Stage.RETAINED: lambda facts: f"published for what it signed, until {_moment(facts.published_until)}",
    Stage.RETIRED: lambda facts: f"published no more since {_moment(facts.published_until)}",
}
