"""What every JSON endpoint answers to what is wrong, whatever the endpoint: status, headers, form."""

import re
from typing import Any

import pytest
from werkzeug.test import Client, TestResponse

from tests.provider import ISSUER, Party, Provider, answer_of, basic

CLIENTS = ["/token", "/revoke", "/introspect", "/par", "/device_authorization", "/bc-authorize"]
FORMS = [*CLIENTS, "/userinfo"]
JSONS = ["/clients", "/ssf/stream", "/ssf/status", "/ssf/verify", "/ssf/poll"]
FORM = "application/x-www-form-urlencoded"
TEXT = re.compile(r"[\x20-\x21\x23-\x5b\x5d-\x7e]+")


@pytest.fixture
def party(provider: Provider) -> Party:
    return provider.party()


@pytest.fixture
def call(provider: Provider, party: Party):
    """POST as the authenticated client, raw."""
    http = Client(provider.app.wsgi_app)

    def send(path: str, data: Any = b"", *, content_type: str = FORM, method: str = "POST", **headers: str):
        headers.setdefault("Authorization", basic("hall", party.secret))
        address = {"base_url": ISSUER, "headers": headers}
        return http.open(path, method=method, data=data, content_type=content_type, **address)

    return send


def check(response: TestResponse, status: int, error: str = "invalid_request") -> None:
    """As RFC 6749 section 5.2 has every error."""
    assert (response.status_code, response.json["error"]) == (status, error), response.text
    assert set(response.json) <= {"error", "error_description"}
    assert all(TEXT.fullmatch(each) for each in response.json.values())
    assert response.mimetype == "application/json"
    assert response.headers["Cache-Control"] == "no-store"
    assert response.headers["X-Content-Type-Options"] == "nosniff"
    assert (status == 401) == ("WWW-Authenticate" in response.headers)


@pytest.mark.parametrize("path", FORMS)
def test_a_repeated_parameter_is_refused(call, path: str):
    check(call(path, b"token=1&token=2"), 400)
    check(call(path, b"unknown=1&unknown=1"), 400)


@pytest.mark.parametrize("path", ["/token", "/revoke", "/par"])
def test_an_unknown_parameter_is_ignored(call, party: Party, path: str):
    right = {"/token": b"grant_type=client_credentials", "/revoke": b"token=1"}
    data = right.get(path) or "&".join(f"{k}={v}" for k, v in party.parameters().items()).encode()
    assert call(path, data + b"&extra=foobar").status_code < 300


@pytest.mark.parametrize("path", FORMS)
def test_sizes_are_bounded(call, path: str):
    check(call(path, b"a=" + b"b" * 5_000), 400)
    check(call(path, b"&".join(b"p%d=1" % number for number in range(50))), 400)
    response = call(path, b"a=" + b"b" * 20_000)
    assert (response.status_code, response.mimetype) == (413, "application/json")


@pytest.mark.parametrize("path", FORMS)
@pytest.mark.parametrize("content_type", ["application/json", "multipart/form-data; boundary=x", "text/plain", ""])
def test_a_form_is_a_form(call, path: str, content_type: str):
    check(call(path, b"token=1", content_type=content_type), 400)


@pytest.mark.parametrize("path", JSONS)
@pytest.mark.parametrize("content_type", [FORM, "text/plain", ""])
def test_a_json_endpoint_takes_json(call, path: str, content_type: str):
    check(call(path, b"{}", content_type=content_type), 400)


@pytest.mark.parametrize("path", JSONS)
@pytest.mark.parametrize("body", [b"", b"{", b"\xff", b'{"a": NaN}', b'{"a":1}}'])
def test_a_body_that_is_no_json_is_refused(call, path: str, body: bytes):
    check(call(path, body, content_type="application/json"), 400)


@pytest.mark.parametrize("path", FORMS)
def test_parameters_of_a_post_are_not_taken_from_its_address(call, path: str):
    check(call(f"{path}?token=1", b"token=1"), 400)


@pytest.mark.parametrize("path", [*FORMS, *JSONS, "/jwks", "/openapi.json", "/authorize"])
def test_another_method_is_told_which_would_do(provider: Provider, call, path: str):
    methods = provider.app.wsgi_app.endpoints[path].methods
    for method in ("GET", "POST", "PUT", "PATCH", "DELETE", "TRACE"):
        if method in methods:
            continue
        response = call(path, method=method)
        assert response.status_code == 405, method
        assert set(response.headers["Allow"].split(", ")) == methods
        assert response.mimetype == "application/json"


@pytest.mark.parametrize("path", CLIENTS)
@pytest.mark.parametrize("authorization", ["Basic aGFsbDp3cm9uZw==", "Basic", "Basic %%%", "Bearer x", "Digest x"])
def test_failed_authentication_is_401_with_a_challenge(call, path: str, authorization: str):
    check(call(path, b"token=1&grant_type=refresh_token", Authorization=authorization), 401, "invalid_client")


@pytest.mark.parametrize("path", CLIENTS)
def test_missing_authentication_is_401(provider: Provider, path: str):
    response = Client(provider.app.wsgi_app).post(
        path, base_url=ISSUER, data={"token": "1", "grant_type": "refresh_token"}
    )
    check(response, 401, "invalid_client")


@pytest.mark.parametrize("path", ["/userinfo", "/clients", "/clients/nobody", "/ssf/stream"])
def test_a_token_that_is_missing_or_wrong_is_401(provider: Provider, path: str):
    http = Client(provider.app.wsgi_app)
    method = "POST" if path == "/clients" else "GET"
    more = {"json": {}} if method == "POST" else {}
    for headers in ({}, {"Authorization": "Bearer unknown"}):
        response = http.open(path, method=method, base_url=ISSUER, headers=headers, **more)
        check(response, 401, "invalid_token")
        challenge = response.headers["WWW-Authenticate"]
        assert ("error=" in challenge) == bool(headers), "RFC 6750 section 3: without credentials no error is named"


@pytest.mark.parametrize("mode", ["query", "form_post"])
def test_an_error_at_the_front_channel_has_issuer_and_state(provider: Provider, party: Party, mode: str):
    browser = provider.browser()
    for changes in ({"scope": "profile"}, {"prompt": "none"}, {"max_age": "x"}, {"code_challenge": None}):
        response = party.authorize(browser, response_mode=mode, **changes)
        assert response.headers["Cache-Control"] == "no-store"
        if mode == "query":
            told = answer_of(response)
            assert (told["iss"], told["state"]) == (ISSUER, "s-123")
            assert "error" in told
        else:
            assert response.status_code == 200
            for name, value in (("iss", ISSUER), ("state", "s-123")):
                assert f'name="{name}" value="{value}"' in response.text
    assert "state" not in answer_of(party.authorize(browser, scope="profile", state=None))


def test_an_unknown_client_or_address_is_a_page_and_no_redirect(provider: Provider, party: Party):
    browser = provider.browser()
    for changes in ({"client_id": "nobody"}, {"redirect_uri": "https://evil.example/cb"}, {"redirect_uri": None}):
        response = party.authorize(browser, **changes)
        assert (response.status_code, response.mimetype) == (400, "text/html")
        assert "Location" not in response.headers
