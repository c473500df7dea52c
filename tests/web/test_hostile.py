"""Hosts, headers, bytes and outages: what a stranger or a bad day sends, and what must not come back."""

import pytest
from werkzeug.test import Client

from idp.domain.errors import StoreUnavailable
from tests.provider import ISSUER, basic

FORGED = [
    {"Host": "evil.example"},
    {"X-Forwarded-Host": "evil.example", "X-Forwarded-Proto": "http", "X-Forwarded-Prefix": "/evil"},
    {"Forwarded": "host=evil.example;proto=http"},
    {"X-Original-URL": "/jwks", "X-Rewrite-URL": "/jwks"},
    {"X-HTTP-Method-Override": "PUT"},
]


@pytest.fixture
def http(provider):
    return Client(provider.app.wsgi_app)


@pytest.mark.parametrize("headers", FORGED, ids=min)
def test_forged_hosts_change_neither_discovery_nor_redirects_nor_links(provider, http, headers):
    document = http.get("/.well-known/openid-configuration", headers=headers).json
    assert document["issuer"] == ISSUER
    assert all("evil" not in str(value) for value in document.values())
    party = provider.party()
    answer = http.get("/authorize", query_string=party.parameters(prompt="none"), headers=headers)
    assert answer.headers["Location"].startswith(party.redirect_uri)
    assert "evil" not in answer.headers["Location"]
    page = http.get("/", headers=headers)
    assert "evil" not in page.text
    assert "evil" not in str(page.headers)


@pytest.mark.parametrize(
    "path", ["/%00", "/%ff%fe", "/journey/%00/sign-in", "/journey/..%2f..%2fetc", "/static/../app.py", "/static/%2e%2e/app.py",
             "/console", "/debug", "/metrics", "/.env", "/wsgi.py", "/.git/config", "/account/x.css"],
)  # fmt: skip
def test_odd_addresses_end_in_a_clean_4xx(http, path):
    response = http.get(path, base_url=ISSUER)
    assert 400 <= response.status_code < 500 or response.headers.get("Location", "").startswith("/"), path
    assert "Traceback" not in response.text
    assert "evil.example" not in response.headers.get("Location", "")


@pytest.mark.parametrize("path", ["/token", "/revoke", "/userinfo", "/authorize", "/language", "/logout"])
def test_a_huge_body_is_turned_away(http, path):
    response = http.post(path, data=b"a=" + b"x" * 2_000_000, content_type="application/x-www-form-urlencoded")
    assert 400 <= response.status_code < 500


@pytest.mark.parametrize("body", [b"%", b"grant_type=%ff", b"grant_type=a%00b", b"&&&=&=", b"\xff\xfe", b"a" * 16_000])
def test_broken_bodies_end_in_a_json_error(http, body):
    response = http.post("/token", data=body, content_type="application/x-www-form-urlencoded")
    assert response.status_code in {400, 401}
    assert set(response.json) <= {"error", "error_description"}


def test_every_answer_names_its_request_and_no_two_are_the_same(http):
    ids = [http.get("/health").headers["X-Request-Id"] for _ in range(5)]
    assert len(set(ids)) == 5


class _Broken:
    """A store that gives no answer."""

    def __getattr__(self, name: str) -> object:
        def refuse(*_: object, **__: object) -> object:
            raise StoreUnavailable("redis: TimeoutError")

        return refuse


def test_without_a_store_nothing_is_accepted_and_everybody_is_told_to_come_back(provider, http, monkeypatch):
    party, browser = provider.party(), provider.browser()
    browser.sign_in(provider.citizen())
    tokens = party.tokens(browser)
    monkeypatch.setattr(provider.wire, "_wire", _Broken())
    for response in (
        party.redeem("x" * 20 + ".y"),
        party.userinfo(tokens["access_token"]),
        party.refresh(tokens["refresh_token"]),
        http.post(
            "/revoke", data={"token": tokens["access_token"]}, headers={"Authorization": basic("hall", party.secret)}
        ),
    ):
        assert response.status_code in {400, 503}
        if response.status_code == 503:
            assert response.json["error"] == "temporarily_unavailable"
            assert response.headers["Retry-After"]
    page = party.authorize(browser)
    assert page.status_code == 503
    assert "Location" not in page.headers


def test_the_unknown_shows_a_request_id_and_logs_the_trace(provider, http, monkeypatch, request):
    lines = request.getfixturevalue("_logs_hold_nothing_personal")

    def fail(*_: object, **__: object) -> object:
        raise RuntimeError("inner workings")

    monkeypatch.setattr(provider.stores.grants.__class__, "inspect", fail)
    response = http.get("/userinfo", headers={"Authorization": "Bearer 00" + "a" * 16 + "." + "b" * 43})
    assert response.status_code == 500
    assert response.json["error"] == "server_error"
    assert "inner workings" not in response.text
    assert response.headers["X-Request-Id"] in lines.getvalue()
    assert "inner workings" in lines.getvalue()
