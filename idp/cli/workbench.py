"""What commands work on: the composition, seen part by part."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Protocol, cast

import click
from flask import Flask, current_app
from pydantic import ValidationError

from idp.clients import ClientRegistry
from idp.domain.capturing import CaptureJudge
from idp.domain.channel import Channel
from idp.domain.ports import Clock, Randomness, SmsGateway
from idp.domain.signing_keys import KeyFacts
from idp.given import Stores, Vault
from idp.settings import Settings

EXTENSION = "yihaotong.workbench"


class RotatingKeys(Protocol):
    """The keys that sign tokens, as operators see them; the vault implements it."""

    def described(self) -> Sequence[KeyFacts]:
        """Every key, oldest first of each algorithm."""
        ...

    def rotate(self, alg: str) -> KeyFacts:
        """Announce a further key."""
        ...

    def retire(self, kid: str, *, compromised: bool = False) -> KeyFacts:
        """Remove a key. Raises LookupError, or ValueError for one that is still needed."""
        ...


class Workbench(Protocol):
    """Parts are built when first asked for; each may raise what its own set-up raises."""

    settings: Settings
    clock: Clock
    randomness: Randomness

    @property
    def stores(self) -> Stores:
        """Both kinds of store."""
        ...

    @property
    def vault(self) -> Vault:
        """Secrets in use."""
        ...

    @property
    def signing_keys(self) -> RotatingKeys:
        """The keys that sign tokens."""
        ...

    @property
    def clients(self) -> ClientRegistry:
        """The relying parties."""
        ...

    @property
    def channels(self) -> Mapping[str, Channel]:
        """The channels that the settings name."""
        ...

    @property
    def judge(self) -> CaptureJudge | None:
        """Who decides whether a live person is before the camera; None where nobody can."""
        ...

    @property
    def app(self) -> Flask:
        """The provider itself. Raises what its parts raise, and ValueError for faulty settings."""
        ...

    @property
    def sms(self) -> SmsGateway:
        """The text-message gateway."""
        ...

    @property
    def master_key(self) -> bytes:
        """The master key."""
        ...

    def eviction_policies(self) -> frozenset[str]:
        """What the Redis servers do when their memory is full (``maxmemory-policy``)."""
        ...

    def pending_migrations(self) -> Sequence[str]:
        """Schema revisions that the database lacks."""
        ...

    def upgrade(self) -> Sequence[str]:
        """Apply them."""
        ...

    def close(self) -> None:
        """Close every connection that was opened."""
        ...


def compose() -> Workbench:
    """The workbench of this command. Faulty settings end the command with every fault, not with a trace."""
    make = cast("Callable[[], Workbench]", current_app.extensions[EXTENSION])
    try:
        bench = make()
    except ValidationError as error:
        raise click.ClickException("\n".join(setting_faults(error))) from None
    except OSError as error:
        raise click.ClickException(f"a file named by an IDP_…_FILE setting cannot be read: {error.strerror}") from None
    click.get_current_context().call_on_close(bench.close)
    return bench


def setting_faults(error: ValidationError) -> list[str]:
    """One line per faulty setting, without its value (it may be a secret)."""
    faults: list[Any] = error.errors(include_input=False, include_url=False)
    return [f"IDP_{'__'.join(str(part) for part in fault['loc']).upper()}: {fault['msg']}" for fault in faults]
