"""``python -m liveness`` on tiny clips that are drawn here: exit codes, JSON, and faults in one line."""

import json
import subprocess
import sys
import zipfile
from pathlib import Path

import cv2
import numpy as np
import pytest

from liveness import __main__ as command
from liveness import bench, clip, faces
from liveness.assessment import Verdict
from liveness.bench import Bench, Result, summary, table
from liveness.challenge import Movement
from tests.liveness.drawn import descriptor
from tests.liveness.filmed import ASKED, FLASH, LIVE, lit

ROOT = Path(__file__).parents[2]
WINDOWS = [{"action": str(movement), "start": shown, "end": shown + 2} for movement, shown in ASKED]
META = {"fps": 15, "prompts": WINDOWS}


def jpeg(shade: int = 120, number: int = 0) -> bytes:
    """Nobody: a grey wall with some noise."""
    noise = np.random.default_rng(number).integers(-20, 20, (240, 320, 3))
    ok, data = cv2.imencode(".jpg", np.clip(noise + shade, 0, 255).astype(np.uint8))
    assert ok
    return data.tobytes()


def clip_at(path: Path, meta: object = META, frames: list[bytes] | None = None, text: str | None = None) -> Path:
    with zipfile.ZipFile(path, "w") as archive:
        for number, data in enumerate([jpeg(number=number) for number in range(3)] * 8 if frames is None else frames):
            archive.writestr(f"{number:04}.jpg", data)
        archive.writestr("meta.json", json.dumps(meta) if text is None else text)
    return path


@pytest.fixture
def wall(tmp_path):
    return clip_at(tmp_path / "wall.zip")


@pytest.fixture
def seen(monkeypatch):
    """Clips are what they would be with somebody before the camera."""

    def track(_clip):
        return lit(LIVE)

    monkeypatch.setattr(clip, "track_of", track)
    monkeypatch.setattr(bench, "track_of", track)
    monkeypatch.setattr(faces, "portrait", lambda data: descriptor(int(data)))


DONE = json.dumps({"challenge": [str(movement) for movement, _ in ASKED], "prompts": WINDOWS})
OTHER = json.dumps({"challenge": ["open_mouth", "blink", "turn_right", "turn_left"], "prompts": WINDOWS})
SHONE = json.dumps({"flash": {"colours": FLASH.colours, "start": FLASH.start, "step": FLASH.step}})


# ---- assess ------------------------------------------------------------------------------------------------------------


def test_a_clip_of_nobody_is_to_be_asked_again(wall, capsys):
    assert command.main(["assess", str(wall), "--challenge", "turn_left"]) == 3
    assert capsys.readouterr().out.startswith("retry no_face closer uncover hold_still")


def test_as_json_it_carries_scores_thresholds_and_reasons(wall, capsys):
    assert command.main(["assess", str(wall), "--challenge", "turn_left,blink", "--json"]) == 3
    said = json.loads(capsys.readouterr().out, parse_constant=pytest.fail)
    assert said["verdict"] == "retry"
    assert said["reasons"][0] == "no_face"
    assert {"name": "seen", "value": 0.0, "limit": 0.9, "holds": False, "soft": False} in said["scores"]
    assert [each["movement"] for each in said["answers"]] == ["turn_left", "blink"]


def test_a_dark_clip_is_told_so(tmp_path, capsys):
    dark = clip_at(tmp_path / "dark.zip", frames=[jpeg(25)] * 20)
    assert command.main(["assess", str(dark)]) == 3
    assert capsys.readouterr().out.startswith("retry more_light no_face")


@pytest.mark.parametrize(
    ("challenge", "code", "said"),
    [
        (DONE, 0, "accept"),
        (OTHER, 1, "refuse another_movement"),
        (SHONE, 0, "accept"),
        ("", 3, "retry nothing_asked"),
        ("turn_left", 0, "accept"),
        ('["turn_left"]', 0, "accept"),
        ("turn_right", 1, "refuse another_movement"),
    ],
)
def test_a_verdict_has_its_exit_code(wall, seen, capsys, challenge, code, said):
    assert command.main(["assess", str(wall), "--challenge", challenge]) == code
    assert capsys.readouterr().out.startswith(said)


def test_a_challenge_may_stand_in_a_file(wall, seen, tmp_path):
    (tmp_path / "challenge.json").write_text(DONE)
    assert command.main(["assess", str(wall), "--challenge", str(tmp_path / "challenge.json")]) == 0


@pytest.mark.parametrize(("who", "code"), [("1", 0), ("2", 1)])
def test_a_portrait_is_compared(wall, seen, tmp_path, who, code):
    for each in ("1", "2", "3"):
        (tmp_path / each).write_text(each)
    cohort = ["--cohort", str(tmp_path / "3")]
    asked = ["--portrait", str(tmp_path / who), *cohort, "--challenge", DONE]
    assert command.main(["assess", str(wall), *asked]) == code


def test_without_times_movements_are_spread_over_the_clip():
    prompts = command._spread((Movement.BLINK, Movement.TURN_LEFT), 8.7)
    assert [(each.movement, each.shown, each.until) for each in prompts] == [
        (Movement.BLINK, 0.7, pytest.approx(4.7)),
        (Movement.TURN_LEFT, pytest.approx(4.7), pytest.approx(8.7)),
    ]


# ---- bench -------------------------------------------------------------------------------------------------------------


def manifest(tmp_path: Path, *rows: dict) -> Path:
    (tmp_path / "1").write_text("1")
    basis = {"file": "wall.zip", "kind": "live", "identity": "a", "claimed": "a", "portrait": "1"}
    (tmp_path / "manifest.json").write_text(json.dumps([basis | json.loads(DONE) | row for row in rows]))
    return tmp_path / "manifest.json"


def test_a_bench_prints_the_table_and_what_it_cost(wall, seen, tmp_path, capsys):
    assert command.main(["bench", str(manifest(tmp_path, {}, {"kind": "wrong_order"} | json.loads(OTHER)))]) == 0
    out = capsys.readouterr().out
    assert "| live | 1 | 1 | 0 | 0 | 3% to 100% |" in out
    assert "| wrong_order | 1 | 0 | 0 | 1 | 0% to 98% |" in out
    assert "attacks accepted (APCER over all kinds): 0 of 1 (0.0% to 97.5%)" in out
    assert "living people refused (BPCER): 0 of 1 (0.0% to 97.5%)" in out
    assert "CPU a verification: median" in out


@pytest.mark.parametrize("row", [{"kind": "replay"}, {"kind": "live"} | json.loads(OTHER)])
def test_what_is_not_as_it_should_be_is_said(wall, seen, tmp_path, capsys, row):
    assert command.main(["bench", str(manifest(tmp_path, {}, row))]) == 1
    assert f"not as it should be: wall.zip ({row['kind']}): " in capsys.readouterr().out


def test_a_bench_as_json_is_a_row_a_line(wall, seen, tmp_path, capsys):
    command.main(["bench", "--json", str(manifest(tmp_path, {}, {"kind": "replay"}))])
    rows = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert rows[0] == {"file": "wall.zip", "kind": "live", "verdict": "accept", "reasons": []}
    assert rows[1]["kind"] == "replay"


def test_nobody_at_all_goes_through_the_bench(wall, monkeypatch, tmp_path, capsys):
    monkeypatch.setattr(faces, "portrait", lambda data: descriptor(int(data)))
    assert command.main(["bench", "--json", str(manifest(tmp_path, {}))]) == 0
    assert json.loads(capsys.readouterr().out)["reasons"][0] == "no_face"


def test_a_recording_of_which_nothing_was_asked_is_put_to_random_challenges(wall, seen, tmp_path, monkeypatch):
    monkeypatch.setattr(bench, "DRAWS", 20)
    path = manifest(tmp_path, {"kind": "replay_real", "challenge": [], "prompts": []})
    first, second = (next(iter(Bench(path).results())) for _ in range(2))
    assert 0 <= first.chance < 0.3
    assert first.chance == second.chance


def test_people_of_whom_nothing_was_asked_are_judged_by_what_they_were_seen_to_do(wall, seen, tmp_path):
    observed = [{"action": str(movement), "start": shown + 0.6, "end": shown + 2.0} for movement, shown in ASKED]
    one = {"kind": "real", "challenge": [], "prompts": [], "observed": observed}
    assert next(iter(Bench(manifest(tmp_path, one)).results())).verdict == "accept"
    turned = one | {"observed": [{**each, "action": "turn_left"} for each in observed]}
    assert next(iter(Bench(manifest(tmp_path, turned)).results())).verdict == "refuse"


def test_everybody_else_is_the_cohort(wall, seen, tmp_path):
    path = manifest(tmp_path, {}, {"claimed": "b", "portrait": "2"}, {"claimed": "c", "portrait": "3"})
    (tmp_path / "2").write_text("2")
    (tmp_path / "3").write_text("3")
    portrait = Bench(path).portrait_of("b")
    assert (portrait.descriptor == descriptor(2)).all()
    assert (portrait.cohort == np.array([descriptor(1), descriptor(3)])).all()


def test_living_people_come_first_in_the_table():
    rows = [Result("f", kind, Verdict.REFUSE, (), 1.0) for kind in ("bent", "live", "print", "real")]
    assert [line.split(" | ")[0] for line in table(rows).splitlines()[2:]] == ["| live", "| real", "| bent", "| print"]
    assert "BPCER): 2 of 2" in summary(rows)


# ---- faults ------------------------------------------------------------------------------------------------------------


def broken(path: Path) -> Path:
    clip_at(path)
    data = bytearray(path.read_bytes())
    data[200:400] = b"\0" * 200
    path.write_bytes(data)
    return path


FAULTS = {
    "no such clip": lambda path: ["assess", str(path / "none.zip")],
    "a folder": lambda path: ["assess", str(path)],
    "no zip": lambda path: ["assess", wrote(path / "clip.zip", b"not a zip")],
    "an empty file": lambda path: ["assess", wrote(path / "clip.zip", b"")],
    "no meta.json": lambda path: ["assess", zipped(path / "clip.zip", {"0000.jpg": b"x"})],
    "meta.json is no JSON": lambda path: ["assess", str(clip_at(path / "clip.zip", text="{"))],
    "meta.json is a list": lambda path: ["assess", str(clip_at(path / "clip.zip", []))],
    "meta.json too large": lambda path: ["assess", str(clip_at(path / "clip.zip", text=json.dumps(META).ljust(1_000_001)))],
    "no frames a second": lambda path: ["assess", str(clip_at(path / "clip.zip", {}))],
    "zero frames a second": lambda path: ["assess", str(clip_at(path / "clip.zip", {"fps": 0}))],
    "negative frames a second": lambda path: ["assess", str(clip_at(path / "clip.zip", {"fps": -15}))],
    "endless frames a second": lambda path: ["assess", str(clip_at(path / "clip.zip", text='{"fps": NaN}'))],
    "no frames": lambda path: ["assess", str(clip_at(path / "clip.zip", frames=[]))],
    "too many frames": lambda path: ["assess", str(clip_at(path / "clip.zip", frames=[b""] * 601))],
    "a frame too large": lambda path: ["assess", str(clip_at(path / "clip.zip", frames=[b"\0" * 90_001]))],
    "a broken frame in the zip": lambda path: ["assess", str(broken(path / "clip.zip"))],
    "prompts that are none": lambda path: ["assess", str(clip_at(path / "clip.zip", {"fps": 15, "prompts": "now"}))],
    "a flash that is none": lambda path: ["assess", str(clip_at(path / "clip.zip", {"fps": 15, "flash": "red"}))],
    "an unknown movement": lambda path: ["assess", str(clip_at(path / "clip.zip")), "--challenge", "nod"],
    "a challenge that is no JSON": lambda path: ["assess", str(clip_at(path / "clip.zip")), "--challenge", "[1"],
    "no such challenge": lambda path: ["assess", str(clip_at(path / "clip.zip")), "--challenge", "none.json"],
    "a number of movements": lambda path: ["assess", str(clip_at(path / "c.zip")), "--challenge", '{"challenge": 3}'],
    "no such portrait": lambda path: ["assess", str(clip_at(path / "c.zip")), "--portrait", str(path / "none")],
    "an empty portrait": lambda path: ["assess", str(clip_at(path / "c.zip")), "--portrait", wrote(path / "p", b"")],
    "no portrait": lambda path: ["assess", str(clip_at(path / "c.zip")), "--portrait", wrote(path / "p", b"not one")],
    "a portrait of nobody": lambda path: ["assess", str(clip_at(path / "c.zip")), "--portrait", wrote(path / "p", jpeg())],
    "no such manifest": lambda path: ["bench", str(path / "none.json")],
    "a manifest that is no JSON": lambda path: ["bench", wrote(path / "m.json", b"{")],
    "a manifest that is no list": lambda path: ["bench", wrote(path / "m.json", b"{}")],
    "an empty manifest": lambda path: ["bench", wrote(path / "m.json", b"[]")],
    "a manifest of numbers": lambda path: ["bench", wrote(path / "m.json", b"[1, 2]")],
    "a row without a portrait": lambda path: ["bench", wrote(path / "m.json", b'[{"claimed": "a"}]')],
    "a manifest in no UTF-8": lambda path: ["bench", wrote(path / "m.json", b'["\xff"]')],
}  # fmt: skip


def wrote(path: Path, data: bytes) -> str:
    path.write_bytes(data)
    return str(path)


def zipped(path: Path, members: dict[str, bytes]) -> str:
    with zipfile.ZipFile(path, "w") as archive:
        for name, data in members.items():
            archive.writestr(name, data)
    return str(path)


@pytest.mark.parametrize("fault", FAULTS)
def test_a_bad_file_is_said_in_one_line(fault, tmp_path, capsys):
    assert command.main(FAULTS[fault](tmp_path)) == 2
    said = capsys.readouterr()
    assert said.out == ""
    assert said.err.startswith("python -m liveness: ")
    assert len(said.err.splitlines()) == 1
    assert len(said.err.strip()) > len("python -m liveness: ")


def test_the_command_runs_by_itself(tmp_path):
    wall = clip_at(tmp_path / "wall.zip")
    rows = [(["assess", str(wall), "--challenge", "turn_left"], 3), (["assess", str(tmp_path / "none.zip")], 2)]
    for arguments, code in rows:
        done = subprocess.run(
            [sys.executable, "-m", "liveness", *arguments], cwd=ROOT, capture_output=True, text=True, check=False
        )
        assert done.returncode == code
        assert "Traceback" not in done.stderr


def test_a_frame_that_is_no_picture_counts_as_unseen(tmp_path):
    shown = clip.open_clip(clip_at(tmp_path / "c.zip", frames=[jpeg(), b"no picture" * 200, jpeg()]))
    track = clip.track_of(shown)
    assert [sample.at for sample in track.samples] == [0.0, 1 / 15, 2 / 15]
    assert not any(sample.seen for sample in track.samples)
    assert track.size == (320, 240)
