"""The port of the liveness decision: whoever sits before the camera, is it a live person, and which picture shows them.

``local_face`` asks it and compares the picture; how it decides is not its business. An implementation knows no channel,
no upstream and no account. It is handed in (:class:`adapters.http.Surroundings`): there is none without a model.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal, Protocol, TypeAlias

from idp.domain.channel import Reason


@dataclass(frozen=True, slots=True)
class Challenge:
    """What a person is asked to do. ``shown`` goes to the browser; ``kept`` stays here until the reply comes.

    What must not be known before it is due (the prompts, their times) belongs into ``kept``.
    """

    shown: Mapping[str, str] = field(repr=False)
    kept: Mapping[str, str] = field(default_factory=dict, repr=False)


@dataclass(frozen=True, slots=True)
class BestFrame:
    """The picture to compare: JPEG, one face, within the size that the comparison takes. Lives in memory only."""

    jpeg: bytes = field(repr=False)


# LIVENESS_FAILED: nobody is there in person. CAPTURE_FAILED: the frames are too bad to tell, which is no try.
Decision: TypeAlias = BestFrame | Literal[Reason.LIVENESS_FAILED, Reason.CAPTURE_FAILED]


class LivenessJudge(Protocol):
    """Safe for threads. Keeps nothing about a person between two calls, and nothing of a picture at all."""

    def challenge(self) -> Challenge:
        """A new challenge: random, so that no recording answers it. Raises Unavailable."""
        ...

    def decide(self, challenge: Challenge, body: bytes) -> Decision:
        """Judge what came for this very challenge; ``body`` is whatever a browser sent, unverified.

        Any body at all ends in a Decision, or in Unavailable when there is nobody to judge.
        """
        ...
