"""Which WSGI server stands before the provider? Measured, not believed: ``python -m bench.servers``.

Each candidate serves the same tiny application with one worker process. Two things are measured, six are tried:

* **CPU**: processor time of the whole process tree (``/proc``) per answered request under load, which is what a core
  can be divided by; wall-clock rates of a shared machine are not comparable, processor time is. Load comes from
  ``wrk``, or from a pool of Python threads when ``wrk`` is missing. Rounds are interleaved, the median is printed.
* **Memory**: resident set of the tree after the load, and its growth while 64 MiB are sent that nobody reads.
* **Attacks**: forty half-sent heads and forty half-sent bodies must not keep the next visitor waiting; ambiguous
  framing (RFC 9112 section 6.3) must not be answered as two requests; huge heads are refused; no version in ``Server``.

gunicorn, gevent and waitress are compared when they are installed (``pip install gunicorn gevent waitress``); they are
not requirements. The decision is docs/adr/0008-server.md.
"""

import argparse
import contextlib
import dataclasses
import http.client
import importlib.util
import os
import re
import shutil
import signal
import socket
import statistics
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

ANSWER = b'{"sub":"248289761001","iss":"http://127.0.0.1:8000","acr":"urn:yihaotong:realname:1"}'
PATIENCE = 3.0  # seconds a visitor waits before we call the server blocked
TICK = os.sysconf("SC_CLK_TCK")
PAGE = os.sysconf("SC_PAGE_SIZE")


def app(environ: dict, start_response: Callable) -> Iterable[bytes]:
    """The application under test: reads the body, answers 90 bytes of JSON.

    ``/hidden`` tells that it was reached; ``/unread`` leaves the body where it is, as a refusal does.
    """
    if environ["PATH_INFO"] != "/unread":
        environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
    body = b"hidden was reached" if environ["PATH_INFO"] == "/hidden" else ANSWER
    start_response("200 OK", [("Content-Type", "application/json"), ("Content-Length", str(len(body)))])
    return [body]


@dataclasses.dataclass(frozen=True)
class Server:
    """A candidate: the module it needs and its command line, with ``{port}`` to fill in."""

    name: str
    module: str
    command: str


GRANIAN = (
    "granian --interface wsgi --http 1 --no-ws --host 127.0.0.1 --port {port} --workers 1 --no-log "
    "--http1-buffer-size 65536 --http1-header-read-timeout 10000 bench.servers:app"
)
GUNICORN = "gunicorn -b 127.0.0.1:{port} -w 1 --log-level error"
SERVERS = (
    Server("granian, 1 thread", "granian", f"{GRANIAN} --blocking-threads 1"),
    Server("granian, 16 connections", "granian", f"{GRANIAN} --blocking-threads 16 --backpressure 16"),
    Server("granian, 64 threads", "granian", f"{GRANIAN} --blocking-threads 64 --backpressure 1024"),
    Server("gunicorn sync", "gunicorn", f"{GUNICORN} -k sync bench.servers:app"),
    Server("gunicorn gthread, 16", "gunicorn", f"{GUNICORN} -k gthread --threads 16 bench.servers:app"),
    Server("gunicorn gevent", "gevent", f"{GUNICORN} -k gevent bench.servers:app"),
    Server("waitress, 16", "waitress", "waitress-serve --listen=127.0.0.1:{port} --threads=16 bench.servers:app"),
)


# ---- processes ------------------------------------------------------------------------------------------------------


def tree(pid: int) -> list[int]:
    """A process and its descendants, whichever of its threads started them."""
    kids = (kid for task in Path(f"/proc/{pid}/task").glob("*/children") for kid in task.read_text().split())
    return [pid, *(p for kid in kids for p in tree(int(kid)))]


def cpu_seconds(pid: int) -> float:
    """Processor time, user and system, of a process tree."""
    stats = (Path(f"/proc/{p}/stat").read_text().rpartition(")")[2].split() for p in tree(pid))
    return sum(int(fields[11]) + int(fields[12]) for fields in stats) / TICK


def resident_mib(pid: int) -> float:
    """Resident memory of a process tree; pages shared by its processes are counted in each."""
    return sum(int(Path(f"/proc/{p}/statm").read_text().split()[1]) for p in tree(pid)) * PAGE / 2**20


@contextlib.contextmanager
def running(server: Server) -> Iterator[tuple[int, int]]:
    """The server, answering; yields its process id and port."""
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    command = [str(Path(sys.executable).parent / part) if i == 0 else part.format(port=port)
               for i, part in enumerate(server.command.split())]  # fmt: skip
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True)
    try:
        for _ in range(200):
            with contextlib.suppress(OSError):
                if get(port):
                    break
            time.sleep(0.05)
        else:
            sys.exit(f"{server.name} did not start: {' '.join(command)}")
        yield process.pid, port
    finally:
        process.terminate()
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()


# ---- load -----------------------------------------------------------------------------------------------------------


def load(port: int, seconds: int) -> int:
    """Keep 16 connections busy; how many requests were answered."""
    if shutil.which("wrk"):
        report = subprocess.run(
            ["wrk", "-t1", "-c16", f"-d{seconds}s", f"http://127.0.0.1:{port}/"],
            capture_output=True, text=True, check=True,
        ).stdout  # fmt: skip
        return int(re.search(r"(\d+) requests in", report).group(1))
    counts: list[int] = []
    until = time.monotonic() + seconds

    def visitor() -> None:
        connection, done = http.client.HTTPConnection("127.0.0.1", port), 0
        while time.monotonic() < until:
            connection.request("GET", "/")
            connection.getresponse().read()
            done += 1
        counts.append(done)

    threads = [threading.Thread(target=visitor) for _ in range(16)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return sum(counts)


# ---- attacks --------------------------------------------------------------------------------------------------------


def get(port: int) -> bool:
    """Whether a well-behaved visitor is answered within PATIENCE seconds."""
    return exchange(port, b"GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n").startswith(b"HTTP/1.1 200")


def exchange(port: int, request: bytes) -> bytes:
    """Everything the server says to these bytes until it closes or PATIENCE is over."""
    said = b""
    with socket.create_connection(("127.0.0.1", port), timeout=PATIENCE) as link, contextlib.suppress(OSError):
        link.sendall(request)
        while part := link.recv(65536):
            said += part
    return said


def survives(port: int, half: bytes) -> bool:
    """Whether a visitor is answered while forty others have sent half a request."""
    with contextlib.ExitStack() as stack:
        for _ in range(40):
            link = stack.enter_context(socket.create_connection(("127.0.0.1", port), timeout=PATIENCE))
            link.sendall(half)
        time.sleep(0.3)
        return get(port)


def drops_half_heads(port: int, seconds: float = 12.0) -> bool:
    """Whether a connection that never finishes its head is closed within ``seconds``."""
    with socket.create_connection(("127.0.0.1", port), timeout=seconds) as link:
        link.sendall(b"GET / HTTP/1.1\r\nHost: a\r\nX-Slow: ")
        with contextlib.suppress(TimeoutError):
            while link.recv(4096):
                pass
            return True
    return False


SMUGGLED = b"GET /hidden HTTP/1.1\r\nHost: a\r\n\r\n"
AMBIGUOUS = {  # RFC 9112 section 6.3, CVE-2024-1135, CVE-2024-6827
    "CL+TE": b"Content-Length: %d\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n" % (5 + len(SMUGGLED)),
    "TE+CL": b"Transfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n0\r\n\r\n",
    "two CL": b"Content-Length: 0\r\nContent-Length: %d\r\n\r\n" % len(SMUGGLED),
    "TE xchunked": b"Transfer-Encoding: xchunked\r\n\r\n",
    "TE list": b"Transfer-Encoding: identity, chunked, identity\r\n\r\n",
    "CL +5": b"Content-Length: +5\r\n\r\n",
    "CL space": b"Content-Length : %d\r\n\r\n" % len(SMUGGLED),
}


def smuggled(port: int) -> list[str]:
    """Which ambiguous framings let a hidden request through."""
    return [
        name
        for name, framing in AMBIGUOUS.items()
        if b"hidden was reached" in exchange(port, b"POST / HTTP/1.1\r\nHost: a\r\n" + framing + SMUGGLED)
    ]


def refuses_huge_head(port: int) -> bool:
    """Whether one mebibyte of header is refused."""
    head = b"GET / HTTP/1.1\r\nHost: a\r\nX-Big: " + b"a" * 2**20 + b"\r\nConnection: close\r\n\r\n"
    return b" 200 " not in exchange(port, head)[:20]


def growth_mib(pid: int, port: int) -> float:
    """How much a server grows, at most, while it is sent 64 MiB that the application does not read."""
    before = most = resident_mib(pid)
    head = b"POST /unread HTTP/1.1\r\nHost: a\r\nContent-Length: %d\r\n\r\n" % 2**26
    with socket.create_connection(("127.0.0.1", port), timeout=PATIENCE) as link, contextlib.suppress(OSError):
        link.sendall(head)
        for _ in range(64):
            link.sendall(b"a" * 2**20)
            most = max(most, resident_mib(pid))
    return most - before


def names_version(port: int) -> bool:
    """Whether the Server field gives a version away."""
    said = exchange(port, b"GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
    field = re.search(rb"(?im)^server: *([^\r]*)", said)
    return bool(field and re.search(rb"\d", field.group(1)))


def attacks(pid: int, port: int) -> list[str]:
    """One verdict per attack, in the order of COLUMNS."""
    half_body = b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 400\r\n\r\nusername="
    through = smuggled(port)
    return [
        "pass" if survives(port, b"GET / HTTP/1.1\r\nHost: a\r\nX-Slow: ") else "BLOCKED",
        "pass" if survives(port, half_body) else "BLOCKED",
        "yes" if drops_half_heads(port) else "no",
        "none" if not through else ", ".join(through),
        "refused" if refuses_huge_head(port) else "read",
        f"{growth_mib(pid, port):.0f}",
        "yes" if names_version(port) else "no",
    ]


COLUMNS = (
    *("server", "CPU µs/request", "requests per CPU s", "ratio", "MiB", "40 half heads", "40 half bodies"),
    *("half head dropped in 12 s", "smuggled", "1 MiB head", "MiB grown by unread body", "version in Server"),
)


def main() -> None:
    """Print the table as Markdown."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--seconds", type=int, default=4, help="length of one load round")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--only", default="", help="servers whose name contains this")
    options = parser.parse_args()
    candidates = [s for s in SERVERS if options.only in s.name and importlib.util.find_spec(s.module)]
    costs: dict[str, list[float]] = {s.name: [] for s in candidates}
    memory, verdicts = {}, {}
    for turn in range(options.rounds):
        for server in candidates:
            with running(server) as (pid, port):
                load(port, 1)
                before = cpu_seconds(pid)
                answered = load(port, options.seconds)
                costs[server.name].append((cpu_seconds(pid) - before) / answered * 1e6)
                memory[server.name] = resident_mib(pid)
                if turn == 0:
                    verdicts[server.name] = attacks(pid, port)
                    print(f"{server.name}: {', '.join(verdicts[server.name])}", file=sys.stderr, flush=True)
    median = {name: statistics.median(values) for name, values in costs.items()}
    best = min(median.values())
    print("| " + " | ".join(COLUMNS) + " |\n|" + "---|" * len(COLUMNS))
    for name, cost in sorted(median.items(), key=lambda item: item[1]):
        figures = [name, f"{cost:.0f}", f"{1e6 / cost:.0f}", f"{cost / best:.2f}", f"{memory[name]:.0f}"]
        print("| " + " | ".join([*figures, *verdicts[name]]) + " |")


if __name__ == "__main__":
    main()
