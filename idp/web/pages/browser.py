"""Facts about the browser that sends this request, kept in Flask's signed session: never anything personal in it.

The *browser id* binds journeys and one-time codes to one browser, and lets an account's own browsers be told from
strangers' when tries are counted; so it lives for ninety days. It gives no rights. What does (the sign-in's token, the
CSRF secret) is new at every sign-in: a value planted before is worth nothing after (session fixation, CVE-2024-7341).
"""

from typing import Final

from flask import g, request, session

from idp.domain.place import place
from idp.domain.ports import SessionFacts
from idp.people.origin import Origin
from idp.web import cookies
from idp.web.context import services
from idp.web.entry import REQUEST_ID

BROWSER: Final = "browser"
LANGUAGE: Final = "language"
ELDER: Final = "elder"
KNOWN_NUMBER: Final = "known_number"
_KEPT: Final = (BROWSER, LANGUAGE, ELDER)

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


def known_browser_id() -> str | None:
    """This browser's id, or None when it sent no valid cookie."""
    known = session.get(BROWSER)
    return known if isinstance(known, str) else None


def browser_id() -> str:
    """This browser's id; a new one is made and set when it has none."""
    known = known_browser_id()
    if known is None:
        known = session[BROWSER] = services().randomness.token(16)
        session.permanent = True
    return known


def forget() -> None:
    """At sign-in and sign-out: forget all but the browser's id, language and type size; a new CSRF secret follows."""
    kept = {name: session[name] for name in _KEPT if name in session}
    session.clear()
    session.update(kept)
    session.permanent = True
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
    """Where this request came from. The address is the peer's place; trusted proxies are the application's matter."""
    return Origin(
        address=place(request.remote_addr or ""),
        browser=browser_id(),
        request_id=request_id(),
        device=device_label(request.headers.get("User-Agent", "")),
    )


def device_label(user_agent: str) -> str:
    """A coarse label for the owner's own list of sessions, e.g. ``Chrome / Android``; never the raw header."""
    found = [next((label for mark, label in table if mark in user_agent), "") for table in (_BROWSERS, _SYSTEMS)]
    return " / ".join(label for label in found if label)
