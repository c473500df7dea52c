"""``alipay_account`` 支付宝: who signs in at Alipay is registered there under the proved name and number.

Level 2 beside an independent source: possession of the Alipay account. ``certdoc.certverify``: the identity goes to
Alipay, a yes or no comes back, and Alipay tells us nobody (channels.md 7.1)::

    preconsult ─▶ verify_id ─▶ browser (id_verify) ─▶ auth_code ─▶ oauth.token ─▶ consult ─▶ T | F
"""

import json
import re
from collections.abc import Mapping
from typing import Any, Final
from urllib.parse import urlencode, urlsplit

import structlog

from adapters.ant import gateway
from adapters.ant.gateway import Gateway, Method, biz_content, text_of
from adapters.ant.settings import AlipayAccountSettings
from adapters.ant.sign_in import AlipaySignIn
from adapters.ant.subject import CERT_TYPE, DOCUMENTS, MINIMUM_AGE, PROVES, STATE_BYTES, Subject, is_ours, subject_of
from adapters.http import IDEMPOTENT_CHECK, SIDE_EFFECT, Surroundings
from idp.domain.account_channel import SignInFacts, SignInResult
from idp.domain.attempt import Attempt, Reply
from idp.domain.channel import ChannelFacts, Outcome, Reason, Redirect, Rejected, Verified
from idp.domain.errors import Distrusted
from idp.domain.evidence import CheckMethod, EvidenceShape, EvidenceType, Strength

NAME: Final = "alipay_account"

FACTS: Final = ChannelFacts(
    name=NAME,
    label_zh="支付宝",
    label_en="Alipay account",
    hint_zh="到支付宝登录并同意核验，支付宝只告知是否与您本人一致",
    hint_en="Sign in at Alipay and agree to the check; Alipay only says whether the account is yours",
    source="ant",
    strength=Strength.POSSESSION,
    evidence=(EvidenceShape(EvidenceType.ELECTRONIC_RECORD, "payment_account", (CheckMethod.AUTH, CheckMethod.DATA)),),
    organization="支付宝",
    proves=PROVES,
    documents=DOCUMENTS,
    minimum_age=MINIMUM_AGE,
    begin_costs=True,
)

PRECONSULT: Final = Method(
    "alipay.user.certdoc.certverify.preconsult",
    IDEMPOTENT_CHECK,
    business={"USER_NOT_EXIST": Reason.NOT_FOUND},
    otherwise=Reason.BAD_INPUT,
)
# The code is spent by its first use, whether or not the call succeeds (7.5): never sent again.
TOKEN: Final = Method("alipay.system.oauth.token", SIDE_EFFECT, otherwise=Reason.RISK_CONTROL, bare=True)
CONSULT: Final = Method(
    "alipay.user.certdoc.certverify.consult",
    IDEMPOTENT_CHECK,
    business={"VERIFY_ID_INVALID": Reason.EXPIRED},
    otherwise=Reason.RISK_CONTROL,
)
_SCOPE: Final = "id_verify"
_AUTH_CODE: Final = re.compile(r"[A-Za-z0-9_-]{8,128}", re.ASCII)
_DIFFERS: Final[Mapping[frozenset[str], Reason]] = {
    frozenset({"user_name"}): Reason.MISMATCH_NAME,
    frozenset({"cert_no"}): Reason.MISMATCH_NUMBER,
}

log = structlog.get_logger("adapters.ant")


class AlipayAccount:
    """The channel. Keeps nothing about a person between two calls; safe for threads."""

    def __init__(self, door: Gateway, settings: AlipayAccountSettings, around: Surroundings) -> None:
        self._gateway = door
        self._app_id = settings.app_id
        self._authorize_url = settings.authorize_url
        self._deadline_seconds = settings.deadline_seconds
        self._clock = around.clock
        self._randomness = around.randomness
        self._sign_in = AlipaySignIn(NAME, door, settings, around)

    @property
    def facts(self) -> ChannelFacts:
        """What this channel is."""
        return FACTS

    def begin(self, attempt: Attempt) -> Outcome:
        """Lodge the proved name and number with Alipay and send the browser there. Raises Unavailable or Distrusted."""
        now = self._clock.now()
        subject = subject_of(attempt, now)
        if isinstance(subject, Reason):
            return Rejected(subject)
        said = self._gateway.call(PRECONSULT, lambda: _lodge(subject), deadline=now + self._deadline_seconds)
        if said.reason is not None:
            return Rejected(said.reason)
        verify_id = text_of(NAME, said.fields, "verify_id")
        keep = {"verify_id": verify_id, "state": self._randomness.token(STATE_BYTES)}
        return self._redirect(attempt.return_uri, keep)

    def resume(self, attempt: Attempt, reply: Reply) -> Outcome:
        """Take the browser's return. Without any field nobody has returned yet. Raises Unavailable or Distrusted."""
        now = self._clock.now()
        fields, keep = reply.unverified_fields, attempt.keep
        subject = subject_of(attempt, now)
        if isinstance(subject, Reason):
            return Rejected(subject)
        if not fields:
            return self._redirect(attempt.return_uri, keep)
        if not is_ours(fields, keep) or fields.get("app_id", self._app_id) != self._app_id:
            return Rejected(Reason.BAD_INPUT)
        txn = keep["verify_id"]
        code = fields.get("auth_code", "")
        if "error" in fields or not code:
            return Rejected(Reason.USER_CANCELLED, txn)
        if _AUTH_CODE.fullmatch(code) is None:
            return Rejected(Reason.BAD_INPUT)
        reason = self._ask(code, txn, now + self._deadline_seconds)
        log.info("account_check", channel=NAME, txn=txn, result=str(reason or "match"))
        return Rejected(reason, txn) if reason is not None else Verified(subject.claims(), txn)

    @property
    def sign_in_facts(self) -> SignInFacts | None:
        """Signing in by a linked account (:class:`idp.domain.account_channel.AccountChannel`)."""
        return self._sign_in.facts

    def begin_sign_in(self, attempt: Attempt, *, in_own_browser: bool = False) -> Redirect:  # noqa: ARG002  one page
        """Where to send the browser."""
        return self._sign_in.begin(attempt)

    def resume_sign_in(self, attempt: Attempt, reply: Reply) -> SignInResult:
        """Which Alipay account it is. Raises Unavailable or Distrusted."""
        return self._sign_in.resume(attempt, reply)

    def _ask(self, code: str, verify_id: str, deadline: float) -> Reason | None:
        grant = {"grant_type": "authorization_code", "code": code}
        said = self._gateway.call(TOKEN, lambda: grant, deadline=deadline)
        if said.reason is not None:
            return said.reason
        # The access token lives in this call alone: it is neither kept nor logged (7.5).
        token = text_of(NAME, said.fields, "access_token")
        if not any(isinstance(said.fields.get(kind), str) for kind in ("open_id", "user_id")):
            raise Distrusted(NAME, "a token of nobody")
        consult = {"auth_token": token, "biz_content": biz_content({"verify_id": verify_id})}
        said = self._gateway.call(CONSULT, lambda: consult, deadline=deadline)
        return said.reason if said.reason is not None else verdict(said.fields)

    def _redirect(self, return_uri: str, keep: Mapping[str, str]) -> Redirect:
        query = {
            "app_id": self._app_id,
            "scope": _SCOPE,
            "redirect_uri": return_uri,
            "cert_verify_id": keep["verify_id"],
            "state": keep["state"],
        }
        return Redirect(f"{self._authorize_url}?{urlencode(query)}", dict(keep))


def verdict(fields: Mapping[str, Any]) -> Reason | None:
    """What the consult answer says; None is a match. Raises Distrusted.

    Name and number both different is another person's account, and so is an F that gives no cause (7.4).
    """
    if gateway.passed(NAME, fields):
        return None
    listed = fields.get("fail_params", "[]")
    try:
        names = json.loads(listed) if isinstance(listed, str) else None
    except (ValueError, RecursionError):
        names = None
    if not isinstance(names, list) or not all(isinstance(name, str) for name in names):
        raise Distrusted(NAME, "unreadable fail_params")
    return _DIFFERS.get(frozenset(names), Reason.MISMATCH_PERSON)


def create(settings: Mapping[str, Any], around: Surroundings) -> AlipayAccount:
    """Build the channel. Raises pydantic.ValidationError or ValueError (plain http, keys)."""
    checked = AlipayAccountSettings.model_validate(dict(settings))
    page = urlsplit(checked.authorize_url)
    if page.scheme not in ({"https", "http"} if checked.allow_plain_http else {"https"}) or page.query:
        raise ValueError(f"{NAME}: authorize_url must be https and without a query")
    return AlipayAccount(Gateway(NAME, checked, around), checked, around)


def _lodge(subject: Subject) -> Mapping[str, str]:
    identity = {"user_name": subject.name, "cert_type": CERT_TYPE, "cert_no": subject.number.value}
    return {"biz_content": biz_content(identity)}
