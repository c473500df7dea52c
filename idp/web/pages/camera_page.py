"""The page of a camera of ours: the consent first, then the camera, its script's sentences, and the ways without it.

The page is drawn here for a journey's attempt; :class:`CameraPage` is for any page that includes ``camera_stage.html``
(a phone's, the second factor's). What its script says to the server is in :mod:`idp.web.pages.camera`.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from flask import Response, redirect, request
from flask_babel import lazy_gettext as _l
from werkzeug.wrappers import Response as AnyResponse

from idp.domain.capturing import Hint, Movement
from idp.domain.channel import Capture
from idp.journey.dispatch import Step, may_decline
from idp.people.prove import Begun
from idp.web.context import services
from idp.web.pages import camera_words, journeys
from idp.web.pages.attempts import page_of
from idp.web.pages.forms import PageForm, check_button
from idp.web.pages.headers import allow_camera
from idp.web.pages.journeys import SEE_OTHER, Visit, arrive
from idp.web.pages.prove import ways_of
from idp.web.pages.refusals import form_page
from idp.web.pages.render import journey_page
from idp.web.pages.told import Told

# What somebody may be unable to do, by the value of its box. "turn" is both turns: without one, no head is told from
# its picture, so the page leads to the other ways and sends nothing.
CANNOT: Final[Sequence[tuple[str, Any]]] = (
    (Movement.BLINK.value, _l("I cannot close my eyes and open them again")),
    (Movement.OPEN_MOUTH.value, _l("I cannot open my mouth wide")),
    ("turn", _l("I cannot turn my head")),
)
# Whose devices have a camera towards their owner's face, as their browsers call themselves.
_PHONES: Final = ("Mobile", "Android", "iPhone", "iPad", "HarmonyOS")


@dataclass(frozen=True, slots=True)
class CameraPage:
    """What ``camera_stage.html`` needs. ``base``: where the script's requests go; ``hints``: of the run before.

    Whoever makes one lets the page at hand use the camera.
    """

    base: str
    certified: bool
    hints: Sequence[Hint] = ()

    def __post_init__(self) -> None:
        """The one place where a page gets its leave, so that none has a camera without one."""
        allow_camera()

    @property
    def better(self) -> Sequence[Any]:
        """What went wrong in the run before, and how to do better."""
        return [camera_words.BETTER[each] for each in self.hints]

    @property
    def cannot(self) -> Sequence[tuple[str, Any]]:
        """What one may be unable to do."""
        return CANNOT

    @property
    def troubles(self) -> Mapping[str, Told]:
        """What else can go wrong, by the script's word."""
        return camera_words.TROUBLES

    @property
    def sentences(self) -> Mapping[str, Any]:
        """Everything that the script says, by its word."""
        hints = {f"hint.{word}": text for word, text in camera_words.HINTS.items()}
        return {**{str(word): text for word, text in camera_words.MOVEMENTS.items()}, **hints, **camera_words.SAID}


def certified() -> bool:
    """Whether the judge has a model against presentation attacks: without one the page says so (development alone)."""
    captures = services().captures
    return captures is not None and captures.judge.certified


def consent_missing(visit: Visit, channel: str) -> bool:
    """Whether the channel has a camera of ours, and the citizen has not agreed to be examined by it."""
    _token, facts = visit.signed_in
    found = services().proving.channels.get(channel)
    return found is not None and found.facts.own_camera and not services().face_consent.given(facts.citizen_id)


def ask(visit: Visit, channel: str) -> Response:
    """The consent's own page, before anything else."""
    return journey_page("camera_consent.html", visit, channel=channel, others=_others(visit, channel))


def agree(journey_id: str, channel: str) -> AnyResponse:
    """The citizen agrees, separately from everything else (PIPL article 29)."""
    visit = arrive(journey_id, Step.PROVE)
    address = journeys.address(journey_id, page_of(channel))
    check_button(address)
    if consent_missing(visit, channel):
        _token, facts = visit.signed_in
        services().face_consent.give(facts.citizen_id, visit.origin)
    return redirect(address, SEE_OTHER)


def show(visit: Visit, begun: Begun, step: Capture) -> Response:
    """The camera, for the attempt under way."""
    _token, facts = visit.signed_in
    base = journeys.address(visit.journey.id, page_of(begun.channel))
    return form_page(
        "camera.html",
        visit,
        page_of(begun.channel),
        PageForm(),
        camera=CameraPage(base, certified(), step.hints),
        facts=services().proving.channels[begun.channel].facts,
        phone="" if on_a_phone() else f"{base}/phone",
        others=_others(visit, begun.channel),
        may_decline=may_decline(visit.journey, facts.level),
    )


def on_a_phone() -> bool:
    """Whether this device is a phone or a tablet, so that handing the check over to one helps nobody."""
    return any(mark in request.headers.get("User-Agent", "") for mark in _PHONES)


def _others(visit: Visit, channel: str) -> list[Any]:
    return [each for each in ways_of(visit, channel).now if each.facts.name != channel]
