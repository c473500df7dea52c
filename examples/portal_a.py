"""办事大厅, the provincial service hall: asks for real-name level 1 and shows every claim.

Run alone with ``python -m examples.portal_a``.
"""

from examples.demo.settings import read
from examples.portal.facts import PortalAddresses, PortalFacts
from examples.portal.serve import serve

FACTS = PortalFacts(
    key="hall",
    client_id="demo-service-hall",
    client_secret="demo-service-hall-4f1d0c7b9a63e85214b7d6c0-development-only",  # noqa: S106  public, development_only
    auth_method="client_secret_basic",
    signing_alg="RS256",
    scope=("openid", "profile", "realname"),
    acr_values=("urn:yihaotong:realname:1",),
)

if __name__ == "__main__":
    settings = read()
    own, neighbour = settings.origin(settings.portal_a_port), settings.origin(settings.portal_b_port)
    serve(FACTS, PortalAddresses(own=own, neighbour=neighbour, issuer=settings.issuer))
