"""How both sides sign: HMAC-SHA256 over the sorted, percent-encoded members (our design, A in docs/divergences.md).

The first lines say what is signed, so that neither a question nor another call's answer can be played as an answer.
Encoding before joining is what keeps members apart: a name that holds ``&Phone=`` stays a name.
"""

import hmac
from collections.abc import Mapping
from typing import Final
from urllib.parse import quote

PATH: Final = "/three-element/v1/verify"
MEMBER: Final = "Signature"


def question(secret: str, members: Mapping[str, str]) -> str:
    """The signature of a question."""
    return _sign(secret, "POST", members)


def answer(secret: str, members: Mapping[str, str]) -> str:
    """The signature that an answer must have."""
    return _sign(secret, "ANSWER", members)


def string_to_sign(head: str, members: Mapping[str, str]) -> str:
    """Three lines; every member but the signature itself. Holds personal data: never logged."""
    pairs = (f"{_encoded(k)}={_encoded(members[k])}" for k in sorted(members) if k != MEMBER)
    return f"{head}\n{PATH}\n{'&'.join(pairs)}"


def _sign(secret: str, head: str, members: Mapping[str, str]) -> str:
    return hmac.digest(secret.encode(), string_to_sign(head, members).encode("ascii"), "sha256").hex()


def _encoded(text: str) -> str:
    """RFC 3986 section 2.3: only unreserved characters stay. What is no text of Unicode is encoded all the same."""
    return quote(text, safe="-_.~", encoding="utf-8", errors="surrogatepass")
