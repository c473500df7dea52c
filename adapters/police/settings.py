"""Settings of the police channel: one model, what each profile needs checked at once."""

from enum import StrEnum
from typing import Final, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, SecretStr, model_validator

from adapters.exchange import national
from adapters.exchange.customer import Customer
from adapters.exchange.package import Asker
from adapters.police.finding import CHANNEL


class Profile(StrEnum):
    """Which calling convention carries the check, and in which form (channels.md 3)."""

    GATEWAY = "gateway"
    GATEWAY_JSON = "gateway_json"
    NATIONAL = "national"
    NATIONAL_JSON = "national_json"
    NCIIC = "nciic"
    MD5 = "md5"
    CSB = "csb"


_PACKAGE_HEAD: Final = (
    "ministry_code",
    "ministry_name",
    "source_system_code",
    "source_system_name",
    "officer_id_number",
    "officer_name",
    "unit_code",
    "unit_name",
    "business_type_code",
    "business_type_name",
    "business_system_code",
    "business_system_name",
    "soap_user",
    "soap_password",
)
_NEEDED: Final[dict[Profile, tuple[str, ...]]] = {
    Profile.GATEWAY: ("app_id", "app_key", *_PACKAGE_HEAD),
    Profile.GATEWAY_JSON: ("app_id", "app_key", "api_id", "from_user"),
    Profile.NATIONAL: ("app_id", "app_key", *_PACKAGE_HEAD),
    Profile.NATIONAL_JSON: ("app_id", "app_key"),
    Profile.NCIIC: ("nciic_licence", "nciic_sbm", "nciic_fsd", "nciic_ywlx"),
    Profile.MD5: ("app_id", "app_secret", "md5_api_id", "md5_service"),
    Profile.CSB: ("app_id", "app_secret", "csb_api_name"),
}


class PolicePopulationSettings(BaseModel):
    """``IDP_CHANNELS__POLICE_POPULATION__*``. Only what the chosen profile needs must be set.

    ``app_id``: ``gateway_appid``, the national requester id (rid), the MD5 ``appKey`` or the CSB access key.
    ``app_key`` opens and signs on the gateway and the national platform; ``app_secret`` signs MD5 and CSB.
    ``question``: 2109 compares; 2108 is for customers that were granted that one alone. ``sid`` is derived from it.
    ``caller_address`` is sent as ``X-Forwarded-For`` where the gateway keeps a list of caller addresses.
    ``*_path`` name PEM files (``_FILE`` at the end of a variable means another thing: the value is in that file).
    ``deadline_seconds`` bounds one whole check, secrets, retries and second spelling included.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True, str_strip_whitespace=True)

    base_url: str
    profile: Profile = Profile.GATEWAY
    allow_plain_http: bool = False
    deadline_seconds: float = Field(default=30.0, gt=0, le=120)
    ca_path: str = ""
    client_certificate_path: str = ""
    client_key_path: str = ""

    app_id: str = ""
    app_key: SecretStr = SecretStr("")
    app_secret: SecretStr = SecretStr("")
    caller_address: str = ""

    # The package of services 2109 and 2108, section 3.3.1.
    question: Literal["2109", "2108"] = "2109"
    sid: str = ""
    national_prefix: Literal["gjgxjhpt", "gjzwfwpt"] = "gjgxjhpt"
    soap_namespace: Literal["http://webservice.tongtech.com/", "http://webservice.com/"] = (
        "http://webservice.tongtech.com/"
    )
    soap_user: str = ""
    soap_password: SecretStr = SecretStr("")
    ministry_code: str = ""
    ministry_name: str = ""
    source_system_code: str = ""
    source_system_name: str = ""
    officer_id_number: SecretStr = SecretStr("")
    officer_name: SecretStr = SecretStr("")
    unit_code: str = ""
    unit_name: str = ""
    business_type_code: str = ""
    business_type_name: str = ""
    business_system_code: str = ""
    business_system_name: str = ""

    # The basic check in JSON, section 3.3.3.
    share_path: str = "/share/rkkjzxxcx"
    api_id: str = ""
    from_user: str = ""

    # The direct way to NCIIC, section 3.4.
    nciic_licence: SecretStr = SecretStr("")
    nciic_sbm: str = Field(default="", max_length=20)
    nciic_fsd: str = Field(default="", pattern=r"^(\d{6})?$")
    nciic_ywlx: str = Field(default="", max_length=20)

    # The two city conventions, section 3.6.
    md5_api_id: str = ""
    md5_service: str = ""
    csb_api_name: str = ""
    csb_api_version: str = "1.0.0"

    @property
    def service_id(self) -> str:
        """The service's number at the exchange platform."""
        return self.sid or f"s_1200000900000_{self.question}"

    @property
    def customer(self) -> Customer:
        """Our account with the platform."""
        key = self.app_secret if self.profile in {Profile.MD5, Profile.CSB} else self.app_key
        return Customer(
            CHANNEL,
            self.app_id,
            key.get_secret_value(),
            sid=self.service_id,
            prefix=self.national_prefix,
            caller_address=self.caller_address,
        )

    @property
    def asker(self) -> Asker:
        """Who asks, for the head of each package."""
        return Asker(
            ministry=(self.ministry_code, self.ministry_name),
            source_system=(self.source_system_code, self.source_system_name),
            officer=(self.officer_id_number.get_secret_value(), self.officer_name.get_secret_value()),
            unit=(self.unit_code, self.unit_name),
            business_type=(self.business_type_code, self.business_type_name),
            business_system=(self.business_system_code, self.business_system_name),
        )

    @property
    def json_path(self) -> str:
        """Where the basic check in JSON is asked."""
        match self.profile:
            case Profile.NATIONAL_JSON:
                return national.PROXY
            case Profile.MD5:
                return f"/gateway/api/{self.md5_api_id}/dataSharing/{self.md5_service}.htm"
            case _:
                return self.share_path

    @model_validator(mode="after")
    def _what_the_profile_needs(self) -> Self:
        missing = [name for name in _NEEDED[self.profile] if not _plain(getattr(self, name))]
        if missing:
            raise ValueError(f"profile {self.profile} needs: {', '.join(missing)}")
        if bool(self.client_certificate_path) != bool(self.client_key_path):
            raise ValueError("client_certificate_path and client_key_path go together")
        return self


def _plain(value: "SecretStr | str") -> str:
    return value.get_secret_value() if isinstance(value, SecretStr) else value
