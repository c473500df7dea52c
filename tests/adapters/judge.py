"""Pictures that say by a marker whose face they show, as the sandbox's portrait service reads it, and what comes of them.

The judge's own work, frame by frame, is scripted in :mod:`tests.capture_judge`; to an adapter only its judgement comes.
"""

from idp.domain.capturing import Hint, Judged, Live, NotLive

HEAD, TAIL = b"\xff\xd8\xff\xe0", b"\xff\xd9"
PRINT = b"a print held before the camera"
FACE = b"sandbox-face-"


def jpeg(marker: str, *, size: int = 20_000, live: bool = True) -> bytes:
    """A picture of ``size`` bytes with the face of a persona; ``persona:score`` forces the sandbox's score."""
    face = FACE + marker.encode() + b" "
    return (HEAD + face + (b"" if live else PRINT)).ljust(size - len(TAIL), b"\0") + TAIL


def blurred(size: int = 20_000) -> bytes:
    """A picture of nobody."""
    return HEAD.ljust(size - len(TAIL), b"\0") + TAIL


def shown_in(picture: bytes) -> bytes:
    """The persona in a picture, empty for nobody: what a template is in tests."""
    return picture.partition(FACE)[2].split(b" ", 1)[0].partition(b":")[0]


def judged(picture: bytes) -> Judged:
    """What the judge says to a capture whose frames are all this picture."""
    if PRINT in picture:
        return NotLive()
    return Live(picture, shown_in(picture)) if FACE in picture else NotLive((Hint.NO_FACE,))
