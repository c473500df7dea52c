"""Requests that are approved elsewhere than where they were made: at a terminal (RFC 8628), by telephone (CIBA).

Who asks stands before a terminal or holds a telephone; who approves is signed in on a device of their own. Between the
two stands the *match number*: the terminal shows it (the operator reads it out), and only who types it can approve. So
whoever was lured to a request by a message or a forged page has no number to type (RFC 8628 section 5.4).
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from enum import StrEnum
from typing import Any, Final, Self

from idp.domain.authorization import AuthorizationRequest

MATCH_DIGITS: Final = 2
# Of a hundred numbers: whoever was lured here and guesses gets it right in three cases of a hundred, once.
MATCH_TRIES: Final = 3
# How long a request is still known after its end, so that a late poll is told that it expired.
AFTERLIFE: Final = 600.0


class Way(StrEnum):
    """How a request came."""

    DEVICE = "device"
    CIBA = "ciba"


class State(StrEnum):
    """Where a request stands. One that was redeemed, or is too old, has no state any more."""

    PENDING = "pending"
    APPROVED = "approved"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class Waiting:
    """A request that waits for its approval. ``id`` is a digest of the secret that polls for it, never that secret.

    ``label`` is the client's own plain text about it: where the terminal stands, or CIBA's binding message. ``until``:
    when it ends (epoch seconds). ``citizen_id``: whom it is for (empty at a terminal, and where nobody was found), then
    who answered it. ``code``: opens the grant, once approved. ``secret`` and ``notify`` are kept only to notify by
    (CIBA section 10.2): the request's own identifier and the bearer token that the client wants to see.
    """

    id: str
    way: Way
    client_id: str
    request: AuthorizationRequest
    created_at: float
    until: float
    match: str = field(repr=False)
    label: str = field(default="", repr=False)
    tries: int = MATCH_TRIES
    state: State = State.PENDING
    citizen_id: str = ""
    user_code: str = field(default="", repr=False)
    code: str = field(default="", repr=False)
    secret: str = field(default="", repr=False)
    notify: str = field(default="", repr=False)
    version: int = 1

    def open_at(self, now: float) -> bool:
        """Whether it can still be approved or refused."""
        return self.state is State.PENDING and now < self.until

    def with_(self, **changes: Any) -> Self:
        """This request with other values."""
        return replace(self, **changes)

    def to_json(self) -> dict[str, Any]:
        """JSON values, for a sealed record; id and version are the store's."""
        plain = {each.name: getattr(self, each.name) for each in fields(self) if each.name not in {"id", "version"}}
        return {**plain, "request": self.request.to_json()}

    @classmethod
    def from_json(cls, waiting_id: str, value: Mapping[str, Any], version: int) -> Self:
        """The inverse of :meth:`to_json`."""
        read = {
            "way": Way(value["way"]),
            "state": State(value["state"]),
            "request": AuthorizationRequest.from_json(value["request"]),
        }
        return cls(**{**value, **read, "id": waiting_id, "version": version})
