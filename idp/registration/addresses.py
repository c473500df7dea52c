"""Where a client that registers itself may send browsers and us, and whose ``sub`` it may see.

Texts of faults are constant ASCII, as in :mod:`idp.registration.dynamic`.
"""

from collections.abc import Collection, Iterator, Mapping
from typing import Any, Final
from urllib.parse import urlsplit

from idp.domain.client import GrantType
from idp.registration.policy import Policy
from idp.registration.words import LOOPBACK

# Every member whose value a browser is sent to or that we call; ``redirect_uris`` have an error of their own.
ADDRESSES: Final = (
    "post_logout_redirect_uris", "initiate_login_uri", "backchannel_logout_uri", "frontchannel_logout_uri",
    "client_uri", "logo_uri", "policy_uri", "tos_uri", "jwks_uri", "sector_identifier_uri",
    "backchannel_client_notification_endpoint",
)  # fmt: skip
# Their tokens come back without any redirect URI: what such a client redirects to says nothing of who it is.
WITHOUT_REDIRECT: Final = frozenset({GrantType.DEVICE_CODE.value, GrantType.CIBA.value})


def host_of(uri: str) -> str | None:
    """Its host in small letters; None without one."""
    try:
        return urlsplit(uri).hostname
    except ValueError:
        return None


def foreign(asked: Mapping[str, Any], policy: Policy) -> str | None:
    """The fault when an address leaves the hosts of the policy: a sign-out that ends at a phisher's page is an open
    redirect of ours, and ``jwks_uri`` a request of ours, as much as a callback.
    """
    for name in ADDRESSES:
        if policy.redirect_hosts and any(host_of(each) not in policy.redirect_hosts for each in _texts(asked, name)):
            return f"{name}: its host is not among those of the initial access token"
    return None


def unfit_sector(asked: Mapping[str, Any], grants: Collection[str]) -> str | None:
    """The fault of a sector document that proves nothing about this client (OpenID Connect Core 8.1).

    It proves that codes come back to its sector alone. Without redirect URIs any JSON array on a portal's host would
    do, for it lists all of none; and with a grant that needs none, a portal's redirect URIs could be repeated from its
    own, public document. Either would hand out the very ``sub`` under which that portal keeps a citizen's file.
    """
    if "sector_identifier_uri" not in asked:
        return None
    if not asked.get("redirect_uris"):
        return "sector_identifier_uri: needs redirect_uris"
    beside = WITHOUT_REDIRECT & set(grants)
    return "sector_identifier_uri: not beside the device or CIBA grant, whose sector is the client" if beside else None


def sector(client_id: str, asked: Mapping[str, Any], grants: Collection[str], policy: Policy) -> str | None:
    """The sector of a client that registers itself; None where the rules for every client decide.

    ``sub`` is pairwise so that no two portals can join their files. A client that names its own addresses could name a
    portal's host, and see that portal's ``sub`` wherever tokens reach it without a redirect: so the host counts only
    where codes come back by redirect alone, and an operator has named it in the policy or a checked
    ``sector_identifier_uri`` vouches for it. Loopback is nobody's host. Everybody else is a sector of its own.
    """
    hosts = {host_of(uri) for uri in asked.get("redirect_uris", ())}
    if WITHOUT_REDIRECT & set(grants):
        return client_id
    if "sector_identifier_uri" in asked or len(hosts) > 1:  # several hosts without a document are refused (Core 8.1)
        return None
    return None if hosts and hosts <= policy.redirect_hosts - LOOPBACK else client_id


def _texts(asked: Mapping[str, Any], name: str) -> Iterator[str]:
    """What the member holds; other types are refused by the model."""
    value = asked.get(name)
    yield from (each for each in (value if isinstance(value, list) else [value]) if isinstance(each, str))
