"""``python -m bench.soak``: attempts of generated people over all nine channels, every tenth struck by a fault.

What ``tests/people/test_soak.py`` runs, at any length. Ends with status 1 when the books do not balance.
"""

import argparse
import contextlib
import logging
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

import structlog

from idp.stores.redis.connect import open as open_wire
from idp.stores.sql.engine import open_engine
from idp.stores.sql.migrate import upgrade
from tests.people import soak
from tests.people.balance import discrepancies
from tests.valkey import AesGcmCipher, worker_server

COLUMNS = (
    "attempts", "match", "mismatch", "not_found", "rejected", "left lying", "struck", "unavailable", "distrusted",
    "asked", "answered",
)  # fmt: skip


def main() -> None:
    """Print the totals by channel."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--attempts", type=int, default=2000)
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--workers", type=int, default=2)
    asked = parser.parse_args()
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
    with tempfile.TemporaryDirectory() as directory, contextlib.closing(open_wire(worker_server().url)) as wire:
        engine = open_engine(f"sqlite:///{Path(directory) / 'soak.sqlite3'}", lock_seconds=20, pool_wait_seconds=20)
        upgrade(engine)
        started = time.monotonic()
        done = soak.run(engine, wire, AesGcmCipher(), attempts=asked.attempts, seed=asked.seed, workers=asked.workers)
        took, wrong = time.monotonic() - started, discrepancies(done)
        engine.dispose()
    show(done.totals())
    print(f"{len(done.visitors)} people, {asked.attempts} attempts in {took:.0f} s; the books balance: {not wrong}")
    print("\n".join(wrong))
    sys.exit(1 if wrong else 0)


def show(totals: dict[str, Counter[str]]) -> None:
    """The table."""
    print(f"{'':<18}" + "".join(f"{name:>12}" for name in COLUMNS))
    for channel, row in [*totals.items(), ("all", sum(totals.values(), Counter()))]:
        print(f"{channel:<18}" + "".join(f"{row[name]:>12}" for name in COLUMNS))


if __name__ == "__main__":
    main()
