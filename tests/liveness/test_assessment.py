"""All of it in one answer: any track ends in an Assessment, and the stories end as they should."""

import json
from dataclasses import fields, replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from liveness.assessment import Assessment, Question, Reason, Verdict, assess
from liveness.challenge import Flash, Movement, Prompt
from liveness.identity import Portrait
from liveness.movements import Made
from liveness.thresholds import DEFAULT, TABLE, Thresholds
from liveness.track import DESCRIPTOR, Sample, Track
from tests.liveness.drawn import Pose, clip, course, descriptor, head, picture, pose_of, sample

ASKED = [(Movement.TURN_LEFT, 1.5), (Movement.BLINK, 5.0), (Movement.TURN_RIGHT, 8.0), (Movement.OPEN_MOUTH, 11.5)]
EVERY_SIXTH = 6  # frames of which one is described


def prompts(asked=ASKED, lasts: float = 3.0) -> tuple[Prompt, ...]:
    return tuple(Prompt(movement, shown, shown + lasts) for movement, shown in asked)


def film(pose_at, seconds: float = 15.0, draw=head, rate: float = 12.0, **more) -> Track:
    samples = []
    for index in range(int(seconds * rate)):
        at = index / rate
        said = {"person": 1 if index % EVERY_SIXTH == 0 else None, **more}
        samples.append(sample(at, draw(replace(pose_at(at), noise=0.4), index), **said))
    return Track(tuple(samples))


def doing(asked=ASKED, *, later: float = 0.0, without: frozenset[Movement] = frozenset()):
    """Somebody who does what is asked, ``later`` than others do, and misses some."""

    def pose(at: float) -> Pose:
        now = [(movement, at - shown - later) for movement, shown in asked if at >= shown + later]
        movement, since = now[-1] if now else (None, 0.0)
        return pose_of(movement, course(movement, since)) if movement and movement not in without else Pose()

    return pose


LIVE = film(doing())


def each(track: Track, change, where=lambda _index: True) -> Track:
    return replace(
        track, samples=tuple(change(one) if where(index) else one for index, one in enumerate(track.samples))
    )


def end(track: Track, question: Question | None = None) -> tuple[Verdict, tuple[Reason, ...]]:
    found = assess(track, question or Question(prompts()))
    return found.verdict, found.reasons


# ---- stories -----------------------------------------------------------------------------------------------------------


def test_a_live_person_who_did_what_was_asked_is_accepted():
    found = assess(LIVE, Question(prompts()))
    assert (found.verdict, found.reasons) == (Verdict.ACCEPT, ())
    assert [answer.made for answer in found.answers] == [Made.DONE] * 4


def test_a_live_person_of_the_portrait_is_accepted():
    portrait = Portrait(descriptor(1, 99), np.array([descriptor(who, 99) for who in (7, 8, 9)]))
    assert end(LIVE, Question(prompts(), None, portrait)) == (Verdict.ACCEPT, ())


def test_a_picture_that_only_lies_there_is_refused():
    assert end(clip(ASKED, flat=True), Question(prompts())) == (Verdict.REFUSE, (Reason.NO_MOVEMENT,))


def test_a_tilted_print_that_moves_its_nose_as_a_head_does_is_flat():
    def tilted(at: float) -> Pose:
        far = course(Movement.TURN_LEFT, at - 1.5) if at >= 1.5 else 0.0
        return Pose(yaw=45 * far, pitch=45 * far)

    found = assess(film(tilted, 6.0, picture), Question(prompts(ASKED[:1])))
    assert [answer.made for answer in found.answers] == [Made.DONE]
    assert (found.verdict, found.reasons) == (Verdict.REFUSE, (Reason.FLAT,))


def test_one_flat_turn_of_two_is_enough_to_refuse():
    asked = [(Movement.TURN_LEFT, 1.5), (Movement.TURN_RIGHT, 5.0)]

    def acts(at: float) -> Pose:
        return doing(asked)(at)

    real, half = film(acts, 9.0), film(acts, 9.0, picture)
    tilt = film(lambda at: Pose(yaw=-45 * course(Movement.TURN_LEFT, at - 5.0), pitch=45 * course(Movement.TURN_LEFT, at - 5.0)) if at > 5 else Pose(), 9.0, picture)  # fmt: skip
    mixed = Track(tuple(a if a.at < 4.9 else b for a, b in zip(real.samples, tilt.samples, strict=True)))

    assert end(real, Question(prompts(asked))) == (Verdict.ACCEPT, ())
    assert end(half, Question(prompts(asked)))[0] is Verdict.REFUSE
    assert end(mixed, Question(prompts(asked))) == (Verdict.REFUSE, (Reason.FLAT,))


def swapped(track: Track) -> Track:
    return each(
        track,
        lambda one: replace(one, descriptor=descriptor(2)) if one.descriptor is not None else one,
        lambda index: index > 90,
    )


@pytest.mark.parametrize("light", [5.0, 120.0, 250.0])
def test_two_people_are_refused_whatever_the_light(light):
    dim = each(swapped(LIVE), lambda one: replace(one, light=light))
    assert end(dim) == (Verdict.REFUSE, (Reason.TWO_PEOPLE,))


@pytest.mark.parametrize("light", [5.0, 120.0])
def test_another_person_than_the_portraits_is_refused_whatever_the_light(light):
    track = each(LIVE, lambda one: replace(one, light=light))
    assert end(track, Question(prompts(), None, Portrait(descriptor(2)))) == (Verdict.REFUSE, (Reason.OTHER_PERSON,))


def test_nobody_is_two_people_for_lack_of_light_alone():
    assert end(each(LIVE, lambda one: replace(one, light=5.0))) == (Verdict.RETRY, (Reason.MORE_LIGHT,))


def test_movements_in_another_order_are_refused():
    order = [Movement.OPEN_MOUTH, Movement.TURN_RIGHT, Movement.BLINK, Movement.TURN_LEFT]
    asked = [(movement, shown) for movement, (_, shown) in zip(order, ASKED, strict=True)]
    verdict, reasons = end(LIVE, Question(prompts(asked)))
    assert verdict is Verdict.REFUSE
    assert Reason.ANOTHER_MOVEMENT in reasons


def test_left_for_right_is_refused():
    assert end(LIVE, Question(prompts([(Movement.TURN_RIGHT, 1.5)])))[1][0] is Reason.ANOTHER_MOVEMENT


def test_a_start_before_the_prompt_is_asked_for_again():
    early = film(doing([(Movement.TURN_LEFT, 1.2), (Movement.BLINK, 5.0)]), 8.0)
    asked = prompts([(Movement.TURN_LEFT, 1.8), (Movement.BLINK, 5.0)])
    assert end(early, Question(asked)) == (Verdict.RETRY, (Reason.TOO_EARLY,))


@pytest.mark.parametrize("missed", [Movement.BLINK, Movement.OPEN_MOUTH])
def test_a_missed_blink_or_mouth_of_a_head_that_turned_is_asked_for_again(missed):
    assert end(film(doing(without=frozenset({missed})))) == (Verdict.RETRY, (Reason.NOT_SEEN,))


@pytest.mark.parametrize("missed", [Movement.TURN_LEFT, Movement.TURN_RIGHT])
def test_a_missed_turn_is_refused(missed):
    assert end(film(doing(without=frozenset({missed})))) == (Verdict.REFUSE, (Reason.NO_MOVEMENT,))


def test_a_turn_that_comes_too_late_is_refused_and_a_late_blink_asked_for_again():
    late = film(doing([(Movement.TURN_LEFT, 4.0)]), 8.0)
    assert end(late, Question((Prompt(Movement.TURN_LEFT, 1.0, 7.0),))) == (Verdict.REFUSE, (Reason.NO_MOVEMENT,))
    asked = (*prompts(ASKED[:1]), Prompt(Movement.BLINK, 5.0, 11.0))
    blinks = film(doing([ASKED[0], (Movement.BLINK, 8.0)]), 12.0)
    assert end(blinks, Question(asked)) == (Verdict.RETRY, (Reason.NOT_SEEN,))


def test_a_missed_blink_without_any_turn_earns_nothing():
    still = film(lambda _at: Pose(), 8.0)
    assert end(still, Question(prompts([(Movement.BLINK, 2.0)]))) == (Verdict.REFUSE, (Reason.NO_MOVEMENT,))


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"light": 20.0}, Reason.MORE_LIGHT),
        ({"light": 240.0}, Reason.LESS_LIGHT),
        ({"sharpness": 2.0}, Reason.HOLD_STILL),
        ({"found": 0.1}, Reason.UNCOVER),
        ({"faces": 2}, Reason.ONE_PERSON),
    ],
)
def test_bad_frames_are_asked_for_again_with_the_true_reason(change, reason):
    assert end(each(LIVE, lambda one: replace(one, **change))) == (Verdict.RETRY, (reason,))


def test_frames_too_bad_to_tell_are_asked_for_again_even_where_a_turn_is_missing():
    dark = film(doing(without=frozenset({Movement.TURN_LEFT})), light=20.0)
    assert end(dark) == (Verdict.RETRY, (Reason.MORE_LIGHT,))


def test_nothing_asked_is_no_acceptance():
    assert end(LIVE, Question()) == (Verdict.RETRY, (Reason.NOTHING_ASKED,))


def test_few_faces_to_compare_are_asked_for_again():
    few = each(LIVE, lambda one: replace(one, descriptor=None), lambda index: index % 60 != 0)
    question = Question(prompts(), None, Portrait(descriptor(1)))
    assert end(few, question) == (Verdict.RETRY, (Reason.LOOK_STRAIGHT,))


def test_a_face_that_is_neither_clearly_this_one_nor_another_is_asked_for_again():
    own = descriptor(1)
    apart = own + 0.45 * (np.eye(DESCRIPTOR)[0] - own * own[0] / (own @ own))
    verdict, reasons = end(LIVE, Question(prompts(), None, Portrait(apart)))
    assert (verdict, reasons) == (Verdict.RETRY, (Reason.UNSURE,))


@pytest.mark.parametrize(("attack", "verdict"), [(0.9, Verdict.REFUSE), (0.6, Verdict.REFUSE), (0.59, Verdict.ACCEPT)])
def test_what_a_network_takes_for_an_attack_is_refused(attack, verdict):
    looked = each(LIVE, lambda one: replace(one, attack=attack if one.descriptor is not None else None))
    assert end(looked) == (verdict, (Reason.ATTACK,) if verdict is Verdict.REFUSE else ())


def test_one_frame_that_a_network_doubts_is_no_attack():
    doubted = each(LIVE, lambda one: replace(one, attack=0.1))
    doubted = each(doubted, lambda one: replace(one, attack=0.99), lambda index: index == 7)
    assert end(doubted) == (Verdict.ACCEPT, ())


@pytest.mark.parametrize("said", [float("nan"), float("inf"), -float("inf")])
def test_a_network_that_says_no_number_speaks_for_nobody(said):
    looked = each(LIVE, lambda one: replace(one, attack=said))
    assert end(looked) == (Verdict.REFUSE, (Reason.ATTACK,))


# ---- flash -------------------------------------------------------------------------------------------------------------

COLOURS = ("red", "green", "blue", "green", "red", "blue")
FLASH = Flash(COLOURS, 1.0, 0.5)


def lit(track: Track, order=COLOURS, gain: float = 12.0) -> Track:
    def coloured(one: Sample) -> Sample:
        step = int((one.at - 1.1) // 0.5)
        colour = np.array(one.colour)
        if 0 <= step < len(order):
            colour[("blue", "green", "red").index(order[step])] += gain
        return replace(one, colour=tuple(float(value) for value in colour))

    return each(track, coloured)


def test_a_flash_alone_is_answered_by_skin():
    assert end(lit(LIVE), Question((), FLASH)) == (Verdict.ACCEPT, ())


def test_a_flash_alone_that_nothing_answers_is_refused():
    assert end(LIVE, Question((), FLASH)) == (Verdict.REFUSE, (Reason.FLASH,))


def test_a_flash_that_was_not_seen_whole_is_refused_where_nothing_else_was_asked():
    assert end(LIVE, Question((), Flash(COLOURS, 100.0, 0.5)))[0] is Verdict.REFUSE


def test_a_flash_that_nothing_answers_is_soft_where_movements_were_made():
    assert end(LIVE, Question(prompts(), FLASH)) == (Verdict.ACCEPT, ())


def test_a_flash_in_another_order_speaks_against_a_recording_that_made_the_movements():
    recorded = lit(LIVE, ("green", "blue", "red", "blue", "green", "red"))
    assert end(recorded, Question(prompts(), FLASH)) == (Verdict.REFUSE, (Reason.FLASH,))


def test_a_capture_that_ended_before_all_was_asked_is_asked_for_again_whatever_was_seen():
    assert end(lit(LIVE), Question(prompts(ASKED[:1]), FLASH, unasked=3)) == (Verdict.RETRY, (Reason.NOT_SEEN,))
    assert end(lit(LIVE), Question((), FLASH, unasked=4)) == (Verdict.RETRY, (Reason.NOTHING_ASKED,))


def test_a_flash_does_not_make_up_for_a_missed_turn():
    still = lit(film(lambda _at: Pose()))
    assert end(still, Question(prompts(), FLASH)) == (Verdict.REFUSE, (Reason.NO_MOVEMENT,))


# ---- what an answer carries --------------------------------------------------------------------------------------------


def full() -> Assessment:
    looked = each(lit(LIVE), lambda one: replace(one, attack=0.1))
    cohort = np.array([descriptor(who, 99) for who in (7, 8)])
    return assess(looked, Question(prompts(), FLASH, Portrait(descriptor(1, 99), cohort)))


def test_every_score_carries_its_threshold():
    scores = full().scores
    limits = {
        "light": "darkest", "light_most": "brightest", "seen": "seen", "alone": "alone", "apart": "apart",
        "apart_most": "apart_most", "found": "found", "jump": "jump", "sharpness": "sharpness",
        "frames": "fewest_frames", "frames_a_second": "fewest_a_second", "relief": "relief", "spread": "same",
        "flash_rank": "flash_rank", "flash_strength": "flash_strength", "attack": "attack", "match": "match",
        "margin": "margin",
    }  # fmt: skip
    assert {score.name: score.limit for score in scores} == {name: TABLE[limit] for name, limit in limits.items()}
    assert all(score.holds for score in scores)
    assert {score.name for score in scores if score.soft} == {"flash_rank", "flash_strength"}
    assert sum(score.name == "relief" for score in scores) == 2  # one a turn


def test_the_table_of_thresholds_is_complete():
    assert set(TABLE) == {each.name for each in fields(Thresholds)}


def test_an_assessment_is_json_and_holds_nothing_of_a_face():
    text = json.dumps(full().as_json(), allow_nan=False)
    said = json.loads(text)
    assert set(said) == {"verdict", "reasons", "scores", "answers"}
    assert {key for row in said["scores"] for key in row} == {"name", "value", "limit", "holds", "soft"}
    assert {key for row in said["answers"] for key in row} == {"movement", "made", "size", "onset", "over"}
    numbers = {row["value"] for row in said["scores"]} | {row["size"] for row in said["answers"]}
    of_a_face = {float(v) for one in LIVE.samples for rows in (one.points, one.descriptor) if rows is not None for v in rows.flat}  # fmt: skip
    assert not numbers & of_a_face


def test_an_assessment_of_few_described_faces_is_json_too():
    few = each(LIVE, lambda one: replace(one, descriptor=None), lambda index: index % 60 != 0)
    found = assess(few, Question(prompts(), None, Portrait(descriptor(1))))
    json.dumps(found.as_json(), allow_nan=False)


def test_another_table_of_thresholds_decides_otherwise():
    strict = replace(DEFAULT, relief=0.5)
    assert assess(LIVE, Question(prompts()), strict).reasons == (Reason.FLAT,)


# ---- anything at all ---------------------------------------------------------------------------------------------------

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
