"""Which channels with a camera of ours may be offered, by who judges for them."""

from dataclasses import dataclass, replace

import pytest

from adapters import local_face, police_population
from idp.domain import face_channels
from idp.domain.channel import ChannelFacts
from tests.capture_judge import ScriptedJudge
from tests.people.doubles import ScriptedChannel

FACE, POLICE = (ScriptedChannel(each.FACTS) for each in (local_face, police_population))
CHANNELS = {"local_face": FACE, "police_population": POLICE}


@dataclass
class Case:
    judge: ScriptedJudge | None
    offered: list[str]
    fault: str


CASES = [
    Case(None, ["police_population"], "no liveness judge is installed"),
    Case(ScriptedJudge(certified=False), list(CHANNELS), "its judge has no model for presentation attacks"),
    Case(ScriptedJudge(), list(CHANNELS), ""),
]


@pytest.mark.parametrize("case", CASES, ids=["nobody", "uncertified", "certified"])
def test_a_camera_is_offered_where_somebody_judges_and_is_a_fault_where_a_photograph_passes(case: Case):
    assert list(face_channels.offered(CHANNELS, case.judge)) == case.offered
    faults = [f"IDP_CHANNELS__LOCAL_FACE: {case.fault}"] if case.fault else []
    assert list(face_channels.faults(CHANNELS, case.judge)) == faults


@pytest.mark.parametrize("case", CASES, ids=["nobody", "uncertified", "certified"])
def test_channels_without_a_camera_of_ours_need_no_judge(case: Case):
    assert face_channels.offered({"police_population": POLICE}, case.judge) == {"police_population": POLICE}
    assert face_channels.faults({"police_population": POLICE}, case.judge) == ()


def test_one_channel_has_a_camera_of_ours_and_three_tries_an_hour():
    import adapters

    facts: list[ChannelFacts] = [
        adapters.local_face.FACTS, adapters.zhima_face.FACTS, adapters.wechat_realname.FACTS,
        adapters.counter_verify.FACTS, adapters.police_population.FACTS,
    ]  # fmt: skip
    assert [each.own_camera for each in facts] == [True, False, False, False, False]
    assert [each.hourly_tries for each in facts] == [3, 5, 5, 5, 5]
    assert not replace(facts[0], own_camera=False).own_camera
