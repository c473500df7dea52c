"""The headers of every page: nothing is cached, framed or sniffed, and only a page with a camera has scripts.

``form-action`` is ``'self'`` and, on a journey's pages, the client's origin (or an upstream's): Chromium checks it also
for the redirect that follows a form (CSP Level 3, 6.4.1), and the journey ends with such a redirect.
"""

from typing import Final
from urllib.parse import urlsplit

from flask import Flask, Response, g, request

from idp.settings import Settings

POLICY: Final = (
    "default-src 'none'; style-src 'self'; img-src 'self' data:; form-action {targets}; frame-ancestors 'none'; "
    "base-uri 'none'"
)
FIXED: Final = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "X-Frame-Options": "DENY",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=(), payment=(), usb=()",
}
# What a page with a camera may do besides: run the site's own scripts, talk to the site, show what the camera sees.
CAMERA_POLICY: Final = "; script-src 'self'; connect-src 'self'; media-src 'self' blob:; worker-src 'none'"
CAMERA_PERMISSIONS: Final = FIXED["Permissions-Policy"].replace("camera=()", "camera=(self)")
HSTS: Final = "max-age=31536000; includeSubDomains"
ASSET_LIFE: Final = "public, max-age=31536000, immutable"


def allow_form_target(url: str) -> None:
    """Let forms of this page end at the origin of ``url``, which MUST be a registered address."""
    parts = urlsplit(url)
    g.setdefault("form_targets", set()).add(f"{parts.scheme}://{parts.netloc}")


def allow_upstream(url: str) -> None:
    """Let the button of this page lead to an upstream.

    Chromium checks every redirect that follows a form, and upstreams lead from their gateways to sign-in pages at other
    hosts: over TLS any of them may be next. The page has no field, and everything in it is escaped.
    """
    parts = urlsplit(url)
    target = "https:" if parts.scheme == "https" else f"{parts.scheme}://{parts.netloc}"
    g.setdefault("form_targets", set()).add(target)


def allow_camera() -> None:
    """Let this page run the camera's script and ask for the camera."""
    g.camera = True


def mount(app: Flask, settings: Settings, assets: str) -> None:
    """Add the headers to every answer; one that an endpoint set itself stays."""

    def add(response: Response) -> Response:
        targets = " ".join(["'self'", *sorted(g.get("form_targets", ()))])
        policy = POLICY.format(targets=targets)
        if g.get("camera") and response.mimetype == "text/html":
            policy += CAMERA_POLICY
            response.headers["Permissions-Policy"] = CAMERA_PERMISSIONS
        response.headers.setdefault("Content-Security-Policy", policy)
        for name, value in FIXED.items():
            response.headers.setdefault(name, value)
        if settings.secure_cookies:
            response.headers.setdefault("Strict-Transport-Security", HSTS)
        asset = request.endpoint == assets and response.status_code in {200, 304}
        if asset:
            # A script imports its parts by name alone: what has no digest in its address is asked about each time.
            response.headers["Cache-Control"] = ASSET_LIFE if "v" in request.args else "no-cache"
        else:
            response.headers.setdefault("Cache-Control", "no-store")
        return response

    app.after_request(add)
