"""``flask idp doctor``: every dependency, key, channel and setting; what is wrong and what to do about it.

An ordered table of checks. A check returns what it saw, or raises; the table says what to do then. Exit 1 with any
fault.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version

import click
from flask.cli import with_appcontext
from pydantic import ValidationError

from idp.cli.channels import troubles
from idp.cli.workbench import Workbench, compose
from idp.client_directory import ClientDirectory
from idp.clients import ClientsInvalid
from idp.domain import face_channels
from idp.domain.client import Client, SigningAlg
from idp.domain.ports import Broken, EventState

# Floors below which published advisories apply.
FLOORS = {
    "authlib": "1.7.1",
    "joserfc": "1.6.8",
    "flask": "3.1.3",
    "werkzeug": "3.1.5",
    "redis": "4.5.5",
    "cryptography": "42.0.0",
}

KEEPS_EVERYTHING = "noeviction"


class Fault(Exception):
    """A check that failed; the text says what was seen."""


class Warned(Exception):
    """Somebody should look, but the provider is sound; the text says what was seen."""


@dataclass(frozen=True, slots=True)
class Check:
    """``look`` returns what is well, or raises Warned or anything else; ``to_do`` is the way out."""

    name: str
    look: Callable[[Workbench], str]
    to_do: str


def _packages(_: Workbench) -> str:
    old = []
    for name, floor in FLOORS.items():
        try:
            found = version(name)
        except PackageNotFoundError:
            raise Fault(f"{name} is not installed") from None
        if _numbers(found) < _numbers(floor):
            old.append(f"{name} {found} is older than {floor}")
    if old:
        raise Fault("; ".join(old))
    return f"{len(FLOORS)} floors hold"


def _numbers(text: str) -> tuple[int, ...]:
    return tuple(int(part) for part in text.split(".")[:3] if part.isdigit())


def _settings(bench: Workbench) -> str:
    faults = bench.settings.faults()
    if faults:
        raise Fault("; ".join(faults))
    return f"mode {bench.settings.mode}, issuer {bench.settings.issuer}"


def _proxy(bench: Workbench) -> str:
    """What cannot be seen from here is said: in WSGI ``X_Forwarded_For`` overrides what the proxy set."""
    hops = bench.settings.trusted_proxies
    if not hops:
        return "none is trusted"
    return f"{hops} trusted; see that the first drops header names with underscores, or anybody sets X-Forwarded-For"


def _master_key(bench: Workbench) -> str:
    return f"{len(bench.master_key)} bytes"


def _database(bench: Workbench) -> str:
    pending = bench.pending_migrations()
    if pending:
        raise Fault(f"schema lacks {', '.join(pending)}")
    return "reachable, schema up to date"


def _redis(bench: Workbench) -> str:
    now = bench.clock.now()
    bench.stores.limits.take_once("doctor", bench.randomness.hex(8), now=now, expires_at=now + 5)
    return "reachable"


def _memory(bench: Workbench) -> str:
    others = bench.eviction_policies() - {KEEPS_EVERYTHING}
    if others:
        raise Fault(f"maxmemory-policy is {', '.join(sorted(others))}")
    return KEEPS_EVERYTHING


def _keys(bench: Workbench) -> str:
    return ", ".join(f"{alg.value} {bench.vault.keys.current(alg.value).kid[:8]}" for alg in SigningAlg)


def _every_client(bench: Workbench) -> Sequence[Client]:
    every = ClientDirectory(bench.clients, bench.stores.registered_clients, bench.clock)
    every.tick()  # a database that is away is another check's matter
    return every.all()


def _clients(bench: Workbench) -> str:
    try:
        found = _every_client(bench)
    except ClientsInvalid as error:
        raise Fault("; ".join(error.faults)) from None
    if not found:
        raise Fault("no relying party is registered")
    return f"{len(found)} clients"


def _events(bench: Workbench) -> str:
    """Bearer tokens that clients refer to are there; what could not be told is a warning, not a broken set-up."""
    referred = {client.security_events.token_ref for client in _every_client(bench) if client.security_events}
    missing = sorted(name for name in referred if name is not None and name not in bench.settings.push_tokens)
    if missing:
        raise Fault("; ".join(f"IDP_PUSH_TOKENS__{name.upper()} is not set" for name in missing))
    waiting, undelivered = (bench.stores.events.count(state) for state in (EventState.WAITING, EventState.UNDELIVERED))
    if undelivered:
        raise Warned(f"{undelivered} could not be delivered, {waiting} waiting")
    return f"{waiting} waiting"


def _channels(bench: Workbench) -> str:
    names = list(bench.channels)
    if not names:
        raise Fault("no channel is configured: nobody can prove who they are")
    return ", ".join(names)


def _liveness(bench: Workbench) -> str:
    """Who judges what the cameras of our own pages see."""
    names = [name for name, each in bench.channels.items() if each.facts.own_camera]
    if not names:
        return "no channel looks at a face itself"
    found = face_channels.faults(bench.channels, bench.judge)
    if not found:
        return "a judge with a model for presentation attacks"
    if not bench.settings.development:
        raise Fault("; ".join(found))
    state = "not offered" if bench.judge is None else "level 3 in development only"
    raise Warned(f"{'; '.join(found)}: {state}")


def _upstreams(bench: Workbench) -> str:
    found = troubles(bench)
    if found:
        raise Fault(" | ".join(found))
    return "none fails, no quota is near its end"


def _sms(bench: Workbench) -> str:
    return type(bench.sms).__name__


def _audit(bench: Workbench) -> str:
    result = bench.stores.audit.verify()
    if isinstance(result, Broken):
        raise Fault(f"the chain breaks at row {result.number}: {result.what}")
    return f"{result} rows, whole"


def _seen(error: Exception) -> str:
    if isinstance(error, ValidationError):
        return "; ".join(f"{'.'.join(map(str, e['loc']))}: {e['msg']}" for e in error.errors(include_input=False))
    return str(error) if isinstance(error, Fault | ValueError) else type(error).__name__


CHECKS: tuple[Check, ...] = (
    Check("packages", _packages, "pip install -r requirements.txt"),
    Check("settings", _settings, "see `flask idp settings`; development material is refused in production"),
    Check("proxy", _proxy, "see docs/operations.md, Proxy"),
    Check("master key", _master_key, "set IDP_MASTER_KEY_FILE to a file with 32 random bytes in base64url"),
    Check("database", _database, "check IDP_DATABASE_URL, then `flask idp database upgrade`"),
    Check("redis", _redis, "check IDP_REDIS_URL and that the server runs and has memory"),
    Check("redis memory", _memory, "set maxmemory-policy noeviction: a full memory must be refused, not forgotten"),
    Check("signing keys", _keys, "the master key must be the one that wrapped them"),
    Check("clients", _clients, "`flask idp clients check` names every fault with its line"),
    Check("events", _events, "`flask idp events list`; when the relying party is sound again `flask idp events retry`"),
    Check("channels", _channels, "set IDP_CHANNELS__<NAME>__BASE_URL and what the channel's page in docs lists"),
    Check(
        "liveness", _liveness, "install the judge and its model, or take the channel out: a photograph must not pass"
    ),
    Check("upstreams", _upstreams, "see `flask idp channels`; ask who runs them, or for a larger quota"),
    Check("sms", _sms, "set IDP_SMS__BASE_URL and its keys"),
    Check(
        "audit log", _audit, "if the chain breaks: keep the database as it is, rows were changed outside the provider"
    ),
)


@click.command("doctor", help="Look at everything the provider needs.")
@with_appcontext
def doctor() -> None:
    """Print a line a check; exit 1 when any failed."""
    bench = compose()
    failed = 0
    for check in CHECKS:
        try:
            click.echo(f"ok    {check.name}: {check.look(bench)}")
        except Warned as warning:
            click.echo(f"warn  {check.name}: {warning}\n      -> {check.to_do}")
        except Exception as error:  # noqa: BLE001  doctor looks at everything, whatever is broken
            failed += 1
            # Only our own words are printed: a driver's message may quote an address with a password.
            seen = _seen(error)
            click.echo(f"WRONG {check.name}: {seen}\n      -> {check.to_do}")
    if failed:
        raise click.ClickException(f"{failed} of {len(CHECKS)} checks failed")
    click.echo("all is well")
