"""A browser that hangs ends the test, not the run."""

import pytest
from playwright.sync_api import Error

from tests.browser.chromiums import at_most


def test_a_page_that_never_answers_is_ended_and_the_next_test_gets_another_browser(chromiums):
    browser = chromiums.with_("--mute-audio")
    page = browser.new_page()
    with at_most(0.5), pytest.raises(Error):
        page.evaluate("new Promise(() => {})")
    another = chromiums.with_("--mute-audio")
    assert another is not browser
    assert another.new_page().evaluate("1 + 1") == 2
