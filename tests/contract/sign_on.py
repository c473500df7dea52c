"""A citizen's live state, brought about: what the suites of sessions and grants start from."""

from dataclasses import replace

import pytest

from idp.domain.audit import SignedOn
from idp.domain.ports import (
    Granted,
    Grants,
    Issued,
    Mismatch,
    Release,
    Replayed,
    SessionFacts,
    Sessions,
    SignOnRequest,
)
from tests.doubles import SteppingClock

SCOPES = frozenset({"openid", "profile", "phone"})
REQUEST = SignOnRequest("rp", "https://rp.example/cb", ("openid", "profile"), "challenge", nonce='n"1\\')
OFFLINE = replace(REQUEST, offline=True)
SEALED = bytes(range(256))


def facts(clock: SteppingClock, citizen_id: str = "citizen-1", handle: str = "h1", level: int = 2) -> SessionFacts:
    now = clock.now()
    return SessionFacts(citizen_id, now, ("pwd", "otp"), level, now, handle, "Chrome / Android 安卓")


def release(client_id: str = "rp", sub: str = "sub-1") -> Release:
    return Release(client_id, sub, f"sid-{client_id}", SCOPES, SEALED)


def signed_on(clock: SteppingClock, request: SignOnRequest = REQUEST) -> SignedOn:
    return SignedOn(id="e" * 32, at=clock.now(), client_id=request.client_id, request_id="q1", level=0)


def sign_on(sessions: Sessions, token: str, clock: SteppingClock, request: SignOnRequest = REQUEST) -> str:
    """A code, where one is sure to be given."""
    granted = sessions.sign_on(token, request, signed_on(clock, request), now=clock.now())
    assert isinstance(granted, Granted)
    return granted.code


def redeem(grants: Grants, code: str, clock: SteppingClock, **other) -> Issued | Replayed | Mismatch | None:
    wanted = {
        "client_id": "rp",
        "redirect_uri": "https://rp.example/cb",
        "code_challenge": "challenge",
        "access_seconds": 300,
        "refresh_seconds": 86400,
    }
    return grants.redeem(code, **{**wanted, **other}, now=clock.now())


def rotate(grants: Grants, token: str, clock: SteppingClock, **other) -> Issued | Replayed | Mismatch | None:
    wanted = {"client_id": "rp", "scope": None, "access_seconds": 300, "refresh_seconds": 86400}
    return grants.rotate(token, **{**wanted, **other}, now=clock.now())


class InASession:
    """Fixtures: ``sessions``, ``clock``."""

    @pytest.fixture
    def session(self, sessions: Sessions, clock: SteppingClock) -> str:
        """The token of a session in which client ``rp`` has its release."""
        token = sessions.open(facts(clock), now=clock.now())
        assert sessions.release(token, release(), now=clock.now())
        return token
