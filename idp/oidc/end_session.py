"""RP-initiated logout (OpenID Connect RP-Initiated Logout 1.0): reading the request.

Nothing is followed that is not registered for the very client that the hint names. A valid hint that belongs to the
session in this browser signs out at once; anything else asks the citizen first (a bare link must not sign anybody out).
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import quote

from authlib.oauth2 import OAuth2Error
from authlib.oauth2.rfc6749 import InvalidRequestError

from idp.domain.client import Client, Clients
from idp.oidc.jws import HintReader


@dataclass(frozen=True, slots=True)
class EndSessionRequest:
    """What a relying party asks. ``sub`` and ``sid`` are the hint's; ``return_to`` is registered for ``client``.

    ``logout_hint`` (section 2) is not read: whose session it is, a cookie and the hint show better.
    """

    client: Client | None = None
    sub: str | None = None
    sid: str | None = None
    return_to: str | None = field(default=None, repr=False)
    state: str | None = field(default=None, repr=False)
    ui_locales: tuple[str, ...] = ()

    @property
    def address(self) -> str:
        """``return_to`` with ``state``, as it goes to the browser; empty without one."""
        if self.return_to is None or self.state is None:
            return self.return_to or ""
        return f"{self.return_to}{'&' if '?' in self.return_to else '?'}state={quote(self.state, safe='')}"


def validate(clients: Clients, hints: HintReader, parameters: Mapping[str, str]) -> EndSessionRequest:
    """The validated request. Raises OAuth2Error (invalid_request) for a page: none of these errors redirects.

    A ``post_logout_redirect_uri`` needs a hint or a ``client_id`` that names its owner (section 3); with only
    ``client_id`` the citizen is asked, as there is no hint that shows whose session is meant.
    """
    hint = parameters.get("id_token_hint")
    claims = hints.read(hint) if hint else {}
    client_id = claims.get("aud") or parameters.get("client_id")
    if hint and parameters.get("client_id", client_id) != client_id:
        raise InvalidRequestError("client_id differs from the audience of id_token_hint.")
    client = clients.get(client_id) if isinstance(client_id, str) else None
    if client_id is not None and client is None:
        raise InvalidRequestError("client_id is unknown.")
    return_to = parameters.get("post_logout_redirect_uri")
    if return_to is not None and (client is None or return_to not in client.post_logout_redirect_uris):
        raise InvalidRequestError("post_logout_redirect_uri is not registered for this client.")
    return EndSessionRequest(
        client=client,
        sub=claims.get("sub"),
        sid=claims.get("sid"),
        return_to=return_to,
        state=parameters.get("state") if return_to else None,
        ui_locales=tuple(parameters.get("ui_locales", "").split()),
    )


__all__ = ["EndSessionRequest", "OAuth2Error", "validate"]
