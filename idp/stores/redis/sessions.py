"""Browser sessions, and the sign-on that they make possible."""

from collections.abc import Sequence
from typing import Any

import orjson

from idp.domain.audit_words import AuditEvent
from idp.domain.ports import (
    Asked,
    EndedSession,
    Granted,
    Randomness,
    Release,
    SessionFacts,
    SignOnRequest,
)
from idp.stores.redis.events import encode
from idp.stores.redis.keyspace import Keyspace, digest, is_session_token, shard_of, stamp
from idp.stores.redis.wire import Argument, Wire, load

_OPEN = load("session_open", "shard", "ending")
_READ = load("session_read", "shard")
_OWNER = load("session_owner", "shard")
_RENEW = load("session_renew", "shard")
_RELEASE = load("session_release", "shard")
_CHOSEN = load("session_chosen", "shard")
_SIGN_ON = load("sign_on", "shard", "ending")
_OF_CITIZEN = load("sessions_of", "shard")
_END = load("session_end", "shard", "ending")
_END_BY_HANDLE = load("session_end_by_handle", "shard", "ending")
_END_ALL = load("session_end_all", "shard", "ending")


class RedisSessions:
    """:class:`idp.domain.ports.Sessions`.

    A session ends ``absolute_seconds`` after it was opened or renewed, and sleeps after ``idle_seconds`` without being
    seen: it can then still be ended (so that relying parties are told), but nothing else. Grants that are not offline
    end with the session's absolute life; idling alone does not end what a relying party already has (ADR 0004).
    A citizen has at most ``most_sessions`` and ``most_grants``: the oldest give way.
    """

    def __init__(
        self,
        wire: Wire,
        randomness: Randomness,
        *,
        idle_seconds: float = 1800,
        absolute_seconds: float = 43200,
        most_sessions: int = 64,
        most_grants: int = 512,
        prefix: str = "",
    ) -> None:
        self._wire = wire
        self._randomness = randomness
        self._idle = stamp(idle_seconds)
        self._absolute = stamp(absolute_seconds)
        self._most_sessions = most_sessions
        self._most_grants = most_grants
        self._keys = Keyspace(prefix)

    def open(self, facts: SessionFacts, *, now: float) -> str:
        """A new session's token."""
        shard = shard_of(facts.citizen_id)
        base, token = self._keys.base(shard), self._new_token(shard)
        name = digest(token).hex()
        self._wire.call(
            [f"{base}s:{name}", f"{base}cs:{facts.citizen_id}"],
            _OPEN,
            (base, stamp(now), name, *_columns(facts), self._absolute, self._most_sessions),
        )
        return token

    def read(self, token: str, *, now: float) -> SessionFacts | None:
        """The session, counted as seen now."""
        if not is_session_token(token):
            return None
        base = self._keys.base(token)
        text = self._wire.call([f"{base}s:{digest(token).hex()}"], _READ, (base, stamp(now), self._idle))
        return None if text is None else _facts(text)

    def owner(self, token: str, *, now: float) -> str | None:
        """Whose session this is, also of one that sleeps; it is not counted as seen."""
        if not is_session_token(token):
            return None
        base = self._keys.base(token)
        found = self._wire.call([f"{base}s:{digest(token).hex()}"], _OWNER, (base, stamp(now)))
        return found.decode() if found else None

    def renew(self, token: str, facts: SessionFacts, *, now: float) -> str | None:
        """New facts under a new token; None when the session is gone or another citizen's."""
        shard = shard_of(facts.citizen_id)
        if not is_session_token(token) or token[:2] != shard:
            return None
        base, fresh = self._keys.base(shard), self._new_token(shard)
        old, new = digest(token).hex(), digest(fresh).hex()
        renewed = self._wire.call(
            [f"{base}s:{old}", f"{base}s:{new}", f"{base}cs:{facts.citizen_id}"],
            _RENEW,
            (base, stamp(now), self._idle, old, new, *_columns(facts), self._absolute),
        )
        return fresh if renewed else None

    def release(self, token: str, release: Release, *, now: float) -> bool:
        """Keep what a client may receive; its earlier ``sid`` stays. False when the session is gone."""
        if not is_session_token(token):
            return False
        base = self._keys.base(token)
        scopes = f" {' '.join(sorted(release.scopes))} "
        chosen = "" if release.acting_for is None else f"={release.acting_for}"
        until = "" if release.good_until is None else stamp(release.good_until)
        made = (release.sub, release.sid, scopes, release.claims, release.asked, chosen, until)
        args = (base, stamp(now), self._idle, release.client_id, *made)
        return bool(self._wire.call([f"{base}s:{digest(token).hex()}"], _RELEASE, args))

    def chosen(self, token: str, client_id: str, *, now: float) -> str | None:
        """For whom the citizen acts at this client, as the release of the session has it."""
        if not is_session_token(token):
            return None
        base = self._keys.base(token)
        key = f"{base}s:{digest(token).hex()}"
        found = self._wire.call([key], _CHOSEN, (base, stamp(now), self._idle, client_id))
        return found.decode().removeprefix("=") if found else None

    def sign_on(self, token: str, request: SignOnRequest, event: AuditEvent, *, now: float) -> Granted | Asked | None:
        """One script: judge the session, and if it satisfies, write grant, code, index entry and event."""
        if not is_session_token(token):
            return None
        shard, base = token[:2], self._keys.base(token)
        grant_id = shard + self._randomness.token(12)
        code = f"{grant_id}.{self._randomness.token(32)}"
        args: tuple[Argument, ...] = (
            base,
            stamp(now),
            self._idle,
            request.client_id,
            " ".join(request.scope),
            stamp(request.authenticated_since),
            request.minimum_level,
            "" if request.expected_sub is None else f"={request.expected_sub}",
            digest(code),
            stamp(request.code_seconds),
            stamp(request.grant_seconds),
            "1" if request.offline else "0",
            request.redirect_uri,
            request.code_challenge,
            orjson.dumps(request.nonce),
            grant_id,
            self._most_grants,
            event.kind,
            encode(event),
            request.asked,
            " ".join(request.resources),
            orjson.dumps(request.details) if request.details else "",
            request.dpop_jkt or "",
        )
        keys = (f"{base}s:{digest(token).hex()}", f"{base}g:{grant_id}", self._keys.outbox(shard))
        answer = self._wire.call(keys, _SIGN_ON, args)
        if answer is None:
            return None
        if answer[0] == 1:
            return Granted(code=code, level=answer[1], citizen_id=answer[2].decode())
        return _asked(request.client_id, answer)

    def of_citizen(self, citizen_id: str, *, now: float) -> Sequence[SessionFacts]:
        """Live sessions, newest first."""
        base = self._keys.base(shard_of(citizen_id))
        texts = self._wire.call([f"{base}cs:{citizen_id}"], _OF_CITIZEN, (base, stamp(now), self._idle))
        return sorted(map(_facts, texts), key=lambda facts: facts.created_at, reverse=True)

    def end(self, token: str, *, now: float) -> EndedSession | None:
        """End this session and every grant of it that is not offline."""
        if not is_session_token(token):
            return None
        base, name = self._keys.base(token), digest(token).hex()
        return _ended(self._wire.call([f"{base}s:{name}"], _END, (base, stamp(now), name)))

    def end_by_handle(self, citizen_id: str, handle: str, *, now: float) -> EndedSession | None:
        """End one of the citizen's own sessions."""
        base = self._keys.base(shard_of(citizen_id))
        return _ended(self._wire.call([f"{base}cs:{citizen_id}"], _END_BY_HANDLE, (base, stamp(now), handle)))

    def end_all(self, citizen_id: str, *, now: float, keep: str | None = None) -> Sequence[EndedSession]:
        """End every session but ``keep``, and every grant, offline too, that does not hang on ``keep``."""
        base = self._keys.base(shard_of(citizen_id))
        kept = digest(keep).hex() if keep is not None and is_session_token(keep) else ""
        answers = self._wire.call([f"{base}cs:{citizen_id}"], _END_ALL, (base, stamp(now), citizen_id, kept))
        return [ended for answer in answers if (ended := _ended(answer)) is not None]

    def _new_token(self, shard: str) -> str:
        return f"{shard}.{self._randomness.token(32)}"


def _columns(facts: SessionFacts) -> tuple[Argument, ...]:
    """What scripts compare, beside the whole as JSON."""
    return (facts.citizen_id, orjson.dumps(facts), stamp(facts.auth_time), facts.level, facts.handle)


def _facts(text: bytes) -> SessionFacts:
    values = orjson.loads(text)
    values["amr"] = tuple(values["amr"])
    return SessionFacts(**values)


def _asked(client_id: str, answer: list[Any]) -> Asked:
    _, facts, sub, sid, scopes, claims, asked = answer
    if sub is None:
        return Asked(_facts(facts), None)
    release = Release(client_id, sub.decode(), sid.decode(), frozenset(scopes.decode().split()), claims, asked.decode())
    return Asked(_facts(facts), release)


def _ended(answer: list[bytes] | None) -> EndedSession | None:
    if answer is None:
        return None
    citizen_id, *told = (text.decode() for text in answer)
    return EndedSession(citizen_id, tuple(zip(told[::3], told[1::3], told[2::3], strict=True)))
