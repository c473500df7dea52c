"""The composition root: settings -> stores -> channels -> create_app.

The only module that sees every room. ``wsgi.py`` makes of it what a server loads and what ``flask idp …`` runs in.
"""

import base64
import binascii
import contextlib
from collections.abc import Mapping
from dataclasses import replace
from functools import cached_property
from typing import TYPE_CHECKING

from flask import Flask

import adapters
from adapters import face_judge, local_face, sms
from adapters.face_judge import FaceJudge, FaceJudgeSettings
from adapters.http import Surroundings
from idp.app import create_app
from idp.clients import ClientRegistry
from idp.domain.channel import Channel
from idp.domain.errors import DomainError
from idp.domain.ports import SmsGateway
from idp.given import Stores, Vault, World
from idp.outbound import DocumentFetcher, EventPusher, LogoutPoster, RequestPinger
from idp.people.bounded_sms import BoundedSms
from idp.settings import Settings, read
from idp.stores.redis import connect
from idp.stores.redis.breakers import RedisBreakers
from idp.stores.redis.grants import RedisGrants
from idp.stores.redis.limits import RedisLimits
from idp.stores.redis.memory import eviction_policies
from idp.stores.redis.one_time_codes import RedisOneTimeCodes
from idp.stores.redis.outbox import RedisOutbox
from idp.stores.redis.parked_events import RedisParkedEvents
from idp.stores.redis.records import RedisRecords
from idp.stores.redis.sessions import RedisSessions
from idp.stores.redis.waiting import RedisWaitingRequests
from idp.stores.redis.wire import Wire
from idp.stores.sql import migrate
from idp.stores.sql.account_links import SqlAccountLinks
from idp.stores.sql.audit_log import SqlAuditLog
from idp.stores.sql.citizens import SqlCitizens
from idp.stores.sql.consents import SqlConsents
from idp.stores.sql.credentials import SqlCredentials
from idp.stores.sql.engine import open_engine
from idp.stores.sql.event_streams import SqlEventStreams
from idp.stores.sql.expiries import SqlExpiries
from idp.stores.sql.faces import SqlFaces
from idp.stores.sql.guardianships import SqlGuardianships
from idp.stores.sql.key_store import SqlKeyStore
from idp.stores.sql.merges import SqlMerges
from idp.stores.sql.registered_clients import SqlInitialTokens, SqlRegisteredClients
from idp.stores.sql.security_events import SqlSecurityEvents
from idp.stores.sql.standings import SqlStandings
from idp.system import SystemClock, SystemRandomness
from idp.vault.field_cipher import KeyringCipher
from idp.vault.keyring import Keyring
from idp.vault.master_key import LocalMasterKey
from idp.vault.one_time_codes import OneTimeCodes
from idp.vault.passwords import Passwords
from idp.vault.signing_keys import SigningKeys
from idp.vault.suites import Suite

if TYPE_CHECKING:
    from sqlalchemy import Engine

DEVELOPMENT_MASTER_KEY = b"development only, not a secret!!"
# Where each channel stands among those on offer.
_PLACES = {name: place for place, name in enumerate(adapters.CHANNELS)}


class Composition:
    """Everything, each part built when first asked for: ``flask idp doctor`` can look at the parts one by one."""

    def __init__(self, settings: Settings | None = None) -> None:
        self.settings = settings or read()
        self.clock = SystemClock()
        self.randomness = SystemRandomness()

    @cached_property
    def engine(self) -> "Engine":
        """The SQL database."""
        return open_engine(self.settings.database_url)

    @cached_property
    def wire(self) -> Wire:
        """The Redis protocol server."""
        return connect.open(self.settings.redis_url)

    @cached_property
    def keyring(self) -> Keyring:
        """The data keys. Raises ValueError when there is no usable master key."""
        return Keyring(
            LocalMasterKey(self.master_key, self.randomness),
            SqlKeyStore(self.engine),
            self.clock,
            self.randomness,
            suite=Suite(self.settings.crypto_suite.value),
        )

    @cached_property
    def master_key(self) -> bytes:
        """32 bytes. Raises ValueError; development has a fixed one so that data survives a restart."""
        if self.settings.master_key is None:
            if self.settings.development:
                return DEVELOPMENT_MASTER_KEY
            raise ValueError("IDP_MASTER_KEY is not set")
        text = self.settings.master_key.get_secret_value()
        try:
            key = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
        except (binascii.Error, ValueError):
            raise ValueError("IDP_MASTER_KEY is not base64url") from None
        if len(key) != 32:
            raise ValueError("IDP_MASTER_KEY must be 32 bytes")
        return key

    @cached_property
    def stores(self) -> Stores:
        """Both kinds of store."""
        fields = KeyringCipher(self.keyring)
        records = KeyringCipher(self.keyring, purpose="records")
        settings, wire, randomness = self.settings, self.wire, self.randomness
        return Stores(
            journeys=RedisRecords(wire, records, "journey"),
            attempts=RedisRecords(wire, records, "attempt"),
            linking=RedisRecords(wire, records, "linking"),
            setups=RedisRecords(wire, records, "setup"),
            captures=RedisRecords(wire, records, "capture"),
            handovers=RedisRecords(wire, records, "handover"),
            pushed=RedisRecords(wire, records, "par"),
            waiting=RedisWaitingRequests(wire, records),
            user_codes=RedisRecords(wire, records, "user_code"),
            codes=RedisOneTimeCodes(wire, records),
            limits=RedisLimits(wire, records),
            sessions=RedisSessions(
                wire, randomness, idle_seconds=settings.session_idle, absolute_seconds=settings.session_life
            ),
            grants=RedisGrants(wire, randomness),
            outbox=RedisOutbox(wire),
            channel_states=self.breakers,
            citizens=SqlCitizens(self.engine, fields),
            credentials=SqlCredentials(self.engine, fields),
            faces=SqlFaces(self.engine, fields, KeyringCipher(self.keyring, purpose="face_template")),
            merges=SqlMerges(self.engine, fields),
            guardianships=SqlGuardianships(self.engine),
            guardian_codes=RedisRecords(wire, records, "guardian"),
            consents=SqlConsents(self.engine),
            account_links=SqlAccountLinks(self.engine, fields),
            audit=SqlAuditLog(self.engine, fields),
            events=SqlSecurityEvents(self.engine),
            registered_clients=SqlRegisteredClients(self.engine, fields),
            initial_tokens=SqlInitialTokens(self.engine, fields),
            parked_events=RedisParkedEvents(wire),
            event_streams=SqlEventStreams(self.engine, fields),
            expiries=SqlExpiries(self.engine),
            standings=SqlStandings(self.engine, fields),
        )

    @cached_property
    def vault(self) -> Vault:
        """Secrets in use."""
        settings = self.settings
        return Vault(
            records=KeyringCipher(self.keyring, purpose="records"),
            keys=self.signing_keys,
            passwords=Passwords(
                self.randomness,
                memory_kib=settings.argon2_memory,
                rounds=settings.argon2_time,
                parallelism=settings.argon2_parallelism,
                concurrent=settings.argon2_concurrency,
            ),
            totp=OneTimeCodes(self.randomness, issuer="一号通"),
            cookie_secret=self.keyring.first("cookie").material,
        )

    @cached_property
    def signing_keys(self) -> SigningKeys:
        """The keys that sign tokens; an old one stays published as long as an ID token of a session may come back."""
        settings = self.settings
        return SigningKeys(
            self.keyring,
            announce_seconds=settings.key_announce,
            retain_seconds=max(settings.session_life, settings.access_token_life, settings.id_token_life),
        )

    @cached_property
    def clients(self) -> ClientRegistry:
        """The relying parties. Raises ClientsInvalid, OSError."""
        settings = self.settings
        return ClientRegistry(settings.clients, development=settings.development, secrets=settings.secrets_of_clients)

    @cached_property
    def breakers(self) -> RedisBreakers:
        """Circuit breakers and daily quotas, shared between workers."""
        return RedisBreakers(self.wire)

    @cached_property
    def channels(self) -> Mapping[str, Channel]:
        """The channels that the settings name, in the order in which they are offered: that of the registry.

        Raises KeyError for an unknown name, ValueError for faulty settings.
        """
        around = replace(self.around, sms=BoundedSms(self.sms, self.stores.limits, self.clock))
        quotas = self.settings.daily_quotas
        named = sorted(self.settings.channel_settings.items(), key=lambda each: _PLACES[each[0]])
        return {
            name: adapters.CHANNELS[name](values, replace(around, daily_quota=quotas.get(name)))
            for name, values in named
        }

    @cached_property
    def around(self) -> Surroundings:
        """What every client of an upstream needs from the world."""
        return Surroundings(clock=self.clock, randomness=self.randomness, breakers=self.breakers)

    @cached_property
    def sms(self) -> SmsGateway:
        """The text-message gateway. Raises ValueError for faulty settings."""
        return sms.create(self.settings.sms, self.around)

    @cached_property
    def judge(self) -> FaceJudge | None:
        """Who decides whether a live person is before the camera; None where no channel has one of our cameras.

        Raises ValueError for faulty settings.
        """
        if local_face.NAME not in self.settings.channels:
            return None
        return face_judge.create(FaceJudgeSettings.model_validate(dict(self.settings.faces)))

    @cached_property
    def poster(self) -> LogoutPoster:
        """The way to call clients."""
        return LogoutPoster(loopback_allowed=self.settings.allow_loopback_clients)

    @cached_property
    def pusher(self) -> EventPusher:
        """The way to push security events to them."""
        return EventPusher(loopback_allowed=self.settings.allow_loopback_clients)

    @cached_property
    def pinger(self) -> RequestPinger:
        """The way to tell them that a request by telephone was answered."""
        return RequestPinger(loopback_allowed=self.settings.allow_loopback_clients)

    @cached_property
    def documents(self) -> DocumentFetcher:
        """The way to fetch what they publish."""
        return DocumentFetcher(loopback_allowed=self.settings.allow_loopback_clients)

    @cached_property
    def app(self) -> Flask:
        """The provider; development brings the schema up to date first. Raises ValueError for faulty settings."""
        if faults := self.settings.faults():
            raise ValueError("; ".join(faults))
        if self.settings.development:
            migrate.upgrade(self.engine)
        world = World(
            self.clock,
            self.randomness,
            self.sms,
            self.poster,
            self.pusher,
            self.ready,
            self.documents,
            self.judge,
            self.pinger,
        )
        return create_app(self.settings, self.clients, self.channels, self.stores, self.vault, world)

    def ready(self) -> bool:
        """Whether both stores answer."""
        with contextlib.suppress(DomainError):
            self.stores.limits.take_once(
                "health", self.randomness.hex(8), now=self.clock.now(), expires_at=self.clock.now() + 5
            )
            self.stores.citizens.by_id("health")
            return True
        return False

    def close(self) -> None:
        """Close what was opened; parts that were never asked for stay unbuilt."""
        opened = self.__dict__
        if "app" in opened:
            self.app.extensions["yihaotong"].delivery.close()
            self.app.extensions["yihaotong"].approval_notices.close()
        for part in ("wire", "poster", "pusher", "documents", "pinger"):
            if part in opened:
                opened[part].close()
        if judge := opened.get("judge"):
            judge.close()
        if "engine" in opened:
            self.engine.dispose()

    def eviction_policies(self) -> frozenset[str]:
        """What the Redis servers do when their memory is full."""
        return eviction_policies(self.wire)

    def pending_migrations(self) -> tuple[str, ...]:
        """Schema revisions that the database lacks."""
        return tuple(migrate.pending(self.engine))

    def upgrade(self) -> tuple[str, ...]:
        """Bring the schema up to date; the revisions that were applied."""
        return tuple(migrate.upgrade(self.engine))
