"""Budgets by address: of IPv6 by the network, behind a proxy by what the proxy says, at pages and endpoints alike."""

import pytest
from werkzeug.test import Client

from idp.domain.client import AuthMethod
from idp.domain.ports import Limit
from idp.people import limits as budget
from idp.web import pushed_requests
from tests.conformance.relying_party import RelyingParty
from tests.provider import open_provider


@pytest.fixture
def behind_a_proxy(tmp_path, _database_template, fast_wire):
    directory = tmp_path / "proxy"
    directory.mkdir()
    with open_provider(directory, _database_template, fast_wire, settings={"trusted_proxies": 1}) as made:
        yield made


@pytest.fixture
def narrow(monkeypatch):
    monkeypatch.setattr(budget, "USER_CODE_ADDRESS", Limit("user_code.address", 3, 3600.0))
    monkeypatch.setattr(pushed_requests, "BY_PLACE", Limit("par.place", 3, 60.0))


def _typed(provider, n: int, address: str, **headers: str) -> int:
    """A wrong code of a terminal, typed in a new browser."""
    browser = provider.browser()
    browser.place = {"REMOTE_ADDR": address, **headers}
    return browser.submit(browser.get("/device"), user_code=f"{n:012d}").status_code


def _pushed(provider, address: str, **headers: str) -> int:
    app = RelyingParty(provider, "app", auth_method=AuthMethod.NONE)
    place = {"REMOTE_ADDR": address, **headers}
    http = Client(provider.app.wsgi_app)
    return http.post("/par", base_url=provider.settings.issuer, data=app.request(), environ_base=place).status_code


def test_another_address_of_the_same_ipv6_network_is_no_other_place(provider, narrow):
    assert [_typed(provider, n, f"2001:db8:1:2::{n:x}") for n in range(4)] == [422, 422, 422, 429]
    assert _typed(provider, 9, "2001:db8:1:3::1") == 422
    assert [_pushed(provider, f"2001:db8:1:2::{n:x}") for n in range(4)] == [201, 201, 201, 503]
    assert _pushed(provider, "2001:db8:1:3::1") == 201


def test_behind_a_proxy_everybody_has_a_budget_of_their_own(behind_a_proxy, narrow):
    for who, last in (("203.0.113.1", 4), ("203.0.113.2", 1)):
        said = {"HTTP_X_FORWARDED_FOR": who}
        typed = [_typed(behind_a_proxy, n, "10.0.0.1", **said) for n in range(last)]
        pushed = [_pushed(behind_a_proxy, "10.0.0.1", **said) for _ in range(last)]
        assert typed == [422, 422, 422, 429][:last]
        assert pushed == [201, 201, 201, 503][:last]
