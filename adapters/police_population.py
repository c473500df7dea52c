"""``police_population`` 公安人口信息: name and ID number exist, belong together, and the registration is alive.

Level 1: an authoritative source and knowledge only; it does not say that the applicant is this person (channels.md 3).
The register is asked in one of seven ways, chosen by :class:`~adapters.police.settings.Profile`.
"""

import datetime
import ssl
from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Final

import structlog

from adapters import xml
from adapters.exchange.gateway import GatewaySigner
from adapters.exchange.md5 import Md5Signer
from adapters.exchange.national import NationalSigner
from adapters.exchange.service import SignedService
from adapters.exchange.signers import Signer, Unsigned
from adapters.http import Surroundings, Upstream
from adapters.police.finding import CHANNEL, Finding, Query, Register
from adapters.police.registers import JsonRegister, NciicRegister, SoapRegister, csb_form, share_form
from adapters.police.settings import PolicePopulationSettings, Profile
from idp.domain import id_numbers, persons
from idp.domain.attempt import Attempt, Reply
from idp.domain.channel import ChannelFacts, FieldKind, Form, Outcome, Reason, Rejected, Verified
from idp.domain.claims import ClaimName
from idp.domain.errors import InvalidInput
from idp.domain.evidence import CheckMethod, EvidenceShape, EvidenceType, Strength
from idp.domain.id_numbers import DocumentKind, IdNumber
from idp.domain.persons import PersonName
from idp.domain.ports import Clock

NAME: Final = CHANNEL
_CHINA: Final = datetime.timezone(datetime.timedelta(hours=8))
# What another spelling of the same name could turn into a match.
_SPELLING: Final = frozenset({Reason.MISMATCH_NAME})

FACTS: Final = ChannelFacts(
    name=NAME,
    label_zh="公安人口信息",
    label_en="Police population register",
    hint_zh="填写身份证上的姓名和公民身份号码，由公安机关人口库比对",
    hint_en="Enter the name and number on your ID card; the police population register compares them",
    source="police",
    strength=Strength.KNOWLEDGE,
    evidence=(EvidenceShape(EvidenceType.ELECTRONIC_RECORD, "population_register", (CheckMethod.DATA,)),),
    organization="公安机关",
    proves=frozenset({ClaimName.NAME, ClaimName.ID_NUMBER, ClaimName.BIRTHDATE, ClaimName.GENDER}),
    # Two-element services refuse residence permits and foreign cards (channels.md 2.3).
    documents=frozenset({DocumentKind.RESIDENT}),
)

log = structlog.get_logger("adapters.police")


class PolicePopulation:
    """The channel. Keeps nothing about a person between two calls; safe for threads."""

    def __init__(self, register: Register, clock: Clock, *, deadline_seconds: float) -> None:
        self._register = register
        self._clock = clock
        self._deadline_seconds = deadline_seconds

    @property
    def facts(self) -> ChannelFacts:
        """What this channel is."""
        return FACTS

    def begin(self, attempt: Attempt) -> Outcome:
        """Ask for name and number, also when the account has proved both: the person sees what will be checked."""
        del attempt
        return Form((FieldKind.NAME, FieldKind.ID_NUMBER))

    def resume(self, attempt: Attempt, reply: Reply) -> Outcome:
        """Compare the typed name and number with the register. Raises Unavailable or Distrusted."""
        now = self._clock.now()
        try:
            name = persons.parse_name(reply.unverified_fields.get(FieldKind.NAME, ""))
            typed_number = reply.unverified_fields.get(FieldKind.ID_NUMBER, "")
            number = id_numbers.parse(typed_number, today=datetime.datetime.fromtimestamp(now, tz=_CHINA).date())
        except InvalidInput:
            return Rejected(Reason.BAD_INPUT)
        if not xml.sendable(name.folded):
            return Rejected(Reason.BAD_INPUT)
        if number.kind not in FACTS.documents:
            return Rejected(Reason.NOT_FOUND)
        if attempt.known.get(ClaimName.ID_NUMBER, number.value) != number.value:
            return Rejected(Reason.MISMATCH_PERSON)
        finding = self._check(Query(name.folded, number.value, now + self._deadline_seconds))
        return self._outcome(finding, name, number)

    def _check(self, query: Query) -> Finding:
        """Ask once; a name with a dot or a rare character once more in its other spelling (channels.md 2.2 rule 5)."""
        finding = self._register.check(query)
        self._record(finding, "canonical")
        other = persons.alternative_spelling(query.name)
        if finding.reason not in _SPELLING or other is None:
            return finding
        finding = self._register.check(replace(query, name=other))
        self._record(finding, "alternative")
        return finding

    def _record(self, finding: Finding, spelling: str) -> None:
        result = finding.reason or "match"
        log.info("population_check", channel=NAME, txn=finding.txn, spelling=spelling, result=str(result))

    def _outcome(self, finding: Finding, name: PersonName, number: IdNumber) -> Outcome:
        if finding.reason is not None:
            return Rejected(finding.reason, finding.txn)
        claims = {
            ClaimName.NAME: name.folded,
            ClaimName.ID_NUMBER: number.value,
            ClaimName.BIRTHDATE: number.birth_date.isoformat(),
            ClaimName.GENDER: str(number.sex),
        }
        return Verified(claims, finding.txn)


def create(settings: Mapping[str, Any], around: Surroundings) -> PolicePopulation:
    """Build the channel from its settings. Raises pydantic.ValidationError or ValueError (plain http, TLS files)."""
    checked = PolicePopulationSettings.model_validate(dict(settings))
    upstream = Upstream(NAME, checked.base_url, around, allow_plain_http=checked.allow_plain_http, tls=_tls(checked))
    register = _register(checked, upstream, around)
    return PolicePopulation(register, around.clock, deadline_seconds=checked.deadline_seconds)


def _register(settings: PolicePopulationSettings, upstream: Upstream, around: Surroundings) -> Register:
    clock, randomness = around.clock, around.randomness
    service = SignedService(NAME, upstream, _signer(settings, upstream, clock))
    match settings.profile:
        case Profile.GATEWAY | Profile.NATIONAL:
            return SoapRegister(service, settings, clock, randomness)
        case Profile.NCIIC:
            return NciicRegister(upstream, settings, randomness)
        case Profile.CSB:
            return JsonRegister(service, csb_form(settings, clock), randomness)
        case Profile.GATEWAY_JSON | Profile.NATIONAL_JSON | Profile.MD5:
            return JsonRegister(service, share_form(settings), randomness)


def _signer(settings: PolicePopulationSettings, upstream: Upstream, clock: Clock) -> Signer:
    match settings.profile:
        case Profile.GATEWAY | Profile.GATEWAY_JSON:
            return GatewaySigner(upstream, settings.customer, clock)
        case Profile.NATIONAL | Profile.NATIONAL_JSON:
            soap = settings.profile is Profile.NATIONAL
            return NationalSigner(upstream, settings.customer, clock, soap=soap)
        case Profile.MD5:
            return Md5Signer(upstream, settings.customer, clock)
        case Profile.NCIIC | Profile.CSB:
            return Unsigned()


def _tls(settings: PolicePopulationSettings) -> ssl.SSLContext | None:
    """A private certificate authority or a client certificate, where the platform wants one (channels.md 3.4)."""
    if not settings.ca_path and not settings.client_certificate_path:
        return None
    context = ssl.create_default_context(cafile=settings.ca_path or None)
    if settings.client_certificate_path:
        context.load_cert_chain(settings.client_certificate_path, settings.client_key_path)
    return context
