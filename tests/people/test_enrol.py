from contextlib import suppress
from dataclasses import replace

import pytest

from idp.domain.audit import CodeSent, Registered
from idp.domain.audit_words import Outcome
from idp.domain.errors import InvalidInput, LimitReached, MobileTaken, Rule, Unavailable
from idp.domain.ports import SmsPurpose
from idp.people.origin import Origin
from tests.contract.threads import at_once
from tests.people.conftest import ELSEWHERE, HOME, MOBILE, PASSWORD, People, until_limited

TYPED = "199 0000 0001"


def refusal(call) -> tuple[str, Rule]:
    with pytest.raises(InvalidInput) as refused:
        call()
    return refused.value.field, refused.value.rule


def places(count: int) -> list[Origin]:
    return [Origin(f"203.0.113.{n}", f"browser-{n}", f"r{n}") for n in range(count)]


# ---- the code -------------------------------------------------------------------------------------------------------


def test_a_number_is_confirmed_by_the_code_sent_to_it(people: People):
    assert people.enrolling.send_code(TYPED, HOME) == MOBILE
    [(mobile, code, purpose)] = people.phone.texts
    assert (mobile, purpose, len(code), code.isdigit()) == (MOBILE, SmsPurpose.REGISTER, 6, True)
    assert people.enrolling.confirm(MOBILE, f" {code[:3]} {code[3:]} ", HOME) is True


def test_a_code_works_once(people: People):
    people.enrolling.send_code(TYPED, HOME)
    people.enrolling.confirm(MOBILE, people.phone.last_code, HOME)
    assert refusal(lambda: people.enrolling.confirm(MOBILE, people.phone.last_code, HOME)) == ("code", Rule.EXPIRED)


def test_a_code_is_worthless_in_another_browser_and_for_another_number(people: People):
    people.enrolling.send_code(TYPED, HOME)
    code = people.phone.last_code
    assert refusal(lambda: people.enrolling.confirm(MOBILE, code, ELSEWHERE))[1] is Rule.EXPIRED
    assert refusal(lambda: people.enrolling.confirm("+8619900000002", code, HOME))[1] is Rule.EXPIRED
    assert people.enrolling.confirm(MOBILE, code, HOME)


def test_five_wrong_codes_burn_the_right_one(people: People):
    people.enrolling.send_code(TYPED, HOME)
    code = people.phone.last_code
    wrong = f"{(int(code) + 1) % 1_000_000:06d}"
    rules = [refusal(lambda: people.enrolling.confirm(MOBILE, wrong, HOME))[1] for _ in range(5)]
    assert rules == [Rule.WRONG] * 4 + [Rule.EXPIRED]
    assert refusal(lambda: people.enrolling.confirm(MOBILE, code, HOME))[1] is Rule.EXPIRED


def test_what_is_no_code_spends_no_try(people: People):
    people.enrolling.send_code(TYPED, HOME)
    for typed in ["", "12345", "abcdef"] * 3:
        assert refusal(lambda typed=typed: people.enrolling.confirm(MOBILE, typed, HOME))[1] in {
            Rule.MISSING,
            Rule.FORMAT,
        }
    assert people.enrolling.confirm(MOBILE, people.phone.last_code, HOME)


def test_a_code_lives_five_minutes(people: People):
    people.enrolling.send_code(TYPED, HOME)
    people.clock.advance(299)
    assert refusal(lambda: people.enrolling.confirm(MOBILE, "000000", HOME))[1] is Rule.WRONG
    people.clock.advance(1)
    assert refusal(lambda: people.enrolling.confirm(MOBILE, people.phone.last_code, HOME))[1] is Rule.EXPIRED


def test_a_new_code_voids_the_old_one(people: People):
    people.enrolling.send_code(TYPED, HOME)
    old = people.phone.last_code
    people.clock.advance(60)
    people.enrolling.send_code(TYPED, HOME)
    if people.phone.last_code != old:
        assert refusal(lambda: people.enrolling.confirm(MOBILE, old, HOME))[1] is Rule.WRONG
    assert people.enrolling.confirm(MOBILE, people.phone.last_code, HOME)


def test_only_who_has_read_the_code_learns_that_a_number_is_registered(people: People):
    people.open_account()
    assert people.enrolling.send_code(TYPED, ELSEWHERE) == MOBILE
    assert people.phone.texts[-1][2] is SmsPurpose.EXISTING_ACCOUNT
    assert refusal(lambda: people.enrolling.confirm(MOBILE, "000000", ELSEWHERE))[1] is Rule.WRONG
    assert people.enrolling.confirm(MOBILE, people.phone.last_code, ELSEWHERE) is False


def test_registered_and_free_numbers_meet_the_same_limits_with_the_same_words(people: People):
    people.open_account()
    refused = []
    for typed in (TYPED, "19900000002"):
        people.enrolling.send_code(typed, HOME)
        with pytest.raises(LimitReached) as limit:
            people.enrolling.send_code(typed, HOME)
        refused.append((limit.value.limit, limit.value.retry_after))
    assert refused[0] == refused[1] == ("sms.number.minute", 60)


# ---- budgets of text messages ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("spelling", [TYPED, "+8619900000001", "１９９００００００01"])
def test_a_text_can_be_sent_again_after_a_minute_in_any_spelling_and_from_anywhere(people: People, spelling):
    people.enrolling.send_code(TYPED, HOME)
    people.clock.advance(59)
    with pytest.raises(LimitReached) as limit:
        people.enrolling.send_code(spelling, ELSEWHERE)
    assert limit.value.retry_after == 1
    people.clock.advance(1)
    people.enrolling.send_code(spelling, ELSEWHERE)


def test_one_number_gets_five_texts_an_hour_and_ten_a_day_however_many_ask(people: People):
    def ask(n: int, seconds: float) -> None:
        people.clock.advance(seconds)
        with suppress(LimitReached):
            people.enrolling.send_code(TYPED, places(250)[n])

    for n in range(55):
        ask(n, 61)
    assert len(people.phone.texts) == 5
    for n in range(200):
        ask(n, 400)
    assert len(people.phone.texts) == 10


def test_one_browser_cannot_text_many_numbers(people: People):
    def ask(n: int) -> None:
        people.enrolling.send_code(f"199000001{n:02d}", replace(HOME, address=f"203.0.113.{n}"))

    sent, limit = until_limited(ask)
    assert limit.limit.startswith("sms.browser")
    assert sent == len(people.phone.texts) == 10


def test_one_address_cannot_text_many_numbers_with_ever_new_browsers(people: People):
    sent, limit = until_limited(
        lambda n: people.enrolling.send_code(f"19900000{n:03d}", replace(HOME, browser=f"b{n}"))
    )
    assert limit.limit.startswith("sms.address")
    assert sent == len(people.phone.texts) == 100


def test_the_breaker_stops_a_flood_from_everywhere(people: People):
    sent, limit = until_limited(lambda n: people.enrolling.send_code(f"138{n:04d}0001", Origin(f"a{n}", f"b{n}", "r")))
    assert limit.limit.startswith("sms.all")
    assert sent == len(people.phone.texts) == 300


def test_of_sixteen_requests_at_once_for_one_number_one_text_goes_out(people: People):
    def send(n: int) -> bool:
        try:
            people.enrolling.send_code(TYPED, places(16)[n])
        except LimitReached:
            return False
        return True

    assert sum(at_once(16, send)) == len(people.phone.texts) == 1


def test_a_failing_gateway_costs_the_citizen_nothing_and_leaves_the_earlier_code_good(people: People):
    people.enrolling.send_code(TYPED, HOME)
    earlier = people.phone.last_code
    people.clock.advance(60)
    people.phone.failure = Unavailable("sms", "down")
    for _ in range(3):
        with pytest.raises(Unavailable):
            people.enrolling.send_code(TYPED, HOME)
    assert people.enrolling.confirm(MOBILE, earlier, HOME)
    people.phone.failure = None
    people.enrolling.send_code(TYPED, HOME)
    assert len(people.phone.texts) == 2


def test_a_failing_gateway_is_not_hammered_for_ever(people: People):
    people.phone.failure = Unavailable("sms", "timeout; perhaps delivered all the same")
    asked, _ = until_limited(lambda _: people.enrolling.send_code(TYPED, HOME), Unavailable)
    assert asked == 6


def test_the_gateways_own_throttle_is_told_as_a_limit(people: People):
    people.phone.failure = LimitReached("sms gateway", 60)
    with pytest.raises(LimitReached):
        people.enrolling.send_code(TYPED, HOME)
    assert [event.outcome for event in people.notebook.of(CodeSent)] == [Outcome.LIMITED]


def test_every_text_is_in_the_audit_without_number_or_code(people: People):
    people.enrolling.send_code(TYPED, HOME)
    with pytest.raises(LimitReached):
        people.enrolling.send_code(TYPED, HOME)
    people.phone.failure = Unavailable("sms", "down")
    with pytest.raises(Unavailable):
        people.enrolling.send_code("19900000002", HOME)
    outcomes = [event.outcome for event in people.notebook.of(CodeSent)]
    assert outcomes == [Outcome.OK, Outcome.LIMITED, Outcome.UNAVAILABLE]
    assert all(digits not in repr(people.notebook.events) for digits in ("19900000001", people.phone.last_code))


# ---- the account ----------------------------------------------------------------------------------------------------


def test_an_account_is_opened_with_what_was_typed(people: People):
    citizen = people.open_account(login_name=" Wang_Wei ")
    assert (citizen.mobile, citizen.login_name, citizen.locale) == (MOBILE, "wang_wei", "zh-CN")
    assert people.citizens.by_id(citizen.id) == citizen
    assert len(citizen.subject_secret) == 32
    assert [event.citizen_id for event in people.notebook.of(Registered)] == [citizen.id]


def test_a_login_name_is_optional(people: People):
    assert people.open_account(login_name="  ").login_name is None


@pytest.mark.parametrize(
    ("password", "again", "login_name", "expected"),
    [
        ("short", "short", "", ("password", Rule.TOO_SHORT)),
        ("password123", "password123", "", ("password", Rule.COMMON)),
        ("wangwei-2024-x", "wangwei-2024-x", "wangwei", ("password", Rule.PERSONAL)),
        ("my19900000001tel", "my19900000001tel", "", ("password", Rule.PERSONAL)),
        (PASSWORD, PASSWORD + "x", "", ("password_again", Rule.WRONG)),
        (PASSWORD, PASSWORD, "9wang", ("login_name", Rule.CHARACTERS)),
        (PASSWORD, PASSWORD, "admin", ("login_name", Rule.RESERVED)),
    ],
)
def test_an_account_that_cannot_be_opened_says_which_field_and_why(
    people: People, password, again, login_name, expected
):
    assert refusal(lambda: people.enrolling.open(MOBILE, password, again, login_name, "zh-CN", HOME)) == expected
    assert people.citizens.by_mobile(MOBILE) is None
    assert people.passwords.hashed == 0


def test_two_ways_of_typing_one_password_are_the_same(people: People):
    people.enrolling.open(MOBILE, "caf\u00e9-au-lait-17", "cafe\u0301-au-lait-17", "", "en", HOME)
    assert people.signing_in.by_password(MOBILE, "cafe\u0301-au-lait-17", HOME)


def test_a_taken_login_name_is_a_fault_of_the_field_and_opens_nothing(people: People):
    people.open_account(login_name="wangwei")
    again = ("+8619900000002", PASSWORD, PASSWORD, "WangWei", "zh-CN", HOME)
    assert refusal(lambda: people.enrolling.open(*again)) == ("login_name", Rule.TAKEN)
    assert people.citizens.by_mobile("+8619900000002") is None


def test_of_two_registrations_of_one_number_at_once_one_wins(people: People):
    def register(n: int) -> str:
        try:
            return people.open_account(login_name=f"person{n}", origin=places(2)[n]).id
        except MobileTaken:
            return "taken"

    ids = at_once(2, register)
    assert sorted(each == "taken" for each in ids) == [False, True]
    holder = people.citizens.by_mobile(MOBILE)
    assert holder is not None
    assert holder.id in ids


def test_opening_accounts_is_bounded_because_it_hashes_and_tells_taken_login_names(people: People):
    people.open_account(login_name="wangwei")

    def open_another(n: int) -> None:
        people.enrolling.open(f"+861990000{n:04d}", PASSWORD, PASSWORD, "wangwei", "zh-CN", HOME)

    opened, limit = until_limited(open_another, InvalidInput)
    assert limit.limit == "enrol.open.browser"
    assert opened + 1 == people.passwords.hashed == 30
