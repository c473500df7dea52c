"""What the account page says about the face: the consent to examine it, and whether it protects the sign-in."""

from dataclasses import dataclass

from idp.web.context import services


@dataclass(frozen=True, slots=True)
class Section:
    """What ``account_face.html`` says. ``consented_at``: epoch seconds, None where no consent stands.

    ``camera``: there are checks by a camera of ours; ``opens``: the citizen signs in by the face, too.
    """

    consented_at: float | None
    camera: bool
    opens: bool


def section(citizen_id: str) -> Section | None:
    """The section, or None where there is nothing to say: no such check, and nothing agreed to."""
    consent, camera = services().face_consent.standing(citizen_id), services().captures is not None
    if consent is None and not camera:
        return None
    opens = services().face_factor.enrolled(citizen_id)
    return Section(consent.given_at if consent else None, camera, opens)
