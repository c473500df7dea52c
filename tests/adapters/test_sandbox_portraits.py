"""The sandbox's photographs: real pictures are compared with them, where there is a face model."""

import base64

import numpy as np
import pytest

from adapters.sandbox.portraits import Portraits
from tests.adapters.rigs import World
from tests.liveness import drawn

ZHANG_SAN, LI_SI = "370102190103070012", "370102190204150003"


def picture(person: int, number: int = 0) -> bytes:
    return drawn.jpeg(number, 0.0, drawn.Pose(), person=person)


def distance(first: bytes, second: bytes) -> float:
    """A model for drawn faces."""
    eye = drawn.Eye()
    return float(np.linalg.norm(eye.portrait(first) - eye.portrait(second)))


def test_without_a_model_a_picture_without_a_marker_is_of_bad_quality():
    assert Portraits().score(ZHANG_SAN, picture(1)) is None


def test_the_first_face_that_is_compared_for_somebody_becomes_theirs():
    portraits = Portraits(distance)
    first = portraits.score(ZHANG_SAN, picture(1))
    assert first is not None
    assert first >= 70
    again, another = portraits.score(ZHANG_SAN, picture(1, 5)), portraits.score(ZHANG_SAN, picture(2))
    assert again is not None
    assert another is not None
    assert again >= 70 > another
    nobody_yet = portraits.score(LI_SI, picture(2))
    assert nobody_yet is not None
    assert nobody_yet >= 70


def test_a_photograph_can_be_put_in_and_taken_out():
    portraits = Portraits(distance)
    portraits.put(ZHANG_SAN, picture(2))
    score = portraits.score(ZHANG_SAN, picture(1))
    assert score is not None
    assert score < 70
    portraits.put(ZHANG_SAN, None)
    score = portraits.score(ZHANG_SAN, picture(1))
    assert score is not None
    assert score >= 70


def test_a_picture_that_the_model_cannot_use_is_of_bad_quality_and_becomes_nobodys():
    def fails(_first: bytes, _second: bytes) -> float:
        raise ValueError("no face")

    portraits = Portraits(fails)
    assert portraits.score(ZHANG_SAN, picture(1)) is None
    assert portraits.score(ZHANG_SAN, b"\xff\xd8 no picture \xff\xd9") is None


@pytest.mark.parametrize("jpeg", ["not base64!", base64.b64encode(b"GIF89a").decode(), 5])
def test_control_takes_photographs_and_nothing_else(jpeg: object):
    world = World()
    assert world.control.put("/__control/portraits", json={"id18": ZHANG_SAN, "jpeg": jpeg}).status_code == 400
    good = base64.b64encode(picture(1)).decode()
    assert world.control.put("/__control/portraits", json={"id18": ZHANG_SAN, "jpeg": good}).status_code == 200
    assert world.control.put("/__control/portraits", json={"id18": ZHANG_SAN, "jpeg": None}).status_code == 200
