"""Approving what was asked elsewhere: a terminal's code typed in, a call's request found, the match number compared.

Nothing here grants anything: the journey signs the citizen on, and what that opened is kept with the request, once.
"""

import hmac
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from idp.domain.audit_decoupled import RequestApproved, RequestRefused
from idp.domain.audit_words import ClientId
from idp.domain.decoupled import State, Waiting, Way
from idp.domain.errors import ApprovalOver, InvalidInput, Rule
from idp.domain.ports import Clock, Limits, Outbox, Randomness, Records, Versioned, WaitingRequests
from idp.people import limits as budget
from idp.people.origin import Origin
from idp.people.stamp import Stamper

USER_CODE: Final = "user_code"
MATCH: Final = "match"
_DIGITS: Final = 12
_LONGEST_TYPED: Final = 64
_FULL_WIDTH: Final = str.maketrans("０１２３４５６７８９", "0123456789")


@dataclass(frozen=True, slots=True)
class Approvals:
    """See the module. What is unknown, expired, answered or somebody else's is ApprovalOver: never which."""

    waiting: WaitingRequests
    user_codes: Records
    limits: Limits
    outbox: Outbox
    clock: Clock
    randomness: Randomness

    def by_user_code(self, typed: str, origin: Origin, citizen_id: str = "") -> Waiting:
        """The terminal's request. Raises InvalidInput (``user_code``) or LimitReached.

        Only wrong codes count, for the browser, the address, who is signed in, and all together: of 10^12 codes even
        ten thousand living ones are not met by twenty thousand guesses an hour.
        """
        code = "".join(c for c in typed[:_LONGEST_TYPED].translate(_FULL_WIDTH) if c.isascii() and c.isalnum())
        if not code:
            raise InvalidInput(USER_CODE, Rule.MISSING)
        if len(code) != _DIGITS or not code.isdigit():
            raise InvalidInput(USER_CODE, Rule.FORMAT)
        now = self.clock.now()
        pairs = [
            *budget.each(budget.USER_CODE_BROWSER, origin.browser),
            *budget.each(budget.USER_CODE_ADDRESS, origin.address),
            *(budget.each(budget.USER_CODE_CITIZEN, citizen_id) if citizen_id else ()),
            *budget.each(budget.USER_CODE_ALL, ""),
        ]
        budget.spend(self.limits, pairs, now=now)
        named = self.user_codes.read(code, now=now)
        waiting = self._read(str(named.value["waiting"])) if isinstance(named, Versioned) else None
        if waiting is None or not waiting.open_at(now):
            raise InvalidInput(USER_CODE, Rule.WRONG)
        self.limits.refund(pairs, at=now)
        return waiting

    def of_citizen(self, citizen_id: str) -> Sequence[Waiting]:
        """What waits for this citizen, newest first."""
        now = self.clock.now()
        found = (self._read(each) for each in self.waiting.of_citizen(citizen_id, now=now))
        return [each for each in found if each is not None and each.citizen_id == citizen_id and each.open_at(now)]

    def find(self, waiting_id: str, citizen_id: str = "") -> Waiting:
        """The request, still open, for whoever may answer it. Raises ApprovalOver."""
        waiting = self._read(waiting_id)
        if waiting is None or not waiting.open_at(self.clock.now()):
            raise ApprovalOver("unknown, expired or answered")
        if waiting.way is Way.CIBA and waiting.citizen_id != citizen_id:
            raise ApprovalOver("of another citizen")
        return waiting

    def match(self, waiting_id: str, typed: str, citizen_id: str, origin: Origin) -> None:
        """Compare the match number. Raises InvalidInput (``match``), or ApprovalOver, also for the last wrong one."""
        number = typed.strip().translate(_FULL_WIDTH)
        if not number:
            raise InvalidInput(MATCH, Rule.MISSING)
        waiting = self.find(waiting_id, citizen_id)
        if hmac.compare_digest(number.encode(), waiting.match.encode()):
            return
        left = waiting.tries - 1
        changed = waiting.with_(tries=left, **({} if left > 0 else {"state": State.REFUSED, "citizen_id": citizen_id}))
        if not self._replaced(changed):  # raced: a try that is not counted is not looked at either
            raise ApprovalOver("raced")
        if left > 0:
            raise InvalidInput(MATCH, Rule.WRONG)
        self._record_refusal(waiting, citizen_id, origin, guessed=True)
        raise ApprovalOver("too many wrong numbers")

    def approve(self, waiting_id: str, citizen_id: str, code: str, origin: Origin) -> Waiting:
        """Keep what the approval opened. Raises ApprovalOver: then nobody ever redeems it."""
        waiting = self.find(waiting_id, citizen_id)
        approved = waiting.with_(state=State.APPROVED, citizen_id=citizen_id, code=code, user_code="")
        if not self._replaced(approved):
            raise ApprovalOver("raced")
        self._forget_user_code(waiting)
        self.outbox.append(
            RequestApproved(
                **self._stamp(citizen_id, origin.request_id), client_id=ClientId(waiting.client_id), way=waiting.way
            )
        )
        return approved

    def refuse(self, waiting_id: str, citizen_id: str, origin: Origin) -> Waiting:
        """Say no, for whoever may say yes. Raises ApprovalOver."""
        waiting = self.find(waiting_id, citizen_id)
        refused = waiting.with_(state=State.REFUSED, citizen_id=citizen_id or waiting.citizen_id, user_code="")
        if not self._replaced(refused):
            raise ApprovalOver("raced")
        self._forget_user_code(waiting)
        self._record_refusal(waiting, citizen_id, origin, guessed=False)
        return refused

    def _read(self, waiting_id: str) -> Waiting | None:
        found = self.waiting.read(waiting_id, now=self.clock.now())
        return Waiting.from_json(waiting_id, found.value, found.version) if isinstance(found, Versioned) else None

    def _replaced(self, waiting: Waiting) -> bool:
        return self.waiting.replace(waiting.id, waiting.to_json(), version=waiting.version, now=self.clock.now())

    def _forget_user_code(self, waiting: Waiting) -> None:
        """One use: a code that was answered leads nowhere, not even to a page that says so."""
        if waiting.user_code:
            self.user_codes.redeem(waiting.user_code, version=1, note="", now=self.clock.now())

    def _record_refusal(self, waiting: Waiting, citizen_id: str, origin: Origin, *, guessed: bool) -> None:
        stamp = self._stamp(citizen_id or waiting.citizen_id, origin.request_id)
        client = ClientId(waiting.client_id)
        self.outbox.append(RequestRefused(**stamp, client_id=client, way=waiting.way, guessed=guessed))

    @property
    def _stamp(self) -> Stamper:
        return Stamper(self.clock, self.randomness)
