"""openid-client on Node: the ordinary relying party, from discovery to sign-out."""

from collections.abc import Callable
from typing import Any

import pytest

from tests.interop.citizen import SHOWN, Citizen
from tests.interop.house import House
from tests.interop.scenario import Scenario

Program = Callable[..., dict[str, Any]]
LEVEL = "urn:yihaotong:realname:1"
EVENT = "http://schemas.openid.net/event/backchannel-logout"


def test_both_discovery_documents_are_read_and_say_the_same(program: Program, house: House) -> None:
    told = program("discovery", "plain-secret")
    oidc, oauth2 = told["oidc"], told["oauth2"]
    assert oidc["issuer"] == oauth2["issuer"] == house.issuer
    assert told["pkce"]
    assert {name: oauth2[name] for name in oauth2.keys() & oidc.keys()} == {
        name: oidc[name] for name in oauth2.keys() & oidc.keys()
    }


@pytest.mark.parametrize("client_id", ["plain-secret", "public-page"])
def test_code_with_pkce_gives_a_signed_id_token_and_userinfo(program: Program, house: House, client_id: str) -> None:
    told = program("code_pkce", client_id)
    assert set(told["answer"]) == {"code", "state", "iss", "session_state"}
    assert told["answer"]["iss"] == house.issuer
    assert told["claims"]["aud"] == client_id
    assert told["claims"]["acr"] == LEVEL
    assert told["claims"]["amr"] == ["pwd"]
    assert "name" not in told["claims"]
    assert told["userinfo"]["name"] == SHOWN
    assert told["userinfo"]["sub"] == told["claims"]["sub"]


def test_a_code_used_twice_is_refused_and_takes_back_what_it_gave(program: Program) -> None:
    told = program("code_pkce", "plain-secret")
    assert told["replay"] == {"status": 400, "error": "invalid_grant"}
    assert told["afterwards"] == {"status": 401, "error": "invalid_token"}


def test_two_relying_parties_know_a_citizen_by_different_names(program: Program) -> None:
    first, second = program("code_pkce", "plain-secret"), program("code_pkce", "public-page")
    assert first["claims"]["sub"] != second["claims"]["sub"]
    assert first["claims"]["sid"] != second["claims"]["sid"]


def test_refresh_tokens_rotate_and_a_reused_one_ends_the_family(program: Program) -> None:
    told = program("refresh", "rotating")
    assert told["rotated"] == 3
    same = ("iss", "sub", "aud", "auth_time", "sid")
    assert [told["refreshed"][name] for name in same] == [told["claims"][name] for name in same]
    assert told["userinfo"]["sub"] == told["claims"]["sub"]
    assert told["reuse"] == told["family"] == {"status": 400, "error": "invalid_grant"}


def test_a_revoked_grant_is_dead_and_an_unknown_token_is_no_error(program: Program) -> None:
    told = program("revocation", "rotating")
    assert told["refresh"] == {"status": 400, "error": "invalid_grant"}
    assert told["userinfo"] == {"status": 401, "error": "invalid_token"}


def test_sign_out_at_one_portal_tells_both_and_node_verifies_the_tokens(
    house: House, citizen: Citizen, node_packages: None
) -> None:
    first, second = (Scenario("logout", house.given(name)) for name in ("told-first", "told-second"))
    with first, second:
        leaving = {}
        for one in (first, second):
            begun = one.hear()["authorize"]
            leaving[one] = one.answer(callback=citizen.walk(begun).address)["authorize"]
        here = first.answer(callback=citizen.walk(leaving[first]).address)
        there = second.answer(callback="")
    assert here["returned"] == "https://told-first.example/bye?state=after-sign-out"
    for told in (here, there):
        token = told["told"]
        assert token["path"] == "/told"
        assert token["type"] == "application/x-www-form-urlencoded"
        assert token["payload"]["events"] == {EVENT: {}}
        assert token["payload"]["sid"] == told["claims"]["sid"]
        assert token["payload"]["sub"] == told["claims"]["sub"]
    assert here["told"]["payload"]["jti"] != there["told"]["payload"]["jti"]
