"""GET and POST /logout (OpenID Connect RP-Initiated Logout 1.0).

A hint that belongs to the session in this browser signs out at once. Everything else asks the citizen first: a bare
link must not sign anybody out (logout CSRF). Nothing is followed that is not registered for the hint's own client.
"""

import hmac
from collections.abc import Mapping
from urllib.parse import quote

from flask import Flask, redirect, render_template, request, url_for
from flask_wtf import CSRFProtect
from werkzeug.wrappers import Response

from idp.domain.audit_words import EndCause
from idp.domain.client import Clients
from idp.domain.ports import SessionFacts
from idp.oidc import end_session
from idp.oidc.discovery import PATHS
from idp.oidc.end_session import EndSessionRequest, OAuth2Error
from idp.oidc.jws import HintReader
from idp.oidc.parameters import read
from idp.web.context import services
from idp.web.pages import browser, journeys
from idp.web.pages.errors import render_error
from idp.web.pages.headers import allow_form_target

CARRIED = ("id_token_hint", "client_id", "post_logout_redirect_uri", "state")


def mount(app: Flask, csrf: CSRFProtect, clients: Clients, hints: HintReader) -> None:
    """Mount the endpoint and its confirmation. The endpoint takes cross-site posts by its specification."""

    def logout() -> Response:
        try:
            asked = end_session.validate(clients, hints, _parameters())
        except OAuth2Error as error:
            return _refused(error)
        found = browser.signed_in()
        if found is None:
            return _back(asked)
        token, session = found
        if not _belongs(asked, session):
            return _confirm(asked)
        journeys.end_session(token, EndCause.RELYING_PARTY)
        return _signed_out(asked)

    def confirmed() -> Response:
        try:
            asked = end_session.validate(clients, hints, {k: v for k in CARRIED if (v := request.form.get(k))})
        except OAuth2Error as error:
            return _refused(error)
        found = browser.signed_in()
        if found is not None:
            journeys.end_session(found[0], EndCause.RELYING_PARTY)
        return _signed_out(asked)

    app.add_url_rule(PATHS["end_session_endpoint"], "end_session", csrf.exempt(logout), methods=["GET", "POST"])
    app.add_url_rule(f"{PATHS['end_session_endpoint']}/confirm", "end_session_confirmed", confirmed, methods=["POST"])


def _parameters() -> Mapping[str, str]:
    return read(request.get_data() if request.method == "POST" else request.query_string)


def _refused(error: OAuth2Error) -> Response:
    return render_error(error.error or "invalid_request", status=400)


def _belongs(asked: EndSessionRequest, session: SessionFacts) -> bool:
    """Whether the hint is about the citizen signed in here (a hint of somebody else ends nobody's session)."""
    if asked.client is None or asked.sub is None:
        return False
    own = services().conductor.subject(session.citizen_id, asked.client)
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


def _signed_out(asked: EndSessionRequest) -> Response:
    response = journeys.drop_token(_back(asked))
    browser.forget()
    return response


def _back(asked: EndSessionRequest) -> Response:
    """To the relying party, with its state; else to our own page."""
    if asked.return_to is None:
        return redirect(url_for("pages.signed_out"), 303)
    if asked.state is None:
        return redirect(asked.return_to, 303)
    separator = "&" if "?" in asked.return_to else "?"
    return redirect(f"{asked.return_to}{separator}state={quote(asked.state, safe='')}", 303)
