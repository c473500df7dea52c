"""A protocol request and answer as plain values: what every endpoint of this room takes and gives.

The request is Authlib's :class:`OAuth2Request` filled from parsed parameters, so Authlib's grants read it as it is.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from authlib.oauth2.rfc6749 import OAuth2Request
from authlib.oauth2.rfc6749.requests import BasicOAuth2Payload


class ProtocolRequest(OAuth2Request):
    """One request with parameters that were read by :mod:`idp.oidc.parameters`: no repeats, no odd characters.

    ``parameters`` are those of the query for GET and of the form for POST, never mixed. Header names are title-case.
    """

    def __init__(self, method: str, parameters: Mapping[str, str], headers: Mapping[str, str]) -> None:
        # Not super().__init__: it reads an environment variable to decide whether http is allowed. The settings decide.
        self.method = method
        self.uri = ""
        self.headers: Mapping[str, str] = headers
        self.parameters = parameters
        self.payload = BasicOAuth2Payload(dict(parameters))
        self.client = None
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
