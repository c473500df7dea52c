"""Facts about the browser that sends this request, kept in Flask's signed session: never anything personal in it.

The *browser id* binds journeys and one-time codes to one browser. It changes at every sign-in, so an id that somebody
planted before (session fixation, CVE-2024-7341) is worth nothing after; earlier ids only find journeys that other tabs
still have open.
"""

from collections.abc import Sequence
from typing import Final

from flask import g, request, session

from idp.domain.ports import SessionFacts
from idp.people.origin import Origin
from idp.web import cookies
from idp.web.context import services

BROWSERS: Final = "browsers"
LANGUAGE: Final = "language"
ELDER: Final = "elder"
KNOWN_NUMBER: Final = "known_number"
HELD_ELSEWHERE: Final = "held_elsewhere"
REQUEST_ID: Final = "yihaotong.request_id"
_KEPT_IDS: Final = 3
_PREFERENCES: Final = (LANGUAGE, ELDER)

# First hit wins: embedded browsers name Chrome and Safari too, and Edge names Chrome.
_BROWSERS: Final = (
    ("MicroMessenger", "WeChat"),
    ("AlipayClient", "Alipay"),
    ("Edg", "Edge"),
    ("Firefox", "Firefox"),
    ("FxiOS", "Firefox"),
    ("Chrome", "Chrome"),
    ("CriOS", "Chrome"),
    ("Safari", "Safari"),
)
_SYSTEMS: Final = (
    ("HarmonyOS", "HarmonyOS"),
    ("Android", "Android"),
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Windows", "Windows"),
    ("Mac OS X", "macOS"),
    ("Linux", "Linux"),
)


def browser_ids() -> Sequence[str]:
    """This browser's id and up to two earlier ones, newest first; empty when it sent no valid cookie."""
    kept = session.get(BROWSERS, [])
    return [each for each in kept if isinstance(each, str)] if isinstance(kept, list) else []


def browser_id() -> str:
    """This browser's id; a new one is made and set when it has none."""
    known = browser_ids()
    return known[0] if known else renew_browser_id()


def renew_browser_id() -> str:
    """A new id for this browser, and a new CSRF secret: what was known before the sign-in is void."""
    fresh = services().randomness.token(16)
    session[BROWSERS] = [fresh, *browser_ids()][:_KEPT_IDS]
    session.pop("csrf_token", None)
    g.pop("csrf_token", None)
    return fresh


def forget() -> None:
    """Forget everything but language and type size: after signing out, the next person starts afresh."""
    kept = {name: session[name] for name in _PREFERENCES if name in session}
    session.clear()
    session.update(kept)
    g.pop("csrf_token", None)


def session_token() -> str | None:
    """The token of the sign-in, as the browser sent it."""
    name = cookies.name(cookies.SESSION, services().settings)
    return cookies.read(request.headers.get("Cookie", ""), name)


def signed_in() -> tuple[str, SessionFacts] | None:
    """The live session with its token."""
    token = session_token()
    facts = services().sessions.read(token, now=services().clock.now()) if token else None
    return (token, facts) if token and facts else None


def request_id() -> str:
    """The id under which this request stands in log and audit."""
    return str(request.environ.get(REQUEST_ID, ""))


def origin() -> Origin:
    """Where this request came from. The address is the peer's; trusted proxies are the application's matter."""
    return Origin(
        address=request.remote_addr or "",
        browser=browser_id(),
        request_id=request_id(),
        device=device_label(request.headers.get("User-Agent", "")),
    )


def device_label(user_agent: str) -> str:
    """A coarse label for the owner's own list of sessions, e.g. ``Chrome / Android``; never the raw header."""
    found = [next((label for mark, label in table if mark in user_agent), "") for table in (_BROWSERS, _SYSTEMS)]
    return " / ".join(label for label in found if label)
