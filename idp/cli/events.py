"""``flask idp events``: what relying parties are still to be told, and what could not be told."""

import datetime

import click
from flask.cli import AppGroup

from idp.cli.workbench import compose
from idp.domain.ports import EventState, KeptEvent
from idp.web.subscriptions import Subscriptions

MOST = 200

events = AppGroup("events", help="What relying parties are told about accounts and sign-outs.")


@events.command("list", help="List events that wait or were given up, newest first.")
@click.option("--state", type=click.Choice([state.value for state in EventState]), help="Only those in this state.")
@click.option("--limit", type=click.IntRange(1, 10_000), default=MOST, show_default=True)
def list_(state: str | None, limit: int) -> None:
    """One line each; without ``--state`` everything that was not taken."""
    kept = compose().stores.events
    wanted = (EventState(state),) if state else (EventState.UNDELIVERED, EventState.WAITING)
    for each in wanted:
        for event in kept.listing(each, limit=limit):
            click.echo(_line(event))
        click.echo(f"{kept.count(each)} {each.value}")


@events.command("streams", help="List every client that takes security events: how, whether now, and what waits.")
def streams() -> None:
    """What the client made of its stream goes before what clients.yaml declares."""
    bench = compose()
    subscriptions = Subscriptions(bench.stores.event_streams)
    for client in bench.clients.all():
        stream = subscriptions.of(client)
        if stream is None:
            continue
        waiting = len(bench.stores.events.waiting_for(client.client_id, limit=MOST))
        how, more = ("poll" if stream.uri is None else "push"), ("+" if waiting == MOST else "")
        types = f"{len(stream.events)} types" if stream.events else "every type"
        click.echo(f"{client.client_id:<24} {how}  {stream.status.value:<8}  {types:<10}  {waiting}{more} waiting")


@events.command("retry", help="Try an undelivered event again from the beginning (EVENT_ID), or all of them.")
@click.argument("event_id", required=False)
def retry(event_id: str | None) -> None:
    """Running workers take them up within a second."""
    bench = compose()
    count = bench.stores.events.retry(event_id, now=bench.clock.now())
    if event_id is not None and count == 0:
        raise click.ClickException("no undelivered event has this id")
    click.echo(f"{count} events will be tried again")


def _line(kept: KeptEvent) -> str:
    event = kept.event
    again = f", again {_moment(kept.next_try_at)}" if kept.next_try_at is not None else ""
    tries = f"{kept.tries} tries{again}"
    return f"{event.id}  {_moment(event.at)}  {event.kind.value:<22} {event.client_id:<24} {tries}"


def _moment(at: float) -> str:
    return datetime.datetime.fromtimestamp(at, datetime.UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
