"""What a server loads (``wsgi:provider``, a factory) and what ``flask idp …`` finds by itself (:func:`make_app`).

Nothing imports it. What it serves is built by ``composition.py``.
"""

import atexit
import ctypes
import multiprocessing.util
import resource
import sys
import threading
from typing import TYPE_CHECKING, Final

from flask import Flask

from composition import Composition
from idp import cli
from idp.housekeeping import Housekeeping
from idp.logs import configure_logging

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIApplication

_PR_SET_DUMPABLE: Final = 4  # prctl(2)


def provider() -> "WSGIApplication":
    """The WSGI application of one worker, with its housekeeping."""
    configure_logging()
    composition = Composition()
    app = composition.app
    if not composition.settings.development:
        keep_to_itself()
    warm(composition)
    services = app.extensions["yihaotong"]
    housekeeping = Housekeeping(
        outbox=composition.stores.outbox,
        audit=composition.stores.audit,
        clients=composition.clients,
        clock=composition.clock,
        randomness=composition.randomness,
        duties=(services.expiry.tick, services.notices.tick, services.clients.tick),
    )
    housekeeping.start()

    stopped = threading.Event()

    def stop() -> None:
        if stopped.is_set():
            return
        stopped.set()
        app.extensions["yihaotong"].delivery.close()  # its last results go through the outbox
        housekeeping.stop()
        composition.close()

    # Workers of a multiprocessing server leave without atexit; others leave without multiprocessing.
    atexit.register(stop)
    multiprocessing.util.Finalize(None, stop, exitpriority=10)
    return app.wsgi_app


def keep_to_itself() -> None:
    """No core dump of keys, frames and templates, and no look into this process by others of the same user (Linux).

    The processes that decode pictures are such others: ``/proc/<pid>/environ`` of this one is closed to them.
    """
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_DUMPABLE, 0, 0, 0, 0)


def warm(composition: Composition) -> None:
    """Parse signing keys before the first request: loading an RSA key costs 39 ms, once."""
    composition.vault.keys.public_jwks()


def make_app() -> Flask:
    """What ``flask idp …`` runs in: commands compose what they need, so that doctor works on a broken set-up."""
    configure_logging()
    app = Flask("idp")
    cli.mount(app, Composition)
    return app
