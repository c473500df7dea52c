"""What of a grant still stands: an approval that is withdrawn from a registration is withdrawn from live grants too.

A grant may live for years by its refresh token. So its scopes, resources and kinds of details are held against the
registration of now wherever a token is minted or opened, and no store is searched when a registration changes.
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from idp.domain.client import Client
from idp.domain.ports import Grant


def as_registered(grant: Grant, client: Client) -> Grant:
    """The grant, with what its ``client`` is registered for now; given back to the client, it stands again."""
    return replace(
        grant,
        scope=tuple(each for each in grant.scope if each in client.scopes),
        resources=tuple(each for each in grant.resources if each in client.resources),
        details=tuple(each for each in grant.details if _approved(each, client)),
    )


def _approved(detail: Mapping[str, Any], client: Client) -> bool:
    return detail.get("type") in client.details_types
