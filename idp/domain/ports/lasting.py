"""What lasts: accounts, credentials, consents, wrapped keys."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import Enum, auto
from typing import Protocol

from idp.domain.contra import ContraIndicator
from idp.domain.evidence import Evidence
from idp.domain.security_event import SecurityEvent


@dataclass(frozen=True, slots=True)
class PersonClaim:
    """The person an account has proved to be while another account holds the number: it gives no right to anything.

    ``disputed_at``: since when both accounts are frozen, because their owners are said to be two people.
    """

    made_at: float
    name: str = field(repr=False)
    id_number: str = field(repr=False)
    disputed_at: float | None = None


@dataclass(frozen=True, slots=True)
class Citizen:
    """An account. ``subject_secret`` seeds its pairwise subject identifiers; name and number are set once proved.

    ``claim`` stands where another account holds the number; ``merged_into`` names the account this one was joined to.
    """

    id: str
    created_at: float
    locale: str
    subject_secret: bytes = field(repr=False)
    mobile: str | None = field(default=None, repr=False)
    login_name: str | None = field(default=None, repr=False)
    name: str | None = field(default=None, repr=False)
    id_number: str | None = field(default=None, repr=False)
    disabled_at: float | None = None
    elder_mode: bool = False
    claim: PersonClaim | None = field(default=None, repr=False)
    merged_into: str | None = None

    @property
    def person(self) -> tuple[str, str] | None:
        """Name and number this account has proved, held or claimed; None while it has proved nothing."""
        if self.name is not None and self.id_number is not None:
            return self.name, self.id_number
        return (self.claim.name, self.claim.id_number) if self.claim else None


@dataclass(frozen=True, slots=True)
class NewCitizen:
    """An account to open: the mobile number is confirmed (E.164), the password is hashed."""

    id: str
    created_at: float
    locale: str
    mobile: str = field(repr=False)
    password_hash: str = field(repr=False)
    subject_secret: bytes = field(repr=False)
    login_name: str | None = field(default=None, repr=False)


class Binding(Enum):
    """Whose the number is after a proof.

    ``BOUND``: this account's, as before or from now on. ``TAKEN_OVER``: this account's, and no longer the other's, who
    had less. ``SETTLED``: still this account's, and the dispute about it is over. ``HELD``: the other account's, this
    one has a claim; ``HELD_EQUALLY``: so, and both have shown as much. ``CORRECTED``: this account's, which had another
    number before; ``NOT_FREE``: it was to be corrected to the other account's number, and nothing was changed.
    """

    BOUND = auto()
    TAKEN_OVER = auto()
    SETTLED = auto()
    HELD = auto()
    HELD_EQUALLY = auto()
    CORRECTED = auto()
    NOT_FREE = auto()


@dataclass(frozen=True, slots=True)
class Recorded:
    """What a proof came to; ``others`` are the accounts it touched besides its own.

    ``stood``: whoever lost the number by it (the other account, or a corrected one) stood for an organisation.
    """

    binding: Binding
    others: tuple[str, ...] = ()
    stood: bool = False


@dataclass(frozen=True, slots=True)
class Purged:
    """What is gone: an account and those joined to it. ``freed``: who claimed its number, and may prove it now."""

    accounts: tuple[str, ...]
    freed: tuple[str, ...] = ()


class Citizens(Protocol):
    """Accounts and the uniqueness of their names. Values are found by keyed fingerprint, stored encrypted."""

    def open(self, new: NewCitizen) -> None:
        """Open an account. Raises MobileTaken or LoginNameTaken, also when two do so at once."""
        ...

    def by_id(self, citizen_id: str) -> Citizen | None:
        """The account."""
        ...

    def by_login_name(self, login_name: str) -> Citizen | None:
        """The account of a login name (case folded by the caller)."""
        ...

    def by_mobile(self, mobile: str) -> Citizen | None:
        """The account that confirmed a mobile number (E.164)."""
        ...

    def by_id_number(self, id_number: str) -> Citizen | None:
        """The account that has *proved* a canonical ID number."""
        ...

    def record_proof(self, evidence: Evidence, *, name: str, id_number: str) -> Recorded:
        """Keep evidence and decide whose the number is (:mod:`idp.domain.holding`), in one transaction.

        Raises PersonMismatch when this account has proved, or claims, another number; nothing is changed then. Twenty
        at once: one holder.
        """
        ...

    def correct_person(self, evidence: Evidence, *, name: str, id_number: str, former_number: str) -> Recorded:
        """Put a proved name or number right, by ``evidence`` of what is right; the subject identifiers stay.

        With another number, evidence of the former one is revoked and accounts that claimed it (``others``) are free to
        prove it; with another name alone, evidence goes on to count. Raises PersonMismatch, and nothing is changed,
        when the account does not hold ``former_number``.
        """
        ...

    def disable(self, citizen_id: str, *, now: float) -> bool:
        """Close the account to its owner; its names and its number stay taken. False for an unknown citizen."""
        ...

    def enable(self, citizen_id: str) -> bool:
        """Undo :meth:`disable`. False for an unknown citizen."""
        ...

    def purge(self, citizen_id: str, told: Sequence[SecurityEvent], *, now: float) -> Purged | None:
        """Delete everything kept about the account's person, in one transaction that keeps ``told`` as well.

        Accounts joined to it are the same person's and go with it. Mobile number, login name and ID number are free.
        What is still to be told of its subject identifiers stays (ended sessions, parted subjects). None when it is
        unknown, open, or joined to another account: nothing is changed then.
        """
        ...

    def dispute(self, citizen_id: str, *, now: float) -> str | None:
        """Freeze the citizen and the holder of the number the citizen claims; the holder's id.

        None, and nothing changed, without such a claim, when it is disputed already, or when the holder showed more.
        """
        ...

    def claims_on(self, citizen_id: str) -> Sequence[tuple[str, float | None]]:
        """Who claims the number that this account holds, and since when it is disputed (None: it is not)."""
        ...

    def withdraw_claim(self, citizen_id: str, *, now: float) -> bool:
        """Give a claim up: its evidence is revoked, the holder is free again. False when there was none."""
        ...

    def evidence_of(self, citizen_id: str) -> Sequence[Evidence]:
        """Evidence of a citizen, newest first, dead rows too; what contra-indicators outweigh says so."""
        ...

    def note_contra(self, contra: ContraIndicator) -> None:
        """Keep a contra-indicator."""
        ...

    def contra_of(self, citizen_id: str) -> Sequence[ContraIndicator]:
        """Contra-indicators of a citizen, newest first."""
        ...

    def subject_secrets(self, citizen_id: str, sector: str) -> Sequence[bytes]:
        """What the citizen's subject identifiers in a sector derive from: first the one it receives, then aliases."""
        ...


class Credentials(Protocol):
    """Passwords and second factors."""

    def password_hash(self, citizen_id: str) -> str | None:
        """The stored hash."""
        ...

    def set_password_hash(self, citizen_id: str, password_hash: str, *, now: float) -> None:
        """Replace it (also when parameters were raised)."""
        ...

    def totp_secret(self, citizen_id: str) -> str | None:
        """The base32 secret of the authenticator app, if one is enrolled."""
        ...

    def set_totp_secret(self, citizen_id: str, secret: str | None, *, now: float) -> None:
        """Enrol, or remove with None."""
        ...

    def enrol_totp(self, citizen_id: str, secret: str, *, step: int, now: float) -> bool:
        """Enrol where none is, and use ``step`` with it: of any number of callers one gets True."""
        ...

    def take_totp_step(self, citizen_id: str, step: int) -> bool:
        """Use a time step: True for exactly one caller, False when this or a later step was used (RFC 6238 5.2)."""
        ...

    def has_face(self, citizen_id: str) -> bool:
        """Whether the citizen signs in by their face too (:class:`idp.domain.ports.Faces` keeps the template)."""
        ...


@dataclass(frozen=True, slots=True)
class Consent:
    """What a client may receive about a citizen.

    ``scopes`` were agreed to; ``implied`` were released without asking, as the client's policy is. They are kept so
    that the citizen sees who knows them, and are never taken for an agreement.
    """

    client_id: str
    scopes: frozenset[str]
    granted_at: float
    implied: frozenset[str] = frozenset()


class Consents(Protocol):
    """Consents, remembered per citizen and client."""

    def of(self, citizen_id: str, client_id: str) -> Consent | None:
        """The live consent."""
        ...

    def all_of(self, citizen_id: str) -> Sequence[Consent]:
        """Live consents, newest first."""
        ...

    def ever_of(self, citizen_id: str) -> Sequence[str]:
        """The clients that know the citizen, those too that were disconnected since."""
        ...

    def give(self, citizen_id: str, client_id: str, scopes: frozenset[str], *, now: float) -> None:
        """Agree to ``scopes`` besides those agreed to before."""
        ...

    def note_implied(self, citizen_id: str, client_id: str, scopes: frozenset[str], *, now: float) -> None:
        """Keep that ``scopes`` were released without asking; what was agreed to stays as it is."""
        ...

    def withdraw(self, citizen_id: str, client_id: str, *, now: float) -> bool:
        """End it; False when there was none."""
        ...


@dataclass(frozen=True, slots=True)
class WrappedKey:
    """A key under the master key. ``purpose`` e.g. ``field``, ``fingerprint:mobile``, ``sign:ES256``."""

    id: str
    purpose: str
    created_at: float
    wrapped: bytes = field(repr=False)


class KeyStore(Protocol):
    """Where wrapped keys live, shared by all workers."""

    def all(self) -> Sequence[WrappedKey]:
        """Every key, oldest first."""
        ...

    def add_first(self, key: WrappedKey) -> WrappedKey:
        """Add the first key of a purpose; when another worker was quicker, that one is returned instead."""
        ...

    def add(self, key: WrappedKey) -> None:
        """Add a further key of a purpose (rotation)."""
        ...

    def remove(self, key_id: str) -> bool:
        """Take a key away for good; False when there is none of this id."""
        ...
