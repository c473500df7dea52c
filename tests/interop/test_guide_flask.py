"""docs/integration.md, Flask with Authlib."""

import sys
from pathlib import Path

from tests.interop import guide
from tests.interop.citizen import SHOWN, Citizen
from tests.interop.house import House


def test_the_flask_portal_of_the_guide_signs_a_citizen_in_and_out(
    house: House, citizen: Citizen, tmp_path: Path
) -> None:
    port = house.ports["flask"]
    guide.write("app.py", tmp_path, stack="flask", port=port, issuer=house.issuer)
    command = [sys.executable, "-m", "flask", "--app", "app", "run", "--port", str(port)]
    with guide.running(command, tmp_path, port) as portal:
        guide.walk_in_and_out(citizen, portal, SHOWN)
