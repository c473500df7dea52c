"""The CMPP gateway: the vector's packets, the inbox, delivery reports, and every way in which it goes wrong."""

import json
import socket
import struct
from pathlib import Path

import pytest

from adapters.sandbox import cmpp_packets as packets
from adapters.sandbox.catalogue import BY_NAME, MODES
from adapters.sandbox.cmpp import Closed, Session
from adapters.sandbox.cmpp_packets import Login, Malformed, Packet, Submit
from adapters.sandbox.cmpp_server import served
from adapters.sandbox.faults import ResetFault, TimeoutFault
from tests.adapters.rigs import World

VECTOR = json.loads((Path(__file__).parent.parent / "vectors/channels/sms.json").read_text(encoding="utf-8"))["cmpp2"]
CONNECT = bytes.fromhex(VECTOR["connect_pdu_hex"])
CONNECTED = bytes.fromhex(VECTOR["connect_resp_status0"]["pdu_hex"])
TEXT = "【一号通】验证码048213，用于登录，5分钟内有效，请勿泄露。"
MOBILE = "19900000001"


def a_session(world: World) -> Session:
    return Session(world.app.extensions["sandbox"])


def submit(
    text: str = TEXT, mobile: str = MOBILE, *, source: str = "901234", coding: int = 8, report: int = 1
) -> bytes:
    content = text.encode({0: "ascii", 8: "utf-16-be", 15: "gb18030"}.get(coding, "latin-1"), "replace")
    head = struct.pack(
        ">8sBBBB10sB21sBBB6s2s6s17s17s21sB",
        bytes(8), 1, 1, report, 1, b"OTP", 2, b"", 0, 0, coding, source.encode(), b"01", b"000000", b"", b"", b"10690000", 1,
    )  # fmt: skip
    body = head + mobile.encode().ljust(21, b"\0") + bytes([len(content)]) + content + bytes(8)
    return Packet(packets.SUBMIT, 2, body).octets()


def connected(world: World) -> Session:
    session = a_session(world)
    assert list(session.feed(CONNECT)) == [CONNECTED]
    return session


def read(octets: bytes) -> Packet:
    found = packets.first(octets)
    assert found is not None
    assert found[1] == b""
    return found[0]


def inbox(world: World, mobile: str = MOBILE) -> list[dict]:
    return world.control.get(f"/sms/inbox/{mobile}.json").json


def log(world: World) -> list[dict]:
    return world.control.get("/__control/requests?channel=cmpp").json


def test_the_authenticators_and_both_packets_are_the_vector():
    source, secret = VECTOR["source_addr"].encode(), VECTOR["shared_secret"].encode()
    mine = packets.authenticator_source(source, secret, int(VECTOR["timestamp"]))
    assert mine.hex() == VECTOR["authenticator_source_hex"]
    proof = packets.authenticator_ismg(0, mine, secret)
    assert proof.hex() == VECTOR["connect_resp_status0"]["authenticator_ismg_hex"]
    login = Login.read(read(CONNECT).body)
    assert (login.source, login.authenticator, login.version) == (source, mine, packets.VERSION)
    assert list(a_session(World()).feed(CONNECT)) == [CONNECTED]


@pytest.mark.parametrize(
    ("change", "status"),
    [
        (lambda b: b[:5], 1),
        (lambda b: b"901235" + b[6:], 2),
        (lambda b: b[:6] + bytes(16) + b[22:], 3),
    ],
)
def test_a_login_that_is_wrong_is_told_its_status_and_may_not_send(change, status: int):
    session = a_session(World())
    [answer] = session.feed(Packet(packets.CONNECT, 1, change(read(CONNECT).body)).octets())
    assert read(answer).body[0] == status
    with pytest.raises(Closed):
        list(session.feed(submit()))


def test_an_old_timestamp_and_a_newer_version_are_refused():
    world = World()
    world.control.put("/__control/clock", json={"advance": 301})
    [answer] = a_session(world).feed(CONNECT)
    assert read(answer).body[0] == 3
    newer = read(CONNECT).body[:22] + b"\x30" + read(CONNECT).body[23:]
    [answer] = a_session(World()).feed(Packet(packets.CONNECT, 1, newer).octets())
    assert read(answer).body[0] == 4


@pytest.mark.parametrize("coding", [8, 15])
def test_a_text_lands_in_the_inbox_and_its_report_follows(coding: int):
    world = World()
    session = connected(world)
    [answer] = session.feed(submit(coding=coding))
    packet = read(answer)
    assert (packet.command, packet.sequence, packet.body[8]) == (packets.SUBMIT | packets.ANSWER, 2, 0)
    [message] = inbox(world)
    assert (message["text"], message["code"]) == (TEXT, "048213")
    [told] = session.due()
    report = read(told)
    assert report.command == packets.DELIVER
    assert report.body[:8] == packet.body[:8]
    assert b"DELIVRD" in report.body
    assert MOBILE.encode() in report.body
    assert list(session.feed(Packet(packets.DELIVER | packets.ANSWER, report.sequence, bytes(9)).octets())) == []
    assert list(session.due()) == []


def test_packets_that_arrive_in_pieces_or_together_are_read_one_by_one():
    session = a_session(World())
    both = CONNECT + Packet(packets.ACTIVE_TEST, 9).octets()
    assert list(session.feed(both[:20])) == []
    assert [read(o).command & 0xFF for o in session.feed(both[20:])] == [packets.CONNECT, packets.ACTIVE_TEST]


def test_a_customer_says_goodbye():
    session = connected(World())
    answers = session.feed(Packet(packets.TERMINATE, 3).octets())
    assert read(next(answers)).command == packets.TERMINATE | packets.ANSWER
    with pytest.raises(Closed):
        next(answers)


@pytest.mark.parametrize(
    ("octets", "result"),
    [
        (submit("验证码048213"), 1),
        (submit(source="999999"), 1),
        (submit(mobile="12"), 1),
        (submit(coding=4), 1),
        (submit("【一号通】" + "长" * 66), 4),
    ],
)
def test_a_text_that_breaks_a_rule_is_refused(octets: bytes, result: int):
    world = World()
    [answer] = connected(world).feed(octets)
    assert read(answer).body[8] == result
    assert inbox(world) == []


def test_the_flow_control_is_that_of_both_gateways_together():
    world = World()
    session = connected(world)
    [first], [second] = session.feed(submit()), session.feed(submit())
    assert (read(first).body[8], read(second).body[8]) == (0, 8)


@pytest.mark.parametrize("octets", [b"GET / HTTP/1.1\r\n\r\n", b"\0\0\0\3\0\0\0\1\0\0\0\1", Packet(0x77, 1).octets()])
def test_octets_that_are_no_packet_end_the_session(octets: bytes):
    with pytest.raises(Closed):
        list(a_session(World()).feed(octets))


@pytest.mark.parametrize("body", [b"", bytes(50), read(submit()).body[:-1], read(submit()).body + b"x"])
def test_a_submit_of_another_shape_is_malformed(body: bytes):
    with pytest.raises(Malformed):
        Submit.read(body)


def test_the_log_names_no_phone_and_no_text():
    world = World()
    list(connected(world).feed(submit()))
    assert [(row["operation"], row["verdict"]) for row in log(world)] == [
        ("connect", "verified"),
        ("submit", "verified"),
    ]
    told = json.dumps(log(world), ensure_ascii=False)
    assert [value for value in (MOBILE, "048213", '1234"') if value in told] == []
    assert "199****0001" in told


# ---- faults ---------------------------------------------------------------------------------------------------------


def walk(world: World) -> list[object]:
    """Everything a customer sees of: connect, a first text, a minute's wait, a second text, and what comes later."""
    seen: list[object] = []
    session = a_session(world)
    for octets in (CONNECT, submit(), submit(mobile="19900000002"), Packet(packets.TERMINATE, 3).octets()):
        began = world.clock.now()
        try:
            # The number of a message is drawn, so it is left out of what is compared.
            seen += [(o[:12], len(o), o[20:60]) for o in session.feed(octets)]
        except (Closed, TimeoutFault, ResetFault) as error:
            seen.append(type(error).__name__)
        seen.append(world.clock.now() - began)
        seen += [o[:12] + o[20:][:60] for o in session.due()]
    seen.append([len(inbox(world, mobile)) for mobile in (MOBILE, "19900000002")])
    world.control.put("/__control/clock", json={"advance": 240})
    seen += [o[:12] for o in session.due()]
    seen.append([len(inbox(world, mobile)) for mobile in (MOBILE, "19900000002")])
    return seen


@pytest.mark.parametrize("mode", sorted(MODES))
def test_every_mode_changes_what_a_customer_sees_or_is_declared_impossible(mode: str):
    world = World()
    refused = world.control.put("/__control/faults", json={"channel": "cmpp", "mode": mode})
    if mode in BY_NAME["cmpp"].impossible:
        assert refused.json == {"error": "impossible", "why": BY_NAME["cmpp"].impossible[mode]}
        return
    assert refused.status_code == 200
    if mode == "stale":  # there must be an old answer
        world.heal()
        walk(world)
        world.fault("cmpp", mode, operation="submit")
        session = connected(world)
        old = [read(o).body for o in session.feed(submit(mobile="19900000003"))]
        assert old == [read(o).body for o in session.feed(submit(mobile="19900000004"))]
        return
    assert walk(world) != walk(World())


def test_a_late_text_and_its_report_come_late_and_a_lost_one_says_so():
    world = World()
    session = connected(world)
    world.fault("cmpp", "late_delivery", count=1)
    list(session.feed(submit()))
    assert (inbox(world), list(session.due())) == ([], [])
    world.control.put("/__control/clock", json={"advance": 240})
    assert len(inbox(world)) == len(list(session.due())) == 1
    world.fault("cmpp", "undelivered", count=1)
    list(session.feed(submit(mobile="19900000002")))
    assert b"UNDELIV" in next(session.due())
    assert inbox(world, "19900000002") == []


def test_an_early_report_comes_before_the_answer_and_a_double_one_twice():
    world = World()
    session = connected(world)
    world.fault("cmpp", "early_callback", count=1)
    first, second = session.feed(submit())
    assert (read(first).command, read(second).command) == (packets.DELIVER, packets.SUBMIT | packets.ANSWER)
    world.fault("cmpp", "duplicate_callback", count=1)
    list(session.feed(submit(mobile="19900000002")))
    assert len(list(session.due())) == 2


def test_the_calendar_shuts_this_gateway_too():
    world = World()
    session = connected(world)
    world.control.put("/__control/quotas", json={"channel": "cmpp", "operation": "submit", "per_day": 0})
    [answer] = session.feed(submit())
    assert read(answer).body[8] == 8
    world.control.put("/__control/windows", json={"channel": "cmpp", "on": True, "from": "00:00", "to": "23:59"})
    [answer] = session.feed(submit())
    assert read(answer).body[8] == 9
    [answer] = a_session(world).feed(CONNECT)
    assert read(answer).body[0] == 5


# ---- on a socket ----------------------------------------------------------------------------------------------------


def received(connection: socket.socket, count: int) -> bytes:
    data = b""
    while len(data) < count:
        more = connection.recv(count - len(data))
        assert more, "closed"
        data += more
    return data


def test_a_whole_session_over_a_socket():
    world = World()
    with served(world.app.extensions["sandbox"]) as address, socket.create_connection(address, timeout=10) as phone:
        phone.sendall(CONNECT)
        assert received(phone, len(CONNECTED)) == CONNECTED
        phone.sendall(submit())
        assert received(phone, 21)[4:8] == bytes.fromhex("80000004")
        length = int.from_bytes(received(phone, 4))
        assert b"DELIVRD" in received(phone, length - 4)
        phone.sendall(Packet(packets.TERMINATE, 3).octets())
        assert received(phone, 12)[4:8] == bytes.fromhex("80000002")
        assert phone.recv(1) == b""
    assert len(inbox(world)) == 1


def test_on_a_socket_a_reset_is_a_reset_and_a_timeout_is_silence():
    world = World()
    with served(world.app.extensions["sandbox"]) as address:
        world.fault("cmpp", "reset", count=1)
        with socket.create_connection(address, timeout=10) as phone:
            phone.sendall(CONNECT)
            with pytest.raises(ConnectionResetError):
                phone.recv(1)
        world.fault("cmpp", "timeout", count=1)
        with socket.create_connection(address, timeout=0.1) as phone:
            phone.sendall(CONNECT)
            with pytest.raises(TimeoutError):
                phone.recv(1)
            phone.settimeout(10)
            phone.sendall(CONNECT)  # the connection is still there
            assert received(phone, len(CONNECTED)) == CONNECTED
