"""Generated people: numbers that are nobody's, and channels that answer what the table of traits says."""

import datetime
from collections import Counter

import pytest
from stdnum import luhn
from stdnum.cn import ric

from adapters.sandbox.cards import DIFFERENT, NO_CARD, OK, Account, Issuers
from adapters.sandbox.population import Person, Register, generated, personas, synthetic_people
from adapters.sandbox.traits import CHANNELS, TRAITS
from idp.domain.channel import Outcome, Reason, Redirect, Rejected, Verified
from idp.domain.claims import ClaimName
from tests.adapters import ant, carrier, counter, police, social, unionpay, wechat
from tests.adapters.rigs import World

PEOPLE = generated(2000, seed=7)


def test_they_are_the_same_every_time_and_others_with_another_seed():
    assert generated(100, seed=7) == PEOPLE[:100]
    assert generated(100, seed=8) != PEOPLE[:100]
    assert generated(0) == ()
    with pytest.raises(ValueError, match="count"):
        generated(200_001)


def test_no_number_can_be_anybodys_and_every_check_digit_is_right():
    for person in generated(20_000, seed=1):
        assert ric.calc_check_digit(person.id18) == person.id18[-1]
        born = datetime.date.fromisoformat(person.birthdate)
        assert 1901 <= born.year <= 1905 or person.id18[14:17] == "000"
        assert luhn.is_valid(person.pan)


def test_nobody_has_what_another_has():
    people = (*generated(20_000, seed=1), *synthetic_people(20_000), *personas())
    assert len({p.id18 for p in people}) == len({p.key for p in people}) == len(people)
    assert len({p.pan for p in PEOPLE}) == len({p.phone for p in PEOPLE}) == len(PEOPLE)


def test_every_trait_and_every_kind_of_name_is_among_them():
    traits = Counter(trait for person in PEOPLE for trait in person.traits)
    assert set(traits) == set(TRAITS)
    assert all(count >= 5 for count in traits.values())
    assert any("·" in p.name for p in PEOPLE)
    assert any(ord(c) > 0xFFFF for p in PEOPLE for c in p.name)
    assert any(p.id18[:2] in {"81", "82", "83"} for p in PEOPLE)


def test_nothing_personal_is_printed():
    person = PEOPLE[0]
    printed = repr(person)
    assert [v for v in (person.name, person.id18, person.phone, person.pan) if v in printed] == []


# ---- what the channels answer ---------------------------------------------------------------------------------------


def word(outcome: Outcome) -> str:
    if isinstance(outcome, Verified):
        return "match"
    assert isinstance(outcome, Rejected), outcome
    if outcome.reason is Reason.NOT_FOUND:
        return "not_found"
    return "mismatch" if outcome.reason.startswith("mismatch") else "rejected"


def known(person: Person) -> dict[ClaimName, str]:
    return {ClaimName.NAME: person.name, ClaimName.ID_NUMBER: person.id18}


def typed(person: Person) -> dict[str, str]:
    return {"name": person.name, "id_number": person.id18}


def by_police(world: World, person: Person) -> Outcome:
    return police.ask(police.channel_of(world), typed(person))


def by_bank(world: World, person: Person) -> Outcome:
    channel = unionpay.channel_of(world)
    attempt, step = unionpay.details(channel, world, {**typed(person), "bank_card": person.pan, "mobile": person.phone})
    texts = unionpay.texted(world, person.phone)
    return unionpay.say(channel, attempt, {"sms_code": texts[0]["code"]})[1] if texts else step


def by_carrier(world: World, person: Person) -> Outcome:
    channel = carrier.channel_of(world)
    attempt, step = carrier.details(channel, world, {**typed(person), "mobile": person.phone})
    texts = carrier.texted(world, person.phone)
    return carrier.say(channel, attempt, {"sms_code": texts[0]["code"]})[1] if texts else step


def by_social(world: World, person: Person) -> Outcome:
    return social.ask(social.channel_of(world, "record"), {**typed(person), "social_card": person.social_card_no})


def by_alipay(world: World, person: Person) -> Outcome:
    channel = ant.channel_of(world, ant.ALIPAY)
    attempt, step = ant.begin(channel, typed(person))
    if not isinstance(step, Redirect):
        return step
    return ant.resume(channel, attempt, ant.comes_back(world, step, account=person.id18, decision="agree"))


def by_zhima(world: World, person: Person) -> Outcome:
    channel = ant.channel_of(world, ant.ZHIMA)
    attempt, step = ant.begin(channel, typed(person))
    return (
        ant.resume(channel, attempt, ant.comes_back(world, step, face="mine")) if isinstance(step, Redirect) else step
    )


def by_wechat(world: World, person: Person) -> Outcome:
    channel = wechat.channel_of(world)
    begun = channel.begin(wechat.fresh(known(person)))
    if isinstance(begun, Rejected):
        return begun
    attempt, step = wechat.before_the_camera(world, channel, known(person), person.key)
    wechat.show(world, step, "my_face")
    return wechat.resume(channel, attempt)[1]


def by_counter(world: World, person: Person) -> Outcome:
    visit = counter.Visit(world)
    if "permit" not in person.traits:
        return visit.done(person.key)
    visit.open()  # no chip that the reader knows: typed by one officer, confirmed by another
    visit.post("type", **counter.TYPED | typed(person))
    visit.vouch()
    visit.post("confirm", counter.SECOND, agrees="yes")
    return visit.poll()


ASK = {
    "police_population": by_police,
    "unionpay_card": by_bank,
    "social_security": by_social,
    "alipay_account": by_alipay,
    "zhima_face": by_zhima,
    "wechat_realname": by_wechat,
    "counter_verify": by_counter,
    "carrier_three_element": by_carrier,
}
# One person of each trait alone, and one without any.
EXAMPLES = {
    trait: next(p for p in PEOPLE if p.traits == frozenset({trait} - {""}))
    for trait in ("", *TRAITS)
    if not trait.endswith("old_spelling")
}
EXAMPLES["old_spelling"] = next(p for p in PEOPLE if p.traits == {"bank_old_spelling", "alipay_old_spelling"})


@pytest.mark.parametrize("channel", sorted(ASK))
@pytest.mark.parametrize("trait", sorted(EXAMPLES))
def test_each_channel_answers_what_was_expected(trait: str, channel: str):
    person = EXAMPLES[trait]
    if person.expected(channel) == "no_account":
        world = World(generated=[person])
        answer = world.control.post("/wechat/phone/login", data={"ref": "0" * 32, "account": person.key})
        assert answer.status_code == 400
        return
    expected = person.expected(channel)
    said = word(ASK[channel](World(generated=[person]), person))
    # A bank's "no such card" reaches the person as a mismatch, and nobody under age is sent to a bank or carrier at all.
    as_good = {"mismatch", "rejected"} if (channel, expected) == ("unionpay_card", "not_found") else set()
    if (channel, trait) == ("carrier_three_element", "minor"):
        as_good = {"rejected"}
    assert said in {expected} | as_good


@pytest.mark.parametrize("trait", sorted(EXAMPLES))
def test_the_banks_themselves_tell_no_card_from_other_details(trait: str):
    person = EXAMPLES[trait]
    banks = Issuers(Register(generated=[person]), tries=5)
    asked = Account(person.name, person.id18, person.phone)
    code = {"match": OK, "mismatch": DIFFERENT, "not_found": NO_CARD}[person.expected("unionpay_card")]
    assert banks.answer(person.pan, asked, "20250101") == code


def test_the_social_register_holds_a_persons_own_card_and_no_other():
    person = EXAMPLES[""]
    channel = social.channel_of(World(generated=[person]), "record")
    for card, answer in ((person.social_card_no, "match"), (PEOPLE[-1].social_card_no, "mismatch")):
        assert word(social.ask(channel, {**typed(person), "social_card": card})) == answer


def test_expectations_cover_every_channel():
    assert {channel: EXAMPLES[""].expected(channel) for channel in CHANNELS} == dict.fromkeys(CHANNELS, "match") | {
        "business_registry": "not_found"
    }
    with pytest.raises(KeyError):
        EXAMPLES[""].expected("no_such_channel")
