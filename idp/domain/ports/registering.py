"""What lasts of relying parties that are registered here, and of the tokens that let somebody register one."""

import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from idp.domain.ports.expiring import JsonObject


def folded(client_id: str) -> str:
    """By what identifiers are compared: no two clients may differ in case or in form alone (CWE-178)."""
    return unicodedata.normalize("NFKC", client_id).casefold()


@dataclass(frozen=True, slots=True)
class KeptClient:
    """A registered relying party as it is kept.

    ``metadata``: what it declares, in the words of clients.yaml. ``secrets``: by name, where its method needs the
    secrets themselves. ``token_digest``: SHA-256 of its registration access token (RFC 7592), None for one that
    operators look after. ``version`` counts changes.
    """

    client_id: str
    metadata: JsonObject = field(repr=False)
    created_at: float
    secrets: Mapping[str, str] = field(default_factory=dict, repr=False)
    token_digest: bytes | None = field(default=None, repr=False)
    initial_token_id: str | None = None
    disabled_at: float | None = None
    version: int = 1


class RegisteredClients(Protocol):
    """Relying parties that stand in no file."""

    def number(self) -> int:
        """Another number after every change, whichever process made it."""
        ...

    def all(self) -> Sequence[KeptClient]:
        """Every one, disabled ones too, oldest first."""
        ...

    def by_id(self, client_id: str) -> KeptClient | None:
        """The one of exactly this id."""
        ...

    def add(self, client: KeptClient, *, now: float) -> None:
        """Keep a new one; with ``initial_token_id`` a use of that token is spent in the same step.

        Raises ClientIdTaken, or InitialTokenRefused when the token is of no use (any more); nothing is kept then.
        """
        ...

    def replace(self, client: KeptClient) -> bool:
        """Compare-and-swap on ``client.version``, which then counts one more; False when it moved or is gone."""
        ...

    def remove(self, client_id: str) -> bool:
        """Forget it; False when there is none."""
        ...


@dataclass(frozen=True, slots=True)
class InitialToken:
    """Who may register relying parties. ``policy``: the bounds, as JSON. ``uses_left``: how many registrations."""

    id: str
    contact: str = field(repr=False)
    policy: JsonObject
    created_at: float
    expires_at: float
    uses_left: int
    revoked_at: float | None = None

    def good(self, now: float) -> bool:
        """Whether it still lets anybody register."""
        return self.revoked_at is None and now < self.expires_at and self.uses_left > 0


class InitialTokens(Protocol):
    """Initial access tokens (RFC 7591 section 3), found by digest alone."""

    def create(self, token: InitialToken, digest: bytes) -> None:
        """Keep a new one."""
        ...

    def by_digest(self, digest: bytes) -> InitialToken | None:
        """The token of this SHA-256, good or not."""
        ...

    def by_id(self, token_id: str) -> InitialToken | None:
        """The token of this id, good or not."""
        ...

    def listing(self) -> Sequence[InitialToken]:
        """Every one, newest first."""
        ...

    def revoke(self, token_id: str, *, now: float) -> bool:
        """It lets nobody register any more; False when there is no such live token."""
        ...
