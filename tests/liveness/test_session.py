"""The state of a capture as bytes: what goes in comes out, and what is not ours is refused."""

import json
import struct
from dataclasses import fields

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from liveness.challenge import COLOURS, Movement, Prompt
from liveness.session import BadState, Session, pack, unpack
from liveness.track import DESCRIPTOR, Sample
from tests.liveness.drawn import Pose, descriptor, head, sample

numbers = st.floats(-1e9, 1e9)
shares = st.floats(0, 1)
digests = st.binary(min_size=32, max_size=32).map(bytes.hex)


@st.composite
def samples(draw):
    at = draw(numbers)
    if draw(st.booleans()):
        return Sample(at, light=draw(shares))
    one = sample(at, head(Pose(yaw=draw(st.floats(-40, 40)))))
    face = descriptor(draw(st.integers(0, 9)), draw(st.integers(0, 9))) if draw(st.booleans()) else None
    return Sample(one.at, one.points, tuple(map(float, one.box)), draw(st.integers(0, 5)), draw(numbers), draw(numbers), draw(numbers), (draw(shares), draw(shares), draw(shares)), face, draw(st.none() | shares))  # fmt: skip


sessions = st.builds(
    Session,
    movements=st.lists(st.sampled_from(Movement), max_size=4).map(tuple),
    pauses=st.lists(shares, max_size=4).map(tuple),
    moments=st.lists(shares, max_size=4).map(tuple),
    began=numbers,
    colours=st.lists(st.sampled_from(COLOURS), max_size=6).map(tuple),
    flash_at=st.none() | numbers,
    due=st.none() | numbers,
    prompts=st.lists(st.builds(Prompt, st.sampled_from(Movement), numbers, numbers), max_size=4).map(tuple),
    lag=st.none() | numbers,
    first_lag=st.none() | numbers,
    last_taken=numbers,
    last=digests,
    digests=st.lists(digests, max_size=4).map(tuple),
    bytes_of=st.lists(st.integers(0, 90_000), max_size=4).map(tuple),
    kept=st.lists(st.integers(0, 300), max_size=4).map(tuple),
    samples=st.lists(samples(), max_size=5).map(tuple),
    size=st.tuples(st.integers(160, 1280), st.integers(160, 1280)),
    wanted=st.none() | st.integers(0, 300),
    hint=st.none() | st.sampled_from(["no_face", "more_light"]),
)


@given(sessions)
def test_a_session_comes_out_as_it_went_in(session):
    back = unpack(pack(session))

    for field in fields(Session):
        if field.name != "samples":
            assert getattr(back, field.name) == getattr(session, field.name)
    assert len(back.samples) == len(session.samples)
    for ours, theirs in zip(session.samples, back.samples, strict=True):
        for field in fields(Sample):
            if field.name not in {"points", "descriptor"}:
                assert getattr(theirs, field.name) == getattr(ours, field.name)
        assert theirs.seen is ours.seen
        assert (theirs.descriptor is None) is (ours.descriptor is None)
        if ours.points is not None:
            assert np.abs(theirs.points - ours.points).max() <= 1 / 32
        if ours.descriptor is not None:
            assert np.abs(theirs.descriptor - ours.descriptor).max() < 1e-6


@given(sessions)
def test_packing_twice_gives_the_same_bytes(session):
    assert pack(unpack(pack(session))) == pack(session)


@given(st.binary(max_size=300))
def test_any_bytes_are_refused(data):
    with pytest.raises(BadState):
        unpack(data)


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(st.sampled_from(["samples", "prompts", "movements", "x"]), inner, max_size=4)
    ),
    max_leaves=12,
)


def headed(text: bytes, rest: bytes = b"") -> bytes:
    return struct.pack(">I", len(text)) + text + rest


@given(json_values, st.binary(max_size=20))
def test_any_json_is_refused(value, rest):
    with pytest.raises(BadState):
        unpack(headed(json.dumps(value).encode(), rest))


GOOD = json.loads(pack(Session((Movement.BLINK,), (0.5,), (0.5,), 1.0))[4:])
ONE = [0.0, [0, 0, 1, 1], 1, 1.0, 1.0, 1.0, [1, 1, 1], None, True, False]
BAD = [
    ("nothing", b""),
    ("no head", b"\0\0\0\5"),
    ("a number", headed(b"1")),
    ("nested without end", headed(b"[" * 100_000)),
    ("a row of nothing", headed(json.dumps(GOOD | {"samples": [[]]}).encode())),
    ("a row that is a number", headed(json.dumps(GOOD | {"samples": [1]}).encode())),
    ("landmarks that are not there", headed(json.dumps(GOOD | {"samples": [ONE]}).encode())),
    ("endless landmarks", headed(json.dumps(GOOD | {"samples": [[*ONE[:-2], 1e400, False]]}).encode())),
    ("half a landmark", headed(json.dumps(GOOD | {"samples": [ONE]}).encode(), b"\0" * 271)),
    ("a descriptor too many", headed(json.dumps(GOOD).encode(), b"\0" * 4 * DESCRIPTOR + b"\0")),
    ("an unknown movement", headed(json.dumps(GOOD | {"movements": ["nod"]}).encode())),
    ("an unknown member", headed(json.dumps(GOOD | {"colour": "red"}).encode())),
    ("a member missing", headed(json.dumps({k: v for k, v in GOOD.items() if k != "began"}).encode())),
    ("a prompt of two parts", headed(json.dumps(GOOD | {"prompts": [["blink", 1]]}).encode())),
    ("no UTF-8", headed(b'"\xff"')),
]


@pytest.mark.parametrize("state", [row[1] for row in BAD], ids=[row[0] for row in BAD])
def test_what_is_not_ours_is_refused(state):
    with pytest.raises(BadState):
        unpack(state)


@given(sessions, st.data())
def test_a_state_that_was_cut_is_refused_or_whole(session, data):
    state = pack(session)
    with pytest.raises(BadState):
        unpack(state[: data.draw(st.integers(0, len(state) - 1))])


def test_nothing_of_a_face_is_printed():
    one = Session((), (), (), 0.0, samples=(sample(0.0, head(Pose()), person=1),), digests=("secret",))
    assert "array" not in repr(one)
    assert "secret" not in repr(one)
