"""Two thousand attempts over all nine channels, every tenth struck by a fault: the books balance to the last try."""

import shutil
from pathlib import Path

from sqlalchemy import Engine

from idp.domain.audit_words import Outcome
from idp.stores.redis.wire import Wire
from idp.stores.sql.engine import open_engine
from tests.people import soak
from tests.people.balance import discrepancies
from tests.people.nine import NINE
from tests.valkey import AesGcmCipher, Deployment

ATTEMPTS = 2000
SEED = 7


def test_the_books_of_two_thousand_attempts_balance(engine: Engine, fast_wire: Wire, cipher: AesGcmCipher):
    done = soak.run(engine, fast_wire, cipher, attempts=ATTEMPTS, seed=SEED)

    assert discrepancies(done) == []
    totals = done.totals()
    assert sum(row["attempts"] for row in totals.values()) == ATTEMPTS
    # It was a soak: every channel was walked, struck and failed, and most people got through all the same.
    for channel in NINE:
        assert totals[channel]["attempts"] > 100
        assert totals[channel]["struck"] > 5
        assert totals[channel][Outcome.UNAVAILABLE] > 0
        assert totals[channel][Outcome.DISTRUSTED] > 0
        assert channel == "business_registry" or totals[channel]["match"] > totals[channel]["attempts"] / 2


def test_a_soak_is_repeated_by_its_seed(
    migrated: Path, tmp_path: Path, fast_wire: Wire, cipher: AesGcmCipher, standalone: Deployment
):
    totals = []
    for number, seed in enumerate((7, 7, 8)):
        standalone.flush()
        path = tmp_path / f"{number}.sqlite3"
        shutil.copy(migrated, path)
        engine = open_engine(f"sqlite:///{path}", lock_seconds=20, pool_wait_seconds=20)
        done = soak.run(engine, fast_wire, cipher, attempts=60, seed=seed)
        assert discrepancies(done) == []
        totals.append(done.totals())
        engine.dispose()
    assert totals[0] == totals[1] != totals[2]
