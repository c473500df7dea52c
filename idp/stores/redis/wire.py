"""The port to a server: run a script, read fields, run many scripts. Each is one round trip.

Rules for every implementation: an error or a silence is :class:`StoreUnavailable`; nothing is sent twice after it may
have been executed (a redemption that is repeated looks like a replay and would revoke an honest grant); a connection
that failed in any way is dropped, because its next bytes may be another caller's answer (CVE-2023-28858).
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol, TypeAlias

from idp.domain.errors import StoreUnavailable

Argument: TypeAlias = bytes | str | int

_SCRIPTS = Path(__file__).parent / "scripts"


@dataclass(frozen=True, slots=True)
class Script:
    """A Lua script. ``sha`` is the name under which a server keeps it (SHA-1, as EVALSHA has it)."""

    name: str
    source: str = field(repr=False)
    sha: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Call:
    """One script with its keys (all of one slot) and arguments."""

    script: Script
    keys: Sequence[str] = field(repr=False)
    args: Sequence[Argument] = field(default=(), repr=False)


class Wire(Protocol):
    """A way to one server, or to one cluster. Safe to share between threads, and usable after a fork."""

    one_server: bool
    """True when keys of different slots may be named in one script."""

    def call(self, keys: Sequence[str], script: Script, args: Sequence[Argument] = ()) -> Any:
        """Run a script. Text comes back as bytes, numbers as int, false as None."""
        ...

    def fields(self, key: str, names: Sequence[str]) -> list[bytes | None]:
        """Fields of a hash (HMGET)."""
        ...

    def many(self, calls: Sequence[Call]) -> list[Any]:
        """Run several scripts, pipelined: one round trip per server. Not atomic together."""
        ...

    def close(self) -> None:
        """Close every connection; the wire is not used afterwards."""
        ...


def load(name: str, *preludes: str) -> Script:
    """The script ``scripts/<name>.lua`` after its preludes."""
    source = "\n".join((_SCRIPTS / f"{part}.lua").read_text(encoding="utf-8") for part in (*preludes, name))
    return Script(name, source, hashlib.sha1(source.encode(), usedforsecurity=False).hexdigest())


def is_noscript(error: Exception) -> bool:
    """Whether the server does not know the script (restart, SCRIPT FLUSH, new replica): nothing was executed."""
    return str(error).startswith("NOSCRIPT")


def refused(error: Exception, doing: str) -> StoreUnavailable:
    """An error reply as a fact. Only its first word is kept (OOM, READONLY, ...): the rest may quote arguments."""
    code = str(error).partition(" ")[0][:40]
    return StoreUnavailable(f"{doing}: {code if code.isupper() else type(error).__name__}")
