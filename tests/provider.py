"""The whole provider for tests: real SQLite, a real Valkey, the real sandbox behind httpx, and a clock that stands still.

Only the sockets are missing. ``Provider.browser()`` is a browser with cookies; ``Provider.party(...)`` registers a client.
"""

import contextlib
import hashlib
import re
import shutil
import time
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from flask import Flask
from werkzeug.test import Client, TestResponse

import adapters
from adapters import sms
from adapters.sandbox.credentials import channel_settings
from idp.app import create_app
from idp.domain.channel import Channel
from idp.domain.claims import Scope
from idp.domain.client import AuthMethod, ClientKeys, ConsentPolicy, GrantType, TlsIdentity
from idp.domain.client import Client as RegisteredClient
from idp.domain.errors import DocumentUnavailable
from idp.domain.evidence import CheckMethod, Evidence, Strength
from idp.domain.ports import Document, EventState, NewCitizen
from idp.given import Stores, Vault, World
from idp.settings import Settings
from idp.stores.redis.breakers import RedisBreakers
from idp.stores.redis.grants import RedisGrants
from idp.stores.redis.limits import RedisLimits
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
from idp.system import SystemRandomness
from idp.vault.field_cipher import KeyringCipher
from idp.vault.keyring import Keyring
from idp.vault.master_key import LocalMasterKey
from idp.vault.one_time_codes import OneTimeCodes
from idp.vault.passwords import Passwords
from idp.vault.signing_keys import SigningKeys
from tests import client_keys, made_once
from tests.adapters.rigs import SANDBOX
from tests.adapters.rigs import World as SandboxWorld
from tests.capture_judge import ScriptedJudge
from tests.doubles import SteppingClock
from tests.valkey import CountingWire, Deployment, cipher, fast_wire, module_wire, standalone  # noqa: F401  fixtures

ISSUER = "https://id.example"
MASTER = bytes(range(32))
ADDRESS = "192.0.2.7"
PASSWORD = "correct horse 9 battery"
POLICE_ALONE = frozenset({"police_population"})


class Registry:
    """clients.yaml's registry, filled by tests."""

    def __init__(self) -> None:
        self._clients: dict[str, RegisteredClient] = {}

    def get(self, client_id: str) -> RegisteredClient | None:
        return self._clients.get(client_id)

    def all(self) -> tuple[RegisteredClient, ...]:
        return tuple(self._clients.values())

    def add(self, client: RegisteredClient) -> None:
        self._clients[client.client_id] = client

    def remove(self, client_id: str) -> None:
        del self._clients[client_id]


class Published:
    """What clients publish: the document of each address, a Document for one with a life; every fetch is noted."""

    def __init__(self) -> None:
        self.at: dict[str, Any] = {}
        self.fetched: list[str] = []

    def __call__(self, address: str) -> Document:
        self.fetched.append(address)
        found = self.at.get(address)
        if found is None:
            raise DocumentUnavailable("its host gives no answer")
        return found if isinstance(found, Document) else Document(found)


@dataclass
class Pings:
    """Where clients in CIBA's ping mode are notified: ``statuses`` are answered one after the other, then 204."""

    heard: list[tuple[str, str, str]] = field(default_factory=list)
    statuses: list[int] = field(default_factory=list)

    def __call__(self, address: str, bearer: str, auth_req_id: str) -> int:
        self.heard.append((address, bearer, auth_req_id))
        return self.statuses.pop(0) if self.statuses else 204


@dataclass
class Provider:
    """The provider and its world."""

    app: Flask
    settings: Settings
    clock: SteppingClock
    stores: Stores
    vault: Vault
    registry: Registry
    sandbox: SandboxWorld
    wire: CountingWire
    channels: dict[str, Channel]
    posted: list[tuple[str, str]] = field(default_factory=list)
    pushed: list[tuple[str, str, str | None]] = field(default_factory=list)
    judge: ScriptedJudge | None = None
    published: Published = field(default_factory=Published)
    pings: Pings = field(default_factory=Pings)

    def browser(self) -> "Browser":
        return Browser(self)

    def party(self, client_id: str = "hall", **changes: Any) -> "Party":
        """Register a relying party with what its way to authenticate needs: a secret, a key pair, a certificate.

        Its key is an ES256 one, or of ``auth_alg``; with ``keys`` of the test's own the party has none.
        """
        method = changes.get("auth_method", AuthMethod.BASIC)
        key, certificate = None, ""
        if method in {AuthMethod.PRIVATE_KEY_JWT, AuthMethod.SELF_SIGNED_TLS} and "keys" not in changes:
            key = client_keys.make_key(changes.get("auth_alg") or "ES256")
            changes["keys"] = ClientKeys(client_keys.jwks(key))
        if method is AuthMethod.SELF_SIGNED_TLS and key is not None:
            certificate = client_keys.certificate(key)
        if method is AuthMethod.TLS:
            certificate = client_keys.certificate(client_keys.make_key(), f"CN={client_id},O=Service hall,C=CN")
            changes.setdefault("tls", TlsIdentity("tls_client_auth_subject_dn", f"CN={client_id},O=Service hall,C=CN"))
        secret = f"{client_id}-secret-of-at-least-32-random-bytes"
        facts: dict[str, Any] = {
            "client_id": client_id,
            "name": "办事大厅",
            "name_en": "Service hall",
            "auth_method": AuthMethod.BASIC,
            "redirect_uris": frozenset({f"https://{client_id}.example/cb"}),
            "post_logout_redirect_uris": frozenset({f"https://{client_id}.example/bye"}),
            "scopes": frozenset(s.value for s in Scope),
            "sector": f"{client_id}.example",
            "secret_digests": (hashlib.sha256(secret.encode()).digest(),),
            "grant_types": frozenset(GrantType),
            "backchannel_logout_uri": f"https://{client_id}.example/logout",
            "consent": ConsentPolicy.IMPLIED,
        } | changes
        if method not in {AuthMethod.BASIC, AuthMethod.POST}:
            facts["secret_digests"] = ()
        if method is AuthMethod.SECRET_JWT:
            facts.setdefault("hmac_secrets", (secret.encode(),))
        client = RegisteredClient(**facts)
        self.registry.add(client)
        return Party(self, client, secret, key=key, certificate=certificate)

    def citizen(self, number: int = 1, *, level: int = 1, login_name: str | None = None, **proof: str) -> "Person":
        """Open an account with a confirmed mobile number, proved to ``level`` (0 or 1)."""
        citizen_id = f"{number:032x}"
        mobile = f"+861990000{number:04d}"
        self.stores.citizens.open(
            NewCitizen(
                id=citizen_id,
                created_at=self.clock.now(),
                locale="zh-CN",
                mobile=mobile,
                login_name=login_name,
                password_hash=self.vault.passwords.hash(PASSWORD),
                subject_secret=hashlib.sha256(citizen_id.encode()).digest(),
            )
        )
        if level:
            evidence = Evidence(
                id=f"e{number:031x}", citizen_id=citizen_id, channel="police_population", source="police",
                check_methods=(CheckMethod.DATA,), strength=Strength.KNOWLEDGE, txn="t", verified_at=self.clock.now(),
            )  # fmt: skip
            name, id_number = proof.get("name", "张三"), proof.get("id_number", "370102190103070012")
            self.stores.citizens.record_proof(evidence, name=name, id_number=id_number)
        return Person(citizen_id, mobile.removeprefix("+86"))

    def possesses(self, person: "Person") -> None:
        """Evidence of possession for a citizen who is proved."""
        citizen = self.stores.citizens.by_id(person.id)
        assert citizen is not None
        assert citizen.person is not None
        evidence = Evidence(
            id=f"p{person.id[1:]}", citizen_id=person.id, channel="unionpay_card", source="unionpay",
            check_methods=(CheckMethod.DATA, CheckMethod.AUTH), strength=Strength.POSSESSION, txn="t",
            verified_at=self.clock.now(),
        )  # fmt: skip
        self.stores.citizens.record_proof(evidence, name=citizen.person[0], id_number=citizen.person[1])

    def notified(self) -> list[str]:
        """Where notices went, once none waits any more: another thread takes them."""
        end = time.monotonic() + 20
        while self.stores.events.count(EventState.WAITING) and time.monotonic() < end:
            time.sleep(0.01)
        return [address for address, _token in self.posted]

    def drain(self) -> int:
        moved = 0
        while count := self.stores.outbox.drain(self.stores.audit):
            moved += count
        return moved


@dataclass(frozen=True)
class Person:
    id: str
    mobile: str


class Browser:
    """A browser with a cookie jar; follows redirects inside the issuer only."""

    def __init__(self, provider: Provider) -> None:
        self.provider = provider
        self.http = Client(provider.app.wsgi_app)
        self.place = {"REMOTE_ADDR": ADDRESS}
        self.last: TestResponse | None = None

    def get(self, address: str, **more: Any) -> TestResponse:
        return self._keep(self.http.get(address, base_url=ISSUER, environ_base=self.place, **more))

    def post(self, address: str, data: Any = None, **more: Any) -> TestResponse:
        return self._keep(self.http.post(address, base_url=ISSUER, data=data or {}, environ_base=self.place, **more))

    def follow(self, response: TestResponse) -> TestResponse:
        """Follow redirects until a page, or until the address leaves the issuer."""
        for _ in range(10):
            location = response.headers.get("Location")
            if response.status_code not in {302, 303} or location is None:
                return response
            parts = urlsplit(location)
            if parts.netloc and f"{parts.scheme}://{parts.netloc}" != ISSUER:
                return response
            response = self.get(parts.path + (f"?{parts.query}" if parts.query else ""))
        raise AssertionError("redirects without end")

    def submit(self, page: TestResponse, **fields: str) -> TestResponse:
        """Fill in the first form of a page that has these fields, and send it with its hidden fields."""
        form = _form(page.text, fields)
        data = {**form.hidden, **fields}
        return self.follow(self.post(form.action or page.request.path, data))

    def sign_in(self, person: Person, at: str = "/account") -> TestResponse:
        page = self.follow(self.get(at))
        return self.submit(page, username=person.mobile, password=PASSWORD)

    def cookie(self, name: str) -> str | None:
        found = self.http.get_cookie(name, domain="id.example")
        return found.value if found else None

    def _keep(self, response: TestResponse) -> TestResponse:
        self.last = response
        return response


@dataclass(frozen=True)
class Form:
    action: str
    hidden: dict[str, str]
    names: frozenset[str]


def _form(html: str, wanted: dict[str, str]) -> Form:
    from lxml import html as lxml_html

    for element in lxml_html.fromstring(html).xpath("//form[translate(@method,'POST','post')='post']"):
        inputs = element.xpath(".//input[@name] | .//button[@name] | .//select[@name]")
        names = frozenset(i.get("name") for i in inputs)
        if set(wanted) <= names:
            hidden = {i.get("name"): i.get("value") or "" for i in inputs if i.get("type") == "hidden"}
            return Form(element.get("action") or "", hidden, names)
    raise AssertionError(f"no form with {sorted(wanted)} in: {re.sub(r'<[^>]+>', ' ', html)[:600]}")


@dataclass
class Party:
    """A relying party's side, by hand: for tests that send what no library would."""

    provider: Provider
    client: RegisteredClient
    secret: str
    verifier: str = "v" * 43
    key: Any = None
    certificate: str = ""

    @property
    def redirect_uri(self) -> str:
        return min(self.client.redirect_uris)

    def parameters(self, **changes: str | None) -> dict[str, str]:
        from idp.oidc.jws import b64

        challenge = b64(hashlib.sha256(self.verifier.encode()).digest()).decode()
        asked: dict[str, str | None] = {
            "response_type": "code",
            "client_id": self.client.client_id,
            "redirect_uri": self.redirect_uri,
            "scope": "openid",
            "state": "s-123",
            "nonce": "n-456",
            "code_challenge": challenge,
            "code_challenge_method": "S256",
        }
        return {k: v for k, v in (asked | changes).items() if v is not None}

    def authorize(self, browser: Browser, **changes: str | None) -> TestResponse:
        return browser.get("/authorize", query_string=self.parameters(**changes))

    def code(self, browser: Browser, **changes: str | None) -> str:
        return answer_of(browser.follow(self.authorize(browser, **changes)))["code"]

    def token(self, *, http: Client | None = None, **form: str | None) -> TestResponse:
        """POST /token, authenticated as registered."""
        data = {k: v for k, v in form.items() if v is not None}
        credentials, headers = self.credentials()
        data = credentials | data
        client = http or Client(self.provider.app.wsgi_app)
        return client.post("/token", base_url=ISSUER, data=data, headers=headers)

    def credentials(self) -> tuple[dict[str, str], dict[str, str]]:
        """Form parameters and headers that authenticate it as registered, at any endpoint; assertions are used once."""
        client_id, method = self.client.client_id, self.client.auth_method
        if method is AuthMethod.BASIC:
            return {}, {"Authorization": basic(client_id, self.secret)}
        if method is AuthMethod.POST:
            return {"client_id": client_id, "client_secret": self.secret}, {}
        if method in {AuthMethod.PRIVATE_KEY_JWT, AuthMethod.SECRET_JWT}:
            return {"client_assertion_type": client_keys.ASSERTION_TYPE, "client_assertion": self.assertion()}, {}
        headers = client_keys.certificate_headers(self.certificate) if self.certificate else {}
        return {"client_id": client_id}, headers

    def assertion(self, **changes: Any) -> str:
        """A client assertion of now, for the issuer; ``changes`` are to its claims."""
        claims = client_keys.assertion_claims(self.client.client_id, ISSUER, self.provider.clock.now(), **changes)
        if self.client.auth_method is AuthMethod.SECRET_JWT:
            return client_keys.sign_hmac(claims, self.secret)
        return client_keys.sign(claims, self.key, self.client.auth_alg or "ES256")

    def redeem(self, code: str, **changes: str | None) -> TestResponse:
        form: dict[str, str | None] = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": self.redirect_uri,
            "code_verifier": self.verifier,
        }
        return self.token(**(form | changes))

    def tokens(self, browser: Browser, **changes: str | None) -> dict[str, Any]:
        response = self.redeem(self.code(browser, **changes))
        assert response.status_code == 200, response.text
        return dict(response.json)

    def refresh(self, refresh_token: str, **changes: str | None) -> TestResponse:
        return self.token(**({"grant_type": "refresh_token", "refresh_token": refresh_token} | changes))

    def userinfo(self, access_token: str) -> TestResponse:
        headers = {"Authorization": f"Bearer {access_token}"}
        return Client(self.provider.app.wsgi_app).get("/userinfo", base_url=ISSUER, headers=headers)


def basic(client_id: str, secret: str) -> str:
    import base64

    return "Basic " + base64.b64encode(f"{client_id}:{secret}".encode()).decode()


def answer_of(response: TestResponse) -> dict[str, str]:
    """The parameters of an authorization response at the client."""
    location = response.headers.get("Location", "")
    assert response.status_code == 303, (response.status_code, response.text[:800])
    return {name: values[0] for name, values in parse_qs(urlsplit(location).query).items()}


@pytest.fixture(scope="session", autouse=True)
def _made_once() -> Iterator[None]:
    with made_once.remembered():
        yield


@pytest.fixture(scope="session")
def _database_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A migrated database with its keys, made once: RSA keys are slow to make."""
    path = tmp_path_factory.mktemp("template") / "provider.db"
    engine = open_engine(f"sqlite:///{path}")
    migrate.upgrade(engine)
    keyring = Keyring(
        LocalMasterKey(MASTER, SystemRandomness()), SqlKeyStore(engine), SteppingClock(), SystemRandomness()
    )
    SigningKeys(keyring).public_jwks()
    with engine.connect() as connection:
        connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
    engine.dispose()
    return path


@pytest.fixture
def provider(tmp_path: Path, _database_template: Path, fast_wire: Wire) -> Any:  # noqa: F811
    """A provider of this test alone."""
    with open_provider(tmp_path, _database_template, fast_wire) as made:
        yield made


@pytest.fixture(scope="module")
def standing_provider(
    tmp_path_factory: pytest.TempPathFactory,
    _database_template: Path,
    module_wire: Wire,  # noqa: F811
) -> Any:
    """A provider of a whole module: for tests that take nothing from one another, whatever their order.

    Who moves the clock, counts what happened or changes a channel takes ``provider``.
    """
    with open_provider(tmp_path_factory.mktemp("standing"), _database_template, module_wire) as made:
        yield made


@contextlib.contextmanager
def open_provider(
    directory: Path,
    template: Path,
    server: Wire,
    *,
    issuer: str = ISSUER,
    registry: Any = None,
    post: Callable[[str, str], int] | None = None,
    push: Callable[[str, str, str | None], tuple[int, str]] | None = None,
    channels: Mapping[str, Any] | None = None,
    offered: frozenset[str] = POLICE_ALONE,
    upstreams: str = SANDBOX,
    changes: Mapping[str, Mapping[str, str]] | None = None,
    more: Collection[str] = (),
    judge: ScriptedJudge | None = None,
    certificate_header: str = client_keys.CERTIFICATE_HEADER,
    settings: Mapping[str, Any] | None = None,
) -> Iterator[Provider]:
    """The whole provider. ``post`` and ``push`` take the place of the lists of what was sent.

    ``offered`` are the real channels, by default one, so that what others walk changes no test; ``channels`` stand
    beside them. ``upstreams`` is where a browser finds the sandbox's pages; ``changes`` are to settings, by channel;
    ``more`` are real channels besides ``offered``; ``local_face`` is offered where there is a ``judge``.
    """
    path = directory / "provider.db"
    shutil.copy(template, path)
    sandbox = SandboxWorld(sms_flow_control=False)
    clock, randomness = sandbox.clock, SystemRandomness()
    engine = open_engine(f"sqlite:///{path}")
    keyring = Keyring(LocalMasterKey(MASTER, randomness), SqlKeyStore(engine), clock, randomness)
    fields, records = KeyringCipher(keyring), KeyringCipher(keyring, purpose="records")
    wire = CountingWire(server)
    breakers = sandbox.breakers = RedisBreakers(server)
    stores = Stores(
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
        sessions=RedisSessions(wire, randomness),
        grants=RedisGrants(wire, randomness),
        outbox=RedisOutbox(wire),
        channel_states=breakers,
        citizens=SqlCitizens(engine, fields),
        credentials=SqlCredentials(engine, fields),
        faces=SqlFaces(engine, fields, KeyringCipher(keyring, purpose="face_template")),
        merges=SqlMerges(engine, fields),
        guardianships=SqlGuardianships(engine),
        guardian_codes=RedisRecords(wire, records, "guardian"),
        consents=SqlConsents(engine),
        account_links=SqlAccountLinks(engine, fields),
        audit=SqlAuditLog(engine, fields),
        events=SqlSecurityEvents(engine),
        registered_clients=SqlRegisteredClients(engine, fields),
        initial_tokens=SqlInitialTokens(engine, fields),
        parked_events=RedisParkedEvents(wire),
        event_streams=SqlEventStreams(engine, fields),
        expiries=SqlExpiries(engine),
        standings=SqlStandings(engine, fields),
    )
    vault = Vault(
        records=records,
        keys=SigningKeys(keyring),
        passwords=Passwords(randomness, memory_kib=64, rounds=1),
        totp=OneTimeCodes(randomness, issuer="一号通"),
        cookie_secret=keyring.first("cookie").material,
    )

    def keep_pushed(address: str, token: str, bearer: str | None) -> tuple[int, str]:
        pushed.append((address, token, bearer))
        return 202, ""

    every_setting = channel_settings(upstreams)
    values = {
        name: each | (changes or {}).get(name, {})
        for name, each in every_setting.items()
        if name in offered | set(more)
    }
    posted: list[tuple[str, str]] = []
    pushed: list[tuple[str, str, str | None]] = []

    def keep(address: str, token: str) -> int:
        posted.append((address, token))
        return 200

    gateway = sms.create(every_setting["sms"], sandbox.around())
    every = {name: adapters.CHANNELS[name](each, sandbox.around()) for name, each in values.items()}
    every.update(channels or {})
    chosen = {"mode": "development", "issuer": issuer, "client_certificate_header": certificate_header}
    set_up = Settings(**(chosen | dict(settings or {})))
    clients = Registry() if registry is None else registry
    published, pings = Published(), Pings()
    world = World(clock, randomness, gateway, post or keep, push or keep_pushed, lambda: True, published, judge, pings)
    app = create_app(set_up, clients, every, stores, vault, world)
    made_once.take_templates(app)
    try:
        offered = app.extensions["yihaotong"].proving.channels  # tests put more into it
        yield Provider(
            app,
            set_up,
            clock,
            stores,
            vault,
            clients,
            sandbox,
            wire,
            offered,
            posted,
            pushed,
            judge,
            published,
            pings,
        )
    finally:
        app.extensions["yihaotong"].notices.close()
        app.extensions["yihaotong"].approval_notices.close()
        engine.dispose()
