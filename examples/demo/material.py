"""What a start needs: keys and files under ``var/``, the environment of each process, and the command lines."""

import base64
import hashlib
import os
import secrets
import sys
from collections.abc import Mapping
from pathlib import Path

from adapters.sandbox.credentials import walked_settings
from examples.demo.children import Child
from examples.demo.settings import PORTS, ROOT, DemoSettings

CITIZENS = ROOT / "examples" / "citizens.yaml"
CLIENTS = ROOT / "clients.yaml"
MIGRATIONS = ROOT / "idp" / "stores" / "sql" / "migrations" / "versions"
# Measured, and each option explained, in docs/adr/0008-server.md.
SERVER = (
    *("--interface", "wsgi", "--http", "1", "--no-ws"),
    *("--workers", "1", "--blocking-threads", "64", "--backpressure", "1024"),
    *("--http1-buffer-size", "65536", "--http1-header-read-timeout", "10000"),
    *("--workers-kill-timeout", "5", "--log-level", "error"),
)

# Brings the schema up to date, then opens the accounts that are missing.
SEED = (sys.executable, "-m", "flask", "--app", "wsgi:make_app", "idp", "citizens", "seed", str(CITIZENS))


def make_private_directory(path: Path) -> None:
    """``var/``: master key, data base and sign-ins lie there, for nobody else to read."""
    path.mkdir(mode=0o700, parents=True, exist_ok=True)
    path.chmod(0o700)


def make_master_key(path: Path) -> None:
    """A master key of 32 random bytes, readable by its owner only, unless there is one."""
    if path.exists():
        return
    text = base64.urlsafe_b64encode(secrets.token_bytes(32)).rstrip(b"=")
    beside = path.with_name(f"{path.name}.{os.getpid()}")  # a start that is cut off must not leave half a key
    descriptor = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(text + b"\n")
    beside.rename(path)


def clients_file(settings: DemoSettings) -> Path:
    """clients.yaml; when a portal has another port, a copy under ``var/`` that says so."""
    moved = {
        f"http://127.0.0.1:{PORTS['PORTAL_A']}/": f"{settings.origin(settings.portal_a_port)}/",
        f"http://127.0.0.1:{PORTS['PORTAL_B']}/": f"{settings.origin(settings.portal_b_port)}/",
    }
    if all(old == new for old, new in moved.items()):
        return CLIENTS
    text = CLIENTS.read_text(encoding="utf-8")
    for old in moved:  # in two steps, for ports that are exchanged
        text = text.replace(old, f"<{old}>")
    for old, new in moved.items():
        text = text.replace(f"<{old}>", new)
    copy = settings.var / "clients.yaml"
    copy.write_text(text, encoding="utf-8")
    return copy


def provider_environment(settings: DemoSettings) -> dict[str, str]:
    """``IDP_*`` of the provider. Whatever is set outside wins; without IDP_REDIS_URL the caller starts a server."""
    ours = {
        "IDP_MODE": "development",
        "IDP_ALLOW_LOOPBACK_CLIENTS": "true",
        "IDP_ISSUER": settings.issuer,
        "IDP_CLIENTS": str(clients_file(settings)),
        "IDP_DATABASE_URL": database_url(settings),
    }
    if "IDP_MASTER_KEY" not in settings.inherited:
        ours["IDP_MASTER_KEY_FILE"] = str(settings.var / "master.key")
    for channel, values in walked_settings(settings.origin(settings.sandbox_port)).items():
        group = "IDP_SMS" if channel == "sms" else f"IDP_CHANNELS__{channel.upper()}"
        ours |= {f"{group}__{name.upper()}": value for name, value in values.items()}
    return {**ours, **settings.inherited}


def redis_note(settings: DemoSettings) -> Path:
    """Where it is written, for ``make operate``, at which address the embedded server listens as long as it runs."""
    return settings.var / "redis.url"


def database_url(settings: DemoSettings) -> str:
    """The embedded data base."""
    return f"sqlite:///{settings.var / 'yihaotong.db'}"


def preparation_stamp(settings: DemoSettings, environment: Mapping[str, str]) -> tuple[Path, str] | None:
    """Where it is written that this version's migrations and citizens are in the embedded data base, and the words.

    None for any other data base: that one may change behind our back and is always asked.
    """
    if environment["IDP_DATABASE_URL"] != database_url(settings):
        return None
    digest = hashlib.sha256(CITIZENS.read_bytes())
    for name in sorted(path.name for path in MIGRATIONS.glob("*.py")):
        digest.update(name.encode())
    return settings.var / "prepared", digest.hexdigest()


def is_prepared(settings: DemoSettings, stamp: tuple[Path, str] | None) -> bool:
    """Whether the data base needs neither migrations nor citizens."""
    if stamp is None or not (settings.var / "yihaotong.db").exists():
        return False
    path, text = stamp
    return path.exists() and path.read_text(encoding="ascii") == text


def provider(settings: DemoSettings, environment: Mapping[str, str]) -> Child:
    """The provider under its production server."""
    address = ["--host", settings.host, "--port", str(settings.provider_port)]
    command = [sys.executable, "-m", "granian", *SERVER, *address, "--factory", "wsgi:provider"]
    return Child("provider", command, f"{settings.issuer}/health", environment)


def sandbox(settings: DemoSettings) -> Child:
    """The upstreams."""
    command = [sys.executable, "-m", "adapters.sandbox", "--port", str(settings.sandbox_port)]
    return Child("sandbox", command, settings.origin(settings.sandbox_port) + "/", settings.inherited)


def portals(settings: DemoSettings) -> list[Child]:
    """The two relying parties."""
    places = {"portal_a": settings.portal_a_port, "portal_b": settings.portal_b_port}
    return [
        Child(name, [sys.executable, "-m", f"examples.{name}"], settings.origin(port) + "/", settings.inherited)
        for name, port in places.items()
    ]
