"""Settings of the ``local_face`` channel: the way to the portrait service, and what counts as the same face."""

from typing import Literal, Self

from pydantic import BaseModel, ConfigDict, Field, SecretStr, model_validator

from adapters.exchange.customer import Customer

CHANNEL = "local_face"


class LocalFaceSettings(BaseModel):
    """``IDP_CHANNELS__LOCAL_FACE__*``.

    ``profile``: ``gateway`` signs as 3.2 says; ``headers`` sends ``api_id`` and ``from_user`` alone, as a region does.
    ``path``: ``/share/rkkrxbd``, in another region ``/garx``.
    ``threshold``: of ``xsd``, 0 to 100; never below 70, where one stranger in ten thousand passes (by analogy,
    channels.md 10.3). ``caller_address`` is sent as ``X-Forwarded-For`` where the gateway keeps a list.
    ``deadline_seconds`` bounds one reply: judging, secrets and retries included.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True, str_strip_whitespace=True)

    base_url: str
    profile: Literal["gateway", "headers"] = "gateway"
    allow_plain_http: bool = False
    deadline_seconds: float = Field(default=30.0, gt=0, le=120)
    ca_path: str = ""
    path: str = Field(default="/share/rkkrxbd", pattern=r"^/[!-~]*$")
    api_id: str
    from_user: str
    app_id: str = ""
    app_key: SecretStr = SecretStr("")
    caller_address: str = ""
    threshold: float = Field(default=70.0, ge=70, le=100)

    @property
    def customer(self) -> Customer:
        """Our account with the gateway."""
        key = self.app_key.get_secret_value()
        return Customer(CHANNEL, self.app_id, key, caller_address=self.caller_address)

    @model_validator(mode="after")
    def _what_the_profile_needs(self) -> Self:
        if self.profile == "gateway" and not (self.app_id and self.app_key.get_secret_value()):
            raise ValueError("profile gateway needs: app_id, app_key")
        return self
