"""The ways to show a second factor at sign-in, and at a step-up, of somebody who opted in to their face.

The face; the authenticator app where there is one; else a code texted to the confirmed mobile number. Never the face
alone: who is not recognised, or rather is not looked at today, takes another way, and finds every try of it there.
Where there is an app no text is offered: opting in to the face must not make a sign-in weaker than it was. And a text
makes two factors beside a password only: a phone that is signed in to an upstream is the phone that gets the text.
"""

from dataclasses import dataclass
from enum import StrEnum

from idp.domain.assurance import Amr
from idp.domain.audit import SecondFactorFailed
from idp.domain.audit_words import Outcome
from idp.domain.capturing import Hint, JudgeBusy, Judged, Live
from idp.domain.errors import CaptureOver, InvalidInput, LimitReached, SecondFactorRefused, StoreUnavailable
from idp.domain.ports import Citizen, Citizens, Clock, Credentials, Faces, Limits, Outbox, Randomness, SmsPurpose
from idp.people import limits as budget
from idp.people.captures import Captures
from idp.people.contact import masked_mobile
from idp.people.origin import Origin
from idp.people.stamp import Stamper
from idp.people.texted_codes import TextedCodes


class Way(StrEnum):
    """One way."""

    FACE = "face"
    APP = "app"
    TEXT = "text"


@dataclass(frozen=True, slots=True)
class Unsure:
    """The camera's pictures were too bad to tell: no try, and this would help."""

    hints: tuple[Hint, ...]


@dataclass(frozen=True, slots=True)
class SecondWays:
    """See the module. ``amr`` is what the half signed-in person has shown; ``journey_id`` where.

    ``captures`` is None in an installation without a judge: who opted in goes on by the other ways.
    """

    citizens: Citizens
    credentials: Credentials
    faces: Faces
    captures: Captures | None
    texts: TextedCodes
    limits: Limits
    outbox: Outbox
    clock: Clock
    randomness: Randomness

    def of(self, citizen_id: str, amr: tuple[str, ...]) -> tuple[Way, ...]:
        """The ways, the most comfortable first. Empty when none is left beside this first factor."""
        citizen = self._alive(citizen_id)
        if citizen is None:
            return ()
        app, face = self.credentials.totp_secret(citizen_id) is not None, self.credentials.has_face(citizen_id)
        text = face and not app and citizen.mobile is not None and Amr.PASSWORD in amr
        there = {Way.FACE: face and self.captures is not None, Way.APP: app, Way.TEXT: text}
        return tuple(way for way, offered in there.items() if offered)

    def number(self, citizen_id: str) -> str:
        """The masked mobile number."""
        citizen = self._alive(citizen_id)
        return masked_mobile(citizen.mobile) if citizen and citizen.mobile else ""

    def send_text(self, citizen_id: str, amr: tuple[str, ...], journey_id: str, origin: Origin) -> None:
        """Text a code. Raises SecondFactorRefused (not a way here), LimitReached, Unavailable."""
        mobile = self._mobile(citizen_id, amr)
        self.texts.send(citizen_id, mobile, SmsPurpose.SIGN_IN, _bound(citizen_id, journey_id), origin)

    def by_text(
        self, citizen_id: str, amr: tuple[str, ...], journey_id: str, typed_code: str, origin: Origin
    ) -> tuple[str, ...]:
        """Check the code; the further ``amr`` values. Raises InvalidInput, SecondFactorRefused, LimitReached.

        Tries are counted for the person too, however often a code is asked for anew.
        """
        mobile, pairs = self._mobile(citizen_id, amr), budget.each(budget.SECOND_FACTOR_TEXT, citizen_id)
        try:
            budget.spend(self.limits, pairs, now=self.clock.now())
            self.texts.check(mobile, SmsPurpose.SIGN_IN, _bound(citizen_id, journey_id), typed_code)
        except (LimitReached, InvalidInput) as error:
            self._failed(citizen_id, Outcome.LIMITED if isinstance(error, LimitReached) else Outcome.REFUSED, origin)
            raise
        budget.forget(self.limits, pairs)
        return (Amr.SMS, Amr.MULTIPLE_FACTORS)

    def owner(self, citizen_id: str, amr: tuple[str, ...], journey_id: str) -> str:
        """Whose the captures of this sign-in are. Raises SecondFactorRefused (not a way here)."""
        if Way.FACE not in self.of(citizen_id, amr):
            raise SecondFactorRefused
        return f"sign_in:{_bound(citizen_id, journey_id)}"

    def check_tries(self, citizen_id: str) -> None:
        """Before anybody is asked before the camera in vain. Raises LimitReached when no try is left."""
        now = self.clock.now()
        if self.limits.room(budget.SECOND_FACTOR_FACE, citizen_id, now=now) == 0:
            budget.spend(self.limits, budget.each(budget.SECOND_FACTOR_FACE, citizen_id), now=now)

    def by_face(
        self, citizen_id: str, owner: str, capture_id: str, judged: Judged, origin: Origin
    ) -> tuple[str, ...] | Unsure:
        """The further ``amr`` values by a capture of ``owner`` that was judged so; or what would help, which is no try.

        Raises SecondFactorRefused (not live, or not the person who opted in) and LimitReached. CaptureOver and
        JudgeBusy cost no try either.
        """
        if not isinstance(judged, Live) and judged.hints:
            return Unsure(judged.hints)
        pairs, now = budget.each(budget.SECOND_FACTOR_FACE, citizen_id), self.clock.now()
        try:
            budget.spend(self.limits, pairs, now=now)
        except LimitReached:
            self._failed(citizen_id, Outcome.LIMITED, origin)
            raise
        try:
            known = isinstance(judged, Live) and self._same(citizen_id, owner, capture_id)
        except (CaptureOver, JudgeBusy, StoreUnavailable):
            self.limits.refund(pairs, at=now)
            raise
        if not known:
            self._failed(citizen_id, Outcome.REFUSED, origin)
            raise SecondFactorRefused
        budget.forget(self.limits, pairs)
        return (Amr.FACE, Amr.MULTIPLE_FACTORS)

    def _same(self, citizen_id: str, owner: str, capture_id: str) -> bool:
        template = self.faces.template(citizen_id)
        if self.captures is None or template is None:  # opted out while the camera ran
            raise CaptureOver("opted out")
        return self.captures.same(capture_id, owner, template)

    def _mobile(self, citizen_id: str, amr: tuple[str, ...]) -> str:
        citizen = self._alive(citizen_id)
        if citizen is None or citizen.mobile is None or Way.TEXT not in self.of(citizen_id, amr):
            raise SecondFactorRefused
        return citizen.mobile

    def _alive(self, citizen_id: str) -> Citizen | None:
        citizen = self.citizens.by_id(citizen_id)
        return citizen if citizen is not None and citizen.disabled_at is None else None

    def _failed(self, citizen_id: str, outcome: Outcome, origin: Origin) -> None:
        stamp = Stamper(self.clock, self.randomness)(citizen_id, origin.request_id)
        self.outbox.append(SecondFactorFailed(**stamp, outcome=outcome))


def _bound(citizen_id: str, journey_id: str) -> str:
    return f"{citizen_id}:{journey_id}"
