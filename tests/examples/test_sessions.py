"""Who is signed in at a portal."""

from examples.portal.sessions import MOST, PENDING_SECONDS, SESSION_SECONDS, Sessions, SignedIn
from tests.doubles import SteppingClock


def person(state: str = "state", sub: str = "sub", sid: str | None = "sid") -> SignedIn:
    return SignedIn(state=state, sub=sub, sid=sid, acr=None, id_token={}, userinfo={})


class House:
    def __init__(self) -> None:
        self.clock = SteppingClock()
        self.forgotten: list[str] = []
        self.sessions = Sessions(self.clock.now, self.forgotten.append)


def test_the_browser_that_began_a_sign_in_may_finish_it_once() -> None:
    house = House()
    house.sessions.expect("s1", "browser")
    assert house.sessions.arrive("s1", "browser")
    assert not house.sessions.arrive("s1", "browser")


def test_another_browser_cannot_finish_it_and_does_not_spoil_it() -> None:
    house = House()
    house.sessions.expect("s1", "browser")
    assert not house.sessions.arrive("s1", "other")
    assert not house.sessions.arrive("s1", "")
    assert house.sessions.arrive("s1", "browser")


def test_a_state_that_nobody_began_is_refused() -> None:
    house = House()
    assert not house.sessions.arrive("", "")
    assert not house.sessions.arrive("s1", "browser")


def test_two_tabs_of_one_browser_both_arrive() -> None:
    house = House()
    house.sessions.expect("s1", "browser")
    house.sessions.expect("s2", "browser")
    assert house.sessions.arrive("s2", "browser")
    assert house.sessions.arrive("s1", "browser")


def test_a_sign_in_that_took_too_long_is_forgotten() -> None:
    house = House()
    house.sessions.expect("s1", "browser")
    house.clock.advance(PENDING_SECONDS + 1)
    assert not house.sessions.arrive("s1", "browser")
    assert house.forgotten == ["s1"]


def test_a_flood_of_sign_ins_pushes_out_the_oldest() -> None:
    house = House()
    for number in range(MOST + 2):
        house.sessions.expect(f"s{number}", "browser")
    assert house.forgotten == ["s0", "s1"]
    assert house.sessions.arrive(f"s{MOST + 1}", "browser")


def test_a_session_ends_by_sign_out_and_is_forgotten() -> None:
    house = House()
    token = house.sessions.open(person())
    assert house.sessions.read(token) is not None
    house.sessions.end(token)
    assert house.sessions.read(token) is None
    assert house.forgotten == ["state"]


def test_a_session_ends_by_time() -> None:
    house = House()
    token = house.sessions.open(person())
    house.clock.advance(SESSION_SECONDS)
    assert house.sessions.read(token) is None


def test_a_logout_token_with_sid_ends_that_session_only() -> None:
    house = House()
    one, two = house.sessions.open(person(sid="one")), house.sessions.open(person(sid="two"))
    assert house.sessions.end_where(sub="sub", sid="one") == 1
    assert house.sessions.read(one) is None
    assert house.sessions.read(two) is not None


def test_a_logout_token_with_sub_alone_ends_every_session_of_that_person_only() -> None:
    house = House()
    mine = [house.sessions.open(person(sid=sid)) for sid in ("one", "two")]
    other = house.sessions.open(person(sub="other"))
    assert house.sessions.end_where(sub="sub", sid=None) == 2
    assert [house.sessions.read(token) for token in mine] == [None, None]
    assert house.sessions.read(other) is not None


def test_a_sid_under_another_subject_ends_nothing() -> None:
    house = House()
    token = house.sessions.open(person())
    assert house.sessions.end_where(sub="other", sid="sid") == 0
    assert house.sessions.read(token) is not None
