import json
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from idp.domain.errors import InvalidInput, Rule
from idp.domain.persons import MAX_LENGTH, alternative_spelling, fold, parse_name

VECTORS = json.loads((Path(__file__).parents[1] / "vectors/channels/names.json").read_text(encoding="utf-8"))
RULES = {"digit": Rule.CHARACTERS, "shorter than 2 characters": Rule.TOO_SHORT, "markup": Rule.CHARACTERS}
names = st.text(st.sampled_from("张三艾力买提·•・．. 　王李\ue863䶮ａｂAb"), min_size=1, max_size=12)


def rule_of(typed: str) -> Rule:
    with pytest.raises(InvalidInput) as refused:
        parse_name(typed)
    assert refused.value.field == "name"
    return refused.value.rule


@pytest.mark.parametrize("case", VECTORS["cases"], ids=lambda case: ascii(case["in"]))
def test_names_fold_as_the_vectors_say_and_are_kept_as_typed(case):
    assert fold(case["in"]) == case["out"]
    name = parse_name(case["in"])
    assert (name.folded, name.typed) == (case["out"], case["in"].strip())
    assert name.same_as(case["in"])
    assert name.same_as(case["out"])


@pytest.mark.parametrize("case", VECTORS["reject"], ids=lambda case: case["why"])
def test_names_that_the_vectors_reject_say_why(case):
    assert rule_of(case["in"]) is RULES[case["why"]]


@pytest.mark.parametrize(
    ("typed", "rule"),
    [
        ("", Rule.MISSING),
        (" \u3000\u200b", Rule.MISSING),
        ("张", Rule.TOO_SHORT),
        ("张\u200b", Rule.TOO_SHORT),
        ("张" * (MAX_LENGTH + 1), Rule.TOO_LONG),
        ("张三;", Rule.CHARACTERS),
        ("张 三1", Rule.CHARACTERS),
        ("张三１", Rule.CHARACTERS),
        ("张三]]>", Rule.CHARACTERS),
        ("张三&amp", Rule.CHARACTERS),
        ("{{张三}}", Rule.CHARACTERS),
    ],
)
def test_a_name_that_cannot_be_says_why(typed, rule):
    assert rule_of(typed) is rule


def test_the_longest_name_passes():
    assert parse_name("张" * MAX_LENGTH).folded == "张" * MAX_LENGTH


def test_latin_and_minority_names_pass():
    assert parse_name("Anna Müller").folded == "AnnaMüller"
    assert parse_name("ᠪᠠᠲᠤ").folded == "ᠪᠠᠲᠤ"


def test_simplified_and_traditional_forms_are_different_names():
    assert not parse_name("张三").same_as("張三")


def test_a_name_shows_its_first_character_only():
    name = parse_name("欧阳明")
    assert name.masked == "欧**"
    assert "欧阳" not in repr(name)


@given(names)
def test_folding_twice_is_folding_once(typed):
    assert fold(fold(typed)) == fold(typed)


@given(st.text(max_size=80))
def test_any_text_at_all_is_a_name_or_refused(typed):
    with suppress(InvalidInput):
        name = parse_name(typed)
        assert 2 <= len(name.folded) <= MAX_LENGTH
        assert not set(name.folded) & set("<>&\"'0123456789 \u3000")
        assert parse_name(name.typed) == name


@pytest.mark.parametrize(
    ("folded", "other"), [("艾力·买买提", "艾力.买买提"), ("王䶮", "王\ue863"), ("张三", None), ("䶮·王", "\ue863·王")]
)
def test_an_old_register_may_hold_one_other_spelling(folded, other):
    assert alternative_spelling(folded) == other


@given(names)
def test_the_other_spelling_is_the_same_name(typed):
    folded = fold(typed)
    other = alternative_spelling(folded)
    assert other != folded
    assert other is None or fold(other) == folded
