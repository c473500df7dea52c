"""POST /ssf/poll (RFC 8936): a client comes for its security events, and says which it has.

Every request is answered at once; nobody waits here (section 2.4 lets a transmitter end a long poll when it likes).
What was handed out comes again until it is acknowledged, with the same ``jti``.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from idp.domain.audit_words import Outcome
from idp.domain.client import Client
from idp.domain.event_stream import StreamStatus
from idp.domain.ports import Clock, SecurityEvents
from idp.oidc import shared_signals as words
from idp.oidc.messages import Answer, ProtocolRequest
from idp.oidc.security_events import SecurityEventTokens
from idp.web.entry import Result
from idp.web.event_delivery import EventDelivery
from idp.web.responses import as_json
from idp.web.stream_access import StreamAccess
from idp.web.subscriptions import Subscriptions


@dataclass(frozen=True, slots=True)
class EventPoll:
    """See the module."""

    access: StreamAccess
    subscriptions: Subscriptions
    events: SecurityEvents
    tokens: SecurityEventTokens
    delivery: EventDelivery
    clock: Clock

    def __call__(self, message: ProtocolRequest, _environ: Mapping[str, Any]) -> Result:
        """SETs by ``jti``, oldest first, and whether there are more (section 2.4.3). Raises OAuth2Error."""
        client = self.access.of(message, words.READ)
        asked = words.poll_request(message.json)
        stream = self.subscriptions.of(client)
        if stream is None or stream.uri is not None:
            raise words.StreamUnknownError(description="This client has no stream that is polled.")
        self._settle(client, asked)
        most = asked.most if stream.status is StreamStatus.ENABLED else 0
        found = self.events.waiting_for(client.client_id, limit=most + 1) if most else ()
        sets = {event.id: self.tokens.mint(client, event) for event in found[:most]}
        return as_json(Answer(200, {"sets": sets, "moreAvailable": len(found) > most}))

    def _settle(self, client: Client, asked: words.PollRequest) -> None:
        """What the client has, and what it will never take (sections 2.4.1 and 2.4.2), each written down once."""
        now = self.clock.now()
        for ids, taken, outcome in (
            (asked.taken, True, Outcome.OK),
            (asked.errors - asked.taken, False, Outcome.REFUSED),
        ):
            if ids:
                for event in self.events.settle(client.client_id, ids, taken=taken, now=now):
                    self.delivery.record(event, outcome, now)
