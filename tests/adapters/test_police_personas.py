"""What personas.json expects of the two channels that ask the police, person by person, profile by profile."""

import json

import pytest

from idp.domain.attempt import Attempt
from idp.domain.channel import Outcome, Reason, Rejected, Verified
from tests.adapters import police, portrait
from tests.adapters.judge import jpeg
from tests.adapters.rigs import World
from tests.adapters.test_police_vectors import VECTORS

PEOPLE = json.loads((VECTORS / "personas.json").read_text(encoding="utf-8"))["people"]
MINOR = next(person for person in PEOPLE if person["key"] == "minor")
EXPECTED = {
    "match": {None},
    "mismatch": {Reason.MISMATCH_NAME, Reason.MISMATCH_FACE},
    "not_found": {Reason.NOT_FOUND, Reason.NO_PORTRAIT},
    "rejected": {Reason.CANCELLED_OR_DECEASED},
}

of_every_person = pytest.mark.parametrize("person", PEOPLE, ids=[person["key"] for person in PEOPLE])


def reason_of(outcome: Outcome) -> Reason | None:
    assert isinstance(outcome, (Verified, Rejected))
    return outcome.reason if isinstance(outcome, Rejected) else None


def fields_of(person: dict) -> dict[str, str]:
    return {"name": person["name"], "id_number": person["id18"]}


@pytest.mark.parametrize("profile", police.BUSINESS)
@of_every_person
def test_the_register_says_of_each_persona_what_is_expected(profile: str, person: dict):
    expected = EXPECTED[person["expected"]["police_population"]]
    if profile == "nciic" and expected == {Reason.CANCELLED_OR_DECEASED}:
        expected = {Reason.NOT_FOUND}  # NCIIC has no mark: a number that ended is in no register
    assert reason_of(police.ask(police.channel_of(World(), profile), fields_of(person))) in expected


@pytest.mark.parametrize("person", [p for p in PEOPLE if p != MINOR], ids=lambda person: person["key"])
def test_the_police_compare_each_personas_own_face_as_expected(person: dict):
    outcome = portrait.scan(portrait.channel_of(World()), jpeg(person["key"]), fields_of(person))
    assert reason_of(outcome) in EXPECTED[person["expected"]["local_face"]]


def test_the_police_would_compare_a_child_but_we_do_not_ask():
    attempt = Attempt("attempt-1", portrait.NAME, 4e9, portrait.RETURN, known=portrait.known(fields_of(MINOR)))
    assert portrait.channel_of(World()).begin(attempt) == Rejected(Reason.UNDER_AGE)
