"""Passwords: how they are kept, and which are refused."""

import threading
import unicodedata

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from passlib.hash import argon2

from idp.domain.errors import InvalidInput, LimitReached, Rule, SignInRefused
from idp.vault.passwords import MAX_BYTES, Passwords
from tests.contract.lasting import race
from tests.doubles import SeededRandomness

GOOD = "gebratene Kartoffeln 73"


def cheap(**changed: object) -> Passwords:
    """The smallest parameters argon2 allows: the rules are what is tested."""
    return Passwords(SeededRandomness(), **({"memory_kib": 8, "rounds": 1} | changed))  # type: ignore[arg-type]


PASSWORDS = cheap()


def test_a_password_verifies_against_its_own_hash_only():
    stored = PASSWORDS.hash(GOOD)
    PASSWORDS.verify(stored, GOOD)
    with pytest.raises(SignInRefused):
        PASSWORDS.verify(stored, GOOD + "!")


def test_two_hashes_of_one_password_differ():
    assert PASSWORDS.hash(GOOD) != PASSWORDS.hash(GOOD)


def test_the_default_is_argon2id_with_19_mib_two_passes_and_one_lane():
    assert Passwords(SeededRandomness()).hash(GOOD).startswith("$argon2id$v=19$m=19456,t=2,p=1$")


@pytest.mark.parametrize("password", ["x" * 500, "x" * 1_000_000, "", "short", "lone \ud800 surrogate"])
def test_an_impossible_password_is_refused_like_a_wrong_one(password: str):
    with pytest.raises(SignInRefused):
        PASSWORDS.verify(PASSWORDS.hash(GOOD), password)


class Counting(Passwords):
    """Counts the hashes that are computed: time, without a clock."""

    work = 0

    def _matches(self, stored: str, normal: str) -> bool:
        self.work += 1
        self.last = stored
        return super()._matches(stored, normal)


@pytest.mark.parametrize("password", [GOOD, "wrong password", "short", "x" * 5000])
def test_an_unknown_account_costs_the_same_work_as_a_known_one(password: str):
    passwords = Counting(SeededRandomness(), memory_kib=16, rounds=1)
    stored = passwords.hash("another password")
    for known in (stored, None):
        passwords.work = 0
        with pytest.raises(SignInRefused):
            passwords.verify(known, password)
        assert passwords.work == 1
        assert passwords.last.startswith("$argon2id$v=19$m=16,t=1,p=1$")


def test_nobodys_password_is_never_right():
    passwords = Counting(SeededRandomness(), memory_kib=8, rounds=1)
    passwords._hasher = argon2.using(type="ID", memory_cost=8, rounds=1, parallelism=1)
    passwords._nobody = passwords.hash(GOOD)
    with pytest.raises(SignInRefused):
        passwords.verify(None, GOOD)


@pytest.mark.parametrize("stored", ["rubbish", "$argon2id$", "$2b$12$abcdefghijklmnopqrstuv"])
def test_a_stored_hash_that_cannot_be_read_verifies_nothing(stored: str):
    with pytest.raises(SignInRefused):
        PASSWORDS.verify(stored, GOOD)
    assert PASSWORDS.needs_rehash(stored)


def test_the_same_letters_typed_on_another_keyboard_are_the_same_password():
    composed = unicodedata.normalize("NFC", "Müller Straße fährt")
    PASSWORDS.verify(PASSWORDS.hash(composed), unicodedata.normalize("NFD", composed))


def test_nothing_is_cut_off():
    long = "correct-horse-" * 9
    stored = PASSWORDS.hash(long + "A")
    PASSWORDS.verify(stored, long + "A")
    with pytest.raises(SignInRefused):
        PASSWORDS.verify(stored, long + "B")


def test_two_passwords_equal_in_their_first_72_bytes_are_two_passwords():
    start = "汉字密码" * 6
    with pytest.raises(SignInRefused):
        PASSWORDS.verify(PASSWORDS.hash(start + "甲"), start + "乙")


@settings(max_examples=40, deadline=None)
@given(st.text(st.characters(exclude_categories=["Cs"]), min_size=8, max_size=40))
def test_any_text_of_fitting_length_is_hashed_and_verified(password: str):
    if len(unicodedata.normalize("NFC", password)) >= 8:
        PASSWORDS.verify(PASSWORDS.hash(password), password)


@pytest.mark.parametrize(
    ("password", "rule"),
    [
        ("", Rule.TOO_SHORT),
        ("7 chars", Rule.TOO_SHORT),
        ("e\u0301" * 7, Rule.TOO_SHORT),  # seven letters after NFC
        ("汉字密码真好记", Rule.TOO_SHORT),
        ("ab cd ef " * 15, Rule.TOO_LONG),
        ("x" * (MAX_BYTES + 1), Rule.TOO_LONG),
        ("\U0001d400\U0001d7d8" * 65, Rule.TOO_LONG),
        ("lone \ud800 surrogate", Rule.CHARACTERS),
    ],
)
def test_a_password_of_impossible_form_says_why(password: str, rule: Rule):
    for check in (PASSWORDS.check_new, PASSWORDS.hash):
        with pytest.raises(InvalidInput) as caught:
            check(password)
        assert (caught.value.field, caught.value.rule) == ("password", rule)
        assert "surrogate" not in str(caught.value)


@pytest.mark.parametrize(
    "password",
    [GOOD, "korrekt pferd batterie", "七个字不够八个字够了", "Tr0ub4dor&3x", "k7#mQ2!vx", "y" + "lkjhg q8w" * 14],
)
def test_a_good_password_passes(password: str):
    PASSWORDS.check_new(password, personal=["li.si", "+8613912345678", "11010519491231002X", "1949-12-31"])


@pytest.mark.parametrize(
    "password",
    [
        "password", "PassWord", "P@ssw0rd", "iloveyou", "1qaz2wsx", "a123456789", "zxcvbnm123", "qq123456",
        "88888888", "aaaaaaaaa", "abcabcabcabc", "12121212", "12345678", "87654321", "qwertyuiop", "poiuytrewq",
        "asdfghjkl;", "abcdefgh", "1234567890", "qwertyuiop123", "woaini1314", "woaini520", "5201314520", "aaaabbbbcc",
        "yihaotong123", "ｐａｓｓｗｏｒｄ", "我爱你我爱你我爱你", "一号通12345", "\U0001f600" * 8, "147258369", "!@#$%^&*",
    ],
)  # fmt: skip
def test_a_common_password_is_refused(password: str):
    with pytest.raises(InvalidInput) as caught:
        PASSWORDS.check_new(password)
    assert (caught.value.field, caught.value.rule) == ("password", Rule.COMMON)


@pytest.mark.parametrize(
    ("password", "personal"),
    [
        ("ouyang.nayi", "ouyang.nayi"),
        ("xxOuyangNayi7", "ouyang.nayi"),
        ("13912345678", "+8613912345678"),
        ("tel13912345678!", "+86 139 1234 5678"),
        ("11010519491231002x", "11010519491231002X"),
        ("my-19491231-pw", "11010519491231002X"),
        ("hello1949-12-31", "1949-12-31"),
        ("pw 31002x pw", "11010519491231002X"),
        ("欧阳娜依的密码是这个", "欧阳娜依"),
    ],
)
def test_a_persons_own_data_are_refused_as_password(password: str, personal: str):
    with pytest.raises(InvalidInput) as caught:
        PASSWORDS.check_new(password, personal=[personal])
    assert caught.value.rule is Rule.PERSONAL
    assert personal not in str(caught.value)


def test_a_short_or_empty_name_forbids_only_itself():
    PASSWORDS.check_new("likes cooking beans", personal=["li", "", "--"])


@pytest.mark.parametrize("changed", [{"memory_kib": 16}, {"rounds": 2}, {"parallelism": 2, "memory_kib": 16}])
def test_other_parameters_ask_for_a_new_hash(changed: dict[str, int]):
    stored = PASSWORDS.hash(GOOD)
    assert not PASSWORDS.needs_rehash(stored)
    raised = cheap(**changed)
    assert raised.needs_rehash(stored)
    raised.verify(stored, GOOD)
    assert not raised.needs_rehash(raised.hash(GOOD))


def test_fifty_tries_at_once_are_hashed_two_at_a_time():
    inside, most, lock = 0, 0, threading.Lock()

    class Watched(Passwords):
        def _matches(self, stored: str, normal: str) -> bool:
            nonlocal inside, most
            with lock:
                inside += 1
                most = max(most, inside)
            try:
                return super()._matches(stored, normal)
            finally:
                with lock:
                    inside -= 1

    passwords = Watched(SeededRandomness(), memory_kib=2048, rounds=1, concurrent=2, wait_seconds=30)
    stored = passwords.hash(GOOD)
    assert race(50, lambda _: passwords.verify(stored, GOOD)) == [None] * 50
    assert 1 <= most <= 2


def test_who_finds_no_place_in_time_is_told_to_come_back():
    passwords = cheap(concurrent=1, wait_seconds=0.01)
    stored = passwords.hash(GOOD)
    with passwords._place(), pytest.raises(LimitReached) as caught:
        passwords.verify(stored, GOOD)
    assert caught.value.limit == "password_hashing"
    passwords.verify(stored, GOOD)
