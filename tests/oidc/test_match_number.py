"""The match number is told by the terminal or the operator, never by what a client has the approval page show."""

import pytest

from idp.domain.client import Ciba, CibaDelivery, GrantType
from idp.oidc.decoupled_request import match_number
from tests.decoupled import Hotline, Terminal

TOLD = ["屏幕号码 47", "4-7", "４７", "四七", "四十七", "肆拾柒", "④⑦", "㊼", "1470"]


class Drawn:
    """Draws what a test wrote down."""

    def __init__(self, *numbers: str) -> None:
        self._numbers = iter(numbers)

    def digits(self, count: int) -> str:
        number = next(self._numbers)
        assert len(number) == count
        return number


@pytest.mark.parametrize("label", TOLD)
def test_a_number_that_the_text_tells_is_drawn_again(label):
    assert match_number(Drawn("47", "53"), label) == "53"


@pytest.mark.parametrize(
    ("label", "number"), [("十七号", "17"), ("四十", "40"), ("第十", "10"), ("⑩", "10"), ("零五", "05")]
)
def test_tens_are_read_as_they_are_spoken(label, number):
    assert match_number(Drawn(number, "53"), label) == "53"


@pytest.mark.parametrize("label", ["", "政务大厅一层 3 号机", "5 楼 8 号", "½ 百千"])
def test_a_text_that_does_not_tell_it_changes_nothing(label):
    assert match_number(Drawn("47"), label) == "47"


def test_a_text_that_tells_every_number_tells_none():
    every = "".join(f"{n:02d}" for n in range(100))
    assert match_number(Drawn(*["47"] * 200), every) == "47"


def test_neither_terminal_nor_hotline_shows_its_number_in_its_own_words(provider, monkeypatch):
    grants = frozenset({GrantType.CIBA, GrantType.DEVICE_CODE, GrantType.AUTHORIZATION_CODE})
    party = provider.party("hotline", grant_types=grants, ciba=Ciba(CibaDelivery.POLL, None, None))
    drawn = ["47", "53"]
    randomness = type(provider.app.extensions["yihaotong"].randomness)
    draw = randomness.digits
    monkeypatch.setattr(randomness, "digits", lambda each, count: drawn.pop(0) if count == 2 else draw(each, count))
    told = Hotline(provider, party).begin(provider.citizen().mobile, binding_message="号码 47").told
    assert (told["match_number"], drawn) == ("53", [])
    drawn += ["47", "53"]
    shown = Terminal(provider, party).begin(terminal="号码 47").shown
    assert (shown["match_number"], drawn) == ("53", [])
