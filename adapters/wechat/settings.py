"""Settings of the WeChat channel."""

from enum import StrEnum
from typing import Final, Self

from pydantic import BaseModel, ConfigDict, Field, SecretStr, model_validator

CHANNEL: Final = "wechat_realname"


class Mode(StrEnum):
    """What is asked of the person (channels.md 9).

    ``face``: scan the mini-program code, then the face. ``account_and_face``: sign this browser on with WeChat first,
    and only that WeChat account may show its face; a code photographed and sent to somebody else then leads nowhere.
    """

    FACE = "face"
    ACCOUNT_AND_FACE = "account_and_face"


class ConnectPage(StrEnum):
    """Where ``account_and_face`` signs on: the code page for a PC, or the page for WeChat's own browser (9.1)."""

    PC = "qrconnect"
    IN_APP = "in_app"


class WechatSettings(BaseModel):
    """``IDP_CHANNELS__WECHAT_REALNAME__*``.

    ``app_id``, ``app_secret``: of the mini program, whose token and openid the face interface wants.
    ``web_app_id``, ``web_app_secret``: of the website or official account, for ``account_and_face`` alone; both
    applications must belong to one open-platform account, or there is no common ``unionid``.
    ``official_app_id``, ``official_app_secret``: of the official account, for signing in within WeChat's own browser;
    bound to the same open-platform account as the website. ``sign_in``: whether citizens may link their WeChat account
    and sign in by it; it wants one of these two applications.
    ``scan_link``: the ordinary link that WeChat opens as the mini program when it is scanned.
    ``cloud_env``, ``handover_function``: the cloud function of the mini program that keeps a login code for us.
    ``deadline_seconds`` bounds one poll or return, token and repetition included.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True, str_strip_whitespace=True)

    base_url: str = "https://api.weixin.qq.com"
    connect_url: str = "https://open.weixin.qq.com"
    allow_plain_http: bool = False
    deadline_seconds: float = Field(default=20.0, gt=0, le=120)
    mode: Mode = Mode.FACE
    connect_page: ConnectPage = ConnectPage.PC

    app_id: str = Field(min_length=1)
    app_secret: SecretStr = Field(min_length=1)
    web_app_id: str = ""
    web_app_secret: SecretStr = SecretStr("")
    official_app_id: str = ""
    official_app_secret: SecretStr = SecretStr("")
    sign_in: bool = True
    scan_link: str = Field(min_length=1)
    cloud_env: str = Field(min_length=1)
    handover_function: str = Field(default="realname_handover", min_length=1)

    @model_validator(mode="after")
    def _what_the_mode_needs(self) -> Self:
        if self.mode is Mode.ACCOUNT_AND_FACE and not (self.web_app_id and self.web_app_secret.get_secret_value()):
            raise ValueError("mode account_and_face needs: web_app_id, web_app_secret")
        plain = ("https://", "http://") if self.allow_plain_http else ("https://",)
        for name in ("connect_url", "scan_link"):
            if not getattr(self, name).startswith(plain):
                raise ValueError(f"{name} must be https")
        if "?" in self.scan_link or "#" in self.scan_link:
            raise ValueError("scan_link must have neither query nor fragment")
        return self
