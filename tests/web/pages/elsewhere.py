"""Ways to the pages of requests that are approved elsewhere than where they were made, for a :class:`Walk`."""

from typing import Any

from tests.decoupled import Hotline, Terminal, enter, look_at_request, press


def terminal(walk: Any) -> Any:
    """A citizen who is signed in has typed a terminal's code."""
    walk.browser.sign_in(walk.proved)
    shown = Terminal(walk.provider, walk.party).begin(terminal="3-7").shown
    return enter(walk.browser, shown["user_code"])


def called(walk: Any) -> None:
    """The hotline asks the citizen who is signed in."""
    walk.browser.sign_in(walk.proved)
    Hotline(walk.provider, walk.party).begin(walk.proved.mobile, binding_message="7788")
    # What is told in another thread is told by now: tests count what happened.
    walk.provider.app.extensions["yihaotong"].approval_notices.close()


def requests(walk: Any) -> Any:
    """What waits for the citizen."""
    called(walk)
    return walk.browser.get("/account/requests")


def call(walk: Any) -> Any:
    """The request of a call."""
    called(walk)
    return look_at_request(walk.browser)


def over(walk: Any) -> Any:
    """A request that nobody waits for any more."""
    walk.browser.sign_in(walk.proved)
    return press(walk.browser, walk.browser.get("/account/requests"), f"/account/requests/{'0' * 64}")


PAGES = {
    "show_device": lambda walk: walk.get("/device"),
    "device_filled_in": lambda walk: walk.get("/device?user_code=4821-0937-5526"),
    "device_done": lambda walk: walk.get("/device/approved"),
    "device_refused": lambda walk: walk.get("/device/refused"),
    "show_approve": terminal,
    "approve_call": call,
    "show_requests": requests,
    "no_requests": lambda walk: (walk.browser.sign_in(walk.proved), walk.get("/account/requests"))[1],
}
VARIANTS = {"device_filled_in", "device_refused", "approve_call", "no_requests"}
ERRORS = {"approval_over": (over, 410)}
FORMS = {
    "device": PAGES["show_device"],
    "answer_request": requests,
    "refuse_request": requests,
    "approve": terminal,
}
