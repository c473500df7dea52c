"""``carrier_three_element`` 运营商三要素: the carrier has this name and ID number for a mobile, and the mobile answers.

The carrier's yes is knowledge only; our one-time code to that very mobile makes it possession (channels.md 12.3):
details → comparison → code → :class:`Verified`. Not among the nine: off until its settings are given.
"""

import datetime
from collections.abc import Mapping
from typing import Any, Final

import structlog

from adapters.carrier.codes import CHANNEL
from adapters.carrier.service import Carrier, Elements
from adapters.carrier.settings import CarrierThreeElementSettings
from adapters.http import Surroundings, Upstream
from adapters.texted_code import TextedCode, mobile_number
from idp.domain import id_numbers, persons
from idp.domain.attempt import Attempt, Reply
from idp.domain.channel import ChannelFacts, FieldKind, Form, Outcome, Reason, Rejected
from idp.domain.claims import ClaimName
from idp.domain.errors import InvalidInput
from idp.domain.evidence import CheckMethod, EvidenceShape, EvidenceType, Strength
from idp.domain.id_numbers import DocumentKind, IdNumber
from idp.domain.ports import Clock

NAME: Final = CHANNEL
_CHINA: Final = datetime.timezone(datetime.timedelta(hours=8))
_ASKED: Final = ((FieldKind.NAME, ClaimName.NAME), (FieldKind.ID_NUMBER, ClaimName.ID_NUMBER))

FACTS: Final = ChannelFacts(
    name=NAME,
    label_zh="手机号实名信息（运营商）",
    label_en="Mobile number (carrier)",
    hint_zh="填写以本人身份证办理的手机号，由运营商核对，并向该手机发送验证码",
    hint_en="Enter a mobile number registered in your name; its carrier compares, and we text that mobile",
    source="carrier",
    strength=Strength.POSSESSION,
    evidence=(
        EvidenceShape(EvidenceType.ELECTRONIC_RECORD, "mobile_subscription", (CheckMethod.DATA, CheckMethod.AUTH)),
    ),
    organization="电信运营商",
    proves=frozenset({ClaimName.NAME, ClaimName.ID_NUMBER, ClaimName.PHONE_NUMBER}),
    # Lines are registered on resident ID cards as a rule; other documents are not offered (docs/divergences.md).
    documents=frozenset({DocumentKind.RESIDENT}),
    # Numbers are handed to other people: after 180 days a mobile no longer shows possession (channels.md 12.2).
    validity_days=180,
    # Younger people use lines that a parent holds.
    minimum_age=16,
)

log = structlog.get_logger("adapters.carrier")


class CarrierThreeElement:
    """The channel. Keeps nothing about a person between two calls; safe for threads."""

    def __init__(self, carrier: Carrier, code: TextedCode, clock: Clock, *, deadline_seconds: float) -> None:
        self._carrier = carrier
        self._code = code
        self._clock = clock
        self._deadline_seconds = deadline_seconds

    @property
    def facts(self) -> ChannelFacts:
        """What this channel is."""
        return FACTS

    def begin(self, attempt: Attempt) -> Outcome:
        """Ask for the mobile, and for name and number where the account has not proved them."""
        known_number = attempt.known.get(ClaimName.ID_NUMBER)
        refusal = None if known_number is None else self._refusal(IdNumber(known_number))
        if refusal is not None:
            return Rejected(refusal)
        return Form((*(kind for kind, claim in _ASKED if claim not in attempt.known), FieldKind.MOBILE))

    def resume(self, attempt: Attempt, reply: Reply) -> Outcome:
        """Take the details, then the code. Raises Unavailable or Distrusted."""
        return self._code.entered(attempt, reply) if "code" in attempt.keep else self._details(attempt, reply)

    def _details(self, attempt: Attempt, reply: Reply) -> Outcome:
        try:
            elements = self._elements(attempt, reply.unverified_fields)
        except InvalidInput:
            return Rejected(Reason.BAD_INPUT)
        refusal = self._refusal(IdNumber(elements.number))
        if refusal is not None:
            return Rejected(refusal)
        # The same details in one attempt are one question to the carrier, other details are another.
        txn = self._code.digest("serial", attempt.id, elements.name, elements.number, elements.phone)[:32]
        reason = self._carrier.check(elements, txn, self._clock.now() + self._deadline_seconds)
        log.info("carrier_check", channel=NAME, txn=txn, result=str(reason or "match"))
        if reason is not None:
            return Rejected(reason, txn)
        keep = {"txn": txn, "name": elements.name, "number": elements.number}
        asked = self._code.send(attempt.id, txn, elements.phone, keep)
        return Rejected(asked, txn) if isinstance(asked, Reason) else asked

    def _elements(self, attempt: Attempt, fields: Mapping[str, str]) -> Elements:
        """What is known counts, whatever was typed: an account is no instrument to ask about others."""
        name, number = (attempt.known.get(claim) or fields.get(kind, "") for kind, claim in _ASKED)
        return Elements(
            name=persons.parse_name(name).folded,
            number=id_numbers.parse(number, today=self._today()).value,
            phone=mobile_number(fields.get(FieldKind.MOBILE, "")),
        )

    def _refusal(self, number: IdNumber) -> Reason | None:
        if number.kind not in FACTS.documents:
            return Reason.NOT_FOUND
        return Reason.UNDER_AGE if number.age_on(self._today()) < FACTS.minimum_age else None

    def _today(self) -> datetime.date:
        return datetime.datetime.fromtimestamp(self._clock.now(), tz=_CHINA).date()


def create(settings: Mapping[str, Any], around: Surroundings) -> CarrierThreeElement:
    """Build the channel from its settings. Raises pydantic.ValidationError or ValueError (http, no gateway)."""
    checked = CarrierThreeElementSettings.model_validate(dict(settings))
    if around.sms is None:
        raise ValueError(f"{NAME}: needs the text-message gateway")
    upstream = Upstream(NAME, checked.base_url, around, allow_plain_http=checked.allow_plain_http)
    code = TextedCode(NAME, around.sms, around.clock, around.randomness, checked.code_key.get_secret_value())
    carrier = Carrier(upstream, checked, around)
    return CarrierThreeElement(carrier, code, around.clock, deadline_seconds=checked.deadline_seconds)
