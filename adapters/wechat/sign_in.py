"""Signing in with a WeChat account: code page on a PC, consent page in WeChat's own browser (channels.md 9.1, 9.2).

::

    browser (qrconnect | oauth2/authorize) ─▶ code ─▶ access_token ─▶ unionid | openid

The two pages belong to two registered applications, a website and an official account: each code is redeemed with the
application that asked for it. Both name the same account by its ``unionid`` when they are bound to one open-platform
account; without one the ``openid`` counts, for its own application alone. It names a WeChat account and no person.
"""

import hmac
from collections.abc import Mapping
from typing import Any, Final

import structlog

from adapters.http import Surroundings
from adapters.wechat import account, errors
from adapters.wechat.api import App, WechatApi
from adapters.wechat.errors import Refusal
from adapters.wechat.settings import CHANNEL, ConnectPage, WechatSettings
from idp.domain.account_channel import Recognised, SignInFacts, SignInResult, UpstreamAccount
from idp.domain.attempt import Attempt, Reply
from idp.domain.channel import Reason, Redirect, Rejected
from idp.domain.errors import ChannelError, Distrusted

_LONGEST_ID: Final = 128
_LONGEST_CODE: Final = 256
_LONGEST_TOKEN: Final = 512
_LONGEST_NICKNAME: Final = 100

log = structlog.get_logger("adapters.wechat")


class WechatSignIn:
    """The sign-in operations of the channel. Keeps nothing between two calls; safe for threads."""

    def __init__(self, settings: WechatSettings, api: WechatApi, around: Surroundings) -> None:
        self._settings = settings
        self._api = api
        self._clock = around.clock
        self._randomness = around.randomness
        self._apps = {
            page: App(app_id, secret.get_secret_value())
            for page, app_id, secret in (
                (settings.connect_page, settings.web_app_id, settings.web_app_secret),
                (ConnectPage.IN_APP, settings.official_app_id, settings.official_app_secret),
            )
            if app_id and settings.sign_in
        }

    @property
    def facts(self) -> SignInFacts | None:
        """What this is; None without an application of a website or an official account."""
        if not self._apps:
            return None
        return SignInFacts(CHANNEL, "微信", "WeChat", self._settings.connect_url, "MicroMessenger")

    def begin(self, attempt: Attempt, *, in_own_browser: bool) -> Redirect:
        """The page for this browser, as far as there is an application for it."""
        wanted = ConnectPage.IN_APP if in_own_browser else ConnectPage.PC
        page = wanted if wanted in self._apps else next(iter(self._apps))
        state = self._randomness.hex(16)  # letters and digits only, as WeChat demands (9.2)
        url = account.authorize_url(
            self._settings.connect_url, page, self._apps[page].id, redirect_uri=attempt.return_uri, state=state
        )
        return Redirect(url, {"state": state, "page": page.value})

    def resume(self, attempt: Attempt, reply: Reply) -> SignInResult:
        """The account behind the code. A refusal comes back with the state and no code (9.2)."""
        fields, keep = reply.unverified_fields, attempt.keep
        state, code = fields.get("state", ""), fields.get("code", "")
        app = self._apps.get(ConnectPage(keep["page"]))
        if app is None or not hmac.compare_digest(state.encode("utf-8", "replace"), keep["state"].encode()):
            return Rejected(Reason.BAD_INPUT)
        if not code:
            return Rejected(Reason.USER_CANCELLED)
        if len(code) > _LONGEST_CODE or not code.isascii() or not code.isprintable():
            return Rejected(Reason.BAD_INPUT)
        query = {"appid": app.id, "secret": app.secret, "code": code, "grant_type": "authorization_code"}
        deadline = self._clock.now() + self._settings.deadline_seconds
        try:
            said = self._api.exchange("oauth2_access_token", "/sns/oauth2/access_token", query, deadline=deadline)
        except Refusal as refusal:
            return Rejected(refusal.reason)
        return Recognised(_account(said, app), lambda: self._nickname(said))

    def _nickname(self, said: Mapping[str, Any]) -> str:
        """What the account calls itself, for one page. A failure leaves the page without it, and nothing else."""
        deadline = self._clock.now() + self._settings.deadline_seconds
        try:
            openid = errors.text(said, "openid", most=_LONGEST_ID)
            token = errors.text(said, "access_token", most=_LONGEST_TOKEN)
            query = {"access_token": token, "openid": openid, "lang": "zh_CN"}
            user = self._api.exchange("sns_userinfo", "/sns/userinfo", query, deadline=deadline)
            if user.get("openid") != openid:
                raise Distrusted(CHANNEL, "a nickname of somebody else")
        except (ChannelError, Refusal) as error:
            log.warning("nickname_failed", channel=CHANNEL, kind=type(error).__name__)
            return ""
        nickname = user.get("nickname", "")
        return nickname[:_LONGEST_NICKNAME] if isinstance(nickname, str) else ""


def _account(said: Mapping[str, Any], app: App) -> UpstreamAccount:
    """``unionid`` if there is one, else the ``openid`` of this application (9.2). Raises Distrusted."""
    openid = errors.text(said, "openid", most=_LONGEST_ID)
    if said.get("unionid"):
        return UpstreamAccount(CHANNEL, "", "unionid", errors.text(said, "unionid", most=_LONGEST_ID))
    return UpstreamAccount(CHANNEL, app.id, "openid", openid)
