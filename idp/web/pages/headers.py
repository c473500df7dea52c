"""The headers of every page: nothing is cached, framed or sniffed; only a camera and a sign-out have scripts.

``form-action`` is ``'self'`` and, on a journey's pages, the client's origin (or an upstream's): Chromium checks it also
for the redirect that follows a form (CSP Level 3, 6.4.1), and the journey ends with such a redirect.
"""

from collections.abc import Iterable
from typing import Final
from urllib.parse import urlsplit

from flask import Flask, Response, g, request

from idp.settings import Settings

POLICY: Final = (
    "default-src 'none'; style-src 'self'; img-src {images}; form-action {targets}; frame-ancestors 'none'; "
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
# What a signed-out page may do besides: load the sign-out addresses of these portals, and go on when they are loaded.
FRAMES_POLICY: Final = "; script-src 'self'; frame-src {origins}"
HSTS: Final = "max-age=31536000; includeSubDomains"
ASSET_LIFE: Final = "public, max-age=31536000, immutable"


def allow_form_target(url: str) -> None:
    """Let forms of this page end at the origin of ``url``, which MUST be a registered address."""
    g.setdefault("form_targets", set()).add(_origin(url))


def allow_upstream(url: str) -> None:
    """Let the button of this page lead to an upstream.

    Chromium checks every redirect that follows a form, and upstreams lead from their gateways to sign-in pages at other
    hosts: over TLS any of them may be next. The page has no field, and everything in it is escaped.
    """
    parts = urlsplit(url)
    target = "https:" if parts.scheme == "https" else f"{parts.scheme}://{parts.netloc}"
    g.setdefault("form_targets", set()).add(target)


def allow_image(url: str) -> None:
    """Let this page show pictures of the origin of ``url``, which MUST be a registered address."""
    g.setdefault("images", set()).add(_origin(url))


def allow_camera() -> None:
    """Let this page run the camera's script and ask for the camera."""
    g.camera = True


def allow_frames(urls: Iterable[str]) -> None:
    """Let this page load frames of exactly the origins of ``urls``, which MUST be registered addresses."""
    g.frames = {_origin(url) for url in urls}


def _origin(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}"


def mount(app: Flask, settings: Settings, assets: str) -> None:
    """Add the headers to every answer; one that an endpoint set itself stays."""

    def add(response: Response) -> Response:
        targets = " ".join(["'self'", *sorted(g.get("form_targets", ()))])
        policy = POLICY.format(targets=targets, images=" ".join(["'self'", "data:", *sorted(g.get("images", ()))]))
        if g.get("camera") and response.mimetype == "text/html":
            policy += CAMERA_POLICY
            response.headers["Permissions-Policy"] = CAMERA_PERMISSIONS
        if g.get("frames"):
            policy += FRAMES_POLICY.format(origins=" ".join(sorted(g.frames)))
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
