"""The social-security channel: who is meant, forged and early returns, replays, the app's page, secrets, settings."""

from urllib.parse import parse_qs, parse_qsl, urlsplit

import pytest
import structlog

from adapters import CHANNELS
from adapters.sandbox.credentials import social_settings
from adapters.sandbox.essc import LIFE_SECONDS, REPEAT_SECONDS
from idp.domain.attempt import Attempt
from idp.domain.channel import Form, Reason, Redirect, Rejected, Verified
from idp.domain.claims import ClaimName
from idp.domain.errors import Unavailable
from idp.domain.evidence import CheckMethod, Strength
from tests.adapters.rigs import SANDBOX, World
from tests.adapters.social import (
    LI_SI,
    NAME,
    OUYANG,
    RARE,
    RETURN_URI,
    ZHANG_SAN,
    ask,
    begun,
    channel_of,
    known,
    path_of,
    reply,
    visit,
)

# ---- the facts follow the mode --------------------------------------------------------------------------------------


def test_the_unlocked_card_is_possession_and_the_record_is_knowledge():
    card, record = (channel_of(World(), mode).facts for mode in ("ecard", "record"))
    assert (card.strength, card.check_methods) == (Strength.POSSESSION, (CheckMethod.DATA, CheckMethod.AUTH))
    assert (record.strength, record.check_methods) == (Strength.KNOWLEDGE, (CheckMethod.DATA,))
    assert card.source == record.source
    assert {shape.record_type for shape in card.evidence + record.evidence} == {"social_security"}


# ---- who is meant ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("missing", [ClaimName.NAME, ClaimName.ID_NUMBER])
def test_an_account_that_has_proved_nobody_cannot_begin(missing: ClaimName):
    proved = {k: v for k, v in known(ZHANG_SAN).items() if k is not missing}
    attempt = Attempt("attempt-1", NAME, 4e9, RETURN_URI, known=proved)
    assert channel_of(World()).begin(attempt) == Rejected(Reason.BAD_INPUT)


def test_a_document_that_is_not_served_is_not_sent_there():
    person = {"name": "陈大文", "id_number": "810000190101010015"}
    attempt = Attempt("attempt-1", NAME, 4e9, RETURN_URI, known=known(person))
    assert channel_of(World()).begin(attempt) == Rejected(Reason.NOT_FOUND)


def test_the_address_of_the_page_says_nothing_about_the_person():
    _, step = begun(channel_of(World()), ZHANG_SAN)
    query = parse_qs(urlsplit(step.url).query)
    assert set(query) == {"_api_name", "_api_access_id", "_api_timestamp", "security", "_api_signature"}
    everything = repr(query)
    assert not [word for word in (*ZHANG_SAN.values(), "idp.test") if word in everything]


def test_each_attempt_has_its_own_business_number():
    channel = channel_of(World())
    numbers = {begun(channel, ZHANG_SAN)[0].keep["busi_seq"] for _ in range(5)}
    assert len(numbers) == 5
    assert all(number.startswith("SB20250101080000") and len(number) == 31 for number in numbers)


def test_a_name_in_another_spelling_on_the_card_is_the_same_person():
    world = World()
    world.control.put("/__control/register", json={"id18": RARE["id_number"], "name": "王\ue863"})
    channel = channel_of(world)
    attempt, step = begun(channel, RARE)
    outcome = channel.resume(attempt, reply(visit(world, step.url)))
    assert isinstance(outcome, Verified)
    assert outcome.claims[ClaimName.NAME] == "王䶮"


def test_somebody_elses_card_is_another_person_with_the_business_number():
    world = World()
    channel = channel_of(world)
    attempt, step = begun(channel, ZHANG_SAN)
    outcome = channel.resume(attempt, reply(visit(world, step.url, holder=OUYANG["id_number"])))
    assert outcome == Rejected(Reason.MISMATCH_PERSON, attempt.keep["busi_seq"])


# ---- the return is a hint -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "changes",
    [
        {"busiSeq": "SB20250101080000999999999999999"},
        {"busiSeq": ""},
        {"busiSeq": "\ud800"},
        {"signNo": ""},
        {"signNo": "A" * 65},
        {"signNo": "A&busiSeq=B"},
        {"signNo": "Ａ１"},
    ],
)
def test_a_return_that_cannot_be_ours_is_refused_unasked(changes: dict[str, str]):
    world = World()
    channel = channel_of(world)
    attempt, step = begun(channel, ZHANG_SAN)
    assert channel.resume(attempt, reply(visit(world, step.url) | changes)) == Rejected(Reason.BAD_INPUT)
    assert world.requests("query") == []


def test_a_question_before_the_first_return_is_pending_unasked():
    world = World()
    channel = channel_of(world)
    attempt, _ = begun(channel, ZHANG_SAN)
    again = channel.resume(attempt, reply({}))
    assert isinstance(again, Redirect)
    assert again.keep == attempt.keep
    assert world.requests("query") == []


def test_after_a_return_that_was_too_early_a_question_is_enough():
    world = World()
    channel = channel_of(world)
    attempt, step = begun(channel, ZHANG_SAN)
    world.fault(NAME, "early_callback", operation="h5_decision")
    again = channel.resume(attempt, reply(visit(world, step.url)))
    attempt = attempt.awaiting(again.keep)  # type: ignore[union-attr]
    assert isinstance(channel.resume(attempt, reply({})), Redirect)
    world.clock.advance(6)
    assert isinstance(channel.resume(attempt, reply({})), Verified)


def test_a_second_return_with_another_number_is_judged_by_its_own():
    world = World()
    channel = channel_of(world)
    attempt, step = begun(channel, ZHANG_SAN)
    world.fault(NAME, "early_callback", operation="h5_decision")
    hint = visit(world, step.url)
    again = channel.resume(attempt, reply(hint))
    attempt = attempt.awaiting(again.keep)  # type: ignore[union-attr]
    world.clock.advance(6)
    assert channel.resume(attempt, reply(hint | {"signNo": "A1"})).reason is Reason.BAD_INPUT  # type: ignore[union-attr]


def test_another_visits_sign_number_is_no_proof():
    world = World()
    channel = channel_of(world)
    _, theirs = begun(channel, OUYANG)
    stolen = visit(world, theirs.url)["signNo"]
    attempt, step = begun(channel, ZHANG_SAN)
    mine = visit(world, step.url, decision="refuse")
    outcome = channel.resume(attempt, reply(mine | {"signNo": stolen}))
    assert outcome == Rejected(Reason.BAD_INPUT, attempt.keep["busi_seq"])


def test_an_early_return_is_pending_and_leads_to_the_same_visit():
    world = World()
    channel = channel_of(world)
    attempt, step = begun(channel, ZHANG_SAN)
    world.fault(NAME, "early_callback", operation="h5_decision")
    hint = visit(world, step.url)
    again = channel.resume(attempt, reply(hint))
    assert isinstance(again, Redirect)
    assert again.keep == {**step.keep, "sign_no": hint["signNo"]}
    page = world.control.get(path_of(again.url))
    assert "返回原来的服务" in page.text
    world.clock.advance(6)
    assert isinstance(channel.resume(attempt.awaiting(again.keep), reply(hint)), Verified)


def test_a_return_that_comes_twice_has_no_effect_on_the_result():
    world = World()
    channel = channel_of(world)
    attempt, step = begun(channel, ZHANG_SAN)
    world.fault(NAME, "duplicate_callback", operation="h5_decision")
    page = world.control.get(path_of(step.url)).text
    ticket = page.partition('name="ticket" value="')[2].partition('"')[0]
    form = {"ticket": ticket, "holder": ZHANG_SAN["id_number"], "unlock": "face", "decision": "confirm"}
    back = world.control.post("/social/essc/h5", data=form)
    assert back.status_code == 200
    assert back.text.count(f'href="{RETURN_URI}?busiSeq={attempt.keep["busi_seq"]}&amp;signNo=') == 2
    hint = {
        "busiSeq": attempt.keep["busi_seq"],
        "signNo": back.text.partition("signNo=")[2].partition("&")[0],
    }
    first, second = (channel.resume(attempt, reply(hint)) for _ in range(2))
    assert isinstance(first, Verified)
    assert first == second


def test_a_sign_number_is_used_up_once_the_answer_cannot_have_been_lost():
    world = World()
    channel = channel_of(world)
    attempt, step = begun(channel, ZHANG_SAN)
    hint = reply(visit(world, step.url))
    assert isinstance(channel.resume(attempt, hint), Verified)
    world.clock.advance(REPEAT_SECONDS + 1)
    assert channel.resume(attempt, hint) == Rejected(Reason.REPLAYED, attempt.keep["busi_seq"])


def test_a_visit_that_nobody_decides_is_pending_and_then_expires():
    world = World()
    channel = channel_of(world)
    attempt, step = begun(channel, ZHANG_SAN)
    page = world.control.get(path_of(step.url)).text
    later = page.partition(f'href="{RETURN_URI}?')[2].partition('"')[0].replace("&amp;", "&")
    hint = reply(dict(parse_qsl(later)))
    assert isinstance(channel.resume(attempt, hint), Redirect)
    world.clock.advance(LIFE_SECONDS + 1)
    assert channel.resume(attempt, hint) == Rejected(Reason.EXPIRED, attempt.keep["busi_seq"])


# ---- the app's side -------------------------------------------------------------------------------------------------


def test_the_page_is_marked_as_a_sandbox_has_no_script_and_names_who_asks():
    world = World()
    _, step = begun(channel_of(world), ZHANG_SAN)
    page = world.control.get(path_of(step.url))
    assert "沙箱 SANDBOX" in page.text
    assert "<script" not in page.text
    assert ZHANG_SAN["id_number"][:4] + "**********" in page.text
    policy = page.headers["Content-Security-Policy"]
    assert "一号通" in page.text
    assert policy.startswith("default-src 'none'")


@pytest.mark.parametrize("part", ["_api_access_id", "_api_timestamp", "security", "_api_signature"])
def test_an_altered_entry_is_refused(part: str):
    world = World()
    _, step = begun(channel_of(world), ZHANG_SAN)
    query = {k: v[0] for k, v in parse_qs(urlsplit(step.url).query).items()}
    query[part] = query[part][:-1] + ("1" if query[part][-1] != "1" else "2")
    assert world.control.get("/social/essc/h5", query_string=query).status_code == 400


def test_an_old_entry_is_refused():
    world = World()
    _, step = begun(channel_of(world), ZHANG_SAN)
    world.clock.advance(301)
    assert world.control.get(path_of(step.url)).status_code == 400


def test_a_business_number_stands_for_one_request_alone():
    world = World()
    first, second = (channel_of(world, seed=7) for _ in range(2))  # the same randomness: the same number
    _, mine = begun(first, ZHANG_SAN)
    _, theirs = begun(second, OUYANG)
    assert mine.keep == theirs.keep
    assert world.control.get(path_of(mine.url)).status_code == 200
    assert world.control.get(path_of(theirs.url)).status_code == 400


def test_a_page_that_is_no_longer_known_is_refused():
    assert World().control.post("/social/essc/h5", data={"ticket": "0" * 32}).status_code == 404


def test_the_log_of_the_sandbox_is_masked():
    world = World()
    channel = channel_of(world)
    attempt, step = begun(channel, ZHANG_SAN)
    channel.resume(attempt, reply(visit(world, step.url)))
    ask(channel_of(world, "record"), LI_SI)
    log = repr(world.control.get("/__control/requests").json)
    assert "3701**********0012" in log
    people = (*ZHANG_SAN.values(), *LI_SI.values())
    assert [value for value in people if value in log] == []


# ---- configuration and secrets --------------------------------------------------------------------------------------


@pytest.mark.parametrize("wrong", [{"secret_key": "another"}, {"access_id": "p002"}])
def test_a_query_that_the_platform_refuses_is_an_alert(wrong: dict[str, str]):
    world = World()
    attempt, step = begun(channel_of(world), ZHANG_SAN)
    hint = visit(world, step.url)
    with pytest.raises(Unavailable) as caught:
        channel_of(world, **wrong).resume(attempt, reply(hint))
    assert caught.value.alert


@pytest.mark.parametrize("wrong", [{"app_key": "another"}, {"app_id": "f" * 32}])
def test_a_gateway_that_refuses_our_key_is_an_alert(wrong: dict[str, str]):
    with pytest.raises(Unavailable) as caught:
        ask(channel_of(World(), "record", **wrong), ZHANG_SAN)
    assert caught.value.alert


def test_a_caller_whose_address_is_not_on_the_list_is_an_alert():
    world = World(allowed_addresses=frozenset({"10.1.1.1"}))
    with pytest.raises(Unavailable) as caught:
        ask(channel_of(world, "record"), ZHANG_SAN)
    assert caught.value.alert
    assert isinstance(ask(channel_of(world, "record", caller_address="10.1.1.1"), ZHANG_SAN), Verified)


def test_one_secret_serves_many_checks_and_is_renewed_before_it_ends():
    world = World(gateway_seconds=120)
    channel = channel_of(world, "record")
    for _ in range(3):
        assert isinstance(ask(channel, ZHANG_SAN), Verified)
    assert len(world.requests("token")) == 1
    world.clock.advance(101)
    assert isinstance(ask(channel, ZHANG_SAN), Verified)
    assert len(world.requests("token")) == 2


def test_a_secret_that_cannot_be_renewed_serves_while_it_lives():
    world = World(gateway_seconds=120)
    channel = channel_of(world, "record")
    assert isinstance(ask(channel, ZHANG_SAN), Verified)
    world.clock.advance(101)
    world.fault(NAME, "http_500", operation="token")
    assert isinstance(ask(channel, ZHANG_SAN), Verified)
    world.clock.advance(30)
    with pytest.raises(Unavailable):
        ask(channel, ZHANG_SAN)


def test_a_secret_that_ended_early_is_fetched_again_within_the_check():
    world = World(gateway_seconds=600)
    channel = channel_of(world, "record")
    assert isinstance(ask(channel, ZHANG_SAN), Verified)
    world.control.put("/__control/clock", json={"advance": 290})  # the platform's clock runs ahead
    world.clock.advance(345)
    with structlog.testing.capture_logs() as events:
        outcome = ask(channel, ZHANG_SAN)
    assert isinstance(outcome, Verified)
    assert [e["operation"] for e in events if e["event"] == "upstream_call"] == ["record", "token", "record"]


@pytest.mark.parametrize(
    ("mode", "changes"),
    [
        ("ecard", {"secret_key": ""}),
        ("ecard", {"channel_number": " "}),
        ("ecard", {"platform_public_key": "04" * 65}),
        ("ecard", {"platform_public_key": ""}),
        ("ecard", {"entry_url": "http://sandbox.test/social/essc/h5"}),
        ("ecard", {"entry_url": "https://sandbox.test/social/essc/h5?a=b"}),
        ("ecard", {"region": "37"}),
        ("ecard", {"base_url": "http://sandbox.test"}),
        ("record", {"app_key": ""}),
        ("record", {"unknown": "1"}),
        ("record", {"platform": "national"}),
        ("another", {}),
    ],
)
def test_settings_that_cannot_be_right_are_refused(mode: str, changes: dict[str, str]):
    values = social_settings("record" if mode == "record" else "ecard", SANDBOX) | {"mode": mode} | changes
    with pytest.raises(ValueError, match=r".") as caught:  # pydantic's own is one
        CHANNELS[NAME](values, World().around())
    assert "sk-test-0001" not in str(caught.value)


@pytest.mark.parametrize("prefix", ["gjgxjhpt", "gjzwfwpt"])
def test_both_generations_of_the_national_platform_are_spoken(prefix: str):
    world = World()
    channel = channel_of(world, "national", national_prefix=prefix)
    assert isinstance(ask(channel, ZHANG_SAN), Verified)
    assert isinstance(ask(channel, OUYANG), Verified)
    assert len(world.requests("refresh")) == 1


@pytest.mark.parametrize("wrong", [{"sid": "s_1200000900000_2109"}, {"sid": "s_none"}, {"app_id": "nobody"}])
def test_a_service_that_was_not_granted_is_an_alert(wrong: dict[str, str]):
    with pytest.raises(Unavailable) as caught:
        ask(channel_of(World(), "national", **wrong), ZHANG_SAN)
    assert caught.value.alert


# ---- the record check's second spelling (channels.md 2.2 rule 5) ----------------------------------------------------


AILI = {"name": "艾力·买买提", "id_number": "650102190301010034", "social_card": "SD0000003"}


@pytest.mark.parametrize(
    ("person", "held"),
    [(RARE, "王\ue863"), (AILI, "艾力.买买提")],
)
def test_another_spelling_in_the_register_is_found_by_one_more_question(person: dict[str, str], held: str):
    world = World()
    world.control.put("/__control/register", json={"id18": person["id_number"], "name": held})
    with structlog.testing.capture_logs() as events:
        outcome = ask(channel_of(world, "record"), person)
    assert isinstance(outcome, Verified)
    assert outcome.claims[ClaimName.NAME] == person["name"]
    checks = [(e["spelling"], e["result"]) for e in events if e["event"] == "record_check"]
    assert checks == [("canonical", "mismatch_name"), ("alternative", "match")]
    assert len(world.requests("record")) == 2


def test_a_plain_name_is_never_asked_twice():
    world = World()
    assert isinstance(ask(channel_of(world, "record"), {**ZHANG_SAN, "name": "张叁"}), Rejected)
    assert len(world.requests("record")) == 1


def test_an_account_that_has_proved_somebody_is_asked_for_the_card_alone_and_cannot_ask_about_others():
    world = World()
    channel = channel_of(world, "record")
    step = channel.begin(Attempt("attempt-1", NAME, 4e9, RETURN_URI, known=known(ZHANG_SAN)))
    assert isinstance(step, Form)
    assert step.fields == ("social_card",)
    answer = ask(channel, {**LI_SI, "social_card": "SD0000001"}, known(ZHANG_SAN))
    assert isinstance(answer, Verified)
    assert answer.claims[ClaimName.ID_NUMBER] == ZHANG_SAN["id_number"]
