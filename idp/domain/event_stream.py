"""A relying party's stream of security events: which it wants, how it takes them, and whether it does now."""

from dataclasses import dataclass, field
from enum import StrEnum


class StreamStatus(StrEnum):
    """Shared Signals Framework 1.0, section 8.1.2.1: told; kept until it is told again; not told at all.

    ``DELETED`` is our own: a stream that clients.yaml declares and its client has given up.
    """

    ENABLED = "enabled"
    PAUSED = "paused"
    DISABLED = "disabled"
    DELETED = "deleted"


@dataclass(frozen=True, slots=True)
class EventStream:
    """The one stream of a client. ``uri`` None: it comes for its events (RFC 8936), else they are pushed (RFC 8935).

    ``bearer`` goes with every push; ``bearer_ref`` names it where clients.yaml declares the stream. ``events``: wire
    event types; empty for every one. ``reason``: the client's own words about its status.
    """

    id: str
    client_id: str
    uri: str | None = None
    bearer: str | None = field(default=None, repr=False)
    bearer_ref: str | None = None
    events: frozenset[str] = frozenset()
    status: StreamStatus = StreamStatus.ENABLED
    reason: str = field(default="", repr=False)
    description: str = field(default="", repr=False)
