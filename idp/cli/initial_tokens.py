"""``flask idp clients initial-token``: who may register relying parties themselves (RFC 7591 section 3)."""

import datetime
from collections.abc import Iterable

import click
from flask.cli import AppGroup

from idp.cli.clients import clients
from idp.cli.registered_clients import office
from idp.cli.workbench import compose
from idp.registration.policy import GRANTS, METHODS, MORE_GRANTS, SCOPES, Policy

__all__ = ["clients", "initial_token"]

DAY_SECONDS = 86_400


def _values(words: Iterable[str]) -> list[str]:
    """As they are typed: of an enumeration the terminal would ask the names."""
    return sorted(str(word) for word in words)


initial_token = AppGroup("initial-token", help="Tokens with which relying parties register themselves.")
clients.add_command(initial_token)


@initial_token.command("create", help="Make a token. It is printed once.")
@click.option("--contact", required=True, help="Who answers for what is registered with it.")
@click.option("--days", default=30, type=click.IntRange(1, 366), show_default=True, help="How long it is good.")
@click.option("--uses", default=10, type=click.IntRange(1, 10_000), show_default=True, help="How many registrations.")
@click.option("--host", "hosts", multiple=True, help="A host that its addresses may have; none named: any.")
@click.option("--scope", "scopes", multiple=True, type=click.Choice(_values(SCOPES)), help="Default: each of these.")
@click.option("--grant", "grants", multiple=True, type=click.Choice(_values(GRANTS | MORE_GRANTS)),
              help=f"Default: {', '.join(_values(GRANTS))}.")  # fmt: skip
@click.option("--method", "methods", multiple=True, type=click.Choice(_values(METHODS)), help="Default: each of these.")
def create(
    contact: str, days: int, uses: int, hosts: tuple[str, ...], scopes: tuple[str, ...], grants: tuple[str, ...],
    methods: tuple[str, ...],
) -> None:  # fmt: skip
    """Its id is for ``revoke``; the token itself is kept nowhere."""
    policy = Policy(
        scopes=frozenset(scopes) or SCOPES,
        grants=frozenset(grants) or GRANTS,
        methods=frozenset(methods) or METHODS,
        redirect_hosts=frozenset(hosts),
    )
    token_id, token = office(compose()).initial_token(policy, contact=contact, seconds=days * DAY_SECONDS, uses=uses)
    click.echo(f"id    {token_id}\ntoken {token}")


@initial_token.command("list", help="List the tokens, newest first.")
def list_() -> None:
    """One line each: id, state, end, registrations left, who answers."""
    bench = compose()
    now = bench.clock.now()
    for token in bench.stores.initial_tokens.listing():
        state = "good" if token.good(now) else "over"
        until = datetime.datetime.fromtimestamp(token.expires_at, datetime.UTC).date()
        click.echo(f"{token.id}  {state}  until {until}  {token.uses_left} left  {token.contact}")


@initial_token.command("revoke", help="Let nobody register with it any more; who has registered stays.")
@click.argument("token_id")
def revoke(token_id: str) -> None:
    """Exit 1 when there is no such live token."""
    bench = compose()
    if not bench.stores.initial_tokens.revoke(token_id, now=bench.clock.now()):
        raise click.ClickException("no such live token")
    click.echo(f"{token_id}: revoked")
