"""Names for generated people: common ones, four characters, middle dots, rare characters. None is anybody's."""

from collections.abc import Callable
from typing import Final

SURNAMES: Final = "王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗"
GIVEN: Final = "试测样例仿拟虚构演示"
_DOUBLE_SURNAMES: Final = ("欧阳", "司马", "上官", "诸葛", "东方")
# U+4DAE is written with a private-use code point in old systems; the others lie outside GBK altogether.
OLD_SPELLED: Final = "䶮"
_RARE: Final = (OLD_SPELLED, "㛃", "㭎", "𬱖", "𬭎", "𡋤", "𫖯")
_WESTERN: Final = ("阿依古丽", "买买提", "艾则孜", "古丽娜尔", "吐尔逊", "热依汗")

Draw = Callable[[str], float]


def _one(options: tuple[str, ...] | str, place: float) -> str:
    return options[int(place * len(options))]


def name_of(draw: Draw) -> str:
    """A name; ``draw`` gives a number from 0 to 1 for each question, the same one every time."""
    kind = draw("name")
    given = _one(GIVEN, draw("first")) + (_one(GIVEN, draw("second")) if draw("length") < 0.8 else "")
    if kind < 0.04:
        return f"{_one(_WESTERN, draw('first'))}·{_one(_WESTERN, draw('second'))}"
    if kind < 0.08:
        return _one(SURNAMES, draw("surname")) + _one(_RARE, draw("rare"))
    if kind < 0.13:
        return _one(_DOUBLE_SURNAMES, draw("surname")) + given
    return _one(SURNAMES, draw("surname")) + given
