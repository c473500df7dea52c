"""A number corrected at the counter, from a portal's question to its answer: the same ``sub``, the right number."""

import base64
import json
import re
from pathlib import Path
from typing import Any

import pytest

from idp.domain.client import PushEndpoint
from idp.domain.ports import SecurityEventKind
from idp.stores.redis.wire import Wire
from tests.adapters.counter import FIRST, SECOND
from tests.provider import PASSWORD, Browser, Provider, answer_of, open_provider

RIGHT, FORMER = "370102190103070012", "370102190204150003"
EVENTS = PushEndpoint("https://hall.example/events")
SCOPE = "openid profile id_number offline_access"
CODE = re.compile(r"[0-9A-HJKMNP-TV-Z]{4}-[0-9A-HJKMNP-TV-Z]{4}")


@pytest.fixture
def provider(tmp_path: Path, _database_template: Path, fast_wire: Wire) -> Any:
    with open_provider(tmp_path, _database_template, fast_wire, more={"counter_verify"}) as made:
        yield made


def id_token(tokens: dict[str, Any]) -> dict[str, Any]:
    middle = tokens["id_token"].split(".")[1]
    claims: dict[str, Any] = json.loads(base64.urlsafe_b64decode(middle + "=" * (-len(middle) % 4)))
    return claims


def told_about(provider: Provider, kind: SecurityEventKind) -> list[Any]:
    """Events of a kind that relying parties were, or are to be, told."""
    return [kept.event for kept in provider.stores.events.listing(limit=50) if kept.event.kind is kind]


def at_the_desk(provider: Provider, code: str, former_name: str) -> None:
    """The first officer reads 张三's card and states who he was; the second confirms."""

    def post(officer: str, address: str = "", **form: str) -> Any:
        return provider.sandbox.control.post(f"/counter/desk/{officer}{address}", data=form)

    case = "/" + post(FIRST, code=code).headers["Location"].rsplit("/", 1)[1]
    post(FIRST, f"{case}/read", card="zhang_san", condition="good")
    post(FIRST, f"{case}/rekey", former_name=former_name, former_number=FORMER, ground="更正证明")
    post(FIRST, f"{case}/decide", decision="vouched", officer_states="yes", citizen_confirms="yes")
    post(SECOND, f"{case}/confirm", agrees="yes")


def goes_to_the_counter(provider: Provider, browser: Browser, page: Any, former_name: str = "张三") -> Any:
    base = "/".join(page.request.path.split("/")[:3])
    shown = browser.follow(browser.get(f"{base}/prove/counter_verify"))
    if CODE.search(shown.text) is None:
        shown = browser.submit(shown)
    found = CODE.search(shown.text)
    assert found is not None
    at_the_desk(provider, found[0], former_name)
    return browser.follow(browser.get(f"{base}/prove/counter_verify/wait"))


def test_a_corrected_number_reaches_the_portal_under_the_same_sub(provider: Provider):
    party, browser = provider.party(security_events=EVENTS), provider.browser()
    person = provider.citizen(1, id_number=FORMER)
    elsewhere = provider.browser()
    elsewhere.sign_in(person)
    before = party.tokens(elsewhere, scope=SCOPE)
    assert party.userinfo(before["access_token"]).json["birthdate"] == "1902-04-15"

    page = browser.follow(party.authorize(browser, scope=SCOPE, acr_values="urn:yihaotong:realname:2"))
    page = browser.submit(page, username=person.mobile, password=PASSWORD)
    page = goes_to_the_counter(provider, browser, page)
    assert page.request.path.endswith("/sign-in")  # no session of before goes on to tell what was wrong
    answer = browser.submit(page, username=person.mobile, password=PASSWORD)
    after = party.redeem(answer_of(answer)["code"]).json

    assert id_token(after)["sub"] == id_token(before)["sub"]
    assert id_token(after)["acr"] == "urn:yihaotong:realname:2"
    told = party.userinfo(after["access_token"]).json
    assert (told["urn:yihaotong:claims:id_number"], told["birthdate"]) == (RIGHT, "1901-03-07")
    assert party.userinfo(before["access_token"]).status_code == 401
    assert party.refresh(before["refresh_token"]).json["error"] == "invalid_grant"
    assert provider.notified() == [party.client.backchannel_logout_uri]
    provider.drain()
    [event] = [e for e in provider.stores.audit.recent(person.id, limit=50) if e.kind == "person_corrected"]
    assert (event.detail["first_officer"], event.detail["second_officer"]) == (FIRST, SECOND)
    assert "工作人员更正了姓名或号码" in browser.get("/account").text
    [changed] = told_about(provider, SecurityEventKind.LEVEL_CHANGED)
    assert changed.sub == id_token(before)["sub"]
    assert changed.detail == {f: f"urn:yihaotong:realname:{n}" for f, n in (("previous", 1), ("current", 3))}


def test_a_stranger_with_a_card_of_their_own_gets_nothing_from_an_open_session(provider: Provider):
    party, browser = provider.party(), provider.browser()
    person = provider.citizen(1, name="李思", id_number=FORMER)
    page = browser.follow(party.authorize(browser, scope=SCOPE, acr_values="urn:yihaotong:realname:2"))
    page = browser.submit(page, username=person.mobile, password=PASSWORD)
    page = goes_to_the_counter(provider, browser, page, former_name="张三")
    assert "属于另一个人" in page.text or page.status_code == 409
    found = provider.stores.citizens.by_id(person.id)
    assert found is not None
    assert found.id_number == FORMER


def test_a_closed_account_is_out_everywhere_and_open_again_as_it_was(provider: Provider):
    party, browser, person = provider.party(security_events=EVENTS), provider.browser(), provider.citizen()
    browser.sign_in(person)
    tokens = party.tokens(browser, scope=SCOPE)
    services = provider.app.extensions["yihaotong"]
    with provider.app.app_context():
        for ended in services.operators.disable(person.id):
            services.notices.send(ended)
    services.delivery.once()
    assert [each.sub for each in told_about(provider, SecurityEventKind.ACCOUNT_DISABLED)] == [id_token(tokens)["sub"]]
    assert party.userinfo(tokens["access_token"]).status_code == 401
    assert party.refresh(tokens["refresh_token"]).json["error"] == "invalid_grant"
    assert provider.notified() == [party.client.backchannel_logout_uri]
    assert browser.follow(browser.get("/account")).request.path.endswith("/sign-in")
    assert browser.sign_in(person).request.path.endswith("/sign-in")
    assert services.operators.enable(person.id)
    assert browser.sign_in(person).request.path == "/account"
    assert id_token(party.tokens(browser))["sub"] == id_token(tokens)["sub"]
