"""Key names, shards and tokens.

A citizen's live state is one shard: 64 shards, each a hash tag ``{00}`` to ``{3f}``, so that a session, its grants,
their indexes and the outbox lie in one slot and one script may touch them all, in a cluster too. Every token begins
with its shard's two digits, so a token alone tells the key::

    {NN}:s:<digest of token>   session          session token   NN.<43>
    {NN}:g:<grant id>          grant            grant token     NN<16>.<43>      (code, access, refresh)
    {NN}:cs:<citizen id>       its sessions     the part after the dot is 32 random bytes, base64url
    {NN}:cg:<citizen id>       its grants       the 16 are 12 random bytes: a name, not a secret
    {NN}:p:<digest>            DPoP proof used
    {NN}:outbox                audit events

Only SHA-256 digests of tokens are stored; 256 random bits need no salt and no key.
"""

import base64
import binascii
import hashlib
import re

SHARDS = tuple(f"{number:02x}" for number in range(64))

_SESSION_TOKEN = re.compile(r"[0-3][0-9a-f]\.[A-Za-z0-9_-]{43}")
_GRANT_TOKEN = re.compile(r"[0-3][0-9a-f][A-Za-z0-9_-]{16}\.[A-Za-z0-9_-]{43}")


def shard_of(citizen_id: str) -> str:
    """The two hex digits of a citizen's shard."""
    return SHARDS[hashlib.sha256(citizen_id.encode()).digest()[0] % len(SHARDS)]


def is_session_token(text: str) -> bool:
    """Whether ``text`` has the form of a session token; anything else never reaches the server."""
    return _SESSION_TOKEN.fullmatch(text) is not None


def grant_id_of(text: str) -> str | None:
    """The grant id in a code, access or refresh token, or None when ``text`` does not have the form of one."""
    return text[:18] if _GRANT_TOKEN.fullmatch(text) else None


def digest(token: str) -> bytes:
    """What is stored of a token (SHA-256, 32 bytes)."""
    return hashlib.sha256(token.encode()).digest()


def b64(octets: bytes) -> str:
    """Unpadded base64url."""
    return base64.urlsafe_b64encode(octets).rstrip(b"=").decode()


def unb64(text: str) -> bytes | None:
    """The octets of unpadded base64url in its one canonical spelling, or None."""
    try:
        octets = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
    except binascii.Error:
        return None
    return octets if b64(octets) == text else None


class Keyspace:
    """Keys under a prefix, by which several installations may share a server."""

    __slots__ = ("_bases", "prefix")

    def __init__(self, prefix: str = "") -> None:
        if "{" in prefix or "}" in prefix:
            raise ValueError("a key prefix must not contain braces: they choose the cluster slot")
        self.prefix = prefix
        self._bases = {shard: f"{prefix}{{{shard}}}:" for shard in SHARDS}

    def base(self, token_or_id: str) -> str:
        """The beginning of every key in the shard named by the first two characters."""
        return self._bases[token_or_id[:2]]

    def outbox(self, shard: str) -> str:
        """The stream of audit events of a shard."""
        return f"{self._bases[shard]}outbox"


def stamp(moment: float) -> str:
    """Seconds since the epoch as scripts take them, to the microsecond."""
    return f"{moment:.6f}"


def life(now: float, expires_at: float) -> int:
    """Milliseconds from ``now`` to ``expires_at``, at least 1: expiry in the server is always relative."""
    return max(1, -int((now - expires_at) * 1000 // 1))
