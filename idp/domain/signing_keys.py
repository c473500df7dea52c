"""A signing key's life as operators see it: announced, signing, kept for what it signed, gone (Core 10.1.1)."""

from dataclasses import dataclass
from enum import StrEnum


class Stage(StrEnum):
    """``announced``: published, signs later; ``retained``: published for what it signed; ``retired``: no more."""

    ANNOUNCED = "announced"
    SIGNING = "signing"
    RETAINED = "retained"
    RETIRED = "retired"


@dataclass(frozen=True, slots=True)
class KeyFacts:
    """One key; times in seconds since 1970. It signs from ``signs_from`` until ``signs_until`` (None: no end in sight),
    and is published from ``created_at`` until ``published_until``.
    """

    kid: str
    alg: str
    stage: Stage
    created_at: float
    signs_from: float
    signs_until: float | None
    published_until: float | None
