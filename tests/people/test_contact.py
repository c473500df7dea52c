import datetime
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from idp.domain.audit_words import SignInMethod
from idp.domain.errors import InvalidInput, Rule
from idp.people.contact import masked_mobile, parse_login_name, parse_mobile, read_sign_in_name

TODAY = datetime.date(2025, 1, 1)
E164 = "+8619900000001"

SPELLINGS_OF_A_MOBILE = [
    "19900000001",
    "199 0000 0001",
    "199-0000-0001",
    "+86 199 0000 0001",
    "+86-199-0000-0001",
    "8619900000001",
    "008619900000001",
    "１９９００００００００１".replace("００００００００", "０００００００"),
    " 19900000001\u200b",
    "（+86）19900000001",
]


@pytest.mark.parametrize("typed", SPELLINGS_OF_A_MOBILE)
def test_every_spelling_of_a_mobile_number_is_one_number(typed):
    assert parse_mobile(typed) == E164


@pytest.mark.parametrize(
    ("typed", "rule"),
    [
        ("", Rule.MISSING),
        ("  \u3000", Rule.MISSING),
        ("1990000000", Rule.FORMAT),
        ("199000000012", Rule.FORMAT),
        ("053112345678", Rule.FORMAT),
        ("+85291234567", Rule.FORMAT),
        ("+14155552671", Rule.FORMAT),
        ("+99999999999", Rule.FORMAT),
        ("00000000000", Rule.FORMAT),
        ("19900000001;ext=5", Rule.FORMAT),
        ("1-800-FLOWERS", Rule.FORMAT),
        ("19900000001<b>", Rule.FORMAT),
        ("9" * 5000, Rule.FORMAT),
    ],
)
def test_what_is_no_mainland_mobile_number_is_refused(typed, rule):
    with pytest.raises(InvalidInput) as refused:
        parse_mobile(typed)
    assert (refused.value.field, refused.value.rule) == ("mobile", rule)


def test_a_masked_number_shows_three_and_four_digits():
    assert masked_mobile(E164) == "199****0001"


@pytest.mark.parametrize(
    ("typed", "name"),
    [("wang_wei", "wang_wei"), (" Wang-Wei9 ", "wang-wei9"), ("ＷＡＮＧ", "wang"), ("a" * 32, "a" * 32)],
)
def test_a_login_name_is_case_folded(typed, name):
    assert parse_login_name(typed) == name


@pytest.mark.parametrize(
    ("typed", "rule"),
    [
        ("", Rule.MISSING),
        ("wei", Rule.TOO_SHORT),
        ("w" * 33, Rule.TOO_LONG),
        ("9wang", Rule.CHARACTERS),
        ("_wang", Rule.CHARACTERS),
        ("王小明明", Rule.CHARACTERS),
        ("wang@example", Rule.CHARACTERS),
        ("wаngwei", Rule.CHARACTERS),  # a Cyrillic letter that looks like ours
        ("Admin", Rule.RESERVED),
        ("ad-min_", Rule.RESERVED),
        ("yihaotong", Rule.RESERVED),
    ],
)
def test_a_login_name_that_cannot_be_says_why(typed, rule):
    with pytest.raises(InvalidInput) as refused:
        parse_login_name(typed)
    assert (refused.value.field, refused.value.rule) == ("login_name", rule)


@pytest.mark.parametrize("typed", [*SPELLINGS_OF_A_MOBILE])
def test_a_mobile_number_is_read_as_one_at_sign_in(typed):
    name = read_sign_in_name(typed, TODAY)
    assert (name.method, name.value) == (SignInMethod.MOBILE, E164)


@pytest.mark.parametrize(
    "typed",
    [
        "37010219040404001X",
        "37010219040404001x",
        "３７０１０２１９０４０４０４００１ｘ",
        "370102 19040404 001X",
        "370102-19040404-001x",
        "370102040404001",
    ],
)
def test_every_spelling_of_an_id_number_is_one_name(typed):
    name = read_sign_in_name(typed, TODAY)
    assert (name.method, name.value) == (SignInMethod.ID_NUMBER, "37010219040404001X")


def test_a_number_with_a_wrong_check_character_is_the_login_name_of_nobody():
    assert read_sign_in_name("370102190404040010", TODAY).method is SignInMethod.LOGIN_NAME


def test_a_sign_in_name_is_never_shown():
    assert "37010219040404001X" not in repr(read_sign_in_name("37010219040404001X", TODAY))


@given(st.text(max_size=400))
def test_any_text_at_all_is_some_sign_in_name(typed):
    name = read_sign_in_name(typed, TODAY)
    name.value.encode()
    assert read_sign_in_name(typed.upper().lower(), TODAY).method is not None


@given(st.text(alphabet=st.characters(categories=["Cs", "Cc", "Co", "Lu"]), max_size=40))
def test_text_that_utf8_cannot_hold_harms_nothing(typed):
    read_sign_in_name(typed, TODAY).value.encode()


@given(st.from_regex(r"[a-z][a-z0-9_-]{3,31}", fullmatch=True))
def test_what_may_be_registered_as_login_name_is_read_as_the_same_name_at_sign_in(typed):
    name = read_sign_in_name(f" {typed.upper()} ", TODAY)
    assert name.method is SignInMethod.LOGIN_NAME
    with suppress(InvalidInput):  # reserved
        assert parse_login_name(typed) == name.value
