"""Which security events a client takes, and how: what it made of its stream itself, else what clients.yaml declares."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field

from idp.domain.client import Client
from idp.domain.event_stream import EventStream, StreamStatus
from idp.domain.ports import EventStreams, SecurityEventKind
from idp.oidc.security_events import EVENT_TYPES

TOLD = frozenset({StreamStatus.ENABLED, StreamStatus.PAUSED})


class BearerMissing(Exception):
    """No setting holds the bearer token that a client refers to."""


@dataclass(frozen=True, slots=True)
class Subscriptions:
    """See the module. ``bearers``: the tokens that clients.yaml refers to by name."""

    streams: EventStreams
    bearers: Mapping[str, str] = field(default_factory=dict, repr=False)

    def of(self, client: Client) -> EventStream | None:
        """The client's stream; None when it has none (any more). Raises StoreUnavailable."""
        kept = self.streams.of(client.client_id)
        if kept is not None:
            return None if kept.status is StreamStatus.DELETED else kept
        return declared(client)

    def takes(self, client: Client, kind: SecurityEventKind) -> bool:
        """Whether the client is to be told of events of this kind (at once, or when it goes on)."""
        stream = self.of(client)
        if stream is None or stream.status not in TOLD:
            return False
        return kind is SecurityEventKind.STREAM_VERIFIED or not stream.events or EVENT_TYPES[kind] in stream.events

    def bearer(self, stream: EventStream) -> str | None:
        """What goes with a push. Raises BearerMissing: what wants a token is never sent without one."""
        if stream.bearer_ref is None:
            return stream.bearer
        found = self.bearers.get(stream.bearer_ref)
        if found is None:
            raise BearerMissing
        return found


def declared(client: Client) -> EventStream | None:
    """The stream of clients.yaml. Its id is the client's own, and tells nothing."""
    endpoint = client.security_events
    if endpoint is None:
        return None
    stream_id = hashlib.sha256(f"stream {client.client_id}".encode()).hexdigest()[:32]
    return EventStream(stream_id, client.client_id, endpoint.uri, bearer_ref=endpoint.token_ref, events=endpoint.events)
