"""``unionpay_card`` 银联: the issuing bank has this name, ID number, card and mobile together, and the mobile answers.

The bank's yes is knowledge only; our one-time code to the *reserved* mobile makes it possession (channels.md 5):
details → transaction 72 → code → :class:`Verified`. CVN2, expiry date and PIN are never asked for.
"""

import datetime
from collections.abc import Mapping
from typing import Any, Final

import structlog

from adapters.http import Surroundings, Upstream
from adapters.texted_code import mobile_number
from adapters.unionpay import typed
from adapters.unionpay.bank import Bank
from adapters.unionpay.codes import CHANNEL
from adapters.unionpay.possession import Possession
from adapters.unionpay.settings import UnionPayCardSettings
from adapters.unionpay.signers import signer_of
from adapters.unionpay.wire import Elements, Order
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
    label_zh="银联银行卡",
    label_en="UnionPay bank card",
    hint_zh="填写本人银行卡号和银行预留手机号，由发卡银行核对，并向该手机发送验证码",
    hint_en="Enter your card number and the mobile number your bank holds; the bank compares, and we text that mobile",
    source="unionpay",
    strength=Strength.POSSESSION,
    evidence=(EvidenceShape(EvidenceType.ELECTRONIC_RECORD, "bank_account", (CheckMethod.DATA, CheckMethod.AUTH)),),
    organization="银联",
    proves=frozenset({ClaimName.NAME, ClaimName.ID_NUMBER, ClaimName.PHONE_NUMBER}),
    # certifTp 01 is the resident ID card (channels.md 5.3); other documents are not offered (2.3).
    documents=frozenset({DocumentKind.RESIDENT}),
    # Numbers are handed to other people: after 180 days a mobile no longer shows possession (channels.md 12.2).
    validity_days=180,
    minimum_age=14,
)

log = structlog.get_logger("adapters.unionpay")


class UnionPayCard:
    """The channel. Keeps nothing about a person between two calls; safe for threads."""

    def __init__(self, bank: Bank, possession: Possession, clock: Clock, *, deadline_seconds: float) -> None:
        self._bank = bank
        self._possession = possession
        self._clock = clock
        self._deadline_seconds = deadline_seconds

    @property
    def facts(self) -> ChannelFacts:
        """What this channel is."""
        return FACTS

    def begin(self, attempt: Attempt) -> Outcome:
        """Ask for card and reserved mobile, and for name and number where the account has not proved them."""
        known_number = attempt.known.get(ClaimName.ID_NUMBER)
        if known_number is not None:
            refusal = self._refusal(IdNumber(known_number), attempt)
            if refusal is not None:
                return Rejected(refusal)
        missing = tuple(kind for kind, claim in _ASKED if claim not in attempt.known)
        # Fixed here, so that details sent again are the same transaction to UnionPay (possession.order_id).
        keep = {"txn_time": f"{self._china_time():%Y%m%d%H%M%S}"}
        return Form((*missing, FieldKind.BANK_CARD, FieldKind.MOBILE), keep)

    def resume(self, attempt: Attempt, reply: Reply) -> Outcome:
        """Take the details, then the code. Raises Unavailable or Distrusted."""
        if "code" in attempt.keep:
            return self._possession.entered(attempt, reply)
        if "txn_time" not in attempt.keep:
            return Rejected(Reason.EXPIRED)
        return self._details(attempt, reply)

    def _details(self, attempt: Attempt, reply: Reply) -> Outcome:
        try:
            elements = self._elements(attempt, reply.unverified_fields)
        except InvalidInput:
            return Rejected(Reason.BAD_INPUT)
        refusal = self._refusal(IdNumber(elements.number), attempt)
        if refusal is not None:
            return Rejected(refusal)
        order = Order(self._possession.order_id(attempt.id, elements), attempt.keep["txn_time"])
        reason = self._bank.check(elements, order, self._clock.now() + self._deadline_seconds)
        log.info("card_check", channel=NAME, txn=order.id, result=str(reason or "match"))
        if reason is not None:
            return Rejected(reason, order.id)
        asked = self._possession.ask(attempt.id, elements, order)
        return Rejected(asked, order.id) if isinstance(asked, Reason) else asked

    def _elements(self, attempt: Attempt, fields: Mapping[str, str]) -> Elements:
        """What is known counts, whatever was typed: an account is no instrument to ask about others."""
        name, number = (attempt.known.get(claim) or fields.get(kind, "") for kind, claim in _ASKED)
        return Elements(
            name=persons.parse_name(name).folded,
            number=id_numbers.parse(number, today=self._china_time().date()).value,
            card=typed.card_number(fields.get(FieldKind.BANK_CARD, "")),
            phone=mobile_number(fields.get(FieldKind.MOBILE, "")),
        )

    def _refusal(self, number: IdNumber, attempt: Attempt) -> Reason | None:
        if number.kind not in FACTS.documents:
            return Reason.NOT_FOUND
        age = number.age_on(self._china_time().date())
        return None if FACTS.serves_age(age, guarded=attempt.guarded) else Reason.UNDER_AGE

    def _china_time(self) -> datetime.datetime:
        return datetime.datetime.fromtimestamp(self._clock.now(), tz=_CHINA)


def create(settings: Mapping[str, Any], around: Surroundings) -> UnionPayCard:
    """Build the channel from its settings. Raises pydantic.ValidationError or ValueError (keys, http, no gateway)."""
    checked = UnionPayCardSettings.model_validate(dict(settings))
    if around.sms is None:
        raise ValueError(f"{NAME}: needs the text-message gateway")
    upstream = Upstream(NAME, checked.base_url, around, allow_plain_http=checked.allow_plain_http)
    bank = Bank(upstream, checked, signer_of(checked), around)
    possession = Possession(around.sms, around.clock, around.randomness, checked.code_key.get_secret_value())
    return UnionPayCard(bank, possession, around.clock, deadline_seconds=checked.deadline_seconds)
