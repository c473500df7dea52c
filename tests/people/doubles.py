"""What people's services are given in tests beside real stores: the world outside, programmed and watched."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from idp.domain.account_channel import Recognised, SignInFacts, SignInResult, UpstreamAccount
from idp.domain.assurance import Level
from idp.domain.attempt import Attempt, Reply
from idp.domain.audit_words import AuditEvent
from idp.domain.channel import ChannelFacts, FieldKind, Form, Outcome, Redirect, Verified
from idp.domain.claims import ClaimName
from idp.domain.errors import DomainError
from idp.domain.evidence import CheckMethod, EvidenceShape, EvidenceType, Strength
from idp.domain.ports import AuditLog, SmsNotice, SmsPurpose
from idp.domain.security_event import CredentialType
from idp.people.ports import PasswordHasher

Programmed = Outcome | DomainError | Callable[[Attempt, Reply], Outcome]


@dataclass
class Phone:
    """The SMS gateway and every phone behind it. ``failure`` is raised instead of sending, while it is set."""

    texts: list[tuple[str, str, SmsPurpose]] = field(default_factory=list)
    failure: DomainError | None = None
    notices: list[tuple[str, SmsNotice]] = field(default_factory=list)

    def send_code(self, mobile: str, code: str, purpose: SmsPurpose) -> None:
        if self.failure is not None:
            raise self.failure
        self.texts.append((mobile, code, purpose))

    def send_notice(self, mobile: str, notice: SmsNotice) -> None:
        if self.failure is not None:
            raise self.failure
        self.notices.append((mobile, notice))

    @property
    def last_code(self) -> str:
        return self.texts[-1][1]


@dataclass
class Notebook:
    """An outbox that can be read."""

    events: list[AuditEvent] = field(default_factory=list)

    def append(self, event: AuditEvent) -> None:
        self.events.append(event)

    def drain(self, log: AuditLog, *, batch: int = 500) -> int:
        moved, self.events = self.events[:batch], self.events[batch:]
        log.append(moved)
        return len(moved)

    def of(self, kind: type[AuditEvent]) -> list[AuditEvent]:
        return [event for event in self.events if isinstance(event, kind)]


@dataclass
class Told:
    """What relying parties were told about levels and closed accounts."""

    levels: list[tuple[str, Level, Level]] = field(default_factory=list)
    disabled: list[str] = field(default_factory=list)
    enabled: list[str] = field(default_factory=list)
    revoked: list[str] = field(default_factory=list)
    compromised: list[tuple[str, CredentialType]] = field(default_factory=list)
    mandates: list[str] = field(default_factory=list)

    def mandate_revoked(self, citizen_id: str) -> int:
        self.mandates.append(citizen_id)
        return 1

    def level_changed(self, citizen_id: str, previous: Level, current: Level) -> int:
        self.levels.append((citizen_id, previous, current))
        return 1

    def account_disabled(self, citizen_id: str) -> int:
        self.disabled.append(citizen_id)
        return 1

    def account_enabled(self, citizen_id: str) -> int:
        self.enabled.append(citizen_id)
        return 1

    def credential_compromised(self, citizen_id: str, credential: CredentialType) -> int:
        self.compromised.append((citizen_id, credential))
        return 1

    def sessions_revoked(self, citizen_id: str) -> int:
        self.revoked.append(citizen_id)
        return 1


@dataclass
class WatchedPasswords:
    """The vault's passwords, and what was asked of them. ``crowded`` is raised while it is set."""

    real: PasswordHasher
    verified: list[str | None] = field(default_factory=list)
    hashed: int = 0
    crowded: DomainError | None = None

    def check_new(self, password: str, *, personal: Iterable[str] = ()) -> None:
        self.real.check_new(password, personal=personal)

    def hash(self, password: str) -> str:
        self.hashed += 1
        return self.real.hash(password)

    def verify(self, stored: str | None, password: str) -> None:
        if self.crowded is not None:
            raise self.crowded
        self.verified.append(stored)
        self.real.verify(stored, password)

    def needs_rehash(self, stored: str) -> bool:
        return self.real.needs_rehash(stored)


def facts_of(name: str, **changes: object) -> ChannelFacts:
    """Facts of a channel that proves name and number by the population register, unless said otherwise."""
    values = {
        "name": name,
        "label_zh": "试验",
        "label_en": "Trial",
        "hint_zh": "",
        "hint_en": "",
        "source": "police",
        "strength": Strength.KNOWLEDGE,
        "evidence": (EvidenceShape(EvidenceType.ELECTRONIC_RECORD, "population_register", (CheckMethod.DATA,)),),
        "organization": "公安机关",
        "proves": frozenset({ClaimName.NAME, ClaimName.ID_NUMBER}),
    }
    return ChannelFacts(**{**values, **changes})  # type: ignore[arg-type]


@dataclass
class ScriptedChannel:
    """A channel whose answers are programmed, in order; it remembers what it was asked."""

    facts: ChannelFacts
    begins_with: Programmed = field(default_factory=lambda: Form((FieldKind.NAME, FieldKind.ID_NUMBER)))
    answers: list[Programmed] = field(default_factory=list)
    begun: list[Attempt] = field(default_factory=list)
    replies: list[Reply] = field(default_factory=list)

    def begin(self, attempt: Attempt) -> Outcome:
        self.begun.append(attempt)
        return _play(self.begins_with, attempt, Reply(attempt.id, attempt.channel))

    def resume(self, attempt: Attempt, reply: Reply) -> Outcome:
        self.replies.append(reply)
        return _play(self.answers.pop(0), attempt, reply)


def _play(programmed: Programmed, attempt: Attempt, reply: Reply) -> Outcome:
    if isinstance(programmed, DomainError):
        raise programmed
    return programmed(attempt, reply) if callable(programmed) else programmed


def says_yes(attempt: Attempt, reply: Reply) -> Verified:
    """The register knows whoever was asked about, by the folded name."""
    from idp.domain.persons import fold

    name, number = reply.unverified_fields[FieldKind.NAME], reply.unverified_fields[FieldKind.ID_NUMBER]
    return Verified({ClaimName.NAME: fold(name), ClaimName.ID_NUMBER: number}, txn="T1")


@dataclass
class ScriptedUpstream:
    """A channel that signs in as whoever ``account`` is; it remembers what it was asked."""

    sign_in_facts: SignInFacts
    account: str = "u-1"
    nickname: str = "Nick"
    replies: list[Reply] = field(default_factory=list)

    def begin_sign_in(self, attempt: Attempt, *, in_own_browser: bool = False) -> Redirect:
        return Redirect(f"{self.sign_in_facts.page}?state=s1", {"state": "s1"})

    def resume_sign_in(self, attempt: Attempt, reply: Reply) -> SignInResult:
        self.replies.append(reply)
        account = UpstreamAccount(attempt.channel, "app-1", "open_id", self.account)
        return Recognised(account, lambda: self.nickname)
