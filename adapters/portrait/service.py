"""The portrait comparison: ``xm``, ``sfzh``, ``xczp`` out; marks, ``bddm`` and ``xsd`` back (channels.md 3.3.3)."""

import base64
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

import orjson

from adapters.exchange import population
from adapters.exchange.fields import text_at
from adapters.exchange.service import SignedService
from adapters.http import Request
from adapters.portrait import refusals
from adapters.portrait.settings import CHANNEL, LocalFaceSettings
from idp.domain.channel import Reason
from idp.domain.errors import Distrusted
from idp.domain.ports import Randomness

OPERATION: Final = "rkkrxbd"
_SAME, _OTHER = "1", "0"
_SCORE: Final = re.compile(r"(100|\d{1,2})(\.\d{1,6})?", re.ASCII)


@dataclass(frozen=True, slots=True)
class Question:
    """Is this their face? ``jpeg`` is :func:`~adapters.portrait.picture.sendable`; ``deadline``: seconds since 1970."""

    name: str = field(repr=False)
    number: str = field(repr=False)
    jpeg: bytes = field(repr=False)
    deadline: float


@dataclass(frozen=True, slots=True)
class Comparison:
    """``reason`` None: the same person, and the registration is alive. ``score`` where one came; ``txn`` is ours."""

    reason: Reason | None
    score: float | None
    txn: str


class PortraitService:
    """The service behind its platform. Safe for threads; a picture is held no longer than its call."""

    def __init__(self, service: SignedService, settings: LocalFaceSettings, randomness: Randomness) -> None:
        self._service = service
        self._settings = settings
        self._randomness = randomness

    def compare(self, question: Question) -> Comparison:
        """Ask once. The form knows no request number: ``txn`` is ours alone. Raises Unavailable or Distrusted."""
        request = build(self._settings, question)
        reason, score = self._service.ask(
            OPERATION,
            lambda send, _: read(send(request).json_object(), question, self._settings.threshold),
            deadline=question.deadline,
        )
        return Comparison(reason, score, self._randomness.hex(16))


def build(settings: LocalFaceSettings, question: Question) -> Request:
    """The request; the picture travels in the body and nowhere else."""
    row = {"xm": question.name, "sfzh": question.number, "xczp": base64.b64encode(question.jpeg).decode("ascii")}
    headers = {"Content-Type": "application/json", "api_id": settings.api_id, "from_user": settings.from_user}
    return Request(settings.path, orjson.dumps({"datalist": [row]}), headers)


def read(body: Mapping[str, Any], question: Question, threshold: float) -> tuple[Reason | None, float | None]:
    """What the police say, and the score where there is one; None is a match (channels.md 10.3).

    A match needs every mark: number, name, a live registration, ``bddm`` and the score. Name, number and registration
    speak first: a face compared under a wrong name says nothing about a face. Raises Unavailable or Distrusted.
    """
    row = population.row_of(CHANNEL, body, name=question.name, number=question.number, refused=refusals.reason_of)
    if isinstance(row, Reason):
        return row, None
    marked = population.marks_of(CHANNEL, row)
    if marked is not None:
        return marked, None
    verdict, score = text_at(CHANNEL, row, "bddm"), _score(text_at(CHANNEL, row, "xsd"))
    if verdict not in {_SAME, _OTHER}:
        raise Distrusted(CHANNEL, "unknown verdict in the answer")
    same = verdict == _SAME and score >= threshold
    return None if same else Reason.MISMATCH_FACE, score


def _score(text: str) -> float:
    if _SCORE.fullmatch(text) is None or float(text) > 100:
        raise Distrusted(CHANNEL, "no score in the answer")
    return float(text)
