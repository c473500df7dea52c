"""What the error page of /authorize says: to citizens always, to developers in development mode alone; and code lives."""

import pytest

from idp.domain.client import Profile
from tests.conformance.fapi2 import fapi2_client
from tests.conformance.relying_party import RelyingParty, is_page


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"client_id": "nobody"}, "No client is registered under this client_id. (clients.yaml)"),
        ({"client_id": None}, "client_id is missing. (clients.yaml)"),
        ({"redirect_uri": None}, "redirect_uri is missing. (client hall in clients.yaml)"),
        (
            {"redirect_uri": "https://hall.example/x"},
            "redirect_uri is not among the redirect_uris registered. (client hall in clients.yaml)",
        ),
    ],
)
def test_development_mode_names_the_setting_to_change(provider, changes, words):
    page = RelyingParty(provider).ask(provider.browser(), **changes)
    assert is_page(page)
    assert words in page.text
    assert "https://hall.example/x" not in page.text


def test_production_tells_citizens_alone(provider):
    services = provider.app.extensions["yihaotong"]
    production = services.settings.model_copy(update={"mode": "production"})
    object.__setattr__(services, "settings", production)
    page = RelyingParty(provider).ask(provider.browser(), redirect_uri="https://hall.example/x")
    assert is_page(page)
    assert "clients.yaml" not in page.text
    assert "redirect_uri" not in page.text


def test_a_code_of_the_fapi2_profile_lives_a_minute_however_long_others_live(provider):
    conductor = provider.app.extensions["yihaotong"].conductor
    object.__setattr__(conductor.lives, "code", 300.0)
    person, browser = provider.citizen(), provider.browser()
    strict, other = fapi2_client(provider, "strict"), RelyingParty(provider)
    assert strict.party.client.profile is Profile.FAPI2
    code = strict.pushed_sign_on(browser, person)["code"]
    usual = other.sign_on(browser, person)["code"]
    provider.clock.advance(61)
    assert strict.redeem(code).json["error"] == "invalid_grant"
    assert other.redeem(usual).status_code == 200
