"""The portal's pages and its back-channel logout endpoint, as a Flask application."""

import datetime
import logging
import secrets
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from flask import Flask, Response, g, jsonify, redirect, render_template, request, url_for
from werkzeug.exceptions import HTTPException
from werkzeug.wrappers import Response as AnyResponse

from examples.portal.facts import PortalAddresses, PortalFacts
from examples.portal.logout_token import LogoutRefused, LogoutTokens
from examples.portal.relying_party import RelyingParty, SignInFailed
from examples.portal.security_events import (
    ENDS_EVERY_SESSION,
    LEVEL_CHANGED,
    MEDIA_TYPE,
    EventRefused,
    Heard,
    SecurityEvents,
)
from examples.portal.sessions import PENDING_SECONDS, LocalSession, Sessions
from examples.portal.texts import CHINESE, CLAIMS, ENGLISH, ERRORS, INTRODUCTIONS, TIMES, TITLES, WORDS

log = logging.getLogger(__name__)
LARGEST_FORM = 32 * 1024  # bytes
TIME_ZONE = ZoneInfo("Asia/Shanghai")
NEIGHBOURS = {"hall": "insurance", "insurance": "hall"}


def create_portal(facts: PortalFacts, addresses: PortalAddresses, *, clock: Callable[[], float]) -> Flask:
    """The WSGI application of one portal. ``clock`` gives seconds since the epoch."""
    app = Flask(__name__)
    app.config["MAX_CONTENT_LENGTH"] = LARGEST_FORM
    party = RelyingParty(facts, addresses)
    portal = _Portal(
        facts=facts,
        addresses=addresses,
        party=party,
        sessions=Sessions(clock, party.forget),
        logout_tokens=LogoutTokens(
            keys=party.keys,
            issuer=addresses.issuer,
            client_id=facts.client_id,
            alg=facts.signing_alg,
            clock=clock,
        ),
        security_events=SecurityEvents(
            keys=party.keys,
            issuer=addresses.issuer,
            client_id=facts.client_id,
            alg=facts.signing_alg,
            clock=clock,
        ),
    )
    app.add_url_rule("/", "home", portal.home)
    app.add_url_rule("/sign-in", "sign_in", portal.sign_in)
    app.add_url_rule("/callback", "callback", portal.callback)
    app.add_url_rule("/sign-out", "sign_out", portal.sign_out, methods=["POST"])
    app.add_url_rule("/signed-out", "signed_out", portal.signed_out)
    app.add_url_rule("/backchannel-logout", "backchannel_logout", portal.backchannel_logout, methods=["POST"])
    app.add_url_rule("/security-events", "security_events", portal.security_events, methods=["POST"])
    app.add_url_rule("/language/<locale>", "language", portal.language)
    app.before_request(portal.read_cookies)
    app.after_request(portal.protect)
    app.register_error_handler(SignInFailed, portal.sign_in_failed)
    app.register_error_handler(HTTPException, portal.http_error)
    app.context_processor(portal.page_words)
    app.jinja_env.globals["rows"] = portal.rows
    return app


class _Portal:
    """The endpoints. One object per process."""

    def __init__(
        self,
        *,
        facts: PortalFacts,
        addresses: PortalAddresses,
        party: RelyingParty,
        sessions: Sessions,
        logout_tokens: LogoutTokens,
        security_events: SecurityEvents,
    ) -> None:
        self._facts = facts
        self._addresses = addresses
        self._party = party
        self._sessions = sessions
        self._logout_tokens = logout_tokens
        self._security_events = security_events

    # ---- endpoints --------------------------------------------------------------------------------------------------

    def home(self) -> str:
        """Who is signed in and what the provider said, or the way in."""
        session: LocalSession | None = g.session
        return render_template("home.html", person=session.person if session else None, session=session)

    def sign_in(self) -> AnyResponse:
        """To the provider. Also the address where others start a sign-in (OpenID Connect Core section 4)."""
        if request.args.get("iss", self._addresses.issuer) != self._addresses.issuer:
            raise SignInFailed("wrong_issuer")
        state, url = self._party.begin(locale=g.locale, login_hint=request.args.get("login_hint"))
        browser = request.cookies.get(self._cookie("browser")) or secrets.token_urlsafe(32)
        self._sessions.expect(state, browser)
        answer = redirect(url, 303)
        self._set_cookie(answer, "browser", browser, PENDING_SECONDS)
        return answer

    def callback(self) -> AnyResponse:
        """Back from the provider: check everything, then open the local session under a new cookie value."""
        parameters = list(request.args.items(multi=True))
        state, browser = request.args.get("state", ""), request.cookies.get(self._cookie("browser"), "")
        if not self._sessions.arrive(state, browser):
            raise SignInFailed("unknown_sign_in")
        try:
            person = self._party.finish(parameters)
        except SignInFailed:
            self._party.forget(state)
            raise
        self._sessions.end(request.cookies.get(self._cookie("session"), ""))
        answer = redirect(url_for("home"), 303)
        self._set_cookie(answer, "session", self._sessions.open(person), None)
        return answer

    def sign_out(self) -> AnyResponse:
        """End the session here, then everywhere."""
        session: LocalSession | None = g.session
        if session is None:
            return redirect(url_for("signed_out"), 303)
        if not secrets.compare_digest(request.form.get("form_key", "").encode(), session.form_key.encode()):
            return self._error("form_expired", 403)
        url = self._party.sign_out_url(session.person)
        self._sessions.end(request.cookies[self._cookie("session")])
        answer = redirect(url, 303)
        answer.delete_cookie(self._cookie("session"))
        return answer

    def signed_out(self) -> str:
        """Where the provider returns to."""
        return render_template("signed_out.html")

    def backchannel_logout(self) -> tuple[Response, int]:
        """The provider says that a session is over (Back-Channel Logout 1.0 section 2.5 and 2.8)."""
        tokens = request.form.getlist("logout_token")
        try:
            ended = self._logout_tokens.verify(tokens[0] if len(tokens) == 1 else "")
        except LogoutRefused as refusal:
            return jsonify(error="invalid_request", error_description=str(refusal)), 400
        except SignInFailed:  # the provider's keys cannot be had: it should try again
            return jsonify(error="temporarily_unavailable"), 503
        self._sessions.end_where(sub=ended.sub, sid=ended.sid)
        return jsonify({}), 200

    def security_events(self) -> tuple[Response, int]:
        """The provider says what happened to an account (RFC 8935 sections 2.2 and 2.3)."""
        try:
            body = request.get_data().decode("ascii", errors="replace")
            heard = self._security_events.verify(body if request.mimetype == MEDIA_TYPE else "")
        except EventRefused as refusal:
            return jsonify(err=refusal.code, description=str(refusal)), 400
        except SignInFailed:  # the provider's keys cannot be had: it should try again
            return jsonify(), 503
        if not heard.known:
            self._act_on(heard)
        return jsonify(), 202

    def _act_on(self, heard: Heard) -> None:
        """What this portal does about an event; others it has no use for."""
        if heard.kind in ENDS_EVERY_SESSION:
            self._sessions.end_where(sub=heard.sub, sid=None)
        elif heard.kind == LEVEL_CHANGED:
            level, at = heard.payload.get("current_level"), heard.payload.get("event_timestamp")
            if isinstance(level, str) and isinstance(at, int | float):
                self._sessions.note_level(sub=heard.sub, acr=level, at=at)

    def language(self, locale: str) -> AnyResponse:
        """Change the language and go back to a page of this portal."""
        back = request.args.get("back", "/")
        own = back if back in {"/", "/signed-out"} else "/"
        answer = redirect(own, 303)
        if locale in WORDS:
            self._set_cookie(answer, "language", locale, 365 * 86400.0)
        return answer

    # ---- around every request ---------------------------------------------------------------------------------------

    def read_cookies(self) -> None:
        """The local session and the language of this browser."""
        g.session = self._sessions.read(request.cookies.get(self._cookie("session"), ""))
        chosen = request.cookies.get(self._cookie("language"))
        g.locale = chosen if chosen in WORDS else request.accept_languages.best_match([CHINESE, "zh", ENGLISH], CHINESE)
        g.locale = CHINESE if g.locale == "zh" else g.locale

    def protect(self, answer: Response) -> Response:
        """No script, no frame, nothing stored; forms lead here and, redirected, to the provider."""
        issuer = urlsplit(self._addresses.issuer)
        answer.headers["Content-Security-Policy"] = (
            "default-src 'none'; style-src 'self'; base-uri 'none'; frame-ancestors 'none'; "
            f"form-action 'self' {issuer.scheme}://{issuer.netloc}"
        )
        answer.headers["X-Content-Type-Options"] = "nosniff"
        answer.headers["Referrer-Policy"] = "same-origin"
        answer.headers["Permissions-Policy"] = "camera=(), microphone=(), geolocation=()"
        if request.endpoint != "static":
            answer.headers["Cache-Control"] = "no-store"
        return answer

    def sign_in_failed(self, failure: SignInFailed) -> AnyResponse:
        """The error page: which code, and what to do. The log names the kind of fault, never what was answered."""
        log.warning("sign-in failed: %.64r (%s)", failure.code, type(failure.__cause__ or failure).__name__)
        return self._error(failure.code, 503 if failure.code == "provider_unreachable" else 400)

    def http_error(self, error: HTTPException) -> AnyResponse:
        """A page in the visitor's language for what Flask refuses by itself."""
        page = render_template("not_found.html", code=error.code)
        return Response(page, error.code or 500, content_type="text/html; charset=utf-8")

    def page_words(self) -> dict[str, Any]:
        """What every template needs."""
        key = self._facts.key
        return {
            "t": WORDS[g.locale],
            "locale": g.locale,
            "other_locale": ENGLISH if g.locale == CHINESE else CHINESE,
            "title": TITLES[key][g.locale],
            "introduction": INTRODUCTIONS[key][g.locale],
            "neighbour_title": TITLES[NEIGHBOURS[key]][g.locale],
            "neighbour_url": f"{self._addresses.neighbour}/sign-in",
            "portal_key": key,
        }

    def rows(self, claims: Mapping[str, object]) -> list[tuple[str, str, str]]:
        """Claims as rows of name, meaning and value, the best known first."""
        order = list(CLAIMS)
        names = sorted(claims, key=lambda name: (order.index(name) if name in order else len(order), name))
        return [(name, CLAIMS.get(name, {}).get(g.locale, ""), _shown(name, claims[name])) for name in names]

    # ---- small things -----------------------------------------------------------------------------------------------

    def _error(self, code: str, status: int) -> AnyResponse:
        advice = ERRORS.get(code, ERRORS["other"])[g.locale]
        page = render_template("error.html", code=code[:64], advice=advice)
        return Response(page, status, content_type="text/html; charset=utf-8")

    def _cookie(self, purpose: str) -> str:
        return f"{self._facts.key}_{purpose}"

    def _set_cookie(self, answer: AnyResponse, purpose: str, value: str, seconds: float | None) -> None:
        answer.set_cookie(
            self._cookie(purpose),
            value,
            max_age=None if seconds is None else int(seconds),
            httponly=True,
            samesite="Lax",
            secure=self._addresses.own.startswith("https:"),
        )


def _shown(name: str, value: object) -> str:
    if name in TIMES and isinstance(value, int | float):
        moment = datetime.datetime.fromtimestamp(value, TIME_ZONE)
        return f"{moment:%Y-%m-%d %H:%M:%S} ({value:.0f})"
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)
