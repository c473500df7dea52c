"""Rich authorization requests (RFC 9396) of the one type spoken here, ``matter``: the service item at hand (事项).

One of them reads::

    {"type": "matter", "identifier": "11370000MB28", "name": "社会保险费缴纳", "locations": ["https://api.example/x"]}

``identifier`` is the item's code in the service catalogue, ``name`` how the portal calls it (shown to the citizen as
the portal's words), ``locations`` the protected resources it is for, which the client must be registered for (RFC
8707). Closed: a member that is not here is refused, as section 5 demands.
"""

import re
from collections.abc import Callable, Mapping
from typing import Any, Final

import orjson

from idp.domain.authorization import MATTER
from idp.domain.client import Client
from idp.oidc.errors import InvalidAuthorizationDetailsError

MAX_MATTERS: Final = 5
MAX_NAME: Final = 60
MAX_LOCATIONS: Final = 5
IDENTIFIER: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")
MEMBERS: Final = frozenset({"type", "identifier", "name", "locations"})


def read(text: str | None, client: Client) -> tuple[Mapping[str, Any], ...]:
    """The details of an ``authorization_details``; () without one. Raises InvalidAuthorizationDetailsError."""
    if text is None:
        return ()
    try:
        asked = orjson.loads(text)
    except orjson.JSONDecodeError:
        raise _refused("authorization_details is not JSON.") from None
    if not isinstance(asked, list) or not asked or not all(isinstance(each, dict) for each in asked):
        raise _refused("authorization_details must be an array of objects.")
    if len(asked) > MAX_MATTERS:
        raise _refused("authorization_details has too many members.")
    for each in asked:
        for check in CHECKS:
            check(each, client)
    if len({each["identifier"] for each in asked}) != len(asked):
        raise _refused("An identifier is repeated.")
    return tuple(asked)


def _type(it: Mapping[str, Any], client: Client) -> None:
    if it.get("type") != MATTER:
        raise _refused("The only type of authorization_details is matter.")
    if MATTER not in client.details_types:
        raise _refused("This client is not registered for the type matter: authorization_details_types.")


def _members(it: Mapping[str, Any], _: Client) -> None:
    if not it.keys() <= MEMBERS:
        raise _refused("A matter has type, identifier, name and locations, nothing else.")


def _identifier(it: Mapping[str, Any], _: Client) -> None:
    text = it.get("identifier")
    if not isinstance(text, str) or IDENTIFIER.fullmatch(text) is None:
        raise _refused("identifier must be 1 to 64 letters, digits, dots, hyphens or underscores.")


def _name(it: Mapping[str, Any], _: Client) -> None:
    """Printable: no character that turns the direction of a line or hides (it is shown beside our own words)."""
    name = it.get("name", "-")
    if not isinstance(name, str) or not 0 < len(name.strip()) <= len(name) <= MAX_NAME or not name.isprintable():
        raise _refused("name must be 1 to 60 printable characters.")


def _locations(it: Mapping[str, Any], client: Client) -> None:
    locations = it.get("locations", [""])
    if not isinstance(locations, list) or not 0 < len(locations) <= MAX_LOCATIONS:
        raise _refused("locations must be an array of 1 to 5 resources.")
    if "locations" in it and not all(isinstance(each, str) and each in client.resources for each in locations):
        raise _refused("A location is not among the resources registered for this client.")


CHECKS: Final[tuple[Callable[[Mapping[str, Any], Client], None], ...]] = (
    _type,
    _members,
    _identifier,
    _name,
    _locations,
)


def _refused(description: str) -> InvalidAuthorizationDetailsError:
    return InvalidAuthorizationDetailsError(description=description)
