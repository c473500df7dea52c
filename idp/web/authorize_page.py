"""What /authorize shows when it must show something: the beginning of a journey, or an error that goes to nobody."""

from typing import Any

from flask import Flask, request
from flask_wtf import CSRFProtect
from werkzeug.wrappers import Response

from idp.domain.authorization import AuthorizationRequest
from idp.oidc.authorize import PageError
from idp.oidc.discovery import PATHS
from idp.web.entry import PAGE
from idp.web.pages import journeys
from idp.web.pages.errors import render_error


def mount(app: Flask, csrf: CSRFProtect) -> None:
    """Mount the page behind the authorization endpoint; a relying party may post to it (Core 3.1.2.1)."""

    def authorize() -> Response:
        found = request.environ.get(PAGE)
        if isinstance(found, AuthorizationRequest):
            return journeys.begin(found)
        if isinstance(found, PageError):
            return render_error(found.code, client=found.client, status=400, for_developers=_to_change(found))
        return _other(found)

    app.add_url_rule(PATHS["authorization_endpoint"], "authorize", csrf.exempt(authorize), methods=["GET", "POST"])


def _to_change(error: PageError) -> str:
    """Which client, and what of it in clients.yaml: for whoever sets up a relying party."""
    where = f"client {error.client.client_id} in clients.yaml" if error.client else "clients.yaml"
    return f"{error.description} ({where})"


def _other(error: Any) -> Response:
    """An OAuth error of reading the request: no client is known yet."""
    code, status = getattr(error, "error", "server_error"), getattr(error, "status_code", 500)
    description = getattr(error, "description", None) or ""
    return render_error(str(code), status=int(status), for_developers=str(description))
