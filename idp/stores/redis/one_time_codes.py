"""Codes sent to a person.

Six digits can be tried out against any digest, so slot and code are keyed fingerprints (purpose ``otp``): a copy of the
store tells neither the code nor the mobile number that a slot's name may hold.
"""

from idp.domain.ports import CodeResult, FieldCipher
from idp.stores.redis.keyspace import Keyspace, life, stamp
from idp.stores.redis.wire import Wire, load

_ISSUE = load("code_issue")
_VERIFY = load("code_verify")


class RedisOneTimeCodes:
    """:class:`idp.domain.ports.OneTimeCodes`."""

    def __init__(self, wire: Wire, cipher: FieldCipher, *, prefix: str = "") -> None:
        self._wire = wire
        self._cipher = cipher
        self._prefix = f"{Keyspace(prefix).prefix}otp:"

    def issue(self, slot: str, code: str, *, now: float, expires_at: float, tries: int) -> None:
        """Keep the fingerprint of ``code``, replacing any earlier one and its tries."""
        args = (self._print(slot, code), tries, stamp(expires_at), life(now, expires_at))
        self._wire.call([self._key(slot)], _ISSUE, args)

    def verify(self, slot: str, code: str, *, now: float) -> CodeResult:
        """Count one try and compare. A right or burnt code is gone afterwards."""
        matched, left = self._wire.call([self._key(slot)], _VERIFY, (self._print(slot, code), stamp(now)))
        return CodeResult(matched=matched == 1, tries_left=left)

    def _key(self, slot: str) -> str:
        return self._prefix + self._cipher.fingerprint("otp", f"slot\0{slot}").hex()

    def _print(self, slot: str, code: str) -> bytes:
        return self._cipher.fingerprint("otp", f"code\0{slot}\0{code}")
