"""Poll delivery (RFC 8936): handed out until acknowledged, oldest first, each end written down once."""

import pytest

from idp.domain.audit_words import Outcome
from idp.domain.client import PushEndpoint
from idp.domain.ports import EventState
from tests.contract.announcing import event_for
from tests.oidc.test_shared_signals import LEVEL, PUSH, Receiver
from tests.provider import ISSUER, Provider


@pytest.fixture
def hall(provider: Provider) -> Receiver:
    return Receiver(provider, provider.party("hall", security_events=PushEndpoint(None)))


@pytest.fixture
def events(provider: Provider):
    """Three events that wait, oldest first."""
    made = [event_for(at=provider.clock.now() - 9 + n) for n in range(3)]
    provider.stores.events.announce(made)
    return made


def _poll(hall: Receiver, **body):
    answer = hall.call("POST", "/ssf/poll", body)
    assert answer.status_code == 200, answer.text
    assert answer.headers["Cache-Control"] == "no-store"
    return answer.json


def _outcomes(provider: Provider) -> list[tuple[str, str]]:
    provider.drain()
    rows = provider.stores.audit.recent("c" * 32, limit=99)
    return [(row.kind, row.detail["outcome"]) for row in rows if row.kind == "event_delivered"]


def test_what_waits_is_handed_out_by_jti_and_comes_again_until_it_is_acknowledged(hall, events, provider):
    first = _poll(hall, returnImmediately=True)
    assert list(first["sets"]) == [event.id for event in events]
    assert first["moreAvailable"] is False
    again = _poll(hall, returnImmediately=True)
    assert list(again["sets"]) == list(first["sets"])
    assert _poll(hall, ack=[event.id for event in events])["sets"] == {}
    assert provider.stores.events.count(EventState.DELIVERED) == 3


def test_a_set_is_a_signed_token_for_this_client(hall, events):
    for jti, token in _poll(hall)["sets"].items():
        header, claims = hall.read(token)
        assert header["typ"] == "secevent+jwt"
        assert (claims["jti"], claims["aud"], claims["iss"]) == (jti, "hall", ISSUER)
        assert list(claims["events"]) == [LEVEL]
        assert not {"exp", "sub", "nonce"} & set(claims)


def test_as_many_as_were_asked_for_the_oldest_first_and_whether_there_are_more(hall, events):
    found = _poll(hall, maxEvents=2)
    assert (list(found["sets"]), found["moreAvailable"]) == ([events[0].id, events[1].id], True)
    found = _poll(hall, maxEvents=2, ack=[events[0].id, events[1].id])
    assert (list(found["sets"]), found["moreAvailable"]) == ([events[2].id], False)


def test_an_acknowledgement_alone_asks_for_none(hall, events):
    assert _poll(hall, maxEvents=0, ack=[events[0].id]) == {"sets": {}, "moreAvailable": False}
    assert list(_poll(hall)["sets"]) == [events[1].id, events[2].id]


def test_what_the_client_will_never_take_is_given_up_and_shown(hall, events, provider):
    bad = {events[0].id: {"err": "invalid_request", "description": "张三"}}
    assert events[0].id not in _poll(hall, setErrs=bad)["sets"]
    assert provider.stores.events.count(EventState.UNDELIVERED) == 1
    assert _outcomes(provider) == [("event_delivered", Outcome.REFUSED)]


def test_each_end_is_written_down_once_however_often_it_is_said(hall, events, provider):
    for _ in range(3):
        _poll(hall, ack=[events[0].id, "unknown"], setErrs={events[0].id: {"err": "invalid_request"}})
    assert _outcomes(provider) == [("event_delivered", Outcome.OK)]


def test_nobody_acknowledges_anothers_events(hall, events, provider):
    other = Receiver(provider, provider.party("fund", security_events=PushEndpoint(None)))
    assert _poll(other, ack=[event.id for event in events])["sets"] == {}
    assert len(_poll(hall)["sets"]) == 3


def test_the_end_of_one_session_is_not_among_them(hall, provider):
    from idp.domain.ports import SecurityEventKind

    notice = event_for(kind=SecurityEventKind.SESSION_ENDED, detail={"sid": "one"}, at=provider.clock.now())
    provider.stores.events.announce([notice])
    assert _poll(hall, ack=[notice.id])["sets"] == {}
    assert provider.stores.events.count(EventState.WAITING) == 1


def test_a_worker_leaves_them_where_they_are_and_gives_them_up_in_the_end(hall, events, provider):
    delivery = provider.app.extensions["yihaotong"].delivery
    assert delivery.once() >= 1
    assert provider.pushed == []
    assert len(_poll(hall)["sets"]) == 3
    while provider.stores.events.count(EventState.WAITING):
        provider.clock.advance(4 * 3600.0)
        delivery.once()
    assert provider.stores.events.count(EventState.UNDELIVERED) == 3
    assert _poll(hall)["sets"] == {}


def test_a_client_that_is_pushed_to_polls_nothing(provider):
    hall = Receiver(provider, provider.party("hall", security_events=PushEndpoint("https://hall.example/e")))
    assert hall.call("POST", "/ssf/poll", {}).status_code == 404


def test_what_waited_for_a_poll_is_pushed_once_the_client_wants_that(hall, events, provider):
    stream_id = hall.stream()["stream_id"]
    delivery = {"method": PUSH, "endpoint_url": "https://hall.example/events"}
    provider.app.extensions["yihaotong"].delivery.once()
    assert hall.call("PATCH", "/ssf/stream", {"stream_id": stream_id, "delivery": delivery}).status_code == 200
    provider.app.extensions["yihaotong"].delivery.once()
    provider.notified()
    assert sorted(hall.read(token)[1]["jti"] for _a, token, _b in provider.pushed) == sorted(e.id for e in events)


def test_a_paused_stream_hands_out_nothing_and_still_takes_acknowledgements(hall, events):
    stream_id = hall.stream()["stream_id"]
    hall.call("POST", "/ssf/status", {"stream_id": stream_id, "status": "paused"})
    assert _poll(hall, ack=[events[0].id]) == {"sets": {}, "moreAvailable": False}
    hall.call("POST", "/ssf/status", {"stream_id": stream_id, "status": "enabled"})
    assert list(_poll(hall)["sets"]) == [events[1].id, events[2].id]


@pytest.mark.parametrize(
    "wrong",
    [[], {"maxEvents": "3"}, {"maxEvents": -1}, {"maxEvents": True}, {"ack": "x"}, {"ack": [1]}, {"setErrs": []},
     {"setErrs": {"a": "b"}}],
)  # fmt: skip
def test_what_is_not_understood_is_refused(hall, events, wrong):
    assert hall.call("POST", "/ssf/poll", wrong).status_code == 400
    assert hall.call("POST", "/ssf/poll").status_code == 400
    assert len(_poll(hall)["sets"]) == 3
