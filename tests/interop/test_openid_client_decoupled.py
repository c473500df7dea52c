"""openid-client on Node: signed in without a browser of one's own, and tokens looked at by a resource server."""

from collections.abc import Callable
from typing import Any

import pytest

from tests.interop.citizen import NAME, SHOWN, Citizen
from tests.interop.house import House
from tests.interop.parties import RECORDS
from tests.interop.scenario import Scenario

Program = Callable[..., dict[str, Any]]
PENDING = {"status": 400, "error": "authorization_pending"}


@pytest.mark.parametrize("how", ["typed", "scanned"])
def test_a_terminal_signs_a_citizen_in_by_a_code(program: Program, citizen: Citizen, how: str) -> None:
    def decide(asked: dict[str, Any]) -> dict[str, str]:
        address = asked["verification_uri" if how == "typed" else "verification_uri_complete"]
        known = {"match": asked["match_number"]} | ({"user_code": asked["user_code"]} if how == "typed" else {})
        page = citizen.walk(address, **known)
        assert page.status == 200
        return {"decided": "approved"}

    told = program("device", "terminal", device=decide)
    assert told["early"] == PENDING
    assert told["claims"]["aud"] == "terminal"
    assert told["userinfo"]["name"] == SHOWN
    assert told["again"] == {"status": 400, "error": "invalid_grant"}


def test_a_citizen_who_refuses_is_not_signed_in_at_the_terminal(program: Program, citizen: Citizen) -> None:
    def decide(asked: dict[str, Any]) -> dict[str, str]:
        signed_in = citizen.answer(citizen.answer(citizen.open(asked["verification_uri_complete"])))
        citizen.press(signed_in, "Refuse")
        return {"decided": "refused"}

    assert program("device", "terminal", device=decide)["refused"] == {"status": 400, "error": "access_denied"}


@pytest.mark.parametrize("decided", ["approved", "refused"])
def test_the_hotline_asks_and_the_citizen_answers_on_a_page(
    program: Program, house: House, citizen: Citizen, decided: str
) -> None:
    message = f"residence permit, {decided}"

    def decide(asked: dict[str, Any]) -> dict[str, str]:
        waiting = citizen.click(citizen.walk(f"{house.issuer}/account"), "Look at it")
        (section,) = waiting.tree.xpath("//section[p[normalize-space()=$message]]", message=message)
        answer, refuse = section.xpath(".//form")
        if decided == "refused":
            citizen.submit(waiting, refuse)
        else:
            citizen.carry_on(citizen.submit(waiting, answer), match=asked["match_number"])
        return {"decided": decided}

    told = program("ciba", "hotline", about={"login_hint": NAME, "binding_message": message}, ciba=decide)
    assert told["early"] == PENDING
    if decided == "refused":
        assert told["refused"] == {"status": 400, "error": "access_denied"}
        return
    assert told["claims"]["aud"] == "hotline"
    assert told["userinfo"]["name"] == SHOWN
    assert told["again"] == {"status": 400, "error": "invalid_grant"}


def test_a_resource_server_sees_what_a_token_for_it_is_worth(
    program: Program, house: House, citizen: Citizen, node_packages: None
) -> None:
    with Scenario("resource", house.given("asking", resource=RECORDS)) as asking:
        begun = asking.hear()["authorize"]
        held = asking.answer(callback=citizen.walk(begun).address)["token"]
        told = program("introspection", "records", about={"token": held["access_token"], "introspection_alg": "RS256"})
        assert told["json"]["active"]
        assert told["json"]["client_id"] == "asking"
        assert told["json"]["aud"] == RECORDS
        assert told["signed"] == told["json"]
        assert told["unknown"] == {"active": False}
        asking.answer(revoke=True)
        gone = program("introspection", "records", about={"token": held["access_token"], "introspection_alg": "RS256"})
        assert gone["json"] == gone["signed"] == {"active": False}
