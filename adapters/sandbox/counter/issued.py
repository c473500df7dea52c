"""Who the desk system knows: its one customer, its officers and workstations, and its keys. TEST ONLY, all of it."""

import base64
import json
from dataclasses import dataclass, field
from typing import Final

from cryptography.hazmat.primitives.asymmetric import ec, utils
from cryptography.hazmat.primitives.hashes import SHA256

APP_ID: Final = "yihaotong-test"
APP_SECRET: Final = "TEST-ONLY-counter-desk-secret-000001"  # noqa: S105  public by design


@dataclass(frozen=True, slots=True)
class SigningKey:
    """A P-256 key made from a small number, so that it is the same in every sandbox."""

    kid: str
    number: int = field(repr=False)

    @property
    def private(self) -> ec.EllipticCurvePrivateKey:
        """The key itself."""
        return ec.derive_private_key(self.number, ec.SECP256R1())

    def sign(self, content: bytes) -> bytes:
        """ES256: r and s, 32 bytes each (RFC 7518 section 3.4)."""
        r, s = utils.decode_dss_signature(self.private.sign(content, ec.ECDSA(SHA256())))
        return r.to_bytes(32) + s.to_bytes(32)

    def jwk(self) -> dict[str, str]:
        """The public half (RFC 7517)."""
        point = self.private.public_key().public_numbers()
        x, y = b64(point.x.to_bytes(32)), b64(point.y.to_bytes(32))
        return {"kty": "EC", "crv": "P-256", "alg": "ES256", "use": "sig", "kid": self.kid, "x": x, "y": y}


def b64(content: bytes) -> str:
    """base64url without padding."""
    return base64.urlsafe_b64encode(content).rstrip(b"=").decode()


DESK_KEY: Final = SigningKey("TEST-ONLY-desk-1", 1_000_003)
# Nobody was told about this one: what the fault ``wrong_cert`` signs with.
STRANGE_KEY: Final = SigningKey("TEST-ONLY-desk-1", 1_000_033)


@dataclass(frozen=True, slots=True)
class Officer:
    """An officer at a workstation. ``own`` and ``relatives``: numbers for which this officer may not vouch."""

    id: str
    name: str = field(repr=False)
    hall: str
    hall_name: str
    workstation: SigningKey
    own: str = field(repr=False)
    relatives: frozenset[str] = field(default=frozenset(), repr=False)


OFFICERS: Final = (
    # 赵六 is a persona; 郑闰 stands in the system as a relative.
    Officer(
        "W-0601",
        "赵六",
        "H-370102-01",
        "历下区政务服务中心",
        SigningKey("WS-370102-01", 1_000_037),
        "370102190303030015",
        frozenset({"370102200002290004"}),
    ),
    Officer(
        "W-0602",
        "复核员甲",
        "H-370102-01",
        "历下区政务服务中心",
        SigningKey("WS-370102-02", 1_000_039),
        "",
    ),
)


def officer_of(officer_id: str) -> Officer | None:
    """The officer with an id."""
    return next((officer for officer in OFFICERS if officer.id == officer_id), None)


def counter_settings(base_url: str) -> dict[str, str]:
    """Settings with which the counter channel is a customer of this sandbox at ``base_url`` (of the whole sandbox)."""
    return {
        "base_url": f"{base_url}/counter",
        "app_id": APP_ID,
        "app_secret": APP_SECRET,
        "desk_keys": json.dumps({"keys": [DESK_KEY.jwk()]}),
        "workstation_keys": json.dumps({"keys": [officer.workstation.jwk() for officer in OFFICERS]}),
    }
