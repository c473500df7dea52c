"""Ends a journey at its client: the one place where pages hand an authorization response over."""

from collections.abc import Mapping
from typing import Final

from flask import Response

from idp.domain.authorization import AuthorizationRequest
from idp.domain.ports import Granted
from idp.journey.record import Journey
from idp.web.context import services
from idp.web.responses import client_redirect

ACCESS_DENIED: Final = "access_denied"


def with_code(journey: Journey, granted: Granted) -> Response:
    """The code, at the client (RFC 6749 section 4.1.2)."""
    assert journey.request is not None  # noqa: S101  the conductor grants only for a request
    return to_client(journey.request, {"code": granted.code})


def to_client(request: AuthorizationRequest, parameters: Mapping[str, str]) -> Response:
    """The authorization response; ``state`` and ``iss`` are added where every way out is made."""
    answer = client_redirect(request, services().settings.issuer, parameters)
    return Response(answer.body, answer.status, list(answer.headers))
