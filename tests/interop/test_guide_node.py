"""docs/integration.md, Node with openid-client."""

from pathlib import Path

from tests.interop import guide, node_home
from tests.interop.citizen import SHOWN, Citizen
from tests.interop.house import House


def test_the_node_portal_of_the_guide_signs_a_citizen_in_and_out(
    house: House, citizen: Citizen, tmp_path: Path
) -> None:
    port = house.ports["node"]
    program = guide.write("app.mjs", tmp_path, stack="node", port=port, issuer=house.issuer)
    (tmp_path / "node_modules").symlink_to(node_home.install())
    with guide.running([node_home.NODE, program], tmp_path, port) as portal:
        guide.walk_in_and_out(citizen, portal, SHOWN)
