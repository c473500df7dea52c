"""Ends a journey at its client: the one place where pages hand an authorization response over."""

from collections.abc import Mapping
from typing import Final

from flask import Response, request
from werkzeug.wrappers import Response as AnyResponse

from idp.domain.authorization import AuthorizationRequest
from idp.domain.ports import Granted
from idp.journey.record import Journey
from idp.web import responses
from idp.web.browser_state import session_state
from idp.web.context import services
from idp.web.pages import elsewhere

ACCESS_DENIED: Final = "access_denied"
DENIED: Final = {"error": ACCESS_DENIED}


def refused(journey: Journey, parameters: Mapping[str, str] = DENIED) -> AnyResponse:
    """An error, at the client (RFC 6749 section 4.1.2.1); whoever asked elsewhere learns of it there."""
    assert journey.request is not None  # noqa: S101  only a request can be refused
    return elsewhere.refused(journey) if journey.waiting else to_client(journey.request, parameters)


def with_code(journey: Journey, granted: Granted) -> AnyResponse:
    """The code, at the client (RFC 6749 section 4.1.2); or kept for whoever asked elsewhere."""
    if journey.waiting:
        return elsewhere.approved(journey, granted)
    assert journey.request is not None  # noqa: S101  the conductor grants only for a request
    state = session_state(request.headers.get("Cookie", ""), services().settings, journey.request)
    return to_client(journey.request, {"code": granted.code, **state})


def to_client(request: AuthorizationRequest, parameters: Mapping[str, str]) -> Response:
    """The authorization response; ``state`` and ``iss`` are added where every way out is made."""
    answer = responses.to_client(request, services().settings.issuer, parameters)
    return Response(answer.body, answer.status, list(answer.headers))
