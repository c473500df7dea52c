"""Pairwise subject identifiers (OpenID Connect Core 8.1): one per account and sector, never reassigned.

Derived from the account's random secret, never from the ID number: a corrected or displaced number neither hands one
person's ``sub`` to another nor breaks it. Two sectors cannot link theirs.
"""

import base64
import hashlib
import hmac


def pairwise(subject_secret: bytes, sector: str) -> str:
    """43 base64url characters: HMAC-SHA256 of the sector under the account's secret (at least 32 bytes)."""
    digest = hmac.new(subject_secret, b"pairwise sub\0" + sector.encode(), hashlib.sha256).digest()
    return base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
