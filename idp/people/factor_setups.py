"""The record of setting up a second factor, sealed: of an authenticator, with its secret, or of a face.

It belongs to one citizen, one session and one browser, lives for ten minutes, and shows its secret once (OWASP ASVS
6.5.3). A citizen has one live setup of a kind: a newer one, an enrolment and a removal each end it, so that nothing
begun before a change is finished after it (pre-hijacking by an unexpired change, Sudhodanan & Paverd, USENIX Security
2022).
"""

from dataclasses import dataclass, field
from typing import Any, Final

from idp.domain.errors import FactorSetupOver
from idp.domain.ports import Clock, JsonObject, OneTimeCodes, Randomness, Records, SessionFacts, Versioned
from idp.people.link_proofs import digest, in_browser

SETUP_SECONDS: Final = 600.0
SETUP_ID_BYTES: Final = 24
AUTHENTICATOR: Final = "second_factor_setup"
FACE: Final = "face_setup"
# Wrong ones are counted too: a page left open does not burn the setup that is newer.
_TRIES: Final = 5


@dataclass(frozen=True, slots=True)
class Setup:
    """A setup under way. ``confirmed``: the text message's code was right, or none was needed."""

    id: str
    version: int
    value: JsonObject = field(repr=False)

    @property
    def secret(self) -> str:
        """The secret, base32."""
        return str(self.value["secret"])

    @property
    def confirmed(self) -> bool:
        """Whether a second kind of proof was shown, so that the app may be enrolled."""
        return bool(self.value["confirmed"])

    @property
    def by_text(self) -> bool:
        """Whether that was a text message, sent for this setup."""
        return bool(self.value["by_text"])


@dataclass(frozen=True, slots=True)
class FactorSetups:
    """See the module. :meth:`read`, :meth:`confirm` and :meth:`take` raise FactorSetupOver.

    ``kind``: ``AUTHENTICATOR`` or ``FACE``, which has no secret; a setup of one is none of the other.
    """

    records: Records
    codes: OneTimeCodes
    clock: Clock
    randomness: Randomness
    kind: str = AUTHENTICATOR

    def new_id(self) -> str:
        """An id that nobody can guess."""
        return self.randomness.token(SETUP_ID_BYTES)

    def make(self, setup_id: str, secret: str, session: SessionFacts, browser: str, *, by_text: bool) -> None:
        """Keep a new setup; it ends whichever the citizen had."""
        now = self.clock.now()
        value = {
            "kind": self.kind,
            "citizen_id": session.citizen_id,
            "handle": session.handle,
            "browser": digest(browser),
            "secret": secret,
            "by_text": by_text,
            "confirmed": not by_text,
            "shown": False,
        }
        self.records.create(setup_id, value, now=now, expires_at=now + SETUP_SECONDS)
        self._name(session.citizen_id, setup_id)

    def read(self, setup_id: str, session: SessionFacts, browser: str) -> Setup:
        """The setup, for the session and the browser that began it."""
        found = self.records.read(setup_id, now=self.clock.now())
        if not isinstance(found, Versioned) or found.value["kind"] != self.kind:
            raise FactorSetupOver("unknown, used or too old")
        owner = (found.value["citizen_id"], found.value["handle"])
        if owner != (session.citizen_id, session.handle) or not in_browser(found.value, browser):
            raise FactorSetupOver("of another session or browser")
        return Setup(setup_id, found.version, found.value)

    def confirm(self, setup: Setup) -> None:
        """The code of the text message was right."""
        if not self._replaced(setup, confirmed=True):
            raise FactorSetupOver("raced")

    def show_once(self, setup: Setup) -> bool:
        """Whether the secret may be shown now: True for exactly one caller."""
        if setup.value["shown"]:
            return False
        return self._replaced(setup, shown=True)

    def take(self, setup: Setup) -> None:
        """Use the setup up: exactly one caller comes back, and only while no newer one was begun."""
        now = self.clock.now()
        if not self.codes.verify(self._slot(str(setup.value["citizen_id"])), setup.id, now=now).matched:
            raise FactorSetupOver("voided or used")
        if not self.records.redeem(setup.id, version=setup.version, note="", now=now):
            raise FactorSetupOver("used")

    def void(self, citizen_id: str) -> None:
        """End whatever setup the citizen has: a value nobody knows takes its place."""
        self._name(citizen_id, self.new_id())

    def _replaced(self, setup: Setup, **changes: Any) -> bool:
        changed = {**setup.value, **changes}
        return self.records.replace(setup.id, changed, version=setup.version, now=self.clock.now())

    def _name(self, citizen_id: str, setup_id: str) -> None:
        now = self.clock.now()
        self.codes.issue(self._slot(citizen_id), setup_id, now=now, expires_at=now + SETUP_SECONDS, tries=_TRIES)

    def _slot(self, citizen_id: str) -> str:
        return f"{self.kind}:{citizen_id}"
