"""The kinds of text that a registration is made of."""

import re
from typing import Annotated, Any, Literal
from urllib.parse import SplitResult, urlsplit

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from idp.registration.keys import public_jwks

LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})
# Labels as names have them (RFC 1035 section 2.3.4): on a longer one every library that looks it up stumbles.
HOST = re.compile(r"(\[[0-9A-Fa-f:.]*\]|([A-Za-z0-9_-]{1,63}\.)*[A-Za-z0-9_-]{0,63})(:[0-9]{1,5})?")


def _address(uri: str) -> str:
    """Absolute, https (http on loopback only), no wildcard, fragment, user-info or control character (RFC 9700)."""
    parts = urlsplit(uri)
    checks = (
        (not re.fullmatch(r"[\x21-\x7e]+", uri), "must be printable ASCII without spaces"),
        ("*" in uri, "wildcards are not allowed"),
        ("#" in uri, "must have no fragment"),
        ("@" in parts.netloc, "must have no user-info"),
        ("\\" in uri, "must have no backslash"),
        # Nothing that would mean something in a policy header into which the origin is written.
        (
            not HOST.fullmatch(parts.netloc.rpartition("@")[2]),
            "must have a plain host name",
        ),
        (not parts.hostname, "must be an absolute URL"),
        (not _port(parts), "must have a port from 1 to 65535"),
        (parts.scheme != "https" and not (parts.scheme == "http" and parts.hostname in LOOPBACK), "must be https"),
    )
    for wrong, text in checks:
        if wrong:
            raise ValueError(text)
    return uri


def _port(parts: SplitResult) -> bool:
    """Whether its port, if any, is one: whoever reads it later would stumble."""
    try:
        return parts.port is None or parts.port > 0
    except ValueError:
        return False


def _origin(text: str) -> str:
    """Scheme, host and port as a browser sends them (RFC 6454 section 7)."""
    parts = urlsplit(_address(text))
    if parts.path or parts.query or text != text.lower():
        raise ValueError("must be an origin: scheme, host and port, in lower case, without a slash at the end")
    return text


Address = Annotated[str, AfterValidator(_address)]
Origin = Annotated[str, AfterValidator(_origin)]
ClientIdText = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{2,63}$")]
ChannelText = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{2,39}$")]
SecretDigest = Annotated[str, Field(pattern=r"^sha256:[0-9a-f]{64}$")]
Reference = Annotated[str, Field(pattern=r"^[a-z0-9]+(_[a-z0-9]+)*$", max_length=64)]
Jwks = Annotated[dict[str, Any], AfterValidator(public_jwks)]
AsymmetricAlg = Literal["RS256", "PS256", "ES256", "EdDSA"]


class Model(BaseModel):
    """Closed and frozen, like every model of a registration."""

    model_config = ConfigDict(extra="forbid", frozen=True)
