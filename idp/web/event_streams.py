"""The stream endpoints of the Shared Signals transmitter (OpenID Shared Signals Framework 1.0, sections 7 and 8.1).

A client has one stream: what clients.yaml declares, until the client makes it another. Who calls is a client, never a
citizen: by an access token of its own (client credentials, scope ``ssf.manage`` or ``ssf.read``), or by its secret
(``client_secret_basic``), as it is at the token endpoint.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from http import HTTPStatus
from typing import Any, Final

from idp.domain.client import Client
from idp.domain.event_stream import EventStream, StreamStatus
from idp.domain.ports import Clock, EventStreams, Limits, Randomness, SecurityEvent, SecurityEventKind, SecurityEvents
from idp.oidc import shared_signals as words
from idp.oidc.discovery import PATHS
from idp.oidc.messages import Answer, ProtocolRequest
from idp.oidc.security_events import SecurityEventTokens
from idp.oidc.shared_signals import MANAGE, READ
from idp.web.cors import Sharing
from idp.web.documents import Document
from idp.web.entry import Endpoint, Result
from idp.web.event_delivery import EventDelivery
from idp.web.event_poll import EventPoll
from idp.web.responses import NO_STORE, Response, as_json
from idp.web.stream_access import StreamAccess
from idp.web.subscriptions import Subscriptions

METADATA_SECONDS: Final = 3600
ID_BYTES: Final = 16
NOTHING: Final = Response(HTTPStatus.NO_CONTENT, NO_STORE)


@dataclass(frozen=True, slots=True)
class StreamEndpoints:
    """See the module. ``loopback``: this machine's own addresses may be pushed to (development)."""

    issuer: str
    access: StreamAccess
    subscriptions: Subscriptions
    streams: EventStreams
    events: SecurityEvents
    tokens: SecurityEventTokens
    delivery: EventDelivery
    limits: Limits
    clock: Clock
    randomness: Randomness
    loopback: bool

    def table(self) -> Mapping[str, Endpoint]:
        """Path -> endpoint."""
        metadata = words.metadata(self.issuer, PATHS["jwks_uri"])
        poll = EventPoll(self.access, self.subscriptions, self.events, self.tokens, self.delivery, self.clock)
        changing = frozenset({"GET", "POST", "PUT", "PATCH", "DELETE"})
        return {
            words.WELL_KNOWN: Endpoint(Document(lambda: metadata, seconds=METADATA_SECONDS), sharing=Sharing.PUBLIC),
            words.PATHS["configuration_endpoint"]: Endpoint(self.configuration, changing, json=True),
            words.PATHS["status_endpoint"]: Endpoint(self.status, frozenset({"GET", "POST"}), json=True),
            words.PATHS["verification_endpoint"]: Endpoint(self.verify, frozenset({"POST"}), json=True),
            words.POLL_PATH: Endpoint(poll, frozenset({"POST"}), json=True),
        }

    def configuration(self, message: ProtocolRequest, _environ: Mapping[str, Any]) -> Result:
        """Create, read, update, replace and delete (section 8.1.1). Raises OAuth2Error."""
        client = self.access.of(message, READ if message.method == "GET" else MANAGE)
        if message.method == "GET":
            return self._read(client, message)
        if message.method == "POST":
            return self._create(client, message.json)
        if message.method == "DELETE":
            self._keep(self._named(client, message.parameters), status=StreamStatus.DELETED)
            return NOTHING
        stream = self._named(client, message.json)
        whole = message.method == "PUT"
        changed = words.change(stream, message.json, loopback=self.loopback, whole=whole)
        return self._told(self._keep(changed))

    def status(self, message: ProtocolRequest, _environ: Mapping[str, Any]) -> Result:
        """Read or set it (section 8.1.2). Raises OAuth2Error."""
        reads = message.method == "GET"
        client = self.access.of(message, READ if reads else MANAGE)
        stream = self._named(client, message.parameters if reads else message.json)
        if not reads:
            stream = self._keep(words.change_status(stream, message.json))
        return as_json(Answer(HTTPStatus.OK, words.status(stream)))

    def verify(self, message: ProtocolRequest, _environ: Mapping[str, Any]) -> Result:
        """Send a verification event (section 8.1.4.2), once in a while. Raises OAuth2Error."""
        client, now = self.access.of(message, MANAGE), self.clock.now()
        stream, detail = self._named(client, message.json), words.verification(message.json)
        ends = now + words.VERIFICATION_SECONDS
        if not self.limits.take_once("stream.verified", client.client_id, now=now, expires_at=ends):
            raise words.TooSoonError(description="Wait min_verification_interval between verifications.")
        event_id = self.randomness.hex(ID_BYTES)
        event = SecurityEvent(event_id, client.client_id, "", SecurityEventKind.STREAM_VERIFIED, now, stream.id, detail)
        self.events.announce([event])
        self.delivery.wake()
        return NOTHING

    def _read(self, client: Client, message: ProtocolRequest) -> Result:
        """One stream, or without an id all there are (section 8.1.1.2)."""
        if "stream_id" in message.parameters:
            return self._told(self._named(client, message.parameters))
        stream = self.subscriptions.of(client)
        found = [] if stream is None else [words.configuration(stream, self.issuer)]
        return as_json(Answer(HTTPStatus.OK, found))

    def _create(self, client: Client, body: Any) -> Result:
        if self.subscriptions.of(client) is not None:
            raise words.StreamExistsError(description="This client has a stream already.")
        blank = EventStream(self.randomness.hex(ID_BYTES), client.client_id)
        stream = words.change(blank, body, loopback=self.loopback, whole=False)
        return self._told(self._keep(stream), HTTPStatus.CREATED)

    def _named(self, client: Client, named: Any) -> EventStream:
        """The client's stream, if the request means it. Raises StreamUnknownError."""
        stream = self.subscriptions.of(client)
        if stream is None or not isinstance(named, Mapping) or named.get("stream_id") != stream.id:
            raise words.StreamUnknownError(description="This client has no stream of this stream_id.")
        return stream

    def _keep(self, stream: EventStream, **changes: Any) -> EventStream:
        kept = replace(stream, **changes)
        self.streams.keep(kept, now=self.clock.now())
        if kept.status is not StreamStatus.PAUSED:  # what waits goes another way now, or no more
            self.events.hasten(kept.client_id, now=self.clock.now())
            self.delivery.wake()
        return kept

    def _told(self, stream: EventStream, http_status: int = HTTPStatus.OK) -> Result:
        return as_json(Answer(http_status, words.configuration(stream, self.issuer)))
