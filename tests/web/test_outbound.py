"""The provider calls no address that is not a registered, public one (SSRF)."""

import httpx
import pytest

from idp.outbound import AddressRefused, CheckedTransport, LogoutPoster, resolve
from idp.settings import Settings

PUBLIC = "93.184.216.34"


class Seen(httpx.BaseTransport):
    """Keeps requests instead of sending them."""

    def __init__(self, status: int = 200, headers: dict[str, str] | None = None) -> None:
        self.requests: list[httpx.Request] = []
        self._answer = (status, headers or {})

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        request.read()
        self.requests.append(request)
        status, headers = self._answer
        return httpx.Response(status, headers=headers, stream=httpx.ByteStream(b"x" * 100_000))


def poster(seen: Seen, *addresses: str) -> LogoutPoster:
    checked = CheckedTransport(seen, lambda *_: frozenset(addresses))
    return LogoutPoster(loopback_allowed=False, transport=checked)


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1", "10.0.0.1", "172.16.0.1", "192.168.1.1", "169.254.169.254", "100.64.0.1", "0.0.0.0", "224.0.0.1",
        "::1", "fe80::1", "fe80::1%eth0", "fc00::1", "::ffff:127.0.0.1", "::ffff:10.0.0.1", "2002:7f00:1::", "::",
        "64:ff9b::7f00:1", "64:ff9b::a9fe:a9fe", "64:ff9b:1::a00:1", "::ffff:0:7f00:1", "::7f00:1", "fec0::1",
    ],
)  # fmt: skip
def test_a_name_that_leads_inside_is_not_called(address):
    seen = Seen()
    with pytest.raises(AddressRefused):
        poster(seen, address)("https://hall.example/logout", "t")
    assert not seen.requests


def test_one_inside_address_among_public_ones_is_enough_to_refuse():
    seen = Seen()
    with pytest.raises(AddressRefused):
        poster(seen, PUBLIC, "127.0.0.1")("https://hall.example/logout", "t")
    assert not seen.requests


def test_a_name_that_does_not_resolve_is_refused():
    def fail(host: str, port: int) -> frozenset[str]:
        raise OSError(host)

    refused = LogoutPoster(loopback_allowed=False, transport=CheckedTransport(Seen(), fail))
    with pytest.raises(AddressRefused):
        refused("https://hall.example/logout", "t")


@pytest.mark.parametrize("host", ["127.0.0.1", "2130706433", "0x7f.1", "[::1]"])
def test_numbers_in_any_clothes_are_resolved_before_they_are_judged(host):
    seen = Seen()
    with pytest.raises(AddressRefused):
        LogoutPoster(loopback_allowed=False, transport=CheckedTransport(seen, resolve))(f"https://{host}/l", "t")
    assert not seen.requests


def test_plain_http_is_not_called():
    seen = Seen()
    with pytest.raises(AddressRefused):
        poster(seen, PUBLIC)("http://hall.example/logout", "t")
    assert not seen.requests


def test_the_connection_goes_to_the_checked_address_under_the_names_own_tls_identity():
    seen = Seen()
    assert poster(seen, PUBLIC)("https://hall.example/logout", "the.logout.token") == 200
    (request,) = seen.requests
    assert request.url.host == PUBLIC
    assert request.headers["Host"] == "hall.example"
    assert request.extensions["sni_hostname"] == "hall.example"
    assert request.content == b"logout_token=the.logout.token"


def test_a_redirect_is_an_answer_and_is_not_followed():
    seen = Seen(302, {"Location": "https://127.0.0.1/"})
    assert poster(seen, PUBLIC)("https://hall.example/logout", "t") == 302
    assert len(seen.requests) == 1


def test_clients_of_this_machine_are_one_explicit_setting_that_production_refuses():
    assert not Settings(mode="development").allow_loopback_clients
    told = Settings(mode="production", allow_loopback_clients=True).faults()
    assert "IDP_ALLOW_LOOPBACK_CLIENTS is for development alone" in told
    assert Settings(mode="development", allow_loopback_clients=True).faults() == ()
