"""`make run`, with relying parties of the tests' own: one for all workers of a test run."""

import contextlib
import fcntl
import json
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from examples.demo.settings import ROOT
from tests.conftest import personal_data_in
from tests.examples.test_demo import Demo, free_ports
from tests.interop.guide import STACKS, declared_for
from tests.interop.parties import clients_yaml, parties

LOGOUT_NAMES = ("told-first", "told-second")


@dataclass(frozen=True)
class House:
    """The running provider. ``parties``: what each relying party knows; ``ports``: where each program may listen."""

    issuer: str
    sandbox: str
    ports: Mapping[str, int]
    parties: Mapping[str, Mapping[str, Any]] = field(repr=False)
    environment: Mapping[str, str] = field(repr=False)

    def given(self, client_id: str, **more: Any) -> dict[str, Any]:
        """The parameters of one relying party's program."""
        return {"issuer": self.issuer, **self.parties[client_id], **more}

    def operator(self, *words: str) -> str:
        """What ``flask idp …`` says to an operator of this provider."""
        command = [sys.executable, "-m", "flask", "--app", "wsgi:make_app", "idp", *words]
        done = subprocess.run(command, cwd=ROOT, env=self.environment, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
        return done.stdout


@contextlib.contextmanager
def house(directory: Path) -> Iterator[House]:
    """The one house of ``directory``: who comes first builds it, and leaves when all others have left."""
    with contextlib.ExitStack() as open_:
        users = open_.enter_context((directory / "interop.users").open("w"))
        written = directory / "interop.json"
        with _alone(directory):
            if written.exists():
                fcntl.flock(users, fcntl.LOCK_SH)
                ours = None
            else:
                ours = open_.enter_context(_running(Path(tempfile.mkdtemp(prefix="interop-", dir=directory))))
                written.write_text(json.dumps(ours), encoding="utf-8")
        yield House(**json.loads(written.read_text(encoding="utf-8")))
        if ours is not None:
            with _alone(directory):  # nobody comes any more
                fcntl.flock(users, fcntl.LOCK_EX)  # and everybody else has left
                written.unlink()


@contextlib.contextmanager
def _alone(directory: Path) -> Iterator[None]:
    with (directory / "interop.door").open("w") as door:
        fcntl.flock(door, fcntl.LOCK_EX)
        yield


@contextlib.contextmanager
def _running(directory: Path) -> Iterator[dict[str, Any]]:
    """The processes, and what is to be known of them."""
    names = (*LOGOUT_NAMES, *STACKS)
    ports = dict(zip(names, _free(len(names)), strict=True))
    known = parties({name: ports[name] for name in LOGOUT_NAMES})
    declared = [one.declared for one in known.values()] + [declared_for(stack, ports[stack]) for stack in STACKS]
    clients = directory / "clients.yaml"
    clients.write_text(clients_yaml(declared), encoding="utf-8")
    settings = {"IDP_CLIENTS": str(clients), "IDP_ALLOW_LOOPBACK_CLIENTS": "true", "IDP_DPOP_NONCES": "true"}
    demo = Demo(directory / "var", free_ports() | settings)
    try:
        demo.wait_until_ready()
        yield {
            "issuer": demo.origin("PROVIDER"),
            "sandbox": demo.origin("SANDBOX"),
            "ports": ports,
            "parties": {client_id: one.known for client_id, one in known.items()},
            "environment": _environment(demo),
        }
        assert demo.stop() == 0, demo.said
        said = demo.said.partition("first page after")[2]  # what is announced before are the sandbox's people
        assert personal_data_in(said) == set()
    finally:
        demo.clean_up()


def _environment(demo: Demo) -> dict[str, str]:
    """That of the provider's own process."""
    pid = min(pid for pid, command in demo.people().items() if "wsgi:provider" in command)
    pairs = Path(f"/proc/{pid}/environ").read_bytes().decode().split("\0")
    return dict(pair.split("=", 1) for pair in pairs if pair)


def _free(count: int) -> list[int]:
    with contextlib.ExitStack() as stack:
        probes = [stack.enter_context(socket.create_server(("127.0.0.1", 0))) for _ in range(count)]
        return [probe.getsockname()[1] for probe in probes]
