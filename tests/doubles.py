"""What tests hand in instead of the machine: a clock that moves when told, and seeded randomness."""

import base64
import random


class SteppingClock:
    """A clock that stands still until moved. Starts on 2025-01-01T00:00:00Z, the vectors' date."""

    def __init__(self, start: float = 1_735_689_600.0) -> None:
        self._now = start

    def now(self) -> float:
        return self._now

    def advance(self, seconds: float) -> None:
        self._now += seconds


class SeededRandomness:
    """Repeatable randomness; never equal between two instances of different seeds."""

    def __init__(self, seed: int = 1) -> None:
        self._random = random.Random(seed)

    def octets(self, nbytes: int) -> bytes:
        return self._random.randbytes(nbytes)

    def token(self, nbytes: int) -> str:
        return base64.urlsafe_b64encode(self.octets(nbytes)).rstrip(b"=").decode()

    def hex(self, nbytes: int) -> str:
        return self.octets(nbytes).hex()

    def digits(self, count: int) -> str:
        return "".join(self._random.choice("0123456789") for _ in range(count))
