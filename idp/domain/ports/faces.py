"""What lasts of a face: that its owner agreed, and what it is recognised by. Never a picture."""

from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True)
class FaceConsent:
    """That a citizen agreed to have their face examined: by which text, and when. Seconds since the epoch."""

    version: str
    given_at: float
    withdrawn_at: float | None = None


class Faces(Protocol):
    """Consents to examine a face, and the templates of citizens who sign in by theirs.

    A template is never there without a consent that stands: whoever withdraws it takes the template away in the same
    transaction. Nothing that is kept with a template says whose it is.
    """

    def consent(self, citizen_id: str) -> FaceConsent | None:
        """The consent that stands."""
        ...

    def give_consent(self, citizen_id: str, version: str, *, now: float) -> bool:
        """Agree to the text ``version``. False, and nothing changed, when it is agreed to already.

        An earlier version's consent ends with it. Raises StoreUnavailable for an unknown citizen.
        """
        ...

    def withdraw_consent(self, citizen_id: str, *, now: float) -> bool:
        """End the consent and forget the template, together. False when there was none."""
        ...

    def enrol(self, citizen_id: str, face_id: str, template: bytes, *, now: float) -> bool:
        """Keep a template under ``face_id`` (random). Of any number of callers one gets True.

        False where one is kept already, or no consent stands.
        """
        ...

    def template(self, citizen_id: str) -> bytes | None:
        """What the citizen's face is recognised by; None for who has not opted in."""
        ...

    def forget(self, citizen_id: str) -> bool:
        """Delete the template. False when there was none; the consent stays."""
        ...
