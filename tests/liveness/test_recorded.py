"""Recorded people and recorded attacks, where the material is: the whole manifest, and a person before the real judge."""

import fcntl
import json
import pickle
import zipfile

import cv2
import numpy as np
import pytest

from adapters.face_judge import FaceJudge
from idp.domain.capturing import Frame, Live
from idp.domain.capturing import Movement as Asked
from liveness.assessment import Question, Reason, Verdict, assess
from liveness.bench import LIVE, Bench, Result, summary, table
from liveness.challenge import Movement
from liveness.clip import open_clip, prompts_in, track_of
from liveness.pool import Pool
from tests.liveness.material import FACES, Player

ROWS = json.loads((FACES / "manifest.json").read_text(encoding="utf-8"))
ATTACKS = sorted({row["kind"] for row in ROWS} - LIVE)
CLIP = "rendered/live_p01_1.zip"


@pytest.fixture(scope="session")
def results(tmp_path_factory, worker_id) -> list[Result]:
    """Go through the manifest once, in however many processes the suite runs: it takes a minute."""
    place = tmp_path_factory.getbasetemp()
    place = place if worker_id == "master" else place.parent
    with (place / "recorded.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        done = place / "recorded.pickle"
        if not done.exists():
            done.write_bytes(pickle.dumps(list(Bench(FACES / "manifest.json").results())))
        return pickle.loads(done.read_bytes())


def of(results: list[Result], kind: str) -> list[Result]:
    return [each for each in results if each.kind == kind]


def test_every_row_has_a_result(results):
    assert [(each.file, each.kind) for each in results] == [(row["file"], row["kind"]) for row in ROWS]


@pytest.mark.parametrize("kind", [kind for kind in ATTACKS if kind != "replay"])
def test_every_attack_of_a_kind_is_refused(results, kind):
    assert {(each.file, each.verdict) for each in of(results, kind)} == {
        (each.file, Verdict.REFUSE) for each in of(results, kind)
    }


def test_a_replay_in_the_right_order_is_accepted_once_at_most(results):
    assert sum(each.verdict is Verdict.ACCEPT for each in of(results, "replay")) <= 1


def test_nobody_is_taken_for_somebody_else(results):
    others = of(results, "other_person")
    assert others
    assert all(Reason.OTHER_PERSON in each.reasons for each in others)


def test_two_people_are_noticed_where_there_are_two(results):
    assert all({Reason.TWO_PEOPLE, Reason.OTHER_PERSON} & set(each.reasons) for each in of(results, "swap"))


def test_no_living_person_is_refused(results):
    people = [each for each in results if each.live]
    assert len(people) >= 10
    assert [each.file for each in people if each.verdict is Verdict.REFUSE] == []
    assert sum(each.verdict is Verdict.RETRY for each in of(results, "live")) <= 0.1 * len(of(results, "live"))


def test_recordings_of_anything_are_never_lucky(results):
    lucky = [each.chance for each in results if each.chance is not None]
    assert lucky
    assert max(lucky) <= 0.02


def test_a_verification_costs_little(results):
    costs = sorted(each.cpu for each in results)
    assert costs[len(costs) // 2] < 6.0  # 2 s where nobody else computes: this finds what grows by whole factors


def test_the_table_tells_of_every_kind(results):
    lines = table(results).splitlines()[2:]
    assert {line.split(" | ")[0].removeprefix("| ") for line in lines} == {row["kind"] for row in ROWS}
    assert "living people refused (BPCER): 0 of" in summary(results)


# ---- the same person, worse seen ----------------------------------------------------------------------------------------


def worse(change, path) -> tuple[Verdict, tuple[Reason, ...]]:
    shown = open_clip(FACES / CLIP)
    with zipfile.ZipFile(path, "w") as archive:
        for number, (_, data) in enumerate(shown.frames()):
            picture = change(cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_COLOR))
            ok, written = cv2.imencode(".jpg", picture, [cv2.IMWRITE_JPEG_QUALITY, 80])
            assert ok
            archive.writestr(f"{number:04}.jpg", written.tobytes())
        archive.writestr("meta.json", json.dumps(shown.meta))
    windows = shown.meta["prompts"]
    asked = prompts_in(tuple(Movement(each["action"]) for each in windows), windows)
    found = assess(track_of(open_clip(path), described=3), Question(asked))
    return found.verdict, found.reasons


def dark(picture):
    return (picture * 0.2).astype(np.uint8)


def blurred(picture):
    return cv2.GaussianBlur(picture, (0, 0), 9)


def far(picture):
    small = cv2.resize(picture, None, fx=0.4, fy=0.4, interpolation=cv2.INTER_AREA)
    wall = np.full_like(picture, 128)
    wall[100 : 100 + small.shape[0], 150 : 150 + small.shape[1]] = small
    return wall


@pytest.mark.parametrize(
    ("change", "reason"), [(dark, Reason.MORE_LIGHT), (blurred, Reason.HOLD_STILL), (far, Reason.CLOSER)]
)
def test_a_living_person_who_is_badly_seen_is_asked_again_with_the_true_reason(change, reason, tmp_path):
    verdict, reasons = worse(change, tmp_path / "worse.zip")
    assert verdict is Verdict.RETRY
    assert reason in reasons


# ---- before the real judge, in its own process --------------------------------------------------------------------------


def test_a_person_who_does_what_is_asked_is_live():
    player = Player(CLIP)
    judge = FaceJudge(Pool(seconds=60.0), certified=False)
    try:
        began = 1_800_000_000.0
        without = frozenset(Asked(str(each)) for each in set(Movement) - player.movements)
        state, shown = judge.begin(now=began, without=without, flash=False)
        pictures: list[bytes] = []
        asked: tuple[Movement | None, float] = (None, 0.0)
        playing, at, wanted = asked, 0.1, None
        while wanted is None:
            frames = []
            for _ in range(2):
                at += 0.1
                movement, since = playing
                pictures.append(player.frame(movement, at - since, len(pictures)))
                frames.append(Frame(len(pictures) - 1, int(at * 1000), pictures[-1]))
            taken = judge.take(state, frames, now=began + at + 0.2)
            state, shown, wanted = taken.state, taken.shown, taken.wanted
            now = Movement(str(shown.movement)) if shown.movement else None
            if now is not asked[0]:
                asked = (now, at)
                playing = asked if now else playing
        judged = judge.decide(state, pictures[wanted])
        assert isinstance(judged, Live)
        assert judged.jpeg == pictures[wanted]
        assert judge.same(state, judged.template)
        assert not judge.same(state, b"\0" * len(judged.template))
    finally:
        judge.close()
