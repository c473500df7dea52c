"""What proves our right to call, by the place it travels in; each profile's module fills in its own."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Final, Protocol

from adapters.exchange.customer import Customer
from adapters.exchange.secrets import Secret, SecretCache
from adapters.http import Upstream
from adapters.signatures import BadSecret
from idp.domain.errors import Distrusted
from idp.domain.ports import Clock

RENEWAL_MARGIN: Final = 60.0  # seconds before the end (channels.md 3.1)


@dataclass(frozen=True, slots=True)
class Signed:
    """Values for one call, by the place they travel in. ``secret`` lets the signer forget what was refused."""

    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    soap_header: Mapping[str, str] = field(default_factory=dict, repr=False)
    query: Mapping[str, str] = field(default_factory=dict, repr=False)
    secret: Secret | None = None


class Signer(Protocol):
    """The right to call one platform. Safe for threads."""

    def sign(self, deadline: float) -> Signed:
        """Values for a call now, with a secret fetched if need be. Raises Unavailable or Distrusted."""
        ...

    def forget(self, signed: Signed) -> None:
        """The platform says that this secret has ended."""
        ...


class Unsigned:
    """Nothing to add: CSB signs the form itself, and some regions ask the share services for two headers alone."""

    def sign(self, deadline: float) -> Signed:
        """See :class:`Signer`."""
        del deadline
        return Signed()

    def forget(self, signed: Signed) -> None:
        """See :class:`Signer`: there is no secret."""


class CachedSigner(ABC):
    """What the platforms with short-lived secrets share: one cached secret, renewed before it ends."""

    def __init__(self, upstream: Upstream, customer: Customer, clock: Clock) -> None:
        self._upstream = upstream
        self._customer = customer
        self._clock = clock
        self._cache = SecretCache(customer.channel, self._fetch, clock)

    def sign(self, deadline: float) -> Signed:
        """See :class:`Signer`."""
        return self._signed(self._cache.get(deadline))

    def forget(self, signed: Signed) -> None:
        """See :class:`Signer`."""
        if signed.secret is not None:
            self._cache.forget(signed.secret)

    def _milliseconds(self) -> str:
        return str(int(self._clock.now() * 1000))

    def _opened(self, decrypt: Callable[[str, str], str], cipher_text: str) -> str:
        """The secret in ``cipher_text``. Raises Distrusted when it does not open under our key (channels.md 3.1)."""
        try:
            return decrypt(self._customer.key, cipher_text)
        except BadSecret:
            raise Distrusted(self._customer.channel, "secret does not open") from None

    @abstractmethod
    def _signed(self, secret: Secret) -> Signed:
        """The values of one call."""

    @abstractmethod
    def _fetch(self, old: Secret | None, deadline: float) -> Secret:
        """Ask the platform for a secret; ``old`` is the one before it."""
