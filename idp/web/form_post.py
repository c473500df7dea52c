"""``response_mode=form_post`` (OAuth 2.0 Form Post Response Mode 1.0): a page that posts the answer to the client.

Written by hand, for it is a way out of the fast entry, where there are no templates: two elements, everything in them
escaped. The script that presses the button is a file of our own; without JavaScript a person presses it.
"""

from collections.abc import Mapping
from html import escape
from typing import Final
from urllib.parse import urlsplit

SCRIPT: Final = "/assets/form-post.js"
PAGE: Final = """<!doctype html>
<html lang="zh-CN">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>一号通</title>
<script src="{script}" defer></script>
</head>
<body>
<main>
<form method="post" action="{action}">
{fields}
<p>正在返回您要办事的平台。<br><span lang="en">Taking you back to the portal.</span></p>
<p><button>继续 <span lang="en">Go on</span></button></p>
</form>
</main>
</body>
</html>
"""
POLICY: Final = (
    "default-src 'none'; script-src 'self'; form-action {target}; frame-ancestors 'none'; base-uri 'none'; "
    "require-trusted-types-for 'script'"
)


def page(action: str, fields: Mapping[str, str]) -> bytes:
    """The page. ``action`` is a registered redirect URI."""
    hidden = "\n".join(
        f'<input type="hidden" name="{escape(name)}" value="{escape(value)}">' for name, value in fields.items()
    )
    return PAGE.format(script=SCRIPT, action=escape(action), fields=hidden).encode()


def headers(action: str) -> tuple[tuple[str, str], ...]:
    """Kept by nobody, framed by nobody (the code is in it); the form can go to the client's origin alone."""
    parts = urlsplit(action)
    return (
        ("Content-Type", "text/html; charset=utf-8"),
        ("Cache-Control", "no-store"),
        ("Pragma", "no-cache"),
        ("Content-Security-Policy", POLICY.format(target=f"{parts.scheme}://{parts.netloc}")),
        ("X-Frame-Options", "DENY"),
        ("X-Content-Type-Options", "nosniff"),
        ("Referrer-Policy", "no-referrer"),
    )
