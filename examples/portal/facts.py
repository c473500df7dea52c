"""What makes one portal differ from another."""

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class PortalFacts:
    """One demo portal. ``key`` names its cookies (cookies do not tell ports apart) and its texts.

    ``client_secret`` is public knowledge; its client is declared ``development_only`` in clients.yaml.
    ``acr_values`` asks for a real-name level, empty for none.
    """

    key: str
    client_id: str
    client_secret: str = field(repr=False)
    auth_method: str
    signing_alg: str
    scope: tuple[str, ...]
    acr_values: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class PortalAddresses:
    """Where the portal, its neighbour and the provider live: origins without a trailing slash."""

    own: str
    neighbour: str
    issuer: str

    @property
    def callback(self) -> str:
        """The redirect URI."""
        return f"{self.own}/callback"

    @property
    def signed_out(self) -> str:
        """The post-logout redirect URI."""
        return f"{self.own}/signed-out"
