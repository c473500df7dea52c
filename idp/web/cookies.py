"""The cookies. The first two by one set of rules: HttpOnly, SameSite=Lax, over https Secure and ``__Host-``.

``session``  the sign-in; its value is the store's token. Lax, because relying parties send the browser here by links.
``browser``  a random id of this browser: journeys and CSRF tokens are bound to it. It is Flask's signed session.
``state``    a random value for the script of our own frame in a portal's page (:mod:`idp.web.browser_state`): readable
             by it, and SameSite=None, or it would not reach a frame of another site. It opens nothing.
"""

from idp.settings import Settings

SESSION = "yht_session"
BROWSER = "yht_browser"
STATE = "yht_state"


def name(cookie: str, settings: Settings) -> str:
    """The cookie's name: ``__Host-`` keeps sibling hosts from planting it (RFC 6265bis section 4.1.3.2)."""
    return f"__Host-{cookie}" if settings.secure_cookies else cookie


def read(header: str, cookie_name: str) -> str | None:
    """One cookie of a Cookie header; None when absent, repeated or malformed."""
    if cookie_name not in header:
        return None
    values = [v for k, _, v in (part.strip().partition("=") for part in header.split(";")) if k == cookie_name]
    return values[0] if len(values) == 1 and values[0] and '"' not in values[0] else None


def set_header(cookie: str, value: str, settings: Settings) -> str:
    """The Set-Cookie value of a session cookie: no Domain, no lifetime (it ends with the browser)."""
    secure = "; Secure" if settings.secure_cookies else ""
    return f"{name(cookie, settings)}={value}; Path=/; HttpOnly; SameSite=Lax{secure}"


def state_header(value: str, settings: Settings) -> str:
    """The Set-Cookie value of the browser state. Without https no browser takes SameSite=None (development)."""
    rules = "Secure; SameSite=None" if settings.secure_cookies else "SameSite=Lax"
    return f"{name(STATE, settings)}={value}; Path=/; {rules}"


def clear_header(cookie: str, settings: Settings) -> str:
    """The Set-Cookie value that removes the cookie."""
    return f"{set_header(cookie, '', settings)}; Max-Age=0"
