"""One provider for all, Node's packages once, and a citizen who is signed in."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from tests.interop import node_home
from tests.interop.citizen import Citizen
from tests.interop.house import House
from tests.interop.house import house as open_house
from tests.interop.scenario import Scenario


@pytest.fixture(scope="session")
def house(tmp_path_factory: pytest.TempPathFactory, worker_id: str) -> Iterator[House]:
    base = tmp_path_factory.getbasetemp()
    with open_house(base if worker_id == "master" else base.parent) as made:
        yield made


@pytest.fixture
def citizen(house: House) -> Iterator[Citizen]:
    with Citizen(house.issuer) as made:
        yield made


@pytest.fixture(scope="session")
def node_packages() -> None:
    node_home.install()


@pytest.fixture
def program(house: House, citizen: Citizen, node_packages: None) -> Callable[..., dict[str, Any]]:
    """Run a Node scenario to its end; the citizen goes wherever it asks."""

    def run(name: str, client_id: str, *, about: dict[str, Any] | None = None, **others: Any) -> dict[str, Any]:
        """``about``: more parameters; ``others``: what to do about other questions, by the question's name."""
        answers = {"authorize": lambda address: {"callback": citizen.walk(address).address}, **others}
        with Scenario(name, house.given(client_id, **(about or {}))) as scenario:
            said = scenario.hear()
            while question := answers.keys() & said.keys():
                (asked,) = question
                said = scenario.answer(**answers[asked](said[asked]))
            return said

    return run
