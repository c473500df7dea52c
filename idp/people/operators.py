"""What operators do about an account: put its person right, close it, open it, delete it, look at why its level is so.

Nobody here signs in: these are commands of the house (:mod:`idp.cli.accounts`), on the order of two officers or of the
citizen. Whatever ends is told to relying parties like everything else.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

from idp.domain.assurance import DAY_SECONDS, VALIDITY_DAYS, Level, Line, explain, level_of
from idp.domain.audit_persons import AccountEnabled, DisputeSettled
from idp.domain.claims import ClaimName
from idp.domain.contra import ContraIndicator
from idp.domain.evidence import CheckMethod, Evidence, Strength
from idp.domain.id_numbers import IdNumber
from idp.domain.organisations import newest_of_each
from idp.domain.persons import PersonName
from idp.domain.ports import (
    Binding,
    Citizen,
    Citizens,
    EndedSession,
    Guardianship,
    Guardianships,
    Merge,
    Merges,
    Recorded,
    Standings,
)
from idp.domain.security_event import CredentialType
from idp.people.consequences import Consequences
from idp.people.origin import Origin
from idp.people.purging import Gone, NotPurged, Purging
from idp.people.stamp import Stamper

# What officers vouch for by a command is written down as what it is: a document examined, and nobody's face.
CHANNEL: Final = "counter_verify"
SOURCE: Final = "counter"


@dataclass(frozen=True, slots=True)
class Corrected:
    """What a correction came to. ``held_by``: the account that has the new number; nothing was changed then."""

    level: Level
    ended: tuple[EndedSession, ...] = ()
    held_by: str | None = None


@dataclass(frozen=True, slots=True)
class Standing:
    """Why an account stands where it stands.

    ``held_by``: who has the number that it claims; ``claimed_by``: who claims the one it has, and disputes it since.
    ``organisations``: for how many it stands now, and for how many that ran out; never which they are.
    """

    citizen: Citizen = field(repr=False)
    level: Level
    lines: Sequence[Line]
    contra: Sequence[ContraIndicator]
    held_by: str | None
    claimed_by: Sequence[tuple[str, float | None]]
    merges: Sequence[Merge]
    guardians: Sequence[Guardianship]
    wards: Sequence[Guardianship]
    organisations: tuple[int, int] = (0, 0)


@dataclass(frozen=True, slots=True)
class Operators:
    """See the module."""

    citizens: Citizens
    merges: Merges
    guardianships: Guardianships
    consequences: Consequences
    standings: Standings
    purging: Purging

    def correct(
        self, citizen_id: str, former_number: str, officers: tuple[str, str], name: PersonName, number: IdNumber
    ) -> Corrected:
        """Put name or number right. Raises PersonMismatch when the account does not hold the former number."""
        now, origin = self._now, self._origin()
        evidence = self._examined(citizen_id, name, number)
        before = self._level(citizen_id, now)
        recorded = self.citizens.correct_person(
            evidence, name=name.typed, id_number=number.value, former_number=former_number
        )
        if recorded.binding is Binding.NOT_FREE:
            return Corrected(before, held_by=recorded.others[0])
        ended = self.consequences.corrected(citizen_id, *officers, origin, stood=recorded.stood)
        self._tell_claimants(recorded, origin)
        level = self._level(citizen_id, now)
        self.consequences.announcer.level_changed(citizen_id, before, level)
        return Corrected(level, ended)

    def disable(self, citizen_id: str) -> tuple[EndedSession, ...] | None:
        """Close an account: nobody signs in, every session and grant is over. None when it is unknown.

        May be repeated, for instance after a store was away half-way; it stays closed since the first time.
        """
        citizen = self.citizens.by_id(citizen_id)
        if citizen is None:
            return None
        if citizen.disabled_at is None:
            self.citizens.disable(citizen_id, now=self._now)
        return self.consequences.disabled(citizen_id, self._origin())

    def enable(self, citizen_id: str) -> bool:
        """Open a closed account again, with its ways to sign in as they were. False when it is unknown, or open."""
        citizen = self.citizens.by_id(citizen_id)
        if citizen is None or citizen.disabled_at is None or not self.citizens.enable(citizen_id):
            return False
        stamp = self._stamp(citizen_id, self._origin().request_id)
        self.consequences.announcer.account_enabled(citizen_id)
        self.consequences.outbox.append(AccountEnabled(**stamp))
        return True

    def purge(self, citizen_id: str, *, disable_first: bool = False) -> Gone | NotPurged:
        """Delete everything kept about the person of a closed account (PIPL art. 47); see :mod:`idp.people.purging`.

        May be repeated: what is gone stays gone, and what was interrupted is finished. ``disable_first`` closes it.
        """
        citizen = self.citizens.by_id(citizen_id)
        if citizen is None:
            return self.purging.finish(citizen_id, self._origin()) or NotPurged.UNKNOWN
        if citizen.merged_into is not None:
            return NotPurged.JOINED
        if citizen.disabled_at is None and not disable_first:
            return NotPurged.OPEN
        ended = (self.disable(citizen_id) or ()) if citizen.disabled_at is None else ()
        return self.purging.purge(citizen_id, ended, self._origin())

    def compromised(self, citizen_id: str, credential: CredentialType) -> tuple[EndedSession, ...] | None:
        """Somebody else may have used it: every session and grant ends, relying parties learn why. None when unknown.

        The credential itself is taken away by its own command, or the account is closed until its owner has come.
        """
        if self.citizens.by_id(citizen_id) is None:
            return None
        return self.consequences.compromised(citizen_id, credential, self._origin())

    def standing(self, citizen_id: str) -> Standing | None:
        """Level, and everything that bears on it; None for an unknown account."""
        citizen, now = self.citizens.by_id(citizen_id), self._now
        if citizen is None:
            return None
        evidence = self.citizens.evidence_of(citizen_id)
        holder = self.citizens.by_id_number(citizen.claim.id_number) if citizen.claim else None
        return Standing(
            citizen=citizen,
            level=level_of(evidence, now),
            lines=explain(evidence, now),
            contra=self.citizens.contra_of(citizen_id),
            held_by=holder.id if holder else None,
            claimed_by=self.citizens.claims_on(citizen_id),
            merges=self.merges.of(citizen_id),
            guardians=self.guardianships.of_minor(citizen_id),
            wards=self.guardianships.of_guardian(citizen_id),
            organisations=self._organisations(citizen_id, now),
        )

    def _examined(self, citizen_id: str, name: PersonName, number: IdNumber) -> Evidence:
        now, days = self._now, VALIDITY_DAYS[CheckMethod.VPIP] or 0
        return Evidence(
            id=self.consequences.randomness.hex(16),
            citizen_id=citizen_id,
            channel=CHANNEL,
            source=SOURCE,
            check_methods=(CheckMethod.VPIP,),
            strength=Strength.KNOWLEDGE,
            txn=self.consequences.randomness.hex(16),
            verified_at=now,
            expires_at=now + days * DAY_SECONDS,
            claims={ClaimName.NAME: name.folded, ClaimName.ID_NUMBER: number.value},
        )

    def _tell_claimants(self, recorded: Recorded, origin: Origin) -> None:
        for each in recorded.others if recorded.binding in {Binding.CORRECTED, Binding.SETTLED} else ():
            self.consequences.outbox.append(DisputeSettled(**self._stamp(each, origin.request_id), holds=False))

    def _organisations(self, citizen_id: str, now: float) -> tuple[int, int]:
        each = [one.alive(now) for one in newest_of_each(self.standings.of(citizen_id))]
        return sum(each), len(each) - sum(each)

    def _level(self, citizen_id: str, now: float) -> Level:
        return level_of(self.citizens.evidence_of(citizen_id), now)

    def _origin(self) -> Origin:
        """A command comes from no browser; its number ties its audit events together."""
        return Origin(address="", browser="", request_id=self.consequences.randomness.hex(8))

    @property
    def _now(self) -> float:
        return self.consequences.clock.now()

    @property
    def _stamp(self) -> Stamper:
        return Stamper(self.consequences.clock, self.consequences.randomness)
