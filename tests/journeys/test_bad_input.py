"""What cannot be right: told which and why, kept as typed, and nothing spent."""

import pytest

from tests.journeys.conftest import NEW_PASSWORD

LI = {"name": "李思", "id_number": "370102190204150003"}
MOBILE = "19900000002"


@pytest.fixture
def channel(house, surfer):
    """The form for name and number, for somebody who has just registered."""
    page = house.register(surfer, surfer.get("/account"), MOBILE)
    return surfer.click(surfer.press(page, "提升"), "公安")


@pytest.mark.parametrize(
    ("typed", "word"),
    [
        ("370102190204150004", "最后一位"),
        ("37010219020415000x", "最后一位"),
        ("370102190202300003", "出生日期"),
        ("370102190213150003", "出生日期"),
        ("370102299902280001", "晚于今天"),
        ("990102", "位"),
        ("000102190204150003", "前两位"),
        ("370102190204150O03", "数字"),
        ("", "填写"),
    ],
)
def test_a_number_that_cannot_be_says_what_is_wrong_and_keeps_what_was_typed(house, surfer, channel, typed, word):
    page = surfer.submit(channel, name="李思 ", id_number=typed)
    assert page.status == 400
    assert word in page.error_of("id_number")
    assert page.value("id_number") == typed
    assert page.value("name") == "李思 "
    assert "错误" in page.tree.findtext(".//title")
    assert page.alerts
    assert not house.provider.sandbox.requests("2109")
    assert surfer.submit(page, **LI).path == "/account"


@pytest.mark.parametrize(
    ("typed", "word"), [("", "填写"), ("李", "两"), ("李思1", "数字"), ("李<b>思", "符号"), ("李" * 51, "50")]
)
def test_a_name_that_cannot_be_says_what_is_wrong_and_keeps_what_was_typed(surfer, channel, typed, word):
    page = surfer.submit(channel, name=typed, id_number=LI["id_number"])
    assert page.status == 400
    assert word in page.error_of("name")
    assert page.value("name") == typed
    assert page.value("id_number") == LI["id_number"]
    assert surfer.submit(page, **LI).path == "/account"


def test_a_wrong_name_is_refused_with_what_was_typed_and_counts_a_try(surfer, channel):
    page = surfer.submit(channel, name="李四", id_number=LI["id_number"])
    assert page.status == 200
    assert "未能" in page.alerts
    assert "4" in page.alerts
    assert (page.value("name"), page.value("id_number")) == ("李四", LI["id_number"])
    assert surfer.submit(page, **LI).path == "/account"


def test_who_does_not_exist_and_who_has_another_name_look_the_same(house, surfer):
    seen = set()
    for mobile, name, number in (
        ("19900000021", "李四", LI["id_number"]),
        ("19900000022", "王五", "370102190202020002"),  # in no register
        ("19900000023", "孙故", "370102190112310006"),  # deceased
        ("19900000024", "周销", "370102190101010008"),  # registration cancelled
    ):
        citizen = house.surfer()
        page = house.register(citizen, citizen.get("/account"), mobile)
        page = citizen.submit(citizen.click(citizen.press(page, "提升"), "公安"), name=name, id_number=number)
        seen.add((page.status, page.heading, page.alerts))
    assert len(seen) == 1


def test_after_five_refusals_the_way_closes_and_says_so_and_there_is_a_way_on(house, surfer, channel):
    page = channel
    for _ in range(5):
        page = surfer.submit(page, name="李四", id_number=LI["id_number"])
    assert "用完" in page.alerts or "没有" in page.alerts
    assert not page.tree.xpath("//main//input[@name='id_number']")
    assert surfer.click(page, "返回").step == "prove"
    assert surfer.press(page, "暂不").path == "/account"


def test_no_try_is_left_for_others_to_spend_on_one_number(house, surfer):
    """Ten accounts cannot ask the register about one number for ever: it is an oracle for who exists."""
    last = None
    for i in range(3):
        citizen = house.surfer()
        page = house.register(citizen, citizen.get("/account"), f"199000000{30 + i}")
        page = citizen.click(citizen.press(page, "提升"), "公安")
        for _ in range(5):
            if page.tree.xpath("//main//input[@name='id_number']"):
                page = last = citizen.submit(page, name="李四", id_number=LI["id_number"])
    assert last is not None
    assert last.status == 429


@pytest.mark.parametrize("typed", ["1234567", "abc", "29900000002", "199000000021", "", "+1 212 555 0100"])
def test_a_mobile_number_that_cannot_be_is_told_and_kept(house, surfer, typed):
    page = surfer.submit(surfer.click(surfer.get("/account"), "注册"), mobile=typed)
    assert page.status == 400
    assert page.error_of("mobile")
    assert page.value("mobile") == typed
    assert surfer.submit(page, mobile=MOBILE).step == "register/code"


def test_five_wrong_codes_end_the_code_and_a_new_one_works(house, surfer):
    page = surfer.submit(surfer.click(surfer.get("/account"), "注册"), mobile=MOBILE)
    right = house.code_for(MOBILE)
    wrong = "000000" if right != "000000" else "111111"
    for _ in range(4):
        page = surfer.submit(page, code=wrong)
        assert "不正确" in page.error_of("code")
        assert page.value("code") == ""
    page = surfer.submit(page, code=wrong)
    assert "失效" in page.error_of("code")
    page = surfer.submit(page, code=right)
    assert "失效" in page.error_of("code")
    house.clock.advance(60)
    page = surfer.press(surfer.get(page.address), "重新发送")
    assert surfer.submit(page, code=house.code_for(MOBILE)).step == "register/password"


@pytest.mark.parametrize("typed", ["12345", "1234567", "12345a", ""])
def test_what_is_no_code_spends_no_try(house, surfer, typed):
    page = surfer.submit(surfer.click(surfer.get("/account"), "注册"), mobile=MOBILE)
    for _ in range(6):
        page = surfer.submit(page, code=typed)
        assert page.error_of("code")
    assert surfer.submit(page, code=house.code_for(MOBILE)).step == "register/password"


def test_a_code_is_too_old_after_five_minutes(house, surfer):
    page = surfer.submit(surfer.click(surfer.get("/account"), "注册"), mobile=MOBILE)
    house.clock.advance(299)
    other = house.surfer()
    other.submit(other.click(other.get("/account"), "注册"), mobile="19900000041")
    house.clock.advance(2)
    page = surfer.submit(page, code=house.code_for(MOBILE))
    assert "失效" in page.error_of("code")
    page = surfer.press(surfer.get(page.address), "重新发送")
    assert surfer.submit(page, code=house.code_for(MOBILE)).step == "register/password"


def test_a_new_code_comes_after_sixty_seconds_and_voids_the_old_one(house, surfer):
    page = surfer.submit(surfer.click(surfer.get("/account"), "注册"), mobile=MOBILE)
    first = house.code_for(MOBILE)
    assert "重新发送" not in " ".join(b.text_content() for b in page.tree.xpath("//main//button"))
    early = surfer.post(f"{page.journey}/register/resend", {"csrf_token": _token(page)})
    assert early.status == 429
    assert early.headers["Retry-After"] == "60"
    assert len(house.texts(MOBILE)) == 1
    house.clock.advance(60)
    page = surfer.press(surfer.click(page, "刷新"), "重新发送")
    assert len(house.texts(MOBILE)) == 2
    if house.code_for(MOBILE) != first:
        assert surfer.submit(page, code=first).error_of("code")
    assert surfer.submit(page, code=house.code_for(MOBILE)).step == "register/password"


def test_a_number_gets_five_texts_an_hour_from_all_browsers_together(house):
    for _ in range(5):
        surfer = house.surfer()
        assert surfer.submit(surfer.click(surfer.get("/account"), "注册"), mobile=MOBILE).step == "register/code"
        house.clock.advance(61)
    surfer = house.surfer()
    page = surfer.submit(surfer.click(surfer.get("/account"), "注册"), mobile=MOBILE)
    assert page.status == 429
    assert "分钟" in page.alerts
    assert page.value("mobile") == MOBILE
    assert len(house.texts(MOBILE)) == 5
    assert surfer.submit(page, mobile="19900000051").step == "register/code"


def test_a_code_read_in_another_browser_is_worthless(house, surfer):
    surfer.submit(surfer.click(surfer.get("/account"), "注册"), mobile=MOBILE)
    code = house.code_for(MOBILE)
    house.clock.advance(61)
    other = house.surfer()
    page = other.submit(other.click(other.get("/account"), "注册"), mobile=MOBILE)
    if house.code_for(MOBILE) != code:
        assert other.submit(page, code=code).error_of("code")


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"password": "short7!", "password_again": "short7!"}, "password"),
        ({"password": "password123", "password_again": "password123"}, "password"),
        ({"password": f"{MOBILE}", "password_again": f"{MOBILE}"}, "password"),
        ({"password": "x" * 129, "password_again": "x" * 129}, "password"),
        ({"password": NEW_PASSWORD, "password_again": NEW_PASSWORD + "."}, "password_again"),
        ({"password": "", "password_again": ""}, "password"),
        ({"login_name": "ab", "password": NEW_PASSWORD, "password_again": NEW_PASSWORD}, "login_name"),
        ({"login_name": "李思李思", "password": NEW_PASSWORD, "password_again": NEW_PASSWORD}, "login_name"),
        ({"login_name": "19912345678", "password": NEW_PASSWORD, "password_again": NEW_PASSWORD}, "login_name"),
    ],
)
def test_a_password_or_login_name_that_will_not_do_is_told_and_never_sent_back(house, surfer, fields, field):
    page = surfer.submit(surfer.click(surfer.get("/account"), "注册"), mobile=MOBILE)
    page = surfer.submit(page, code=house.code_for(MOBILE))
    page = surfer.submit(page, **{"login_name": "lisi_1902", **fields})
    assert page.status == 400
    assert page.error_of(field)
    assert page.value("login_name") == fields.get("login_name", "lisi_1902")
    assert (page.value("password"), page.value("password_again")) == ("", "")
    page = surfer.submit(page, login_name="lisi_1902", password=NEW_PASSWORD, password_again=NEW_PASSWORD)
    assert page.path == "/account"


def test_a_password_of_128_characters_is_not_cut(house, surfer):
    password = "山" * 64 + "hai and more of it, " * 3 + "1545"
    assert len(password) == 128
    page = surfer.submit(surfer.click(surfer.get("/account"), "注册"), mobile=MOBILE)
    page = surfer.submit(page, code=house.code_for(MOBILE))
    assert surfer.submit(page, login_name="", password=password, password_again=password).path == "/account"
    other = house.surfer()
    page = other.submit(other.get("/account"), username=MOBILE, password=password[:-1])
    assert page.status == 400
    assert other.submit(page, username=MOBILE, password=password).path == "/account"


def _token(page) -> str:
    return page.tree.xpath("//main//input[@name='csrf_token']/@value")[0]
