"""The ID-card reader's frames against the published vectors; and each side's reader code against the other's."""

import hashlib
import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.counter import sam, text_block
from adapters.counter.sam import Command, Fault, ReaderFault, Status
from adapters.sandbox.counter import reader
from adapters.sandbox.counter.issued import OFFICERS
from adapters.sandbox.population import personas
from tests.contract.channel import ANY_INPUT

VECTOR = json.loads(
    (Path(__file__).parent.parent / "vectors/channels/idcard_reader_sam.json").read_text(encoding="utf-8")
)
PEOPLE = {person.key: person for person in personas()}
COMMANDS = {
    "status": Command.STATUS,
    "sam_id": Command.SAM_NUMBER,
    "find": Command.FIND,
    "select": Command.SELECT,
    "read_base": Command.READ_BASE,
    "read_base_and_fingerprint": Command.READ_BASE_AND_FINGERPRINT,
    "read_new_address": Command.READ_NEW_ADDRESS,
}
REPLIES = {
    "status_ok": (Status.OK, b""),
    "find_ok": (Status.FOUND, bytes(4)),
    "find_none": (Status.NO_CARD, b""),
    "select_ok": (Status.OK, bytes(8)),
    "select_none": (Status.NOT_SELECTED, b""),
    "read_none": (Status.NOT_READ, b""),
}
WHOLE = VECTOR["read_reply_1295_bytes"]


def test_the_tables_of_this_file_are_those_of_the_vectors():
    assert COMMANDS.keys() == VECTOR["commands"].keys()
    assert REPLIES.keys() == VECTOR["replies"].keys()


@pytest.mark.parametrize("name", COMMANDS)
def test_each_command_is_the_vector_on_both_sides(name: str):
    expected = VECTOR["commands"][name]
    assert sam.build(COMMANDS[name]).hex().upper() == expected
    assert reader._COMMANDS[name].hex().upper() == expected


@pytest.mark.parametrize("name", REPLIES)
def test_each_reply_is_read(name: str):
    assert sam.parse(bytes.fromhex(VECTOR["replies"][name])) == REPLIES[name]


def test_the_simulated_reader_replies_as_the_vectors():
    full, empty = reader.Reader(reader.card_of(PEOPLE["zhang_san"])), reader.Reader()
    for device, name, reply in (
        (full, "status", "status_ok"),
        (full, "find", "find_ok"),
        (empty, "find", "find_none"),
        (full, "select", "select_ok"),
        (empty, "select", "select_none"),
        (empty, "read_base", "read_none"),
        (full, "read_new_address", "read_none"),
    ):
        assert device.exchange(bytes.fromhex(VECTOR["commands"][name])).hex().upper() == VECTOR["replies"][reply]


@pytest.mark.parametrize("row", VECTOR["text_blocks"], ids=["zhang_san", "aili"])
def test_each_text_block_is_read_and_written(row: dict):
    chip = text_block.parse(bytes.fromhex(row["hex"]))
    expected = row["decoded"]
    until = "长期" if chip.valid_to is None else f"{chip.valid_to:%Y%m%d}"
    assert {
        "name": chip.name,
        "sex": chip.sex,
        "nation": chip.nation,
        "birth": f"{chip.birth:%Y%m%d}",
        "id_number": chip.id_number,
        "valid_to": until,
    } == expected
    [person] = [p for p in PEOPLE.values() if p.id18 == expected["id_number"]]
    assert reader.card_of(person).text.hex() == row["hex"]


def test_the_columns_are_those_of_the_vectors():
    assert [list(column) for column in text_block._COLUMNS] == VECTOR["text_layout_chars_utf16le"]
    assert list(reader._WIDTHS) == [width for _, width in VECTOR["text_layout_chars_utf16le"]]


def test_a_whole_read_reply_is_the_vector():
    device = reader.Reader(reader.card_of(PEOPLE["zhang_san"]))
    device.exchange(sam.build(Command.SELECT))
    reply = device.exchange(sam.build(Command.READ_BASE))
    assert len(reply) == 1295
    assert hashlib.sha256(reply).hexdigest() == WHOLE["sha256"]
    assert reply[:16].hex().upper() == WHOLE["first_16_hex"]
    assert f"{reply[-1]:02X}" == WHOLE["checksum_hex"]
    status, data = sam.parse(reply)
    assert status is Status.OK
    assert sam.split_read(data) == (bytes.fromhex(VECTOR["text_blocks"][0]["hex"]), bytes(1024))


@pytest.mark.parametrize("key", PEOPLE)
def test_both_bridges_read_the_same_card(key: str):
    card = reader.card_of(PEOPLE[key])
    ours = sam.read_card(reader.Reader(card))
    theirs = reader.read(reader.Reader(card), OFFICERS[0].workstation, bytes(16))
    assert isinstance(theirs, reader.Reading)
    assert (ours.text, ours.photo, ours.sam_number) == (theirs.text, bytes(1024), reader.SAM_NUMBER)
    assert text_block.parse(ours.text).id_number == PEOPLE[key].id18


@pytest.mark.parametrize(
    ("device", "fault"),
    [
        (reader.Reader(), Fault.NO_CARD),
        (reader.Reader(reader.card_of(PEOPLE["zhang_san"]), damaged=True), Fault.UNREADABLE),
    ],
)
def test_a_card_that_cannot_be_read_says_why(device: reader.Reader, fault: Fault):
    with pytest.raises(ReaderFault) as caught:
        sam.read_card(device)
    assert caught.value.fault is fault


GOOD = VECTOR["replies"]["find_ok"]


@pytest.mark.parametrize(
    "frame",
    ["", "AA", GOOD[:-2], GOOD[:-2] + "00", "BB" + GOOD[2:], GOOD + "00", "AAAAAA9669000101", "AAAAAA966900040000FFFB"],
)
def test_a_broken_frame_is_refused(frame: str):
    with pytest.raises(ReaderFault):
        sam.parse(bytes.fromhex(frame))


@pytest.mark.parametrize("data", [b"", bytes(1284), bytes.fromhex("01000400") + bytes(1279)])
def test_a_read_of_other_lengths_is_refused(data: bytes):
    with pytest.raises(ReaderFault):
        sam.split_read(data)


@ANY_INPUT
@given(frame=st.binary(max_size=40) | st.binary(max_size=30).map(lambda rest: sam.MAGIC + rest))
def test_any_frame_at_all_is_read_or_refused(frame: bytes):
    try:
        status, data = sam.parse(frame)
    except ReaderFault:
        return
    assert reader.frame(status.value + data) == frame


@ANY_INPUT
@given(rest=st.sampled_from(Status), data=st.binary(max_size=1400))
def test_a_frame_of_the_other_side_is_read_back(rest: Status, data: bytes):
    assert sam.parse(reader.frame(rest.value + data)) == (rest, data)


@ANY_INPUT
@given(block=st.binary(min_size=256, max_size=256) | st.binary(max_size=300))
def test_any_text_block_is_read_or_refused(block: bytes):
    try:
        chip = text_block.parse(block)
    except text_block.BadTextBlock:
        return
    assert chip.birth.year >= 1
