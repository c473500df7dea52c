"""Which WeChat account: sign-on in the browser, log-in of the mini program, each by a one-time code (9.1, 9.2).

Session keys, user tokens, nicknames and pictures in the answers are dropped where they arrive.
"""

from dataclasses import dataclass, field
from typing import Any, Final
from urllib.parse import quote

from adapters.wechat import errors
from adapters.wechat.api import App, WechatApi
from adapters.wechat.settings import ConnectPage

_LONGEST_ID: Final = 128
# Page and scope (9.1); WeChat is said to insist on the order of the parameters.
_PAGES: Final = {
    ConnectPage.PC: ("/connect/qrconnect", "snsapi_login"),
    ConnectPage.IN_APP: ("/connect/oauth2/authorize", "snsapi_userinfo"),
}


@dataclass(frozen=True, slots=True)
class Account:
    """``openid`` is of one application; ``unionid``, where there is one, of all that belong together."""

    openid: str = field(repr=False)
    unionid: str = field(repr=False)


def authorize_url(connect_url: str, page: ConnectPage, app_id: str, *, redirect_uri: str, state: str) -> str:
    """Where the browser goes; ``state`` must be letters and digits only (9.2)."""
    path, scope = _PAGES[page]
    return (
        f"{connect_url.rstrip('/')}{path}?appid={quote(app_id, safe='')}&redirect_uri={quote(redirect_uri, safe='')}"
        f"&response_type=code&scope={scope}&state={quote(state, safe='')}#wechat_redirect"
    )


def browser_account(api: WechatApi, app: App, code: str, deadline: float) -> Account:
    """Redeem the code that came back to our return address. Raises Refusal, Unavailable, Distrusted."""
    query = {"appid": app.id, "secret": app.secret, "code": code, "grant_type": "authorization_code"}
    return _account(api.exchange("oauth2_access_token", "/sns/oauth2/access_token", query, deadline=deadline))


def phone_account(api: WechatApi, app: App, js_code: str, deadline: float) -> Account:
    """Redeem the code of ``wx.login`` in the mini program. Raises Refusal, Unavailable, Distrusted."""
    query = {"appid": app.id, "secret": app.secret, "js_code": js_code, "grant_type": "authorization_code"}
    return _account(api.exchange("jscode2session", "/sns/jscode2session", query, deadline=deadline))


def _account(answer: dict[str, Any]) -> Account:
    unionid = errors.text(answer, "unionid", most=_LONGEST_ID) if answer.get("unionid") else ""
    return Account(errors.text(answer, "openid", most=_LONGEST_ID), unionid)
