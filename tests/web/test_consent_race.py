"""A portal that is disconnected while a sign-on is on its way stays disconnected."""

import pytest

from idp.domain.client import ConsentPolicy
from tests.provider import answer_of

SCOPE = "openid realname"


@pytest.fixture
def party(provider):
    return provider.party(consent=ConsentPolicy.EXPLICIT)


@pytest.fixture
def person(provider):
    return provider.citizen()


@pytest.fixture
def browser(provider, person):
    made = provider.browser()
    made.sign_in(person)
    return made


@pytest.fixture
def disconnected_late(provider, person, monkeypatch):
    """The citizen's other tab disconnects after the last look of the dispatcher, before the release."""
    services = provider.app.extensions["yihaotong"]
    grant = type(services.conductor)._grant

    def late(self, journey, token, session):
        services.account.disconnect(person.id, "hall")
        return grant(self, journey, token, session)

    monkeypatch.setattr(type(services.conductor), "_grant", late)


def test_no_code_comes_of_a_consent_that_was_withdrawn_on_the_way(party, browser, disconnected_late, monkeypatch):
    page = browser.follow(party.authorize(browser, scope=SCOPE))
    done = browser.submit(page, decision="agree")
    assert done.status_code == 410
    assert "Location" not in done.headers
    monkeypatch.undo()
    assert answer_of(party.authorize(browser, scope=SCOPE, prompt="none"))["error"] == "consent_required"


def test_a_sign_on_without_a_page_needs_the_consent_of_this_moment(party, browser, person, provider, disconnected_late):
    provider.stores.consents.give(person.id, "hall", frozenset(SCOPE.split()), now=provider.clock.now())
    assert "error" in answer_of(party.authorize(browser, scope=SCOPE, prompt="none"))
