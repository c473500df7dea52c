"""Who moves is who is compared: no picture of somebody else stands in for the frames that are described."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from liveness.assessment import Reason, Verdict
from liveness.stream import Streamer
from liveness.track import DESCRIPTOR, Sample
from tests.liveness import drawn
from tests.liveness.puppet import Puppet, streamer

VICTIM, MOVER = 2, 1
LATER = 0.8  # seconds: the picture stays for as long as a script thinks that it is looked at


@pytest.mark.parametrize("seed", range(8))
def test_somebody_else_who_makes_the_movements_is_seen(seed: int):
    who = {"person": VICTIM}

    def acts(movement: Any, since: float) -> drawn.Pose:
        far = drawn.course(movement, since - LATER) if movement else 0.0
        half = movement is not None and movement.turns and far < 0.75
        who["person"] = VICTIM if movement is None or far == 0.0 or half else MOVER
        return drawn.pose_of(movement, far)

    puppet = Puppet(streamer(seed), acts=acts, more=lambda _number: dict(who), together=1)
    state, _ = puppet.run()
    found, _ = puppet.streamer.decide(state, puppet.wanted)
    assert sum(b'"person": 1' in each for each in puppet.pictures) > 8
    assert (found.verdict, found.reasons[0]) == (Verdict.REFUSE, Reason.TWO_PEOPLE)


@pytest.mark.parametrize("seed", range(8))
def test_a_picture_that_is_moved_about_while_it_is_described_has_no_relief(seed: int):
    """The described frames show a picture of the victim, pushed aside; a head turns only between them."""
    shown = {"flat": False}

    def acts(movement: Any, since: float) -> drawn.Pose:
        far = drawn.course(movement, since) if movement else 0.0
        shown["flat"] = bool(movement is not None and movement.turns and far > 0.8)
        return drawn.pose_of(movement, far)

    puppet = Puppet(streamer(seed), acts=acts, more=lambda _number: dict(shown), together=1)
    state, _ = puppet.run()
    found, _ = puppet.streamer.decide(state, puppet.wanted)
    assert found.verdict is not Verdict.ACCEPT


class LookAlikes(drawn.Eye):
    """Two people 0.55 apart: nearer than the limit that a turned face of one person needs."""

    def describe(self, picture: Any, sample: Sample) -> Sample:
        self.described.append(picture["number"])
        face = np.zeros(DESCRIPTOR)
        face[0 if picture.get("person") == VICTIM else 1 + picture["number"] % 100] = (
            0.55 if picture.get("person") else 0.1
        )
        return replace(sample, descriptor=face)


@pytest.mark.parametrize("seed", range(5))
def test_one_sharp_frame_of_a_look_alike_is_never_the_picture_that_is_compared(seed: int):
    used: list[bool] = []

    def more(_number: int) -> dict[str, Any]:  # the frame after the last movement was seen to be done
        told = puppet.told[-1] if puppet.told else None
        if used or told is None or told.done < told.steps:
            return {}
        used.append(True)
        return {"person": VICTIM, "sharpness": 500.0}

    puppet = Puppet(Streamer(LookAlikes(), np.random.default_rng(seed).random), more=more, together=1)
    state, _ = puppet.run()
    found, _ = puppet.streamer.decide(state, puppet.wanted)
    assert found.verdict is not Verdict.ACCEPT or b'"person"' not in puppet.wanted
