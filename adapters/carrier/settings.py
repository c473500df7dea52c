"""Settings of the carrier channel: one model."""

from pydantic import BaseModel, ConfigDict, Field, SecretStr


class CarrierThreeElementSettings(BaseModel):
    """``IDP_CHANNELS__CARRIER_THREE_ELEMENT__*``.

    ``app_secret`` signs both ways. ``code_key`` is ours: it keys the digests of one-time codes and the numbers of
    checks, and must be the same in every worker. ``deadline_seconds`` bounds the check; the text message comes after.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True, str_strip_whitespace=True)

    base_url: str
    allow_plain_http: bool = False
    deadline_seconds: float = Field(default=20.0, gt=0, le=60)

    app_id: str = Field(pattern=r"^[0-9A-Za-z_-]{4,64}$")
    app_secret: SecretStr = Field(min_length=32)
    code_key: SecretStr = Field(min_length=32)
