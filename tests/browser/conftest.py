"""The demonstration as `make run` starts it, once per worker, and real Chromium."""

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect, sync_playwright

from examples.demo.settings import ROOT
from tests.browser.chromiums import LONGEST, Chromiums, at_most
from tests.browser.visitor import Visitor
from tests.examples.test_demo import Demo, free_ports
from tests.liveness.material import FACES

# Recorded people stand before the camera where they are, and nowhere else.
collect_ignore = [] if (FACES / "manifest.json").is_file() else ["test_recorded_faces.py"]
# What is waited for comes, only later where every core is busy.
expect.set_options(timeout=20_000)


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


@pytest.fixture(autouse=True)
def _never_for_ever() -> Iterator[None]:
    with at_most(LONGEST):
        yield


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
def chromiums() -> Iterator[Chromiums]:
    """Browsers by their arguments."""
    with sync_playwright() as playwright:
        made = Chromiums(playwright)
        yield made
        made.close()


@pytest.fixture
def chromium(chromiums: Chromiums) -> Browser:
    """The ordinary browser."""
    return chromiums.with_()


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
