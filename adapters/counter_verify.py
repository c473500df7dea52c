"""``counter_verify`` 大厅窗口: an officer sees the person and the card, reads the chip, and vouches.

Level 3, presence in person; the only way for people whom no register knows (channels.md 11). The citizen shows a short
code; the desk system brings the officers' signed verdict. Nothing personal is told to the desk: name and number come
from the chip and are compared here with what the account has proved.
"""

import hmac
from collections.abc import Mapping
from typing import Any, Final

import structlog
from joserfc.jwk import KeySet

from adapters.counter import verdict
from adapters.counter.desk import Desk
from adapters.counter.fields import CHANNEL
from adapters.counter.settings import CounterVerifySettings, key_set
from adapters.counter.verdict import Appointment, Finding, Standing
from adapters.http import Surroundings, Upstream
from idp.domain.attempt import Attempt, Reply
from idp.domain.channel import ChannelFacts, Outcome, Reason, Rejected, Scan, Verified
from idp.domain.claims import ClaimName
from idp.domain.errors import Distrusted
from idp.domain.evidence import CheckMethod, EvidenceShape, EvidenceType, Strength
from idp.domain.persons import fold
from idp.domain.ports import Clock

NAME: Final = CHANNEL
# channels.md 2.4: every 2 seconds for 30 seconds, then every 5.
_SOON_SECONDS, _SOON, _LATER = 30, 2, 5

FACTS: Final = ChannelFacts(
    name=NAME,
    label_zh="大厅窗口核验",
    label_en="Service hall counter",
    hint_zh="带上身份证到政务服务大厅，向窗口工作人员出示预约码，由工作人员读卡并当面核验",
    hint_en="Take your ID card to a service hall and show the code; an officer reads the card and checks in person",
    source="counter",
    strength=Strength.PRESENCE,
    evidence=(
        EvidenceShape(EvidenceType.DOCUMENT, "idcard", (CheckMethod.VPIP, CheckMethod.PVP, CheckMethod.VCRYPT)),
        EvidenceShape(EvidenceType.VOUCH, "digital_attestation", ()),
    ),
    organization="政务服务中心",
    proves=frozenset({ClaimName.NAME, ClaimName.ID_NUMBER, ClaimName.BIRTHDATE, ClaimName.GENDER}),
    # Queues are long; the code is renewed while the person waits.
    attempt_seconds=3600,
    begin_costs=True,
)
# 库中无此号 refuses nobody, but is looked at again (channels.md 11.2): such evidence counts for half a year.
RECHECK_SECONDS: Final = 180 * 86_400.0
_DOUBTS: Final = frozenset({"not_found", "mismatch"})

log = structlog.get_logger("adapters.counter")


class CounterVerify:
    """The channel. Keeps nothing about a person between two calls; safe for threads."""

    def __init__(self, desk: Desk, workstations: KeySet, clock: Clock, *, always_two: bool) -> None:
        self._desk = desk
        self._workstations = workstations
        self._clock = clock
        self._always_two = always_two

    def __repr__(self) -> str:
        return f"CounterVerify({self._desk!r})"

    @property
    def facts(self) -> ChannelFacts:
        """What this channel is."""
        return FACTS

    def begin(self, attempt: Attempt) -> Outcome:
        """Open an appointment; its code says nothing about the person. Raises Unavailable or Distrusted."""
        del attempt
        return self._open()

    def resume(self, attempt: Attempt, reply: Reply) -> Outcome:
        """Ask the desk; what the browser sends has no say. Raises Unavailable or Distrusted.

        A code that no officer opened in time is exchanged for a new one: who stands in a queue has refused nothing.
        """
        del reply
        asked, now = self._appointment(attempt), self._clock.now()
        finding = verdict.read(self._desk.verdict(asked.request_id), asked, self._workstations, now)
        if finding is Standing.LAPSED:
            return self._open()
        if isinstance(finding, Standing):
            soon = now - asked.began_at < _SOON_SECONDS
            return Scan(asked.code, dict(attempt.keep), poll_seconds=_SOON if soon else _LATER)
        outcome = _outcome(finding, attempt.known, now)
        log.info(
            "counter_verdict",
            channel=NAME,
            txn=finding.reference,
            hall=finding.hall,
            register=finding.register,
            result=str(outcome.reason) if isinstance(outcome, Rejected) else "match",
        )
        return outcome

    def _open(self) -> Scan:
        began_at = int(self._clock.now())
        made = self._desk.open()
        log.info("counter_appointment", channel=NAME, request_id=made["request_id"])
        return Scan(made["code"], {**made, "began_at": str(began_at)}, poll_seconds=_SOON)

    def _appointment(self, attempt: Attempt) -> Appointment:
        try:
            keep = attempt.keep
            return Appointment(
                request_id=keep["request_id"],
                code=keep["code"],
                nonce=verdict.nonce_of(keep["nonce"]),
                began_at=float(keep["began_at"]),
                always_two=self._always_two,
            )
        except (KeyError, ValueError):
            raise Distrusted(NAME, "nothing kept") from None


def _outcome(finding: Finding, known: Mapping[ClaimName, str], now: float) -> Verified | Rejected:
    """The finding against what the account has proved (channels.md 11.2).

    A mismatch of persons never re-keys by itself: two officers must have stated the very person the account has proved.
    """
    if finding.reason is not None:
        return Rejected(finding.reason, finding.reference)
    name, number = finding.name, finding.number
    if name is None or number is None:
        raise Distrusted(NAME, "vouched for nobody")
    mismatch = _mismatch(known, name.folded, number.value)
    corrects = finding.corrects if mismatch else None
    if mismatch and (corrects is None or _mismatch(known, corrects.name, corrects.id_number)):
        return Rejected(mismatch, finding.reference)
    claims = {
        ClaimName.NAME: name.folded,
        ClaimName.ID_NUMBER: number.value,
        ClaimName.BIRTHDATE: number.birth_date.isoformat(),
        ClaimName.GENDER: str(number.sex),
    }
    return Verified(claims, finding.reference, _counts_until(finding, {} if corrects else known, now), corrects)


def _mismatch(known: Mapping[ClaimName, str], name: str, number: str) -> Reason | None:
    """In what a person differs from the one that the account has proved, if it has proved one."""
    known_number, known_name = known.get(ClaimName.ID_NUMBER), known.get(ClaimName.NAME)
    if known_number is not None and not hmac.compare_digest(known_number.encode(), number.encode()):
        return Reason.MISMATCH_PERSON
    return Reason.MISMATCH_NAME if known_name is not None and fold(known_name) != fold(name) else None


def _counts_until(finding: Finding, known: Mapping[ClaimName, str], now: float) -> float | None:
    """The end of the document, and a re-check before that where the register does not stand behind the person."""
    unasked = finding.register == "not_asked" and ClaimName.ID_NUMBER not in known
    doubted = finding.register in _DOUBTS or unasked
    ends = [finding.document_ends_at, now + RECHECK_SECONDS if doubted else None]
    return min((end for end in ends if end is not None), default=None)


def create(settings: Mapping[str, Any], around: Surroundings) -> CounterVerify:
    """Build the channel from its settings. Raises pydantic.ValidationError or ValueError (plain http, keys)."""
    checked = CounterVerifySettings.model_validate(dict(settings))
    upstream = Upstream(NAME, checked.base_url, around, allow_plain_http=checked.allow_plain_http)
    desk = Desk(upstream, checked, around.clock, around.randomness)
    return CounterVerify(
        desk, key_set(checked.workstation_keys), around.clock, always_two=checked.four_eyes == "always"
    )
