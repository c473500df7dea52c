"""GET and POST /logout (OpenID Connect RP-Initiated Logout 1.0).

A hint that belongs to the session in this browser signs out at once. Everything else asks the citizen first: a bare
link must not sign anybody out (logout CSRF). Nothing is followed that is not registered for the client, and where no
session was ended by the hint only the citizen goes there, by a button or a link.
"""

import hmac
from collections.abc import Mapping

from flask import Flask, redirect, render_template, request, url_for
from flask_wtf import CSRFProtect
from werkzeug.wrappers import Response

from idp.domain.audit_words import EndCause
from idp.domain.client import Clients
from idp.oidc import end_session
from idp.oidc.discovery import PATHS
from idp.oidc.end_session import EndSessionRequest, OAuth2Error
from idp.oidc.jws import HintReader
from idp.oidc.parameters import read
from idp.web.context import services
from idp.web.pages import browser, goodbye, journeys
from idp.web.pages.errors import render_error
from idp.web.pages.headers import allow_form_target
from idp.web.pages.languages import prefer

CARRIED = ("id_token_hint", "client_id", "post_logout_redirect_uri", "state", "ui_locales")


def mount(app: Flask, csrf: CSRFProtect, clients: Clients, hints: HintReader) -> None:
    """Mount the endpoint and its confirmation. The endpoint takes cross-site posts by its specification."""

    def logout() -> Response:
        try:
            asked = end_session.validate(clients, hints, _parameters())
        except OAuth2Error as error:
            return _refused(error)
        prefer(asked.ui_locales)
        found = browser.signed_in()
        if found is None:
            return _nobody(asked)
        token, session = found
        if not _belongs(asked, session.citizen_id):
            return _confirm(asked)
        return goodbye.say(journeys.end_session(token, EndCause.RELYING_PARTY), asked.address, asked.client)

    def confirmed() -> Response:
        try:
            asked = end_session.validate(clients, hints, {k: v for k in CARRIED if (v := request.form.get(k))})
        except OAuth2Error as error:
            return _refused(error)
        prefer(asked.ui_locales)
        found = browser.signed_in()
        ended = journeys.end_session(found[0], EndCause.RELYING_PARTY) if found is not None else None
        return goodbye.say(ended, asked.address, asked.client)

    app.add_url_rule(PATHS["end_session_endpoint"], "end_session", csrf.exempt(logout), methods=["GET", "POST"])
    app.add_url_rule(f"{PATHS['end_session_endpoint']}/confirm", "end_session_confirmed", confirmed, methods=["POST"])


def _parameters() -> Mapping[str, str]:
    return read(request.get_data() if request.method == "POST" else request.query_string)


def _refused(error: OAuth2Error) -> Response:
    return render_error(error.error or "invalid_request", status=400)


def _belongs(asked: EndSessionRequest, citizen_id: str) -> bool:
    """Whether the hint is about the citizen whose session this is (a hint of somebody else ends nobody's session)."""
    if asked.client is None or asked.sub is None:
        return False
    own = services().conductor.subject(citizen_id, asked.client)
    return own is not None and hmac.compare_digest(own, asked.sub)


def _confirm(asked: EndSessionRequest) -> Response:
    if asked.return_to is not None:
        allow_form_target(asked.return_to)
    source = request.form if request.method == "POST" else request.args
    page = render_template(
        "logout_confirm.html",
        client=asked.client,
        action=url_for("end_session_confirmed"),
        hidden={name: source[name] for name in CARRIED if name in source},
    )
    return Response(page, 200, mimetype="text/html")


def _nobody(asked: EndSessionRequest) -> Response:
    """Nobody is signed in here. A session that sleeps is ended by its own citizen's hint, for its relying parties are
    still to be told; a stranger's hint, in a link that he planted, ends nothing and leads nowhere by itself.
    """
    token = browser.session_token()
    owner = services().sessions.owner(token, now=services().clock.now()) if token else None
    if token and owner and _belongs(asked, owner):
        return goodbye.say(journeys.end_session(token, EndCause.RELYING_PARTY), asked.address, asked.client)
    return goodbye.ask(asked.address, asked.client) if asked.client else redirect(url_for("pages.signed_out"), 303)
