"""The frame that relying parties embed (OpenID Connect Session Management 1.0, section 3.2): a page with one script.

The only page of the house that others may put into a frame: it shows nothing, takes no input and answers one question,
"is this session_state still right here?", by digests. It is the same for everybody, so it may be cached.
"""

import hashlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from idp.oidc.messages import ProtocolRequest
from idp.settings import Settings
from idp.web import cookies
from idp.web.responses import PLAIN_SAFE, Response

SCRIPT: Final = "check-session.js"
ASSETS: Final = Path(__file__).parent / "static"
SECONDS: Final = 3600
PAGE: Final = (
    '<!doctype html><html lang="en"><meta charset="utf-8"><title>Session</title>'
    '<script src="{script}" data-cookie="{cookie}" defer></script></html>'
)


class CheckSession:
    """Answers GET of ``check_session_iframe``."""

    def __init__(self, settings: Settings) -> None:
        digest = hashlib.sha256((ASSETS / SCRIPT).read_bytes()).hexdigest()[:12]
        script = f"/assets/{SCRIPT}?v={digest}"
        # Anybody over TLS may embed it: hundreds of portals in one header would be longer than proxies take.
        embedders = "https:" if settings.secure_cookies else "http: https:"
        policy = (
            f"default-src 'none'; script-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors {embedders}"
        )
        self._answer = Response(
            200,
            (
                ("Content-Type", "text/html; charset=utf-8"),
                ("Content-Security-Policy", policy),
                ("Cache-Control", f"public, max-age={SECONDS}"),
                # A portal that isolates itself (COEP) may embed it too.
                ("Cross-Origin-Embedder-Policy", "require-corp"),
                ("Cross-Origin-Resource-Policy", "cross-origin"),
                *PLAIN_SAFE,
            ),
            PAGE.format(script=script, cookie=cookies.name(cookies.STATE, settings)).encode(),
        )

    def __call__(self, _message: ProtocolRequest, _environ: Mapping[str, Any]) -> Response:
        """The page."""
        return self._answer
