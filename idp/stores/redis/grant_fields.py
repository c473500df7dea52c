"""What a grant's fields hold, read back: the packed access tokens of ``scripts/tokens.lua``, the core, a binding."""

import struct
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import orjson

from idp.domain.ports import Access, BindingKind, Grant, Handle, KeyBinding, NewGrant
from idp.stores.redis.keyspace import b64, digest, grant_id_of, unb64

_ENTRY = struct.Struct("<32sdH")
"""As scripts/tokens.lua packs it: digest, expiry, length of the text that follows."""

INSPECTED = ("ends", "access", "client", "redirect_uri", "scope", "core", "claims", "resources")


@dataclass(frozen=True, slots=True)
class Text:
    """What is said of one access token, in lines; releases before this one kept the scope alone."""

    scope: str
    binding: str = ""
    audience: str = ""
    holder: str = ""
    actors: str = ""
    issued_at: str = "0"

    @classmethod
    def read(cls, text: bytes) -> "Text":
        """From the bytes of an entry."""
        return cls(*text.decode().split("\n"))

    def access(self, client_id: str, expires_at: float) -> Access:
        """In the port's words."""
        return Access(
            client_id=self.holder or client_id,
            audience=self.audience,
            binding=binding_of(self.binding),
            actors=tuple(self.actors.split()),
            issued_at=float(self.issued_at),
            expires_at=expires_at,
        )


def entries(packed: bytes) -> Iterator[tuple[bytes, float, bytes]]:
    """Digest, expiry and text of every access token, live or not."""
    at = 0
    while at < len(packed):
        stored, expires_at, size = _ENTRY.unpack_from(packed, at)
        at += _ENTRY.size + size
        yield stored, expires_at, packed[at - size : at]


def grant_of(grant_id: str, columns: Sequence[Any]) -> Grant:
    """From client, redirect URI, scope, core, sealed claims and resources; grants of before an upgrade lack some."""
    client, redirect_uri, scope, core, claims, resources = columns
    values = orjson.loads(core)
    session = values["session"]
    return Grant(
        id=grant_id,
        client_id=client.decode(),
        citizen_id=session["citizen_id"],
        sub=values["sub"],
        sid=values["sid"],
        scope=tuple(scope.decode().split()),
        redirect_uri=redirect_uri.decode(),
        nonce=values["nonce"],
        auth_time=session["auth_time"],
        amr=tuple(session["amr"]),
        level=session["level"],
        offline=values["offline"],
        claims=claims,
        asked=values.get("asked", ""),
        resources=tuple((resources or b"").decode().split()),
        details=tuple(values.get("details", ())),
    )


def core_of(new: NewGrant) -> bytes:
    """The core of a grant that begins without a session, as ``scripts/sign_on.lua`` puts it together otherwise."""
    session = {"citizen_id": new.citizen_id, "auth_time": new.auth_time, "amr": new.amr, "level": new.level}
    values: Mapping[str, Any] = {
        "session": session, "sub": new.sub, "sid": new.sid, "nonce": new.nonce, "offline": new.offline,
        "asked": new.asked, "details": new.details,
    }  # fmt: skip
    return orjson.dumps(values)


def binding_of(text: str) -> KeyBinding | None:
    """``jkt:...`` or ``x5t#S256:...``, as the scripts compare it."""
    kind, _, thumbprint = text.partition(":")
    return KeyBinding(BindingKind(kind), thumbprint) if text else None


def binding_text(binding: KeyBinding | None) -> str:
    """The inverse of :func:`binding_of`."""
    return "" if binding is None else f"{binding.kind.value}:{binding.thumbprint}"


def resource_text(resource: str | None) -> str:
    """Empty when none is named; ``=`` and the resource otherwise, ``=`` alone for the provider itself."""
    return "" if resource is None else f"={resource}"


def handle_of(access_token: str) -> Handle:
    """What a JWT in the place of this token says of it: the grant, and the digest that is stored."""
    return Handle(f"{access_token[:18]}.{b64(digest(access_token))}")


def place_of(token: str | Handle) -> tuple[str, bytes] | None:
    """The grant id and the digest of a token or of a handle to it; None for what has not the form of one."""
    text = token if isinstance(token, str) else token.text
    grant_id = grant_id_of(text)
    if grant_id is None:
        return None
    if isinstance(token, str):
        return grant_id, digest(token)
    stored = unb64(text[19:])
    return None if stored is None else (grant_id, stored)
