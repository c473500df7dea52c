"""Resource indicators (RFC 8707): for which protected resources a client wants its tokens."""

from typing import Final
from urllib.parse import urlsplit

from idp.domain.client import Client
from idp.oidc.errors import InvalidTargetError
from idp.oidc.parameters import BETWEEN

MAX_RESOURCES: Final = 10


def read(text: str | None, client: Client) -> tuple[str, ...]:
    """The resources of a ``resource`` parameter, each once, in the order asked; () without one.

    Raises InvalidTargetError for too many, for what is no absolute URI without a fragment (section 2), and for one that
    the client is not registered for: compared byte for byte.
    """
    if text is None:
        return ()
    asked = tuple(dict.fromkeys(text.split(BETWEEN)))
    if len(asked) > MAX_RESOURCES:
        raise InvalidTargetError(description="Too many resources.")
    for each in asked:
        if not _absolute(each):
            raise InvalidTargetError(description="resource must be an absolute URI without a fragment.")
        if each not in client.resources:
            raise InvalidTargetError(description="A resource is not among the resources registered for this client.")
    return asked


def _absolute(uri: str) -> bool:
    try:
        parts = urlsplit(uri)
    except ValueError:  # a broken IPv6 host
        return False
    return bool(parts.scheme and (parts.netloc or parts.path)) and "#" not in uri
