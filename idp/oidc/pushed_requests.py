"""Pushed authorization requests (RFC 9126): kept between POST /par and the browser's arrival at /authorize.

What was pushed is kept as parameters, not as a verdict: everything is checked when it is pushed *and* when it is
opened, for a registration may change between the two (section 4). A request may be opened again until a code was given
for it, as a page may be loaded twice, and never afterwards. The relaxed redirect URIs of section 2.4 are not adopted.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from idp.domain.client import Client
from idp.domain.ports import Clock, Randomness, Records, Versioned
from idp.oidc.errors import InvalidRequestUriError

PREFIX: Final = "urn:ietf:params:oauth:request_uri:"
NAME_BYTES: Final = 32


@dataclass(frozen=True, slots=True)
class Pushed:
    """A pushed request as it was kept. ``name`` is its record's, a secret until the browser brings it."""

    name: str = field(repr=False)
    parameters: Mapping[str, str] = field(repr=False)


class PushedRequests:
    """See the module. ``life``: seconds in which a request can be opened; ``journey_life``: in which it is answered."""

    def __init__(self, records: Records, clock: Clock, randomness: Randomness, *, life: int, journey_life: int) -> None:
        self._records = records
        self._clock = clock
        self._randomness = randomness
        self._journey_life = journey_life
        self.life = life

    def keep(self, client: Client, parameters: Mapping[str, str]) -> str:
        """The ``request_uri`` of a request that was checked: 256 random bits, bound to the client (section 2.2)."""
        name, now = self._randomness.token(NAME_BYTES), self._clock.now()
        value = {"client_id": client.client_id, "parameters": dict(parameters), "until": now + self.life}
        # The record outlives its opening by a journey: two that began with it must not both end with a code.
        expires_at = now + self.life + self._journey_life
        self._records.create(name, value, now=now, expires_at=expires_at)
        return PREFIX + name

    def open(self, request_uri: str, client: Client, *, take: bool) -> Pushed:
        """The request behind a ``request_uri`` of ours, in one round trip.

        ``take``: nobody else is to open it now, for a code is about to be given; :meth:`put_back` when none was. Raises
        InvalidRequestUriError, alike for one that is unknown, expired, answered, or another client's.
        """
        name, now = request_uri.removeprefix(PREFIX), self._clock.now()
        found = self._records.take(name, note="answered", now=now) if take else self._records.read(name, now=now)
        if not isinstance(found, Versioned):
            raise _unknown()
        if found.value["until"] <= now or found.value["client_id"] != client.client_id:
            if take:
                self.put_back(name)  # neither a stranger's try nor a late reload ends the journey that began with it
            raise _unknown()
        return Pushed(name, found.value["parameters"])

    def put_back(self, name: str) -> None:
        """No code was given: it can be opened again."""
        self._records.put_back(name)


def is_ours(request_uri: str) -> bool:
    """Whether it names a pushed request, and not a document somewhere."""
    return request_uri.startswith(PREFIX)


def _unknown() -> InvalidRequestUriError:
    return InvalidRequestUriError(
        description="The request_uri is unknown, expired, was answered already, or is of another client."
    )
