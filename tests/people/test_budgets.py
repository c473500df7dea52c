"""Who may ask how much of upstreams that charge: relying parties, beginnings, prefixes of numbers."""

from dataclasses import replace

import pytest

from idp.domain.channel import Reason, Redirect, Rejected
from idp.domain.errors import LimitReached, StoreUnavailable, Unavailable
from idp.domain.ports import SmsPurpose
from idp.people import limits as budget
from idp.people.bounded_sms import BoundedSms
from idp.people.origin import Origin
from idp.people.proof_results import Refused
from tests.people.conftest import HOME, People, until_limited
from tests.people.doubles import facts_of, says_yes

BACK = "https://id.example/back"
NAME, NUMBER = "张三", "370102190103070012"
PAID = {"begin_costs": True}


def place(n: int, client: str = "") -> Origin:
    return Origin(f"203.0.113.{n}", f"b{n}", f"r{n}", client=client)


def accounts(people: People, count: int):
    return [people.open_account(f"+861390000{n:04d}", origin=place(n)) for n in range(count)]


def ask(people: People, citizen, origin: Origin, answer=None, channel: str = "police"):
    """One check of a number that nobody asked about before."""
    asked = len(people.channels[channel].replies)
    fields = {"name": NAME, "id_number": _number(asked)}
    people.channels[channel].answers = [answer or Rejected(Reason.RISK_CONTROL)]
    begun = people.proving.begin(citizen.id, channel, BACK, origin)
    return people.proving.reply(begun.attempt_id, channel, citizen.id, fields, origin)


def _number(n: int) -> str:
    from stdnum.cn.ric import calc_check_digit

    body = f"37010219010307{n:03d}"
    return body + calc_check_digit(f"{body}0")


def test_a_relying_party_that_drives_many_checks_leaves_the_others_theirs(people: People):
    people.quotas["police"] = 20
    citizens = accounts(people, 12)

    def drive(n: int) -> None:
        ask(people, citizens[n % 12], place(n % 12, "robot"))

    asked, limit = until_limited(drive, at_most=40)
    assert (asked, limit.limit) == (10, "proof.client.day")
    assert isinstance(ask(people, citizens[0], place(0, "hall")), Refused)
    assert isinstance(ask(people, citizens[0], place(0)), Refused)
    assert isinstance(ask(people, citizens[1], place(1, "robot"), channel="wallet"), Refused)


def test_a_relying_party_without_quota_has_a_budget_of_the_minute(people: People):
    from idp.domain.attempt import Attempt
    from idp.people.proof_tries import ProofTries

    tries, now = ProofTries(people.limits), people.clock.now()

    def take(n: int) -> None:
        tries.take(
            Attempt(f"a{n}", "police", now + 60, BACK), f"c{n}", facts_of("police"), {}, place(n, "robot"), now=now
        )

    assert until_limited(take)[0] == budget.PROOF_CLIENT_MINUTE.count == 200


def test_an_outage_uses_up_nothing_of_a_relying_partys_budget(people: People):
    people.quotas["police"] = 4
    [citizen] = accounts(people, 1)
    for _ in range(6):
        with pytest.raises(Unavailable):
            ask(people, citizen, place(0, "hall"), Unavailable("police", "down"))
    assert isinstance(ask(people, citizen, place(0, "hall")), Refused)


@pytest.fixture
def paid(people: People):
    wallet = people.channels["wallet"]
    wallet.facts, wallet.begins_with = replace(wallet.facts, **PAID), Redirect("https://wallet.example")
    return wallet


def test_a_beginning_that_costs_has_a_budget_of_its_own(people: People, paid):
    [citizen] = accounts(people, 1)
    begun, limit = until_limited(lambda _: people.proving.begin(citizen.id, "wallet", BACK, HOME))
    assert (begun, limit.limit) == (10, "proof.begin.paid.citizen.hour")
    assert len(paid.begun) == 10
    people.proving.begin(citizen.id, "police", BACK, HOME)


def test_beginnings_that_failed_cost_nothing(people: People, paid):
    [citizen] = accounts(people, 1)
    paid.begins_with = Unavailable("wallet", "down")
    for _ in range(15):
        with pytest.raises(Unavailable):
            people.proving.begin(citizen.id, "wallet", BACK, HOME)
    paid.begins_with = Rejected(Reason.UNDER_AGE)
    for _ in range(5):
        assert people.proving.begin(citizen.id, "wallet", BACK, HOME) == Refused(Reason.UNDER_AGE, None)
    paid.begins_with = Redirect("https://wallet.example")
    begun, _ = until_limited(lambda _: people.proving.begin(citizen.id, "wallet", BACK, HOME))
    assert begun == 10


def test_a_relying_partys_paid_beginnings_are_counted(people: People, paid):
    people.quotas["wallet"] = 6
    citizens = accounts(people, 5)
    begun, limit = until_limited(lambda n: people.proving.begin(citizens[n].id, "wallet", BACK, place(n, "robot")))
    assert (begun, limit.limit) == (3, "proof.client.day")


def test_what_is_wrong_for_one_person_alone_closes_the_channel_for_nobody(people: People):
    [citizen] = accounts(people, 1)
    until = people.clock.now() + 600
    for error, is_open in [
        (Unavailable("police", "texts throttled", retry_at=until, personal=True), True),
        (Unavailable("police", "night", retry_at=until), False),
    ]:
        with pytest.raises(Unavailable):
            ask(people, citizen, HOME, error)
        assert people.proving.offers(citizen.id)[0].open is is_open


def test_opening_a_form_does_not_make_a_closed_channel_well(people: People):
    [citizen] = accounts(people, 1)
    people.police.answers = [Unavailable("police", "night", retry_at=people.clock.now() + 600), says_yes]
    begun = people.proving.begin(citizen.id, "police", BACK, HOME)
    fields = {"name": NAME, "id_number": NUMBER}
    with pytest.raises(Unavailable):
        people.proving.reply(begun.attempt_id, "police", citizen.id, fields, HOME)
    people.proving.begin(citizen.id, "police", BACK, HOME)
    assert not people.proving.offers(citizen.id)[0].open
    people.proving.reply(begun.attempt_id, "police", citizen.id, fields, HOME)
    assert people.proving.offers(citizen.id)[0].open


def test_a_channel_says_by_its_facts_whether_beginning_costs():
    import adapters

    modules = (
        adapters.alipay_account,
        adapters.zhima_face,
        adapters.counter_verify,
        adapters.police_population,
        adapters.unionpay_card,
    )
    assert [each.FACTS.begin_costs for each in modules] == [True, True, True, False, False]
    assert adapters.business_registry.E_LICENCE_FACTS.begin_costs
    assert not facts_of("x").begin_costs


# ---- text messages --------------------------------------------------------------------------------------------------


def test_one_prefix_gets_so_many_texts_wherever_they_are_asked_for(people: People):
    sent, limit = until_limited(
        lambda n: people.clock.advance(1) or people.enrolling.send_code(f"1380000{n:04d}", place(n))
    )
    assert (sent, limit.limit) == (200, "sms.prefix.hour")
    people.enrolling.send_code("13800010000", place(1))


def test_one_relying_party_gets_so_many_texts_a_minute(people: People):
    sent, limit = until_limited(lambda n: people.enrolling.send_code(f"138{n:04d}0000", place(n, "robot")))
    assert (sent, limit.limit) == (100, "sms.client.minute")
    people.enrolling.send_code("13999990000", place(1, "hall"))


def test_texts_of_channels_and_of_registration_share_their_budgets(people: People):
    bounded = BoundedSms(people.phone, people.limits, people.clock)
    bounded.send_code("+8613800000001", "123456", SmsPurpose.PROVE)
    with pytest.raises(LimitReached, match=r"sms\.number\.minute"):
        people.enrolling.send_code("13800000001", HOME)
    for n in range(199):
        bounded.send_code(f"+861380000{1000 + n}", "123456", SmsPurpose.PROVE)
    people.clock.advance(61)
    with pytest.raises(LimitReached, match=r"sms\.prefix\.hour"):
        bounded.send_code("+8613800000002", "123456", SmsPurpose.PROVE)


def test_a_channels_text_that_the_gateway_failed_gives_the_number_back(people: People):
    bounded = BoundedSms(people.phone, people.limits, people.clock)
    people.phone.failure = Unavailable("sms", "down")
    for _ in range(3):
        with pytest.raises(Unavailable):
            bounded.send_code("+8613800000001", "123456", SmsPurpose.PROVE)
    people.phone.failure = None
    bounded.send_code("+8613800000001", "123456", SmsPurpose.PROVE)
    assert people.phone.last_code == "123456"


def test_a_store_that_is_away_sends_no_text(people: People):
    class Away:
        def hit(self, pairs, *, now):
            raise StoreUnavailable("redis: TimeoutError")

    with pytest.raises(StoreUnavailable):
        BoundedSms(people.phone, Away(), people.clock).send_code("+8613800000001", "1", SmsPurpose.PROVE)  # type: ignore[arg-type]
    assert people.phone.texts == []
