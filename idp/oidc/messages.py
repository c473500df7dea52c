"""A protocol request and answer as plain values: what every endpoint of this room takes and gives.

The request is Authlib's :class:`OAuth2Request` filled from parsed parameters, so Authlib's grants read it as it is.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from authlib.oauth2.rfc6749 import OAuth2Request
from authlib.oauth2.rfc6749.requests import BasicOAuth2Payload

from idp.domain.client import Client


class ProtocolRequest(OAuth2Request):
    """One request with parameters that were read by :mod:`idp.oidc.parameters`: no repeats, no odd characters.

    ``parameters`` are those of the query for GET and of the form for POST, never mixed. ``headers`` are the few that
    are read here, by these names: ``Authorization``, ``DPoP``, ``Origin``, ``Accept``, and ``Client-Certificate`` where
    a trusted proxy hands one on. ``path`` is the endpoint's own; ``tail`` what stands behind it (a client identifier at
    the client configuration endpoint). ``json``: the body of an endpoint that takes JSON, None elsewhere. ``caller``:
    the client that it proved to come from, by its own authentication or by the access token that it shows. ``place``:
    where it came from, as budgets count it (:mod:`idp.domain.place`).
    """

    def __init__(
        self,
        method: str,
        parameters: Mapping[str, str],
        headers: Mapping[str, str],
        *,
        path: str = "",
        tail: str = "",
        json: Any = None,
        place: str = "",
    ) -> None:
        # Not super().__init__: it reads an environment variable to decide whether http is allowed. The settings decide.
        self.method = method
        self.uri = ""
        self.headers: Mapping[str, str] = headers
        self.parameters = parameters
        self.path = path
        self.tail = tail
        self.json = json
        self.place = place
        self.payload = BasicOAuth2Payload(dict(parameters))
        self.client = None
        self.caller: Client | None = None
        self.auth_method = None
        self.user = None
        self.authorization_code = None
        self.refresh_token = None
        self.credential = None
        self._scope = None
        self._body = None

    @property
    def form(self) -> Mapping[str, str]:  # type: ignore[override]  # read-only
        """The parameters of a POST; a GET has none here."""
        return self.parameters if self.method == "POST" else {}


@dataclass(frozen=True, slots=True)
class Answer:
    """What an endpoint decided: HTTP status, a JSON body (or none), further headers."""

    status: int
    body: Any = field(repr=False)
    headers: tuple[tuple[str, str], ...] = ()
