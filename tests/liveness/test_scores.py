"""Colours and scores: what a flash speaks for and against, and what an answer carries."""

import json
from dataclasses import fields, replace

import numpy as np

from liveness.assessment import Assessment, Question, Reason, Verdict, assess
from liveness.challenge import Flash
from liveness.identity import Portrait
from liveness.thresholds import DEFAULT, TABLE, Thresholds
from tests.liveness.drawn import Pose, descriptor
from tests.liveness.filmed import ASKED, COLOURS, FLASH, LIVE, each, end, film, lit, prompts


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


def full() -> Assessment:
    looked = each(lit(LIVE), lambda one: replace(one, attack=0.1))
    cohort = np.array([descriptor(who, 99) for who in (7, 8)])
    return assess(looked, Question(prompts(), FLASH, Portrait(descriptor(1, 99), cohort)))


def test_every_score_carries_its_threshold():
    scores = full().scores
    limits = {
        "light": "darkest", "light_most": "brightest", "seen": "seen", "alone": "alone", "apart": "apart",
        "apart_most": "apart_most", "found": "found", "jump": "jump", "sharpness": "sharpness",
        "frames": "fewest_frames", "frames_a_second": "fewest_a_second", "relief": "relief", "spread": "same", "unlike": "alike",
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
