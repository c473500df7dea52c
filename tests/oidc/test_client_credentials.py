"""Machines acting for themselves (RFC 6749 section 4.4): a token for a resource, about no citizen."""

import pytest

from idp.domain.client import AuthMethod, GrantType
from tests.dpop import Holder
from tests.resource_servers import FUND, TAX, decoded, introspect, jwt_resource, resource, revoke


@pytest.fixture
def machine(provider):
    return provider.party("nightly", resources=frozenset({FUND}))


@pytest.fixture
def fund(provider):
    return resource(provider, "fund", FUND)


def ask(party, **changes):
    return party.token(**({"grant_type": "client_credentials"} | changes))


def test_a_machine_gets_a_token_about_itself_in_one_round_trip(provider, machine, fund):
    provider.wire.round_trips = 0
    answer = ask(machine, resource=FUND)
    assert provider.wire.round_trips == 1
    assert set(answer.json) == {"access_token", "token_type", "expires_in", "scope"}
    assert (answer.json["token_type"], answer.json["scope"]) == ("Bearer", "")
    told = introspect(fund, answer.json["access_token"]).json
    assert (told["sub"], told["client_id"], told["aud"]) == ("nightly", "nightly", FUND)
    assert {"acr", "amr", "auth_time", "act"}.isdisjoint(told)


def test_the_only_resource_need_not_be_named_and_of_several_one_must(provider, machine, fund):
    assert introspect(fund, ask(machine).json["access_token"]).json["aud"] == FUND
    resource(provider, "tax", TAX)
    several = provider.party("weekly", resources=frozenset({FUND, TAX}))
    assert ask(several).json["error"] == "invalid_target"
    assert ask(several, resource=TAX).status_code == 200


@pytest.mark.parametrize("wrong", [TAX, "https://nobody.example", "x"])
def test_a_resource_that_is_not_registered_for_it_is_refused(provider, machine, fund, wrong):
    resource(provider, "tax", TAX)
    assert ask(machine, resource=wrong).json["error"] == "invalid_target"


@pytest.mark.parametrize("scope", ["openid", "profile", "id_number", "openid offline_access", "unheard_of"])
def test_no_scope_that_speaks_of_a_citizen_is_given(machine, fund, scope):
    assert ask(machine, scope=scope).json["error"] == "invalid_scope"


def test_userinfo_tells_a_machine_nothing(provider):
    machine = provider.party("nightly")
    token = ask(machine).json["access_token"]
    refused = machine.userinfo(token)
    assert (refused.status_code, refused.json["error"]) == (403, "insufficient_scope")


def test_it_needs_the_grant_type_and_credentials(provider):
    without = provider.party(grant_types=frozenset({GrantType.AUTHORIZATION_CODE}))
    assert ask(without).json["error"] == "unauthorized_client"
    public = provider.party(auth_method=AuthMethod.NONE)
    assert ask(public).json["error"] == "unauthorized_client"


def test_its_token_may_be_bound_and_a_jwt_and_is_revoked_like_any_other(provider, machine):
    fund = jwt_resource(provider)
    holder = Holder(machine)
    answer = holder.token(grant_type="client_credentials").json
    claims = decoded(provider, answer["access_token"]).claims
    assert (answer["token_type"], claims["cnf"]) == ("DPoP", {"jkt": holder.jkt})
    assert (claims["sub"], claims["aud"]) == ("nightly", FUND)
    revoke(machine, answer["access_token"])
    assert introspect(fund, answer["access_token"]).json == {"active": False}


def test_its_token_dies_after_its_life(provider, machine, fund):
    answer = ask(machine).json
    provider.clock.advance(answer["expires_in"])
    assert introspect(fund, answer["access_token"]).json == {"active": False}
