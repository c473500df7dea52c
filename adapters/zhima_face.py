"""``zhima_face`` 芝麻扫脸: a live face, compared by Alipay with the authoritative source. Presence, level 3.

``certify.open`` (channels.md 8)::

    initialize ─▶ certify_id ─▶ browser (certify, a page) ─▶ return_url ─▶ query ─▶ T | F

The return proves nothing; only the query counts. But without the return nothing is proved either: ``return_url``
carries a ``state`` that goes from us to Alipay alone, and a T counts only when a browser of this attempt brings it.
Who sends the page's address to a victim, and lets the victim's face pass, waits in a browser to which it never comes.
"""

import datetime
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import urlsplit

import structlog

from adapters.ant import gateway
from adapters.ant.gateway import Gateway, Method, biz_content, text_of
from adapters.ant.settings import AntSettings
from adapters.ant.subject import CERT_TYPE, DOCUMENTS, MINIMUM_AGE, PROVES, STATE_BYTES, Subject, is_ours, subject_of
from adapters.http import IDEMPOTENT_CHECK, CallClass, Surroundings
from idp.domain.attempt import Attempt, Reply
from idp.domain.channel import ChannelFacts, Outcome, Reason, Redirect, Rejected, Verified
from idp.domain.errors import Distrusted
from idp.domain.evidence import CheckMethod, EvidenceShape, EvidenceType, Strength

NAME: Final = "zhima_face"

FACTS: Final = ChannelFacts(
    name=NAME,
    label_zh="芝麻扫脸",
    label_en="Zhima face check",
    hint_zh="到支付宝扫脸，与权威来源的照片比对，大约半分钟",
    hint_en="Let Alipay compare your face with the authoritative photo; it takes about half a minute",
    source="ant",
    strength=Strength.PRESENCE,
    evidence=(
        EvidenceShape(EvidenceType.ELECTRONIC_RECORD, "population_register", (CheckMethod.BVR, CheckMethod.DATA)),
    ),
    organization="支付宝",
    proves=PROVES,
    documents=DOCUMENTS,
    amr="face",
    tells_cancel=False,
    minimum_age=MINIMUM_AGE,
    begin_costs=True,
)

POLL: Final = CallClass(connect=3, read=5, overall=12, idempotent=True, charged=False)


@dataclass(frozen=True, slots=True)
class Methods:
    """The three methods of one generation of the product."""

    initialize: Method
    certify: str
    query: Method


# Sub-codes of initialize are assumed; channels.md 8.3 gives their outcomes only. A query that does not know our own
# certify_id is our fault or theirs, never the person's.
CERTIFY_OPEN: Final = Methods(
    Method(
        "alipay.user.certify.open.initialize",
        IDEMPOTENT_CHECK,
        business={
            "CERTIFY_IDENTITY_MISMATCH": Reason.MISMATCH_NAME,
            "CERTIFY_IDENTITY_NOT_EXIST": Reason.NOT_FOUND,
            "CERTIFY_UNDER_AGE": Reason.UNDER_AGE,
        },
        otherwise=Reason.BAD_INPUT,
    ),
    "alipay.user.certify.open.certify",
    Method("alipay.user.certify.open.query", POLL),
)
_WAITS: Final = (0.0, 2.0, 4.0)
_PATIENCE_SECONDS: Final = 600.0
_CHINA: Final = datetime.timezone(datetime.timedelta(hours=8))

log = structlog.get_logger("adapters.ant")


class ZhimaFace:
    """The channel. Keeps nothing about a person between two calls; safe for threads."""

    def __init__(self, door: Gateway, settings: AntSettings, around: Surroundings) -> None:
        self._gateway = door
        self._deadline_seconds = settings.deadline_seconds
        self._clock = around.clock
        self._randomness = around.randomness
        self._pause = around.pause

    @property
    def facts(self) -> ChannelFacts:
        """What this channel is."""
        return FACTS

    def begin(self, attempt: Attempt) -> Outcome:
        """Open a face session for the proved person and send the browser there. Raises Unavailable or Distrusted."""
        now = self._clock.now()
        subject = subject_of(attempt, now, minimum_age=MINIMUM_AGE)
        if isinstance(subject, Reason):
            return Rejected(subject)
        state = self._randomness.token(STATE_BYTES)
        sent: list[str] = []

        def fields() -> Mapping[str, str]:
            # A repetition after a timeout carries a new number: the first may have opened a session (2.4).
            sent.append(self._order_number(now))
            return {"biz_content": biz_content(_session(subject, sent[-1], _with_state(attempt.return_uri, state)))}

        said = self._gateway.call(CERTIFY_OPEN.initialize, fields, deadline=now + self._deadline_seconds)
        if said.reason is not None:
            return Rejected(said.reason, sent[-1])
        certify_id = text_of(NAME, said.fields, "certify_id")
        keep = {"certify_id": certify_id, "order": sent[-1], "state": state, "begun_at": repr(now)}
        return self._redirect(keep)

    def resume(self, attempt: Attempt, reply: Reply) -> Outcome:
        """Take the browser's return, or a question in between. Raises Unavailable or Distrusted."""
        now = self._clock.now()
        fields, keep = reply.unverified_fields, attempt.keep
        subject = subject_of(attempt, now, minimum_age=MINIMUM_AGE)
        if isinstance(subject, Reason):
            return Rejected(subject)
        expired = now - float(keep["begun_at"]) >= _PATIENCE_SECONDS
        if not fields:
            return Rejected(Reason.EXPIRED, keep["order"]) if expired else self._redirect(keep)
        if not is_ours(fields, keep):
            return Rejected(Reason.BAD_INPUT)
        reason = self._ask(keep["certify_id"], subject, now + self._deadline_seconds)
        if reason is not None and expired:
            reason = Reason.EXPIRED
        log.info("face_check", channel=NAME, txn=keep["order"], result=str(reason or "match"))
        return Rejected(reason, keep["order"]) if reason is not None else Verified(subject.claims(), keep["order"])

    def _ask(self, certify_id: str, subject: Subject, deadline: float) -> Reason | None:
        """F also means "not yet": it is believed the third time (8.3). We cannot tell a cancel from a mismatch."""
        question = {"biz_content": biz_content({"certify_id": certify_id})}
        for wait in _WAITS:
            if wait:
                self._pause(wait)
            said = self._gateway.call(CERTIFY_OPEN.query, lambda: question, deadline=deadline)
            if said.reason is not None:
                return said.reason
            check_identity(said.fields, subject)
            if gateway.passed(NAME, said.fields):
                return None
        return Reason.MISMATCH_FACE

    def _redirect(self, keep: Mapping[str, str]) -> Redirect:
        page = {"biz_content": biz_content({"certify_id": keep["certify_id"]})}
        return Redirect(self._gateway.page_url(CERTIFY_OPEN.certify, page), dict(keep))

    def _order_number(self, now: float) -> str:
        """32 letters and digits, unique; our business number."""
        at = datetime.datetime.fromtimestamp(now, tz=_CHINA)
        return f"RN{at:%Y%m%d%H%M%S}{self._randomness.hex(8)}"


def check_identity(fields: Mapping[str, Any], subject: Subject) -> None:
    """``identity_info`` is mostly empty; whom it names must be whom we asked about. Raises Distrusted."""
    text = fields.get("identity_info", "{}")
    try:
        named = json.loads(text) if isinstance(text, str) else None
    except (ValueError, RecursionError):
        named = None
    if not isinstance(named, dict):
        raise Distrusted(NAME, "unreadable identity_info")
    asked = {"cert_name": subject.name, "cert_no": subject.number.value}
    if any(named.get(part, value) != value for part, value in asked.items()):
        raise Distrusted(NAME, "answer about another person")


def create(settings: Mapping[str, Any], around: Surroundings) -> ZhimaFace:
    """Build the channel. Raises pydantic.ValidationError or ValueError (plain http, keys)."""
    checked = AntSettings.model_validate(dict(settings))
    return ZhimaFace(Gateway(NAME, checked, around), checked, around)


def _with_state(return_uri: str, state: str) -> str:
    return f"{return_uri}{'&' if urlsplit(return_uri).query else '?'}state={state}"


def _session(subject: Subject, order: str, return_url: str) -> Mapping[str, Any]:
    return {
        "outer_order_no": order,
        "biz_code": "FACE",
        "identity_param": {
            "identity_type": "CERT_INFO",
            "cert_type": CERT_TYPE,
            "cert_name": subject.name,
            "cert_no": subject.number.value,
        },
        "merchant_config": {"return_url": return_url},
    }
