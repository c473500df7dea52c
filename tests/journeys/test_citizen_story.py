"""One citizen from the first text message to the second portal, and every spelling in which people come."""

import base64
import hashlib
import hmac
import re
import struct

import pytest

from tests.conftest import personal_data_in
from tests.journeys.conftest import NEW_PASSWORD
from tests.journeys.surfer import query_of
from tests.provider import PASSWORD

LI = {"name": "李思", "id_number": "370102190204150003"}
MOBILE = "19900000002"


def test_the_whole_road(house, surfer):
    hall, insurance = house.portal("hall", level=1), house.portal("insurance", alg="ES256", consent="implied")
    begun = hall.begin(scope=["openid", "profile", "realname"])
    page = house.register(surfer, surfer.get(begun), MOBILE, login_name="lisi_1902")
    assert page.step == "prove"
    page = surfer.submit(surfer.click(page, "公安"), **LI)
    assert page.step == "consent"
    at_hall = hall.finish(surfer.submit(page, decision="agree"), begun)
    assert at_hall.claims["acr"] == "urn:yihaotong:realname:1"
    assert at_hall.claims["amr"] == ["pwd", "sms"]
    assert at_hall.userinfo == {
        "sub": at_hall.sub,
        "name": "李思",
        "birthdate": "1902-04-15",
        "gender": "female",
        "urn:yihaotong:claims:realname_level": 1,
        "urn:yihaotong:claims:document_kind": "resident_id_card",
    }

    begun = insurance.begin()
    at_insurance = insurance.finish(surfer.get(begun), begun)
    assert at_insurance.claims["acr"] == "urn:yihaotong:realname:1"
    assert set(at_insurance.userinfo) == {"sub"}

    house.drained()
    page = surfer.get("/account")
    assert "初级" in page.tree.xpath("//*[@id='level']")[0].text_content()
    section = {s.get("aria-labelledby"): s.text_content() for s in page.tree.xpath("//main//section")}
    assert "公安" in section["evidence"]
    assert "办事大厅" in section["portals"]
    assert len(page.tree.xpath("//section[@aria-labelledby='events']//li")) >= 6
    assert not personal_data_in(page.text), "the citizen's own page shows masked values only"

    page = surfer.get(hall.sign_out_url(at_hall))
    assert query_of(page.left_for)["state"]
    tokens = house.receiver.take(2)
    assert insurance.check_logout_token(tokens["insurance"], now=house.clock.now())["sid"] == at_insurance.sid
    begun = insurance.begin(prompt="none")
    assert insurance.error(surfer.get(begun), begun) == "login_required"


@pytest.mark.parametrize(
    "name", ["lisi_1902", "LiSi_1902", MOBILE, "199 0000 0002", "+86 19900000002", LI["id_number"]]
)
def test_who_has_registered_signs_in_by_every_name(house, surfer, name):
    page = house.register(surfer, surfer.get("/account"), MOBILE, login_name="lisi_1902")
    surfer.submit(surfer.click(surfer.press(page, "提升"), "公安"), **LI)
    other = house.surfer()
    page = other.submit(other.get("/account"), username=name, password=NEW_PASSWORD)
    assert page.path == "/account"


@pytest.mark.parametrize(
    "typed",
    [
        "370102190204150003",
        " 370102 19020415 0003 ",
        "３７０１０２１９０２０４１５０００３",
        "370102-19020415-0003",
        "370102　19020415　0003",
        "370102020415000",
        "３７０１０２０２０４１５０００",
    ],
)
def test_a_number_typed_in_any_way_proves(house, surfer, typed):
    page = _at_channel(house, surfer, MOBILE)
    page = surfer.submit(page, name=LI["name"], id_number=typed)
    assert page.path == "/account", page.main


@pytest.mark.parametrize(
    "typed", ["37010219040404001x", "３７０１０２１９０４０４０４００１ｘ", "370102 19040404 001 Ｘ", "370102040404001"]
)
def test_the_check_character_x_may_be_small_or_wide(house, surfer, typed):
    page = _at_channel(house, surfer, "19900000010")
    page = surfer.submit(page, name="钱大", id_number=typed)
    assert page.path == "/account", page.main


@pytest.mark.parametrize("dot", list("·•・．.‧∙⋅･●⸱"))
def test_a_middle_dot_of_any_kind_is_the_same_name(house, surfer, dot):
    page = _at_channel(house, surfer, "19900000003")
    page = surfer.submit(page, name=f"艾力{dot}买买提", id_number="650102190301010034")
    assert page.path == "/account", page.main


@pytest.mark.parametrize("name", ["艾力 · 买买提", "艾力·买买提 ", "艾力·买买提\u200b"])
def test_space_around_a_name_does_not_matter(house, surfer, name):
    page = _at_channel(house, surfer, "19900000003")
    assert surfer.submit(page, name=name, id_number="650102190301010034").path == "/account"


def test_a_rare_character_is_kept_exactly(house, surfer):
    portal = house.portal(consent="implied", level=1)
    begun = portal.begin(scope=["openid", "profile"])
    page = house.register(surfer, surfer.get(begun), "19900000005")
    page = surfer.submit(surfer.click(page, "公安"), name="王䶮", id_number="370602190506060019")
    assert portal.finish(page, begun).userinfo["name"] == "王䶮"


def test_a_rare_character_from_an_old_keyboard_proves_too(house, surfer):
    page = _at_channel(house, surfer, "19900000005")
    assert surfer.submit(page, name="王\ue863", id_number="370602190506060019").path == "/account"


@pytest.mark.parametrize(
    "typed", ["199 0000 0002", "１９９００００００02", "+8619900000002", "0086 199-0000-0002", "86 19900000002"]
)
def test_a_mobile_number_typed_in_any_way_gets_its_code(house, surfer, typed):
    page = surfer.submit(surfer.click(surfer.get("/account"), "注册"), mobile=typed)
    assert page.step == "register/code", page.main
    page = surfer.submit(page, code=" ".join(house.code_for(MOBILE)))
    assert page.step == "register/password"


def test_a_second_account_that_proves_the_same_number_is_led_to_the_first_and_nothing_moves(house, surfer):
    first = house.surfer()
    page = house.register(first, first.get("/account"), MOBILE)
    assert first.submit(first.click(first.press(page, "提升"), "公安"), **LI).path == "/account"
    before = first.get("/account").main

    portal = house.portal(consent="implied", level=1)
    begun = portal.begin(scope=["openid", "profile"])
    page = house.register(surfer, surfer.get(begun), "19900000077")
    page = surfer.submit(surfer.click(page, "公安"), **LI)
    assert page.step == "merge"
    assert LI["name"] not in page.main
    assert MOBILE not in page.text
    assert first.get("/account").main == before
    assert "未实名" in surfer.get("/account").main

    page = surfer.press(page, "登录")
    assert page.step == "sign-in"
    page = surfer.submit(page, username=LI["id_number"], password=NEW_PASSWORD)
    assert page.step == "join"
    held = portal.finish(surfer.press(page, "保持原样"), begun)
    assert held.userinfo["name"] == "李思"
    begun = portal.begin()
    assert portal.finish(first.get(begun), begun).sub == held.sub


def test_an_account_with_two_factors_signs_in_with_both_and_says_so(house, surfer, citizen):
    secret = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"
    house.provider.stores.credentials.set_totp_secret(citizen.id, secret, now=house.clock.now())
    portal = house.portal(consent="implied")
    begun = portal.begin()
    page = house.sign_in(surfer, surfer.get(begun), citizen)
    assert page.step == "second-factor"
    at = portal.begin(prompt="none")
    assert portal.error(surfer.get(at), at) == "login_required"
    page = surfer.submit(page, otp="000000" if _totp(secret, house.clock.now()) != "000000" else "111111")
    assert page.error_of("otp")
    held = portal.finish(surfer.submit(page, otp=_totp(secret, house.clock.now())), begun)
    assert held.claims["amr"] == ["pwd", "otp", "mfa"]
    other = house.surfer()
    page = house.sign_in(other, other.get("/account"), citizen)
    page = other.submit(page, otp=_totp(secret, house.clock.now()))
    assert page.step == "second-factor", "a code that was used is used up"
    house.clock.advance(30)
    assert other.submit(page, otp=_totp(secret, house.clock.now())).path == "/account"


def test_somebody_else_can_begin_at_the_second_factor(house, surfer, citizen):
    house.provider.stores.credentials.set_totp_secret(citizen.id, "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP", now=0.0)
    other = house.provider.citizen(2, level=0)
    page = house.sign_in(surfer, surfer.get("/account"), citizen)
    page = surfer.press(page, "其他")
    assert page.step == "sign-in"
    assert surfer.submit(page, username=other.mobile, password=PASSWORD).path == "/account"


def _at_channel(house, surfer, mobile):
    page = house.register(surfer, surfer.get("/account"), mobile)
    return surfer.click(surfer.press(page, "提升"), "公安")


def _totp(secret: str, now: float) -> str:
    """RFC 6238, written out: not the provider's library."""
    mac = hmac.new(base64.b32decode(secret), struct.pack(">Q", int(now) // 30), hashlib.sha1).digest()
    (number,) = struct.unpack(">I", mac[mac[-1] & 15 :][:4])
    code = f"{(number & 0x7FFFFFFF) % 10**6:06d}"
    assert re.fullmatch(r"\d{6}", code)
    return code
