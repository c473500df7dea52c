"""Server CPU milliseconds and operations a second, on one core, for the hot path.

``python -m bench.sign_on [--seconds N]``. Sign-on = authorize with a live session + code exchange (PKCE,
client_secret_basic) + userinfo. CPU is that of provider and Valkey together, from the operating system's accounting;
the load comes from another core. Round trips and SQL statements are counted in process, on the same code.
"""

import argparse
import statistics
import threading
import time
from collections.abc import Callable

from bench.calls import Party
from bench.counts import OPERATIONS, counts
from bench.provider import ALGS, Target, running

ROUNDS = 5
SIGNING = frozenset({"sign_on", "refresh"})  # the others sign nothing: one row


def measure(target: Target, alg: str, operation: str, seconds: float) -> tuple[float, float]:
    """Median CPU milliseconds an operation, and operations a second with two callers."""
    parties = [Party.connected(target.port, alg, target.secrets[alg], target.cookie) for _ in range(2)]
    for party in parties:
        party.sign_on()
        party.sign_on()
    cpu: list[float] = []
    rate: list[float] = []
    for _ in range(ROUNDS):
        done = [0] * len(parties)
        stop = time.monotonic() + seconds / ROUNDS

        def work(index: int, party: Party) -> None:
            call: Callable[[], None] = getattr(party, operation)
            while time.monotonic() < stop:  # noqa: B023  joined before the next round
                call()
                done[index] += 1  # noqa: B023

        started, before = time.monotonic(), target.cpu_seconds()
        threads = [threading.Thread(target=work, args=each) for each in enumerate(parties)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        total = sum(done)
        cpu.append((target.cpu_seconds() - before) * 1000 / total)
        rate.append(total / (time.monotonic() - started))
    return statistics.median(cpu), statistics.median(rate)


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=10.0, help="load per row")
    seconds = parser.parse_args().seconds
    counted = counts()
    print(f"{'operation':<18}{'alg':<8}{'CPU ms':>8}{'ops/s':>8}{'Redis':>7}{'SQL':>5}   ratio to userinfo")
    with running() as target:
        base, _ = measure(target, "es256", "userinfo", seconds)
        for operation in OPERATIONS:
            for alg in ALGS if operation in SIGNING else ("es256",):
                cpu, rate = measure(target, alg, operation, seconds)
                trips, statements = counted[operation]
                print(f"{operation:<18}{alg:<8}{cpu:>8.2f}{rate:>8.0f}{trips:>7}{statements:>5}   {cpu / base:.2f}")
        for name, mib in target.memory_mib().items():
            print(f"memory {name}: {mib:.0f} MiB PSS")


if __name__ == "__main__":
    main()
