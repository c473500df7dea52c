"""The clients' keys: fetched when they are needed, kept as long as is right, asked for again when one is unknown."""

import threading
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import httpx
import pytest

from idp.domain.client import AuthMethod, Client, ClientKeys
from idp.domain.errors import DocumentUnavailable
from idp.domain.ports import Document
from idp.oidc import client_jwks
from idp.oidc.client_jwks import ClientJwks, JwtRefused, KeysUnavailable, NoKey
from idp.outbound import CheckedTransport, DocumentFetcher
from tests import client_keys
from tests.doubles import SteppingClock
from tests.provider import Published

WHERE = "https://hall.example/jwks"
ALGS = frozenset({"ES256", "RS256"})


class House:
    def __init__(self) -> None:
        self.clock = SteppingClock()
        self.published = Published()
        self.jwks = ClientJwks(self.published, self.clock)
        self.client = Client(
            "hall", "厅", "Hall", AuthMethod.PRIVATE_KEY_JWT, frozenset(), frozenset(), "hall.example",
            keys=ClientKeys(jwks_uri=WHERE),
        )  # fmt: skip

    def publish(self, *keys: Any, max_age: float | None = None, **more: str) -> None:
        self.published.at[WHERE] = Document(client_keys.jwks(*keys, **more), max_age)

    def verifies(self, key: Any, **header: Any) -> bool:
        try:
            found = self.jwks.verify(self.client, client_keys.sign({"a": 1}, key, "ES256", **header), algs=ALGS)
        except JwtRefused:
            return False
        return found.claims == {"a": 1}

    @property
    def fetches(self) -> int:
        return len(self.published.fetched)


@pytest.fixture
def house() -> House:
    return House()


def test_keys_by_value_are_never_fetched(house: House):
    key = client_keys.make_key()
    house.client = replace(house.client, keys=ClientKeys(client_keys.jwks(key)))
    assert house.verifies(key)
    assert not house.verifies(client_keys.make_key())
    assert house.fetches == 0


def test_a_published_set_is_fetched_once_and_kept(house: House):
    key = client_keys.make_key()
    house.publish(key)
    assert all(house.verifies(key) for _ in range(5))
    house.clock.advance(client_jwks.FRESH_SECONDS - 1)
    assert house.verifies(key)
    assert house.fetches == 1
    house.clock.advance(2)
    assert house.verifies(key)
    assert house.fetches == 2


@pytest.mark.parametrize(
    ("told", "kept"), [(0, client_jwks.LEAST_SECONDS), (300, 300), (10**8, client_jwks.MOST_SECONDS)]
)
def test_its_host_says_how_long_within_bounds(house: House, told: float, kept: float):
    key = client_keys.make_key()
    house.publish(key, max_age=told)
    assert house.verifies(key)
    house.clock.advance(kept - 1)
    assert house.verifies(key)
    assert house.fetches == 1
    house.clock.advance(1)
    assert house.verifies(key)
    assert house.fetches == 2


def test_a_rotated_key_is_found_at_once_and_an_unknown_one_asks_once_in_a_while(house: House):
    old, new = client_keys.make_key(), client_keys.make_key()
    house.publish(old)
    assert house.verifies(old)
    house.publish(new)
    assert house.verifies(new)
    assert not house.verifies(old)
    asked = house.fetches
    assert not any(house.verifies(client_keys.make_key()) for _ in range(5))
    assert house.fetches == asked
    house.clock.advance(client_jwks.AGAIN_SECONDS)
    assert not house.verifies(client_keys.make_key())
    assert house.fetches == asked + 1


def test_a_rotation_without_names_is_found_too(house: House):
    old, new = client_keys.make_key(), client_keys.make_key()
    nameless = [{n: v for n, v in key.as_dict(private=False).items() if n != "kid"} for key in (old, new)]
    house.published.at[WHERE] = {"keys": nameless[:1]}
    assert house.verifies(old, kid=None)
    house.published.at[WHERE] = {"keys": nameless[1:]}
    assert house.verifies(new, kid=None)
    assert house.verifies(new, kid="a name of its own")


def test_while_its_host_is_down_the_old_set_stays_for_a_day(house: House):
    key = client_keys.make_key()
    house.publish(key)
    assert house.verifies(key)
    del house.published.at[WHERE]
    house.clock.advance(client_jwks.FRESH_SECONDS)
    assert all(house.verifies(key) for _ in range(3))
    assert house.fetches == 2  # not once a request
    house.clock.advance(client_jwks.STALE_SECONDS)
    token = client_keys.sign({"a": 1}, key, "ES256")
    with pytest.raises(KeysUnavailable):
        house.jwks.verify(house.client, token, algs=ALGS)
    house.publish(key)
    house.clock.advance(client_jwks.AGAIN_SECONDS)
    assert house.verifies(key)


@pytest.mark.parametrize(
    "document",
    [
        {"keys": []}, [], {"keys": "x"}, {"keys": [{"kty": "oct", "k": "AAAA"}]}, None,
        {"keys": [client_keys.make_key().as_dict(private=True)]}, {"keys": [{"kty": "EC", "crv": "P-256", "x": "A"}]},
        {"keys": [client_keys.make_key(kid="same").as_dict(private=False)] * 2},
    ],
    ids=["empty", "a list", "a text", "symmetric", "null", "private", "half a key", "one name twice"],
)  # fmt: skip
def test_a_set_that_is_none_or_holds_a_secret_is_as_good_as_none(house: House, document: Any):
    house.published.at[WHERE] = document
    with pytest.raises(KeysUnavailable):
        house.jwks.keys_for(house.client, use="sig", alg="ES256")


ODD: tuple[Any, ...] = ([], {}, [[]], 5, True)


@pytest.mark.parametrize("member", ["kty", "crv", "x", "kid", "use", "alg", "key_ops"])
@pytest.mark.parametrize("odd", ODD, ids=str)
def test_a_key_with_a_member_of_another_type_is_passed_over_or_spoils_its_set(house: House, member: str, odd: Any):
    key = client_keys.make_key()
    strange = client_keys.make_key().as_dict(private=False) | {member: odd}
    house.published.at[WHERE] = {"keys": [strange, key.as_dict(private=False)]}
    assert house.verifies(key) is (member in {"kty", "crv"} or (member, odd) == ("key_ops", []))


def test_keys_of_unknown_kinds_are_passed_over(house: House):
    key = client_keys.make_key()
    strange = {"kty": "EC", "crv": "secp256k1", "x": "AA", "y": "AA"}
    house.published.at[WHERE] = {"keys": [strange, {"kty": "LMS"}, key.as_dict(private=False)]}
    assert house.verifies(key)


def test_a_key_is_used_for_what_it_says_it_is_for(house: House):
    key, other = client_keys.make_key(), client_keys.make_key()
    for more, good in (({"use": "enc"}, False), ({"alg": "ES384"}, False), ({"use": "sig", "alg": "ES256"}, True)):
        house.client = replace(house.client, keys=ClientKeys(client_keys.jwks(key, **more)))
        assert house.verifies(key) is good, more
    house.client = replace(
        house.client, keys=ClientKeys({"keys": client_keys.jwks(key, use="sig")["keys"] + client_keys.jwks(other, use="enc")["keys"]})
    )  # fmt: skip
    assert house.jwks.encryption_key(house.client, "ECDH-ES").get("kid") == other.get("kid")
    with pytest.raises(NoKey):
        house.jwks.encryption_key(house.client, "RSA-OAEP-256")


def test_an_algorithm_that_the_caller_does_not_name_is_refused(house: House):
    key = client_keys.make_key()
    house.publish(key)
    with pytest.raises(JwtRefused, match="algorithm"):
        house.jwks.verify(house.client, client_keys.sign({}, key, "ES256"), algs={"RS256"})
    assert house.fetches == 0


def test_another_registration_of_the_same_name_has_its_own_keys(house: House):
    key, other = client_keys.make_key(), client_keys.make_key()
    house.publish(key)
    assert house.verifies(key)
    house.client = replace(house.client, keys=ClientKeys(client_keys.jwks(other)))
    assert house.verifies(other)
    assert not house.verifies(key)


def test_many_threads_fetch_once(house: House):
    key, gate = client_keys.make_key(), threading.Barrier(8)
    house.publish(key)
    found: list[bool] = []

    def ask() -> None:
        gate.wait(timeout=10)
        found.append(house.verifies(key))

    threads = [threading.Thread(target=ask) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=10)
    assert found == [True] * 8
    assert house.fetches == 1


class Pieces(httpx.SyncByteStream):
    """A body that comes piece by piece."""

    def __init__(self, pieces: list[bytes]) -> None:
        self._pieces = pieces

    def __iter__(self) -> Iterator[bytes]:
        return iter(self._pieces)


class Host(httpx.BaseTransport):
    """Answers what it is told to."""

    def __init__(
        self, status: int = 200, kind: str = "application/json", body: Any = b'{"keys": []}', **more: str
    ) -> None:
        self.status, self.headers, self.body = status, {"Content-Type": kind, **more}, body
        self.seen: list[httpx.Request] = []

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        self.seen.append(request)
        pieces = Pieces(self.body if isinstance(self.body, list) else [self.body])
        return httpx.Response(self.status, headers=self.headers, stream=pieces)


def test_a_document_is_fetched_with_its_life():
    host = Host(kind="application/jwk-set+json; charset=utf-8", **{"Cache-Control": "public, max-age=300"})
    fetch = DocumentFetcher(loopback_allowed=False, transport=host)
    assert fetch(WHERE) == Document({"keys": []}, 300.0)
    assert host.seen[0].headers["Accept-Encoding"] == "identity"
    assert "Cookie" not in host.seen[0].headers


@pytest.mark.parametrize(
    ("host", "what"),
    [
        (Host(302, Location="https://10.0.0.1/"), "another status"),
        (Host(500), "another status"),
        (Host(kind="text/html"), "not served as"),
        (Host(body=b"nonsense"), "not JSON"),
        (Host(body=b'"' + b"x" * 70_000 + b'"'), "64 KiB"),
        (Host(body=[b" "] * 20), "too slow"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_anything_else_is_no_document(host: Host, what: str):
    ticks = iter(range(0, 1000, 2))
    with pytest.raises(DocumentUnavailable, match=what):
        DocumentFetcher(loopback_allowed=False, transport=host, now=lambda: float(next(ticks)))(WHERE)
    assert len(host.seen) == 1


@pytest.mark.parametrize("address", ["10.1.2.3", "127.0.0.1", "169.254.169.254", "::1", "::ffff:10.0.0.1", "fd00::1"])
def test_an_address_inside_is_never_called(address: str):
    host = Host()
    guarded = CheckedTransport(host, lambda *_: frozenset({address}))
    with pytest.raises(DocumentUnavailable, match="must not be called"):
        DocumentFetcher(loopback_allowed=False, transport=guarded)(WHERE)
    assert host.seen == []


def test_one_setting_lets_this_machine_in_and_nothing_else():
    host = Host()
    near = DocumentFetcher(
        loopback_allowed=True,
        transport=CheckedTransport(host, lambda *_: frozenset({"127.0.0.1"}), loopback_allowed=True),
    )
    assert near("http://localhost:9/jwks").value == {"keys": []}
    for address, name in (("10.0.0.1", "https://a.example/"), ("93.184.216.34", "http://a.example/")):
        guarded = CheckedTransport(host, lambda *_, a=address: frozenset({a}), loopback_allowed=True)
        with pytest.raises(DocumentUnavailable, match="must not be called"):
            DocumentFetcher(loopback_allowed=True, transport=guarded)(name)
