"""The proof that permits a link: which upstream account, for which citizen, in which browser; once, and not for long.

It is made when an upstream has named an account. Where somebody is signed in it names that citizen at once; where
nobody is, it waits, *pending*, for the citizen who signs in next in the same journey and browser, and names that one
for good. A citizen has one live proof: a newer one, a link and an unlink each end it (CVE-2026-9087, CVE-2026-92358).
The upstream identity is in the sealed record and nowhere else; what leaves it is the channel and a masked nickname.
"""

import hashlib
import hmac
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from idp.domain.account_channel import UpstreamAccount
from idp.domain.errors import LinkProofDead
from idp.domain.ports import Clock, OneTimeCodes, Randomness, Records, Versioned

PROOF_SECONDS: Final = 900.0
PROOF_ID_BYTES: Final = 24
_KIND: Final = "link_proof"
# Of the proof of a citizen, wrong ones are counted too: a page left open does not burn the one that is newer.
_TRIES: Final = 5
_STAR: Final = "*"


@dataclass(frozen=True, slots=True)
class Offer:
    """What a page may show of a proof."""

    channel: str
    nickname: str


@dataclass(frozen=True, slots=True)
class LinkProofs:
    """See the module. :meth:`offer`, :meth:`bind` and :meth:`take` raise LinkProofDead."""

    records: Records
    codes: OneTimeCodes
    clock: Clock
    randomness: Randomness

    def make(self, account: UpstreamAccount, nickname: str, browser: str, citizen_id: str = "") -> str:
        """A new proof's id; without a citizen it is pending."""
        proof_id, now = self.randomness.token(PROOF_ID_BYTES), self.clock.now()
        value = {
            "kind": _KIND,
            "account": [account.channel, account.app, account.kind, account.id],
            "nickname": masked_nickname(nickname),
            "browser": digest(browser),
            "citizen_id": citizen_id,
        }
        self.records.create(proof_id, value, now=now, expires_at=now + PROOF_SECONDS)
        if citizen_id:
            self._name(citizen_id, proof_id)
        return proof_id

    def offer(self, proof_id: str, browser: str) -> Offer:
        """What a pending proof is about, before anybody has signed in."""
        value = self._read(proof_id, browser).value
        return Offer(value["account"][0], value["nickname"])

    def bind(self, proof_id: str, browser: str, citizen_id: str) -> Offer:
        """Name the citizen who signed in; the first one stays."""
        found = self._read(proof_id, browser)
        value = found.value
        if value["citizen_id"] == "":
            named = {**value, "citizen_id": citizen_id}
            if not self.records.replace(proof_id, named, version=found.version, now=self.clock.now()):
                raise LinkProofDead("raced")
            self._name(citizen_id, proof_id)
        elif value["citizen_id"] != citizen_id:
            raise LinkProofDead("names another citizen")
        return Offer(value["account"][0], value["nickname"])

    def take(self, proof_id: str, browser: str, citizen_id: str) -> UpstreamAccount:
        """Use the proof up; of any number of callers one gets the account."""
        found, now = self._read(proof_id, browser), self.clock.now()
        if found.value["citizen_id"] != citizen_id:
            raise LinkProofDead("names another citizen")
        if not self.codes.verify(_slot(citizen_id), proof_id, now=now).matched:
            raise LinkProofDead("voided or used")
        if not self.records.redeem(proof_id, version=found.version, note="", now=now):
            raise LinkProofDead("used")
        return UpstreamAccount(*found.value["account"])

    def void(self, citizen_id: str) -> None:
        """End whatever proof the citizen has: a value nobody knows takes its place."""
        self._name(citizen_id, self.randomness.token(PROOF_ID_BYTES))

    def _name(self, citizen_id: str, proof_id: str) -> None:
        now = self.clock.now()
        self.codes.issue(_slot(citizen_id), proof_id, now=now, expires_at=now + PROOF_SECONDS, tries=_TRIES)

    def _read(self, proof_id: str, browser: str) -> Versioned:
        found = self.records.read(proof_id, now=self.clock.now())
        if not isinstance(found, Versioned) or found.value["kind"] != _KIND:
            raise LinkProofDead("unknown, used or too old")
        if not in_browser(found.value, browser):
            raise LinkProofDead("of another browser")
        return found


def digest(browser: str) -> str:
    """A browser's id as records keep it."""
    return hashlib.sha256(browser.encode()).hexdigest()


def in_browser(value: Mapping[str, Any], browser: str) -> bool:
    """Whether a record was made in this browser."""
    return hmac.compare_digest(str(value["browser"]), digest(browser))


def masked_nickname(text: str) -> str:
    """Enough to recognise one's own: first and last character. Empty for nothing that can be shown.

    A nickname is what its owner typed: control and direction characters are dropped (FED-16; CVE-2021-42574).
    """
    shown = "".join(c for c in text if unicodedata.category(c)[0] not in "CZM").strip()
    if len(shown) <= 1:
        return shown and shown + _STAR
    return f"{shown[0]}{_STAR}{shown[-1] if len(shown) > 2 else ''}"


def _slot(citizen_id: str) -> str:
    return f"{_KIND}:{citizen_id}"
