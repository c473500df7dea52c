"""Settings of the counter channel."""

from typing import Any, Literal, Self

import orjson
from joserfc.errors import JoseError
from joserfc.jwk import ECKey, KeySet
from pydantic import BaseModel, ConfigDict, Field, SecretStr, model_validator


class CounterVerifySettings(BaseModel):
    """``IDP_CHANNELS__COUNTER_VERIFY__*``.

    ``desk_keys``, ``workstation_keys``: JWK Sets (RFC 7517) of P-256 public keys, as JSON text; a ``kid`` of the second
    is the workstation's id. ``four_eyes``: ``typed`` asks for a second officer only where no chip was read.
    ``code_seconds``: how long an officer can open an appointment by its code (channels.md 11.2: 10 minutes).
    """

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True, str_strip_whitespace=True)

    base_url: str
    app_id: str = Field(min_length=1, max_length=64, pattern=r"^[A-Za-z0-9._-]+$")
    app_secret: SecretStr = Field(min_length=32)
    desk_keys: str
    workstation_keys: str
    four_eyes: Literal["typed", "always"] = "typed"
    code_seconds: int = Field(default=600, ge=60, le=1800)
    allow_plain_http: bool = False
    deadline_seconds: float = Field(default=15.0, gt=0, le=60)

    @model_validator(mode="after")
    def _keys_can_be_read(self) -> Self:
        key_set(self.desk_keys)
        key_set(self.workstation_keys)
        return self


def key_set(text: str) -> KeySet:
    """A JWK Set of P-256 keys that are named. Raises ValueError."""
    try:
        document: Any = orjson.loads(text)
        keys = KeySet.import_key_set(document)
    except (JoseError, ValueError, TypeError, KeyError, AttributeError):
        raise ValueError("not a JWK Set") from None
    if not keys.keys or any(not isinstance(k, ECKey) or k.curve_name != "P-256" or not k.kid for k in keys.keys):
        raise ValueError("only P-256 keys with a kid")
    if len({k.kid for k in keys.keys}) != len(keys.keys):
        raise ValueError("two keys of one kid")
    if any(k.is_private for k in keys.keys):
        raise ValueError("a private key where a public one belongs")
    return keys
