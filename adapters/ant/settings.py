"""Settings of one application at the Ant open platform."""

import base64
import binascii
from typing import Final

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from pydantic import BaseModel, ConfigDict, Field, SecretStr, field_validator

_LEAST_BITS: Final = 2048


class AntSettings(BaseModel):
    """``IDP_CHANNELS__ALIPAY_ACCOUNT__*`` and ``IDP_CHANNELS__ZHIMA_FACE__*``.

    ``base_url`` is the gateway without ``/gateway.do``. ``app_private_key`` (ours, PKCS#1 or PKCS#8) and
    ``alipay_public_key`` (theirs, from the console) are PEM text or its bare Base64, as the vendor's tools write them.
    ``deadline_seconds`` bounds one begin or one resume, repetitions and waiting included.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True, str_strip_whitespace=True)

    base_url: str = "https://openapi.alipay.com"
    app_id: str = Field(pattern=r"^\d{8,32}$")
    app_private_key: SecretStr
    alipay_public_key: str
    allow_plain_http: bool = False
    deadline_seconds: float = Field(default=30.0, gt=0, le=120)

    @field_validator("app_private_key")
    @classmethod
    def _opens(cls, value: SecretStr) -> SecretStr:
        private_key(value.get_secret_value())
        return value

    @field_validator("alipay_public_key")
    @classmethod
    def _verifies(cls, value: str) -> str:
        public_key(value)
        return value


class AlipayAccountSettings(AntSettings):
    """``authorize_url`` is the consent page to which the browser is sent.

    ``sign_in``: whether citizens may link their Alipay account and sign in by it.
    """

    authorize_url: str = "https://openauth.alipay.com/oauth2/publicAppAuthorize.htm"
    sign_in: bool = True


def private_key(text: str) -> rsa.RSAPrivateKey:
    """Our key. Raises ValueError, which never shows the key."""
    try:
        key = serialization.load_der_private_key(_der(text), password=None)
    except (ValueError, TypeError, UnsupportedAlgorithm):
        raise ValueError("no private key in PEM or Base64 DER") from None
    if not isinstance(key, rsa.RSAPrivateKey) or key.key_size < _LEAST_BITS:
        raise ValueError("RSA2 wants an RSA key of at least 2048 bits")
    return key


def public_key(text: str) -> rsa.RSAPublicKey:
    """The platform's key. Raises ValueError."""
    try:
        key = serialization.load_der_public_key(_der(text))
    except (ValueError, UnsupportedAlgorithm):
        raise ValueError("no public key in PEM or Base64 DER") from None
    if not isinstance(key, rsa.RSAPublicKey) or key.key_size < _LEAST_BITS:
        raise ValueError("RSA2 wants an RSA key of at least 2048 bits")
    return key


def _der(text: str) -> bytes:
    lines = [line.strip() for line in text.strip().splitlines()]
    try:
        return base64.b64decode("".join(line for line in lines if not line.startswith("-----")), validate=True)
    except binascii.Error:
        raise ValueError("no Base64") from None
