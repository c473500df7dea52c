"""What the officers said, read out of a verdict whose origin :mod:`adapters.counter.desk` has checked.

The number and the name come from the chip. The workstation signs what its reader read, over our own nonce, so that
neither a page of the desk nor the desk system can make up a card::

    nonce (16 bytes) | SAM number (16) | text block (256) | SHA-256 of the photo (32)
"""

import datetime
import hmac
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import Any, Final

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric import ec, utils
from cryptography.hazmat.primitives.hashes import SHA256
from joserfc.jwk import ECKey, KeySet

from adapters.counter import rekeying, sam, text_block
from adapters.counter.fields import CHANNEL, object_of, octets_of, text_of, word_of
from adapters.counter.officers import OFFICER, two_officers
from idp.domain import id_numbers, persons
from idp.domain.channel import Correction, Reason
from idp.domain.errors import Distrusted, InvalidInput, Unavailable
from idp.domain.id_numbers import DocumentKind, IdNumber
from idp.domain.persons import PersonName

CHINA: Final = datetime.timezone(datetime.timedelta(hours=8))
SKEW_SECONDS: Final = 300
_SIGNATURE_BYTES, _NONCE_BYTES, _DIGEST_BYTES = 64, 16, 32
_REFERENCE: Final = re.compile(r"C-\d{8}-\d{4,8}")
_PLACE: Final = re.compile(r"[A-Z0-9-]{1,32}")
_DAY: Final = re.compile(r"\d{8}")

PENDING: Final = frozenset({"waiting", "opened", "read", "second_officer"})
# What the desk can decide against the citizen (channels.md 11.2).
REFUSALS: Final[Mapping[str, Reason]] = {
    "refused": Reason.RISK_CONTROL,
    "card_expired": Reason.EXPIRED,
    "cancelled_or_deceased": Reason.CANCELLED_OR_DECEASED,
}
# The optional check with the population register: only an end of the registration stops the desk.
_REGISTER_ANSWERS: Final = frozenset({"not_asked", "match", "mismatch", "not_found"})


@dataclass(frozen=True, slots=True)
class Appointment:
    """What we asked for: kept in the attempt, compared with what comes back. ``began_at`` in seconds."""

    request_id: str
    code: str
    nonce: bytes = field(repr=False)
    began_at: float
    always_two: bool


@dataclass(frozen=True, slots=True)
class Finding:
    """``reason`` None: vouched for. ``reference`` is the receipt's number; ``hall`` is for the log.

    ``document_ends_at``: when the document's last day is over, in seconds since the epoch; None is never.
    ``corrects``: who the person was before a change of name or number, as two officers state.
    """

    reason: Reason | None
    reference: str
    hall: str = ""
    register: str = ""
    name: PersonName | None = field(default=None, repr=False)
    number: IdNumber | None = field(default=None, repr=False)
    document_ends_at: float | None = None
    corrects: Correction | None = None


class Standing(Enum):
    """Where an appointment without a verdict stands."""

    PENDING = "pending"
    LAPSED = "lapsed"  # nobody opened it while its code was good


def read(answer: Mapping[str, Any], asked: Appointment, workstations: KeySet, now: float) -> Finding | Standing:
    """The finding, once the desk is done. Raises Unavailable for a broken reader, or Distrusted."""
    if not hmac.compare_digest(text_of(answer, "code").encode(), asked.code.encode()):
        raise Distrusted(CHANNEL, "another code")
    state = text_of(answer, "state")
    if state in PENDING:
        return Standing.PENDING
    if state == "lapsed":
        return Standing.LAPSED
    if state == "reader_fault":
        raise Unavailable(CHANNEL, "reader fault")
    if state != "decided":
        raise Distrusted(CHANNEL, "unknown state")
    return _decided(object_of(answer, "verdict"), asked, workstations, now)


def _decided(verdict: Mapping[str, Any], asked: Appointment, workstations: KeySet, now: float) -> Finding:
    reference = word_of(verdict, "reference", _REFERENCE)
    hall = word_of(verdict, "hall", _PLACE)
    _check_time(verdict, asked, now)
    decision = text_of(verdict, "decision")
    if decision in REFUSALS:
        return Finding(REFUSALS[decision], reference, hall)
    if decision != "vouched":
        raise Distrusted(CHANNEL, "unknown decision")
    register = text_of(verdict, "register")
    if register not in _REGISTER_ANSWERS:
        raise Distrusted(CHANNEL, "odd register in the answer")
    _check_vouching(verdict, asked)
    today = datetime.datetime.fromtimestamp(now, tz=CHINA).date()
    name, number, valid_to = _person(verdict, asked, workstations, today)
    if valid_to is not None and valid_to < today:
        return Finding(Reason.EXPIRED, reference, hall, register)
    corrects = rekeying.read(verdict, name, number, today) if "rekeying" in verdict else None
    return Finding(None, reference, hall, register, name, number, _end_of(valid_to), corrects)


def _end_of(day: datetime.date | None) -> float | None:
    if day is None:
        return None
    return datetime.datetime.combine(day, datetime.time(), CHINA).timestamp() + 86_400.0


def _check_time(verdict: Mapping[str, Any], asked: Appointment, now: float) -> None:
    decided_at = verdict.get("decided_at")
    if not isinstance(decided_at, int) or isinstance(decided_at, bool):
        raise Distrusted(CHANNEL, "no decided_at in the answer")
    if not asked.began_at - SKEW_SECONDS <= decided_at <= now + SKEW_SECONDS:
        raise Distrusted(CHANNEL, "decided at another time")


def _check_vouching(verdict: Mapping[str, Any], asked: Appointment) -> None:
    """Both confirmations, one officer, and a second one where channels.md 11.2 wants four eyes: typed, or re-keying."""
    if verdict.get("officer_states") is not True or verdict.get("citizen_confirms") is not True:
        raise Distrusted(CHANNEL, "vouched without both confirmations")
    word_of(verdict, "officer", OFFICER)
    if asked.always_two or "typed" in verdict:
        two_officers(verdict)


def _person(
    verdict: Mapping[str, Any], asked: Appointment, workstations: KeySet, today: datetime.date
) -> tuple[PersonName, IdNumber, datetime.date | None]:
    if ("typed" in verdict) == ("reading" in verdict):
        raise Distrusted(CHANNEL, "neither read nor typed")
    if "typed" in verdict:
        return _typed(object_of(verdict, "typed"), today)
    return _read_from_chip(object_of(verdict, "reading"), asked, workstations, today)


def _read_from_chip(
    reading: Mapping[str, Any], asked: Appointment, workstations: KeySet, today: datetime.date
) -> tuple[PersonName, IdNumber, datetime.date | None]:
    block = octets_of(reading, "text_block", sam.TEXT_BYTES)
    _check_workstation(reading, asked, workstations, block)
    try:
        chip = text_block.parse(block)
    except text_block.BadTextBlock:
        raise Distrusted(CHANNEL, "text block") from None
    name, number = _parsed(chip.name, chip.id_number, today)
    if number.kind is not DocumentKind.RESIDENT or number.value != chip.id_number or chip.birth != number.birth_date:
        raise Distrusted(CHANNEL, "not the chip of a resident card")
    return name, number, chip.valid_to


def _check_workstation(reading: Mapping[str, Any], asked: Appointment, keys: KeySet, block: bytes) -> None:
    signed = (
        asked.nonce
        + octets_of(reading, "sam_number", sam.SAM_NUMBER_BYTES)
        + block
        + octets_of(reading, "photo_sha256", _DIGEST_BYTES)
    )
    signature = octets_of(reading, "signature", _SIGNATURE_BYTES)
    kid = word_of(reading, "workstation", _PLACE)
    key = next((k for k in keys.keys if k.kid == kid), None)
    if not isinstance(key, ECKey):
        raise Distrusted(CHANNEL, "unknown workstation")
    half = _SIGNATURE_BYTES // 2
    der = utils.encode_dss_signature(int.from_bytes(signature[:half]), int.from_bytes(signature[half:]))
    try:
        key.public_key.verify(der, signed, ec.ECDSA(SHA256()))
    except InvalidSignature:
        raise Distrusted(CHANNEL, "signature of the reading") from None


def _typed(typed: Mapping[str, Any], today: datetime.date) -> tuple[PersonName, IdNumber, datetime.date | None]:
    """A document without a chip that our reader knows: typed, with a reason, under four eyes."""
    if not text_of(typed, "reason").strip():
        raise Distrusted(CHANNEL, "typed without a reason")
    name, number = _parsed(text_of(typed, "name"), text_of(typed, "id_number"), today)
    valid_to = word_of(typed, "valid_to", _DAY)
    try:
        return name, number, datetime.date(int(valid_to[:4]), int(valid_to[4:6]), int(valid_to[6:]))
    except ValueError:
        raise Distrusted(CHANNEL, "odd valid_to in the answer") from None


def _parsed(name: str, number: str, today: datetime.date) -> tuple[PersonName, IdNumber]:
    try:
        return persons.parse_name(name), id_numbers.parse(number, today=today)
    except InvalidInput:
        raise Distrusted(CHANNEL, "no person in the answer") from None


def nonce_of(text: str) -> bytes:
    """The nonce as it stands in ``keep``. Raises Distrusted when what was kept is not ours."""
    try:
        nonce = bytes.fromhex(text)
    except ValueError:
        raise Distrusted(CHANNEL, "nothing kept") from None
    if len(nonce) != _NONCE_BYTES:
        raise Distrusted(CHANNEL, "nothing kept")
    return nonce
