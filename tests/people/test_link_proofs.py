"""What a page may show of a nickname that somebody else typed."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from idp.people.link_proofs import masked_nickname


@pytest.mark.parametrize(("nickname", "shown"), [
    ("", ""), ("张", "张*"), ("张三", "张*"), ("泰山日出", "泰*出"), ("微信用户 zhang", "微*g"),
    ("\u202e\u200b 海 \n", "海*"), ("\u0301\u0301", ""), ("<b>x</b>", "<*>"),
])  # fmt: skip
def test_a_nickname_is_shown_by_its_ends(nickname, shown):
    assert masked_nickname(nickname) == shown


@given(st.text(max_size=200))
def test_a_nickname_never_brings_more_than_three_characters_nor_one_that_hides(nickname):
    shown = masked_nickname(nickname)
    assert len(shown) <= 3
    assert shown == "" or shown.isprintable()
