"""Settings of the social-security channel: one model, what each mode needs checked at once."""

from enum import StrEnum
from typing import Final, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, SecretStr, field_validator, model_validator

from adapters.exchange.customer import Customer
from adapters.social import sealing

CHANNEL: Final = "social_security"


class Mode(StrEnum):
    """How the person is checked (channels.md 6): by their unlocked e-card, or by the record alone."""

    ECARD = "ecard"
    RECORD = "record"


_NEEDED: Final[dict[Mode, tuple[str, ...]]] = {
    Mode.ECARD: ("entry_url", "access_id", "secret_key", "platform_public_key", "channel_number"),
    Mode.RECORD: ("app_id", "app_key"),
}


class SocialSecuritySettings(BaseModel):
    """``IDP_CHANNELS__SOCIAL_SECURITY__*``. Only what the chosen mode needs must be set.

    ``base_url`` is what our server calls: the e-card platform, or the gateway before the record service.
    ``entry_url`` is the page that the browser is sent to. ``platform_public_key`` is the platform's SM2 key, PEM or
    hexadecimal (``04``, x, y). ``region`` is ``aab301``, where the card was issued, six digits.
    ``app_id`` is ``gateway_appid``, or the national requester id (rid), which needs ``sid``, the service id, besides.
    ``caller_address`` is sent as ``X-Forwarded-For`` where the gateway keeps a list of caller addresses.
    ``deadline_seconds`` bounds one whole check, secrets, retries and second spelling included.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True, str_strip_whitespace=True)

    base_url: str
    mode: Mode = Mode.ECARD
    allow_plain_http: bool = False
    deadline_seconds: float = Field(default=30.0, gt=0, le=120)
    ca_path: str = ""

    # The e-card, section 6.2.
    entry_url: str = ""
    access_id: str = ""
    secret_key: SecretStr = SecretStr("")
    platform_public_key: str = ""
    channel_number: str = ""
    region: str = Field(default="370000", pattern=r"^\d{6}$")

    # The record check over the province gateway or the national platform, section 6.1.
    platform: Literal["gateway", "national"] = "gateway"
    national_prefix: Literal["gjgxjhpt", "gjzwfwpt"] = "gjgxjhpt"
    sid: str = ""
    app_id: str = ""
    app_key: SecretStr = SecretStr("")
    caller_address: str = ""

    @field_validator("platform_public_key")
    @classmethod
    def _a_key_of_the_right_curve(cls, value: str) -> str:
        if value:
            sealing.public_point(value)
        return value

    @property
    def customer(self) -> Customer:
        """Our account with the platform before the record service."""
        return Customer(
            CHANNEL,
            self.app_id,
            self.app_key.get_secret_value(),
            sid=self.sid,
            prefix=self.national_prefix,
            caller_address=self.caller_address,
        )

    @model_validator(mode="after")
    def _what_the_mode_needs(self) -> Self:
        missing = [name for name in _NEEDED[self.mode] if not _plain(getattr(self, name))]
        if missing:
            raise ValueError(f"mode {self.mode} needs: {', '.join(missing)}")
        if self.mode is Mode.RECORD and self.platform == "national" and not self.sid:
            raise ValueError("the national platform needs: sid")
        allowed = ("https://", "http://") if self.allow_plain_http else ("https://",)
        if self.entry_url and (not self.entry_url.startswith(allowed) or "?" in self.entry_url):
            raise ValueError("entry_url must be https and without a query")
        return self


def _plain(value: "SecretStr | str") -> str:
    return value.get_secret_value() if isinstance(value, SecretStr) else value
