"""Joining opens one account to the password of another for good: a linked account is not enough for it, on either side."""

from lxml import html

from tests.linking.conftest import ALIPAY, text_of
from tests.provider import PASSWORD
from tests.web.test_whose_number import ACR_1, ZHANG, claims_the_number, journey, press


def test_the_account_that_is_kept_is_shown_by_its_password(town, provider):
    owner = town.signed_in()
    town.link(owner, ALIPAY)
    other = provider.citizen(3, level=0)
    browser, page = claims_the_number(provider, provider.party(), other)
    page = press(browser, page, "merge")
    assert page.request.path.endswith("/sign-in")
    assert not html.fromstring(page.text).xpath(f"//main//a[contains(@href, 'sign-in/{ALIPAY}')]")
    refused = browser.get(f"{journey(page)}/sign-in/{ALIPAY}")
    assert refused.headers["Location"].startswith("/")
    page = browser.submit(browser.follow(refused), username=ZHANG["id_number"], password=PASSWORD)
    assert page.request.path.endswith("/join")


def test_the_account_that_is_joined_was_signed_in_to_by_its_password(town, provider):
    other = provider.citizen(3, level=0)
    there = town.signed_in(other)
    town.link(there, ALIPAY)
    party, browser = provider.party(), provider.browser()
    page = town.sign_in(browser, browser.follow(party.authorize(browser, acr_values=ACR_1)), ALIPAY)
    page = browser.submit(browser.get(f"{journey(page)}/prove/police_population"), **ZHANG)
    assert page.request.path.endswith("/merge")
    page = press(browser, page, "merge")
    assert "重新登录" in text_of(page)
    page = browser.submit(page, username=ZHANG["id_number"], password=PASSWORD)
    assert not page.request.path.endswith("/join")
    assert provider.stores.citizens.by_id(other.id).merged_into is None


def test_links_go_over_with_their_account_and_come_back_with_it(town, provider):
    other = provider.citizen(3, level=0)
    town.link(town.signed_in(other), ALIPAY)
    browser, page = claims_the_number(provider, provider.party(), other)
    page = press(browser, page, "merge")
    press(browser, browser.submit(page, username=ZHANG["id_number"], password=PASSWORD), "join")
    assert (town.links_of(town.zhang), town.links_of(other)) == ([ALIPAY], [])
    [merge] = provider.stores.merges.of(town.zhang.id)
    address = f"/account/joined/{merge.id}"
    browser = town.signed_in()
    press(browser, browser.get(address), address)
    assert (town.links_of(town.zhang), town.links_of(other)) == ([], [ALIPAY])
