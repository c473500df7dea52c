"""The one way to call an upstream: deadlines, size, one retry, the breaker, and what is logged."""

import gzip
import logging
from collections.abc import Iterator

import httpx
import pytest
import structlog

from adapters.http import IDEMPOTENT_CHECK, SIDE_EFFECT, Request, Send, Surroundings, Transient, Upstream
from idp.domain.errors import Distrusted, Unavailable
from tests.adapters.net import Handler, Net, failing, ok, status
from tests.adapters.rigs import streamed
from tests.doubles import SeededRandomness, SteppingClock

RETRIED = [
    failing(httpx.ConnectError),
    failing(httpx.ConnectTimeout),
    failing(httpx.ReadTimeout),
    *map(status, (502, 503, 504)),
]


@pytest.mark.parametrize("first", RETRIED)
def test_an_idempotent_call_is_repeated_once_after_200_to_500_milliseconds(first: Handler):
    net = Net(first, ok)
    assert net.call() == b"fine"
    assert len(net.requests) == 2
    assert len(net.pauses) == 1
    assert 0.2 <= net.pauses[0] <= 0.5


@pytest.mark.parametrize("always", RETRIED)
def test_a_call_is_never_sent_a_third_time(always: Handler):
    net = Net(always)
    with pytest.raises(Unavailable):
        net.call()
    assert len(net.requests) == 2


@pytest.mark.parametrize(
    "first", [status(500), status(429), status(404), failing(httpx.ReadError), failing(httpx.RemoteProtocolError)]
)
def test_other_failures_are_not_repeated(first: Handler):
    net = Net(first, ok)
    with pytest.raises(Unavailable):
        net.call()
    assert len(net.requests) == 1


@pytest.mark.parametrize("first", [failing(httpx.ReadTimeout), status(502)])
def test_a_call_with_a_side_effect_is_not_repeated_once_bytes_were_sent(first: Handler):
    net = Net(first, ok)
    with pytest.raises(Unavailable):
        net.call(SIDE_EFFECT)
    assert len(net.requests) == 1


def test_a_call_with_a_side_effect_is_repeated_when_nothing_was_sent():
    net = Net(failing(httpx.ConnectError), ok)
    assert net.call(SIDE_EFFECT) == b"fine"


def test_an_answer_that_the_caller_marks_is_asked_for_again_with_a_new_request():
    net = Net(ok)
    built: list[int] = []

    def exchange(send: Send) -> int:
        built.append(len(built))
        send(Request("/path", str(built[-1]).encode()))
        if len(built) == 1:
            raise Transient("test_channel", "busy", maybe_done=True)
        return built[-1]

    assert net.upstream.ask("check", exchange, IDEMPOTENT_CHECK, deadline=net.clock.now() + 60) == 1
    assert [request.content for request in net.requests] == [b"0", b"1"]


# ---- deadlines ------------------------------------------------------------------------------------------------------


def test_connect_and_read_have_their_deadlines():
    net = Net(ok)
    net.call()
    assert net.requests[0].extensions["timeout"] == {"connect": 3, "read": 8, "write": 8, "pool": 3}


def test_deadlines_shrink_to_what_is_left():
    net = Net(ok)
    net.call(deadline=2)
    assert net.requests[0].extensions["timeout"] == {"connect": 2, "read": 2, "write": 2, "pool": 2}


def test_nothing_is_sent_after_the_deadline():
    net = Net(ok)
    with pytest.raises(Unavailable):
        net.call(deadline=0)
    assert net.requests == []


def test_there_is_no_second_try_when_no_time_is_left_for_it():
    def late(request: httpx.Request) -> httpx.Response:
        net.clock.advance(8)
        raise httpx.ReadTimeout("late", request=request)

    net = Net(late, ok)
    with pytest.raises(Unavailable):
        net.call(deadline=8.1)
    assert len(net.requests) == 1


def test_an_answer_that_trickles_is_given_up_at_the_overall_deadline():
    def trickle() -> Iterator[bytes]:
        for _ in range(1000):
            net.clock.advance(7)  # each byte arrives within the read deadline
            yield b"x"

    net = Net(lambda _: httpx.Response(200, content=trickle()))
    before = net.clock.now()
    with pytest.raises(Unavailable):
        net.call()
    assert net.clock.now() - before <= IDEMPOTENT_CHECK.overall + 7


# ---- answers that must not be believed ------------------------------------------------------------------------------


def test_an_answer_over_the_size_limit_is_distrusted_without_being_read_whole():
    taken = []

    def endless() -> Iterator[bytes]:
        while True:
            taken.append(1)
            yield b"x" * 65_536

    net = Net(lambda _: httpx.Response(200, content=endless()))
    with pytest.raises(Distrusted):
        net.call()
    assert len(taken) <= 18


def test_an_answer_at_the_size_limit_is_read():
    net = Net(lambda _: streamed(200, b"x" * 100), max_bytes=100)
    assert len(net.call()) == 100


def test_a_compressed_answer_is_distrusted():
    bomb = gzip.compress(b"0" * 10_000_000)
    net = Net(lambda _: httpx.Response(200, content=iter([bomb]), headers={"Content-Encoding": "gzip"}))
    with pytest.raises(Distrusted):
        net.call()
    assert net.requests[0].headers["accept-encoding"] == "identity"


def test_a_redirect_is_not_followed():
    net = Net(lambda _: httpx.Response(302, headers={"Location": "https://elsewhere.test/"}))
    with pytest.raises(Distrusted):
        net.call()
    assert len(net.requests) == 1


def test_an_answer_that_breaks_off_or_stops_is_unavailable_and_not_asked_for_again():
    def breaking(error: type[httpx.TransportError]) -> Handler:
        def body() -> Iterator[bytes]:
            yield b"half"
            raise error("gone")

        return lambda _: httpx.Response(200, content=body())

    for error in (httpx.ReadTimeout, httpx.ReadError, httpx.RemoteProtocolError):
        net = Net(breaking(error))
        with pytest.raises(Unavailable):
            net.call()
        assert len(net.requests) == 1


def test_a_client_error_of_ours_alerts_and_quota_does_not():
    for code, alert in ((400, True), (403, True), (429, False), (500, False)):
        with pytest.raises(Unavailable) as caught:
            Net(status(code)).call()
        assert caught.value.alert is alert


@pytest.mark.parametrize("url", ["http://upstream.test", "ftp://upstream.test", "https://", "upstream.test"])
def test_a_base_url_that_is_not_https_is_refused(url: str):
    around = Surroundings(clock=SteppingClock(), randomness=SeededRandomness())
    with pytest.raises(ValueError, match="https"):
        Upstream("test_channel", url, around)


# ---- what is logged -------------------------------------------------------------------------------------------------


def test_no_url_header_or_body_is_logged(caplog: pytest.LogCaptureFixture):
    caplog.set_level(logging.DEBUG)
    net = Net(failing(httpx.ConnectError), ok)
    with structlog.testing.capture_logs() as events:
        net.call()
    assert [event["ending"] for event in events] == ["answered"]
    for text in ("upstream.test", "/path", "secret detail", "body"):
        assert text not in repr(events) + caplog.text


def test_an_error_does_not_carry_the_transport_errors_text():
    with pytest.raises(Unavailable) as caught:
        Net(failing(httpx.ReadError)).call()
    assert caught.value.__suppress_context__
    assert "secret detail" not in str(caught.value)
