import dataclasses
from collections.abc import Callable
from typing import Any

import pytest

from idp.domain.audit import SignedIn, SignInFailed
from idp.domain.audit_words import Outcome, SignInMethod
from idp.domain.errors import LimitReached, SignInRefused
from idp.domain.evidence import CheckMethod, Evidence, Strength
from idp.domain.ports import Citizen
from idp.people.origin import Origin
from idp.vault.passwords import Passwords
from tests.contract.threads import at_once
from tests.doubles import SeededRandomness
from tests.people.conftest import ELSEWHERE, HOME, MOBILE, PASSWORD, People, until_limited

NUMBER = "37010219040404001X"
WRONG = "not-the-password-9"


@pytest.fixture
def citizen(people: People) -> Citizen:
    return people.open_account(login_name="wangwei")


def evidence_of(citizen: Citizen, people: People, strength: Strength = Strength.KNOWLEDGE, source: str = "police"):
    return Evidence(
        id=f"{source}-{strength}",
        citizen_id=citizen.id,
        channel=source,
        source=source,
        check_methods=(CheckMethod.DATA,),
        strength=strength,
        txn="T",
        verified_at=people.clock.now(),
    )


def prove(citizen: Citizen, people: People, *strengths: Strength) -> None:
    for strength in (Strength.KNOWLEDGE, *strengths):
        source = "police" if strength is Strength.KNOWLEDGE else f"of {strength}"
        people.citizens.record_proof(evidence_of(citizen, people, strength, source), name="钱大", id_number=NUMBER)


def tries_until_limited(people: People, names: list[str], origins: list[Origin]) -> int:
    """How many wrong passwords were looked at before a limit; names and origins take turns."""
    return until_limited(_guess(people, names, origins), SignInRefused)[0]


def _guess(people: People, names: list[str], origins: list[Origin]) -> Callable[[int], object]:
    return lambda n: people.signing_in.by_password(names[n % len(names)], WRONG, origins[n % len(origins)])


def strangers(count: int) -> list[Origin]:
    return [Origin(f"203.0.{n // 250}.{n % 250}", f"bot-{n}", f"r{n}") for n in range(count)]


# ---- who gets in ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("typed", "method"),
    [
        ("wangwei", SignInMethod.LOGIN_NAME),
        (" WangWei", SignInMethod.LOGIN_NAME),
        ("199 0000 0001", SignInMethod.MOBILE),
        ("370102 19040404 001x", SignInMethod.ID_NUMBER),
        ("370102040404001", SignInMethod.ID_NUMBER),
    ],
)
def test_a_citizen_signs_in_by_any_of_their_names_in_any_spelling(people: People, citizen: Citizen, typed, method):
    prove(citizen, people)
    first = people.signing_in.by_password(typed, PASSWORD, HOME)
    assert (first.citizen_id, first.method, first.amr, first.needs_second) == (citizen.id, method, ("pwd",), False)


def test_an_id_number_that_was_not_proved_signs_nobody_in(people: People, citizen: Citizen):
    with pytest.raises(SignInRefused):
        people.signing_in.by_password(NUMBER, PASSWORD, HOME)


@pytest.mark.parametrize("who", ["unknown", "wrong", "disabled"])
@pytest.mark.parametrize("password", [PASSWORD, WRONG, "x", "", "\ud800", "長" * 2000])
def test_unknown_wrong_and_disabled_are_one_refusal_and_one_hash(people: People, citizen: Citizen, who, password):
    if who == "disabled":
        people.citizens.disable(citizen.id, now=people.clock.now())
    elif password == PASSWORD and who == "wrong":
        password = WRONG
    typed = "nobody-here" if who == "unknown" else "wangwei"
    people.passwords.verified.clear()
    with pytest.raises(SignInRefused) as refused:
        people.signing_in.by_password(typed, password, HOME)
    assert str(refused.value) == ""
    assert len(people.passwords.verified) == 1


def test_unknown_wrong_and_disabled_ask_the_stores_the_same_questions(people: People, citizen: Citizen):
    asked: list[list[str]] = []
    signing_in = dataclasses.replace(
        people.signing_in,
        citizens=Watched(people.citizens, asked),
        credentials=Watched(people.credentials, asked),
        limits=Watched(people.limits, asked),
        outbox=Watched(people.notebook, asked),
    )
    paths = []
    for typed, disabled in (("nobody", False), ("wangwei", False), ("wangwei", True)):
        if disabled:
            people.citizens.disable(citizen.id, now=people.clock.now())
        asked.append([])
        with pytest.raises(SignInRefused):
            signing_in.by_password(typed, WRONG, HOME)
        paths.append(asked[-1])
    assert paths[0] == paths[1] == paths[2]


class Watched:
    """Passes every call on, and writes its name on the last list."""

    def __init__(self, real: Any, asked: list[list[str]]) -> None:
        self._real = real
        self._asked = asked

    def __getattr__(self, name: str) -> Callable[..., Any]:
        def call(*args: Any, **named: Any) -> Any:
            self._asked[-1].append(name)
            return getattr(self._real, name)(*args, **named)

        return call


def test_failures_are_audited_with_the_account_only_where_there_is_one(people: People, citizen: Citizen):
    for typed in ("wangwei", "nobody", MOBILE):
        with pytest.raises(SignInRefused):
            people.signing_in.by_password(typed, WRONG, HOME)
    failed = [(e.citizen_id, e.method, e.outcome) for e in people.notebook.of(SignInFailed)]
    assert failed == [
        (citizen.id, SignInMethod.LOGIN_NAME, Outcome.REFUSED),
        (None, SignInMethod.LOGIN_NAME, Outcome.REFUSED),
        (citizen.id, SignInMethod.MOBILE, Outcome.REFUSED),
    ]


# ---- limits ---------------------------------------------------------------------------------------------------------


def test_wrong_passwords_from_one_place_meet_a_limit_and_it_passes(people: People, citizen: Citizen):
    assert tries_until_limited(people, ["wangwei"], [HOME]) == 5
    with pytest.raises(LimitReached) as limit:
        people.signing_in.by_password("wangwei", PASSWORD, HOME)
    assert limit.value.retry_after == 300
    people.clock.advance(300)
    assert people.signing_in.by_password("wangwei", PASSWORD, HOME)


def test_all_names_and_spellings_of_an_account_share_one_counter(people: People, citizen: Citizen):
    prove(citizen, people)
    names = ["wangwei", "ＷＡＮＧＷＥＩ", MOBILE, "199-0000-0001", NUMBER, NUMBER.lower(), "370102040404001"]
    assert tries_until_limited(people, names, [HOME]) == 5


@pytest.mark.parametrize(
    "names",
    [
        ["ghost", "GHOST", " ｇｈｏｓｔ"],
        ["19900000009", "+86 199 0000 0009"],
        ["37010219030303001 5", "370102030303001"],
    ],
)
def test_a_name_nobody_has_meets_the_same_limit_in_all_its_spellings(people: People, names):
    assert tries_until_limited(people, names, [HOME]) == 5


def test_no_password_is_looked_at_beyond_the_limit_however_many_try_at_once(people: People, citizen: Citizen):
    people.passwords.verified.clear()

    def guess(n: int) -> None:
        with pytest.raises((SignInRefused, LimitReached)):
            people.signing_in.by_password("wangwei", WRONG, HOME)

    at_once(16, guess)
    assert len(people.passwords.verified) == 5


def test_many_places_on_one_account_meet_the_accounts_limit_and_the_wait_grows(people: People, citizen: Citizen):
    guess = _guess(people, ["wangwei"], strangers(200))
    reached = []
    for _ in range(4):
        looked_at, limit = until_limited(guess, SignInRefused)
        reached.append((looked_at, limit.limit))
        people.clock.advance(60)
    assert reached == [(10, "sign_in.account.minute")] * 3 + [(0, "sign_in.account.quarter")]
    assert limit.retry_after == 15 * 60 - 3 * 60


def test_strangers_cannot_lock_a_citizen_out_of_the_browser_they_use(people: People, citizen: Citizen):
    people.signing_in.by_password("wangwei", PASSWORD, HOME)
    people.clock.advance(30 * 86_400)
    assert tries_until_limited(people, ["wangwei", MOBILE], strangers(200)) == 10
    with pytest.raises(LimitReached):
        people.signing_in.by_password("wangwei", PASSWORD, ELSEWHERE)
    assert people.signing_in.by_password("wangwei", PASSWORD, HOME)


def test_a_known_browser_has_a_limit_of_its_own(people: People, citizen: Citizen):
    people.signing_in.by_password("wangwei", PASSWORD, HOME)
    assert tries_until_limited(people, ["wangwei"], [HOME]) == 5


def test_a_browser_known_for_one_account_is_a_stranger_to_another(people: People, citizen: Citizen):
    people.open_account("+8619900000002", "stranger", origin=ELSEWHERE)
    people.signing_in.by_password("stranger", PASSWORD, ELSEWHERE)
    assert tries_until_limited(people, ["wangwei"], strangers(60)) == 10
    with pytest.raises(LimitReached):
        people.signing_in.by_password("wangwei", PASSWORD, ELSEWHERE)


def test_a_success_forgets_the_accounts_wrong_tries(people: People, citizen: Citizen):
    for _ in range(4):
        for _ in range(4):
            with pytest.raises(SignInRefused):
                people.signing_in.by_password("wangwei", WRONG, HOME)
        assert people.signing_in.by_password("wangwei", PASSWORD, HOME)


def test_one_address_cannot_try_many_accounts_and_its_own_success_does_not_clear_it(people: People, citizen: Citizen):
    def sweep(n: int) -> None:
        if n % 10 == 0:
            people.signing_in.by_password("wangwei", PASSWORD, ELSEWHERE)
        people.signing_in.by_password(f"victim{n}", WRONG, ELSEWHERE)

    looked_at, limit = until_limited(sweep, SignInRefused)
    assert limit.limit == "sign_in.address.short"
    assert looked_at == 100


def test_right_passwords_cost_a_busy_address_nothing(people: People, citizen: Citizen):
    for n in range(120):
        people.signing_in.by_password("wangwei", PASSWORD, dataclasses.replace(HOME, browser=f"b{n}"))


def test_a_limited_try_is_audited_and_no_password_is_hashed(people: People, citizen: Citizen):
    tries_until_limited(people, ["wangwei"], [HOME])
    people.passwords.verified.clear()
    with pytest.raises(LimitReached):
        people.signing_in.by_password("wangwei", PASSWORD, HOME)
    assert people.passwords.verified == []
    assert people.notebook.of(SignInFailed)[-1].outcome is Outcome.LIMITED


def test_a_try_that_found_no_room_to_hash_is_not_counted(people: People, citizen: Citizen):
    people.passwords.crowded = LimitReached("password_hashing", 1)
    for _ in range(20):
        with pytest.raises(LimitReached):
            people.signing_in.by_password("wangwei", PASSWORD, HOME)
    people.passwords.crowded = None
    assert people.signing_in.by_password("wangwei", PASSWORD, HOME)


# ---- rehash ---------------------------------------------------------------------------------------------------------


def test_a_password_is_hashed_again_when_parameters_were_raised(people: People, citizen: Citizen):
    before = people.credentials.password_hash(citizen.id)
    people.passwords.real = Passwords(SeededRandomness(4), memory_kib=16, rounds=2)
    with pytest.raises(SignInRefused):
        people.signing_in.by_password("wangwei", WRONG, HOME)
    assert people.credentials.password_hash(citizen.id) == before
    people.signing_in.by_password("wangwei", PASSWORD, HOME)
    after = people.credentials.password_hash(citizen.id)
    assert after is not None
    assert after != before
    assert "m=16,t=2" in after
    people.signing_in.by_password("wangwei", PASSWORD, HOME)
    assert people.credentials.password_hash(citizen.id) == after


def test_a_right_password_lets_in_even_when_there_is_no_room_to_hash_it_again(people: People, citizen: Citizen):
    before = people.credentials.password_hash(citizen.id)
    people.passwords.real = Passwords(SeededRandomness(4), memory_kib=16, rounds=2)

    class NoRoomToHash(type(people.passwords)):
        def hash(self, password: str) -> str:
            raise LimitReached("password_hashing", 1)

    crowded = dataclasses.replace(people.signing_in, passwords=NoRoomToHash(people.passwords.real))
    assert crowded.by_password("wangwei", PASSWORD, HOME)
    assert people.credentials.password_hash(citizen.id) == before


# ---- the facts of a session -----------------------------------------------------------------------------------------


def test_a_session_states_who_how_and_when(people: People, citizen: Citizen):
    facts = people.signing_in.facts(citizen.id, SignInMethod.MOBILE, ("pwd",), HOME)
    assert (facts.citizen_id, facts.amr, facts.level, facts.device) == (citizen.id, ("pwd",), 0, "Chrome / Android")
    assert facts.auth_time == facts.created_at == people.clock.now()
    again = people.signing_in.facts(citizen.id, SignInMethod.MOBILE, ("pwd",), HOME)
    assert again.handle != facts.handle
    [first, _] = people.notebook.of(SignedIn)
    assert (first.citizen_id, first.method, first.amr, first.level) == (citizen.id, SignInMethod.MOBILE, ("pwd",), 0)


@pytest.mark.parametrize(
    ("strengths", "amr", "level"),
    [
        ((), ("pwd",), 1),
        ((Strength.POSSESSION,), ("pwd",), 2),
        ((Strength.PRESENCE,), ("pwd",), 2),
        ((Strength.PRESENCE,), ("pwd", "otp", "mfa"), 3),
        ((Strength.POSSESSION,), ("pwd", "otp", "mfa"), 2),
    ],
)
def test_the_level_of_a_session_needs_evidence_and_for_the_highest_two_factors(people, citizen, strengths, amr, level):
    prove(citizen, people, *strengths)
    assert people.signing_in.facts(citizen.id, SignInMethod.MOBILE, amr, HOME).level == level


def test_a_proof_raises_the_level_of_a_session_and_nothing_else(people: People, citizen: Citizen):
    before = people.signing_in.facts(citizen.id, SignInMethod.MOBILE, ("pwd",), HOME)
    people.clock.advance(60)
    prove(citizen, people)
    after = people.signing_in.raised(before)
    assert after == dataclasses.replace(before, level=1)
    assert len(people.notebook.of(SignedIn)) == 1


def test_a_disabled_account_gets_no_session_whichever_way_led_there(people: People, citizen: Citizen):
    people.citizens.disable(citizen.id, now=people.clock.now())
    for account in (citizen.id, "0" * 32):
        with pytest.raises(SignInRefused):
            people.signing_in.facts(account, SignInMethod.MOBILE, ("pwd",), HOME)
    assert people.notebook.of(SignedIn) == []


def test_a_password_changed_during_the_sign_in_is_not_changed_back(people: People, citizen: Citizen):
    people.passwords.real = Passwords(SeededRandomness(4), memory_kib=16, rounds=2)
    changed = people.passwords.real.hash("another-password-9")

    class ChangedMeanwhile(type(people.passwords)):
        def hash(self, password: str) -> str:
            people.credentials.set_password_hash(citizen.id, changed, now=people.clock.now())
            return super().hash(password)

    racing = dataclasses.replace(people.signing_in, passwords=ChangedMeanwhile(people.passwords.real))
    racing.by_password("wangwei", PASSWORD, HOME)
    assert people.credentials.password_hash(citizen.id) == changed
