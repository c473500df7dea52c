"""Signing in with an Alipay account: the OAuth road without identity (channels.md 7.1).

::

    browser (auth_user) ─▶ auth_code ─▶ oauth.token ─▶ open_id | user_id

``auth_user`` and not ``auth_base``: Alipay then shows a page and asks, the first time at least; ``auth_base`` would
tell in silence whose browser it is. The answer names an account and no person.
"""

import hmac
import re
from collections.abc import Mapping
from typing import Any, Final
from urllib.parse import urlencode

import structlog

from adapters.ant.gateway import Gateway, Method, text_of
from adapters.ant.settings import AlipayAccountSettings
from adapters.http import IDEMPOTENT_CHECK, SIDE_EFFECT, Surroundings
from idp.domain.account_channel import Recognised, SignInFacts, SignInResult, UpstreamAccount
from idp.domain.attempt import Attempt, Reply
from idp.domain.channel import Reason, Redirect, Rejected
from idp.domain.errors import ChannelError, Distrusted

_SCOPE: Final = "auth_user"
_AUTH_CODE: Final = re.compile(r"[A-Za-z0-9_-]{8,128}", re.ASCII)
_LONGEST_NICKNAME: Final = 100
# The code is spent by its first use, whether or not the call succeeds (7.5): never sent again.
TOKEN: Final = Method("alipay.system.oauth.token", SIDE_EFFECT, otherwise=Reason.RISK_CONTROL, bare=True)
USER: Final = Method("alipay.user.info.share", IDEMPOTENT_CHECK, otherwise=Reason.RISK_CONTROL)
# What the token answer may call the account, the first there is; newer applications receive open_id alone (7.1).
_KINDS: Final = ("open_id", "user_id")

log = structlog.get_logger("adapters.ant")


class AlipaySignIn:
    """The sign-in operations of ``channel``. Keeps nothing between two calls; safe for threads."""

    def __init__(self, channel: str, door: Gateway, settings: AlipayAccountSettings, around: Surroundings) -> None:
        self._channel = channel
        self._gateway = door
        self._settings = settings
        self._clock = around.clock
        self._randomness = around.randomness

    @property
    def facts(self) -> SignInFacts | None:
        """What this is; None when it is switched off."""
        if not self._settings.sign_in:
            return None
        return SignInFacts(self._channel, "支付宝", "Alipay", self._settings.authorize_url, "AlipayClient")

    def begin(self, attempt: Attempt) -> Redirect:
        """Alipay's page; the same one in Alipay's own browser, which knows who is signed in."""
        state = self._randomness.token(24)
        query = {
            "app_id": self._settings.app_id,
            "scope": _SCOPE,
            "redirect_uri": attempt.return_uri,
            "state": state,
        }
        return Redirect(f"{self._settings.authorize_url}?{urlencode(query)}", {"state": state})

    def resume(self, attempt: Attempt, reply: Reply) -> SignInResult:
        """The account behind the code. Raises Unavailable or Distrusted."""
        fields = reply.unverified_fields
        if not self._ours(fields, attempt.keep):
            return Rejected(Reason.BAD_INPUT)
        code = fields.get("auth_code", "")
        if "error" in fields or not code:
            return Rejected(Reason.USER_CANCELLED)
        if _AUTH_CODE.fullmatch(code) is None:
            return Rejected(Reason.BAD_INPUT)
        deadline = self._clock.now() + self._settings.deadline_seconds
        grant = {"grant_type": "authorization_code", "code": code}
        said = self._gateway.call(TOKEN, lambda: grant, deadline=deadline)
        if said.reason is not None:
            return Rejected(said.reason)
        account = self._account(said.fields)
        token = text_of(self._channel, said.fields, "access_token")
        return Recognised(account, lambda: self._nickname(token, account))

    def _ours(self, fields: Mapping[str, str], keep: Mapping[str, str]) -> bool:
        """The return of this attempt and this application: another's code must not enter here (login CSRF)."""
        state = hmac.compare_digest(fields.get("state", "").encode(errors="replace"), keep["state"].encode())
        return state and fields.get("app_id", self._settings.app_id) == self._settings.app_id

    def _account(self, fields: Mapping[str, Any]) -> UpstreamAccount:
        kind = next((each for each in _KINDS if fields.get(each)), None)
        if kind is None:
            raise Distrusted(self._channel, "a token of nobody")
        return UpstreamAccount(self._channel, self._settings.app_id, kind, text_of(self._channel, fields, kind))

    def _nickname(self, token: str, account: UpstreamAccount) -> str:
        """What the account calls itself, for one page. A failure leaves the page without it, and nothing else."""
        deadline = self._clock.now() + self._settings.deadline_seconds
        try:
            said = self._gateway.call(USER, lambda: {"auth_token": token}, deadline=deadline)
            if said.reason is None and said.fields.get(account.kind) != account.id:
                raise Distrusted(self._channel, "a nickname of somebody else")
        except ChannelError as error:
            log.warning("nickname_failed", channel=self._channel, kind=type(error).__name__)
            return ""
        nickname = said.fields.get("nick_name", "")
        return nickname[:_LONGEST_NICKNAME] if isinstance(nickname, str) else ""
