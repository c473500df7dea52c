"""openid-client on Node: keys instead of secrets, pushed and signed requests, bound tokens, FAPI 2.0."""

from collections.abc import Callable
from typing import Any

from tests.interop.citizen import SHOWN, Citizen
from tests.interop.house import House

Program = Callable[..., dict[str, Any]]


def test_private_key_jwt_with_signed_userinfo_and_an_assertion_serves_once(program: Program) -> None:
    told = program("private_key_jwt", "key-holder", about={"userinfo_alg": "ES256"})
    assert told["userinfo"]["name"] == SHOWN
    assert told["userinfo"]["sub"] == told["claims"]["sub"]
    assert told["again"]["error"] == "invalid_client"


def test_a_pushed_request_needs_only_its_reference_and_serves_once(program: Program, citizen: Citizen) -> None:
    told = program("par", "pushing", open=lambda address: {"page": citizen.open(address).status})
    assert sorted(told["parameters"]) == ["client_id", "request_uri"]
    assert told["claims"]["aud"] == "pushing"
    assert told["again"] == 400


def test_request_objects_are_taken_by_value_and_pushed(program: Program) -> None:
    told = program("jar", "signing")
    assert told["byValue"]["parameters"] == ["client_id", "request"]
    assert told["byReference"]["parameters"] == ["client_id", "request_uri"]
    assert told["byValue"]["claims"]["sub"] == told["byReference"]["claims"]["sub"]


def test_dpop_binds_tokens_to_a_key_with_nonces(program: Program) -> None:
    told = program("dpop", "bound")
    assert told["type"] == "dpop"
    assert told["userinfo"]["name"] == SHOWN
    assert told["asked"] == ["/token", "/userinfo"], "each wants a nonce from a key that has none yet"
    assert told["plain"]["status"] == 401
    assert told["plain"]["challenge"].startswith("DPoP ")
    assert told["stolen"]["status"] == 401
    assert told["later"] == told["claims"]["sub"]


def test_the_fapi_2_profile_from_end_to_end(program: Program, house: House) -> None:
    told = program("fapi2", "fapi")
    assert told["parameters"] == ["client_id", "request_uri"]
    assert told["iss"] == house.issuer
    assert told["type"] == "dpop"
    assert told["userinfo"]["name"] == SHOWN
    assert told["refreshed"]["sub"] == told["claims"]["sub"]
    assert told["replay"] == {"status": 400, "error": "invalid_grant"}


def test_a_client_registers_itself_signs_on_and_leaves(program: Program, house: House) -> None:
    made = house.operator("clients", "initial-token", "create", "--contact", "interop@test.invalid", "--uses", "1")
    token = made.split()[-1]
    told = program("registration", "plain-secret", about={"initial_access_token": token})
    assert told["metadata"]["token_endpoint_auth_method"] == "private_key_jwt"
    assert told["claims"]["aud"] == told["metadata"]["client_id"]
    assert told["userinfo"]["name"] == SHOWN
    assert told["read"]["client_id"] == told["metadata"]["client_id"]
    assert told["deleted"] == 204
    assert told["afterwards"]["error"] == "invalid_client"
    assert told["second"]["status"] == 401
