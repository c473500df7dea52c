"""The one reader of the environment: ``IDP_<NAME>``, or ``IDP_<NAME>_FILE`` naming a file that holds the value.

Frozen; secrets print as stars. ``flask idp settings`` lists them all with their meaning. Outside development the
provider refuses to start with development material (:meth:`Settings.faults`).
"""

import os
from collections.abc import Mapping
from enum import StrEnum
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict, Field, SecretStr, field_validator

LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})
PREFIX = "IDP_"
DAILY_QUOTA = "daily_quota"


class Mode(StrEnum):
    """``development`` allows generated keys, plain http and the sandbox; ``production`` refuses all three."""

    DEVELOPMENT = "development"
    PRODUCTION = "production"


class CryptoSuite(StrEnum):
    """Ciphers for data at rest: AES-256-GCM with HMAC-SHA256, or SM4-GCM with HMAC-SM3 (GB/T 32907, 32905)."""

    INTERNATIONAL = "international"
    SHANGMI = "shangmi"


class Settings(BaseModel):
    """Everything that can be set. Durations are in seconds."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    mode: Mode = Field(Mode.PRODUCTION, description="development or production")
    issuer: str = Field("http://127.0.0.1:8000", description="issuer identifier; every URL is built from it")
    clients: Path = Field(Path("clients.yaml"), description="path of the relying parties' declaration")
    database_url: str = Field(
        "sqlite:///var/yihaotong.db", description="SQLAlchemy URL, sqlite:/// or postgresql+psycopg://"
    )
    redis_url: str = Field(
        "unix://var/valkey/valkey.sock",
        description="redis://, rediss://, unix://, redis+cluster:// or redis+sentinel://",
    )
    master_key: SecretStr | None = Field(None, description="master key, 32 bytes as base64url; wraps every other key")
    crypto_suite: CryptoSuite = Field(CryptoSuite.INTERNATIONAL, description="international or shangmi")
    trusted_proxies: int = Field(
        0, ge=0, le=5, description="reverse proxies in front whose X-Forwarded-For is believed"
    )
    default_locale: str = Field("zh-CN", description="language of pages when neither client nor browser names one")

    session_idle: int = Field(1800, ge=60, description="a session unused this long ends")
    session_life: int = Field(43200, ge=300, description="a session ends after this long in any case")
    journey_life: int = Field(1800, ge=60, description="time to get from the authorization request to the answer")
    code_life: int = Field(60, ge=5, le=600, description="life of an authorization code")
    pushed_request_life: int = Field(
        90, ge=60, le=600, description="a pushed authorization request can be opened this long"
    )
    access_token_life: int = Field(600, ge=60, le=3600, description="life of an access token")
    refresh_token_life: int = Field(2_592_000, ge=600, description="a refresh token unused this long dies")
    id_token_life: int = Field(600, ge=60, le=3600, description="life of an ID token")
    device_code_life: int = Field(600, ge=60, le=1800, description="life of a self-service terminal's code (RFC 8628)")
    ciba_request_life: int = Field(
        300, ge=30, le=1800, description="how long a request by telephone waits when it does not say (CIBA)"
    )
    poll_interval: int = Field(5, ge=1, le=60, description="pause between polls of a terminal or the hotline")

    refresh_grace: int = Field(
        10, ge=0, le=60, description="a refresh token whose answer was lost is answered again for this long"
    )
    dpop_nonces: bool = Field(False, description="DPoP proofs must carry a nonce of ours")

    key_announce: int = Field(
        600, ge=120, description="a new signing key is published this long before it signs; caches keep half of it"
    )

    event_life: int = Field(
        604_800, ge=3600, description="how long a relying party that does not answer is told of an event"
    )
    push_tokens: Mapping[str, SecretStr] = Field(
        default_factory=dict,
        description="bearer tokens for pushing events, by the name clients.yaml refers to: IDP_PUSH_TOKENS__<NAME>",
    )

    client_secrets: Mapping[str, SecretStr] = Field(
        default_factory=dict,
        description="secrets of clients with client_secret_jwt, by the name clients.yaml refers to: "
        "IDP_CLIENT_SECRETS__<NAME>",
    )
    client_certificate_header: str = Field(
        "",
        # No hyphen: to WSGI, X_Client_Cert of a stranger is X-Client-Cert of the proxy, and the last one wins.
        pattern=r"^([A-Za-z][A-Za-z0-9]*)?$",
        description="header in which the trusted proxy hands on the client's certificate (PEM, percent-encoded); "
        "letters and digits alone; empty: mutual TLS is off",
    )

    allow_loopback_clients: bool = Field(
        False, description="clients may have addresses on this very machine, by http too; refused in production"
    )

    argon2_memory: int = Field(19456, ge=8, description="argon2id memory in KiB")
    argon2_time: int = Field(2, ge=1, description="argon2id passes")
    argon2_parallelism: int = Field(1, ge=1, description="argon2id lanes")
    argon2_concurrency: int = Field(2, ge=1, description="password checks at once in a worker")

    channels: Mapping[str, Mapping[str, Any]] = Field(
        default_factory=dict,
        description="per channel: IDP_CHANNELS__POLICE_POPULATION__BASE_URL and so on, __DAILY_QUOTA",
    )
    sms: Mapping[str, Any] = Field(default_factory=dict, description="SMS gateway: IDP_SMS__BASE_URL and so on")
    faces: Mapping[str, Any] = Field(
        default_factory=dict,
        description="who judges what our cameras see: IDP_FACES__PROCESSES, __WAITING, __NICE, __MODEL and __SHA256",
    )

    @field_validator("issuer")
    @classmethod
    def _bare_origin(cls, issuer: str) -> str:
        """Scheme and host only: endpoints and discovery are mounted at the root (OpenID Connect Discovery 4)."""
        parts = urlsplit(issuer)
        if parts.scheme not in {"https", "http"} or not parts.hostname or "@" in parts.netloc:
            raise ValueError("must be an https address")
        if parts.path or parts.query or parts.fragment:
            raise ValueError("must have no path (no slash at the end either), no query and no fragment")
        return issuer

    @field_validator("channels")
    @classmethod
    def _quotas_are_numbers(cls, channels: Mapping[str, Mapping[str, Any]]) -> Mapping[str, Mapping[str, Any]]:
        """``daily_quota`` is ours, whatever else a channel's group holds."""
        for name, values in channels.items():
            text = str(values.get(DAILY_QUOTA, "1"))
            if not (text.isascii() and text.isdecimal() and int(text) > 0):
                raise ValueError(f"{name}: {DAILY_QUOTA} must be a whole number above 0")
        return channels

    @property
    def daily_quotas(self) -> Mapping[str, int]:
        """Charged calls a day (in China) by channel, for channels whose upstream allows so many and no more."""
        return {name: int(values[DAILY_QUOTA]) for name, values in self.channels.items() if DAILY_QUOTA in values}

    @property
    def channel_settings(self) -> Mapping[str, Mapping[str, Any]]:
        """The settings that each channel reads itself."""
        return {
            name: {key: value for key, value in values.items() if key != DAILY_QUOTA}
            for name, values in self.channels.items()
        }

    @property
    def secrets_of_clients(self) -> Mapping[str, str]:
        """What clients.yaml refers to, by name."""
        return {name: secret.get_secret_value() for name, secret in self.client_secrets.items()}

    @property
    def development(self) -> bool:
        """Whether development material is allowed."""
        return self.mode is Mode.DEVELOPMENT

    @property
    def secure_cookies(self) -> bool:
        """Whether cookies carry Secure and the ``__Host-`` prefix: exactly when the issuer is https."""
        return urlsplit(self.issuer).scheme == "https"

    def faults(self) -> tuple[str, ...]:
        """Why production must not start with these settings; empty in development."""
        if self.development:
            return ()
        issuer = urlsplit(self.issuer)
        checks = (
            (issuer.scheme != "https", "IDP_ISSUER must be https"),
            (issuer.hostname in LOOPBACK, "IDP_ISSUER must not be a loopback address"),
            (self.master_key is None, "IDP_MASTER_KEY (or IDP_MASTER_KEY_FILE) must be set"),
            (self.database_url.startswith("sqlite"), "IDP_DATABASE_URL must be PostgreSQL: SQLite serves one machine"),
            *(
                (_is_sandbox(values), f"IDP_CHANNELS__{name.upper()} points to a sandbox or to plain http")
                for name, values in self.channels.items()
            ),
            (
                bool(self.client_certificate_header) and not self.trusted_proxies,
                "IDP_CLIENT_CERTIFICATE_HEADER needs IDP_TRUSTED_PROXIES: without a proxy anybody could send it",
            ),
            (self.allow_loopback_clients, "IDP_ALLOW_LOOPBACK_CLIENTS is for development alone"),
            (_is_sandbox(self.sms), "IDP_SMS points to a sandbox or to plain http"),
        )
        return tuple(text for wrong, text in checks if wrong)


def _is_sandbox(values: Mapping[str, Any]) -> bool:
    address = urlsplit(str(values.get("base_url", "")))
    return bool(address.scheme) and (address.scheme != "https" or address.hostname in LOOPBACK)


def declared_mode(environment: Mapping[str, str] | None = None) -> str:
    """``IDP_MODE`` as it stands there, empty when it does not: what must stop the sandbox before anything is read."""
    source = os.environ if environment is None else environment  # noqa: TID251  the one reader
    return source.get(f"{PREFIX}MODE", "").strip().lower()


def read(environment: Mapping[str, str] | None = None) -> Settings:
    """Settings from the environment, ``IDP_*_FILE`` resolved first; ``__`` opens a group.

    Raises pydantic's ValidationError with every fault at once, also for a name that is no setting (a misspelt setting
    must not be silently ignored), and OSError when a named file cannot be read.
    """
    source = os.environ if environment is None else environment  # noqa: TID251  the one reader
    values: dict[str, Any] = {}
    for name, text in sorted(source.items()):
        if not name.startswith(PREFIX):
            continue
        key, value = name.removeprefix(PREFIX), text
        if key.endswith("_FILE"):
            key, value = key.removesuffix("_FILE"), Path(text).read_text(encoding="utf-8").strip()
        *groups, leaf = key.lower().split("__")
        place = values
        for group in groups:
            place = place.setdefault(group, {})
        place[leaf] = value
    return Settings(**values)
