"""What is refused before anything is decoded: any bytes end in a size or in a word."""

import struct

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from liveness.jpeg import MOST_BYTES, MOST_PIXELS, SIDES, Unacceptable, size_of
from tests.liveness.drawn import Pose
from tests.liveness.drawn import jpeg as drawn_jpeg

WORDS = {"frame_bytes", "frame_format", "frame_pixels"}


def segment(marker: int, body: bytes) -> bytes:
    return bytes((0xFF, marker)) + struct.pack(">H", len(body) + 2) + body


def frame(width: int = 640, height: int = 480, *, marker: int = 0xC0, bits: int = 8, components: int = 3) -> bytes:
    parts = b"".join(bytes((index + 1, 0x11, 0)) for index in range(components))
    return segment(marker, struct.pack(">BHHB", bits, height, width, components) + parts)


def jpeg(*segments: bytes, scan: bytes = b"\x5a" * 5000, end: bytes = b"\xff\xd9") -> bytes:
    return b"\xff\xd8" + b"".join(segments) + segment(0xDA, b"\1\1\0\0\x3f\0") + scan + end


def real(width: int = 640, height: int = 480, *flags: int, grey: bool = False) -> bytes:
    shape = (height, width) if grey else (height, width, 3)
    picture = np.random.default_rng(1).integers(0, 60, shape, dtype=np.uint8)
    ok, data = cv2.imencode(".jpg", picture, [cv2.IMWRITE_JPEG_QUALITY, 20, *flags])
    assert ok
    return data.tobytes()


EXIF = segment(0xE1, b"Exif\0\0" + b"MM\0*\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01\0\x06\0\0\0\0\0\0")
THUMBNAIL = segment(0xE1, b"Exif\0\0" + jpeg(frame(160, 160)))
SCANS = b"\x5a" * 500 + segment(0xDA, b"\1\1\0\0\x3f\0")
MPF = segment(0xE2, b"MPF\0MM\0*\0\0\0\x08")

REFUSED = [
    ("empty", b"", "frame_bytes"),
    ("small", jpeg(frame(), scan=b"\x5a" * 900)[:999], "frame_bytes"),
    ("90 001 bytes", jpeg(frame(), scan=b"\x5a" * (90_001 - len(jpeg(frame(), scan=b"")))), "frame_bytes"),
    ("50 000 x 50 000", jpeg(frame(50_000, 50_000)), "frame_pixels"),
    ("65 535 x 1", jpeg(frame(65_535, 1)), "frame_pixels"),
    ("1 x 1", jpeg(frame(1, 1)), "frame_pixels"),
    ("0 x 0, told later", jpeg(frame(640, 0)), "frame_pixels"),
    ("159 wide", jpeg(frame(159, 480)), "frame_pixels"),
    ("1281 wide", jpeg(frame(1281, 480)), "frame_pixels"),
    ("more pixels than may be", jpeg(frame(1280, 1280)), "frame_pixels"),
    ("PNG", b"\x89PNG\r\n\x1a\n" + b"\0" * 5000, "frame_format"),
    ("GIF", b"GIF89a" + b"\0" * 5000 + b"\x3b", "frame_format"),
    ("SVG", b"<svg xmlns='http://www.w3.org/2000/svg'/>".ljust(5000), "frame_format"),
    ("HTML", b"<!doctype html><script>alert(1)</script>".ljust(5000), "frame_format"),
    ("HTML behind a JPEG's first bytes", b"\xff\xd8<script>" + b" " * 5000 + b"\xff\xd9", "frame_format"),
    ("truncated", real()[:-2], "frame_format"),
    ("cut in half", real()[: len(real()) // 2], "frame_format"),
    ("cut in the header", jpeg(frame())[:18] + b"\0" * 5000 + b"\xff\xd9", "frame_format"),
    ("a segment longer than the file", b"\xff\xd8\xff\xe0\xff\xff" + b"\0" * 5000 + b"\xff\xd9", "frame_format"),
    ("a segment of no length", b"\xff\xd8\xff\xe0\0\0" + frame() + b"\0" * 5000 + b"\xff\xd9", "frame_format"),
    (
        "a scan header longer than the file",
        b"\xff\xd8" + frame() + b"\xff\xda\xff\xff" + b"\x5a" * 5000 + b"\xff\xd9",
        "frame_format",
    ),
    (
        "a scan header of no length",
        b"\xff\xd8" + frame() + b"\xff\xda\0\0" + b"\x5a" * 5000 + b"\xff\xd9",
        "frame_format",
    ),
    ("no frame header", jpeg(), "frame_format"),
    ("no scan", b"\xff\xd8" + frame() + segment(0xFE, b"\x5a" * 5000) + b"\xff\xd9", "frame_format"),
    ("two frame headers", jpeg(frame(), frame(50_000, 50_000)), "frame_format"),
    ("an arithmetic frame behind a baseline one", jpeg(frame(), frame(marker=0xC9)), "frame_format"),
    ("two pictures", real() + real(), "frame_format"),
    ("MPF: a second picture behind the first", jpeg(MPF, frame(), end=b"\xff\xd9" + jpeg(frame())), "frame_format"),
    ("trailing garbage", real() + b"PK\3\4 and so on", "frame_format"),
    ("progressive", real(640, 480, cv2.IMWRITE_JPEG_PROGRESSIVE, 1), "frame_format"),
    ("four scans", jpeg(frame(), scan=SCANS * 3 + b"\x5a" * 2000), "frame_format"),
    ("one row too many", jpeg(frame(640, 641)), "frame_pixels"),
    ("arithmetic coding", jpeg(frame(marker=0xC9)), "frame_format"),
    ("progressive arithmetic coding", jpeg(frame(marker=0xCA)), "frame_format"),
    ("lossless", jpeg(frame(marker=0xC3)), "frame_format"),
    ("hierarchical", jpeg(frame(marker=0xC5)), "frame_format"),
    ("12 bits", jpeg(frame(bits=12)), "frame_format"),
    ("CMYK", jpeg(frame(components=4)), "frame_format"),
    ("two components", jpeg(frame(components=2)), "frame_format"),
    ("no components", jpeg(segment(0xC0, struct.pack(">BHHB", 8, 480, 640, 0) + b"\0" * 9)), "frame_format"),
    ("a short frame header", jpeg(segment(0xC0, struct.pack(">BHHB", 8, 480, 640, 1))), "frame_format"),
    ("a hundred comments", jpeg(*[segment(0xFE, b"x")] * 100, frame()), "frame_format"),
]


@pytest.mark.parametrize(("data", "word"), [row[1:] for row in REFUSED], ids=[row[0] for row in REFUSED])
def test_what_no_camera_page_sends_is_refused_with_its_word(data, word):
    with pytest.raises(Unacceptable) as refused:
        size_of(data)
    assert refused.value.word == word


TAKEN = [
    ("a camera page's", real(), (640, 480)),
    ("upright", real(480, 640), (480, 640)),
    ("square", real(480, 480), (480, 480)),
    ("smallest", real(160, 160), (160, 160)),
    ("largest", jpeg(frame(640, 640)), (640, 640)),
    ("widest", jpeg(frame(1280, 320)), (1280, 320)),
    ("three scans", jpeg(frame(), scan=SCANS * 2 + b"\x5a" * 2000), (640, 480)),
    ("grey", real(grey=True), (640, 480)),
    ("with restart markers", real(640, 480, cv2.IMWRITE_JPEG_RST_INTERVAL, 4), (640, 480)),
    ("optimised", real(640, 480, cv2.IMWRITE_JPEG_OPTIMIZE, 1), (640, 480)),
    ("EXIF with orientation: pixels as they lie", jpeg(EXIF, frame(640, 480)), (640, 480)),
    ("a thumbnail in EXIF", jpeg(THUMBNAIL, frame(640, 480)), (640, 480)),
    ("filled up with zeros", real() + b"\0\0\0", (640, 480)),
    ("fill bytes before a marker", jpeg(b"\xff\xff" + frame()), (640, 480)),
    ("extended sequential", jpeg(frame(marker=0xC1)), (640, 480)),
    ("90 000 bytes", jpeg(frame(), scan=b"\x5a" * (90_000 - len(jpeg(frame(), scan=b"")))), (640, 480)),
    ("1 000 bytes", jpeg(frame(), scan=b"\x5a" * (1_000 - len(jpeg(frame(), scan=b"")))), (640, 480)),
]


@pytest.mark.parametrize(("data", "size"), [row[1:] for row in TAKEN], ids=[row[0] for row in TAKEN])
def test_what_a_camera_page_sends_has_a_size(data, size):
    assert size_of(data) == size


@given(
    st.binary(max_size=3000)
    | st.binary(min_size=1000, max_size=2000).map(lambda data: b"\xff\xd8" + data + b"\xff\xd9")
)
def test_any_bytes_end_in_a_size_or_a_word(data):
    check(data)


markers = st.sampled_from([*range(0xC0, 0xD0), 0xD8, 0xD9, 0xDA, 0xDB, 0xE0, 0xE1, 0xFE, 0x00, 0x01, 0xFF])
bodies = st.binary(max_size=30) | st.builds(
    struct.pack, st.just(">BHHB"), st.just(8), st.integers(0, 65_535), st.integers(0, 65_535), st.integers(0, 5)
)


@given(st.lists(st.builds(segment, markers, bodies), max_size=8), st.binary(max_size=50))
def test_any_segments_end_in_a_size_or_a_word(segments, scan):
    check(jpeg(*segments, scan=scan + b"\x5a" * 1000))


@given(st.integers(0, 60), st.binary(min_size=1, max_size=4))
def test_a_drawn_picture_with_some_bytes_changed_ends_in_a_size_or_a_word(at, changed):
    data = drawn_jpeg(1, 0.0, Pose())
    assert size_of(data) == (640, 480)
    head = data.index(b"\xff\xc0") + at - 30
    check(data[:head] + changed + data[head + len(changed) :])


def check(data: bytes) -> None:
    try:
        width, height = size_of(data)
    except Unacceptable as refused:
        assert refused.word in WORDS  # noqa: PT017 - either is right
        return
    assert width in SIDES
    assert height in SIDES
    assert width * height <= MOST_PIXELS
    assert len(data) <= MOST_BYTES
