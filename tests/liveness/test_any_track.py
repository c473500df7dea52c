"""Any track and any question end in an Assessment: missing faces, no numbers, no time, one frame, none."""

import json
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from liveness.assessment import Assessment, Question, Reason, Verdict, assess
from liveness.challenge import Flash, Movement, Prompt
from liveness.identity import Portrait
from liveness.track import DESCRIPTOR, Sample, Track
from tests.liveness.drawn import descriptor, head, picture, pose_of, sample
from tests.liveness.filmed import COLOURS, LIVE, each, end, swapped

odd = st.sampled_from([float("nan"), float("inf"), -float("inf"), 1e300, -1e300, 1e155, 1e6, 0.0, -1.0, 1e-320])
numbers = odd | st.floats()
times = st.floats(0, 20) | numbers
moments = st.floats(0, 20) | st.floats(-1e9, 1e9)  # of our own making: finite


@st.composite
def spoiled(draw, base, share: float = 0.3):
    """An array of which some numbers are anything."""
    values = base.copy()
    if draw(st.floats(0, 1)) < share:
        for place in draw(st.lists(st.integers(0, base.size - 1), min_size=1, max_size=6)):
            values.flat[place] = draw(numbers)
        if draw(st.booleans()):
            values[:] = draw(numbers)
    return values


@st.composite
def samples(draw, at: float):
    seed = draw(st.integers(0, 20))
    pose = pose_of(draw(st.none() | st.sampled_from(Movement)), draw(st.floats(0, 1)))
    face = draw(st.none() | spoiled(draw(st.sampled_from([head, picture]))(pose, seed)))
    one = sample(at, head(pose, seed), person=1) if face is not None else Sample(at)
    more = {
        "points": face,
        "descriptor": draw(st.none() | spoiled(descriptor(draw(st.integers(1, 2)), seed)))
        if face is not None
        else None,
        "attack": draw(st.none() | st.floats(0, 1) | numbers),
    }
    if draw(st.booleans()):
        more |= {name: draw(numbers) for name in draw(st.sets(st.sampled_from(["light", "found", "sharpness", "at"])))}
        more |= {"box": tuple(draw(st.lists(numbers, min_size=4, max_size=4)))} if draw(st.booleans()) else {}
        more |= {"colour": tuple(draw(st.lists(numbers, min_size=3, max_size=3)))} if draw(st.booleans()) else {}
    return replace(one, **more)


@st.composite
def tracks(draw):
    when = draw(st.lists(times, max_size=12) | st.integers(0, 90).map(lambda n: [i / 10 for i in range(n)]))
    few = draw(st.lists(samples(0.0), min_size=1, max_size=4))
    # A few different frames again and again: long tracks too, in a reasonable time.
    frames = [few[index % len(few)] for index in range(len(when))]
    return Track(tuple(replace(one, at=at) for one, at in zip(frames, when, strict=True)))


questions = st.builds(
    Question,
    st.lists(st.builds(Prompt, st.sampled_from(Movement), moments, moments), max_size=4).map(tuple),
    st.none() | st.builds(Flash, st.just(COLOURS), moments, moments),
    st.none()
    | st.sampled_from([Portrait(descriptor(1)), Portrait(descriptor(2), np.array([descriptor(1), descriptor(3)]))]),
)


@given(tracks(), questions)
def test_any_track_and_any_question_end_in_an_assessment(track, question):
    found = assess(track, question)

    assert isinstance(found, Assessment)
    assert bool(found.reasons) is (found.verdict is not Verdict.ACCEPT)
    json.dumps(found.as_json(), allow_nan=False)


@pytest.mark.parametrize("value", [float("nan"), float("inf"), -float("inf"), 1e300, 1e160])
@pytest.mark.parametrize("place", [30, 36, 45, 62, None], ids=["nose", "eye", "eyes", "mouth", "all"])
def test_landmarks_that_are_no_numbers_of_a_picture_are_no_face(value, place):
    def spoil(one: Sample) -> Sample:
        points = one.points.copy()
        points[slice(None) if place is None else place] = value
        return replace(one, points=points)

    everywhere = end(each(LIVE, spoil))
    assert everywhere[0] is Verdict.RETRY
    assert Reason.NO_FACE in everywhere[1]
    assert end(each(LIVE, spoil, lambda index: index == 30)) == (Verdict.ACCEPT, ())


@pytest.mark.parametrize("value", [float("nan"), float("inf"), 1e300])
def test_a_descriptor_that_is_none_hides_no_second_person(value):
    nothing = np.full(DESCRIPTOR, value)
    spoilt = each(swapped(LIVE), lambda one: replace(one, descriptor=nothing), lambda index: index in {0, 30, 60})
    assert end(spoilt) == (Verdict.REFUSE, (Reason.TWO_PEOPLE,))


@pytest.mark.parametrize("at", [float("nan"), float("inf"), -float("inf"), 1e300])
def test_a_frame_at_no_time_is_left_out(at):
    last = len(LIVE.samples) - 1
    assert end(each(LIVE, lambda one: replace(one, at=at), lambda index: index in {0, last})) == (Verdict.ACCEPT, ())


@pytest.mark.parametrize("count", [0, 1, 2])
def test_hardly_a_frame_is_asked_for_again(count):
    verdict, reasons = end(Track(LIVE.samples[:count]))
    assert verdict is Verdict.RETRY
    assert Reason.TOO_SLOW in reasons


def test_frames_without_time_are_asked_for_again():
    assert end(each(LIVE, lambda one: replace(one, at=0.0)))[0] is Verdict.RETRY
