"""A client with implied consent asks nothing, and is shown all the same."""

from idp.domain.client import ConsentPolicy


def test_a_client_with_implied_consent_is_among_the_connected_portals(provider):
    party = provider.party(consent=ConsentPolicy.IMPLIED)
    browser, citizen = provider.browser(), provider.citizen()
    browser.sign_in(citizen)
    party.tokens(browser, scope="openid profile")
    connected = provider.app.extensions["yihaotong"].account.overview(citizen.id).portals
    assert [(portal.client_id, portal.scopes) for portal in connected] == [("hall", {"openid", "profile"})]


def test_implied_scopes_do_not_answer_for_explicit_ones_once_the_policy_changes(provider):
    """A client that begins to ask must ask: what was implied before was not agreed to."""
    party = provider.party(consent=ConsentPolicy.IMPLIED)
    browser, provider_citizen = provider.browser(), provider.citizen()
    browser.sign_in(provider_citizen)
    party.tokens(browser)
    asking = provider.party(consent=ConsentPolicy.EXPLICIT)
    other = provider.browser()
    other.sign_in(provider_citizen)
    page = other.follow(asking.authorize(other))
    assert page.status_code == 200
    assert "consent" in page.request.path


def test_an_agreement_is_not_undone_by_a_policy_that_implies_it(provider):
    browser, citizen = provider.browser(), provider.citizen()
    provider.stores.consents.give(citizen.id, "hall", frozenset({"openid"}), now=provider.clock.now())
    browser.sign_in(citizen)
    provider.party(consent=ConsentPolicy.IMPLIED).tokens(browser, scope="openid profile")
    kept = provider.stores.consents.of(citizen.id, "hall")
    assert kept is not None
    assert kept.scopes == {"openid"}
    assert kept.implied == {"openid", "profile"}
