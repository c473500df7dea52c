"""docs/integration.md, Apache with mod_auth_openidc."""

import os
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.interop import guide
from tests.interop.citizen import SHOWN, Citizen
from tests.interop.house import House

HTTPD = "/usr/sbin/apache2"


@pytest.fixture
def server_root() -> Iterator[Path]:
    """A directory that the unprivileged user who runs httpd may enter: pytest's own are closed to others."""
    with tempfile.TemporaryDirectory(prefix="httpd-") as directory:
        path = Path(directory)
        path.chmod(0o777)
        yield path


@pytest.fixture
def portal(house: House, server_root: Path) -> Iterator[str]:
    """The guide's server, as an ordinary user starts it."""
    port = house.ports["apache"]
    for named in ("httpd.conf", "htdocs/index.html", "htdocs/members/index.shtml"):
        guide.write(named, server_root, stack="apache", port=port, issuer=house.issuer)
    unprivileged: dict[str, Any] = {"user": "nobody", "group": "nogroup", "extra_groups": []}
    command = [HTTPD, "-d", str(server_root), "-f", "httpd.conf", "-D", "FOREGROUND"]
    with guide.running(command, server_root, port, **(unprivileged if os.geteuid() == 0 else {})) as address:
        yield address


def test_apache_of_the_guide_signs_a_citizen_in_and_out(citizen: Citizen, portal: str) -> None:
    guide.walk_in_and_out(citizen, portal, SHOWN)


def test_apache_of_the_guide_hears_of_a_sign_out_elsewhere(citizen: Citizen, portal: str) -> None:
    members = f"{portal}members/"
    assert SHOWN in citizen.walk(members).says
    citizen.carry_on(citizen.open(f"{citizen.issuer}/logout"))
    end = time.monotonic() + guide.PATIENCE
    while SHOWN in (seen := citizen.open(members)).says and time.monotonic() < end:
        time.sleep(0.05)  # the notice travels on its own
    assert seen.address.startswith(f"{citizen.issuer}/journey/")
