"""The clients' public keys: parsed once, fetched where a client publishes them, and used to check what it signed.

A set by value is parsed when it is first asked for. A published one (``jwks_uri``) is kept as long as its host says,
within bounds; an unknown key asks for it again, once in a while, so that a client may rotate its keys without telling
anybody (OpenID Connect Core 10.1.1). While its host is down the old set stays good for a day. A client without
``jwks_uri`` never causes a call.

Anybody may ask for keys: a client's id and a made-up ``kid`` are enough. So of each client one fetch is under way, in
the thread of one request; nobody queues behind it. Others answer by the old set at once, and where none is kept they
wait a moment for the first.

Checking is left to joserfc, with algorithm and keys fixed by us (RFC 8725 sections 3.1 and 3.10): what a header offers
(``jwk``, ``jku``, ``x5u``, ``x5c``) is never looked at.
"""

import threading
from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from typing import Any, Final

import structlog

from idp.domain.client import Client, ClientKeys
from idp.domain.errors import DocumentUnavailable
from idp.domain.ports import Clock, Documents
from idp.oidc.client_jws import FAULTS, JwtRefused, KeyRing, Unverified, Verified, read_unverified
from idp.registration.keys import published_jwks

FRESH_SECONDS: Final = 600.0  # where its host says nothing
LEAST_SECONDS: Final = 60.0
MOST_SECONDS: Final = 86_400.0
STALE_SECONDS: Final = 86_400.0
# From the end of a fetch to the next that an unknown key, or a host that is down, asks for: a slow host, too, is left
# alone for as long as its answer took, about.
AGAIN_SECONDS: Final = 10.0
WAIT_SECONDS: Final = 1.0  # for another thread's fetch of a set of which nothing is kept

log = structlog.get_logger(__name__)

__all__ = ["ClientJwks", "JwtRefused", "KeysUnavailable", "NoKey", "Verified"]


class KeysUnavailable(JwtRefused):
    """The set that the client publishes cannot be had, and none is kept."""

    def __init__(self) -> None:
        super().__init__("The keys of the client's jwks_uri could not be fetched.")


class NoKey(JwtRefused):
    """The client has no key that fits."""

    def __init__(self) -> None:
        super().__init__("The client has no key that fits.")


@dataclass(slots=True)
class _Kept:
    """A client's keys as they are known now. Times are those of the clock."""

    keys: ClientKeys
    ring: KeyRing | None = None
    fetched_at: float = 0.0
    fresh_until: float = 0.0
    asked_again_at: float = float("-inf")
    fetching: threading.Lock = field(default_factory=threading.Lock)


class ClientJwks:
    """See the module. One for the whole provider; threads share it."""

    def __init__(self, fetch: Documents, clock: Clock) -> None:
        self._fetch = fetch
        self._clock = clock
        self._kept: dict[str, _Kept] = {}

    def verify(self, client: Client, token: str, *, algs: Collection[str]) -> Verified:
        """Header and claims of a compact JWS by one of the client's own keys; no claim is checked.

        Raises JwtRefused, whose text is fit for an ``error_description``.
        """
        unverified = read_unverified(token)
        if unverified.alg not in algs:
            raise JwtRefused("The JWT is signed by an algorithm that is not registered or allowed for this client.")
        found = self.check(client, unverified)
        if found is None:
            raise JwtRefused("The JWT's signature is not by a key of this client.")
        return found

    def check(self, client: Client, unverified: Unverified) -> Verified | None:
        """One that was taken apart already and whose algorithm was accepted; None: it is not by this client.

        Raises KeysUnavailable.
        """
        found: Verified | None = self._ask(client, lambda ring: ring.verify(unverified))
        return found

    def keys_for(self, client: Client, *, use: str, alg: str, kid: str | None = None) -> tuple[Any, ...]:
        """The client's keys that fit; ``use``: ``sig`` or ``enc``. Raises KeysUnavailable."""
        return self._ask(client, lambda ring: ring.fitting(use, alg, kid)) or ()

    def encryption_key(self, client: Client, alg: str) -> Any:
        """The first key for JWE ``alg`` (RFC 7518 section 4.1). Raises NoKey, KeysUnavailable."""
        fitting = self.keys_for(client, use="enc", alg=alg)
        if not fitting:
            raise NoKey
        return fitting[0]

    def owns(self, client: Client, public_key: bytes) -> bool:
        """Whether a SubjectPublicKeyInfo (DER) is one of the client's keys. Raises KeysUnavailable."""
        return bool(self._ask(client, lambda ring: ring.has(public_key)))

    def _ask(self, client: Client, question: "Callable[[KeyRing], Any]") -> Any:
        """The answer of the keys that are known; a false one is asked once more of keys fetched anew.

        What was fetched for this very question is not fetched again: one question waits for one fetch at most.
        """
        kept = self._known(client)
        if kept is None:
            return None
        before = kept.ring
        ring = self._ring(client, kept)
        answer = question(ring)
        published = kept.keys.jwks_uri is not None
        if not answer and published and ring is before and self._fetch_again(client, kept, ring):
            answer = question(self._present(kept))
        return answer

    def _known(self, client: Client) -> _Kept | None:
        """What is kept of this client, as long as its registration names the same keys."""
        if not client.keys:
            return None
        kept = self._kept.get(client.client_id)
        if kept is None or (kept.keys is not client.keys and kept.keys != client.keys):
            kept = self._kept[client.client_id] = _Kept(client.keys)
        return kept

    def _ring(self, client: Client, kept: _Kept) -> KeyRing:
        if kept.keys.jwks is not None:
            kept.ring = kept.ring or KeyRing(kept.keys.jwks)
            return kept.ring
        now = self._clock.now()
        if kept.ring is None or now >= kept.fresh_until:
            # One thread fetches; the others go on with the old set, or wait a moment for the first.
            with _held(kept.fetching, seconds=WAIT_SECONDS if kept.ring is None else 0.0) as mine:
                due = now >= kept.fresh_until and now >= kept.asked_again_at + AGAIN_SECONDS
                if mine and due and self._fetched(client, kept, now):
                    kept.asked_again_at = float("-inf")  # its host is well: the first unknown key may ask at once
        if kept.ring is not None and now >= kept.fetched_at + max(STALE_SECONDS, kept.fresh_until - kept.fetched_at):
            kept.ring = None
        return self._present(kept)

    def _fetch_again(self, client: Client, kept: _Kept, ring: KeyRing) -> bool:
        """Whether the set is another one now: an unknown key asks for it at most once in a while, and never waits."""
        now = self._clock.now()
        with _held(kept.fetching, seconds=0.0) as mine:
            if mine and kept.ring is ring and now >= kept.asked_again_at + AGAIN_SECONDS:
                self._fetched(client, kept, now)
            return kept.ring is not ring

    def _fetched(self, client: Client, kept: _Kept, now: float) -> bool:
        assert kept.keys.jwks_uri is not None  # noqa: S101  narrows: only published sets are fetched
        try:
            document = self._fetch(kept.keys.jwks_uri)
            kept.ring = KeyRing(published_jwks(document.value))
        except (DocumentUnavailable, *FAULTS) as error:
            log.warning("client_keys_unavailable", client_id=client.client_id, reason=str(error))
            return False
        finally:
            kept.asked_again_at = self._clock.now()
        kept.fetched_at = now
        told = FRESH_SECONDS if document.max_age is None else document.max_age
        kept.fresh_until = now + min(max(told, LEAST_SECONDS), MOST_SECONDS)
        return True

    def _present(self, kept: _Kept) -> KeyRing:
        if kept.ring is None:
            raise KeysUnavailable
        return kept.ring


class _held:  # noqa: N801  a context manager that reads as a word
    """A lock that is waited for so long; says whether it is held."""

    def __init__(self, lock: threading.Lock, *, seconds: float) -> None:
        self._lock = lock
        self._seconds = seconds
        self._mine = False

    def __enter__(self) -> bool:
        self._mine = self._lock.acquire(timeout=self._seconds)
        return self._mine

    def __exit__(self, *_: object) -> None:
        if self._mine:
            self._lock.release()
