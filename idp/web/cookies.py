"""The two cookies, by one set of rules: HttpOnly, SameSite=Lax, and over https Secure with the ``__Host-`` prefix.

``session``  the sign-in; its value is the store's token. Lax, because relying parties send the browser here by links.
``browser``  a random id of this browser: journeys and CSRF tokens are bound to it. It is Flask's signed session.
"""

from idp.settings import Settings

SESSION = "yht_session"
BROWSER = "yht_browser"


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


def clear_header(cookie: str, settings: Settings) -> str:
    """The Set-Cookie value that removes the cookie."""
    return f"{set_header(cookie, '', settings)}; Max-Age=0"
