"""What anybody can make the provider do is bounded."""

from idp.journey.conductor import BEGIN_ADDRESS
from tests.provider import ADDRESS


def test_a_hundred_half_finished_sign_ins_change_nothing(provider):
    party, browser = provider.party(), provider.browser()
    for _ in range(100):
        assert browser.follow(party.authorize(browser)).status_code == 200
    page = browser.follow(party.authorize(browser))
    cookies = page.request.headers.get("Cookie", "")
    assert len(cookies) < 8_000
    assert page.status_code == 200


def test_one_place_cannot_begin_journeys_without_end(provider):
    party, browser = provider.party(), provider.browser()
    now = provider.clock.now()
    first = browser.follow(party.authorize(browser))
    assert first.status_code == 200
    limits = provider.stores.limits
    # Fill the window without the pages' cost.
    filled = 0
    while limits.room(BEGIN_ADDRESS, ADDRESS, now=now) and filled < BEGIN_ADDRESS.count:
        limits.hit([(BEGIN_ADDRESS, ADDRESS)], now=now)
        filled += 1
    refused = browser.follow(party.authorize(browser))
    assert refused.status_code == 429
    assert int(refused.headers["Retry-After"]) > 0
    provider.clock.advance(BEGIN_ADDRESS.seconds + 1)
    assert browser.follow(party.authorize(browser)).status_code == 200


def test_pressing_send_twice_leads_to_the_page_for_the_code_and_sends_one_text(provider):
    browser = provider.browser()
    page = browser.follow(browser.get("/register"))
    address = page.request.path
    browser.submit(page, mobile="19900000002")
    again = browser.submit(browser.get(address), mobile="199 0000 0002")
    assert again.request.path.endswith("/register/code")
    assert again.status_code == 200
    inbox = provider.sandbox.control.get("/sms/inbox/19900000002.json").json
    assert len(inbox if isinstance(inbox, list) else inbox["messages"]) == 1
