"""A check by camera handed over from a PC to a phone: the phone lends its camera to one attempt, and nothing else.

::

    PC                                           phone
    offer ─▶ QR code and a number ─ ─ ─ ─ ─ ─ ─▶ scans the code, types the number: join
    waits                                        a run at the camera
    take ◀── the attempt's result ◀── finish ◀── the picture was judged

The token in the code is no sign-in: whoever has it learns nothing of the account and can do nothing but this capture.
It is good for five minutes and for the first browser that types the number, which stands on the PC's screen alone: so
nobody is led into a stranger's check by a code on a poster or in a message (quishing). An attempt has one live token.
"""

import hashlib
import hmac
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Final, TypeAlias

from idp.domain.assurance import Level
from idp.domain.channel import Reason
from idp.domain.errors import HandoverOver, InvalidInput, Rule, StoreUnavailable
from idp.domain.ports import Clock, Randomness, Records, Versioned
from idp.people.link_proofs import digest
from idp.people.origin import Origin
from idp.people.proof_results import Begun, HeldElsewhere, Proved, Refused

HANDOVER_SECONDS: Final = 300.0
TOKEN_BYTES: Final = 24
MATCH_DIGITS: Final = 2
# Of a hundred numbers. Who mistypes thrice asks the PC for another code.
MATCH_TRIES: Final = 3
_RACES: Final = 5
_SHOWN: Final = ("attempt_id", "citizen_id", "channel", "device", "client", "until", "expires_at", "token", "match")


class Failure(StrEnum):
    """Why a run on the phone came to no result."""

    LIMIT = "limit"
    UNAVAILABLE = "unavailable"
    DISTRUSTED = "distrusted"
    ANOTHER_PERSON = "another_person"


@dataclass(frozen=True, slots=True)
class Failed:
    """No result. ``until``: when it is worth trying again (seconds since the epoch); 0 where nobody knows."""

    failure: Failure
    until: float = 0.0


Ended: TypeAlias = Proved | Refused | HeldElsewhere | Failed


@dataclass(frozen=True, slots=True)
class Handover:
    """What is handed over. ``until``: when the token is too old to be joined, ``expires_at`` the attempt.

    ``device``: the PC as its owner would call it; ``client``: the relying party whose journey it is, or empty.
    ``joined``: a phone has typed the number.
    """

    attempt_id: str
    citizen_id: str
    channel: str
    device: str
    client: str
    until: float
    expires_at: float
    joined: bool
    token: str = field(repr=False)
    match: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class _Kept:
    value: Mapping[str, Any] = field(repr=False)
    version: int

    @property
    def handover(self) -> Handover:
        joined = bool(self.value["browser"])
        return Handover(joined=joined, **{name: self.value[name] for name in _SHOWN})


@dataclass(frozen=True, slots=True)
class Handovers:
    """See the module. What is unknown, too old, replaced, used up or another browser's is HandoverOver: never which."""

    records: Records
    clock: Clock
    randomness: Randomness

    def offer(self, begun: Begun, citizen_id: str, origin: Origin) -> Handover:
        """Hand this attempt over by a new token; an older one is dead. Raises StoreUnavailable."""
        now, token = self.clock.now(), self.randomness.token(TOKEN_BYTES)
        value = {
            "attempt_id": begun.attempt_id,
            "citizen_id": citizen_id,
            "channel": begun.channel,
            "device": origin.device,
            "client": origin.client,
            "token": token,
            "match": self.randomness.digits(MATCH_DIGITS),
            "tries": MATCH_TRIES,
            "until": min(now + HANDOVER_SECONDS, begun.expires_at),
            "expires_at": begun.expires_at,
            "browser": "",
            "result": None,
        }
        self.records.create(_by_token(token), {"attempt_id": begun.attempt_id}, now=now, expires_at=begun.expires_at)
        return self._kept_as_the_live_one(value, now)

    def offered(self, attempt_id: str) -> Handover | None:
        """What this attempt was handed over by last, also when it is too old; None when it never was."""
        kept = self._of(attempt_id)
        return kept.handover if kept else None

    def look(self, token: str, browser: str) -> Handover:
        """The handover, for a phone that has not joined it yet or is the one that did. Raises HandoverOver."""
        return self._find(token, browser).handover

    def join(self, token: str, typed: str, browser: str) -> Handover:
        """Bind the token to this browser, which typed the number. Raises HandoverOver, InvalidInput (``match``)."""
        for _ in range(_RACES):
            kept = self._find(token, browser)
            if kept.handover.joined:
                return kept.handover  # the form came twice
            right = hmac.compare_digest(typed.strip().encode(), kept.handover.match.encode())
            left = kept.value["tries"] - 1
            # The try is counted before anything is said: of many guesses at once each costs one.
            change = {"browser": digest(browser)} if right else {"tries": left}
            if not self._replaced(kept, **change):
                continue
            if not right:
                if left <= 0:
                    raise HandoverOver("too many wrong numbers")
                raise InvalidInput("match", Rule.WRONG)
            return self._find(token, browser).handover
        raise HandoverOver("raced")

    def joined(self, token: str, browser: str) -> Handover:
        """The handover, for the phone that joined it. Raises HandoverOver."""
        handover = self._find(token, browser).handover
        if not handover.joined:
            raise HandoverOver("nobody has typed the number")
        return handover

    def finish(self, attempt_id: str, result: Ended) -> None:
        """Leave the result for the PC. The phone's own part is over."""
        for _ in range(_RACES):
            kept = self._of(attempt_id)
            if kept is None or self._replaced(kept, result=_to_json(result)):
                return
        raise StoreUnavailable("handover: raced")

    def take(self, attempt_id: str, citizen_id: str) -> Ended | None:
        """The result, for the PC: exactly one caller gets it; None while there is none, or when it was taken."""
        kept = self._of(attempt_id)
        if kept is None or kept.value["result"] is None or kept.handover.citizen_id != citizen_id:
            return None
        taken = self._replaced(kept, result=None, token="", browser="")
        return _from_json(kept.value["result"]) if taken else None

    def _kept_as_the_live_one(self, value: Mapping[str, Any], now: float) -> Handover:
        name = _by_attempt(str(value["attempt_id"]))
        for _ in range(_RACES):
            found = self.records.read(name, now=now)
            if isinstance(found, Versioned):
                if self.records.replace(name, value, version=found.version, now=now):
                    return _Kept(value, found.version + 1).handover
                continue
            try:
                self.records.create(name, value, now=now, expires_at=value["expires_at"])
            except StoreUnavailable:  # another tab was quicker, or the store is away: reading tells
                continue
            return _Kept(value, 1).handover
        raise StoreUnavailable("handover: raced")

    def _of(self, attempt_id: str) -> _Kept | None:
        found = self.records.read(_by_attempt(attempt_id), now=self.clock.now())
        return _Kept(found.value, found.version) if isinstance(found, Versioned) else None

    def _find(self, token: str, browser: str) -> _Kept:
        named = self.records.read(_by_token(token), now=self.clock.now())
        kept = self._of(str(named.value["attempt_id"])) if isinstance(named, Versioned) else None
        if kept is None or kept.value["result"] is not None:
            raise HandoverOver("unknown, expired or finished")
        if not hmac.compare_digest(kept.handover.token.encode(), token.encode()):
            raise HandoverOver("a newer one was offered")
        if kept.handover.joined:
            if not hmac.compare_digest(kept.value["browser"], digest(browser)):
                raise HandoverOver("of another browser")
        elif self.clock.now() >= kept.handover.until or kept.value["tries"] <= 0:
            raise HandoverOver("too old, or too many wrong numbers")
        return kept

    def _replaced(self, kept: _Kept, **changes: Any) -> bool:
        name = _by_attempt(kept.handover.attempt_id)
        return self.records.replace(name, {**kept.value, **changes}, version=kept.version, now=self.clock.now())


def _by_token(token: str) -> str:
    # A digest, so that whatever an address holds is a key of one length.
    return f"token {hashlib.sha256(token.encode()).hexdigest()}"


def _by_attempt(attempt_id: str) -> str:
    return f"of {attempt_id}"


def _to_json(result: Ended) -> dict[str, Any]:
    """In closed words. Sessions that ended are told where the result came, not once more where it is taken."""
    match result:
        case Proved():
            return {"kind": "proved", "level": int(result.level)}
        case Refused():
            return {"kind": "refused", "reason": str(result.reason), "tries_left": result.tries_left}
        case HeldElsewhere():
            return {"kind": "held", "disputable": result.disputable}
        case Failed():
            return {"kind": "failed", "failure": str(result.failure), "until": result.until}


def _from_json(value: Mapping[str, Any]) -> Ended:
    if value["kind"] == "proved":
        return Proved(Level(value["level"]))
    if value["kind"] == "refused":
        return Refused(Reason(value["reason"]), value["tries_left"])
    if value["kind"] == "held":
        return HeldElsewhere(disputable=value["disputable"])
    return Failed(Failure(value["failure"]), value["until"])
