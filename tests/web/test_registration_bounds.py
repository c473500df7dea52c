"""What a client cannot reach by registering itself: a portal's subjects, hosts that were not named, our own mistakes."""

from typing import Any

import pytest
from werkzeug.test import Client

from idp.domain.client import GrantType
from idp.oidc.registration import SECTOR_FETCHES
from idp.registration.addresses import ADDRESSES
from idp.registration.policy import GRANTS, MORE_GRANTS, Policy
from tests import client_keys
from tests.decoupled import DEVICE, approve, enter
from tests.provider import ISSUER, Browser, Party, Provider, basic
from tests.resource_servers import decoded
from tests.web.test_registration import CALLBACK, initial_token, managed, register, registered

HALL = "https://hall.example/cb"
OURS = Policy(redirect_hosts=frozenset({"rp.example"}))


def sector_of(provider: Provider, told: dict[str, Any]) -> str:
    client = provider.app.extensions["yihaotong"].clients.get(told["client_id"])
    assert client is not None
    return str(client.sector)


def subject_at_a_terminal(provider: Provider, browser: Browser, told: dict[str, Any]) -> str:
    """Whom the client is told of, after the citizen approved its terminal."""
    headers = {"Authorization": basic(told["client_id"], told["client_secret"])}
    http = Client(provider.app.wsgi_app)
    shown = http.post("/device_authorization", base_url=ISSUER, data={"scope": "openid"}, headers=headers).json
    page = approve(browser, enter(browser, shown["user_code"]), shown["match_number"])
    browser.submit(page, decision="agree")
    provider.clock.advance(shown["interval"])
    form = {"grant_type": DEVICE, "device_code": shown["device_code"]}
    answer = http.post("/token", base_url=ISSUER, data=form, headers=headers)
    assert answer.status_code == 200, answer.text
    return str(decoded(provider, answer.json["id_token"]).claims["sub"])


def portal(provider: Provider) -> Party:
    return provider.party("hall", redirect_uris=frozenset({HALL}))


def test_a_portals_host_and_the_device_grant_do_not_show_the_portals_subjects(provider: Provider):
    hall, browser = portal(provider), Browser(provider)
    browser.sign_in(provider.citizen())
    known = decoded(provider, hall.tokens(browser)["id_token"]).claims["sub"]
    told = registered(
        provider, redirect_uris=["https://hall.example/x"], grant_types=["authorization_code", DEVICE], scope="openid"
    )
    assert subject_at_a_terminal(provider, browser, told) != known
    assert sector_of(provider, told) == told["client_id"]


def test_a_sector_document_is_refused_where_it_proves_nothing(provider: Provider):
    """It lists all of no redirect URIs; and a portal's own can be repeated by whoever needs none."""
    where = "https://hall.example/menu.json"
    provider.published.at[where] = [HALL]
    token = initial_token(provider, Policy(grants=GRANTS | MORE_GRANTS), uses=9)
    code, refused = GrantType.AUTHORIZATION_CODE.value, "invalid_client_metadata"
    for uris, grants in (([], [DEVICE]), ([HALL], [code, DEVICE]), ([HALL], [code, GrantType.CIBA.value])):
        answer = register(provider, token, redirect_uris=uris, grant_types=grants, sector_identifier_uri=where)
        assert (answer.status_code, answer.json["error"]) == (400, refused), grants
        assert answer.json["error_description"].startswith("sector_identifier_uri: ")
    assert provider.published.fetched == []
    assert register(provider, token, redirect_uris=[HALL], sector_identifier_uri=where).status_code == 201


def test_a_host_is_a_sector_only_where_an_operator_named_it(provider: Provider):
    loopback = {"redirect_uris": ["http://127.0.0.1/cb"], "application_type": "native"}
    device = {"grant_types": ["authorization_code", DEVICE]}
    named = Policy(redirect_hosts=frozenset({"rp.example", "127.0.0.1"}))
    vouched = initial_token(provider, named, uses=9)
    assert sector_of(provider, registered(provider, token=vouched)) == "rp.example"
    for told in (
        registered(provider),
        registered(provider, token=vouched, **device),
        registered(provider, token=vouched, **loopback),
    ):
        assert sector_of(provider, told) == told["client_id"]


def test_an_update_does_not_reach_a_portals_sector_either(provider: Provider):
    told = registered(provider)
    body = {"client_id": told["client_id"], "redirect_uris": [HALL], "grant_types": ["authorization_code", DEVICE]}
    answer = managed(provider, told, "PUT", {**body, "sector_identifier": "hall.example"})
    assert answer.status_code == 200, answer.text
    assert sector_of(provider, told) == told["client_id"]


@pytest.mark.parametrize("member", ADDRESSES)
def test_no_address_leaves_the_hosts_of_the_initial_access_token(provider: Provider, member: str):
    """A sign-out that ended at any page would be an open redirect of ours."""
    for host, status in (("evil.example", 400), ("rp.example", 201)):
        address = f"https://{host}/there"
        provider.published.at[address] = [CALLBACK]
        value = [address] if member.endswith("uris") else address
        if member == "frontchannel_logout_uri" and status == 400:
            value = "https://evil.example/cb"
        answer = register(provider, initial_token(provider, OURS), **{member: value})
        assert answer.status_code == status, answer.text
        if status == 400:
            assert answer.json["error_description"].startswith(f"{member}: its host is not among those")


def test_an_initial_token_makes_us_look_at_few_sectors(provider: Provider):
    """Nothing of a single-use token is used up by a registration that is refused."""
    token = initial_token(provider, uses=1)
    for number in range(50):
        answer = register(provider, token, sector_identifier_uri=f"https://target{number}.example/x")
    assert len(provider.published.fetched) == SECTOR_FETCHES.count
    assert answer.status_code == 503
    assert int(answer.headers["Retry-After"]) > 0
    provider.clock.advance(SECTOR_FETCHES.seconds / 2)
    assert register(provider, initial_token(provider), sector_identifier_uri="https://a.example/x").status_code == 400


POINT = client_keys.jwks(client_keys.make_key("ES256"))["keys"][0]
ODD: list[dict[str, Any]] = [
    {"jwks": {"keys": [{**POINT, "crv": []}]}},
    {"jwks": {"keys": [{**POINT, "crv": {"a": 1}}]}},
    {"jwks": {"keys": [{**POINT, "kid": ["a"]}]}},
    {"jwks": {"keys": [{**POINT, "x": 1}]}},
    {"redirect_uris": ["https://x:99999/"]},
    {"redirect_uris": ["https://x:0/"]},
    {"redirect_uris": [f"https://{'a' * 64}.example/cb"]},
    {"redirect_uris": ["https://../cb"]},
    {"backchannel_logout_uri": "https://rp.example:99999/"},
    {"sector_identifier_uri": f"https://{'a' * 64}.example/x"},
]


@pytest.mark.parametrize("metadata", ODD, ids=[str(number) for number in range(len(ODD))])
def test_odd_keys_ports_and_names_are_refused_and_break_nothing(provider: Provider, metadata: dict[str, Any]):
    answer = register(provider, **metadata)
    assert answer.status_code == 400, answer.text
    assert answer.json["error"] in {"invalid_client_metadata", "invalid_redirect_uri"}
