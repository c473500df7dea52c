"""Which new passwords are refused: common ones, ones made by rule, and the person's own data.

Sources: NIST SP 800-63B section 5.1.1.2 (compare with values from breaches, dictionary words, repetitive or sequential
characters and context-specific words), OWASP ASVS 6.2.4 and 6.2.11. The list is that of the zxcvbn package.
No rule asks for kinds of characters: length and novelty are what counts.
"""

import itertools
import re
import unicodedata
from collections.abc import Iterable
from functools import cache
from typing import Final

from zxcvbn.frequency_lists import FREQUENCY_LISTS

from idp.domain.errors import InvalidInput, Rule

FIELD: Final = "password"
# A password of at most this many pieces (a run, a well-known word or a single character each) is as good as none.
_FEW_PIECES: Final = 3
_SHORTEST_RUN: Final = 3
_SHORTEST_PERSONAL: Final = 4

# What fingers do on a keyboard; each counts in both directions.
_ROWS: Final = (
    "1234567890", "0123456789", "abcdefghijklmnopqrstuvwxyz", "qwertyuiop", "asdfghjkl", "zxcvbnm",
    "1qaz", "2wsx", "3edc", "4rfv", "5tgb", "6yhn", "7ujm", "147258369", "!@#$%^&*()",
)  # fmt: skip
_STEPS: Final = frozenset(pair for row in _ROWS for way in (row, row[::-1]) for pair in itertools.pairwise(way))

# Chinese habits that English lists miss: "I love you" in pinyin and in digits, "password", places of use, our own name.
_WORDS: Final = (
    "woaini", "wo ai ni", "aini", "mima", "wodemima", "nihao", "zhongguo", "beijing", "shandong", "taobao", "weixin",
    "zhifubao", "yihaotong", "1314", "520", "521", "password", "passwd", "admin", "root", "qwerty", "abc", "a1b2c3",
    "密码", "我爱你", "一号通", "中国",
)  # fmt: skip
_WORD: Final = re.compile("|".join(re.escape(word) for word in sorted(_WORDS, key=len, reverse=True)))
_REPEATED_UNIT: Final = re.compile(r"(.{1,4}?)\1+", re.DOTALL)
_LEET: Final = str.maketrans("@$0!", "asoi")


def refuse_weak(password: str, personal: Iterable[str]) -> None:
    """Raise InvalidInput (field ``password``): PERSONAL, then COMMON.

    ``password`` is in NFC; ``personal`` holds the person's own login name, mobile number, ID number, name, birth date.
    """
    folded = _fold(password)
    if any(_contains(folded, own) for value in personal for own in _own_words(value)):
        raise InvalidInput(FIELD, Rule.PERSONAL)
    common = _common_passwords()
    if folded in common or folded.translate(_LEET) in common or _pieces(folded) <= _FEW_PIECES:
        raise InvalidInput(FIELD, Rule.COMMON)


@cache
def _common_passwords() -> frozenset[str]:
    """The package's 30 000 most used passwords, folded; in memory once a process (about 3 MB)."""
    return frozenset(word.casefold() for word in FREQUENCY_LISTS["passwords"])


def _fold(text: str) -> str:
    return unicodedata.normalize("NFKC", text).casefold()


def _own_words(value: str) -> Iterable[str]:
    """The value without separators, and what people make of it: a number without its country, a birth date."""
    word = "".join(c for c in _fold(value) if c.isalnum())
    yield word
    if len(word) == 13 and word.startswith("861") and word.isdigit():
        yield word[2:]
    if len(word) == 18 and word[:17].isdigit():
        yield word[6:14]
        yield word[-6:]


def _contains(folded: str, own: str) -> bool:
    """Short names ("li") stand in many words, so they count only when they are the whole password."""
    bare = "".join(c for c in folded if c.isalnum())
    return bool(own) and (bare == own or (len(own) >= _SHORTEST_PERSONAL and own in bare))


def _pieces(folded: str) -> int:
    """How many independent choices a password shows: ``qwertyuiop123`` is two, ``woaini1314`` is two."""
    text = _WORD.sub("\0", folded)
    text = _REPEATED_UNIT.sub(r"\1", text)
    count = run = 0
    for before, char in itertools.pairwise("\n" + text):
        run = run + 1 if (before, char) in _STEPS else 1
        # The third of a run takes back the second: a run of any length is one piece.
        count += 1 if run < _SHORTEST_RUN else -1 if run == _SHORTEST_RUN else 0
    return count
