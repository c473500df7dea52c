"""docs/integration.md as programs: its code blocks as they stand there, at other addresses, as processes."""

import contextlib
import re
import secrets
import subprocess
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import httpx
import yaml

from examples.demo.settings import ROOT
from tests.interop.citizen import Citizen

GUIDE = ROOT / "docs" / "integration.md"
STACKS = ("flask", "django", "node", "apache")
# What a reader of the guide has: the provider of `make run`, and a portal at this port.
PROVIDER, PORTAL, CLIENT_ID = "http://127.0.0.1:8000", "127.0.0.1:9000", "my-portal"
PATIENCE = 60.0  # seconds


def block(named: str) -> str:
    """The code block whose first line names this file."""
    blocks = re.findall(r"^```\w+\n(.*?)^```$", GUIDE.read_text(encoding="utf-8"), re.DOTALL | re.MULTILINE)
    (found,) = [text for text in blocks if named in text.partition("\n")[0].split()]
    return found


def declared_for(stack: str, port: int) -> dict[str, Any]:
    """The guide's relying party at another port, under a name of its own."""
    (declared,) = yaml.safe_load(_moved(block("clients.yaml"), stack, port))["clients"]
    return declared | (_told(port) if stack == "apache" else {})


def _told(port: int) -> dict[str, str]:
    """What the guide adds for Apache's back channel, in a sentence."""
    (address,) = re.findall(
        rf"`backchannel_logout_uri: (http://{PORTAL}/members/\S+)`", GUIDE.read_text(encoding="utf-8")
    )
    return {"backchannel_logout_uri": _moved(address, "apache", port)}


def write(named: str, directory: Path, *, stack: str, port: int, issuer: str) -> Path:
    """A file of the guide, at the addresses of this run."""
    path = directory / named
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(_moved(block(named), stack, port).replace(PROVIDER, issuer), encoding="utf-8")
    return path


def _moved(text: str, stack: str, port: int) -> str:
    return text.replace(PORTAL, f"127.0.0.1:{port}").replace(CLIENT_ID, f"guide-{stack}")


@contextlib.contextmanager
def running(command: Sequence[str | Path], directory: Path, port: int, **how: Any) -> Iterator[str]:
    """Run a program of the guide until the test is over; the address of its first page, once that answers."""
    log, address = directory / f"{secrets.token_hex(4)}.log", f"http://127.0.0.1:{port}/"
    with log.open("wb") as out, subprocess.Popen(
        command, cwd=directory, stdin=subprocess.DEVNULL, stdout=out, stderr=subprocess.STDOUT, **how
    ) as process:  # fmt: skip
        try:
            _wait_for(address, process, log)
            yield address
        finally:
            process.terminate()


def _wait_for(address: str, process: subprocess.Popen[bytes], log: Path) -> None:
    end = time.monotonic() + PATIENCE
    with httpx.Client(trust_env=False) as http:
        while time.monotonic() < end:
            assert process.poll() is None, log.read_text(encoding="utf-8")
            with contextlib.suppress(httpx.TransportError):
                http.get(address)
                return
            time.sleep(0.05)
    raise AssertionError(log.read_text(encoding="utf-8"))


def walk_in_and_out(citizen: Citizen, portal: str, name: str) -> None:
    """From a stranger to a greeted citizen and back: what every portal of the guide does."""
    first = citizen.open(portal)
    assert name not in first.says
    greeted = citizen.carry_on(citizen.click(first, "Sign in"))
    assert greeted.address.startswith(portal), greeted.says
    assert name in greeted.says, greeted.says
    assert name in citizen.open(greeted.address).says, "it is a session, not one page"
    gone = citizen.carry_on(citizen.press(greeted, "Sign out"))
    assert gone.address.startswith(portal), gone.says
    assert name not in citizen.open(portal).says
    asked = citizen.click(citizen.open(portal), "Sign in")
    assert asked.address.startswith(f"{citizen.issuer}/journey/"), "the session is over at the provider too"
    assert name not in asked.says
