from dataclasses import replace
from threading import Event

import pytest
from stdnum import luhn

from idp.domain.assurance import Level, level_of
from idp.domain.audit import AttemptEnded
from idp.domain.audit_persons import PersonHeldElsewhere
from idp.domain.audit_words import Outcome
from idp.domain.channel import (
    UNSPENT_AFTER_FAILURE,
    UNSPENT_REASONS,
    FieldKind,
    Form,
    Reason,
    Redirect,
    Rejected,
    Scan,
    SubjectKind,
    Verified,
)
from idp.domain.claims import ClaimName
from idp.domain.errors import (
    AttemptExpired,
    AttemptMismatch,
    AttemptSpent,
    Distrusted,
    InvalidInput,
    LimitReached,
    PersonMismatch,
    Rule,
    SignInRefused,
    Unavailable,
)
from idp.domain.ports import Citizen
from idp.people.limits import PROOF_CITIZEN_CHANNEL
from idp.people.origin import Origin
from idp.people.prove import Begun, HeldElsewhere, Pending, Proved, Refused
from tests.contract.threads import at_once
from tests.people.conftest import ELSEWHERE, HOME, People, until_limited
from tests.people.doubles import facts_of, says_yes

NAME, NUMBER = "张三", "370102190103070012"
OTHER_NAME, OTHER_NUMBER = "李思", "370102190204150003"
FORM = {"name": NAME, "id_number": NUMBER}
BACK = "https://id.example/back"


@pytest.fixture
def citizen(people: People) -> Citizen:
    return people.open_account()


def begin(people: People, citizen: Citizen, channel: str = "police", origin: Origin = HOME) -> Begun:
    begun = people.proving.begin(citizen.id, channel, BACK, origin)
    assert isinstance(begun, Begun)
    return begun


def reply(people: People, citizen: Citizen, begun: Begun, fields=FORM, origin: Origin = HOME):
    return people.proving.reply(begun.attempt_id, begun.channel, citizen.id, fields, origin)


def prove(people: People, citizen: Citizen, fields=FORM, channel: str = "police"):
    people.channels[channel].answers.append(says_yes)
    return reply(people, citizen, begin(people, citizen, channel), fields)


def try_once(people: People, citizen: Citizen, answer, origin: Origin = HOME, fields=FORM):
    people.police.answers = [answer]
    return reply(people, citizen, begin(people, citizen, origin=origin), fields, origin)


def test_an_answer_may_count_for_a_shorter_time_than_its_channel_says(people: People, citizen: Citizen):
    until = people.clock.now() + 3600
    people.police.answers = [lambda attempt, asked: replace(says_yes(attempt, asked), counts_until=until)]
    reply(people, citizen, begin(people, citizen))
    [evidence] = people.citizens.evidence_of(citizen.id)
    assert evidence.expires_at == until


# ---- a success ------------------------------------------------------------------------------------------------------


def test_a_match_leaves_evidence_a_name_a_number_and_a_level(people: People, citizen: Citizen):
    assert prove(people, citizen) == Proved(Level.BASIC)
    proved = people.citizens.by_id_number(NUMBER)
    assert proved is not None
    assert (proved.id, proved.name, proved.id_number) == (citizen.id, NAME, NUMBER)
    [evidence] = people.citizens.evidence_of(citizen.id)
    assert (evidence.channel, evidence.source, evidence.txn) == ("police", "police", "T1")
    assert (evidence.verified_at, evidence.expires_at) == (people.clock.now(), None)
    assert evidence.claims == {ClaimName.NAME: NAME, ClaimName.ID_NUMBER: NUMBER}
    [ended] = people.notebook.of(AttemptEnded)
    assert (ended.outcome, ended.channel, ended.citizen_id) == (Outcome.OK, "police", citizen.id)
    assert ended.evidence_id == evidence.id


@pytest.mark.parametrize(
    "fields",
    [
        {"name": " 艾力•买买提 ", "id_number": "６５０１０２ 19030101 0034"},
        {"name": "艾力．买买提", "id_number": "650102030101003"},
        {"name": "艾力 ·买买提", "id_number": "650102-19030101-0034"},
    ],
)
def test_odd_spellings_prove_one_person_and_the_name_is_kept_as_typed(people: People, citizen: Citizen, fields):
    assert isinstance(prove(people, citizen, fields), Proved)
    proved = people.citizens.by_id_number("650102190301010034")
    assert proved is not None
    assert proved.name == fields["name"].strip()


def test_the_channel_sees_the_fields_of_its_form_and_nothing_else(people: People, citizen: Citizen):
    prove(people, citizen, {**FORM, "csrf_token": "secret", "level": "3"})
    [seen] = people.police.replies
    assert dict(seen.unverified_fields) == FORM


def test_evidence_expires_when_the_channel_says_so_and_levels_add_up(people: People, citizen: Citizen):
    prove(people, citizen)
    assert prove(people, citizen, channel="wallet") == Proved(Level.MEDIUM)
    newest = next(e for e in people.citizens.evidence_of(citizen.id) if e.channel == "wallet")
    assert newest.expires_at == people.clock.now() + 365 * 86_400


def test_a_second_channel_is_told_what_is_proved_already(people: People, citizen: Citizen):
    begin(people, citizen, "wallet")
    prove(people, citizen)
    begin(people, citizen, "wallet")
    before, after = people.channels["wallet"].begun
    assert before.known == {}
    assert after.known == {ClaimName.NAME: NAME, ClaimName.ID_NUMBER: NUMBER}


# ---- one attempt, one result ----------------------------------------------------------------------------------------


def test_an_attempt_has_one_result(people: People, citizen: Citizen):
    people.police.answers = [says_yes, says_yes]
    begun = begin(people, citizen)
    reply(people, citizen, begun)
    with pytest.raises(AttemptSpent):
        reply(people, citizen, begun)
    with pytest.raises(AttemptSpent):
        people.proving.show(begun.attempt_id, citizen.id)
    assert len(people.citizens.evidence_of(citizen.id)) == 1


def test_a_refused_attempt_takes_no_further_reply(people: People, citizen: Citizen):
    people.police.answers = [Rejected(Reason.MISMATCH_NAME), says_yes]
    begun = begin(people, citizen)
    reply(people, citizen, begun)
    with pytest.raises(AttemptSpent):
        reply(people, citizen, begun)


def test_of_sixteen_submits_at_once_one_reaches_the_upstream_and_one_try_is_spent(people: People, citizen: Citizen):
    people.police.answers = [Rejected(Reason.MISMATCH_NAME)] * 16
    begun = begin(people, citizen)

    def submit(_: int):
        try:
            return reply(people, citizen, begun)
        except AttemptSpent:
            return None

    [result] = [each for each in at_once(16, submit) if each is not None]
    assert result == Refused(Reason.MISMATCH_NAME, 4)
    assert len(people.police.replies) == 1


def test_a_second_submit_while_the_upstream_thinks_is_told_that_the_attempt_is_spent(people: People, citizen: Citizen):
    asked, go_on = Event(), Event()

    def slow(attempt, form):
        asked.set()
        assert go_on.wait(10)
        return says_yes(attempt, form)

    people.police.answers = [slow, slow]
    begun = begin(people, citizen)

    def submit(n: int):
        if n == 0:
            return reply(people, citizen, begun)
        assert asked.wait(10)
        try:
            return reply(people, citizen, begun)
        except AttemptSpent as spent:
            return spent
        finally:
            go_on.set()

    first, second = at_once(2, submit)
    assert first == Proved(Level.BASIC)
    assert isinstance(second, AttemptSpent)


def test_a_worker_that_died_blocks_its_attempt_for_less_than_a_minute(people: People, citizen: Citizen):
    def dies(attempt, form):
        raise KeyboardInterrupt

    people.police.answers = [dies, says_yes]
    begun = begin(people, citizen)
    with pytest.raises(KeyboardInterrupt):
        reply(people, citizen, begun)
    with pytest.raises(AttemptSpent):
        reply(people, citizen, begun)
    people.clock.advance(58)
    assert reply(people, citizen, begun) == Proved(Level.BASIC)


def test_an_attempt_belongs_to_one_citizen_and_one_channel(people: People, citizen: Citizen):
    stranger = people.open_account("+8619900000002")
    begun = begin(people, citizen)
    for ask in (
        lambda: people.proving.reply(begun.attempt_id, "police", stranger.id, FORM, ELSEWHERE),
        lambda: people.proving.show(begun.attempt_id, stranger.id),
        lambda: people.proving.reply(begun.attempt_id, "wallet", citizen.id, FORM, HOME),
    ):
        with pytest.raises(AttemptMismatch):
            ask()
    assert people.proving.show(begun.attempt_id, citizen.id) == begun
    assert people.police.replies == []


def test_an_attempt_ends_by_its_own_expiry(people: People, citizen: Citizen):
    begun = begin(people, citizen)
    people.clock.advance(people.police.facts.attempt_seconds)
    with pytest.raises(AttemptExpired):
        reply(people, citizen, begun)
    with pytest.raises(AttemptExpired):
        people.proving.show(begun.attempt_id, citizen.id)
    with pytest.raises(AttemptExpired):
        people.proving.reply("made-up", "police", citizen.id, FORM, HOME)


def test_an_answer_that_comes_after_the_expiry_is_not_taken(people: People, citizen: Citizen):
    def late(attempt, form):
        people.clock.advance(people.police.facts.attempt_seconds)
        return says_yes(attempt, form)

    people.police.answers = [late]
    with pytest.raises(AttemptExpired):
        reply(people, citizen, begin(people, citizen))
    assert people.citizens.evidence_of(citizen.id) == ()


def test_a_reload_shows_the_same_step(people: People, citizen: Citizen):
    begun = begin(people, citizen)
    assert people.proving.show(begun.attempt_id, citizen.id) == begun
    assert begun.step == Form((FieldKind.NAME, FieldKind.ID_NUMBER), keep={})


def test_a_pending_attempt_goes_on_with_what_the_channel_wants_back(people: People, citizen: Citizen):
    wallet = people.channels["wallet"]
    wallet.begins_with = Redirect("https://wallet.example/go", {"verify_id": "v1"})
    people.clock.advance(1)
    first = begin(people, citizen, "wallet")
    person = {ClaimName.NAME: NAME, ClaimName.ID_NUMBER: NUMBER}
    wallet.answers = [Scan("qr", {"verify_id": "v2"}), Verified(person, "T9")]
    result = reply(people, citizen, first, {"state": "s"})
    assert result == Pending(Begun(first.attempt_id, "wallet", Scan("qr", {"verify_id": "v2"}), first.expires_at))
    assert people.proving.show(first.attempt_id, citizen.id) == result.begun
    seen = []
    wallet.answers = [lambda attempt, _: seen.append(attempt.keep) or Verified(person, "T9")]
    assert isinstance(reply(people, citizen, first, {}), Proved)
    assert seen == [{"verify_id": "v2"}]


def test_polling_costs_no_try_but_is_bounded(people: People, citizen: Citizen):
    wallet = people.channels["wallet"]
    wallet.begins_with = Scan("qr")
    begun = begin(people, citizen, "wallet")
    wallet.answers = [Scan("qr")] * 100
    polls, limit = until_limited(lambda _: reply(people, citizen, begun, {}))
    assert (polls, limit.limit) == (60, "proof.replies")
    people.clock.advance(60)
    wallet.answers = [Rejected(Reason.USER_CANCELLED)]
    assert reply(people, citizen, begun, {}) == Refused(Reason.USER_CANCELLED, 4)


# ---- what a try costs -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("fields", "field", "rule"),
    [
        ({}, "name", Rule.MISSING),
        ({"name": "张", "id_number": NUMBER}, "name", Rule.TOO_SHORT),
        ({"name": NAME, "id_number": "370102190103070010"}, "id_number", Rule.CHECK_CHARACTER),
        ({"name": NAME, "id_number": "370102190102300015"}, "id_number", Rule.BIRTH_DATE),
    ],
)
def test_what_cannot_be_right_costs_nothing_and_reaches_nobody(people: People, citizen: Citizen, fields, field, rule):
    begun = begin(people, citizen)
    for _ in range(12):
        with pytest.raises(InvalidInput) as refused:
            reply(people, citizen, begun, fields)
        assert (refused.value.field, refused.value.rule) == (field, rule)
    assert people.police.replies == []
    people.police.answers = [says_yes]
    assert isinstance(reply(people, citizen, begun), Proved)


def test_refusals_are_counted_down_and_then_there_is_a_wait(people: People, citizen: Citizen):
    left = [try_once(people, citizen, Rejected(Reason.MISMATCH_NAME)).tries_left for _ in range(5)]
    assert left == [4, 3, 2, 1, 0]
    with pytest.raises(LimitReached) as limit:
        begin(people, citizen)
    assert (limit.value.limit, limit.value.retry_after) == ("proof.citizen_channel", 3600)
    begin(people, citizen, "wallet")
    people.clock.advance(3600)
    begin(people, citizen)


def test_attempts_begun_before_the_tries_ran_out_do_not_get_round_them(people: People, citizen: Citizen):
    hoard = [begin(people, citizen) for _ in range(8)]
    people.police.answers = [Rejected(Reason.MISMATCH_NAME)] * 8
    for begun in hoard[:5]:
        reply(people, citizen, begun)
    with pytest.raises(LimitReached):
        reply(people, citizen, hoard[5])
    assert len(people.police.replies) == 5
    people.clock.advance(300)
    assert people.proving.show(hoard[5].attempt_id, citizen.id) == hoard[5]


@pytest.mark.parametrize("failure", [Unavailable("police", "down"), Distrusted("police", "signature")])
def test_a_failure_costs_no_try_and_the_attempt_still_waits(people: People, citizen: Citizen, failure):
    begun = begin(people, citizen)
    people.police.answers = [failure] * 9 + [Rejected(Reason.MISMATCH_NAME)]
    for _ in range(9):
        with pytest.raises(type(failure)):
            reply(people, citizen, begun)
    assert reply(people, citizen, begun) == Refused(Reason.MISMATCH_NAME, 4)
    outcome = Outcome.UNAVAILABLE if isinstance(failure, Unavailable) else Outcome.DISTRUSTED
    assert [event.outcome for event in people.notebook.of(AttemptEnded)] == [outcome] * 9 + [Outcome.REFUSED]


def test_failures_are_not_free_for_an_address_that_hammers(people: People):
    wallet = people.channels["wallet"]
    wallet.begins_with, wallet.answers = Redirect("https://wallet.example"), [Distrusted("wallet", "forged")] * 200
    accounts = [people.open_account(f"+861990000{n:04d}", origin=HOME) for n in range(5)]
    attempts = [begin(people, account, "wallet", ELSEWHERE) for account in accounts]

    def forge(n: int) -> None:
        reply(people, accounts[n % 5], attempts[n % 5], {"state": "forged"}, ELSEWHERE)

    asked, limit = until_limited(forge, Distrusted)
    assert (asked, limit.limit) == (120, "proof.address.hour")


@pytest.mark.parametrize("reason", sorted(UNSPENT_REASONS))
def test_a_refusal_that_nobody_could_avoid_costs_no_try(people: People, citizen: Citizen, reason):
    for _ in range(9):
        assert try_once(people, citizen, Rejected(reason)) == Refused(reason, None)
    assert try_once(people, citizen, Rejected(Reason.NOT_FOUND)) == Refused(Reason.NOT_FOUND, 4)


@pytest.mark.parametrize("reason", sorted(UNSPENT_AFTER_FAILURE))
def test_a_one_time_code_whose_answer_was_lost_ends_the_attempt_and_costs_no_try(
    people: People, citizen: Citizen, reason: Reason
):
    before = people.proving.begin(citizen.id, "police", BACK, HOME)
    people.police.answers = [Unavailable("police", "no answer in time"), Rejected(reason)]
    with pytest.raises(Unavailable):
        reply(people, citizen, before)
    assert reply(people, citizen, before) == Refused(reason, None)
    assert try_once(people, citizen, Rejected(Reason.MISMATCH_NAME)) == Refused(Reason.MISMATCH_NAME, 4)


def test_a_forged_return_excuses_no_old_answer(people: People, citizen: Citizen):
    begun = begin(people, citizen)
    people.police.answers = [Distrusted("police", "wrong signature"), Rejected(Reason.REPLAYED)]
    with pytest.raises(Distrusted):
        reply(people, citizen, begun)
    assert reply(people, citizen, begun) == Refused(Reason.REPLAYED, 4)


def test_a_failure_that_is_final_ends_the_attempt_and_costs_no_try(people: People, citizen: Citizen):
    begun = begin(people, citizen)
    people.police.answers = [Unavailable("police", "result without use", over=True)]
    with pytest.raises(Unavailable):
        reply(people, citizen, begun)
    with pytest.raises(AttemptSpent):
        reply(people, citizen, begun)
    assert try_once(people, citizen, Rejected(Reason.MISMATCH_NAME)) == Refused(Reason.MISMATCH_NAME, 4)


@pytest.mark.parametrize("reason", sorted(set(Reason) - UNSPENT_REASONS - {Reason.MISMATCH_PERSON}))
def test_every_other_refusal_costs_one(people: People, citizen: Citizen, reason):
    assert try_once(people, citizen, Rejected(reason)) == Refused(reason, 4)
    [ended] = people.notebook.of(AttemptEnded)
    assert (ended.outcome, ended.reason, ended.evidence_id) == (Outcome.REFUSED, reason, None)


def test_many_accounts_cannot_question_the_register_about_one_number(people: People):
    accounts = [people.open_account(f"+8619900001{n:03d}") for n in range(8)]

    def guess(n: int) -> None:
        place = Origin(f"203.0.113.{n}", f"b{n}", "r")
        fields = {"name": f"张{chr(0x4E00 + n)}", "id_number": NUMBER}
        try_once(people, accounts[n % 8], Rejected(Reason.MISMATCH_NAME), place, fields)

    asked, limit = until_limited(guess)
    assert (asked, limit.limit) == (10, "proof.number")


def test_a_full_limit_of_others_costs_the_person_nothing(people: People, citizen: Citizen):
    for n in range(2):
        account = people.open_account(f"+8619900001{n:03d}")
        for _ in range(5):
            try_once(people, account, Rejected(Reason.MISMATCH_NAME), Origin(f"203.0.113.{n}", "b", "r"))
    begun = begin(people, citizen)
    for _ in range(6):
        with pytest.raises(LimitReached):
            reply(people, citizen, begun)
    people.clock.advance(3600)
    assert try_once(people, citizen, Rejected(Reason.MISMATCH_NAME)) == Refused(Reason.MISMATCH_NAME, 4)


CARD = {"bank_card": "6221550000000000018", "mobile": "19900000001"}
CARD_FORM = Form((FieldKind.BANK_CARD, FieldKind.MOBILE))


def ask_a_bank(people: People, citizen: Citizen, answer, fields=CARD):
    """Details of a card, sent once; the code that follows is left lying."""
    bank = people.channels["wallet"]
    bank.begins_with, bank.answers = CARD_FORM, [answer]
    return reply(people, citizen, begin(people, citizen, "wallet"), fields)


@pytest.mark.parametrize(
    ("changed", "asked", "limit"),
    [
        (lambda _: {}, 5, "proof.card"),
        (lambda n: {"mobile": f"1990000{n:04d}"}, 5, "proof.card"),
        (lambda n: {"bank_card": _luhn(n)}, 5, "proof.phone.hour"),
        (lambda n: {"bank_card": _luhn(n), "mobile": f"1990000{n:04d}"}, 10, "proof.card.citizen"),
    ],
    ids=["the same again", "one card", "one phone", "one account"],
)
def test_card_checks_that_match_and_are_left_lying_are_bounded(people: People, citizen: Citizen, changed, asked, limit):
    code = Form((FieldKind.SMS_CODE,))
    done, reached = until_limited(lambda n: ask_a_bank(people, citizen, code, CARD | changed(n)))
    assert (done, reached.limit) == (asked, limit)
    assert people.limits.room(PROOF_CITIZEN_CHANNEL, f"{citizen.id}\0wallet", now=people.clock.now()) == 5


def test_a_card_check_without_an_answer_costs_neither_card_nor_phone(people: People, citizen: Citizen):
    for _ in range(12):
        with pytest.raises(Unavailable):
            ask_a_bank(people, citizen, Unavailable("wallet", "down"))
    assert isinstance(ask_a_bank(people, citizen, Form((FieldKind.SMS_CODE,))), Pending)


def _luhn(n: int) -> str:
    body = f"62215500000{n:07d}"
    return body + luhn.calc_check_digit(body)


def test_opening_the_form_again_and_again_costs_no_try_but_is_bounded(people: People, citizen: Citizen):
    opened, limit = until_limited(lambda _: begin(people, citizen))
    assert limit.limit == "proof.begin.citizen"
    assert opened == len(people.police.begun) == 30


# ---- whose number it is ---------------------------------------------------------------------------------------------


def test_a_number_that_another_account_holds_moves_nothing(people: People, citizen: Citizen):
    prove(people, citizen)
    second = people.open_account("+8619900000002")
    assert prove(people, second) == HeldElsewhere(disputable=True)
    held = people.citizens.by_id_number(NUMBER)
    assert held is not None
    assert held.id == citizen.id
    assert level_of(people.citizens.evidence_of(second.id), people.clock.now()) is Level.UNPROVED
    assert level_of(people.citizens.evidence_of(citizen.id), people.clock.now()) is Level.BASIC
    [event] = people.notebook.of(PersonHeldElsewhere)
    assert (event.citizen_id, event.holder, event.channel) == (second.id, citizen.id, "police")


def test_of_two_accounts_that_prove_one_number_at_once_one_holds_it(people: People):
    accounts = [people.open_account(f"+861990000000{n}") for n in (1, 2)]
    people.police.answers = [says_yes, says_yes]
    begun = [begin(people, account) for account in accounts]
    results = at_once(2, lambda n: reply(people, accounts[n], begun[n]))
    assert sorted(type(each).__name__ for each in results) == ["HeldElsewhere", "Proved"]


def test_a_proved_account_cannot_ask_about_anybody_else(people: People, citizen: Citizen):
    prove(people, citizen)
    people.police.replies.clear()
    begun = begin(people, citizen)
    with pytest.raises(PersonMismatch):
        reply(people, citizen, begun, {"name": OTHER_NAME, "id_number": OTHER_NUMBER})
    assert people.police.replies == []
    assert people.notebook.of(AttemptEnded)[-1].reason is Reason.MISMATCH_PERSON
    with pytest.raises(AttemptSpent):
        reply(people, citizen, begun)


@pytest.mark.parametrize(
    "person",
    [
        {ClaimName.NAME: OTHER_NAME, ClaimName.ID_NUMBER: OTHER_NUMBER},
        {ClaimName.NAME: NAME, ClaimName.ID_NUMBER: OTHER_NUMBER},
        {ClaimName.NAME: OTHER_NAME, ClaimName.ID_NUMBER: NUMBER},
    ],
)
def test_a_wallet_of_another_person_never_rekeys_the_account(people: People, citizen: Citizen, person):
    prove(people, citizen)
    before = people.citizens.by_id(citizen.id)
    wallet = people.channels["wallet"]
    wallet.begins_with, wallet.answers = Redirect("https://wallet.example"), [Verified(person, "T2")]
    with pytest.raises(PersonMismatch):
        reply(people, citizen, begin(people, citizen, "wallet"), {"state": "s"})
    assert people.citizens.by_id(citizen.id) == before
    assert len(people.citizens.evidence_of(citizen.id)) == 1
    contra = people.notebook.of(AttemptEnded)[-1]
    assert (contra.outcome, contra.reason, contra.channel) == (Outcome.REFUSED, Reason.MISMATCH_PERSON, "wallet")


def test_of_two_attempts_that_prove_two_persons_at_once_one_binds_the_account(people: People, citizen: Citizen):
    begun = begin(people, citizen)

    def proved_meanwhile(attempt, form):
        prove(people, citizen, {"name": OTHER_NAME, "id_number": OTHER_NUMBER})
        return says_yes(attempt, form)

    people.police.answers = [proved_meanwhile]
    with pytest.raises(PersonMismatch):
        reply(people, citizen, begun)
    bound = people.citizens.by_id(citizen.id)
    assert bound is not None
    assert bound.id_number == OTHER_NUMBER
    assert [event.reason for event in people.notebook.of(AttemptEnded)] == [None, Reason.MISMATCH_PERSON]


def test_a_wallet_may_spell_the_name_in_its_own_way(people: People, citizen: Citizen):
    prove(people, citizen, {"name": "艾力•买买提", "id_number": "650102190301010034"})
    wallet = people.channels["wallet"]
    person = {ClaimName.NAME: "艾力.买买提", ClaimName.ID_NUMBER: "650102190301010034"}
    wallet.begins_with, wallet.answers = Redirect("https://wallet.example"), [Verified(person, "T2")]
    assert reply(people, citizen, begin(people, citizen, "wallet"), {}) == Proved(Level.MEDIUM)


def test_the_register_may_know_a_new_name_for_the_same_number(people: People, citizen: Citizen):
    prove(people, citizen)
    assert isinstance(prove(people, citizen, {"name": "张叁", "id_number": NUMBER}), Proved)
    renamed = people.citizens.by_id(citizen.id)
    assert renamed is not None
    assert (renamed.name, renamed.id_number) == ("张叁", NUMBER)


def test_a_channel_that_says_somebody_else_stands_there_is_a_contra_indicator(people: People, citizen: Citizen):
    with pytest.raises(PersonMismatch):
        try_once(people, citizen, Rejected(Reason.MISMATCH_PERSON))
    assert people.notebook.of(AttemptEnded)[-1].reason is Reason.MISMATCH_PERSON


@pytest.mark.parametrize(
    "claims",
    [
        {ClaimName.NAME: NAME},
        {ClaimName.NAME: NAME, ClaimName.ID_NUMBER: NUMBER, ClaimName.PHONE_NUMBER: "+8619900000001"},
        {ClaimName.NAME: NAME, ClaimName.ID_NUMBER: "370102190103070010"},
        {ClaimName.NAME: "<b>", ClaimName.ID_NUMBER: NUMBER},
        {ClaimName.NAME: NAME, ClaimName.ID_NUMBER: OTHER_NUMBER},
        {ClaimName.NAME: OTHER_NAME, ClaimName.ID_NUMBER: NUMBER},
    ],
)
def test_an_answer_that_cannot_be_about_who_was_asked_is_distrusted(people: People, citizen: Citizen, claims):
    with pytest.raises(Distrusted) as distrusted:
        try_once(people, citizen, Verified(claims, "T3"))
    assert people.citizens.evidence_of(citizen.id) == ()
    assert all(text not in str(distrusted.value) for text in (NAME, OTHER_NAME, NUMBER, OTHER_NUMBER))
    assert people.notebook.of(AttemptEnded)[-1].outcome is Outcome.DISTRUSTED


def test_a_channel_that_proves_no_number_serves_only_who_has_one(people: People, citizen: Citizen):
    wallet = people.channels["wallet"]
    wallet.facts = replace(wallet.facts, proves=frozenset({ClaimName.NAME}))
    wallet.begins_with = Redirect("https://wallet.example")
    wallet.answers = [Verified({ClaimName.NAME: NAME}, "T4"), Verified({ClaimName.NAME: NAME}, "T5")]
    with pytest.raises(Distrusted):
        reply(people, citizen, begin(people, citizen, "wallet"), {})
    prove(people, citizen)
    assert reply(people, citizen, begin(people, citizen, "wallet"), {}) == Proved(Level.MEDIUM)


# ---- what is offered ------------------------------------------------------------------------------------------------


def test_channels_are_offered_with_their_facts_in_order(people: People, citizen: Citizen):
    offers = people.proving.offers(citizen.id)
    assert [(offer.facts.name, offer.open) for offer in offers] == [("police", True), ("wallet", True)]


def test_a_channel_whose_breaker_is_open_is_shown_as_closed_until_it_may_work_again(people: People, citizen: Citizen):
    retry_at = people.clock.now() + 30
    begun = begin(people, citizen)
    people.police.answers = [Unavailable("police", "breaker", retry_at=retry_at), says_yes]
    with pytest.raises(Unavailable):
        reply(people, citizen, begun)
    assert [offer.open for offer in people.proving.offers(citizen.id)] == [False, True]
    people.clock.advance(30)
    assert [offer.open for offer in people.proving.offers(citizen.id)] == [True, True]
    people.police.answers = [Unavailable("police", "breaker", retry_at=people.clock.now() + 30), says_yes]
    with pytest.raises(Unavailable):
        reply(people, citizen, begun)
    reply(people, citizen, begun)
    assert [offer.open for offer in people.proving.offers(citizen.id)] == [True, True]


@pytest.mark.parametrize(
    ("name", "number"), [("吴小", "370102202001010006"), ("港民", "810000190101010015")], ids=["minor", "permit"]
)
def test_a_channel_that_cannot_help_a_person_is_not_offered_once_that_is_known(people, citizen, name, number):
    prove(people, citizen, {"name": name, "id_number": number})
    assert [offer.facts.name for offer in people.proving.offers(citizen.id)] == ["police"]
    with pytest.raises(AttemptMismatch):
        begin(people, citizen, "wallet")


def test_a_minor_who_types_a_number_is_refused_before_the_upstream(people: People, citizen: Citizen):
    result = reply(
        people, citizen, begin(people, citizen, "wallet"), {"name": "吴小", "id_number": "370102202001010006"}
    )
    assert isinstance(result, Refused)
    assert result.reason is Reason.UNDER_AGE
    assert people.channels["wallet"].replies == []


def test_a_minor_whom_only_the_upstream_names_is_refused_too(people: People, citizen: Citizen):
    wallet = people.channels["wallet"]
    person = {ClaimName.NAME: "吴小", ClaimName.ID_NUMBER: "370102202001010006"}
    wallet.begins_with, wallet.answers = Redirect("https://wallet.example"), [Verified(person, "T6")]
    result = reply(people, citizen, begin(people, citizen, "wallet"), {})
    assert isinstance(result, Refused)
    assert result.reason is Reason.UNDER_AGE
    assert people.citizens.evidence_of(citizen.id) == ()


def test_a_channel_for_organisations_alone_is_not_offered_to_a_citizen(people: People, citizen: Citizen):
    wallet = people.channels["wallet"]
    wallet.facts = replace(wallet.facts, subjects=frozenset({SubjectKind.LEGAL_PERSON}))
    assert [offer.facts.name for offer in people.proving.offers(citizen.id)] == ["police"]


def test_a_channel_that_was_taken_out_of_service_takes_no_reply(people: People, citizen: Citizen):
    begun = begin(people, citizen)
    del people.channels["police"]
    with pytest.raises(AttemptMismatch):
        reply(people, citizen, begun)


def test_an_unknown_channel_is_not_begun(people: People, citizen: Citizen):
    with pytest.raises(AttemptMismatch):
        begin(people, citizen, "no-such-channel")


def test_a_channel_may_refuse_or_fail_at_once(people: People, citizen: Citizen):
    people.police.begins_with = Rejected(Reason.RISK_CONTROL)
    assert people.proving.begin(citizen.id, "police", BACK, HOME) == Refused(Reason.RISK_CONTROL, None)
    people.police.begins_with = Rejected(Reason.CARD_STATE)
    assert people.proving.begin(citizen.id, "police", BACK, HOME) == Refused(Reason.CARD_STATE, 4)
    people.police.begins_with = Unavailable("police", "down", retry_at=people.clock.now() + 30)
    with pytest.raises(Unavailable):
        begin(people, citizen)
    assert not people.proving.offers(citizen.id)[0].open


def test_nobody_is_verified_before_they_did_anything(people: People, citizen: Citizen):
    people.police.begins_with = Verified({ClaimName.NAME: NAME, ClaimName.ID_NUMBER: NUMBER}, "T7")
    with pytest.raises(Distrusted):
        begin(people, citizen)
    assert people.citizens.evidence_of(citizen.id) == ()


def test_a_disabled_account_proves_nothing(people: People, citizen: Citizen):
    begun = begin(people, citizen)
    people.citizens.disable(citizen.id, now=people.clock.now())
    for ask in (
        lambda: people.proving.offers(citizen.id),
        lambda: begin(people, citizen),
        lambda: reply(people, citizen, begun),
    ):
        with pytest.raises(SignInRefused):
            ask()


def test_no_event_holds_a_name_or_a_number(people: People, citizen: Citizen):
    prove(people, citizen)
    try_once(people, citizen, Rejected(Reason.MISMATCH_NAME))
    written = repr([(event, event.detail()) for event in people.notebook.events])
    assert all(text not in written for text in (NAME, NUMBER, "1990000"))


@pytest.mark.parametrize(("tells_cancel", "noted"), [(True, 1), (False, 0)])
def test_a_face_weighs_against_an_account_only_where_a_cancel_is_told_apart(
    people: People, citizen, tells_cancel, noted
):
    prove(people, citizen)
    people.channels["wallet"].facts = facts_of("wallet", source="ant", tells_cancel=tells_cancel)
    people.channels["wallet"].answers = [Rejected(Reason.MISMATCH_FACE)]
    begun = begin(people, citizen, "wallet")
    reply(people, citizen, begun)
    assert len(people.citizens.contra_of(citizen.id)) == noted
