"""docs/adding-a-channel.md: what a new channel is entered in. Each of these names what was forgotten."""

import tomllib
from pathlib import Path

import pytest

import adapters
from adapters.sandbox import traits
from adapters.sandbox.credentials import WALKED, channel_settings
from adapters.sandbox.population import expectations, personas

ROOT = Path(__file__).resolve().parents[2]
OPERATIONS = (ROOT / "docs" / "operations.md").read_text(encoding="utf-8")
GUIDE = (ROOT / "docs" / "adding-a-channel.md").read_text(encoding="utf-8")
FIRST_PAGE = (ROOT / "adapters" / "sandbox" / "templates" / "index.html").read_text(encoding="utf-8")
CONTRACTS = {
    contract["name"]: contract
    for contract in tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["importlinter"][
        "contracts"
    ]
}
PARTS = {
    f"adapters.{path.stem}"
    for path in (ROOT / "adapters").iterdir()
    if path.stem not in {"__init__", "sandbox", "__pycache__"} and (path.is_dir() or path.suffix == ".py")
}


@pytest.mark.parametrize(
    ("name", "listed"),
    [
        ("The sandbox is a house of its own: it never imports the adapters", "forbidden_modules"),
        ("Adapters never import the sandbox", "source_modules"),
    ],
)
def test_every_part_of_the_adapters_is_under_the_contracts_about_the_sandbox(name: str, listed: str):
    assert set(CONTRACTS[name][listed]) == PARTS


def test_every_channel_is_independent_of_the_others():
    modules = CONTRACTS["The channels do not know one another"]["modules"]
    assert set(modules) == {f"adapters.{name}" for name in adapters.CHANNELS}


@pytest.mark.parametrize("channel", adapters.CHANNELS)
def test_every_channel_is_known_to_the_sandbox_and_to_operators(channel: str):
    assert channel in traits.CHANNELS
    assert f'"{channel}":' in FIRST_PAGE
    assert all(channel in expectations(person.key) for person in personas())
    assert channel in OPERATIONS or channel.upper() in OPERATIONS
    assert channel in channel_settings("https://sandbox.test")


def test_what_the_guide_sets_is_what_the_sandbox_issued():
    issued = channel_settings("http://127.0.0.1:8100")["carrier_three_element"]
    for name, value in issued.items():
        shown = '"$(python' if name == "code_key" else value
        assert f"IDP_CHANNELS__CARRIER_THREE_ELEMENT__{name.upper()}={shown}" in GUIDE


def test_what_is_walked_is_registered():
    assert set(adapters.CHANNELS) >= WALKED
