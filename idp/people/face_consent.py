"""The consent to have one's face examined: separate from every other, by a text with a version, and withdrawn freely.

A face is sensitive personal information: it takes a consent of its own (PIPL articles 28, 29), and whoever gave it may
take it back as easily (article 15). What was proved while it stood stays proved; the template by which a face is
recognised at sign-in goes at once, in the same transaction, and with it the sessions in other browsers.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from idp.domain.audit_faces import FaceConsentGiven, FaceConsentWithdrawn, FaceFactorRemoved
from idp.domain.ports import (
    Clock,
    Credentials,
    EndedSession,
    FaceConsent,
    Faces,
    Outbox,
    Randomness,
    SessionFacts,
)
from idp.domain.security_event import CredentialChange, CredentialType
from idp.people.linking import is_fresh
from idp.people.origin import Origin
from idp.people.second_factor import SecondFactors
from idp.people.stamp import Stamper

# Another text is another version: who agreed to an older one is asked again.
TEXT_VERSION: Final = 1


@dataclass(frozen=True, slots=True)
class FaceConsents:
    """See the module. Every method acts on the citizen named, which is the session's."""

    faces: Faces
    credentials: Credentials
    factors: SecondFactors
    outbox: Outbox
    clock: Clock
    randomness: Randomness

    def given(self, citizen_id: str) -> bool:
        """Whether the citizen agrees to the text as it is now."""
        standing = self.faces.consent(citizen_id)
        return standing is not None and standing.version == str(TEXT_VERSION)

    def standing(self, citizen_id: str) -> FaceConsent | None:
        """What the citizen agreed to and when, also to an older text; None where nothing stands."""
        return self.faces.consent(citizen_id)

    def give(self, citizen_id: str, origin: Origin) -> None:
        """Agree to the text as it is now. Giving it again changes nothing."""
        if self.faces.give_consent(citizen_id, str(TEXT_VERSION), now=self.clock.now()):
            stamp = self._stamp(citizen_id, origin.request_id)
            self.outbox.append(FaceConsentGiven(**stamp, version=TEXT_VERSION))

    def may_withdraw(self, session: SessionFacts) -> bool:
        """Whether no sign-in is needed first.

        It is where a second factor goes with the consent: a phone left on a table must not make the account weaker.
        """
        return not self.credentials.has_face(session.citizen_id) or is_fresh(session, self.clock.now())

    def withdraw(self, citizen_id: str, origin: Origin, *, keep_token: str | None = None) -> Sequence[EndedSession]:
        """Take it back; the sessions that ended (every one but ``keep_token``'s, where a second factor went with it).

        Evidence stays: it was proved. Where nothing stood, nothing happens.
        """
        had_face = self.credentials.has_face(citizen_id)
        if not self.faces.withdraw_consent(citizen_id, now=self.clock.now()):
            return ()
        self.outbox.append(FaceConsentWithdrawn(**self._stamp(citizen_id, origin.request_id)))
        if not had_face:
            return ()
        self.outbox.append(FaceFactorRemoved(**self._stamp(citizen_id, origin.request_id)))
        self.factors.teller.credential_changed(citizen_id, CredentialType.FACE, CredentialChange.DELETE)
        return self.factors.end_others(citizen_id, keep_token)

    @property
    def _stamp(self) -> Stamper:
        return Stamper(self.clock, self.randomness)
