"""The journey: one authorization request (or one visit to the account page) from arrival to answer.

A journey belongs to the browser that began it (CVE-2026-7507: a journey finished in another browser signs that one
in). It is kept sealed and versioned, so two tabs cannot overwrite one another.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Any, Final

from idp.domain.authorization import AuthorizationRequest
from idp.journey.draft import Draft


class Purpose(StrEnum):
    """Where the journey leads."""

    SIGN_ON = "sign_on"
    ACCOUNT = "account"


STEP_UP: Final = "step_up"
# Where a journey without a request may lead besides a channel's link page: the authenticator's own, or the face's.
AUTHENTICATOR: Final = "authenticator"
FACE: Final = "face"


@dataclass(frozen=True, slots=True)
class HalfSignedIn:
    """The first factor is right, the second is missing. Has no rights anywhere but in this journey.

    ``method`` is how the first was shown; ``STEP_UP``: the running session is the first, and needs to be there.
    ``link_id``: the account link that was the first factor, if one was.
    """

    citizen_id: str
    method: str
    amr: tuple[str, ...]
    link_id: str = ""


@dataclass(frozen=True, slots=True)
class Enrolment:
    """A registration under way: the mobile number (E.164), and whether its code was right."""

    mobile: str = field(repr=False)
    confirmed: bool = False
    sent_at: float = 0.0


@dataclass(frozen=True, slots=True)
class Journey:
    """One journey. ``version`` is the store's; ``browser`` a digest of the browser's own random id.

    ``declined_level``: the citizen went on without the level a client merely wanted. ``account_confirmed`` answers
    prompt=select_account, ``consented`` answers prompt=consent. ``attempt_id`` is the attempt under way, ``draft``
    the form that was refused last. ``joining``: the account this journey signed in to before, which may be joined to
    the one it signs in to now. ``upstream_attempt`` is a sign-in at an upstream under way, ``pending_link`` the
    proof of an upstream account that nobody has linked yet. ``reauthenticate``: a live session is not enough;
    ``leads_to``: the channel whose link page (or ``AUTHENTICATOR`` or ``FACE``, whose page) the journey ends at,
    without a request. ``sets_up``: the citizen chose to set up an authenticator here, ``opts_in`` to sign in by their
    face too; ``setup`` is that setup, once begun; ``password_since``: the password is to be
    shown again, from then on, whatever the client asked for. ``waiting``: the request, made elsewhere, that the journey
    answers, ``matched`` the citizen who typed its match number. ``acting_for``: whom the citizen chose to act for
    (:mod:`idp.journey.acting`); ``proves_standing``: they came to prove an organisation of theirs.
    """

    id: str
    browser: str
    created_at: float
    expires_at: float
    purpose: Purpose = Purpose.SIGN_ON
    request: AuthorizationRequest | None = None
    half_signed_in: HalfSignedIn | None = None
    enrolment: Enrolment | None = None
    attempt_id: str | None = None
    joining: str | None = None
    declined_level: bool = False
    account_confirmed: bool = False
    consented: bool = False
    wants_level: int = 0
    draft: Draft | None = None
    upstream_attempt: str | None = None
    pending_link: str | None = None
    reauthenticate: bool = False
    leads_to: str = ""
    sets_up: bool = False
    opts_in: bool = False
    setup: str = ""
    password_since: float = 0.0
    waiting: str = ""
    matched: str = ""
    acting_for: str | None = None
    proves_standing: bool = False
    version: int = 1

    @property
    def authenticated_since(self) -> float:
        """The earliest acceptable ``auth_time``: prompt=login and max_age (OpenID Connect Core 3.1.2.1), or our own."""
        return max(self._asked_since, self.password_since)

    @property
    def _asked_since(self) -> float:
        if self.request is None:
            return self.created_at if self.reauthenticate else 0.0
        if "login" in self.request.prompts:
            return self.created_at
        return 0.0 if self.request.max_age is None else self.created_at - self.request.max_age

    @property
    def password_only(self) -> bool:
        """Whether somebody asks for a *fresh* sign-in here: an upstream may recognise its user without asking anything,
        so a linked account signs in, but never re-authenticates (prompt=login, max_age, before linking), nor does it
        open an account to a second password for good (joining).
        """
        return self.authenticated_since > 0.0 or self.joining is not None

    def with_(self, **changes: Any) -> "Journey":
        """This journey with other values."""
        return replace(self, **changes)

    def to_json(self) -> dict[str, Any]:
        """JSON values, for a sealed record; id and version are the store's."""
        return {
            "browser": self.browser,
            "created_at": self.created_at,
            "expires_at": self.expires_at,
            "purpose": self.purpose,
            "request": self.request.to_json() if self.request else None,
            "half": _half_to_json(self.half_signed_in) if self.half_signed_in else None,
            "enrolment": [self.enrolment.mobile, self.enrolment.confirmed, self.enrolment.sent_at]
            if self.enrolment
            else None,
            "attempt_id": self.attempt_id,
            "joining": self.joining,
            "declined_level": self.declined_level,
            "account_confirmed": self.account_confirmed,
            "consented": self.consented,
            "wants_level": self.wants_level,
            "draft": self.draft.to_json() if self.draft else None,
            "upstream_attempt": self.upstream_attempt,
            "pending_link": self.pending_link,
            "reauthenticate": self.reauthenticate,
            "leads_to": self.leads_to,
            "sets_up": self.sets_up,
            "opts_in": self.opts_in,
            "setup": self.setup,
            "password_since": self.password_since,
            "waiting": self.waiting,
            "matched": self.matched,
            "acting_for": self.acting_for,
            "proves_standing": self.proves_standing,
        }

    @classmethod
    def from_json(cls, journey_id: str, value: Mapping[str, Any], version: int) -> "Journey":
        """The inverse of :meth:`to_json`."""
        half, enrolment, request = value["half"], value["enrolment"], value["request"]
        draft = value.get("draft")  # journeys begun before an upgrade have none
        return cls(
            id=journey_id,
            browser=value["browser"],
            created_at=value["created_at"],
            expires_at=value["expires_at"],
            purpose=Purpose(value["purpose"]),
            request=AuthorizationRequest.from_json(request) if request else None,
            half_signed_in=HalfSignedIn(half[0], half[1], tuple(half[2]), *half[3:]) if half else None,
            enrolment=Enrolment(*enrolment) if enrolment else None,
            attempt_id=value["attempt_id"],
            joining=value.get("joining"),  # journeys begun before an upgrade have none
            declined_level=value["declined_level"],
            account_confirmed=value["account_confirmed"],
            consented=value["consented"],
            wants_level=value["wants_level"],
            draft=Draft.from_json(draft) if draft else None,
            upstream_attempt=value.get("upstream_attempt"),
            pending_link=value.get("pending_link"),
            reauthenticate=value.get("reauthenticate", False),
            leads_to=value.get("leads_to", ""),
            sets_up=value.get("sets_up", False),
            opts_in=value.get("opts_in", False),
            setup=value.get("setup", ""),
            password_since=value.get("password_since", 0.0),
            waiting=value.get("waiting", ""),
            matched=value.get("matched", ""),
            acting_for=value.get("acting_for"),
            proves_standing=value.get("proves_standing", False),
            version=version,
        )


def _half_to_json(half: HalfSignedIn) -> list[Any]:
    return [half.citizen_id, half.method, list(half.amr), half.link_id]
