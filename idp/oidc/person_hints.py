"""Whom an ``id_token_hint`` names at the backchannel endpoint: a sealed account id in the ID tokens of CIBA's clients.

Subject identifiers are pairwise and derived, so no table leads back from one to an account, and none is kept for this.
The sealed value is new in every token, opens here only and for its own client only; it tells a relying party nothing.
"""

import base64
import binascii
from typing import Final

from idp.domain.errors import MasterKeyWrong
from idp.domain.ports import FieldCipher
from idp.oidc.jws import b64

CLAIM: Final = "urn:yihaotong:hint"


def sealed(cipher: FieldCipher, citizen_id: str, client_id: str) -> str:
    """The claim's value."""
    return b64(cipher.seal(citizen_id.encode(), _context(client_id))).decode("ascii")


def opened(cipher: FieldCipher, text: str, client_id: str) -> str:
    """The account's id; empty when the value is not one of ours, or another client's."""
    try:
        raw = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
        return cipher.open(raw, _context(client_id)).decode()
    except (MasterKeyWrong, binascii.Error, ValueError):
        return ""


def _context(client_id: str) -> str:
    return f"hint:{client_id}"
