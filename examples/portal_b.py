"""社会保险查询, social insurance records: asks for ``openid`` only and signs on without a page.

Run alone with ``python -m examples.portal_b``.
"""

from examples.demo.settings import read
from examples.portal.facts import PortalAddresses, PortalFacts
from examples.portal.serve import serve

FACTS = PortalFacts(
    key="insurance",
    client_id="demo-social-security",
    client_secret="demo-social-security-9c27e5a1f08d43b6ce719b20-development-only",  # noqa: S106  public, development_only
    auth_method="client_secret_post",
    signing_alg="ES256",
    scope=("openid",),
)

if __name__ == "__main__":
    settings = read()
    own, neighbour = settings.origin(settings.portal_b_port), settings.origin(settings.portal_a_port)
    serve(FACTS, PortalAddresses(own=own, neighbour=neighbour, issuer=settings.issuer))
