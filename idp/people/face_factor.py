"""The face as a second factor: opted in to and taken back by its owner. Signing in by it is in ``second_ways``.

To opt in takes what an authenticator takes (:mod:`idp.people.second_factor`): a fresh password *and* a second kind of
proof. And, besides, the consent, evidence that the account's own person stood before this house's camera and was
compared with the police portrait, and another way to show a second factor: the face is never the only one. Taking it
back takes a fresh sign-in that showed a second factor. After either every other session is over, as for the app.
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from idp.domain.assurance import Amr
from idp.domain.audit_faces import FaceFactorEnrolled, FaceFactorRemoved
from idp.domain.capturing import Live
from idp.domain.errors import FactorSetupOver, SignInRefused
from idp.domain.ports import (
    Citizen,
    Citizens,
    Clock,
    Credentials,
    Faces,
    Limits,
    Outbox,
    Randomness,
    SessionFacts,
    SmsPurpose,
)
from idp.domain.security_event import CredentialChange, CredentialType
from idp.people import limits as budget
from idp.people.contact import masked_mobile
from idp.people.face_consent import FaceConsents
from idp.people.factor_setups import FactorSetups, Setup
from idp.people.linking import is_fresh
from idp.people.origin import Origin
from idp.people.second_factor import Begun, has_second_kind
from idp.people.stamp import Stamper
from idp.people.texted_codes import TextedCodes

FACE_ID_BYTES: Final = 16
# Opting in is a consent of its own, to keep a template; its text's version stands in the audit log.
OPT_IN_VERSION: Final = 1


class Lack(StrEnum):
    """Why a citizen cannot opt in now."""

    NOT_OFFERED = "not_offered"  # this installation has no judge
    EVIDENCE = "evidence"  # not yet recognised as the person of the police portrait
    OTHER_WAY = "other_way"  # no mobile number and no app: the face would be the only way


@dataclass(frozen=True, slots=True)
class FaceFactor:
    """See the module. Methods act on the citizen of the session.

    ``channels``: those with a camera of this house, whose evidence says that it saw the person of the police portrait.
    Empty where nobody judges what a camera sees.
    """

    citizens: Citizens
    credentials: Credentials
    faces: Faces
    consents: FaceConsents
    setups: FactorSetups
    texts: TextedCodes
    channels: frozenset[str]
    limits: Limits
    outbox: Outbox
    clock: Clock
    randomness: Randomness

    def enrolled(self, citizen_id: str) -> bool:
        """Whether the citizen has opted in."""
        return self.credentials.has_face(citizen_id)

    def fresh(self, session: SessionFacts) -> bool:
        """Whether this session may change factors: the same rule as for linking and for the app."""
        return is_fresh(session, self.clock.now())

    def lack(self, citizen_id: str) -> Lack | None:
        """What is missing for opting in, besides what the setup itself asks for; None when nothing is."""
        citizen, now = self._alive(citizen_id), self.clock.now()
        if not self.channels:
            return Lack.NOT_OFFERED
        rows = self.citizens.evidence_of(citizen_id)
        if not any(each.channel in self.channels and each.alive(now) for each in rows):
            return Lack.EVIDENCE
        if citizen.mobile is None and self.credentials.totp_secret(citizen_id) is None:
            return Lack.OTHER_WAY
        return None

    def number_for_code(self, session: SessionFacts) -> str | None:
        """The masked number that :meth:`begin` would text to; empty where it needs no text, None where it cannot."""
        mobile = self._alive(session.citizen_id).mobile
        if has_second_kind(session):
            return ""
        return masked_mobile(mobile) if mobile else None

    def begin(self, session: SessionFacts, origin: Origin) -> Begun:
        """Begin, anew if one was begun before, with the consent; texts a code where only a password was shown.

        Raises FactorSetupOver (not fresh, enrolled, something lacking), SignInRefused, LimitReached or Unavailable.
        """
        citizen = self._alive(session.citizen_id)
        by_text = not has_second_kind(session)
        self._check(session)
        if not self.fresh(session) or (by_text and citizen.mobile is None):
            raise FactorSetupOver("not fresh, or no mobile number")
        budget.spend(self.limits, budget.each(budget.FACTOR_SETUP, citizen.id), now=self.clock.now())
        setup_id = self.setups.new_id()
        if by_text and citizen.mobile:
            self.texts.send(citizen.id, citizen.mobile, SmsPurpose.FACE_FACTOR, setup_id, origin)
        self.consents.give(citizen.id, origin)
        self.setups.make(setup_id, "", session, origin.browser, by_text=by_text)
        return Begun(setup_id, masked_mobile(citizen.mobile) if by_text and citizen.mobile else "")

    def confirm_mobile(self, setup_id: str, typed_code: str, session: SessionFacts, origin: Origin) -> None:
        """Check the text message's code. Raises InvalidInput (``code``), FactorSetupOver, SignInRefused."""
        setup = self.setups.read(setup_id, session, origin.browser)
        mobile = self._alive(session.citizen_id).mobile or ""
        self.texts.check(mobile, SmsPurpose.FACE_FACTOR, setup_id, typed_code)
        self.setups.confirm(setup)

    def confirmed(self, setup_id: str, session: SessionFacts, origin: Origin) -> bool:
        """Whether the setup is past the text message. Raises FactorSetupOver."""
        return self.setups.read(setup_id, session, origin.browser).confirmed

    def owner(self, setup_id: str, session: SessionFacts, origin: Origin) -> str:
        """Whose the setup's captures are (:class:`idp.people.captures.Captures`). Raises FactorSetupOver."""
        return f"factor:{self._confirmed(setup_id, session, origin).id}"

    def enrol(self, setup_id: str, live: Live, session: SessionFacts, origin: Origin) -> tuple[str, ...]:
        """Keep the template of a capture of this setup; what the person has shown by now (RFC 8176).

        Raises FactorSetupOver (also for all but one of several at once), SignInRefused.
        """
        citizen = self._alive(session.citizen_id)
        setup = self._confirmed(setup_id, session, origin)
        self.setups.take(setup)
        face_id = self.randomness.hex(FACE_ID_BYTES)
        if not self.faces.enrol(citizen.id, face_id, live.template, now=self.clock.now()):
            raise FactorSetupOver("another one was quicker, or the consent was withdrawn")
        self.outbox.append(FaceFactorEnrolled(**self._stamp(citizen.id, origin.request_id), version=OPT_IN_VERSION))
        self._tell(citizen.id, CredentialChange.CREATE)
        text = (Amr.SMS,) if setup.by_text else ()
        return (*text, Amr.FACE, Amr.MULTIPLE_FACTORS)

    def may_remove(self, session: SessionFacts) -> bool:
        """Whether this sign-in is fresh and showed a second factor, whichever of the account's."""
        return self.fresh(session) and Amr.MULTIPLE_FACTORS in session.amr

    def remove(self, session: SessionFacts, origin: Origin) -> bool:
        """Delete the template; False when there was none. Raises FactorSetupOver (:meth:`may_remove` says no)."""
        if not self.may_remove(session):
            raise FactorSetupOver("not fresh, or one factor only")
        return self._take_away(session.citizen_id, origin.request_id)

    def remove_lost(self, citizen_id: str) -> bool:
        """Delete the template, for an operator who vouches for the person. False when there was none."""
        return self._take_away(citizen_id, by_operator=True)

    def _take_away(self, citizen_id: str, request_id: str | None = None, *, by_operator: bool = False) -> bool:
        self.setups.void(citizen_id)
        if not self.faces.forget(citizen_id):
            return False
        self.outbox.append(FaceFactorRemoved(**self._stamp(citizen_id, request_id), by_operator=by_operator))
        self._tell(citizen_id, CredentialChange.REVOKE if by_operator else CredentialChange.DELETE)
        return True

    def _tell(self, citizen_id: str, change: CredentialChange) -> None:
        self.consents.factors.teller.credential_changed(citizen_id, CredentialType.FACE, change)

    def _confirmed(self, setup_id: str, session: SessionFacts, origin: Origin) -> Setup:
        setup = self.setups.read(setup_id, session, origin.browser)
        self._check(session)
        if not setup.confirmed:
            raise FactorSetupOver("the text message's code is missing")
        return setup

    def _check(self, session: SessionFacts) -> None:
        if self.enrolled(session.citizen_id) or self.lack(session.citizen_id) is not None:
            raise FactorSetupOver("one is enrolled, or something is lacking")

    def _alive(self, citizen_id: str) -> Citizen:
        citizen = self.citizens.by_id(citizen_id)
        if citizen is None or citizen.disabled_at is not None:
            raise SignInRefused
        return citizen

    @property
    def _stamp(self) -> Stamper:
        return Stamper(self.clock, self.randomness)
