"""The police register fails half-way: a page with a way on, nothing spent, what was typed kept, and then it works."""

import pytest

LI = {"name": "李思", "id_number": "370102190204150003"}
MOBILE = "19900000002"
DOWN = ["http_500", "http_503", "http_429", "timeout", "reset", "maintenance", "quota", "slow"]
DISTRUSTED = ["garbage", "truncated", "wrong_subject", "big_body", "xxe"]


@pytest.fixture
def portal(house):
    return house.portal(level=1, consent="implied")


@pytest.fixture
def begun(portal):
    return portal.begin(scope=["openid", "profile"])


@pytest.fixture
def form(house, surfer, begun):
    return surfer.click(house.register(surfer, surfer.get(begun), MOBILE), "公安")


@pytest.mark.parametrize("mode", DOWN)
def test_a_register_that_does_not_answer_costs_nothing_and_works_when_it_is_back(
    house, surfer, portal, begun, form, mode
):
    house.provider.sandbox.fault("police", mode)
    page = form
    for _ in range(2):
        page = surfer.submit(page, **LI)
        assert page.status == 503, page.main
        assert page.left_for is None
        assert page.alerts
        assert (page.value("name"), page.value("id_number")) == (LI["name"], LI["id_number"])
        assert "其他方式" not in page.main  # this citizen has one way
        assert "取消" in page.main
    house.provider.sandbox.heal()
    house.clock.advance(120)
    held = portal.finish(surfer.submit(surfer.get(page.address), **LI), begun)
    assert held.userinfo["name"] == "李思"


@pytest.mark.parametrize("mode", DISTRUSTED)
def test_an_answer_that_cannot_be_believed_proves_nothing_and_leaves_a_way_on(house, surfer, portal, begun, form, mode):
    house.provider.sandbox.fault("police", mode, operation="2109")
    page = surfer.submit(form, **LI)
    assert page.status in {502, 503}, page.main
    assert page.left_for is None
    assert house.provider.stores.citizens.by_id_number(LI["id_number"]) is None
    house.provider.sandbox.heal()
    house.clock.advance(120)
    page = surfer.click(page, "其他方式")
    held = portal.finish(surfer.submit(surfer.click(page, "公安"), **LI), begun)
    assert held.claims["acr"] == "urn:yihaotong:realname:1"


def test_failures_spend_none_of_the_citizens_own_tries(house, surfer, form):
    house.provider.sandbox.fault("police", "http_500")
    page = form
    for _ in range(8):
        page = surfer.submit(page, **LI)
        assert page.status == 503
        house.clock.advance(61)
    house.provider.sandbox.heal()
    refused = surfer.submit(page, name="李四", id_number=LI["id_number"])
    assert "4" in refused.alerts, "five tries were left, and this was the first"


def test_a_way_that_is_down_is_shown_as_closed_and_opens_again(house, surfer, portal, begun, form):
    house.provider.sandbox.fault("police", "http_503")
    page = form
    for _ in range(6):
        page = surfer.submit(page, **LI)
    page = surfer.get(f"{form.journey}/prove")
    closed = page.tree.xpath("//main//*[contains(@class, 'way-closed')]")
    assert closed, page.main
    assert "公安" in closed[0].text_content()
    assert not [a for a in page.tree.xpath("//main//a") if "公安" in a.text_content()]
    house.provider.sandbox.heal()
    house.clock.advance(60)
    form = surfer.click(surfer.get(page.address), "公安")
    assert portal.finish(surfer.submit(form, **LI), begun).claims["acr"] == "urn:yihaotong:realname:1"


def test_a_citizen_who_cannot_wait_goes_back_to_the_portal(house, surfer, portal, begun, form):
    house.provider.sandbox.fault("police", "http_503")
    assert portal.error(surfer.press(surfer.submit(form, **LI), "取消"), begun) == "access_denied"


def test_the_upstream_in_trouble_is_no_secret_to_the_audit_log(house, surfer, form):
    house.provider.sandbox.fault("police", "http_500")
    surfer.submit(form, **LI)
    house.drained()
    account = house.provider.stores.citizens.by_mobile(f"+86{MOBILE}")
    kinds = [(e.kind, e.detail.get("outcome")) for e in house.provider.stores.audit.recent(account.id, limit=20)]
    assert ("attempt_ended", "unavailable") in kinds


def test_a_gateway_for_texts_that_is_down_gives_the_number_back(house, surfer):
    page = surfer.click(surfer.get("/account"), "注册")
    house.provider.sandbox.fault("sms", "http_500")
    for _ in range(2):
        page = surfer.submit(page, mobile=MOBILE)
        assert page.status == 503
        assert page.value("mobile") == MOBILE
    house.provider.sandbox.heal()
    house.clock.advance(61)
    page = surfer.submit(page, mobile=MOBILE)
    assert page.step == "register/code", page.main
    assert surfer.submit(page, code=house.code_for(MOBILE)).step == "register/password"


def test_a_text_that_comes_late_is_still_good(house, surfer):
    page = surfer.click(surfer.get("/account"), "注册")
    house.provider.sandbox.fault("sms", "late_delivery")
    page = surfer.submit(page, mobile=MOBILE)
    assert house.texts(MOBILE) == []
    house.clock.advance(241)
    assert surfer.submit(page, code=house.code_for(MOBILE)).step == "register/password"


def test_many_failures_do_not_use_up_the_numbers_budget(house, surfer, form):
    """Ten checks an hour per number bound an oracle; a register that says nothing is none."""
    house.provider.sandbox.fault("police", "http_500")
    page = form
    for _ in range(13):
        page = surfer.submit(page, **LI)
        assert page.status == 503, page.main
        house.clock.advance(61)  # past the breaker's pause
