"""Upstream accounts by which their owners sign in."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from idp.domain.account_channel import UpstreamAccount


@dataclass(frozen=True, slots=True)
class AccountLink:
    """One link. Which upstream account it is can be asked (:meth:`AccountLinks.find`), but not be read back."""

    id: str
    citizen_id: str
    channel: str
    linked_at: float
    last_used_at: float | None = None


class AccountLinks(Protocol):
    """Links, kept by keyed fingerprint of (channel, app, kind, id). One upstream account, one citizen; and a citizen
    has one link a channel, so that the account page can say which one is meant.
    """

    def link(self, link_id: str, citizen_id: str, account: UpstreamAccount, *, now: float) -> AccountLink:
        """Keep a link. The same one again is answered as it is.

        Raises LinkTaken when another citizen holds this upstream account, LinkPresent when this citizen has another
        account of this channel, SignInRefused for a citizen unknown or disabled. Twenty at once: one holder.
        """
        ...

    def find(self, account: UpstreamAccount) -> AccountLink | None:
        """The link of an upstream account."""
        ...

    def by_id(self, link_id: str) -> AccountLink | None:
        """The link, as long as it stands."""
        ...

    def of_citizen(self, citizen_id: str) -> Sequence[AccountLink]:
        """A citizen's links, oldest first."""
        ...

    def used(self, link_id: str, *, now: float) -> None:
        """Somebody signed in by it."""
        ...

    def unlink(self, citizen_id: str, link_id: str, *, may_be_last: bool) -> bool:
        """Take one of the citizen's links away for good; False when there is no such link.

        Raises LastWayIn when it is the last one and ``may_be_last`` is False, also of two that go at once.
        """
        ...

    def unlink_all(self, citizen_id: str) -> Sequence[AccountLink]:
        """Take every link of a citizen away (displaced, disabled, joined); which ones they were."""
        ...
