"""Settings of the business registry channel: one model, what each way of proving needs checked at once."""

from enum import StrEnum
from typing import Final, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, SecretStr, model_validator

from adapters.exchange.customer import Customer
from adapters.registry.organisations import CHANNEL


class Way(StrEnum):
    """How the tie between citizen and organisation is proved (channels.md 4.2): a, b and c there."""

    RECORD = "record"
    FOUR_ELEMENTS = "four_elements"
    E_LICENCE = "e_licence"


class Profile(StrEnum):
    """Which exchange platform carries the record check (channels.md 3.1, 3.2)."""

    GATEWAY = "gateway"
    NATIONAL = "national"


_RECORD: Final = ("base_url", "app_id", "app_key")
_NEEDED: Final[dict[Way, tuple[str, ...]]] = {
    Way.RECORD: _RECORD,
    Way.FOUR_ELEMENTS: (*_RECORD, "four_base_url", "four_app_id", "four_secret", "four_device_id"),
    Way.E_LICENCE: ("e_licence_base_url", "e_licence_app_id", "e_licence_key", "e_licence_issuers"),
}


class BusinessRegistrySettings(BaseModel):
    """``IDP_CHANNELS__BUSINESS_REGISTRY__*``. Only what the chosen way needs must be set.

    ``app_id``, ``app_key``: ``gateway_appid`` or the national requester id (rid), and the platform's key.
    ``basic_user``, ``basic_password``: ``Authorization: Basic`` beside the signature, where a region wants it.
    ``caller_address`` is sent as ``X-Forwarded-For`` where the gateway keeps a list of caller addresses.
    ``four_*``: the commercial check of name, code, representative and their number.
    ``e_licence_issuers``: the certificates (PEM, one after another) whose licences are believed.
    ``deadline_seconds`` bounds one whole reply, secrets, retries and second spelling included.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True, str_strip_whitespace=True)

    way: Way = Way.RECORD
    allow_plain_http: bool = False
    deadline_seconds: float = Field(default=30.0, gt=0, le=120)

    # The record check, sections 3.1, 3.2 and 4.1.
    base_url: str = ""
    profile: Profile = Profile.GATEWAY
    app_id: str = ""
    app_key: SecretStr = SecretStr("")
    caller_address: str = ""
    basic_user: str = ""
    basic_password: SecretStr = SecretStr("")
    record_path: str = "/share/qyjbxxyz"
    sid: str = ""
    national_prefix: Literal["gjgxjhpt", "gjzwfwpt"] = "gjgxjhpt"

    # The four elements, section 4.2.
    four_base_url: str = ""
    four_app_id: str = ""
    four_secret: SecretStr = SecretStr("")
    four_device_id: str = ""
    four_version: str = "1.0"

    # The e-licence, section 4.4.
    e_licence_base_url: str = ""
    e_licence_app_id: str = ""
    e_licence_key: SecretStr = SecretStr("")
    e_licence_issuers: str = ""

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
    def _what_the_way_needs(self) -> Self:
        needed = _NEEDED[self.way]
        if self.way is not Way.E_LICENCE and self.profile is Profile.NATIONAL:
            needed = (*needed, "sid")
        missing = [name for name in needed if not _plain(getattr(self, name))]
        if missing:
            raise ValueError(f"way {self.way} needs: {', '.join(missing)}")
        if bool(self.basic_user) != bool(_plain(self.basic_password)):
            raise ValueError("basic_user and basic_password go together")
        return self


def _plain(value: "SecretStr | str") -> str:
    return value.get_secret_value() if isinstance(value, SecretStr) else value
