"""What the rooms need from the world: time, randomness, ciphers, and the two kinds of store.

*What expires* (journeys, attempts, codes sent, limits, sessions, grants) and *what lasts* (citizens, credentials,
evidence, consents, audit). Rooms see these protocols and never Redis or SQL; each implementation inherits one suite
(``tests/contract/store.py``). Every method may raise :class:`~idp.domain.errors.StoreUnavailable`; none may return a
value that it is not sure of. Times are seconds since the epoch, UTC. Expiry is checked at use against ``now``.
"""

from idp.domain.ports.announcing import (
    DueEvent,
    EventState,
    Expiries,
    KeptEvent,
    SecurityEvent,
    SecurityEventKind,
    SecurityEvents,
)
from idp.domain.ports.auditing import AuditEntry, AuditLog, Broken, Outbox
from idp.domain.ports.expiring import CodeResult, JsonObject, Limit, Limits, OneTimeCodes, Records, Spent, Versioned
from idp.domain.ports.faces import FaceConsent, Faces
from idp.domain.ports.grants import Grant, Grants, Issued, Mismatch, Replayed
from idp.domain.ports.guarding import Guardianship, Guardianships
from idp.domain.ports.lasting import (
    Binding,
    Citizen,
    Citizens,
    Consent,
    Consents,
    Credentials,
    KeyStore,
    NewCitizen,
    PersonClaim,
    Recorded,
    WrappedKey,
)
from idp.domain.ports.linking import AccountLink, AccountLinks
from idp.domain.ports.merging import Merge, Merges
from idp.domain.ports.sessions import Asked, EndedSession, Granted, Release, SessionFacts, Sessions, SignOnRequest
from idp.domain.ports.upstreams import Breakers, ChannelStates
from idp.domain.ports.world import Clock, FieldCipher, Randomness, SmsGateway, SmsPurpose

__all__ = [
    "AccountLink",
    "AccountLinks",
    "Asked",
    "AuditEntry",
    "AuditLog",
    "Binding",
    "Breakers",
    "Broken",
    "ChannelStates",
    "Citizen",
    "Citizens",
    "Clock",
    "CodeResult",
    "Consent",
    "Consents",
    "Credentials",
    "DueEvent",
    "EndedSession",
    "EventState",
    "Expiries",
    "FaceConsent",
    "Faces",
    "FieldCipher",
    "Grant",
    "Granted",
    "Grants",
    "Guardianship",
    "Guardianships",
    "Issued",
    "JsonObject",
    "KeptEvent",
    "KeyStore",
    "Limit",
    "Limits",
    "Merge",
    "Merges",
    "Mismatch",
    "NewCitizen",
    "OneTimeCodes",
    "Outbox",
    "PersonClaim",
    "Randomness",
    "Recorded",
    "Records",
    "Release",
    "Replayed",
    "SecurityEvent",
    "SecurityEventKind",
    "SecurityEvents",
    "SessionFacts",
    "Sessions",
    "SignOnRequest",
    "SmsGateway",
    "SmsPurpose",
    "Spent",
    "Versioned",
    "WrappedKey",
]
