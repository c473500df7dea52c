import datetime
import json
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from stdnum.cn import ric

from idp.domain.errors import InvalidInput, Rule
from idp.domain.id_numbers import DocumentKind, IdNumber, Sex, looks_like_one, parse

TODAY = datetime.date(2025, 1, 1)
VECTORS = json.loads((Path(__file__).parents[1] / "vectors/channels/id_numbers.json").read_text(encoding="utf-8"))
RULES = {
    "check digit": Rule.CHECK_CHARACTER,
    "30 February": Rule.BIRTH_DATE,
    "length 17": Rule.LENGTH,
    "1900 is not a leap year": Rule.BIRTH_DATE,
}


def rule_of(typed: str, today: datetime.date = TODAY) -> Rule:
    with pytest.raises(InvalidInput) as refused:
        parse(typed, today=today)
    assert refused.value.field == "id_number"
    return refused.value.rule


@st.composite
def numbers(draw: st.DrawFn) -> str:
    """Any well-formed number of a resident born 1900 to 2024."""
    area = draw(st.sampled_from(["370102", "110101", "650102", "810000", "830000", "911101"]))
    born = draw(st.dates(datetime.date(1900, 1, 1), datetime.date(2024, 12, 31)))
    seventeen = f"{area}{born:%Y%m%d}{draw(st.integers(0, 999)):03d}"
    return seventeen + ric.calc_check_digit(seventeen + "0")


@pytest.mark.parametrize("case", VECTORS["valid"], ids=lambda case: case["id18"])
def test_valid_numbers_of_the_vectors_are_read(case):
    number = parse(case["id18"], today=TODAY)
    assert number.value == case["id18"]
    assert number.birth_date.isoformat() == case["birthdate"]
    assert number.sex == {"M": Sex.MALE, "F": Sex.FEMALE}[case["sex"]]
    assert number.kind is DocumentKind.RESIDENT


@pytest.mark.parametrize("case", VECTORS["invalid"], ids=lambda case: case["why"])
def test_invalid_numbers_of_the_vectors_say_which_rule_failed(case):
    assert rule_of(case["id"]) is RULES[case["why"]]


@pytest.mark.parametrize("case", VECTORS["old_15_digit"], ids=lambda case: case["id15"])
def test_fifteen_digits_become_eighteen(case):
    assert parse(case["id15"], today=TODAY).value == case["id18"]


@pytest.mark.parametrize("case", VECTORS["lowercase_x"], ids=lambda case: case["in"])
def test_a_small_x_becomes_a_capital_one(case):
    assert parse(case["in"], today=TODAY).value == case["in"].upper()


@pytest.mark.parametrize("number", VECTORS["residence_permit_samples"])
def test_residence_permits_are_numbers_too(number):
    assert parse(number, today=TODAY).kind is DocumentKind.HK_MACAO_TAIWAN


def test_a_foreign_permanent_resident_card_is_a_number_too():
    seventeen = "91110119900101001"
    number = parse(seventeen + ric.calc_check_digit(seventeen + "0"), today=TODAY)
    assert number.kind is DocumentKind.FOREIGN_PERMANENT


@pytest.mark.parametrize("area", ["370102", "370602"])
@pytest.mark.parametrize("year", [1950, 1965, 1970])
def test_people_born_before_their_county_had_its_name_are_not_refused(area, year):
    seventeen = f"{area}{year}0101001"
    assert parse(seventeen + ric.calc_check_digit(seventeen + "0"), today=TODAY).birth_date.year == year


@pytest.mark.parametrize(
    ("typed", "rule"),
    [
        ("", Rule.MISSING),
        (" \u3000\t", Rule.MISSING),
        ("37010219010307OO12", Rule.CHARACTERS),
        ("X70102190103070012", Rule.CHARACTERS),
        ("370102190103070٠12", Rule.CHARACTERS),
        ("37010219010307001²<", Rule.CHARACTERS),
        ("1", Rule.LENGTH),
        ("3701021901030700121", Rule.LENGTH),
        ("37010201030700X", Rule.LENGTH),
        ("000102190103070012", Rule.AREA),
        ("100102190103070012", Rule.AREA),
        ("370102190113010012", Rule.BIRTH_DATE),
        ("370102187912310012", Rule.BIRTH_DATE),
        ("370102209901010012", Rule.BIRTH_DATE_FUTURE),
        ("370102190103070013", Rule.CHECK_CHARACTER),
    ],
)
def test_a_number_that_cannot_be_says_why(typed, rule):
    assert rule_of(typed) is rule


def test_a_birth_date_is_in_the_future_until_the_day_itself():
    number = "370102202001010006"
    assert rule_of(number, datetime.date(2019, 12, 31)) is Rule.BIRTH_DATE_FUTURE
    assert parse(number, today=datetime.date(2020, 1, 1)).value == number


@given(numbers())
def test_any_well_formed_number_is_read_as_itself(number):
    assert parse(number, today=TODAY).value == number


@given(numbers(), st.integers(0, 17), st.sampled_from("0123456789"))
def test_one_wrong_digit_is_always_noticed(number, place, digit):
    wrong = number[:place] + digit + number[place + 1 :]
    assume(wrong != number)
    with pytest.raises(InvalidInput):
        parse(wrong, today=TODAY)


@given(numbers(), st.integers(0, 16))
def test_two_digits_the_wrong_way_round_are_always_noticed(number, place):
    swapped = number[:place] + number[place + 1] + number[place] + number[place + 2 :]
    assume(swapped != number)
    with pytest.raises(InvalidInput):
        parse(swapped, today=TODAY)


@given(numbers(), st.data())
def test_every_spelling_is_the_same_number(number, data):
    full_width = data.draw(st.booleans())
    text = "".join(chr(ord(c) + 0xFEE0) for c in number) if full_width else number
    text = text.lower() if data.draw(st.booleans()) else text
    for separator in data.draw(st.lists(st.sampled_from(" -\u3000\u00a0\u200b\t"), max_size=4)):
        place = data.draw(st.integers(0, len(text)))
        text = text[:place] + separator + text[place:]
    assert parse(text, today=TODAY).value == number
    assert looks_like_one(text)


@given(st.text(max_size=60))
def test_any_text_at_all_is_read_canonically_or_refused(typed):
    with suppress(InvalidInput):
        value = parse(typed, today=TODAY).value
        assert len(value) == 18
        assert parse(value, today=TODAY).value == value


@pytest.mark.parametrize(
    ("typed", "answer"),
    [
        ("370102190103070012", True),
        ("370102010307001", True),
        ("37010219040404001x", True),
        ("19900000001", False),
        ("wangwei", False),
        ("", False),
        ("37010219010307001X0", False),
    ],
)
def test_what_looks_like_a_number_is_told_from_other_names(typed, answer):
    assert looks_like_one(typed) is answer


def test_a_number_is_masked_on_pages_and_absent_from_repr():
    number = IdNumber("370102190103070012")
    assert number.masked == "3701***********012"
    assert "3701" not in repr(number)


@pytest.mark.parametrize(
    ("day", "age"), [((2024, 2, 28), 23), ((2024, 2, 29), 24), ((2025, 2, 28), 24), ((2025, 3, 1), 25)]
)
def test_age_is_in_whole_years_also_for_who_was_born_on_the_29th_of_february(day, age):
    assert IdNumber("370102200002290004").age_on(datetime.date(*day)) == age
