"""What a camera page posts is read to the byte; whatever else comes is refused, and nothing is decoded."""

import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from idp.domain.capturing import MOST_AT_ONCE, MOST_FRAME_BYTES, Frame
from idp.web.pages.camera_frames import MOST_BYTES, Unreadable, read_frames, read_picture
from tests.capture_judge import packed

START = b"\xff\xd8\xff"
numbers = st.integers(0, 2**32 - 1)
pictures = st.binary(max_size=40).map(lambda tail: START + tail)
sent = st.lists(st.builds(Frame, numbers, numbers, pictures), min_size=1, max_size=MOST_AT_ONCE)


@given(sent)
def test_what_a_page_packs_is_read_as_it_was(frames: list[Frame]):
    assert read_frames(packed(frames)) == frames


@given(st.binary(max_size=200) | sent.map(packed).flatmap(lambda whole: st.binary(max_size=8).map(lambda b: whole + b)))
def test_any_bytes_are_frames_that_say_the_same_again_or_are_refused(body: bytes):
    try:
        frames = read_frames(body)
    except Unreadable:
        return
    assert packed(frames) == body
    assert 0 < len(frames) <= MOST_AT_ONCE


@given(sent, st.data())
def test_a_post_cut_short_is_refused_or_ends_between_two_frames(frames: list[Frame], data: st.DataObject):
    whole = packed(frames)
    part = whole[: data.draw(st.integers(0, len(whole) - 1))]
    try:
        assert read_frames(part) == frames[: len(read_frames(part))]
    except Unreadable:
        assert part not in [packed(frames[:n]) for n in range(1, len(frames))]


def record(picture: bytes, *, length: int | None = None) -> bytes:
    return struct.pack(">III", 0, 0, len(picture) if length is None else length) + picture


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"\0" * 11,
        record(b""),
        record(START) * (MOST_AT_ONCE + 1),
        record(START, length=2**32 - 1),
        record(START, length=4),
        record(START, length=2),
        record(START.ljust(MOST_FRAME_BYTES + 1, b"\0")),
        record(b"GIF89a\1\0\1\0"),
        record(b"\x89PNG\r\n\x1a\n"),
        record(b"<svg onload=alert(1)>"),
        record(b"<!doctype html>"),
        record(START) + record(b"RIFF\0\0\0\0WEBP"),
    ],
)
def test_what_is_no_record_or_no_jpeg_is_refused(body: bytes):
    """FAC-02."""
    with pytest.raises(Unreadable):
        read_frames(body)


def test_the_largest_post_there_is_fits_and_a_picture_has_its_own_limit():
    largest = START.ljust(MOST_FRAME_BYTES, b"\0")
    body = record(largest) * MOST_AT_ONCE
    assert len(body) == MOST_BYTES
    assert len(read_frames(body)) == MOST_AT_ONCE
    assert read_picture(largest) == largest
    for wrong in (b"", b"GIF89a", largest + b"\0"):
        with pytest.raises(Unreadable):
            read_picture(wrong)
