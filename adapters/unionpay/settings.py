"""Settings of the UnionPay channel: one model."""

from typing import Final, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, SecretStr, model_validator

_CERTIFICATES: Final = ("signing_key", "signing_certificate", "root_certificate", "middle_certificate")


class UnionPayCardSettings(BaseModel):
    """``IDP_CHANNELS__UNIONPAY_CARD__*``. Keys and certificates are PEM texts.

    ``sign_method``: ``01`` certificates, ``11`` SHA-256 with ``secure_key``, ``12`` SM3 with it (channels.md 5.2).
    ``platform_name`` is the third part of the common name of whoever signs answers; ``00040000:SIGN`` is UnionPay's
    test environment. ``code_key`` is ours: it keys the digests of one-time codes and the numbers of orders, and must be
    the same in every worker. ``deadline_seconds`` bounds transaction and queries; the text message comes after them.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True, str_strip_whitespace=True)

    base_url: str
    allow_plain_http: bool = False
    deadline_seconds: float = Field(default=44.0, gt=0, le=130)

    merchant_id: str = Field(pattern=r"^[0-9A-Za-z]{15}$")
    sign_method: Literal["01", "11", "12"] = "01"
    signing_key: SecretStr = SecretStr("")
    signing_certificate: str = ""
    root_certificate: str = ""
    middle_certificate: str = ""
    secure_key: SecretStr = SecretStr("")
    encryption_certificate: str = Field(min_length=1)
    platform_name: Literal["中国银联股份有限公司", "00040000:SIGN"] = "中国银联股份有限公司"
    code_key: SecretStr = Field(min_length=32)

    @model_validator(mode="after")
    def _what_the_method_needs(self) -> Self:
        needed = _CERTIFICATES if self.sign_method == "01" else ("secure_key",)
        missing = [name for name in needed if not _plain(getattr(self, name))]
        if missing:
            raise ValueError(f"sign_method {self.sign_method} needs: {', '.join(missing)}")
        return self


def _plain(value: SecretStr | str) -> str:
    return value.get_secret_value() if isinstance(value, SecretStr) else value
