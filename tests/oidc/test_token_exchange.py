"""Token exchange (RFC 8693): a portal calls another one for a citizen, and every token says who acts."""

import concurrent.futures

import pytest
from werkzeug.test import Client

from idp.domain.assurance import Level
from idp.domain.client import AuthMethod, GrantType
from tests.dpop import Holder
from tests.oidc.test_access_tokens import code_for
from tests.resource_servers import FUND, TAX, decoded, introspect, jwt_resource, resource, revoke

EXCHANGE = "urn:ietf:params:oauth:grant-type:token-exchange"
ACCESS = "urn:ietf:params:oauth:token-type:access_token"


@pytest.fixture
def browser(provider):
    browser = provider.browser()
    browser.sign_in(provider.citizen())
    return browser


@pytest.fixture
def party(provider):
    return provider.party(resources=frozenset({FUND}))


@pytest.fixture
def fund(provider):
    """The portal whose resource the citizen's token is for."""
    return resource(provider, "fund", FUND)


@pytest.fixture
def tax(provider):
    """The one that is called: the housing fund may come."""
    return resource(provider, "tax", TAX, exchange=frozenset({"fund", "hall"}))


@pytest.fixture
def token(party, fund, tax, browser):
    return party.redeem(code_for(party, browser, FUND, scope="openid profile")).json["access_token"]


def exchange(party, token, **changes):
    form = {"grant_type": EXCHANGE, "subject_token": token, "subject_token_type": ACCESS, "resource": TAX}
    return party.token(**(form | changes))


def test_the_server_of_a_resource_exchanges_what_it_was_shown(provider, party, fund, tax, token):
    answer = exchange(fund, token)
    assert answer.status_code == 200
    assert answer.headers["Cache-Control"] == "no-store"
    assert answer.json == {
        "access_token": answer.json["access_token"], "issued_token_type": ACCESS, "token_type": "Bearer",
        "expires_in": 600, "scope": "openid profile",
    }  # fmt: skip
    told = introspect(tax, answer.json["access_token"]).json
    was = introspect(fund, token).json
    assert told["act"] == {"sub": "fund"}
    assert (told["client_id"], told["aud"]) == ("fund", TAX)
    for kept in ("sub", "acr", "amr", "auth_time", "scope"):
        assert told[kept] == was[kept]


def test_the_chain_of_actors_grows_and_is_bounded(provider, fund, tax, token):
    names = ["one", "two", "three", "four"]
    current = exchange(fund, token).json["access_token"]
    holder = tax
    for number, name in enumerate(names):
        identifier = f"https://{name}.example/api"
        party = jwt_resource(provider, name, identifier, exchange=frozenset({holder.client.client_id}))
        answer = exchange(holder, current, resource=identifier)
        if number == 3:
            assert answer.json["error"] == "invalid_request"
            return
        current, holder = answer.json["access_token"], party
        if number == 1:
            act = decoded(provider, current).claims["act"]
            assert act == {"sub": "one", "act": {"sub": "tax", "act": {"sub": "fund"}}}


def test_a_client_exchanges_a_token_of_its_own(party, tax, browser, fund):
    own = party.tokens(browser)["access_token"]
    told = introspect(tax, exchange(party, own).json["access_token"]).json
    assert (told["act"], told["client_id"]) == ({"sub": "hall"}, "hall")


def test_only_whom_the_resource_lists_may_come(provider, party, fund, token):
    resource(provider, "tax", TAX, exchange=frozenset({"somebody"}))
    assert exchange(fund, token).json["error"] == "invalid_target"


def test_a_token_that_is_neither_ones_own_nor_for_ones_resource_is_refused(provider, tax, token):
    stranger = resource(provider, "stranger", "https://stranger.example")
    resource(provider, "tax", TAX, exchange=frozenset({"stranger"}))
    assert exchange(stranger, token).json["error"] == "invalid_request"


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"subject_token": None}, "invalid_request"),
        ({"subject_token": "rubbish"}, "invalid_request"),
        ({"subject_token_type": None}, "invalid_request"),
        ({"subject_token_type": "urn:ietf:params:oauth:token-type:refresh_token"}, "invalid_request"),
        ({"subject_token_type": "urn:ietf:params:oauth:token-type:id_token"}, "invalid_request"),
        ({"requested_token_type": "urn:ietf:params:oauth:token-type:refresh_token"}, "invalid_request"),
        ({"actor_token": "x", "actor_token_type": ACCESS}, "invalid_request"),
        ({"resource": None}, "invalid_target"),
        ({"resource": "https://nobody.example"}, "invalid_target"),
        ({"audience": "nobody"}, "invalid_target"),
        ({"audience": FUND}, "invalid_target"),
        ({"scope": "openid phone"}, "invalid_scope"),
        ({"scope": " "}, "invalid_scope"),
    ],
)
def test_what_cannot_be_exchanged_is_refused_with_the_right_word(fund, tax, token, changes, error):
    answer = exchange(fund, token, **changes)
    assert (answer.status_code, answer.json["error"]) == (400, error)


def test_the_target_may_be_named_by_its_client(fund, tax, token):
    for audience in ("tax", TAX):
        answer = exchange(fund, token, resource=None, audience=audience)
        assert introspect(tax, answer.json["access_token"]).json["aud"] == TAX


def test_the_scope_may_be_narrowed(fund, tax, token):
    answer = exchange(fund, token, scope="openid").json
    assert answer["scope"] == introspect(tax, answer["access_token"]).json["scope"] == "openid"


def test_it_lives_no_longer_than_the_token_it_came_from(provider, fund, tax, token):
    provider.clock.advance(400)
    answer = exchange(fund, token).json
    assert answer["expires_in"] == 200
    provider.clock.advance(200)
    assert introspect(tax, answer["access_token"]).json == {"active": False}
    assert exchange(fund, token).json["error"] == "invalid_request"


def test_it_ends_with_the_grant_and_by_its_own_client(provider, party, fund, tax, browser):
    tokens = party.redeem(code_for(party, browser, FUND)).json
    one, two = (exchange(fund, tokens["access_token"]).json["access_token"] for _ in range(2))
    revoke(party, one)
    assert introspect(tax, one).json["active"]
    revoke(fund, one)
    assert introspect(tax, one).json == {"active": False}
    revoke(party, tokens["refresh_token"])
    assert introspect(tax, two).json == {"active": False}


def test_it_opens_nothing_at_userinfo_and_cannot_be_refreshed(fund, tax, token):
    answer = exchange(fund, token).json
    assert fund.userinfo(answer["access_token"]).status_code == 401
    assert fund.refresh(answer["access_token"]).json["error"] == "invalid_grant"


def test_a_citizen_below_the_level_of_the_resource_is_not_brought_there(provider, fund, token):
    from idp.domain.client import ResourceServer

    server = ResourceServer(frozenset({TAX}), exchange=frozenset({"fund"}))
    provider.party("tax", resource_server=server, minimum_level=Level(2))
    answer = exchange(fund, token)
    assert (answer.status_code, answer.json["error"]) == (400, "insufficient_user_authentication")


def test_its_holder_cannot_shed_the_key_of_a_bound_token(party, fund, tax, browser):
    holder = Holder(party)
    own = holder.tokens(browser)["access_token"]
    assert exchange(party, own).json["error"] == "invalid_request"
    assert Holder(party).token(
        grant_type=EXCHANGE, subject_token=own, subject_token_type=ACCESS, resource=TAX
    ).json["error"] == "invalid_request"  # fmt: skip
    bound = holder.token(grant_type=EXCHANGE, subject_token=own, subject_token_type=ACCESS, resource=TAX).json
    assert bound["token_type"] == "DPoP"
    assert introspect(tax, bound["access_token"]).json["cnf"] == {"jkt": holder.jkt}


def test_a_bound_token_that_a_server_was_shown_is_exchanged_by_its_own_key(party, fund, tax, browser):
    shown = Holder(party).redeem(code_for(party, browser, FUND)).json["access_token"]
    own = Holder(fund)
    bound = own.token(grant_type=EXCHANGE, subject_token=shown, subject_token_type=ACCESS, resource=TAX).json
    assert introspect(tax, bound["access_token"]).json["cnf"] == {"jkt": own.jkt}


def test_it_needs_the_grant_type_and_a_confidential_client(provider, tax, token):
    without = provider.party("fund", grant_types=frozenset({GrantType.AUTHORIZATION_CODE}))
    assert exchange(without, token).json["error"] == "unauthorized_client"
    public = provider.party("fund", auth_method=AuthMethod.NONE)
    assert exchange(public, token).json["error"] == "unauthorized_client"


def test_it_is_in_the_audit_log(provider, fund, tax, token):
    exchange(fund, token)
    provider.drain()
    kinds = [entry.kind for entry in provider.stores.audit.recent(f"{1:032x}", limit=50)]
    assert "token_exchanged" in kinds


def test_eight_exchanges_at_once_all_succeed_and_leave_the_subject_token_alive(provider, fund, tax, token):
    with concurrent.futures.ThreadPoolExecutor(8) as pool:
        http = [Client(provider.app.wsgi_app) for _ in range(8)]
        answers = list(pool.map(lambda each: exchange(fund, token, http=each), http))
    assert [answer.status_code for answer in answers] == [200] * 8
    assert introspect(fund, token).json["active"]


def test_a_token_of_a_client_that_was_removed_is_not_exchanged(provider, fund, tax, token):
    provider.registry.remove("hall")
    assert exchange(fund, token).json["error"] == "invalid_request"
