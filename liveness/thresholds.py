"""Every number that decides, in one table, each with where it comes from. Change one here, and run the bench again.

Measured: on the material of docs/liveness.md, by ``python -m liveness bench``. A threshold stands where the signal says
it should (between noise and effect), not at the edge of one clip.
"""

from dataclasses import dataclass, fields
from types import MappingProxyType
from typing import Final


@dataclass(frozen=True, slots=True)
class Thresholds:
    """The numbers. Lengths are in distances between the eyes (``d``), times in seconds."""

    # ---- movements ----
    turn: float = 0.25  # d the nose moves: heads 0.34 to 0.55, flat things at most 0.17; here relief begins to tell
    mouth: float = 0.15  # rise of the mouth's openness: asked 0.3 to 0.65, speech from 0.2, tilted prints 0.11
    blink: float = 0.75  # share of the open eye: blinks 0.35 to 0.63, noise of open eyes from 0.81
    onset: float = 0.08  # where a movement begins, in d or openness
    early: float = 0.10  # nobody answers a sight within a tenth of a second: the rule for false starts in athletics
    late: float = 2.5
    blink_longest: float = 2.0  # eyes closed for longer are no blink
    calm: float = 0.4  # of the track before the first prompt, to know the face at rest

    # ---- head or flat thing ----
    relief: float = 0.038  # d left over by the best homography: heads 0.045 to 0.088, paper masks at most 0.031

    # ---- flash ----
    flash_rank: float = 0.95  # share of the other orders that explain the skin's colours worse
    flash_strength: float = 0.012  # of a face's light: unlit clips up to 0.0075, a lit face 0.022

    # ---- quality: ask again ----
    fewest_frames: int = 12  # the calm before the first prompt has fifteen
    fewest_a_second: float = 5.0  # a blink lasts 0.15 s and more; slower than this it falls between two frames
    seen: float = 0.90  # share of frames with a face
    alone: float = 0.90  # share of frames with one face
    apart: float = 48.0  # pixels between the eyes; below, neither openness nor portrait is sure
    apart_most: float = 230.0
    darkest: float = 50.0  # luminance of the face; at 45 landmarks see but half of a turn
    brightest: float = 220.0
    sharpness: float = 6.0  # variance of the Laplacian at 128 px: sharp footage from 12
    found: float = 0.3  # median confidence of the detector: faces in full view 0.87 and more
    jump: float = 0.5  # widths of the face from one frame to the next

    # ---- identity ----
    same: float = 0.60  # farthest frame from the middle one: one person up to 0.54 in a turn, two people from 0.66
    alike: float = 0.45  # the same of frames that look into the camera: one person up to 0.39
    fewest_described: int = 5
    match: float = 0.40  # median distance to the portrait: no false match among 373 pairs
    match_with_cohort: float = 0.48  # with the margin below: none among 756 pairs, 116 of 120 genuine ones
    margin: float = 0.08
    other: float = 0.60  # beyond it, it is another person; between, it is not sure

    # ---- presentation attack network ----
    attack: float = 0.60  # 5 of 5 real replays and prints, 1 of 25 real people


DEFAULT: Final = Thresholds()
TABLE: Final = MappingProxyType({each.name: getattr(DEFAULT, each.name) for each in fields(Thresholds)})
