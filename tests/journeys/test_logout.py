"""Signing out: at a portal, at the provider, and what the other portals are told."""

from urllib.parse import urlencode

import pytest

from tests.journeys.portal import Portal, SignedOn
from tests.journeys.surfer import Page, Surfer, query_of


class Two:
    """A citizen in one browser, signed on at two portals."""

    def __init__(self, house, surfer: Surfer, citizen) -> None:
        self.house, self.surfer = house, surfer
        self.hall: Portal = house.portal("hall", consent="implied")
        self.insurance: Portal = house.portal("insurance", alg="ES256", method="post", consent="implied")
        house.sign_in(surfer, surfer.get("/account"), citizen)
        self.at_hall = self.sign_on(self.hall)
        self.at_insurance = self.sign_on(self.insurance)

    def sign_on(self, portal: Portal, **asked) -> SignedOn:
        begun = portal.begin(**asked)
        return portal.finish(self.surfer.get(begun), begun)

    def over(self) -> bool:
        """Whether the session is over for every portal."""
        begun = [(portal, portal.begin(prompt="none")) for portal in (self.hall, self.insurance)]
        return all(portal.error(self.surfer.get(at), at) == "login_required" for portal, at in begun)

    def alive(self) -> bool:
        return (
            self.sign_on(self.hall, prompt="none").sid == self.at_hall.sid
            and self.hall.userinfo(self.at_hall).status_code == 200
            and self.house.receiver.empty
        )


@pytest.fixture
def two(house, surfer, citizen) -> Two:
    return Two(house, surfer, citizen)


def _logout(portal: Portal, **asked: str) -> str:
    return f"{portal.metadata['end_session_endpoint']}?{urlencode(asked)}"


def test_a_hint_signs_out_at_once_and_comes_back_with_state(two):
    address = two.hall.sign_out_url(two.at_hall)
    page = two.surfer.get(address)
    assert page.left_for is not None
    assert page.left_for.split("?")[0] == "https://hall.example/bye"
    sent = dict(pair.split("=", 1) for pair in address.split("?")[1].split("&"))
    assert query_of(page.left_for) == {"state": sent["state"]}
    assert two.over()


def test_every_portal_is_told_by_a_token_that_the_library_accepts(two):
    two.surfer.get(two.hall.sign_out_url(two.at_hall))
    tokens = two.house.receiver.take(2)
    now = two.house.clock.now()
    hall = two.hall.check_logout_token(tokens["hall"], now=now)
    insurance = two.insurance.check_logout_token(tokens["insurance"], now=now)
    assert (hall["sub"], hall["sid"]) == (two.at_hall.sub, two.at_hall.sid)
    assert (insurance["sub"], insurance["sid"]) == (two.at_insurance.sub, two.at_insurance.sid)
    assert hall["jti"] != insurance["jti"]
    with pytest.raises(Exception, match=r"(?i)audience|aud|not for me|my id|sign"):
        two.insurance.check_logout_token(tokens["hall"], now=now)


def test_tokens_of_the_session_are_dead_afterwards(two):
    assert two.hall.userinfo(two.at_hall).status_code == 200
    two.surfer.get(two.insurance.sign_out_url(two.at_insurance))
    for portal, held in ((two.hall, two.at_hall), (two.insurance, two.at_insurance)):
        assert portal.userinfo(held).status_code == 401
        assert portal.refuses_refresh(held)


def test_a_grant_with_offline_access_outlives_the_session(house, surfer, citizen):
    portal = house.portal()
    begun = portal.begin(scope=["openid", "offline_access"], prompt="consent")
    page = house.sign_in(surfer, surfer.get(begun), citizen)
    assert page.step == "consent"
    held = portal.finish(surfer.submit(page, decision="agree"), begun)
    surfer.get(portal.sign_out_url(held))
    assert portal.refresh(held).sub == held.sub


def test_a_code_on_its_way_dies_with_the_session(two):
    begun = two.hall.begin()
    page = two.surfer.get(begun)
    two.surfer.get(two.hall.sign_out_url(two.at_hall))
    answer = two.hall.token(
        grant_type="authorization_code", code=query_of(page.left_for)["code"], redirect_uri=two.hall.redirect_uri,
        code_verifier="v" * 64,
    )  # fmt: skip
    assert answer.json()["error"] == "invalid_grant"


def test_without_a_hint_the_citizen_is_asked_and_yes_goes_back_to_the_portal(two):
    back = "https://hall.example/bye"
    asked = _logout(two.hall, client_id="hall", post_logout_redirect_uri=back, state="öffnen & 1")
    page = two.surfer.get(asked)
    assert page.status == 200
    assert "办事大厅" in page.main
    assert two.alive()
    page = two.surfer.press(page, "退出登录")
    assert page.left_for is not None
    assert page.left_for.startswith(f"{back}?")
    assert query_of(page.left_for) == {"state": "öffnen & 1"}
    assert two.over()


def test_without_anything_the_citizen_is_asked_and_no_changes_nothing(two):
    page = two.surfer.get("/logout")
    assert two.alive()
    page = two.surfer.click(page, "保持登录")
    assert page.path == "/account"
    assert two.alive()


def test_without_anything_yes_ends_at_a_page_with_a_way_on(two):
    page = two.surfer.press(two.surfer.get("/logout"), "退出登录")
    assert page.path == "/signed-out"
    assert set(two.house.receiver.take(2)) == {"hall", "insurance"}
    assert two.over()
    assert two.surfer.click(page, "重新登录").step == "sign-in"


def test_a_modified_or_foreign_hint_signs_nobody_out(two):
    hint = two.at_hall.id_token
    head, body, signature = hint.split(".")
    flipped = signature[:-5] + ("A" if signature[-5] != "A" else "B") + signature[-4:]
    for bad in (f"{head}.{body}.{flipped}", f"{head}.{body}.", "e30.e30.e30", "x", two.at_insurance.access_token):
        page = two.surfer.get(_logout(two.hall, id_token_hint=bad))
        assert (page.status, page.left_for) == (400, None)
        assert two.surfer.click(page, "账户").path == "/account"
    assert two.alive()


def test_a_hint_of_somebody_else_ends_nobodys_session_unasked(two):
    stranger = two.house.provider.citizen(2, level=0)
    theirs = two.house.surfer()
    begun = two.hall.begin()
    held = two.hall.finish(two.house.sign_in(theirs, theirs.get(begun), stranger), begun)
    page = two.surfer.get(two.hall.sign_out_url(held))
    assert page.left_for is None
    assert page.status == 200
    assert two.alive()
    begun = two.hall.begin(prompt="none")
    assert two.hall.finish(theirs.get(begun), begun).sub == held.sub


def test_a_logout_token_is_no_hint(two):
    two.surfer.get(two.hall.sign_out_url(two.at_hall))
    token = two.house.receiver.take(2)["hall"]
    assert two.surfer.get(_logout(two.hall, id_token_hint=token)).status == 400


@pytest.mark.parametrize(
    "back",
    [
        "https://evil.example/",
        "https://hall.example/bye/",
        "https://hall.example/bye?next=https://evil.example",
        "https://insurance.example/bye",
        "https://hall.example/cb",
    ],
)
def test_an_address_that_is_not_registered_is_not_followed(two, back):
    asked = _logout(two.hall, id_token_hint=two.at_hall.id_token, post_logout_redirect_uri=back)
    page = two.surfer.get(asked)
    assert (page.status, page.left_for) == (400, None)
    assert "evil" not in page.text
    assert two.alive()


def test_a_return_address_without_hint_or_client_is_not_followed(two):
    page = two.surfer.get(_logout(two.hall, post_logout_redirect_uri="https://hall.example/bye"))
    assert (page.status, page.left_for) == (400, None)
    assert two.alive()


def test_a_portals_own_query_is_kept_and_added_to(house, surfer, citizen):
    back = "https://hall.example/bye?from=idp"
    portal = house.portal(consent="implied", post_logout_redirect_uris=frozenset({back}))
    begun = portal.begin()
    held = portal.finish(house.sign_in(surfer, surfer.get(begun), citizen), begun)
    asked = _logout(portal, id_token_hint=held.id_token, post_logout_redirect_uri=back, state="s 1")
    assert surfer.get(asked).left_for == f"{back}&state=s%201"


def test_an_expired_hint_still_works(two):
    two.house.clock.advance(1200)
    page = two.surfer.get(two.hall.sign_out_url(two.at_hall))
    assert page.left_for is not None
    assert page.left_for.startswith("https://hall.example/bye?state=")


def test_a_hint_without_a_session_comes_back_by_a_link_alone(two):
    two.surfer.drop_cookies()
    page = two.surfer.get(two.hall.sign_out_url(two.at_hall))
    assert (page.status, page.left_for) == (200, None)
    assert any(each.startswith("https://hall.example/bye?state=") for each in page.tree.xpath("//main//a/@href"))


def test_a_cross_site_post_logs_out_only_with_a_hint(two):
    page = two.surfer.post("/logout", {})
    assert page.status == 200
    assert two.alive()
    page = two.surfer.post("/logout", {"id_token_hint": two.at_hall.id_token})
    assert page.path == "/signed-out"
    assert two.over()


def test_signing_out_at_the_provider_tells_every_portal(two):
    page = two.surfer.click(two.surfer.get("/account"), "退出登录")
    assert page.path == "/sign-out"
    assert two.alive()
    page = two.surfer.press(page, "退出登录")
    assert page.path == "/signed-out"
    tokens = two.house.receiver.take(2)
    assert (
        two.insurance.check_logout_token(tokens["insurance"], now=two.house.clock.now())["sid"] == two.at_insurance.sid
    )
    assert two.over()
    assert two.surfer.get("/account").step == "sign-in"


def test_another_device_is_signed_out_from_the_account_page(two, citizen):
    there = two.surfer
    here = two.house.signed_in(citizen)
    page = here.press(here.get("/account"), "退出该设备")
    assert page.path == "/account"
    assert set(two.house.receiver.take(2)) == {"hall", "insurance"}
    assert there.get("/account").step == "sign-in"
    assert here.get("/account").path == "/account"
    assert two.hall.userinfo(two.at_hall).status_code == 401


def test_everywhere_but_here_leaves_this_browser_alone(two, citizen):
    others = [two.house.signed_in(citizen) for _ in range(2)]
    page: Page = two.surfer.press(two.surfer.get("/account"), "退出其他所有设备")
    assert page.path == "/account"
    assert all(each.get("/account").step == "sign-in" for each in others)
    assert two.alive()


def test_a_portal_that_is_down_does_not_hold_up_the_sign_out(house, surfer, citizen):
    dead = house.portal("dead", consent="implied", backchannel_logout_uri="http://127.0.0.1:9/logout")
    hall = house.portal("hall", consent="implied")
    house.sign_in(surfer, surfer.get("/account"), citizen)
    for portal in (dead, hall):
        begun = portal.begin()
        held = portal.finish(surfer.get(begun), begun)
    assert surfer.get(hall.sign_out_url(held)).left_for is not None
    assert set(house.receiver.take(1)) == {"hall"}
