"""What the provider is built of: stores, secrets in use, the world outside. :func:`idp.app.create_app` takes them."""

from collections.abc import Callable
from dataclasses import dataclass, field

from idp.domain.capturing import CaptureJudge
from idp.domain.ports import (
    AccountLinks,
    AuditLog,
    ChannelStates,
    Citizens,
    Clock,
    Consents,
    Credentials,
    Documents,
    EventStreams,
    Expiries,
    Faces,
    FieldCipher,
    Grants,
    Guardianships,
    InitialTokens,
    Limits,
    Merges,
    OneTimeCodes,
    Outbox,
    ParkedEvents,
    Randomness,
    Records,
    RegisteredClients,
    SecurityEvents,
    Sessions,
    SmsGateway,
    Standings,
    WaitingRequests,
)
from idp.oidc.keys import SigningKeys
from idp.people.ports import PasswordHasher, Totp
from idp.web.approval_notices import Ping
from idp.web.couriers import Post, Push


@dataclass(frozen=True, slots=True)
class Stores:
    """Implementations of the store ports."""

    journeys: Records
    attempts: Records
    linking: Records
    setups: Records
    captures: Records
    handovers: Records
    pushed: Records
    waiting: WaitingRequests
    user_codes: Records
    codes: OneTimeCodes
    limits: Limits
    sessions: Sessions
    grants: Grants
    outbox: Outbox
    channel_states: ChannelStates
    citizens: Citizens
    credentials: Credentials
    faces: Faces
    consents: Consents
    merges: Merges
    guardianships: Guardianships
    guardian_codes: Records
    account_links: AccountLinks
    audit: AuditLog
    events: SecurityEvents
    registered_clients: RegisteredClients
    initial_tokens: InitialTokens
    parked_events: ParkedEvents
    event_streams: EventStreams
    expiries: Expiries
    standings: Standings


@dataclass(frozen=True, slots=True)
class Vault:
    """Secrets in use. ``records`` seals what Redis holds; ``cookie_secret`` signs the browser cookie."""

    records: FieldCipher
    keys: SigningKeys
    passwords: PasswordHasher
    totp: Totp
    cookie_secret: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class World:
    """What is outside: time, randomness, text messages, the way to call clients, and whether the stores answer.

    ``documents``: fetches what clients publish.

    ``judge``: who decides whether a live person is before the camera; without one no channel looks at a face itself.
    ``ping``: the way to ping clients; without one they poll.
    """

    clock: Clock
    randomness: Randomness
    sms: SmsGateway
    post: Post
    push: Push
    ready: Callable[[], bool]
    documents: Documents
    judge: CaptureJudge | None = None
    ping: Ping | None = None
