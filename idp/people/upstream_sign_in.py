"""At an upstream's sign-in page and back: which account it is, and the first factor when it is a linked one.

Bound three times over: to the browser (the id of the attempt never leaves this browser's journey or cookie, and the
record names the browser), to the channel (by the address it returns to and by the record: mix-up, RFC 9700 section 4.4)
and to the attempt (the adapter's state: login CSRF, RFC 6749 section 10.12). The upstreams know no PKCE; the id that
stays here while the state travels does what a verifier does. One return is taken, then the attempt is spent.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

from idp.domain.account_channel import AccountChannel, Recognised, SignInFacts, SignInResult
from idp.domain.assurance import Amr
from idp.domain.attempt import Attempt, Reply
from idp.domain.audit import SignInFailed
from idp.domain.audit_words import Outcome, SignInMethod
from idp.domain.channel import Rejected
from idp.domain.errors import (
    AttemptExpired,
    AttemptMismatch,
    AttemptSpent,
    ChannelError,
    Distrusted,
    SignInRefused,
)
from idp.domain.ports import AccountLinks, Clock, Limits, Outbox, Randomness, Records, SessionFacts, Spent
from idp.people import limits as budget
from idp.people.link_proofs import digest, in_browser
from idp.people.origin import Origin
from idp.people.sign_in import FirstFactor, SigningIn
from idp.people.stamp import Stamper

ATTEMPT_ID_BYTES: Final = 24
_KIND: Final = "sign_in_attempt"
# All that is known: a person was there and pressed buttons here and at the upstream (RFC 8176 section 2, "user"). How
# they signed in there nobody tells us, so neither a password nor a key nor a second channel is claimed.
LINKED_AMR: Final[tuple[str, ...]] = (Amr.USER_PRESENCE,)


@dataclass(frozen=True, slots=True)
class Sent:
    """Where the browser goes, and the attempt that waits for it."""

    attempt_id: str
    url: str


@dataclass(frozen=True, slots=True)
class UpstreamSignIn:
    """See the module. ``channels`` are by name: those whose settings allow signing in."""

    channels: Mapping[str, AccountChannel]
    records: Records
    links: AccountLinks
    signing_in: SigningIn
    limits: Limits
    outbox: Outbox
    clock: Clock
    randomness: Randomness

    @property
    def offers(self) -> Sequence[SignInFacts]:
        """The channels by which one may sign in, in the order in which they are offered."""
        return [facts for channel in self.channels.values() if (facts := channel.sign_in_facts) is not None]

    def facts_of(self, channel: str) -> SignInFacts:
        """What this channel's sign-in is. Raises AttemptMismatch for one that is not offered."""
        return _facts(self._channel(channel))

    def begin(self, channel: str, return_uri: str, origin: Origin, *, user_agent: str, citizen_id: str = "") -> Sent:
        """Begin at an upstream; ``citizen_id``: for whom, when it is to be linked.

        Raises LimitReached, or AttemptMismatch for a channel that is not offered.
        """
        chosen = self._channel(channel)
        facts, now = _facts(chosen), self.clock.now()
        pairs = [(budget.UPSTREAM_BROWSER, origin.browser), (budget.UPSTREAM_ADDRESS, origin.address)]
        budget.spend(self.limits, pairs, now=now)
        attempt = Attempt(self.randomness.token(ATTEMPT_ID_BYTES), channel, now + facts.attempt_seconds, return_uri)
        step = chosen.begin_sign_in(attempt, in_own_browser=facts.own_browser in user_agent)
        value = {
            "kind": _KIND,
            "channel": channel,
            "return_uri": return_uri,
            "keep": dict(step.keep),
            "browser": digest(origin.browser),
            "citizen_id": citizen_id,
            "expires_at": attempt.expires_at,
        }
        self.records.create(attempt.id, value, now=now, expires_at=attempt.expires_at)
        return Sent(attempt.id, step.url)

    def returned(
        self, attempt_id: str, channel: str, fields: Mapping[str, str], origin: Origin, *, citizen_id: str = ""
    ) -> SignInResult:
        """Take the browser's return, once. Raises AttemptError, Unavailable or Distrusted; begin anew after any."""
        attempt = self._take(attempt_id, channel, origin, citizen_id)
        try:
            result = self._channel(channel).resume_sign_in(attempt, Reply(attempt_id, channel, fields))
            if isinstance(result, Recognised) and result.account.channel != channel:
                raise Distrusted(channel, "an account of another channel")
        except ChannelError as error:
            outcome = Outcome.DISTRUSTED if isinstance(error, Distrusted) else Outcome.UNAVAILABLE
            self._failed(channel, outcome, origin)
            raise
        if isinstance(result, Rejected):
            self._failed(channel, Outcome.REFUSED, origin)
        return result

    def first_factor(self, recognised: Recognised) -> FirstFactor | None:
        """The first factor of the account's citizen; None when no citizen has linked it."""
        link = self.links.find(recognised.account)
        if link is None:
            return None
        needs_second = self.signing_in.has_second_factor(link.citizen_id)
        return FirstFactor(link.citizen_id, SignInMethod.LINKED_ACCOUNT, LINKED_AMR, needs_second, link.id)

    def facts(self, link_id: str, citizen_id: str, amr: tuple[str, ...], origin: Origin) -> SessionFacts:
        """The facts of a session opened by a link, which must still stand. Raises SignInRefused.

        ``citizen_id`` is whose it was when the first factor was shown: the second was that account's, and a link that
        went over to another account meanwhile does not bring it along.
        """
        link = self.links.by_id(link_id)
        if link is None or link.citizen_id != citizen_id or link.channel not in self.channels:
            raise SignInRefused
        facts = self.signing_in.facts(link.citizen_id, SignInMethod.LINKED_ACCOUNT, amr, origin, channel=link.channel)
        self.links.used(link_id, now=self.clock.now())
        return replace(facts, link_id=link_id)

    def stands(self, link_id: str) -> bool:
        """Whether the link is still there: it may be taken away while a sign-in by it is on its way."""
        return self.links.by_id(link_id) is not None

    def _channel(self, name: str) -> AccountChannel:
        found = self.channels.get(name)
        if found is None:
            raise AttemptMismatch("no sign-in by this channel")
        return found

    def _take(self, attempt_id: str, channel: str, origin: Origin, citizen_id: str) -> Attempt:
        """The attempt, spent by this call. A stranger's return changes nothing."""
        now = self.clock.now()
        found = self.records.read(attempt_id, now=now)
        if found is None or isinstance(found, Spent):
            raise AttemptSpent(channel) if found else AttemptExpired(channel)
        value = found.value
        if value["kind"] != _KIND or not in_browser(value, origin.browser) or value["citizen_id"] != citizen_id:
            raise AttemptMismatch("kind, browser or citizen")
        attempt = Attempt(attempt_id, value["channel"], value["expires_at"], value["return_uri"]).awaiting(
            value["keep"]
        )
        attempt.receive(Reply(attempt_id, channel), now)
        if not self.records.redeem(attempt_id, version=found.version, note="", now=now):
            raise AttemptSpent(channel)
        return attempt

    def _failed(self, channel: str, outcome: Outcome, origin: Origin) -> None:
        stamp = Stamper(self.clock, self.randomness)(None, origin.request_id)
        method = SignInMethod.LINKED_ACCOUNT
        self.outbox.append(SignInFailed(**stamp, method=method, outcome=outcome, channel=channel))


def _facts(channel: AccountChannel) -> SignInFacts:
    facts = channel.sign_in_facts
    if facts is None:
        raise AttemptMismatch("sign-in is switched off")
    return facts
