"""The demonstration's settings: ``DEMO_*``, read here and nowhere else in ``examples``."""

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PREFIX = "DEMO_"
PORTS: Mapping[str, int] = {"PROVIDER": 8000, "SANDBOX": 8100, "PORTAL_A": 8001, "PORTAL_B": 8002}


class SettingsInvalid(Exception):
    """A setting is wrong; the text names it and says what is expected."""


@dataclass(frozen=True, slots=True)
class DemoSettings:
    """Where everything listens and where data are kept. ``inherited`` is the environment our processes start from."""

    host: str
    provider_port: int
    sandbox_port: int
    portal_a_port: int
    portal_b_port: int
    var: Path
    inherited: Mapping[str, str] = field(default_factory=dict, repr=False)

    @property
    def ports(self) -> Mapping[str, int]:
        """Ports by the name of their setting."""
        return {
            "DEMO_PROVIDER_PORT": self.provider_port,
            "DEMO_SANDBOX_PORT": self.sandbox_port,
            "DEMO_PORTAL_A_PORT": self.portal_a_port,
            "DEMO_PORTAL_B_PORT": self.portal_b_port,
        }

    @property
    def issuer(self) -> str:
        """The provider's address, without a trailing slash."""
        return self.origin(self.provider_port)

    def origin(self, port: int) -> str:
        """``http://host:port``."""
        return f"http://{self.host}:{port}"


def read(environment: Mapping[str, str] | None = None) -> DemoSettings:
    """Settings from the environment: ``DEMO_PROVIDER_PORT`` and so on, ``DEMO_VAR`` the data directory.

    The host is always 127.0.0.1: the sandbox plays the police, nobody else may reach it. Raises SettingsInvalid.
    """
    source = os.environ if environment is None else environment
    names = {f"{PREFIX}{name}_PORT": default for name, default in PORTS.items()}
    unknown = sorted(key for key in source if key.startswith(PREFIX) and key not in {*names, "DEMO_VAR"})
    if unknown:
        raise SettingsInvalid(f"{', '.join(unknown)}: no such setting; there are {', '.join(names)} and DEMO_VAR")
    ports = {name: _port(name, source.get(name, str(default))) for name, default in names.items()}
    doubled = sorted(name for name, port in ports.items() if list(ports.values()).count(port) > 1)
    if doubled:
        raise SettingsInvalid(f"{' and '.join(doubled)} are the same port")
    provider, sandbox, portal_a, portal_b = ports.values()
    var = Path(source.get("DEMO_VAR") or ROOT / "var")
    return DemoSettings("127.0.0.1", provider, sandbox, portal_a, portal_b, var.resolve(), dict(source))


def _port(name: str, text: str) -> int:
    if not text.isascii() or not text.isdecimal() or not 1 <= int(text) <= 65535:
        raise SettingsInvalid(f"{name} must be a port number from 1 to 65535, not {text!r}")
    return int(text)
