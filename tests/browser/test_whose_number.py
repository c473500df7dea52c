"""One number and two accounts: every page that tells of it, asks about it and settles it, in real Chromium."""

from typing import Any

import pytest

from idp.domain.channel import Reason, Redirect, Rejected, Verified
from idp.domain.claims import ClaimName
from idp.domain.evidence import CheckMethod, EvidenceShape, EvidenceType, Strength
from tests.browser.place import ACR, ask, choose, open_place, password, visits
from tests.browser.road import tab_to
from tests.browser.test_steps_of_a_channel import VIEWS
from tests.browser.visitor import DESKTOP, PHONE, Visitor
from tests.people.doubles import ScriptedChannel, facts_of

ZHANG = {"name": "张三", "id_number": "370102190103070012"}
YES = Verified({ClaimName.NAME: ZHANG["name"], ClaimName.ID_NUMBER: ZHANG["id_number"]}, "T1")
SEEN = (EvidenceShape(EvidenceType.DOCUMENT, "idcard", (CheckMethod.VPIP, CheckMethod.PVP)),)


@pytest.fixture
def channels():
    def channel(name: str, zh: str, en: str, strength: Strength, **more: Any) -> ScriptedChannel:
        words = {"label_zh": zh, "label_en": en, "hint_zh": f"使用{zh}核验", "hint_en": f"By way of: {en}"}
        return ScriptedChannel(facts_of(name, strength=strength, source=name, **words, **more))

    return {
        "wallet": channel("wallet", "电子钱包", "Wallet", Strength.POSSESSION),
        "counter": channel("counter", "政务服务大厅窗口", "Service counter", Strength.PRESENCE, evidence=SEEN),
    }


@pytest.fixture
def place(tmp_path, _database_template, fast_wire, channels):
    with open_place(tmp_path, _database_template, fast_wire, channels=channels) as made:
        for channel in channels.values():
            channel.begins_with = Redirect(f"{made.origin('PORTAL_A')}/elsewhere")
        yield made


@pytest.fixture
def visit(place, chromium, tmp_path):
    with visits(chromium, place, tmp_path) as begin:
        yield begin


def prove(visitor: Visitor, channels: dict[str, ScriptedChannel], name: str, answer: Any = YES) -> None:
    """Choose a channel and come back with its answer, as its upstream would send the browser back."""
    channels[name].answers = [answer]
    choose(visitor, name)
    visitor.page.goto(f"{visitor.page.url}/return")


def claim(visitor: Visitor, party: Any, person: Any) -> None:
    """An account of level 0 proves somebody's name and number, which another account has."""
    ask(visitor, party, acr_values=f"{ACR}1")
    password(visitor, person)
    know(visitor)
    assert visitor.heading == visitor.words("Another account has your number")


def know(visitor: Visitor) -> None:
    choose(visitor, "police_population")
    visitor.fill("name", ZHANG["name"])
    visitor.fill("id_number", ZHANG["id_number"])
    visitor.press(visitor.words("Check"))


@VIEWS
def test_my_two_accounts_are_joined_and_are_two_again(visit, place, language, size):
    first, second, party = place.provider.citizen(1), place.provider.citizen(2, level=0), place.party()
    visitor = visit(language=language, size=size)
    words, page = visitor.words, visitor.page
    claim(visitor, party, second)
    visitor.look("merge")
    assert ZHANG["name"] not in page.content(), "who knows a name and a number learns nothing here"
    visitor.press(words("Go on without, for now"))
    assert visitor.at("PORTAL_A")
    visitor.go("PROVIDER", "/account")
    visitor.look("account-of-the-claim")
    visitor.press(words("What you can do"))
    assert visitor.heading == words("Another account has your number")
    visitor.press(words("Sign in to the other account"))
    visitor.look("sign-in-to-the-other")
    password(visitor, first)
    assert visitor.heading == words("Join your two accounts")
    visitor.look("join")
    visitor.press(words("Join the two accounts"))
    visitor.go("PROVIDER", "/account")
    visitor.look("account-joined")
    visitor.follow(words("Take it back"))
    visitor.look("part")
    visitor.press(words("Take it back"))
    visitor.look("parted")
    password(visitor, first)
    assert not page.locator("#merges").count()


@VIEWS
def test_who_finds_the_wrong_account_or_changes_their_mind_is_told_and_goes_on(visit, place, language, size):
    first, second, third = (place.provider.citizen(number, level=int(number == 1)) for number in (1, 2, 3))
    visitor = visit(language=language, size=size)
    words = visitor.words
    claim(visitor, place.party(), second)
    visitor.press(words("Sign in to the other account"))
    password(visitor, third)
    assert visitor.shows(words("This is not the account that holds your number, so there is nothing to join."))
    visitor.look("not-that-account")
    know(visitor)
    place.provider.clock.advance(901)
    visitor.press(words("Sign in to the other account"))
    assert visitor.shows(words("Please sign in to this account once more, with its password; then you can go on."))
    visitor.look("once-more")
    password(visitor, third)
    visitor.follow(words("What you can do"))
    visitor.press(words("Sign in to the other account"))
    password(visitor, first)
    visitor.press(words("Leave both as they are"))
    assert visitor.at("PORTAL_A")


@VIEWS
def test_a_dispute_freezes_both_until_one_has_shown_more(visit, place, channels, language, size):
    holder, other = place.provider.citizen(1), place.provider.citizen(2, level=0)
    mine, theirs = (visit(language=language, size=size) for _ in range(2))
    words = mine.words
    claim(theirs, place.party(), other)
    theirs.follow(words("Have both accounts frozen"))
    theirs.look("dispute")
    theirs.follow(words("Back"))
    theirs.follow(words("Have both accounts frozen"))
    theirs.press(words("The other account is not mine: freeze both"))
    theirs.look("merge-disputed")
    theirs.go("PROVIDER", "/account")
    theirs.look("account-of-the-frozen-claim")
    mine.go("PROVIDER", "/account")
    password(mine, holder)
    mine.look("account-frozen")
    assert mine.shows(words("does not count for now, because another account has the same number"))
    mine.press(words("Show that it is me"))
    mine.look("ways-of-the-frozen")
    prove(mine, channels, "counter")
    mine.look("account-settled")
    assert not mine.shows(words("Show that it is me"))
    assert mine.shows(words("Real-name level: %(level)s", level=words("High")))
    theirs.go("PROVIDER", "/account")
    theirs.look("account-that-lost")


def test_a_dispute_is_taken_back_on_the_page_that_tells_of_it(visit, place):
    place.provider.citizen(1)
    visitor = visit(language="zh-CN", size=PHONE)
    words = visitor.words
    claim(visitor, place.party(), place.provider.citizen(2, level=0))
    visitor.follow(words("Have both accounts frozen"))
    visitor.press(words("The other account is not mine: freeze both"))
    visitor.press(words("It was a mistake: withdraw my check"))
    assert visitor.shows(words("Your check was withdrawn. The other account is as it was."))
    visitor.look("withdrawn")


@VIEWS
def test_who_has_shown_more_cannot_be_disputed_and_loses_it_to_nobody(visit, place, channels, language, size):
    holder = place.provider.citizen(1)
    place.provider.possesses(holder)
    visitor = visit(language=language, size=size)
    words = visitor.words
    claim(visitor, place.party(), place.provider.citizen(2, level=0))
    visitor.look("merge-nothing-to-dispute")
    assert not visitor.shows(words("Have both accounts frozen"))
    prove(visitor, channels, "counter")
    assert visitor.at("PORTAL_A")
    owner = visit(language=language, size=size)
    place.provider.drain()
    owner.go("PROVIDER", "/account")
    password(owner, holder)
    owner.look("account-without-its-number")
    assert owner.shows(words("Your number went to the account that has shown more"))


@VIEWS
def test_an_answer_with_somebody_elses_face_is_shown_with_what_it_outweighs(visit, place, channels, language, size):
    person, provider = place.provider.citizen(), place.provider
    provider.possesses(person)
    provider.clock.advance(60)
    channels["face"] = provider.channels["face"] = ScriptedChannel(
        facts_of("face", strength=Strength.PRESENCE, source="unionpay", label_zh="刷脸", label_en="Face check"),
        begins_with=Redirect(f"{place.origin('PORTAL_A')}/elsewhere"),
    )
    visitor = visit(language=language, size=size)
    words = visitor.words
    ask(visitor, place.party(), acr_values=f"{ACR}3")
    password(visitor, person)
    visitor.look("ways-to-the-highest-level")
    prove(visitor, channels, "face", Rejected(Reason.MISMATCH_FACE))
    assert visitor.shows(
        words("The check did not confirm that it is you. For safety you were signed out; please sign in again.")
    )
    visitor.look("signed-out-by-it")
    password(visitor, person)
    place.provider.drain()
    visitor.go("PROVIDER", "/account")
    visitor.look("account-with-what-weighs-against")
    assert visitor.shows(words("This check could not confirm the face."))
    assert visitor.shows(words("outweighed, because a check answered with somebody else"))


def test_the_keyboard_alone_leads_to_the_other_account_and_joins_the_two(visit, place):
    first, second = place.provider.citizen(1), place.provider.citizen(2, level=0)
    visitor = visit(language="zh-CN", size=DESKTOP, script=True)
    words, page = visitor.words, visitor.page

    def tab_and_press(text: str) -> None:
        tab_to(visitor, text=text)
        with page.expect_navigation():
            page.keyboard.press("Enter")

    claim(visitor, place.party(), second)
    tab_and_press(words("Have both accounts frozen"))
    tab_and_press(words("Back"))
    tab_and_press(words("Sign in to the other account"))
    password(visitor, first)
    tab_and_press(words("Join the two accounts"))
    assert visitor.at("PORTAL_A")
    visitor.go("PROVIDER", "/account")
    tab_and_press(words("Take it back"))
    tab_and_press(words("Take it back"))
    assert visitor.page.url.endswith("/sign-in")
