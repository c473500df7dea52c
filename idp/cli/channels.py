"""``flask idp channels``: how the systems behind the channels are, as all workers know it."""

import datetime
from collections.abc import Iterator

import click
from flask.cli import with_appcontext

from idp.cli.workbench import Workbench, compose
from idp.domain.circuits import ChannelState, quota_alert_at
from idp.people.calendar_day import CHINA

SMS = "sms"


@click.command("channels", help="Say how each channel is: since when it fails, when it is asked again, its quota.")
@with_appcontext
def channels() -> None:
    """Print a line a channel; changes nothing."""
    bench = compose()
    quotas = bench.settings.daily_quotas
    for name, state in states(bench).items():
        click.echo(f"{name:<20} {'; '.join(_said(state, quotas.get(name)))}")


def states(bench: Workbench) -> dict[str, ChannelState]:
    """The state of every channel that the settings name, and of the text-message gateway."""
    names = [*bench.settings.channels, SMS]
    return dict(bench.stores.channel_states.states(names, now=bench.clock.now()))


def troubles(bench: Workbench) -> list[str]:
    """What an operator must look at: what fails, and quotas that come to their end."""
    quotas = bench.settings.daily_quotas
    return [
        f"{name}: {'; '.join(_said(state, quotas.get(name)))}"
        for name, state in states(bench).items()
        if state.since is not None or state.retry_at is not None or _low(state, quotas.get(name))
    ]


def _low(state: ChannelState, quota: int | None) -> bool:
    return quota is not None and state.used >= quota_alert_at(quota)


def _said(state: ChannelState, quota: int | None) -> Iterator[str]:
    if state.since is not None:
        yield f"fails since {_time(state.since)} ({', '.join(state.broken)})"
    if state.retry_at is not None:
        yield f"{'asked again' if state.since is not None else 'away until'} {_time(state.retry_at)}"
    elif state.since is not None:
        yield "asked again with the next citizen"
    if state == ChannelState(used=state.used):
        yield "ok"
    if quota is not None:
        yield f"{state.used} of {quota} calls today"


def _time(at: float) -> str:
    return datetime.datetime.fromtimestamp(at, CHINA).isoformat(timespec="seconds")
