"""The judge itself: what it must find, planted on a page that is otherwise clean."""

import pytest
from playwright.sync_api import Error

from tests.browser.visitor import PHONE, Visitor

PLANTED = {
    "unlabelled field": ("document.querySelector('main').innerHTML += '<input>'", "label"),
    "faint text": ("document.querySelector('h1').style.color = '#ccc'", "color-contrast"),
    "small target": (
        """document.querySelector('main').innerHTML += '<button class=t>x</button><button class=t>y</button>';
        for (const e of document.querySelectorAll('.t')) e.style.cssText = 'all:unset;width:9px;height:9px'""",
        "target-size",
    ),
    "wide picture": ("document.querySelector('main').style.width = '600px'", "pixels wide|beside the screen"),
}


@pytest.mark.parametrize("what", sorted(PLANTED))
def test_the_judge_finds(visit, what):
    visitor: Visitor = visit(language="zh-CN", size=PHONE)
    visitor.go("PROVIDER")
    visitor.look("clean")
    script, found = PLANTED[what]
    visitor.page.evaluate(script)
    with pytest.raises(AssertionError, match=found):
        visitor.look("spoilt")


def test_the_judge_hears_the_console_and_sees_requests(visit):
    visitor: Visitor = visit(language="zh-CN", size=PHONE)
    visitor.go("PROVIDER")
    visitor.page.evaluate("console.error('planted')")
    with pytest.raises(AssertionError, match="planted"):
        visitor.judge()
    visitor.troubles.clear()
    with pytest.raises(Error, match="ERR_NAME_NOT_RESOLVED"):
        visitor.page.goto("https://example.com/")
    with pytest.raises(AssertionError, match=r"left the machine: https://example\.com"):
        visitor.judge()
    visitor.troubles.clear()
