"""The audit vocabulary (:mod:`idp.domain.audit`) about faces: consents, and the face as a second factor.

Never a picture, a measure or a score.
"""

from dataclasses import dataclass
from typing import ClassVar

from idp.domain.audit_words import AuditEvent


@dataclass(frozen=True, slots=True, kw_only=True)
class FaceConsentGiven(AuditEvent):
    """A citizen agreed that their face may be examined; ``version`` of the text."""

    kind: ClassVar[str] = "face_consent_given"
    version: int


@dataclass(frozen=True, slots=True, kw_only=True)
class FaceConsentWithdrawn(AuditEvent):
    """A citizen took the consent back; the template, if there was one, went with it."""

    kind: ClassVar[str] = "face_consent_withdrawn"


@dataclass(frozen=True, slots=True, kw_only=True)
class FaceFactorEnrolled(AuditEvent):
    """A citizen opted in to the face as a second factor: sign-ins ask for one from now on.

    ``version`` of the text by which they agreed that a template is kept.
    """

    kind: ClassVar[str] = "face_factor_enrolled"
    version: int


@dataclass(frozen=True, slots=True, kw_only=True)
class FaceFactorRemoved(AuditEvent):
    """The face is a second factor no more: by its owner, with the consent, or by an operator."""

    kind: ClassVar[str] = "face_factor_removed"
    by_operator: bool = False
