"""docs/integration.md, Django with mozilla-django-oidc."""

import subprocess
import sys
from pathlib import Path

from tests.interop import guide
from tests.interop.citizen import SHOWN, Citizen
from tests.interop.house import House


def test_the_django_portal_of_the_guide_signs_a_citizen_in_and_out(
    house: House, citizen: Citizen, tmp_path: Path
) -> None:
    port = house.ports["django"]
    program = guide.write("portal.py", tmp_path, stack="django", port=port, issuer=house.issuer)
    subprocess.run([sys.executable, program, "migrate", "--verbosity", "0"], cwd=tmp_path, check=True)
    command = [sys.executable, program, "runserver", "--noreload", f"127.0.0.1:{port}"]
    with guide.running(command, tmp_path, port) as portal:
        guide.walk_in_and_out(citizen, portal, SHOWN)
