"""A portal as a process: until Ctrl-C or SIGTERM, then exit code 0."""

import signal
import sys
import time
from types import FrameType
from urllib.parse import urlsplit

from werkzeug.serving import WSGIRequestHandler, make_server

from examples.portal.facts import PortalAddresses, PortalFacts
from examples.portal.pages import create_portal


class _Quiet(WSGIRequestHandler):
    """No line per request: the callback's address carries a code."""

    timeout = 30  # seconds a connection may be silent

    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        """Nothing."""

    def version_string(self) -> str:
        """The Server field, without a version."""
        return "portal"


def serve(facts: PortalFacts, addresses: PortalAddresses) -> None:
    """Serve one portal at its own address. Good for a demonstration: one process, sessions in memory."""

    def stop(_number: int, _frame: FrameType | None) -> None:
        sys.exit(0)

    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, stop)
    place = urlsplit(addresses.own)
    app = create_portal(facts, addresses, clock=time.time)
    make_server(str(place.hostname), place.port or 80, app, threaded=True, request_handler=_Quiet).serve_forever()
