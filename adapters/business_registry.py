"""``business_registry`` 工商法人信息: an organisation exists and is in business, and this citizen stands for it.

It never names the person: name and number must be known of the account already (channels.md 4). Three ways, chosen by
:class:`~adapters.registry.settings.Way`: the record check compares the representative's *name* (namesakes exist, so it
never lets anybody act); four elements compare the number too; both say something about the organisation alone. The
e-licence scan shows who holds the licence, and so corroborates the citizen as well: possession, of another source.
"""

import datetime
import hmac
from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Final

import structlog

from adapters.exchange import national
from adapters.exchange.gateway import GatewaySigner
from adapters.exchange.national import NationalSigner
from adapters.exchange.service import SignedService
from adapters.http import Surroundings, Upstream
from adapters.registry import organisations
from adapters.registry.e_licence import Challenge, ELicence, Holder, Role, State
from adapters.registry.four_elements import Elements, FourElements
from adapters.registry.organisations import CHANNEL, Organisation
from adapters.registry.record import Finding, Question, RecordCheck
from adapters.registry.settings import BusinessRegistrySettings, Profile, Way
from idp.domain import id_numbers, persons
from idp.domain.attempt import Attempt, Reply
from idp.domain.channel import (
    Channel,
    ChannelFacts,
    FieldKind,
    Form,
    Outcome,
    Reason,
    Rejected,
    Scan,
    SubjectKind,
    Verified,
)
from idp.domain.claims import ClaimName
from idp.domain.errors import Distrusted, InvalidInput
from idp.domain.evidence import CheckMethod, EvidenceShape, EvidenceType, Strength
from idp.domain.ports import Clock, Randomness

NAME: Final = CHANNEL
_CHINA: Final = datetime.timezone(datetime.timedelta(hours=8))
_SCAN_SECONDS: Final = 180
_OFTEN_FOR: Final = 30.0
_RECORD_CLAIMS: Final = frozenset(
    {ClaimName.ORGANISATION_NAME, ClaimName.CREDIT_CODE, ClaimName.LEGAL_REPRESENTATIVE},
)

FACTS: Final = ChannelFacts(
    name=NAME,
    label_zh="工商法人信息",
    label_en="Business register",
    hint_zh="填写营业执照上的企业名称和统一社会信用代码，由市场监督管理部门比对法定代表人",
    hint_en="Enter the name and credit code on the business licence; the register compares the legal representative",
    source="market_regulation",
    strength=Strength.KNOWLEDGE,
    evidence=(EvidenceShape(EvidenceType.ELECTRONIC_RECORD, "company_register", (CheckMethod.DATA,)),),
    organization="市场监督管理部门",
    proves=_RECORD_CLAIMS,
    subjects=frozenset({SubjectKind.LEGAL_PERSON}),
    # Fresh for a day: representatives change (channels.md 4.3).
    validity_days=1,
)
FOUR_ELEMENT_FACTS: Final = replace(FACTS, proves=_RECORD_CLAIMS | {ClaimName.ORGANISATION_ROLE})
# Who holds a licence has shown something that is theirs alone: the one way here that says something about the citizen.
E_LICENCE_FACTS: Final = replace(
    FACTS,
    label_zh="电子营业执照",
    label_en="Electronic business licence",
    hint_zh="本人持有电子营业执照（法定代表人或经办人）：用电子营业执照应用扫码，核对两边的数字，再确认",
    hint_en="For legal representatives and agents: scan with the electronic business licence app, compare, confirm",
    strength=Strength.POSSESSION,
    evidence=(EvidenceShape(EvidenceType.ELECTRONIC_SIGNATURE, "sm2_elicence", (CheckMethod.AUTH, CheckMethod.VDIG)),),
    proves=frozenset(
        {
            ClaimName.NAME,
            ClaimName.ID_NUMBER,
            ClaimName.ORGANISATION_NAME,
            ClaimName.CREDIT_CODE,
            ClaimName.ORGANISATION_ROLE,
        }
    ),
    subjects=frozenset({SubjectKind.CITIZEN, SubjectKind.LEGAL_PERSON}),
    # As possession it lasts; whether the holder still acts for the organisation is asked anew each day (4.3), by
    # whoever lets them act.
    validity_days=365,
    # Before that nobody has the full capacity to act (Civil Code, article 18).
    minimum_age=16,
    attempt_seconds=_SCAN_SECONDS,
    begin_costs=True,
)

log = structlog.get_logger("adapters.registry")


class _Citizen:
    """Who the account is proved to be. None of it is printed."""

    __slots__ = ("name", "number", "typed")

    def __init__(self, known: Mapping[ClaimName, str]) -> None:
        self.typed = known.get(ClaimName.NAME, "")
        self.name = persons.fold(self.typed)
        self.number = known.get(ClaimName.ID_NUMBER, "")

    @property
    def proved(self) -> bool:
        return bool(self.name and self.number)


class RecordChannel:
    """The record check, with or without the four elements. Keeps nothing between two calls; safe for threads."""

    def __init__(
        self,
        record: RecordCheck,
        four: FourElements | None,
        clock: Clock,
        randomness: Randomness,
        *,
        deadline_seconds: float,
    ) -> None:
        self._record = record
        self._four = four
        self._clock = clock
        self._randomness = randomness
        self._deadline_seconds = deadline_seconds

    @property
    def facts(self) -> ChannelFacts:
        """What this channel is."""
        return FACTS if self._four is None else FOUR_ELEMENT_FACTS

    def begin(self, attempt: Attempt) -> Outcome:
        """Ask for the organisation; an account that has proved nobody is refused."""
        if not _Citizen(attempt.known).proved:
            return Rejected(Reason.BAD_INPUT)
        return Form((FieldKind.ORGANISATION_NAME, FieldKind.CREDIT_CODE))

    def resume(self, attempt: Attempt, reply: Reply) -> Outcome:
        """Compare the organisation and the citizen with the register. Raises Unavailable or Distrusted."""
        citizen, fields = _Citizen(attempt.known), reply.unverified_fields
        typed_name = fields.get(FieldKind.ORGANISATION_NAME, "")
        try:
            organisation = organisations.parse(typed_name, fields.get(FieldKind.CREDIT_CODE, ""))
        except InvalidInput:
            return Rejected(Reason.BAD_INPUT)
        if not citizen.proved:
            return Rejected(Reason.BAD_INPUT)
        if not organisation.kept_by_the_market_regulator:
            return Rejected(Reason.NOT_FOUND)
        deadline = self._clock.now() + self._deadline_seconds
        finding, txn = self._compare(organisation, citizen, deadline)
        if finding.reason is not None:
            return Rejected(finding.reason, txn)
        claims = {
            ClaimName.ORGANISATION_NAME: organisation.name,
            ClaimName.CREDIT_CODE: organisation.credit_code,
            ClaimName.LEGAL_REPRESENTATIVE: citizen.name,
        }
        if self._four is None:
            return Verified(claims, txn)
        elements = Elements(organisation.name, organisation.credit_code, citizen.name, citizen.number, deadline)
        reason, txn = self._four.ask(elements)
        _note(txn, "four_elements", reason)
        if reason is not None:
            return Rejected(reason, txn)
        return Verified(claims | {ClaimName.ORGANISATION_ROLE: str(Role.LEGAL_REPRESENTATIVE)}, txn)

    def _compare(self, organisation: Organisation, citizen: _Citizen, deadline: float) -> tuple[Finding, str]:
        """Ask once; a name with brackets that differs alone once more with narrow ones (channels.md 4.3)."""
        question = Question(organisation.name, organisation.credit_code, citizen.name, deadline)
        finding, txn = self._ask(question, "canonical")
        other = organisation.with_narrow_brackets
        if not finding.name_differs or other is None:
            return finding, txn
        return self._ask(replace(question, entname=other), "alternative")

    def _ask(self, question: Question, spelling: str) -> tuple[Finding, str]:
        """The platforms echo no request number: ``txn`` is ours alone."""
        finding, txn = self._record.ask(question), self._randomness.hex(16)
        _note(txn, spelling, finding.reason)
        return finding, txn


class ELicenceChannel:
    """The e-licence scan. Keeps nothing between two calls; safe for threads."""

    def __init__(self, licence: ELicence, clock: Clock, *, deadline_seconds: float) -> None:
        self._licence = licence
        self._clock = clock
        self._deadline_seconds = deadline_seconds

    @property
    def facts(self) -> ChannelFacts:
        """What this channel is."""
        return E_LICENCE_FACTS

    def begin(self, attempt: Attempt) -> Outcome:
        """A new challenge as a QR code; an account that has proved nobody is refused. Raises as every call."""
        if not _Citizen(attempt.known).proved:
            return Rejected(Reason.BAD_INPUT)
        return self._scan(self._licence.challenge(self._clock.now() + self._deadline_seconds))

    def resume(self, attempt: Attempt, reply: Reply) -> Outcome:
        """Ask where the scan stands; what came with the reply is not looked at. Raises Unavailable or Distrusted."""
        del reply
        citizen, challenge = _Citizen(attempt.known), _challenge(attempt.keep)
        if challenge is None or not citizen.proved:
            return Rejected(Reason.BAD_INPUT)
        found = self._licence.result(challenge, self._clock.now() + self._deadline_seconds)
        match found:
            case State.WAIT | State.SCANNED:
                return self._scan(challenge)
            case State.REFUSED:
                outcome: Rejected | Verified = Rejected(Reason.USER_CANCELLED, challenge.biz_seq)
            case Holder():
                outcome = self._held(found, citizen, challenge.biz_seq)
            case _:
                outcome = Rejected(Reason.EXPIRED, challenge.biz_seq)
        _note(challenge.biz_seq, "e_licence", outcome.reason if isinstance(outcome, Rejected) else None)
        return outcome

    def _scan(self, challenge: Challenge) -> Scan:
        """Every 2 s at first, then every 5 s (channels.md 2.4)."""
        waited = self._clock.now() - int(challenge.ts) / 1000
        keep = {"biz_seq": challenge.biz_seq, "rand": challenge.rand, "ts": challenge.ts, "qr": challenge.qr}
        return Scan(challenge.qr, keep, poll_seconds=2 if waited < _OFTEN_FOR else 5, match=challenge.match)

    def _held(self, holder: Holder, citizen: _Citizen, txn: str) -> Rejected | Verified:
        """Somebody else's licence proves nothing about this account, however genuine it is."""
        try:
            today = datetime.datetime.fromtimestamp(self._clock.now(), tz=_CHINA).date()
            number = id_numbers.parse(holder.number, today=today).value
        except InvalidInput:
            raise Distrusted(NAME, "no ID number of the holder") from None
        if not hmac.compare_digest(number.encode(), citizen.number.encode()):
            return Rejected(Reason.MISMATCH_PERSON, txn)
        if persons.fold(holder.name) != citizen.name:
            return Rejected(Reason.MISMATCH_NAME, txn)
        claims = {
            ClaimName.NAME: citizen.typed,
            ClaimName.ID_NUMBER: citizen.number,
            ClaimName.ORGANISATION_NAME: holder.organisation,
            ClaimName.CREDIT_CODE: holder.credit_code,
            ClaimName.ORGANISATION_ROLE: str(holder.role),
        }
        return Verified(claims, txn)


def create(settings: Mapping[str, Any], around: Surroundings) -> Channel:
    """Build the channel from its settings. Raises pydantic.ValidationError or ValueError (plain http, certificates)."""
    checked = BusinessRegistrySettings.model_validate(dict(settings))
    clock, randomness = around.clock, around.randomness

    def upstream(base_url: str) -> Upstream:
        return Upstream(NAME, base_url, around, allow_plain_http=checked.allow_plain_http)

    if checked.way is Way.E_LICENCE:
        licence = ELicence(upstream(checked.e_licence_base_url), checked, clock, randomness)
        return ELicenceChannel(licence, clock, deadline_seconds=checked.deadline_seconds)
    four = None
    if checked.way is Way.FOUR_ELEMENTS:
        four = FourElements(upstream(checked.four_base_url), checked, randomness)
    record = _record_check(checked, upstream(checked.base_url), clock)
    return RecordChannel(record, four, clock, randomness, deadline_seconds=checked.deadline_seconds)


def _record_check(settings: BusinessRegistrySettings, upstream: Upstream, clock: Clock) -> RecordCheck:
    if settings.profile is Profile.NATIONAL:
        signer = NationalSigner(upstream, settings.customer, clock)
        return RecordCheck(SignedService(NAME, upstream, signer), settings, national.PROXY)
    service = SignedService(NAME, upstream, GatewaySigner(upstream, settings.customer, clock))
    return RecordCheck(service, settings, settings.record_path)


def _challenge(keep: Mapping[str, str]) -> Challenge | None:
    try:
        return Challenge(keep["biz_seq"], keep["rand"], keep["ts"], keep["qr"])
    except KeyError:
        return None


def _note(txn: str, check: str, reason: Reason | None) -> None:
    log.info("registry_check", channel=NAME, txn=txn, check=check, result=str(reason or "match"))
