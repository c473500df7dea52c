"""The plug-in of an attack network: a tiny one, written here byte by byte, for which red means attack."""

import hashlib
import math
import struct
from dataclasses import replace

import numpy as np
import pytest

from liveness import pad
from liveness.assessment import Question, Reason, Verdict, assess
from liveness.challenge import Movement, Prompt
from liveness.faces import Eyes
from liveness.pad import ModelRefused, Network
from liveness.track import Sample
from tests.liveness.drawn import clip

FACE = (100.0, 100.0, 140.0, 140.0)


# ---- ONNX, as far as three layers need it (protocol buffers: field number and wire type, then the value) -----------------


def number(field: int, value: int) -> bytes:
    return varint(field << 3) + varint(value)


def part(field: int, value: bytes | str) -> bytes:
    data = value.encode() if isinstance(value, str) else value
    return varint(field << 3 | 2) + varint(len(data)) + data


def varint(value: int) -> bytes:
    low, rest = value & 0x7F, value >> 7
    return bytes([low | 0x80]) + varint(rest) if rest else bytes([low])


def node(kind: str, inputs: list[str], output: str) -> bytes:
    return part(1, b"".join(part(1, each) for each in inputs) + part(2, output) + part(3, output) + part(4, kind))


def tensor(name: str, shape: tuple[int, ...], values: list[float]) -> bytes:
    dims = b"".join(number(1, each) for each in shape)
    return part(5, dims + number(2, 1) + part(8, name) + part(9, struct.pack(f"<{len(values)}f", *values)))


def value(field: int, name: str, shape: tuple[int, ...]) -> bytes:
    dims = b"".join(part(1, number(1, each)) for each in shape)
    return part(field, part(1, name) + part(2, part(1, number(1, 1) + part(2, dims))))


def network(red: float = 0.05) -> bytes:
    """Logits (attack, live): the mean of red, less that of blue, ``red`` times; and nought."""
    weights = [-red, 0.0, 0.0, 0.0, red, 0.0]  # blue, green, red by attack, live
    graph = (
        node("GlobalAveragePool", ["picture"], "means")
        + node("Flatten", ["means"], "flat")
        + node("Gemm", ["flat", "weights", "bias"], "logits")
        + part(2, "red")
        + tensor("weights", (3, 2), weights)
        + tensor("bias", (2,), [0.0, 0.0])
        + value(11, "picture", (1, 3, 80, 80))
        + value(12, "logits", (1, 2))
    )
    return number(1, 7) + part(7, graph) + part(8, part(1, "") + number(2, 11))


@pytest.fixture
def load(tmp_path):
    def approved(data: bytes, digest: str | None = None, **how) -> Network:
        path = tmp_path / "network.onnx"
        path.write_bytes(data)
        return pad.load(path, digest or hashlib.sha256(data).hexdigest(), **how)

    return approved


def picture(blue: int, green: int, red: int):
    return np.full((240, 320, 3), (blue, green, red), np.uint8)


# ---- what it says ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("blue", "red"), [(0, 60), (60, 0), (50, 50), (10, 200)])
def test_an_approved_network_says_how_much_a_face_is_an_attack(load, blue, red):
    said = load(network()).attack(picture(blue, 90, red), FACE)
    assert said == pytest.approx(1 / (1 + math.exp(-0.05 * (red - blue))), abs=1e-3)


def test_which_logit_is_a_live_face_is_set(load):
    assert load(network(), live=0).attack(picture(0, 0, 200), FACE) < 0.01
    assert load(network(), live=1).attack(picture(0, 0, 200), FACE) > 0.99


def test_only_the_surroundings_of_the_face_are_looked_at(load):
    around = picture(0, 0, 200)
    around[100:141, 100:141] = (200, 0, 0)
    assert load(network(), scale=1.0).attack(around, FACE) < 0.01
    assert load(network(), scale=4.0).attack(around, FACE) > 0.99


@pytest.mark.parametrize(
    "box", [(-50.0, -50.0, 20.0, 20.0), (300.0, 220.0, 500.0, 500.0), (0.0, 0.0, 320.0, 240.0), (10.0, 10.0, 10.0, 10.0), (-900.0, 0.0, 900.0, 5.0)],
)  # fmt: skip
def test_a_face_at_the_edge_is_looked_at_within_the_picture(load, box):
    assert load(network()).attack(picture(0, 0, 200), box) > 0.99


@pytest.mark.parametrize("box", [FACE, (0.0, 0.0, 320.0, 240.0), (-900.0, 0.0, 900.0, 5.0), (300.0, 0.0, 360.0, 60.0)])
def test_what_is_looked_at_is_square_so_that_no_face_is_stretched(box):
    high, wide = pad._crop(picture(0, 0, 0), box, 2.7).shape[:2]
    assert abs(high - wide) <= 1
    assert high >= min(2.7 * (box[2] - box[0]), 239) - 1


def test_every_face_that_is_described_is_looked_at(load, monkeypatch):
    face = clip([]).samples[0]
    monkeypatch.setattr("liveness.faces.describe", lambda _picture, sample: sample)
    eyes = Eyes(load(network()))
    assert eyes.describe(picture(0, 0, 200), face).attack > 0.99
    assert eyes.describe(picture(0, 0, 200), Sample(0.0)).attack is None
    assert Eyes().describe(picture(0, 0, 200), face).attack is None


# ---- which are taken ---------------------------------------------------------------------------------------------------


def test_the_digest_may_be_written_in_capitals(load):
    assert load(network(), hashlib.sha256(network()).hexdigest().upper())


@pytest.mark.parametrize("digest", ["0" * 64, "nonsense", hashlib.sha256(b"").hexdigest()])
def test_a_network_with_another_digest_is_refused(load, digest):
    with pytest.raises(ModelRefused, match="approved"):
        load(network(), digest)


def test_an_empty_digest_approves_nothing(tmp_path):
    (tmp_path / "network.onnx").write_bytes(network())
    with pytest.raises(ModelRefused, match="approved"):
        pad.load(tmp_path / "network.onnx", "")


def test_a_network_that_is_not_there_is_refused(tmp_path):
    with pytest.raises(ModelRefused, match="cannot be read"):
        pad.load(tmp_path / "none.onnx", "0" * 64)


def test_a_folder_is_no_network(tmp_path):
    with pytest.raises(ModelRefused, match="cannot be read"):
        pad.load(tmp_path, "0" * 64)


@pytest.mark.parametrize(
    "data", [b"", b"garbage" * 40, b"\x08\x07", network()[:60]], ids=["empty", "garbage", "no graph", "cut"]
)
def test_what_is_no_network_is_refused_even_if_it_was_approved(load, data):
    with pytest.raises(ModelRefused, match="no network"):
        load(data)


def test_a_file_too_large_is_not_read(load, monkeypatch):
    monkeypatch.setattr(pad, "_MOST_BYTES", 100)
    with pytest.raises(ModelRefused):
        load(network())


# ---- what it does ------------------------------------------------------------------------------------------------------


def judged(said: float) -> tuple[Verdict, tuple[Reason, ...]]:
    live = clip([(Movement.TURN_LEFT, 1.5)])
    looked = replace(live, samples=tuple(replace(one, attack=said) for one in live.samples))
    found = assess(looked, Question((Prompt(Movement.TURN_LEFT, 1.5, 4.4),)))
    return found.verdict, found.reasons


@pytest.mark.parametrize(("red", "end"), [(0, (Verdict.ACCEPT, ())), (44, (Verdict.REFUSE, (Reason.ATTACK,)))])
def test_somebody_alive_is_refused_where_the_network_sees_an_attack(load, red, end):
    said = load(network()).attack(picture(0, 0, red), FACE)
    assert said == pytest.approx(0.9 if red else 0.5, abs=0.01)
    assert judged(said) == end


def test_a_network_that_says_no_number_speaks_for_nobody(load):
    said = load(network(float("nan"))).attack(picture(0, 0, 200), FACE)
    assert math.isnan(said)
    assert judged(said) == (Verdict.REFUSE, (Reason.ATTACK,))
