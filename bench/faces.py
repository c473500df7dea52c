"""Twenty citizens at their cameras at once, and what the sign-on of everybody else costs meanwhile.

``python -m bench.faces [--captures 20] [--seconds 20]``. The provider is started as ``make run`` starts it, with the
sandbox upstreams beside it; nothing is pinned. The citizens are recorded people (:mod:`bench.cameras`; ``FACES`` names
the folder of the recordings, without which nothing is measured: status 2). Sign-ons come ten a second, first while
nobody is at a camera, then until the last capture has its result. Status 1 when their median more than doubles, or when
a capture was lost by the server's fault.
"""

import argparse
import contextlib
import json
import statistics
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from adapters.sandbox.person import Person
from adapters.sandbox.population import generated
from bench.calls import Party
from bench.provider import ROOT, Target, free_port, running, stop, tree, wait_for
from bench.servers import cpu_seconds, resident_mib
from examples.demo.material import SERVER
from tests.liveness.material import FACES

ALG = "es256"
EVERY = 0.1  # seconds between two sign-ons
MOST_RATIO = 2.0
SEED = 7  # of the sandbox's people
WORKER = b"liveness.worker"
RESULTS = {"accepted", "asked again", "refused"}


class Workers:
    """Processor seconds of a tree's liveness workers, also of those that have been replaced since."""

    def __init__(self, root: int) -> None:
        self.root = root
        self.seen: dict[int, float] = {}

    def look(self) -> float:
        """Seconds so far."""
        for pid in self.pids():
            with contextlib.suppress(OSError):
                self.seen[pid] = cpu_seconds(pid)
        return sum(self.seen.values())

    def pids(self) -> list[int]:
        """Those that live."""
        found = []
        for pid in tree(self.root):
            with contextlib.suppress(OSError):
                if WORKER in Path(f"/proc/{pid}/cmdline").read_bytes():
                    found.append(pid)
        return found


def sign_ons(party: Party, workers: Workers, done: threading.Event) -> list[float]:
    """Milliseconds of each sign-on until ``done``. One that waits for the one before counts from when it was due."""
    found: list[float] = []
    due = time.monotonic()
    while not done.is_set():
        early = due - time.monotonic()
        if early > 0:
            time.sleep(early)
        began = time.monotonic() if early > 0 else due
        party.sign_on()
        found.append(1000 * (time.monotonic() - began))
        due += EVERY
        if len(found) % 10 == 0:
            workers.look()
    return found


def idle(party: Party, workers: Workers, seconds: float) -> list[float]:
    """The same for a while."""
    done = threading.Event()
    timer = threading.Timer(seconds, done.set)
    timer.start()
    return sign_ons(party, workers, done)


@contextlib.contextmanager
def sandbox(people: int) -> Iterator[tuple[str, int]]:
    """The upstreams; their address and process id."""
    port = free_port()
    command = [
        sys.executable,
        "-m",
        "adapters.sandbox",
        "--port",
        str(port),
        "--generated",
        str(people),
        "--seed",
        str(SEED),
    ]
    process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        wait_for(f"http://127.0.0.1:{port}/")
        yield f"http://127.0.0.1:{port}", process.pid
    finally:
        stop(process)


def main() -> None:
    """Measure, print, judge."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--captures", type=int, default=20)
    parser.add_argument("--seconds", type=float, default=20.0, help="of sign-ons while nobody is at a camera")
    asked = parser.parse_args()
    if not (FACES / "manifest.json").is_file():
        print("no recordings: FACES must name the folder of manifest.json", file=sys.stderr)
        sys.exit(2)
    rows = json.loads((FACES / "manifest.json").read_text(encoding="utf-8"))
    clips = sorted({row["file"] for row in rows if row["kind"] == "live"})
    known = 4 * asked.captures + 20
    people = [each for each in generated(known, SEED) if not each.traits][: asked.captures]
    with (
        sandbox(known) as (upstreams, sandbox_pid),
        running(core=None, server=SERVER, upstreams=upstreams, people=people) as target,
    ):
        job = {
            "port": target.port,
            "cookies": target.cookies,
            "clips": [clips[index % len(clips)] for index in range(asked.captures)],
        }
        sys.exit(0 if measured(target, sandbox_pid, job, asked.seconds, people) else 1)


def measured(target: Target, sandbox_pid: int, job: dict[str, Any], seconds: float, people: list[Person]) -> bool:
    """Whether both promises are kept."""
    party = Party.connected(target.port, ALG, target.secrets[ALG], target.cookie)
    for _ in range(5):
        party.sign_on()
    workers, provider = Workers(target.pids[0]), target.pids[0]
    cameras = subprocess.Popen(
        [sys.executable, "-m", "bench.cameras"], cwd=ROOT, text=True, stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    assert cameras.stdin
    assert cameras.stdout
    try:
        print(json.dumps(job), file=cameras.stdin, flush=True)
        if not cameras.stdout.readline():
            raise SystemExit("nobody came to the camera pages")
        before = idle(party, workers, seconds)
        started, spent, upstream = time.monotonic(), cpu_seconds(provider), cpu_seconds(sandbox_pid)
        print("go", file=cameras.stdin, flush=True)
        told: list[dict[str, Any]] = []
        done = threading.Event()
        listener = threading.Thread(target=lambda: (told.extend(map(json.loads, cameras.stdout)), done.set()))  # type: ignore[arg-type]
        listener.start()
        during = sign_ons(party, workers, done)
        listener.join()
        took = time.monotonic() - started
    finally:
        cameras.kill()
        cameras.wait()
    ended = [each for each in told if "ended" in each]
    ratio = statistics.median(during) / statistics.median(before)
    lost = len(job["cookies"]) - sum(each["ended"] in RESULTS for each in ended)
    rows_of_sign_on(before, during, ratio)
    rows_of_captures(ended)
    seen = workers.look()
    rest = cpu_seconds(provider) - spent - seen
    each_one, sandboxed = seen / len(job["cookies"]), cpu_seconds(sandbox_pid) - upstream
    print(f"CPU s, liveness workers, a verification: {each_one:.2f} (processes seen: {len(workers.seen)})")
    print(f"CPU s, provider without them, sign-ons included: {rest:.1f}; sandbox: {sandboxed:.1f}")
    share = next((each["share"] for each in told if "share" in each), 0.0)
    print(f"all of it took {took:.0f} s; the cameras took {100 * share:.0f} % of a core")
    alive = [resident_mib(pid) for pid in workers.pids()]
    each_worker = " ".join(f"{mib:.0f}" for mib in alive)
    print(f"memory MiB: provider {resident_mib(provider) - sum(alive):.0f}, liveness workers {each_worker}, ", end="")
    print(f"sandbox {resident_mib(sandbox_pid):.0f}")
    print(f"proved by camera, as the store says: {proved(target, people)} accounts; lost by the server's fault: {lost}")
    print(f"ended as foul, by the audit's word: {dict(fouls(target, people)) or 'none'}")
    return ratio <= MOST_RATIO and lost == 0


def proved(target: Target, people: list[Person]) -> int:
    """How many accounts have evidence of a camera: what the store says, whatever a page said."""
    citizens = target.composition.stores.citizens
    found = (citizens.by_mobile(f"+86{each.phone}") for each in people)
    return sum(any(e.channel == "local_face" for e in citizens.evidence_of(each.id)) for each in found if each)


def fouls(target: Target, people: list[Person]) -> Counter[str]:
    """Why captures were ended, which no page says; nobody here plays foul, so each is one that was lost."""
    stores = target.composition.stores
    known = filter(None, (stores.citizens.by_mobile(f"+86{each.phone}") for each in people))
    rows = (row for citizen in known for row in stores.audit.recent(citizen.id, limit=50))
    return Counter(str(row.detail["word"]) for row in rows if row.kind == "capture_fouled")


def rows_of_sign_on(before: list[float], during: list[float], ratio: float) -> None:
    """The table."""
    print(f"{'sign-on, ms':<16}{'calls':>8}{'median':>8}{'95 %':>8}{'most':>8}")
    for name, found in (("idle", before), ("with captures", during)):
        tail = statistics.quantiles(found, n=20)[-1]
        print(f"{name:<16}{len(found):>8}{statistics.median(found):>8.1f}{tail:>8.1f}{max(found):>8.1f}")
    print(f"ratio of medians: {ratio:.2f}")


ROWS = {
    "before the first frame, s": "waited",
    "from start to result, s": "took",
    "last frames' answer to decision, s": "decided",
    "last picture taken to decision, s": "from_last_frame",
    "slowest call with frames, s": "slowest",
}
BUSY = {"before a run": "busy_before", "at frames": "busy_frames", "at the picture": "busy_picture"}


def rows_of_captures(ended: list[dict[str, Any]]) -> None:
    """How the captures fared."""
    counted = Counter(each["ended"] for each in ended).most_common()
    print("captures: " + ", ".join(f"{count} {word}" for word, count in counted))
    over = [each for each in ended if each["ended"] in RESULTS]
    columns = {name: [each[key] for each in over] for name, key in ROWS.items()}
    columns["pictures a second"] = [each["frames"] / each["took"] for each in over]
    for name, found in columns.items() if over else ():
        print(f"{name:<36}median {statistics.median(found):6.2f}  least {min(found):6.2f}  most {max(found):6.2f}")
    for each in (each for each in ended if each not in over):
        print(f"lost after {each['took']:.1f} s and {each['calls']} calls: {each}")
    print("503: " + ", ".join(f"{sum(each[key] for each in ended)} {name}" for name, key in BUSY.items()))
    print(f"told of the crowd after 25 s, and pressed again: {sum(each['sent_away'] for each in ended)} times")


if __name__ == "__main__":
    main()
