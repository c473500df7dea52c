"""A client's host that takes its time: whoever knows the client's id may ask for its keys, and none queues behind it."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from idp.domain.client import AuthMethod, Client, ClientKeys
from idp.domain.ports import Document
from idp.oidc import client_jwks
from idp.oidc.client_jwks import ClientJwks, JwtRefused, KeysUnavailable
from tests import client_keys
from tests.doubles import SteppingClock

HALL = Client(
    "hall", "厅", "Hall", AuthMethod.PRIVATE_KEY_JWT, frozenset(), frozenset(), "hall.example",
    keys=ClientKeys(jwks_uri="https://hall.example/jwks"),
)  # fmt: skip


class Host:
    """Publishes one key; while ``slow`` nobody gets it before ``answer`` is set."""

    def __init__(self) -> None:
        self.clock = SteppingClock()
        self.key = client_keys.make_key()
        self.fetches = 0
        self.slow = False
        self.takes = 0.0
        self.reached, self.answer = threading.Event(), threading.Event()
        self.jwks = ClientJwks(self, self.clock)

    def __call__(self, address: str) -> Document:
        self.fetches += 1
        self.clock.advance(self.takes)
        if self.slow:
            self.reached.set()
            assert self.answer.wait(10)
        return Document(client_keys.jwks(self.key))

    def verifies(self, key: Any) -> bool:
        try:
            self.jwks.verify(HALL, client_keys.sign({"a": 1}, key, "ES256"), algs={"ES256"})
        except KeysUnavailable:
            raise
        except JwtRefused:
            return False
        return True

    @contextmanager
    def asked_by_another(self, key: Any) -> Iterator[None]:
        """Another thread's question has reached the host, which has not answered it meanwhile."""
        self.slow = True
        thread = threading.Thread(target=self.verifies, args=(key,))
        thread.start()
        assert self.reached.wait(10)
        yield
        assert thread.is_alive()
        self.answer.set()
        thread.join(timeout=10)


@pytest.fixture
def host() -> Host:
    return Host()


def test_unknown_keys_do_not_queue_behind_a_slow_host(host: Host):
    assert host.verifies(host.key)
    with host.asked_by_another(client_keys.make_key()):
        assert not any(host.verifies(client_keys.make_key()) for _ in range(5))
        assert host.verifies(host.key)
    assert host.fetches == 2


def test_a_set_that_ran_out_stays_in_use_while_a_slow_host_is_asked(host: Host):
    assert host.verifies(host.key)
    host.clock.advance(client_jwks.FRESH_SECONDS)
    with host.asked_by_another(host.key):
        assert host.verifies(host.key)
    assert host.fetches == 2


def test_where_no_set_is_kept_nobody_waits_for_long(host: Host, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(client_jwks, "WAIT_SECONDS", 0.01)
    with host.asked_by_another(host.key), pytest.raises(KeysUnavailable):
        host.verifies(host.key)
    assert host.fetches == 1
    assert host.verifies(host.key)


def test_a_question_waits_for_one_fetch_at_most(host: Host):
    assert not host.verifies(client_keys.make_key())
    assert host.fetches == 1
    assert not host.verifies(client_keys.make_key())
    assert host.fetches == 2


def test_a_slow_host_is_left_alone_from_the_end_of_its_answer(host: Host):
    assert host.verifies(host.key)
    host.takes = client_jwks.AGAIN_SECONDS
    assert not host.verifies(client_keys.make_key())
    assert not host.verifies(client_keys.make_key())
    assert host.fetches == 2
