"""A second, optional port of a channel: signing in with an account at the upstream that was linked before.

Says *which account* is at the other end, never who a person is: nothing in here proves an identity or raises a level.
An adapter that can do it has :class:`AccountChannel` beside :class:`~idp.domain.channel.Channel`.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Protocol, TypeAlias, runtime_checkable

from idp.domain.attempt import Attempt, Reply
from idp.domain.channel import Redirect, Rejected


@dataclass(frozen=True, slots=True)
class UpstreamAccount:
    """An account as one upstream names it: the only thing a link is found by (channels.md 7.1 and 9.2).

    ``kind`` keeps identifiers of different sorts apart (``open_id`` and ``user_id``); ``app`` is the application for
    which ``id`` is valid, empty where the upstream gives one id for all applications of an owner (``unionid``). Never
    a nickname, a name, a number or a picture: those can be chosen (CVE-2026-57580).
    """

    channel: str
    app: str
    kind: str
    id: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Recognised:
    """The upstream says that this account's owner has just signed in there.

    ``nickname`` asks the upstream what the account calls itself, empty where it gives nothing; it raises nothing. It is
    for one page ("is this the account you mean?") and is asked only there.
    """

    account: UpstreamAccount
    nickname: Callable[[], str] = field(default=str, repr=False)


SignInResult: TypeAlias = Recognised | Rejected


@dataclass(frozen=True, slots=True)
class SignInFacts:
    """Signing in by this channel, as data. ``page`` is the upstream's page to which the browser is sent.

    ``own_browser`` is the mark in the User-Agent of the upstream's app, whose built-in browser it may serve otherwise.
    """

    channel: str
    label_zh: str
    label_en: str
    page: str
    own_browser: str
    attempt_seconds: int = 900


@runtime_checkable
class AccountChannel(Protocol):
    """Sign-in at one upstream, by its own OAuth page. Safe to call from several threads."""

    @property
    def sign_in_facts(self) -> SignInFacts | None:
        """What this is; None when the settings have no application for it."""
        ...

    def begin_sign_in(self, attempt: Attempt, *, in_own_browser: bool = False) -> Redirect:
        """Where to send the browser. Calls nobody. ``keep`` holds the state that must come back."""
        ...

    def resume_sign_in(self, attempt: Attempt, reply: Reply) -> SignInResult:
        """Take the browser's return, which ``attempt.receive`` has accepted.

        MUST compare the state before anything is sent, MUST redeem the code at most once, MUST raise Distrusted for an
        answer with a wrong signature or schema, and Unavailable when no usable answer comes.
        """
        ...
