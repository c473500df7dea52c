"""A liveness judge for tests, scripted by the picture itself: the marker that the sandbox's portrait service reads too."""

from adapters.liveness_judge import BestFrame, Challenge, Decision
from idp.domain.channel import Reason
from tests.doubles import SeededRandomness

HEAD, TAIL = b"\xff\xd8\xff\xe0", b"\xff\xd9"
PRINT = b"a print held before the camera"


def jpeg(marker: str, *, size: int = 20_000, live: bool = True) -> bytes:
    """A picture of ``size`` bytes with the face of a persona; ``persona:score`` forces the sandbox's score."""
    face = b"sandbox-face-" + marker.encode() + b" "
    return (HEAD + face + (b"" if live else PRINT)).ljust(size - len(TAIL), b"\0") + TAIL


class MarkerJudge:
    """A reply is the challenge's nonce, a line break, a picture; what is pictured says whether it is alive."""

    def __init__(self, randomness: SeededRandomness) -> None:
        self._randomness = randomness

    def challenge(self) -> Challenge:
        nonce = self._randomness.hex(8)
        return Challenge({"nonce": nonce, "prompt": "turn_left"}, {"nonce": nonce})

    def decide(self, challenge: Challenge, body: bytes) -> Decision:
        nonce, _, picture = body.partition(b"\n")
        if nonce != challenge.kept["nonce"].encode() or PRINT in picture:
            return Reason.LIVENESS_FAILED
        return BestFrame(picture) if b"sandbox-face-" in picture else Reason.CAPTURE_FAILED
