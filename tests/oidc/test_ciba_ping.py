"""CIBA's ping mode: the client is told that its request was answered, once, and never anything personal."""

import threading
import time

import httpx
import pytest

from idp.domain.client import Ciba, CibaDelivery
from idp.outbound import AddressRefused, CheckedTransport, RequestPinger
from tests.decoupled import Hotline, approve, leave, look_at_request

ENDPOINT = "https://hotline.example/ciba"
TOKEN = "8d67dc78-7faa-4d41-aabd-67707b374255"


@pytest.fixture
def hotline(provider):
    return Hotline(provider, provider.party("hotline", ciba=Ciba(CibaDelivery.PING, ENDPOINT)))


@pytest.fixture
def person(provider):
    return provider.citizen()


@pytest.fixture
def browser(provider, person):
    browser = provider.browser()
    browser.sign_in(person)
    return browser


def done(provider):
    """Nothing is under way any more."""
    provider.app.extensions["yihaotong"].approval_notices.close()


def test_an_approval_is_pinged_with_the_clients_own_token(provider, person, browser, hotline):
    hotline.begin(person.mobile, client_notification_token=TOKEN)
    approve(browser, look_at_request(browser), hotline.told["match_number"])
    done(provider)
    assert provider.pings.heard == [(ENDPOINT, TOKEN, hotline.told["auth_req_id"])]
    assert hotline.poll_at_once().status_code == 200


def test_a_refusal_is_pinged_too(provider, person, browser, hotline):
    hotline.begin(person.mobile, client_notification_token=TOKEN)
    leave(browser, look_at_request(browser))
    done(provider)
    assert provider.pings.heard == [(ENDPOINT, TOKEN, hotline.told["auth_req_id"])]
    assert hotline.error() == "access_denied"


@pytest.mark.parametrize("status", [301, 400, 401, 403, 404])
def test_a_receiver_that_refuses_is_not_told_again_and_the_client_polls(provider, person, browser, hotline, status):
    provider.pings.statuses = [status]
    hotline.begin(person.mobile, client_notification_token=TOKEN)
    approve(browser, look_at_request(browser), hotline.told["match_number"])
    done(provider)
    assert len(provider.pings.heard) == 1
    assert hotline.poll_at_once().status_code == 200


def test_a_receiver_that_is_away_is_told_again(provider, person, browser, hotline, monkeypatch):
    monkeypatch.setattr("idp.web.approval_notices.PAUSES", (0.0, 0.0))
    provider.pings.statuses = [503, 500]
    hotline.begin(person.mobile, client_notification_token=TOKEN)
    approve(browser, look_at_request(browser), hotline.told["match_number"])
    for _ in range(200):
        if len(provider.pings.heard) == 3:
            break
        time.sleep(0.01)
    done(provider)
    assert len(provider.pings.heard) == 3


@pytest.mark.parametrize("token", [None, "", "with space", "x" * 1025, "é"])
def test_ping_needs_a_token_fit_for_a_header(person, hotline, token):
    response = hotline.ask(login_hint=person.mobile, client_notification_token=token)
    assert (response.status_code, response.json["error"]) == (400, "invalid_request")


def test_the_pinger_posts_json_and_follows_no_redirect():
    heard = []

    def receiver(request: httpx.Request) -> httpx.Response:
        heard.append((request.method, request.headers["Authorization"], request.read()))
        return httpx.Response(
            302, headers={"Location": "https://elsewhere.example/"}, content=(b"x" * 1000 for _ in range(100))
        )

    pinger = RequestPinger(loopback_allowed=False, transport=httpx.MockTransport(receiver))
    assert pinger(ENDPOINT, TOKEN, "abc") == 302
    assert heard == [("POST", f"Bearer {TOKEN}", b'{"auth_req_id":"abc"}')]
    pinger.close()


def test_the_pinger_calls_no_private_address():
    inside = CheckedTransport(httpx.HTTPTransport(), resolver=lambda _host, _port: frozenset({"10.0.0.1"}))
    pinger = RequestPinger(loopback_allowed=False, transport=inside)
    with pytest.raises(AddressRefused):
        pinger(ENDPOINT, TOKEN, "abc")
    pinger.close()


def test_receivers_that_hold_a_ping_hold_up_no_text_message(provider, person, monkeypatch):
    """Somebody's own receiver must not keep citizens from hearing of what the hotline asks them."""
    let_go, held = threading.Event(), []

    def hold(_pings, *ping: str):
        held.append(ping)
        return 204 if let_go.wait(10) else 500

    monkeypatch.setattr(type(provider.pings), "__call__", hold)
    hotline = Hotline(provider, provider.party("hotline", ciba=Ciba(CibaDelivery.PING, ENDPOINT)))
    hotline.begin(person.mobile, client_notification_token=TOKEN)
    services = provider.app.extensions["yihaotong"]
    [waiting] = services.approvals.of_citizen(person.id)
    for _ in range(12):
        services.approval_notices.answered(waiting)
    another = provider.citizen(20)
    hotline.begin(another.mobile, client_notification_token=TOKEN)
    for _ in range(500):
        if held and provider.sandbox.control.get(f"/sms/inbox/{another.mobile}.json").json:
            break
        time.sleep(0.01)
    texts = provider.sandbox.control.get(f"/sms/inbox/{another.mobile}.json").json
    assert not let_go.is_set()
    let_go.set()
    assert len(texts) == 1
    assert held
