"""A channel that ships switched off: nobody sees it until its settings are given, and then it walks like the others."""

import base64
import json
from dataclasses import replace

import pytest
from lxml import html

import adapters
from adapters.sandbox.credentials import WALKED, carrier_settings, walked_settings
from composition import Composition
from examples.demo import material
from examples.demo.settings import read
from idp.settings import read as read_settings
from idp.stores.redis.wire import Wire
from tests.provider import answer_of, open_provider

NAME = "carrier_three_element"
GROUP = "IDP_CHANNELS__CARRIER_THREE_ELEMENT__"
MOBILE = "19900000001"  # 张三's, by the personas
ACR_2 = "urn:yihaotong:realname:2"


def switched_on(base_url: str) -> dict[str, str]:
    """What docs/adding-a-channel.md says to set."""
    values = {**carrier_settings(base_url), "allow_plain_http": "true", "daily_quota": "1000"}
    return {f"{GROUP}{name.upper()}": value for name, value in values.items()}


def test_the_demonstration_does_not_offer_it():
    assert NAME in adapters.CHANNELS
    assert NAME not in WALKED
    assert NAME not in walked_settings("http://127.0.0.1:8100")
    assert not any(name.startswith(GROUP) for name in material.provider_environment(read({})))


def test_its_settings_in_the_environment_switch_it_on_in_the_demonstration(monkeypatch: pytest.MonkeyPatch):
    environment = material.provider_environment(read(switched_on("http://127.0.0.1:8100")))
    for name, value in environment.items():
        if name.startswith(("IDP_CHANNELS__", "IDP_SMS__")):
            monkeypatch.setenv(name, value)
    monkeypatch.setenv("IDP_MODE", "development")
    settings = read_settings()
    assert settings.daily_quotas == {NAME: 1000}
    assert set(settings.channel_settings) == WALKED | {NAME}
    composition = Composition(settings)
    made = adapters.CHANNELS[NAME](settings.channel_settings[NAME], replace(composition.around, sms=composition.sms))
    assert made.facts.name == NAME


def test_nobody_is_offered_it_where_it_is_not_set(provider):
    person = provider.citizen()
    browser = provider.browser()
    browser.sign_in(person)
    party = provider.party()
    page = browser.follow(party.authorize(browser, acr_values=ACR_2))
    assert NAME not in page.text
    assert browser.get(f"{journey(page)}/prove/{NAME}").status_code == 409


@pytest.fixture
def with_carrier(tmp_path, _database_template, fast_wire: Wire):
    with open_provider(tmp_path, _database_template, fast_wire, more=(NAME,)) as made:
        yield made


def journey(page) -> str:
    return "/".join(page.request.path.split("/")[:3])


def main(page) -> str:
    return " ".join(html.fromstring(page.text).xpath("//main")[0].text_content().split())


def fields(page) -> set[str]:
    return set(html.fromstring(page.text).xpath("//main//input[not(@type='hidden')]/@name"))


def test_a_citizen_walks_it_from_a_portal_to_its_answer(with_carrier):
    provider = with_carrier
    person = provider.citizen()
    party = provider.party()
    browser = provider.browser()
    browser.sign_in(person)
    page = browser.follow(party.authorize(browser, acr_values=ACR_2))
    assert "手机号实名信息（运营商）" in main(page)

    form = browser.get(f"{journey(page)}/prove/{NAME}")
    assert fields(form) == {"mobile"}  # name and number are known from the population record
    code = browser.submit(form, mobile=MOBILE)
    assert fields(code) == {"sms_code"}
    told = provider.sandbox.control.get(f"/sms/inbox/{MOBILE}.json").json
    assert "用于实名核验" in told[0]["text"]
    wrong = f"{(int(told[0]['code']) + 1) % 1_000_000:06d}"
    code = browser.submit(code, sms_code=wrong)
    assert fields(code) == {"sms_code"}
    answer = browser.submit(code, sms_code=told[0]["code"])

    tokens = party.redeem(answer_of(answer)["code"]).json
    middle = tokens["id_token"].split(".")[1]
    assert json.loads(base64.urlsafe_b64decode(middle + "=="))["acr"] == ACR_2
    [row] = [e for e in provider.stores.citizens.evidence_of(person.id) if e.channel == NAME]
    assert row.source == "carrier"
    assert row.expires_at - row.verified_at == 180 * 86_400
    assert "手机号实名信息（运营商）" in main(browser.get("/account"))

    provider.clock.advance(180 * 86_400)
    assert not row.alive(provider.clock.now())


def test_a_number_in_another_name_is_told_and_another_way_is_offered(with_carrier):
    provider = with_carrier
    person = provider.citizen()
    party = provider.party()
    browser = provider.browser()
    browser.sign_in(person)
    page = browser.follow(party.authorize(browser, acr_values=ACR_2))
    told = browser.submit(browser.get(f"{journey(page)}/prove/{NAME}"), mobile="19900000002")
    assert "请检查手机号" in main(told)
    assert provider.sandbox.control.get("/sms/inbox/19900000002.json").json == []
    told = browser.submit(browser.get(f"{journey(page)}/prove/{NAME}"), mobile="19988000013")
    assert "号段无法核对" in main(told)


def test_a_carrier_that_is_away_costs_no_try_and_says_so(with_carrier):
    provider = with_carrier
    person = provider.citizen()
    party = provider.party()
    browser = provider.browser()
    browser.sign_in(person)
    page = browser.follow(party.authorize(browser, acr_values=ACR_2))
    provider.sandbox.fault("carrier", "http_503")
    form = browser.get(f"{journey(page)}/prove/{NAME}")
    assert browser.submit(form, mobile=MOBILE).status_code == 503
    provider.sandbox.heal()
    provider.clock.advance(31)
    code = browser.submit(browser.get(f"{journey(page)}/prove/{NAME}"), mobile=MOBILE)
    assert fields(code) == {"sms_code"}
