"""``wechat_realname`` 微信: the face of the person at a WeChat account, compared with the authoritative source.

A PC shows the code of the province's mini program; the phone that scans it leaves its log-in code; we open a face
session for that account and the name and number which the account here has proved; WeChat's answer to our query is the
result, whatever the phone says (channels.md 9.3, 9.4). Counts as possession of an independent account: level 2.

Stages, told apart by what is kept::

    state                              browser at WeChat's sign-on page   (mode account_and_face)
    ref match (unionid)                nobody has scanned
    ref openid                         scanned; face session to be opened
    ref openid out_seq_no verify_id    face under way; every poll asks for its result

One stage makes one call that must not be repeated, so a failure in between costs nothing.

A code can be photographed and sent on, so that a victim shows their face for somebody else's attempt (quishing). The
phone therefore asks for ``match``, which stands on the page beside the code and not in it, before any face session is
opened; a wrong number ends the attempt.
"""

import datetime
import hmac
from collections.abc import Mapping
from typing import Any, Final

import structlog

from adapters.http import Surroundings, Upstream
from adapters.wechat import account, face
from adapters.wechat.api import App, WechatApi
from adapters.wechat.errors import Refusal
from adapters.wechat.handover import LetterBox
from adapters.wechat.settings import CHANNEL, Mode, WechatSettings
from adapters.wechat.sign_in import WechatSignIn
from idp.domain import id_numbers, persons
from idp.domain.account_channel import SignInFacts, SignInResult
from idp.domain.attempt import Attempt, Reply
from idp.domain.channel import ChannelFacts, Outcome, Reason, Redirect, Rejected, Scan, Verified
from idp.domain.claims import ClaimName
from idp.domain.errors import InvalidInput, Unavailable
from idp.domain.evidence import CheckMethod, EvidenceShape, EvidenceType, Strength
from idp.domain.id_numbers import DocumentKind, IdNumber

NAME: Final = CHANNEL
_CHINA: Final = datetime.timezone(datetime.timedelta(hours=8))
_LONGEST_CODE: Final = 256
# One guess in a hundred would pass, and each costs the attempt.
MATCH_DIGITS: Final = 2

FACTS: Final = ChannelFacts(
    name=NAME,
    label_zh="微信",
    label_en="WeChat",
    hint_zh="用手机微信扫码，输入屏幕上的数字，再在小程序里刷脸；须使用您本人的微信",
    hint_en="Scan a code with your own WeChat, type the number shown here, and show your face in the mini program",
    source="wechat",
    strength=Strength.POSSESSION,
    evidence=(
        EvidenceShape(
            EvidenceType.ELECTRONIC_RECORD, "population_register", (CheckMethod.AUTH, CheckMethod.BVR, CheckMethod.DATA)
        ),
    ),
    organization="微信",
    proves=frozenset({ClaimName.NAME, ClaimName.ID_NUMBER}),
    # Second-generation mainland cards only (channels.md 9.5).
    documents=frozenset({DocumentKind.RESIDENT}),
    minimum_age=14,
)

log = structlog.get_logger("adapters.wechat")


class WechatRealname:
    """The channel. Keeps nothing about a person between two calls; safe for threads."""

    def __init__(self, settings: WechatSettings, api: WechatApi, around: Surroundings) -> None:
        self._settings = settings
        self._api = api
        self._clock = around.clock
        self._randomness = around.randomness
        self._app = App(settings.app_id, settings.app_secret.get_secret_value())
        self._web_app = App(settings.web_app_id, settings.web_app_secret.get_secret_value())
        self._box = LetterBox(api, env=settings.cloud_env, function=settings.handover_function)
        self._sign_in = WechatSignIn(settings, api, around)

    @property
    def facts(self) -> ChannelFacts:
        """What this channel is."""
        return FACTS

    def begin(self, attempt: Attempt) -> Outcome:
        """Send the browser to sign on, or show the code. Nothing is sent; the account must have proved who it is."""
        refused = self._unfit(attempt)
        if refused is not None:
            return refused
        if self._settings.mode is Mode.FACE:
            return self._code(self._fresh_code())
        state = self._randomness.hex(16)  # letters and digits only, as WeChat demands (9.2)
        url = account.authorize_url(
            self._settings.connect_url,
            self._settings.connect_page,
            self._web_app.id,
            redirect_uri=attempt.return_uri,
            state=state,
        )
        return Redirect(url, {"state": state})

    def resume(self, attempt: Attempt, reply: Reply) -> Outcome:
        """Go one stage on. Raises Unavailable or Distrusted."""
        refused = self._unfit(attempt)
        if refused is not None:
            return refused
        keep, deadline = attempt.keep, self._clock.now() + self._settings.deadline_seconds
        try:
            if "state" in keep:
                return self._signed_on(keep, reply.unverified_fields, deadline)
            if "verify_id" in keep:
                return self._result(attempt, deadline)
            if "openid" in keep:
                return self._opened(attempt, deadline)
            return self._scanned(keep, deadline)
        except Refusal as refusal:
            return Rejected(refusal.reason, keep.get("out_seq_no"))

    @property
    def sign_in_facts(self) -> SignInFacts | None:
        """Signing in by a linked account (:class:`idp.domain.account_channel.AccountChannel`)."""
        return self._sign_in.facts

    def begin_sign_in(self, attempt: Attempt, *, in_own_browser: bool = False) -> Redirect:
        """Where to send the browser."""
        return self._sign_in.begin(attempt, in_own_browser=in_own_browser)

    def resume_sign_in(self, attempt: Attempt, reply: Reply) -> SignInResult:
        """Which WeChat account it is. Raises Unavailable or Distrusted."""
        return self._sign_in.resume(attempt, reply)

    def _unfit(self, attempt: Attempt) -> Rejected | None:
        """Why this account cannot be served at all."""
        try:
            name, number = self._person(attempt)
        except InvalidInput:
            return Rejected(Reason.BAD_INPUT)
        if not name or number.kind not in FACTS.documents:
            return Rejected(Reason.NOT_FOUND)
        if not FACTS.serves_age(number.age_on(self._today()), guarded=attempt.guarded):
            return Rejected(Reason.UNDER_AGE)
        return None

    def _today(self) -> datetime.date:
        return datetime.datetime.fromtimestamp(self._clock.now(), tz=_CHINA).date()

    def _person(self, attempt: Attempt) -> tuple[str, IdNumber]:
        name = persons.parse_name(attempt.known.get(ClaimName.NAME, ""))
        return name.folded, id_numbers.parse(attempt.known.get(ClaimName.ID_NUMBER, ""), today=self._today())

    def _subject(self, attempt: Attempt) -> face.Subject:
        name, number = self._person(attempt)
        return face.Subject(name, number.value, attempt.keep["openid"])

    def _fresh_code(self) -> dict[str, str]:
        return {"ref": self._randomness.hex(16), "match": self._randomness.digits(MATCH_DIGITS)}

    def _code(self, keep: Mapping[str, str]) -> Scan:
        link = f"{self._settings.scan_link}?ref={keep['ref']}"
        return Scan(link, keep, match=keep.get("match", ""), typed=True, joined="openid" in keep)

    def _signed_on(self, keep: Mapping[str, str], fields: Mapping[str, str], deadline: float) -> Outcome:
        """The browser is back. A state that is not ours is somebody else's sign-on (RFC 6749 section 10.12)."""
        state, code = fields.get("state", ""), fields.get("code", "")
        if not hmac.compare_digest(state.encode("utf-8", "replace"), keep["state"].encode()):
            return Rejected(Reason.BAD_INPUT)
        if not code:
            return Rejected(Reason.USER_CANCELLED)
        if len(code) > _LONGEST_CODE or not code.isascii() or not code.isprintable():
            return Rejected(Reason.BAD_INPUT)
        browser = account.browser_account(self._api, self._web_app, code, deadline)
        if not browser.unionid:
            raise Unavailable(CHANNEL, "the website has no unionid", alert=True)
        return self._code(self._fresh_code() | {"unionid": browser.unionid})

    def _scanned(self, keep: Mapping[str, str], deadline: float) -> Outcome:
        letter = self._box.collect(keep["ref"], deadline)
        if letter is None:
            return self._code(keep)
        if not hmac.compare_digest(letter.match, keep["match"]):
            return Rejected(Reason.BAD_INPUT)  # whoever scanned does not see this page: no second guess
        phone = account.phone_account(self._api, self._app, letter.js_code, deadline)
        if "unionid" in keep:
            if not phone.unionid:
                raise Unavailable(CHANNEL, "the mini program has no unionid", alert=True)
            # Somebody else's phone: the code was shown or sent to another person.
            if not hmac.compare_digest(phone.unionid, keep["unionid"]):
                return Rejected(Reason.MISMATCH_PERSON)
        return self._code({"ref": keep["ref"], "openid": phone.openid})

    def _opened(self, attempt: Attempt, deadline: float) -> Outcome:
        out_seq_no = self._randomness.hex(16)
        verify_id = face.open_session(self._api, self._subject(attempt), out_seq_no, deadline)
        self._box.deliver(attempt.keep["ref"], verify_id, deadline)
        return self._code({**attempt.keep, "out_seq_no": out_seq_no, "verify_id": verify_id})

    def _result(self, attempt: Attempt, deadline: float) -> Outcome:
        keep, subject = attempt.keep, self._subject(attempt)
        txn = keep["out_seq_no"]
        verify_ret = face.result(self._api, subject, keep["verify_id"], txn, deadline)
        if verify_ret in face.PENDING:
            return self._code(keep)
        log.info("face_result", channel=NAME, txn=txn, verify_ret=verify_ret)
        reason = face.read(verify_ret, now=self._clock.now())
        if reason is not None:
            return Rejected(reason, txn)
        return Verified({ClaimName.NAME: subject.name, ClaimName.ID_NUMBER: subject.number}, txn)


def create(settings: Mapping[str, Any], around: Surroundings) -> WechatRealname:
    """Build the channel from its settings. Raises pydantic.ValidationError or ValueError (plain http)."""
    checked = WechatSettings.model_validate(dict(settings))
    upstream = Upstream(NAME, checked.base_url, around, allow_plain_http=checked.allow_plain_http)
    app = App(checked.app_id, checked.app_secret.get_secret_value())
    return WechatRealname(checked, WechatApi(upstream, app, around.clock), around)
