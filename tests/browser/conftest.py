"""The demonstration as `make run` starts it, once per worker, and real Chromium."""

import json
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.sync_api import Browser, sync_playwright

from examples.demo.settings import ROOT
from tests.browser.visitor import Visitor
from tests.examples.test_demo import Demo, free_ports
from tests.liveness.material import FACES

# Recorded people stand before the camera where they are, and nowhere else.
collect_ignore = [] if (FACES / "manifest.json").is_file() else ["test_recorded_faces.py"]
# A browser that speaks to this machine only: no name is resolved, nothing is updated, synchronised or reported.
ARGUMENTS = [
    "--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync", "--disable-quic", "--disable-default-apps",
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
]  # fmt: skip


@dataclass(frozen=True)
class Somebody:
    """A person of the sandbox's register."""

    name: str
    id_number: str
    mobile: str
    bank_card: str


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.browser)


@pytest.fixture(scope="session")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Demo]:
    """Everything that a newcomer starts; its data lie in a directory of this run."""
    running = Demo(tmp_path_factory.mktemp("demo") / "var", free_ports())
    try:
        running.wait_until_ready()
        yield running
        assert running.stop() == 0, running.said
    finally:
        running.clean_up()


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    program = shutil.which("chromium") or shutil.which("chromium-browser")
    if program is None:
        pytest.fail("Chromium is missing: tests/install installs it (Debian package chromium)", pytrace=False)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=ARGUMENTS)
        yield browser
        browser.close()


@pytest.fixture
def visit(chromium: Browser, demo: Demo, tmp_path: Path) -> Iterator[Callable[..., Visitor]]:
    """Begin a visit: ``visit(language, size, script=True)``. Screenshots go to this test's directory."""
    album = tmp_path / "album"
    album.mkdir()
    visitors: list[Visitor] = []

    def begin(**how) -> Visitor:
        visitors.append(Visitor(chromium, demo, album, **how))
        return visitors[-1]

    yield begin
    for visitor in visitors:
        visitor.leave()


@pytest.fixture(scope="session")
def person() -> Callable[[str], Somebody]:
    """A person by the key that the vectors give them."""
    text = (ROOT / "tests/vectors/channels/personas.json").read_text(encoding="utf-8")
    people = {row["key"]: row for row in json.loads(text)["people"]}
    return lambda key: Somebody(people[key]["name"], people[key]["id18"], people[key]["phone"], people[key]["pan"])
