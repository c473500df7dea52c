"""``social_security`` 社保: the person's record in the social-security register, by default with their e-card unlocked.

Two modes of one channel (channels.md 6), chosen by :class:`~adapters.social.settings.Mode`: ``ecard`` redirects to the
e-card app and proves possession; ``record`` compares name, number and card number, all of which others can know, so
that it corroborates and no more.
"""

import datetime
import hmac
import re
import ssl
from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Final

import structlog

from adapters.exchange import national
from adapters.exchange.gateway import GatewaySigner
from adapters.exchange.national import NationalSigner
from adapters.exchange.service import SignedService
from adapters.http import Surroundings, Upstream
from adapters.social.ecard import Confirmed, ECard, Pending
from adapters.social.record import PATH, Query, RecordService
from adapters.social.settings import CHANNEL, Mode, SocialSecuritySettings
from idp.domain import id_numbers, persons
from idp.domain.attempt import Attempt, Reply
from idp.domain.channel import Channel, ChannelFacts, FieldKind, Form, Outcome, Reason, Redirect, Rejected, Verified
from idp.domain.claims import ClaimName
from idp.domain.errors import InvalidInput
from idp.domain.evidence import CheckMethod, EvidenceShape, EvidenceType, Strength
from idp.domain.id_numbers import DocumentKind, IdNumber
from idp.domain.persons import PersonName
from idp.domain.ports import Clock, Randomness

NAME: Final = CHANNEL
_CHINA: Final = datetime.timezone(datetime.timedelta(hours=8))
_SIGN_NO: Final = re.compile(r"[0-9A-Za-z]{1,64}")
_KEPT: Final = "busi_seq"
_RETURNED: Final = "sign_no"
_CARD: Final = re.compile(r"[0-9A-Z]{6,20}")
_ASKED: Final = ((FieldKind.NAME, ClaimName.NAME), (FieldKind.ID_NUMBER, ClaimName.ID_NUMBER))

FACTS: Final = ChannelFacts(
    name=NAME,
    label_zh="电子社保卡",
    label_en="Social security e-card",
    hint_zh="转到电子社保卡，用密码、短信或人脸解锁后确认",
    hint_en="You are taken to your social security e-card; unlock it by password, text message or face and confirm",
    source="social_security",
    strength=Strength.POSSESSION,
    evidence=(EvidenceShape(EvidenceType.ELECTRONIC_RECORD, "social_security", (CheckMethod.DATA, CheckMethod.AUTH)),),
    organization="人力资源社会保障部",
    proves=frozenset({ClaimName.NAME, ClaimName.ID_NUMBER, ClaimName.BIRTHDATE, ClaimName.GENDER}),
    # 社会保障号 is the resident's ID number; numbers of other documents are not served (A).
    documents=frozenset({DocumentKind.RESIDENT}),
)

RECORD_FACTS: Final = replace(
    FACTS,
    label_zh="社保卡信息",
    label_en="Social security record",
    hint_zh="填写社保卡卡面上的卡号，由人社部门与您的姓名和社会保障号码（公民身份号码）一起核验",
    hint_en="Enter the number on your social security card; the register compares it with your name and ID number",
    strength=Strength.KNOWLEDGE,
    evidence=(EvidenceShape(EvidenceType.ELECTRONIC_RECORD, "social_security", (CheckMethod.DATA,)),),
)

log = structlog.get_logger("adapters.social")


class ECardChannel:
    """The e-card mode. Keeps nothing about a person between two calls; safe for threads."""

    def __init__(self, ecard: ECard, clock: Clock) -> None:
        self._ecard = ecard
        self._clock = clock

    @property
    def facts(self) -> ChannelFacts:
        """What this channel is."""
        return FACTS

    def begin(self, attempt: Attempt) -> Outcome:
        """Send the person, whom the account has proved before, to the e-card page under a new business number."""
        return self._redirect(attempt, {_KEPT: self._ecard.number()})

    def resume(self, attempt: Attempt, reply: Reply) -> Outcome:
        """Ask the platform what the person did. Raises Unavailable or Distrusted.

        The parameters of the return are a hint anybody can write; the number must be the one this attempt gave out.
        A question in between has no parameters: before the first return there is nothing to ask about, after it the
        platform is asked about the same return again.
        """
        person, hint = self._known(attempt), reply.unverified_fields
        if person is None or _KEPT not in attempt.keep:
            return Rejected(Reason.BAD_INPUT)
        busi_seq, sign_no = attempt.keep[_KEPT], attempt.keep.get(_RETURNED, "")
        if hint:
            returned, sign_no = hint.get("busiSeq", ""), hint.get("signNo", "")
            ours = hmac.compare_digest(returned.encode("utf-8", "surrogatepass"), busi_seq.encode())
            if not ours or _SIGN_NO.fullmatch(sign_no) is None:
                return Rejected(Reason.BAD_INPUT)
        if not sign_no:
            return self._redirect(attempt, attempt.keep)
        finding = self._ecard.query(busi_seq, sign_no)
        if isinstance(finding, Pending):
            return self._redirect(attempt, {_KEPT: busi_seq, _RETURNED: sign_no})
        reason = _compared(finding, *person) if isinstance(finding, Confirmed) else finding
        log.info("ecard_check", channel=NAME, txn=busi_seq, result=str(reason or "match"))
        return Rejected(reason, busi_seq) if reason else Verified(_claims(*person), busi_seq)

    def _redirect(self, attempt: Attempt, keep: Mapping[str, str]) -> Outcome:
        person = self._known(attempt)
        if person is None:
            return Rejected(Reason.BAD_INPUT)
        name, number = person
        if number.kind not in FACTS.documents:
            return Rejected(Reason.NOT_FOUND)
        url = self._ecard.entry(keep[_KEPT], name=name.folded, number=number.value, return_uri=attempt.return_uri)
        return Redirect(url, dict(keep))

    def _known(self, attempt: Attempt) -> tuple[PersonName, IdNumber] | None:
        """Whom the account has proved to be; the e-card page is told whose card is meant."""
        name, number = attempt.known.get(ClaimName.NAME, ""), attempt.known.get(ClaimName.ID_NUMBER, "")
        return _person(name, number, self._clock)


class RecordChannel:
    """The record mode. Keeps nothing about a person between two calls; safe for threads."""

    def __init__(
        self, service: RecordService, clock: Clock, randomness: Randomness, *, deadline_seconds: float
    ) -> None:
        self._service = service
        self._clock = clock
        self._randomness = randomness
        self._deadline_seconds = deadline_seconds

    @property
    def facts(self) -> ChannelFacts:
        """What this channel is."""
        return RECORD_FACTS

    def begin(self, attempt: Attempt) -> Outcome:
        """Ask for the card's number, and for name and ID number where the account has not proved them."""
        missing = tuple(kind for kind, claim in _ASKED if claim not in attempt.known)
        return Form((*missing, FieldKind.SOCIAL_CARD))

    def resume(self, attempt: Attempt, reply: Reply) -> Outcome:
        """Compare name, number and card with the register. Raises Unavailable or Distrusted.

        What is known counts, whatever was typed: an account is no instrument to ask about others.
        """
        typed = reply.unverified_fields
        name_text, number_text = (attempt.known.get(claim) or typed.get(kind, "") for kind, claim in _ASKED)
        person, card = _person(name_text, number_text, self._clock), typed.get(FieldKind.SOCIAL_CARD, "").upper()
        if person is None or _CARD.fullmatch(card) is None:
            return Rejected(Reason.BAD_INPUT)
        name, number = person
        if number.kind not in RECORD_FACTS.documents:
            return Rejected(Reason.NOT_FOUND)
        txn = self._randomness.hex(16)  # the service knows no request number: this one is ours alone
        deadline = self._clock.now() + self._deadline_seconds
        reason = self._check(Query(name.folded, number.value, card, deadline), txn)
        return Rejected(reason, txn) if reason else Verified(_claims(name, number), txn)

    def _check(self, query: Query, txn: str) -> Reason | None:
        """Ask once; a name with a dot or a rare character once more in its other spelling (channels.md 2.2 rule 5)."""
        reason = self._service.check(query)
        self._record(txn, reason, "canonical")
        other = persons.alternative_spelling(query.name)
        if reason is not Reason.MISMATCH_NAME or other is None:
            return reason
        reason = self._service.check(replace(query, name=other))
        self._record(txn, reason, "alternative")
        return reason

    def _record(self, txn: str, reason: Reason | None, spelling: str) -> None:
        log.info("record_check", channel=NAME, txn=txn, spelling=spelling, result=str(reason or "match"))


def _person(name: str, number: str, clock: Clock) -> tuple[PersonName, IdNumber] | None:
    """A name and a number that can be right; None otherwise."""
    today = datetime.datetime.fromtimestamp(clock.now(), tz=_CHINA).date()
    try:
        parsed = persons.parse_name(name), id_numbers.parse(number, today=today)
        parsed[0].folded.encode()  # a lone surrogate cannot be sent
    except (InvalidInput, UnicodeEncodeError):
        return None
    return parsed


def _compared(confirmed: Confirmed, name: PersonName, number: IdNumber) -> Reason | None:
    """Whether the card that was unlocked is the account's person's; another number is somebody else's card."""
    if not hmac.compare_digest(confirmed.number.upper().encode("utf-8", "surrogatepass"), number.value.encode()):
        return Reason.MISMATCH_PERSON
    return None if name.same_as(confirmed.name) else Reason.MISMATCH_NAME


def _claims(name: PersonName, number: IdNumber) -> dict[ClaimName, str]:
    return {
        ClaimName.NAME: name.folded,
        ClaimName.ID_NUMBER: number.value,
        ClaimName.BIRTHDATE: number.birth_date.isoformat(),
        ClaimName.GENDER: str(number.sex),
    }


def create(settings: Mapping[str, Any], around: Surroundings) -> Channel:
    """Build the channel from its settings. Raises pydantic.ValidationError or ValueError (plain http, TLS files)."""
    checked = SocialSecuritySettings.model_validate(dict(settings))
    tls = ssl.create_default_context(cafile=checked.ca_path) if checked.ca_path else None
    upstream = Upstream(NAME, checked.base_url, around, allow_plain_http=checked.allow_plain_http, tls=tls)
    match checked.mode:
        case Mode.ECARD:
            return ECardChannel(ECard(upstream, checked, around.clock, around.randomness), around.clock)
        case Mode.RECORD:
            service, seconds = _record_service(checked, upstream, around.clock), checked.deadline_seconds
            return RecordChannel(service, around.clock, around.randomness, deadline_seconds=seconds)


def _record_service(settings: SocialSecuritySettings, upstream: Upstream, clock: Clock) -> RecordService:
    if settings.platform == "national":
        signer, path = NationalSigner(upstream, settings.customer, clock), national.PROXY
        return RecordService(SignedService(NAME, upstream, signer), path)
    return RecordService(SignedService(NAME, upstream, GatewaySigner(upstream, settings.customer, clock)), PATH)
