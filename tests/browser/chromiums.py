"""Real Chromium, started once for each set of arguments; one that hangs is ended, so that no test waits for ever.

Playwright waits without limit for a browser that neither answers nor exits (a page whose renderer spins, a camera that
does not close). Whoever is waiting then gets Playwright's own error, and the next test a new browser.
"""

import contextlib
import shutil
import threading
from collections.abc import Iterator

import psutil
import pytest
from playwright.sync_api import Browser, Error, Playwright

# A browser that speaks to this machine only: no name is resolved, nothing is updated, synchronised or reported.
ARGUMENTS = (
    "--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync", "--disable-quic", "--disable-default-apps",
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
)  # fmt: skip
LONGEST = 240.0  # seconds that a test may take; the longest needs a fifth of it
CLOSING = 30.0  # seconds for a browser to close


class Chromiums:
    """The browsers of one run; each is kept until the end of it."""

    def __init__(self, playwright: Playwright) -> None:
        self._type = playwright.chromium
        self._open: dict[tuple[str, ...], Browser] = {}

    def with_(self, *arguments: str) -> Browser:
        """The browser with these arguments besides; a new one where the last has ended."""
        found = self._open.get(arguments)
        if found is None or not found.is_connected():
            found = self._open[arguments] = self._launch(arguments)
        return found

    @contextlib.contextmanager
    def alone(self, *arguments: str) -> Iterator[Browser]:
        """A browser for one use."""
        browser = self._launch(arguments)
        try:
            yield browser
        finally:
            close(browser)

    def close(self) -> None:
        """Close every browser."""
        for browser in self._open.values():
            close(browser)

    def _launch(self, arguments: tuple[str, ...]) -> Browser:
        program = shutil.which("chromium") or shutil.which("chromium-browser")
        if program is None:
            pytest.fail("Chromium is missing: tests/install installs it (Debian package chromium)", pytrace=False)
        return self._type.launch(executable_path=program, args=[*ARGUMENTS, *arguments])


def close(browser: Browser) -> None:
    """Close a browser; one that does not is ended."""
    with at_most(CLOSING), contextlib.suppress(Error):
        browser.close()


@contextlib.contextmanager
def at_most(seconds: float) -> Iterator[None]:
    """End every browser of this process unless the block is left in time."""
    alarm = threading.Timer(seconds, end_all)
    alarm.daemon = True
    alarm.start()
    try:
        yield
    finally:
        alarm.cancel()


def end_all() -> None:
    """Kill what Chromium runs below this process: pending calls of Playwright then fail, as TargetClosedError."""
    for each in psutil.Process().children(recursive=True):
        with contextlib.suppress(psutil.Error):
            if "chrom" in each.name():
                each.kill()
