"""Redis round trips and SQL statements per operation, counted in process on the real code."""

import contextlib
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from sqlalchemy import event

from bench.calls import Party
from bench.provider import ROOT, environment_for, open_session, write_material
from composition import Composition
from idp.settings import read
from idp.stores.redis.embedded import EmbeddedServer
from tests.valkey import CountingWire

OPERATIONS = ("sign_on", "refresh", "userinfo", "introspect")


def counts() -> dict[str, tuple[int, int]]:
    """Operation -> (Redis round trips, SQL statements)."""
    with _composition() as (composition, secret):
        statements = 0

        @event.listens_for(composition.engine, "before_cursor_execute")
        def count(*_: object) -> None:
            nonlocal statements
            statements += 1

        wire = composition.wire
        assert isinstance(wire, CountingWire)
        app = composition.app
        party = Party.in_process(app.wsgi_app, "rs256", secret, f"yht_session={open_session(composition)}")
        party.sign_on()
        party.introspect()  # the first one asks SQL: the release of this client in this session is made
        found = {}
        for operation in OPERATIONS:
            wire.round_trips = statements = 0
            getattr(party, operation)()
            found[operation] = (wire.round_trips, statements)
        app.extensions["yihaotong"].notices.close()
        return found


@contextlib.contextmanager
def _composition() -> Iterator[tuple[Composition, str]]:
    with tempfile.TemporaryDirectory() as directory, contextlib.ExitStack() as stack:
        var = Path(directory)
        secrets = write_material(var)
        valkey = stack.enter_context(EmbeddedServer(var / "valkey", durable=False))
        environment = environment_for(var, 8000, valkey.url)
        seed = [sys.executable, "-m", "flask", "idp", "citizens", "seed", str(var / "citizens.yaml")]
        subprocess.run(seed, cwd=ROOT, env={**os.environ, **environment}, check=True, capture_output=True)
        composition = Composition(read(environment))
        composition.__dict__["wire"] = CountingWire(composition.wire)
        stack.callback(composition.engine.dispose)
        yield composition, secrets["rs256"]
