"""Signing in by one's face in real Chromium: set up, used, refused, gone round by a text message, and taken back."""

import pytest
from playwright.sync_api import expect

from idp.domain.evidence import CheckMethod, Evidence, Strength
from tests.adapters.judge import jpeg
from tests.browser.place import ACR, ask, password
from tests.browser.test_camera import before_the_camera, judge, open_the_camera, place, seeing, visit
from tests.browser.test_steps_of_a_channel import VIEWS

__all__ = ["judge", "place", "seeing", "visit"]
STRANGER, PRINT = jpeg("li_si"), jpeg("zhang_san", live=False)


@pytest.fixture
def person(place):
    """Somebody whom the camera has recognised once."""
    provider = place.provider
    made = provider.citizen()
    evidence = Evidence(
        id="f" * 32, citizen_id=made.id, channel="local_face", source="police", check_methods=(CheckMethod.BVP,),
        strength=Strength.PRESENCE, txn="t", verified_at=provider.clock.now(),
    )  # fmt: skip
    provider.stores.citizens.record_proof(evidence, name="张三", id_number="370102190103070012")
    return made


def opted_in(place, person):
    faces, now = place.provider.stores.faces, place.provider.clock.now()
    faces.give_consent(person.id, "1", now=now)
    assert faces.enrol(person.id, "opaque", b"zhang_san", now=now)


def look_into_the_camera(visitor):
    before_the_camera(visitor)
    open_the_camera(visitor)


@VIEWS
def test_set_up_on_the_account_page_and_removed_there(visit, place, person, language, size):
    visitor = visit(language, size)
    words, page = visitor.words, visitor.page
    visitor.refused(400)
    visitor.go("PROVIDER", "/account")
    password(visitor, person)
    visitor.follow(words("Signing in by your face"))
    visitor.look("what-it-is")
    visitor.press(words("Set it up"))
    visitor.look("opt-in")
    visitor.press(words("I agree, send me a code"))
    visitor.look("code")
    visitor.fill("code", "00000")
    visitor.press(words("Go on"))
    visitor.look("code-wrong")
    visitor.fill("code", visitor.code_for(person.mobile))
    visitor.press(words("Go on"))
    before_the_camera(visitor)
    visitor.look("camera")
    open_the_camera(visitor)
    page.wait_for_url("**/account/face")
    assert visitor.shows(words("You can sign in with your face from now on. Other devices are signed out."))
    visitor.look("remove")
    visitor.press(words("Remove it and delete the data"))
    page.wait_for_url("**/account")
    assert visitor.shows(words("Your face opens nothing here any more, and what it was recognised by is deleted."))
    visitor.look("account")
    assert not place.provider.stores.credentials.has_face(person.id)


@VIEWS
def test_signed_in_at_a_portal_with_the_face(visit, place, person, language, size):
    opted_in(place, person)
    visitor = visit(language, size)
    ask(visitor, place.party(), acr_values=f"{ACR}3")
    password(visitor, person)
    visitor.look("choice")
    visitor.page.locator("main a.way[href$='/second-factor/face']").click()
    before_the_camera(visitor)
    visitor.look("camera")
    open_the_camera(visitor)
    visitor.page.wait_for_url(f"{place.origin('PORTAL_A')}/cb?**")


@VIEWS
def test_not_recognised_and_signed_in_by_a_text_message(visit, place, person, judge, language, size):
    opted_in(place, person)
    visitor = visit(language, size)
    words, page = visitor.words, visitor.page
    visitor.refused(400, 429)
    visitor.go("PROVIDER", "/account")
    password(visitor, person)
    for number, picture in enumerate((STRANGER, PRINT, STRANGER)):
        judge.sees = picture
        page.locator("main a.way[href$='/second-factor/face']").click()
        look_into_the_camera(visitor)
        expect(
            page.get_by_text(words("You were not recognised. Please take another way, or try once more."))
        ).to_be_visible()
        if number == 0:
            visitor.look("not-recognised")
    page.locator("main a.way[href$='/second-factor/face']").click()
    look_into_the_camera(visitor)
    page.wait_for_url("**/second-factor")
    visitor.look("no-more-tries")
    visitor.forgive("429 for")
    page.locator("main button.way").click()
    visitor.look("text")
    visitor.fill("code", "00000")
    visitor.press(words("Sign in"))
    visitor.look("text-wrong")
    visitor.fill("code", visitor.code_for(person.mobile))
    visitor.press(words("Sign in"))
    page.wait_for_url("**/account")


def test_who_sets_it_up_before_a_check_is_told_what_comes_first(visit, place):
    visitor = visit("en")
    visitor.go("PROVIDER", "/account")
    password(visitor, place.provider.citizen(2))
    visitor.follow("Signing in by your face")
    visitor.look("no-check-yet")
    assert visitor.shows("First you have to be recognised once as the person of your ID card")
