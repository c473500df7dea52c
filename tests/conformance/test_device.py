"""RFC 8628, section by section, as an independent terminal drives it through HTTP."""

import base64

import pytest
from werkzeug.test import Client, TestResponse

from tests.decoupled import DEVICE, approve, enter, leave, press
from tests.provider import ISSUER, Browser, Party, Provider


class Kiosk:
    """A terminal with HTTP Basic, written from the RFC alone."""

    def __init__(self, provider: Provider, party: Party) -> None:
        self.provider = provider
        credentials = f"{party.client.client_id}:{party.secret}".encode()
        self.headers = {"Authorization": f"Basic {base64.b64encode(credentials).decode()}"}
        self.http = Client(provider.app.wsgi_app)

    def post(self, path: str, **form: str) -> TestResponse:
        return self.http.post(path, base_url=ISSUER, data=form, headers=self.headers)

    def begin(self) -> dict[str, object]:
        response = self.post("/device_authorization", scope="openid")
        assert response.status_code == 200
        return dict(response.json)

    def poll(self, device_code: object, wait: int = 5) -> TestResponse:
        self.provider.clock.advance(wait)
        return self.post("/token", grant_type=DEVICE, device_code=str(device_code))


@pytest.fixture
def kiosk(provider: Provider) -> Kiosk:
    return Kiosk(provider, provider.party("kiosk"))


@pytest.fixture
def browser(provider: Provider) -> Browser:
    browser = provider.browser()
    browser.sign_in(provider.citizen())
    return browser


def error(response: TestResponse) -> str:
    assert response.status_code == 400
    assert response.headers["Cache-Control"] == "no-store"
    return str(response.json["error"])


def test_rfc8628_3_2_device_authorization_response(kiosk):
    response = kiosk.post("/device_authorization", scope="openid")
    answer = response.json
    assert response.headers["Cache-Control"] == "no-store"
    assert response.content_type == "application/json"
    required = {"device_code", "user_code", "verification_uri", "expires_in"}
    assert required <= answer.keys()
    assert answer["verification_uri"].startswith(f"{ISSUER}/")
    assert answer["user_code"] in answer["verification_uri_complete"]
    assert answer["interval"] > 0


def test_rfc8628_4_discovery_metadata(kiosk):
    document = kiosk.http.get("/.well-known/oauth-authorization-server", base_url=ISSUER).json
    assert document["device_authorization_endpoint"] == f"{ISSUER}/device_authorization"
    assert DEVICE in document["grant_types_supported"]


def test_rfc8628_3_5_authorization_pending(kiosk):
    assert error(kiosk.poll(kiosk.begin()["device_code"])) == "authorization_pending"


def test_rfc8628_3_5_slow_down(kiosk):
    code = kiosk.begin()["device_code"]
    kiosk.poll(code)
    assert error(kiosk.poll(code, wait=1)) == "slow_down"
    assert error(kiosk.poll(code, wait=9)) == "slow_down", "the interval is five seconds longer from then on"
    assert error(kiosk.poll(code, wait=15)) == "authorization_pending"


def test_rfc8628_3_5_expired_token(kiosk):
    begun = kiosk.begin()
    assert error(kiosk.poll(begun["device_code"], wait=int(str(begun["expires_in"])))) == "expired_token"


def test_rfc8628_3_5_access_denied(kiosk, browser):
    begun = kiosk.begin()
    leave(browser, enter(browser, str(begun["user_code"])))
    assert error(kiosk.poll(begun["device_code"])) == "access_denied"


def test_rfc8628_3_4_invalid_grant_for_an_unknown_code(kiosk):
    assert error(kiosk.poll("unknown")) == "invalid_grant"


def test_rfc8628_3_4_device_code_is_required(kiosk):
    assert error(kiosk.post("/token", grant_type=DEVICE)) == "invalid_request"


def test_rfc8628_3_4_a_repeated_parameter_is_refused(kiosk):
    body = f"grant_type={DEVICE}&device_code=a&device_code=b"
    response = kiosk.http.post(
        "/token", base_url=ISSUER, data=body, headers=kiosk.headers, content_type="application/x-www-form-urlencoded"
    )
    assert error(response) == "invalid_request"


def test_rfc8628_3_3_the_user_code_is_taken_however_it_is_written(kiosk, browser):
    for write in (str, lambda code: code.replace("-", ""), lambda code: f" {code.replace('-', ' ')} "):
        begun = kiosk.begin()
        assert 'name="match"' in enter(browser, write(str(begun["user_code"]))).text


def test_rfc8628_3_3_1_the_complete_address_still_asks(kiosk, browser):
    begun = kiosk.begin()
    page = browser.get(str(begun["verification_uri_complete"]).removeprefix(ISSUER))
    assert str(begun["user_code"]) in page.text
    assert error(kiosk.poll(begun["device_code"])) == "authorization_pending"


def test_rfc8628_5_1_user_codes_cannot_be_guessed_at_speed(kiosk, browser):
    for guess in range(10):
        assert enter(browser, f"{guess:012d}").status_code == 422
    assert enter(browser, str(kiosk.begin()["user_code"])).status_code == 429


def test_rfc8628_5_2_device_codes_have_256_bits(kiosk):
    codes = {str(kiosk.begin()["device_code"]) for _ in range(20)}
    assert len(codes) == 20
    assert {len(code) for code in codes} == {43}


def test_rfc8628_5_4_approval_needs_what_the_terminal_shows(kiosk, browser):
    begun = kiosk.begin()
    page = enter(browser, str(begun["user_code"]))
    journey = page.request.path.rpartition("/")[0]
    press(browser, page, f"{journey}/approve")
    assert error(kiosk.poll(begun["device_code"])) == "authorization_pending"
    approve(browser, browser.get(page.request.path), str(begun["match_number"]))
    assert kiosk.poll(begun["device_code"]).status_code == 200
