"""The impostor who knows a name and a number, before and after the rightful citizen comes; disputes; own accounts."""

import base64
import json
from pathlib import Path
from typing import Any

import pytest
from lxml import html

from idp.domain.channel import FieldKind, Form, Reason, Redirect, Rejected, Verified
from idp.domain.claims import ClaimName
from idp.domain.evidence import CheckMethod, EvidenceShape, EvidenceType, Strength
from idp.domain.ports.merging import UNDO_SECONDS
from idp.stores.redis.wire import Wire
from tests.people.doubles import ScriptedChannel, facts_of
from tests.provider import PASSWORD, Browser, Party, Person, Provider, answer_of, open_provider

ZHANG = {"name": "张三", "id_number": "370102190103070012"}
ACR_1, ACR_2 = "urn:yihaotong:realname:1", "urn:yihaotong:realname:2"
YES = Verified({ClaimName.NAME: ZHANG["name"], ClaimName.ID_NUMBER: ZHANG["id_number"]}, "T1")
SEEN = (EvidenceShape(EvidenceType.DOCUMENT, "idcard", (CheckMethod.VPIP, CheckMethod.PVP)),)


@pytest.fixture
def channels() -> dict[str, ScriptedChannel]:
    def channel(name: str, strength: Strength, source: str, **more: Any) -> ScriptedChannel:
        facts = facts_of(name, strength=strength, source=source, label_zh=name, label_en=name, **more)
        return ScriptedChannel(facts, begins_with=Redirect(f"https://{name}.example/go"))

    return {
        "wallet": channel("wallet", Strength.POSSESSION, "ant"),
        "card": channel("card", Strength.POSSESSION, "unionpay"),
        "counter": channel("counter", Strength.PRESENCE, "counter", evidence=SEEN),
    }


@pytest.fixture
def provider(tmp_path: Path, _database_template: Path, fast_wire: Wire, channels: dict[str, ScriptedChannel]) -> Any:
    with open_provider(tmp_path, _database_template, fast_wire, channels=channels) as made:
        yield made


def id_token(tokens: dict[str, Any]) -> dict[str, Any]:
    middle = tokens["id_token"].split(".")[1]
    claims: dict[str, Any] = json.loads(base64.urlsafe_b64decode(middle + "=" * (-len(middle) % 4)))
    return claims


def journey(page: Any) -> str:
    return "/".join(page.request.path.split("/")[:3])


def press(browser: Browser, page: Any, address: str) -> Any:
    """Press the button that posts to ``address`` below the journey (or the account)."""
    token = html.fromstring(page.text).xpath("//input[@name='csrf_token']/@value")[0]
    base = journey(page) if not address.startswith("/") else ""
    return browser.follow(browser.post(f"{base}/{address}" if base else address, {"csrf_token": token}))


def prove(browser: Browser, page: Any, channels: dict[str, ScriptedChannel], name: str, answer: Any = YES) -> Any:
    """Choose a channel of this journey and come back with its answer."""
    channels[name].answers = [answer]
    browser.get(f"{journey(page)}/prove/{name}")
    return browser.follow(browser.get(f"{journey(page)}/prove/{name}/return"))


def claims_the_number(provider: Provider, party: Party, person: Person) -> tuple[Browser, Any]:
    """An account of level 0 proves ZHANG's name and number: the page that tells of the other account."""
    browser = provider.browser()
    page = browser.follow(party.authorize(browser, acr_values=ACR_1))
    page = browser.submit(page, username=person.mobile, password=PASSWORD)
    page = browser.submit(browser.get(f"{journey(page)}/prove/police_population"), **ZHANG)
    assert page.request.path.endswith("/merge")
    return browser, page


def kinds(provider: Provider, person: Person) -> set[str]:
    provider.drain()
    return {entry.kind for entry in provider.stores.audit.recent(person.id, limit=50)}


# ---- the impostor was first -----------------------------------------------------------------------------------------


def test_the_rightful_citizen_takes_the_number_from_who_only_knew_it(provider, channels):
    party = provider.party()
    impostor, citizen = provider.citizen(1), provider.citizen(2, level=0)
    thief = provider.browser()
    thief.sign_in(impostor)
    stolen = party.tokens(thief, scope="openid profile realname offline_access")
    assert party.userinfo(stolen["access_token"]).json["name"] == ZHANG["name"]

    browser, page = claims_the_number(provider, party, citizen)
    assert party.userinfo(stolen["access_token"]).json["name"] == ZHANG["name"]  # knowledge takes nothing
    answer = prove(browser, page, channels, "wallet")
    tokens = party.redeem(answer_of(answer)["code"]).json
    rightful = id_token(tokens)
    assert rightful["acr"] == ACR_2
    assert rightful["sub"] != id_token(stolen)["sub"]  # fresh: nobody inherits what the impostor left at a portal

    assert party.userinfo(stolen["access_token"]).status_code == 401
    assert party.refresh(stolen["refresh_token"]).json["error"] == "invalid_grant"
    assert provider.notified() == [party.client.backchannel_logout_uri]
    assert "/sign-in" in thief.follow(thief.get("/account")).request.path
    page = thief.sign_in(impostor)
    assert "未实名" in page.text
    assert "张" not in html.fromstring(page.text).xpath("string(//dl)")
    assert "number_taken_over" in kinds(provider, impostor)

    again = id_token(party.tokens(thief))
    assert (again["sub"], again["acr"]) == (id_token(stolen)["sub"], "urn:yihaotong:realname:0")
    assert provider.stores.citizens.by_id_number(ZHANG["id_number"]).id == citizen.id


def test_a_sign_in_under_way_when_the_number_is_taken_over_opens_no_session(provider, monkeypatch):
    impostor, sessions = provider.citizen(1), provider.stores.sessions
    real = sessions.open

    def too_late(facts, *, now):
        """The facts are made; then the evidence goes and sessions end; then this one is opened."""
        [row] = provider.stores.citizens.evidence_of(impostor.id)
        provider.stores.citizens.revoke_evidence(impostor.id, row.id, now=now)
        sessions.end_all(impostor.id, now=now)
        return real(facts, now=now)

    monkeypatch.setattr(sessions, "open", too_late)
    provider.browser().sign_in(impostor)
    assert sessions.of_citizen(impostor.id, now=provider.clock.now()) == []


# ---- the rightful citizen was first ---------------------------------------------------------------------------------


def test_an_impostor_who_comes_later_gets_nothing_and_changes_nothing(provider, channels):
    party = provider.party()
    citizen, impostor = provider.citizen(1), provider.citizen(2, level=0)
    own = provider.browser()
    own.sign_in(citizen)
    before = party.tokens(own, scope="openid profile")
    thief, page = claims_the_number(provider, party, impostor)
    assert ZHANG["name"] not in page.text
    assert citizen.mobile not in page.text
    page = press(thief, page, "prove-later")
    got = id_token(party.redeem(answer_of(page)["code"]).json)
    assert got["acr"] == "urn:yihaotong:realname:0"
    assert got["sub"] != id_token(before)["sub"]
    assert party.userinfo(before["access_token"]).json["name"] == ZHANG["name"]
    assert not provider.notified()
    # By the number that is only claimed nobody signs in.
    stranger = provider.browser()
    refused = stranger.submit(
        stranger.follow(stranger.get("/account")), username=ZHANG["id_number"], password="not the password 1"
    )
    assert refused.request.path.endswith("/sign-in")


def test_equal_strength_is_frozen_on_both_sides_until_an_officer_has_seen_one(provider, channels):
    party = provider.party()
    citizen, other = provider.citizen(1), provider.citizen(2, level=0)
    own = provider.browser()
    own.sign_in(citizen)
    before = party.tokens(own, scope="openid profile")
    thief, page = claims_the_number(provider, party, other)
    page = thief.get(f"{journey(page)}/merge/dispute")
    page = press(thief, page, "merge/dispute")
    assert "两个账户都已冻结" in page.text
    assert party.userinfo(before["access_token"]).status_code == 401
    assert {"number_disputed"} <= kinds(provider, citizen) & kinds(provider, other)
    assert provider.notified()

    page = own.sign_in(citizen)
    assert "您的账户已冻结" in page.text
    page = press(own, page, "/account/prove")
    assert page.request.path.endswith("/prove")
    page = prove(own, page, channels, "counter")
    assert page.request.path == "/account"
    assert "您的账户已冻结" not in page.text
    assert provider.stores.citizens.by_id(other.id).claim is None
    assert "dispute_settled" in kinds(provider, citizen) & kinds(provider, other)
    assert id_token(party.tokens(own))["sub"] == id_token(before)["sub"]


def test_a_dispute_can_be_taken_back_and_is_rare(provider, channels):
    party = provider.party()
    citizen, other = provider.citizen(1), provider.citizen(2, level=0)
    browser, page = claims_the_number(provider, party, other)
    for _ in range(3):
        page = press(browser, browser.get(f"{journey(page)}/merge/dispute"), "merge/dispute")
        page = press(browser, page, "merge/withdraw")
        assert provider.stores.citizens.evidence_of(citizen.id)[0].alive(provider.clock.now())
        page = browser.submit(browser.get(f"{journey(page)}/prove/police_population"), **ZHANG)
        assert page.request.path.endswith("/merge")
    refused = press(browser, browser.get(f"{journey(page)}/merge/dispute"), "merge/dispute")
    assert refused.status_code == 429
    assert provider.stores.citizens.evidence_of(citizen.id)[0].alive(provider.clock.now())


def test_nothing_can_be_disputed_against_who_has_shown_more(provider, channels):
    party = provider.party()
    citizen, other = provider.citizen(1), provider.citizen(2, level=0)
    own = provider.browser()
    page = own.follow(party.authorize(own, acr_values=ACR_2))
    page = own.submit(page, username=citizen.mobile, password=PASSWORD)
    prove(own, page, channels, "wallet")
    thief, page = claims_the_number(provider, party, other)
    assert "冻结两个账户" not in page.text
    press(thief, page, "merge/dispute")
    assert all(each.alive(provider.clock.now()) for each in provider.stores.citizens.evidence_of(citizen.id))
    # What is only as strong as the holder's is not even asked for: no machine decides between the two.
    page = prove(thief, page, channels, "card")
    assert page.request.path.endswith("/prove")
    assert not channels["card"].begun
    assert provider.stores.citizens.by_id_number(ZHANG["id_number"]).id == citizen.id


# ---- both accounts are one person's ---------------------------------------------------------------------------------


def joined(provider: Provider, hall: Party, desk: Party) -> tuple[Browser, dict[str, str], Person, Person]:
    """Both accounts know the hall, the second alone knows the desk; the subjects each received; then they are joined."""
    first, second = provider.citizen(1), provider.citizen(2, level=0)
    subjects = {}
    for name, person, parties in (("first", first, [hall]), ("second", second, [hall, desk])):
        browser = provider.browser()
        browser.sign_in(person)
        for party in parties:
            subjects[f"{name}@{party.client.client_id}"] = id_token(party.tokens(browser))["sub"]
    browser, page = claims_the_number(provider, hall, second)
    page = press(browser, page, "merge")
    assert page.request.path.endswith("/sign-in")
    page = browser.submit(page, username=ZHANG["id_number"], password=PASSWORD)
    assert page.request.path.endswith("/join")
    assert provider.stores.citizens.by_id(second.id).merged_into is None  # nothing before the button
    answer = press(browser, page, "join")
    assert id_token(hall.redeem(answer_of(answer)["code"]).json)["sub"] == subjects["first@hall"]
    return browser, subjects, first, second


def test_who_signs_in_to_both_joins_them_and_every_portal_goes_on_to_know_them(provider, channels):
    hall, desk, fresh = provider.party(), provider.party("desk"), provider.party("fresh")
    browser, subjects, first, second = joined(provider, hall, desk)
    assert id_token(desk.tokens(browser))["sub"] == subjects["second@desk"]
    assert id_token(fresh.tokens(browser))["sub"] not in subjects.values()
    other = provider.browser()
    page = other.sign_in(second)  # its names and password lead to the account that is kept
    assert "张" in html.fromstring(page.text).xpath("string(//dl)")
    assert id_token(hall.tokens(other))["sub"] == subjects["first@hall"]
    assert {"accounts_joined"} <= kinds(provider, first)


def test_an_alias_is_accepted_as_a_hint_for_the_same_person(provider, channels):
    hall, desk = provider.party(), provider.party("desk")
    second_token = {}
    original = Party.tokens

    def remember(self, browser, **changes):
        tokens = original(self, browser, **changes)
        second_token[id_token(tokens)["sub"]] = tokens["id_token"]
        return tokens

    Party.tokens = remember  # type: ignore[method-assign]
    try:
        browser, subjects, *_ = joined(provider, hall, desk)
    finally:
        Party.tokens = original  # type: ignore[method-assign]
    hint = second_token[subjects["second@hall"]]
    answer = browser.follow(hall.authorize(browser, id_token_hint=hint, prompt="none"))
    assert id_token(hall.redeem(answer_of(answer)["code"]).json)["sub"] == subjects["first@hall"]


@pytest.mark.parametrize("side", ["kept", "joined"])
def test_either_side_takes_it_back_for_thirty_days_and_everything_is_as_before(provider, channels, side):
    hall, desk = provider.party(), provider.party("desk")
    _browser, subjects, first, second = joined(provider, hall, desk)
    browser = provider.browser()
    page = browser.sign_in(first if side == "kept" else second)
    [link] = html.fromstring(page.text).xpath("//section[@aria-labelledby='merges']//a/@href")
    page = browser.get(link)
    press(browser, page, link)
    again = provider.browser()
    page = again.sign_in(second)
    assert "您的证件号码在另一个账户名下" in page.text
    assert id_token(desk.tokens(again))["sub"] == subjects["second@desk"]
    mine = provider.browser()
    mine.sign_in(first)
    assert id_token(hall.tokens(mine))["sub"] == subjects["first@hall"]
    assert {"accounts_parted"} <= kinds(provider, first)


def test_after_thirty_days_it_stands(provider, channels):
    browser, _subjects, first, _second = joined(provider, provider.party(), provider.party("desk"))
    [merge] = provider.stores.merges.of(first.id)
    provider.clock.advance(UNDO_SECONDS)
    page = browser.sign_in(first)
    assert not html.fromstring(page.text).xpath("//section[@aria-labelledby='merges']")
    press(browser, page, f"/account/joined/{merge.id}")
    assert provider.stores.merges.of(first.id)[0].undone_at is None


def test_signing_in_to_an_account_that_does_not_hold_the_number_joins_nothing(provider, channels):
    party = provider.party()
    provider.citizen(1)
    second, stranger = provider.citizen(2, level=0), provider.citizen(3, level=0)
    browser, page = claims_the_number(provider, party, second)
    page = press(browser, page, "merge")
    page = browser.submit(page, username=stranger.mobile, password=PASSWORD)
    assert "无需合并" in page.text
    assert provider.stores.citizens.by_id(second.id).merged_into is None


def test_a_session_left_open_is_not_enough_to_join(provider, channels):
    party = provider.party()
    provider.citizen(1)
    second = provider.citizen(2, level=0)
    browser, page = claims_the_number(provider, party, second)
    provider.clock.advance(901)
    page = press(browser, page, "merge")
    assert "重新登录" in page.text
    page = browser.submit(page, username=ZHANG["id_number"], password=PASSWORD)
    assert not page.request.path.endswith("/join")


# ---- a channel answers with somebody else ---------------------------------------------------------------------------


def test_an_answer_with_another_face_weighs_against_the_source_and_lowers_the_level(provider, channels):
    party, browser, person = provider.party(), provider.browser(), provider.citizen()
    page = browser.follow(party.authorize(browser, acr_values=ACR_2))
    page = browser.submit(page, username=person.mobile, password=PASSWORD)
    tokens = party.redeem(answer_of(prove(browser, page, channels, "wallet"))["code"]).json
    assert id_token(tokens)["acr"] == ACR_2
    provider.clock.advance(60)
    channels["face"] = provider.channels["face"] = ScriptedChannel(
        facts_of("face", strength=Strength.PRESENCE, source="ant", label_zh="face"),
        begins_with=Redirect("https://face.example/go"),
    )
    page = browser.follow(party.authorize(browser, acr_values="urn:yihaotong:realname:3"))
    page = prove(browser, page, channels, "face", Rejected(Reason.MISMATCH_FACE))
    assert page.request.path.endswith("/sign-in")  # no session goes on to claim what does not hold any more
    assert party.userinfo(tokens["access_token"]).status_code == 401
    page = browser.submit(page, username=person.mobile, password=PASSWORD)
    page = browser.get("/account")
    assert "这次核验未能确认人脸" in page.text
    assert "暂不计入" in page.text
    assert "实名等级：初级" in page.text
    assert "contra_indicator_noted" in kinds(provider, person)


def test_asking_about_another_number_is_refused_and_says_nothing_against_the_account(provider, channels):
    person, party, browser = provider.citizen(), provider.party(), provider.browser()
    channels["card"].begins_with = Form((FieldKind.NAME, FieldKind.ID_NUMBER))
    page = browser.follow(party.authorize(browser, acr_values=ACR_2))
    page = browser.submit(page, username=person.mobile, password=PASSWORD)
    page = browser.get(f"{journey(page)}/prove/card")
    page = browser.submit(page, name="李思", id_number="370102190204150003")
    assert page.status_code == 409
    assert not channels["card"].replies
    assert provider.stores.citizens.contra_of(person.id) == ()
