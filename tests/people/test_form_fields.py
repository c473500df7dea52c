import datetime
import json
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from idp.domain.channel import FieldKind
from idp.domain.errors import InvalidInput, Rule
from idp.people.form_fields import parse_bank_card, parse_code, parse_credit_code, parse_social_card, read_fields

TODAY = datetime.date(2025, 1, 1)
VECTORS = json.loads((Path(__file__).parents[1] / "vectors/channels/id_numbers.json").read_text(encoding="utf-8"))


def rule_of(parse, typed):
    with pytest.raises(InvalidInput) as refused:
        parse(typed)
    return refused.value.rule


@pytest.mark.parametrize("case", VECTORS["bank_card_luhn"], ids=lambda case: case["pan"])
def test_bank_cards_agree_with_the_vectors(case):
    if case["valid"]:
        assert parse_bank_card(case["pan"]) == case["pan"]
    else:
        assert rule_of(parse_bank_card, case["pan"]) is Rule.CHECK_CHARACTER


@pytest.mark.parametrize("case", VECTORS["uscc"], ids=lambda case: case["uscc"])
def test_credit_codes_agree_with_the_vectors(case):
    if case["valid"]:
        assert parse_credit_code(case["uscc"].lower()) == case["uscc"]
    else:
        assert rule_of(parse_credit_code, case["uscc"]) is Rule.CHECK_CHARACTER


@pytest.mark.parametrize(
    ("parse", "typed", "rule"),
    [
        (parse_bank_card, "", Rule.MISSING),
        (parse_bank_card, "6216 26x1", Rule.CHARACTERS),
        (parse_bank_card, "621626", Rule.LENGTH),
        (parse_credit_code, "-", Rule.MISSING),
        (parse_credit_code, "９１37010é", Rule.CHARACTERS),
        (parse_credit_code, "91370100MA0TEXT00", Rule.LENGTH),
        (parse_social_card, " ", Rule.MISSING),
        (parse_social_card, "SD1", Rule.FORMAT),
        (parse_social_card, "社保0000001", Rule.FORMAT),
    ],
)
def test_a_field_that_cannot_be_right_says_why(parse, typed, rule):
    assert rule_of(parse, typed) is rule


@pytest.mark.parametrize("typed", ["SD0000001", "sd 0000001", "ＳＤ０００-０００１"])
def test_a_social_card_number_is_read_as_people_type_it(typed):
    assert parse_social_card(typed) == "SD0000001"


@pytest.mark.parametrize("typed", ["012345", "012 345", "０１２３４５", " 012345\n"])
def test_a_code_is_six_digits_in_any_width(typed):
    assert parse_code(typed, "code") == "012345"


@pytest.mark.parametrize(
    ("typed", "rule"),
    [
        ("", Rule.MISSING),
        ("12345", Rule.FORMAT),
        ("1234567", Rule.FORMAT),
        ("12345a", Rule.FORMAT),
        ("²²²²²²x", Rule.FORMAT),
    ],
)
def test_what_is_no_code_is_told_apart_from_a_wrong_one(typed, rule):
    assert rule_of(lambda text: parse_code(text, "code"), typed) is rule


@pytest.mark.parametrize(
    ("typed", "rule"),
    [("", Rule.MISSING), ("厂", Rule.TOO_SHORT), ("司" * 101, Rule.TOO_LONG), ("<b>公司", Rule.CHARACTERS)],
)
def test_an_organisation_name_that_cannot_be_says_why(typed, rule):
    assert (
        rule_of(
            lambda text: read_fields([FieldKind.ORGANISATION_NAME], {"organisation_name": text}, today=TODAY), typed
        )
        is rule
    )


def test_only_what_the_form_asked_for_is_read_and_the_name_stays_as_typed():
    typed = {"name": " 艾力•买买提 ", "id_number": "６５０１０２ 19030101 0034", "csrf_token": "x", "level": "3"}
    assert read_fields([FieldKind.NAME, FieldKind.ID_NUMBER], typed, today=TODAY) == {
        "name": "艾力•买买提",
        "id_number": "650102190301010034",
    }


@pytest.mark.parametrize("kind", list(FieldKind))
def test_every_kind_of_field_has_a_parser_that_misses_a_missing_value(kind):
    with pytest.raises(InvalidInput) as refused:
        read_fields([kind], {}, today=TODAY)
    assert (refused.value.field, refused.value.rule) == (kind, Rule.MISSING)


@given(kind=st.sampled_from(list(FieldKind)), typed=st.text(max_size=120))
def test_what_was_read_once_reads_the_same_again(kind, typed):
    with suppress(InvalidInput):
        read = read_fields([kind], {kind: typed}, today=TODAY)
        assert read_fields([kind], read, today=TODAY) == read
