"""Front-channel logout (OpenID Connect Front-Channel Logout 1.0): which addresses a signed-out page loads, for whom."""

from collections.abc import Iterable
from urllib.parse import urlencode

from idp.domain.client import Client, Clients
from idp.domain.ports import EndedSession


def addresses(clients: Clients, issuer: str, ended: Iterable[EndedSession]) -> tuple[tuple[Client, str], ...]:
    """(client, address) for every relying party of the sessions that wants to be told by the browser.

    ``iss`` and ``sid`` are added for a client that registered ``frontchannel_logout_session_required`` (section 3).
    """
    return tuple(
        (client, _address(client.frontchannel_logout_uri, client, issuer, sid))
        for session in ended
        for client_id, _sub, sid in session.relying_parties
        if (client := clients.get(client_id)) is not None and client.frontchannel_logout_uri is not None
    )


def _address(registered: str, client: Client, issuer: str, sid: str) -> str:
    if not client.frontchannel_session_required:
        return registered
    separator = "&" if "?" in registered else "?"
    return f"{registered}{separator}{urlencode({'iss': issuer, 'sid': sid})}"
