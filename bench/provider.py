"""A real provider for a benchmark: granian with one worker, embedded Valkey, SQLite, pinned to one core."""

import contextlib
import os
import secrets
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

import httpx

from adapters.sandbox.credentials import walked_settings
from adapters.sandbox.person import Person
from composition import Composition
from idp.domain.ports import SessionFacts
from idp.settings import read
from idp.stores.redis.embedded import EmbeddedServer

ROOT = Path(__file__).resolve().parents[1]
PASSWORD = "bench citizen 9 password"
ID_NUMBER = "370102190103070012"
MOBILE = "19900000001"
NO_UPSTREAMS = "http://127.0.0.1:9"
# The operation is measured, not the contention of threads.
ONE_THREAD = (
    "--interface", "wsgi", "--workers", "1", "--blocking-threads", "1", "--no-ws", "--http", "1",
    "--log-level", "warning",
)  # fmt: skip


@dataclass(frozen=True)
class Target:
    """The provider under measurement. ``cookie``: of the one citizen; ``cookies``: of ``people``, in their order."""

    port: int
    secrets: dict[str, str]
    pids: tuple[int, ...]
    cookie: str
    cookies: tuple[str, ...]
    composition: Composition

    def cpu_seconds(self) -> float:
        """CPU seconds that provider and Valkey have used so far, all threads, user and system."""
        return sum(_cpu(pid) for pid in self.pids)

    def memory_mib(self) -> dict[str, float]:
        """Proportional set size of each process in MiB."""
        return {_name(pid): _pss(pid) for pid in self.pids}


CLIENTS = """clients:
{rows}"""
ROW = """  - client_id: bench-{alg}
    client_name: 测量
    client_name_en: Bench
    token_endpoint_auth_method: client_secret_basic
    client_secret_digests: ["sha256:{digest}"]
    redirect_uris: [https://bench-{alg}.example/cb]
    grant_types: [authorization_code, refresh_token]
    scope: openid profile realname
    id_token_signed_response_alg: {ALG}
    consent: implied
    resources: [https://api-{alg}.example/]
    contacts: [bench@example]
  - client_id: bench-api-{alg}
    client_name: 测量
    client_name_en: Bench
    token_endpoint_auth_method: client_secret_basic
    client_secret_digests: ["sha256:{digest}"]
    grant_types: [client_credentials]
    scope: ""
    resource_server: {{identifiers: [https://api-{alg}.example/]}}
    contacts: [bench@example]
"""
ALGS = {"rs256": "RS256", "ps256": "PS256", "es256": "ES256", "eddsa": "EdDSA"}
CITIZEN = f"""
- name: {{name}}
  id_number: "{{id18}}"
  mobile: "{{phone}}"
  password: {PASSWORD}
  level: 1
"""


@contextlib.contextmanager
def running(
    *,
    core: int | None = 0,
    server: Sequence[str] = ONE_THREAD,
    upstreams: str = NO_UPSTREAMS,
    people: Sequence[Person] = (),
) -> Iterator[Target]:
    """Start everything, sign one citizen in and ``people`` besides, stop everything."""
    with tempfile.TemporaryDirectory() as directory, contextlib.ExitStack() as stack:
        var = Path(directory)
        made = write_material(var, people)
        valkey = EmbeddedServer(var / "valkey", durable=False)
        valkey.start()
        stack.callback(valkey.stop)
        port = free_port()
        environment = {**os.environ, **environment_for(var, port, valkey.url, upstreams)}
        flask = [sys.executable, "-m", "flask", "idp", "citizens", "seed", str(var / "citizens.yaml")]
        subprocess.run(flask, cwd=ROOT, env=environment, check=True, capture_output=True)
        command = [sys.executable, "-m", "granian", *server, "--port", str(port), "--factory", "wsgi:provider"]
        process = subprocess.Popen(command, cwd=ROOT, env=environment, stderr=subprocess.DEVNULL)
        stack.callback(stop, process)
        base = f"http://127.0.0.1:{port}"
        wait_for(f"{base}/health")
        composition = Composition(read(environment))
        stack.callback(composition.engine.dispose)
        cookie, *cookies = (
            f"yht_session={open_session(composition, mobile)}" for mobile in (MOBILE, *(each.phone for each in people))
        )
        pids = (*tree(process.pid), _valkey_pid(valkey))
        if core is not None:
            for pid in pids:
                for task in Path(f"/proc/{pid}/task").iterdir():
                    os.sched_setaffinity(int(task.name), {core})
        yield Target(port, made, pids, cookie, tuple(cookies), composition)


def write_material(var: Path, people: Sequence[Person] = ()) -> dict[str, str]:
    """clients.yaml and citizens.yaml; the clients' secrets by algorithm."""
    made = {alg: secrets.token_urlsafe(32) for alg in ALGS}
    rows = "".join(
        ROW.format(alg=alg, ALG=ALGS[alg], digest=sha256(secret.encode()).hexdigest()) for alg, secret in made.items()
    )
    (var / "clients.yaml").write_text(CLIENTS.format(rows=rows), encoding="utf-8")
    more = "".join(CITIZEN.format(name=each.name, id18=each.id18, phone=each.phone) for each in people)
    (var / "citizens.yaml").write_text(
        CITIZEN.format(name="张三", id18=ID_NUMBER, phone=MOBILE) + more, encoding="utf-8"
    )
    return made


def open_session(composition: Composition, mobile: str = MOBILE) -> str:
    """A session of a seeded citizen, as a sign-in with a password would open it; its token."""
    citizen = composition.stores.citizens.by_mobile(f"+86{mobile}")
    assert citizen is not None
    now = composition.clock.now()
    facts = SessionFacts(citizen.id, now, ("pwd",), 1, now, handle="bench")
    return composition.stores.sessions.open(facts, now=now)


def environment_for(var: Path, port: int, redis_url: str, upstreams: str = NO_UPSTREAMS) -> dict[str, str]:
    values = {
        "IDP_MODE": "development",
        "IDP_ISSUER": f"http://127.0.0.1:{port}",
        "IDP_CLIENTS": str(var / "clients.yaml"),
        "IDP_DATABASE_URL": f"sqlite:///{var / 'bench.db'}",
        "IDP_REDIS_URL": redis_url,
        "IDP_REFRESH_TOKEN_LIFE": "86400",
    }
    settings = walked_settings(upstreams)
    values |= {f"IDP_SMS__{key.upper()}": value for key, value in settings.pop("sms").items()}
    for name, each in settings.items():
        values |= {f"IDP_CHANNELS__{name.upper()}__{key.upper()}": value for key, value in each.items()}
    return values


def wait_for(address: str) -> None:
    """Until it answers, at most 30 s. Raises SystemExit."""
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        with contextlib.suppress(httpx.HTTPError):
            if httpx.get(address, timeout=2).status_code == 200:
                return
        time.sleep(0.05)
    raise SystemExit(f"nothing answers at {address}")


def stop(process: subprocess.Popen[bytes]) -> None:
    """Ask it to end, and wait."""
    process.terminate()
    process.wait(timeout=20)


def free_port() -> int:
    """One that nobody listens at."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def tree(pid: int) -> tuple[int, ...]:
    """A process and its descendants, whichever of its threads started them."""
    children = (child for task in Path(f"/proc/{pid}/task").glob("*/children") for child in task.read_text().split())
    return (pid, *(each for child in children for each in tree(int(child))))


def _valkey_pid(valkey: EmbeddedServer) -> int:
    return int(valkey._process.pid)  # noqa: SLF001  measured from outside, not part of its interface


def _cpu(pid: int) -> float:
    """Seconds on a processor of all live threads, to the nanosecond (the scheduler's own count)."""
    tasks = Path(f"/proc/{pid}/task").iterdir()
    return sum(int((task / "schedstat").read_text().split()[0]) for task in tasks) / 1e9


def _pss(pid: int) -> float:
    text = Path(f"/proc/{pid}/smaps_rollup").read_text()
    return next(int(line.split()[1]) for line in text.splitlines() if line.startswith("Pss:")) / 1024


def _name(pid: int) -> str:
    return f"{Path(f'/proc/{pid}/comm').read_text().strip()} {pid}"
