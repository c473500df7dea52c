"""The sandbox population: every persona comes to its expected outcome, and every number is a number."""

import datetime
import json
from pathlib import Path

import pytest

from adapters import CHANNELS
from adapters.sandbox.credentials import police_settings
from adapters.sandbox.population import check_character, personas, synthetic_people
from idp.domain import id_numbers, persons
from idp.domain.attempt import Attempt, Reply
from idp.domain.channel import Reason, Rejected, Verified
from idp.domain.errors import InvalidInput
from tests.adapters.rigs import SANDBOX, World

VECTORS = Path(__file__).parent.parent / "vectors" / "channels"
PERSONAS = json.loads((VECTORS / "personas.json").read_text(encoding="utf-8"))
NAMES = json.loads((VECTORS / "names.json").read_text(encoding="utf-8"))
NUMBERS = json.loads((VECTORS / "id_numbers.json").read_text(encoding="utf-8"))
TODAY = datetime.date(2025, 1, 1)


def ask(name: str, number: str, world: World | None = None):
    channel = CHANNELS["police_population"](police_settings("gateway", SANDBOX), (world or World()).around())
    attempt = Attempt("a", "police_population", 4e9, "https://idp.test/return")
    return channel.resume(attempt, Reply("a", "police_population", {"name": name, "id_number": number}))


@pytest.mark.parametrize("persona", PERSONAS["people"], ids=lambda p: p["key"])
def test_each_persona_comes_to_its_expected_outcome(persona: dict):
    outcome = ask(persona["name"], persona["id18"])
    expected = persona["expected"]["police_population"]
    if expected == "match":
        assert isinstance(outcome, Verified)
    else:
        assert isinstance(outcome, Rejected)
        assert outcome.reason is {"not_found": Reason.NOT_FOUND, "rejected": Reason.CANCELLED_OR_DECEASED}[expected]


def test_the_sandbox_ships_the_personas_unchanged():
    assert [(p.key, p.name, p.id18, p.phone) for p in personas()] == [
        (p["key"], p["name"], p["id18"], p["phone"]) for p in PERSONAS["people"]
    ]


@pytest.mark.parametrize("case", NAMES["cases"], ids=lambda c: ascii(c["in"]))
def test_each_name_is_sent_in_its_canonical_form(case: dict):
    world = World()
    number = "370102190103070012"
    world.control.put("/__control/register", json={"id18": number, "name": case["out"]})
    if len(case["out"]) >= 2:
        assert isinstance(ask(case["in"], number, world), Verified)


@pytest.mark.parametrize("case", NAMES["reject"], ids=lambda c: c["why"])
def test_a_name_that_cannot_be_one_is_bad_input(case: dict):
    assert ask(case["in"], "370102190103070012") == Rejected(Reason.BAD_INPUT)


@pytest.mark.parametrize("case", NUMBERS["invalid"], ids=lambda c: c["why"])
def test_a_number_that_cannot_be_one_is_bad_input(case: dict):
    assert ask("张三", case["id"]) == Rejected(Reason.BAD_INPUT)


@pytest.mark.parametrize("case", NUMBERS["old_15_digit"], ids=lambda c: c["id15"])
def test_an_old_number_is_upgraded_before_it_is_sent(case: dict):
    name = next(p["name"] for p in PERSONAS["people"] if p["id18"] == case["id18"])
    assert isinstance(ask(name, case["id15"]), Verified)


def test_generated_people_have_right_numbers_and_are_all_different():
    people = list(synthetic_people(3000))
    assert len({p.id18 for p in people}) == len({p.phone for p in people}) == 3000
    assert {p.id18 for p in people}.isdisjoint(p.id18 for p in personas())
    for person in people:
        number = id_numbers.parse(person.id18, today=TODAY)
        assert 1901 <= number.birth_date.year <= 1905
        assert persons.parse_name(person.name).folded == person.name
    assert list(synthetic_people(5, start=100)) == people[100:105]


def test_generated_people_stand_in_the_register():
    person = next(synthetic_people(1, start=7))
    assert isinstance(ask(person.name, person.id18, World(synthetic=10)), Verified)
    assert ask(person.name, person.id18).reason is Reason.NOT_FOUND


def test_the_sandbox_knows_the_check_character_by_itself():
    for row in NUMBERS["valid"]:
        assert check_character(row["id18"][:17]) == row["id18"][17]
    with pytest.raises(InvalidInput):
        id_numbers.parse("370102190103070010", today=TODAY)
