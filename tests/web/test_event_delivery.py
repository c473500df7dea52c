"""Delivery of security events: real receivers on sockets, a real store, and a clock that is moved by hand."""

import threading
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from werkzeug.test import Client as Http

from idp.domain.audit import EventDelivered, LogoutDelivered
from idp.domain.audit_words import Outcome
from idp.domain.client import PushEndpoint
from idp.domain.ports import EventState, SecurityEvent, SecurityEventKind
from idp.oidc.jws import Minter
from idp.oidc.logout_tokens import LogoutTokens
from idp.oidc.security_events import EVENT_TYPES, PAYLOADS, SecurityEventTokens
from idp.outbound import AddressRefused, CheckedTransport, EventPusher
from idp.system import SystemRandomness
from idp.web.couriers import LogoutCourier, PushCourier, couriers
from idp.web.event_delivery import FEWEST_TRIES, LONGEST_PAUSE, EventDelivery, pause
from idp.web.subscriptions import Subscriptions
from tests.contract.announcing import event_for
from tests.doubles import SeededRandomness
from tests.event_receiver import Arrived, EventReceiver
from tests.people.doubles import Notebook
from tests.provider import ISSUER, Provider
from tests.web.test_outbound import PUBLIC, Seen

WEEK = 604_800.0
REAL = SystemRandomness()


class Post:
    """The delivery of one worker, its receiver, and the audit events it left."""

    def __init__(self, provider: Provider, receiver: EventReceiver) -> None:
        self.provider, self.receiver, self.notebook = provider, receiver, Notebook()
        self.clock, self.store = provider.clock, provider.stores.events
        self.subscriptions = Subscriptions(provider.stores.event_streams, {"hall": "s3cret"})
        self.pushers: list[EventPusher] = []

    def worker(self, push: Any = None, **more: Any) -> EventDelivery:
        """One more worker on the same store."""
        minter = Minter(self.provider.vault.keys)
        return EventDelivery(
            events=self.store,
            clients=self.provider.registry,
            couriers=couriers(
                LogoutCourier(LogoutTokens(ISSUER, minter, self.clock, REAL), lambda *_: 500),
                PushCourier(SecurityEventTokens(ISSUER, minter, self.clock), push or self.pusher(), self.subscriptions),
            ),
            outbox=self.notebook,
            clock=self.clock,
            randomness=REAL,
            **{"life_seconds": WEEK, **more},
        )

    def pusher(self, seconds: float = 5.0) -> EventPusher:
        self.pushers.append(EventPusher(loopback_allowed=True, seconds=seconds))
        return self.pushers[-1]

    def client(self, client_id: str = "hall", token_ref: str | None = None, **facts: Any) -> None:
        address = facts.pop("address", self.receiver.address(client_id))
        self.provider.party(client_id, security_events=PushEndpoint(address, token_ref), **facts)

    def announce(self, client_id: str = "hall", **changes: Any) -> SecurityEvent:
        event = event_for(client_id, self.clock.now(), **changes)
        self.store.announce([event])
        return event

    def state(self, event: SecurityEvent) -> tuple[EventState, int]:
        (found,) = [kept for kept in self.store.listing(limit=999) if kept.event.id == event.id]
        return found.state, found.tries

    @property
    def outcomes(self) -> list[Outcome]:
        return [event.outcome for event in self.notebook.of(EventDelivered)]


@pytest.fixture
def post(provider: Provider) -> Iterator[Post]:
    keys = Http(provider.app.wsgi_app).get("/jwks").json
    receiver = EventReceiver(ISSUER, lambda: keys)
    made = Post(provider, receiver)
    yield made
    receiver.close()
    for pusher in made.pushers:
        pusher.close()
    assert receiver.faults == []


@pytest.mark.parametrize("alg", ["RS256", "ES256"])
def test_a_receiver_that_verifies_everything_takes_it_with_the_bearer_token_it_wants(post, alg):
    from idp.domain.client import SigningAlg

    post.client(token_ref="hall", id_token_alg=SigningAlg(alg))
    event = post.announce()
    assert post.worker().once() == 1
    arrived: Arrived = post.receiver.take()
    assert (arrived.claims["jti"], arrived.bearer) == (event.id, "s3cret")
    assert arrived.claims["sub_id"]["sub"] == event.sub
    assert post.state(event) == (EventState.DELIVERED, 1)
    assert post.outcomes == [Outcome.OK]


def test_what_wants_a_bearer_token_is_never_sent_without_one(post):
    post.client(token_ref="forgotten")
    event = post.announce()
    post.worker().once()
    assert post.receiver.take_all() == []
    assert post.state(event) == (EventState.WAITING, 1)


def test_a_receiver_that_was_down_is_told_when_it_is_up(post):
    post.client(address="http://127.0.0.1:9/events")
    event = post.announce()
    worker = post.worker()
    assert [worker.once(), worker.once()] == [1, 0]
    assert post.state(event) == (EventState.WAITING, 1)
    post.client()
    post.clock.advance(1)
    assert worker.once() == 1
    assert post.receiver.take().claims["jti"] == event.id
    assert post.outcomes == [Outcome.OK]


def test_every_try_has_the_same_jti_so_a_receiver_knows_an_event_that_it_took_already(post):
    post.client()
    post.receiver.answers = [(500, ""), (503, "")]
    event, worker = post.announce(), post.worker()
    for _ in range(3):
        worker.once()
        post.clock.advance(60)
    assert [arrived.claims["jti"] for arrived in post.receiver.tried] == [event.id] * 3
    assert len({arrived.claims["iat"] for arrived in post.receiver.tried}) == 3
    assert {arrived.event[1]["event_timestamp"] for arrived in post.receiver.tried} == {int(event.at)}


@pytest.mark.parametrize("code", ["", "invalid_request", "invalid_audience", "invalid_issuer", "no_code_at_all"])
def test_a_token_that_the_receiver_does_not_want_is_given_up_and_shown(post, code, request):
    log = request.getfixturevalue("_logs_hold_nothing_personal")
    post.client()
    post.receiver.answers = [(400, code)]
    event = post.announce()
    post.worker().once()
    assert post.state(event) == (EventState.UNDELIVERED, 1)
    assert post.outcomes == [Outcome.REFUSED]
    said = log.getvalue()
    assert "event_refused" in said
    assert ("no_code_at_all" in said, "not taken" in said) == (False, False)


@pytest.mark.parametrize(
    "answer",
    [(400, "invalid_key"), (400, "authentication_failed"), (401, ""), (403, ""), (404, ""), (429, ""), (500, ""),
     (503, ""), (302, "")],
)  # fmt: skip
def test_a_fault_of_the_moment_is_tried_again(post, answer):
    post.client()
    post.receiver.answers = [answer]
    event = post.announce()
    worker = post.worker()
    worker.once()
    assert post.state(event) == (EventState.WAITING, 1)
    post.clock.advance(1)
    worker.once()
    assert post.state(event) == (EventState.DELIVERED, 2)


@pytest.mark.parametrize("status", [200, 202, 204])
def test_any_plain_yes_is_a_yes(post, status):
    post.client()
    post.receiver.answers = [(status, "")]
    event = post.announce()
    post.worker().once()
    assert post.state(event) == (EventState.DELIVERED, 1)


def test_a_client_that_is_gone_may_come_back(post):
    post.client()
    event = post.announce()
    facts = post.provider.registry.get("hall")
    post.provider.registry.remove("hall")
    worker = post.worker()
    worker.once()
    assert post.state(event) == (EventState.WAITING, 1)
    post.provider.registry.add(facts)
    post.clock.advance(1)
    worker.once()
    assert post.receiver.take().claims["jti"] == event.id


def test_a_client_that_takes_no_events_any_more_is_given_up(post):
    post.client()
    event = post.announce()
    post.provider.party("hall")
    post.worker().once()
    assert post.state(event) == (EventState.UNDELIVERED, 1)


def test_a_slow_receiver_holds_up_nobody_else(post):
    post.client("slow")
    post.client("hall")
    let_go = threading.Event()
    post.receiver.answers = [lambda: (let_go.wait(10), (202, ""))[1]]
    slow = post.announce("slow")
    worker = post.worker(threads=2)
    worker.wake()
    while post.receiver.answers:  # until the slow one has been called
        threading.Event().wait(0.01)
    quick = [post.announce("hall") for _ in range(3)]
    more_of_the_slow = post.announce("slow")
    worker.wake()
    assert [post.receiver.take().claims["jti"] for _ in quick] == [event.id for event in quick]
    assert post.state(more_of_the_slow) == (EventState.WAITING, 0)
    let_go.set()
    assert {post.receiver.take().claims["jti"] for _ in range(2)} == {slow.id, more_of_the_slow.id}
    worker.close()
    assert post.state(slow) == (EventState.DELIVERED, 1)


def test_a_receiver_that_never_answers_costs_a_try_and_no_more(post):
    post.client()
    let_go = threading.Event()
    post.receiver.answers = [lambda: (let_go.wait(10), (503, ""))[1]]
    event = post.announce()
    post.worker(post.pusher(seconds=0.05)).once()
    let_go.set()
    assert post.state(event) == (EventState.WAITING, 1)


def test_two_workers_never_deliver_the_same_event_twice(post):
    for n in range(4):
        post.client(f"portal-{n}")
    events = [post.announce(f"portal-{n % 4}") for n in range(40)]
    workers = [post.worker(threads=3) for _ in range(2)]
    for worker in workers:
        worker.wake()
    arrived = Counter(post.receiver.take().claims["jti"] for _ in events)
    for worker in workers:
        worker.close()
    assert arrived == Counter(event.id for event in events)
    assert post.receiver.take_all() == []
    assert post.store.count(EventState.DELIVERED) == 40
    assert post.outcomes == [Outcome.OK] * 40


def test_a_worker_that_died_holding_an_event_does_not_lose_it(post):
    post.client()
    event = post.announce()
    post.store.take_due(now=post.clock.now(), lease_seconds=60, limit=1)
    worker = post.worker()
    assert worker.once() == 0
    post.clock.advance(60)
    assert worker.once() == 1
    assert post.receiver.take().claims["jti"] == event.id


def test_a_closed_worker_leaves_what_is_due_to_the_next(post):
    post.client()
    closed = post.worker()
    closed.close()
    event = post.announce()
    closed.wake()
    closed.tick()
    assert post.state(event) == (EventState.WAITING, 0)
    assert post.worker().once() == 1


def test_a_store_that_is_away_stops_nothing_for_good(post, monkeypatch):
    from idp.domain.errors import StoreUnavailable

    post.client()
    event = post.announce()
    worker, real = post.worker(), post.store.take_due

    def away(**_: Any) -> Any:
        monkeypatch.setattr(post.store, "take_due", real)
        raise StoreUnavailable("sql: away")

    monkeypatch.setattr(post.store, "take_due", away)
    worker.wake()
    while post.store.take_due == away:
        threading.Event().wait(0.01)
    worker.tick()
    assert post.receiver.take().claims["jti"] == event.id
    worker.close()


def test_a_dead_receiver_is_given_up_after_a_week_and_operators_can_send_it_again(post):
    post.client(address="http://127.0.0.1:9/events")
    event, began, worker = post.announce(), post.clock.now(), post.worker()
    while post.state(event)[0] is EventState.WAITING:
        post.clock.advance(3600)
        worker.once()
    assert WEEK <= post.clock.now() - began <= WEEK + LONGEST_PAUSE + 3600
    assert post.state(event)[1] > 40
    assert post.outcomes == [Outcome.UNAVAILABLE]
    post.client()
    assert worker.once() == 0
    assert post.store.retry(event.id, now=post.clock.now()) == 1
    assert worker.once() == 1
    assert post.receiver.take().claims["jti"] == event.id
    assert post.outcomes == [Outcome.UNAVAILABLE, Outcome.OK]


def test_what_operators_send_again_is_tried_more_than_once(post):
    post.client(address="http://127.0.0.1:9/events")
    event, worker = post.announce(), post.worker()
    post.clock.advance(2 * WEEK)
    for _ in range(FEWEST_TRIES - 1):
        worker.once()
        assert post.state(event)[0] is EventState.WAITING
        post.clock.advance(LONGEST_PAUSE)
    worker.once()
    assert post.state(event) == (EventState.UNDELIVERED, FEWEST_TRIES)


def test_the_end_of_a_session_is_told_in_the_words_of_back_channel_logout(post):
    post.client(backchannel_logout_uri=None)
    event = post.announce(kind=SecurityEventKind.SESSION_ENDED, detail={"sid": "one"})
    post.worker().once()
    assert post.state(event) == (EventState.UNDELIVERED, 1)
    assert [e.outcome for e in post.notebook.of(LogoutDelivered)] == [Outcome.REFUSED]
    assert post.notebook.of(LogoutDelivered)[0].citizen_id == event.citizen_id


def test_a_database_that_is_away_does_not_spoil_a_sign_out_and_the_log_says_who_waits(post, monkeypatch, request):
    from idp.domain.errors import StoreUnavailable
    from idp.domain.ports import EndedSession

    def away(_events: Any) -> None:
        raise StoreUnavailable("sql: away")

    post.client()
    monkeypatch.setattr(post.store, "announce", away)
    notices = post.provider.app.extensions["yihaotong"].notices
    assert notices.send(EndedSession("c" * 32, (("hall", "s" * 43, "one"), ("gone", "s" * 43, "one")))) == 1
    said = request.getfixturevalue("_logs_hold_nothing_personal").getvalue()
    assert "logout_notices_parked" in said
    assert '"hall"' in said


def test_old_delivered_events_are_dropped_in_passing(post):
    post.client()
    post.announce()
    worker = post.worker()
    worker.once()
    post.clock.advance(86_401)
    worker.tick()
    worker.close()
    assert post.store.listing(limit=9) == ()


def test_every_kind_but_the_end_of_one_session_has_its_event_type_and_payload():
    assert set(EVENT_TYPES) == set(PAYLOADS) == set(SecurityEventKind) - {SecurityEventKind.SESSION_ENDED}
    assert set(couriers(None, None)) == set(SecurityEventKind)  # type: ignore[arg-type]


def test_pauses_grow_to_four_hours_and_differ():
    seeded = SeededRandomness(5)
    rows = [[pause(tries, seeded) for _ in range(50)] for tries in range(60)]
    for tries, row in enumerate(rows):
        longest = min(4.0**tries, LONGEST_PAUSE)
        assert all(longest / 2 <= each <= longest for each in row)
        assert len(set(row)) == 50


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.sampled_from([202, 400, 401, 404, 429, 500, 503, "raise"]), max_size=12), st.integers(1, 3))
def test_every_kept_event_is_delivered_or_given_up_exactly_once(post, answers, workers):
    """Whatever receivers answer: one end an event, one audit event an end, and never a try after it."""
    post.client()
    post.notebook.events.clear()
    left, tried, ended = list(answers), Counter[str](), set[str]()

    def push(_address: str, token: str, _bearer: str | None) -> tuple[int, str]:
        import json

        from joserfc.jws import extract_compact

        jti = json.loads(extract_compact(token.encode()).payload)["jti"]
        assert jti not in ended
        tried[jti] += 1
        answer = left.pop(0) if left else "raise"
        if answer == "raise":
            raise httpx.ConnectError("refused")
        if answer in {202, 400}:
            ended.add(jti)
        return int(answer), ""

    crew = [post.worker(push, life_seconds=3600.0) for _ in range(workers)]
    events = [post.announce() for _ in range(3)]
    while any(post.state(event)[0] is EventState.WAITING for event in events):
        for worker in crew:
            worker.once()
        post.clock.advance(LONGEST_PAUSE)
    states = {event.id: post.state(event) for event in events}
    assert {id_: tries for id_, (_, tries) in states.items()} == tried
    assert len(post.outcomes) == len(events)
    assert Counter(post.outcomes)[Outcome.OK] == sum(state is EventState.DELIVERED for state, _ in states.values())


def test_a_push_goes_to_public_addresses_only():
    seen = Seen(202)
    inside = EventPusher(loopback_allowed=False, transport=CheckedTransport(seen, lambda *_: frozenset({"10.0.0.1"})))
    with pytest.raises(AddressRefused):
        inside("https://hall.example/events", "t", "bearer")
    assert not seen.requests
    outside = EventPusher(loopback_allowed=False, transport=CheckedTransport(seen, lambda *_: frozenset({PUBLIC})))
    assert outside("https://hall.example/events", "t", None) == (202, "")
    (request,) = seen.requests
    assert request.headers["Content-Type"] == "application/secevent+jwt"
    assert "Authorization" not in request.headers


@pytest.mark.parametrize("body", [b"", b"[]", b"1", b'{"err": 1}', b'{"err": "\\u5f20"}', b"\xff", b"{" * 9000])
def test_any_answer_but_a_registered_code_is_no_code(body):
    class Answering(httpx.BaseTransport):
        def handle_request(self, request: httpx.Request) -> httpx.Response:
            return httpx.Response(400, stream=httpx.ByteStream(body))

    assert EventPusher(loopback_allowed=True, transport=Answering())("http://x.example/", "t", None) == (400, "")


def test_the_address_and_token_reference_come_from_the_clients_file(tmp_path: Path):
    from idp.clients import ClientsInvalid, load

    declared = """clients:
  - client_id: hall
    client_name: 大厅
    client_name_en: Hall
    token_endpoint_auth_method: none
    redirect_uris: [https://hall.example/cb]
    contacts: [a@hall.example]
    security_events: {push_uri: "https://hall.example/events", bearer_token_ref: hall_events}
"""
    (client,) = load(declared, development=False)
    assert client.security_events == PushEndpoint("https://hall.example/events", "hall_events")
    for wrong in ("http://hall.example/events", "https://*.example/e", "//hall.example"):
        with pytest.raises(ClientsInvalid, match=r"security_events\.push_uri"):
            load(declared.replace("https://hall.example/events", wrong), development=False)
    with pytest.raises(ClientsInvalid, match="bearer_token_ref"):
        load(declared.replace("hall_events", "S3cr3t value!"), development=False)
