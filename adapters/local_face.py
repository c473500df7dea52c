"""``local_face`` 活体检测 + 公安人像比对: a judge of ours sees a live person, the police compare the face.

Presence, level 3 (channels.md 10)::

    camera page ─▶ judge ─┬─▶ live: its picture ─▶ police ─▶ Verified | Rejected
        ▲                 ├─▶ not live: Rejected
        └── a few times ──┴── bad frames: Capture again, with what would help

Whether a live person is there, the provider's own judge says (:mod:`idp.domain.capturing`), in the reply and outside of
everything that a browser can write; this channel knows neither frames nor challenges.

``source`` is not ``police``, although the police answer: what they add is the face, and one call that fails or is
deceived must not stand for the population record as well. So level 3 still needs the record check of its own. Nor does
the portrait corroborate the record: both rows are right or wrong together, and the level table asks for no more of
presence than that it is there.

Score and threshold go to the log, never to a page: they would teach an impostor what to improve.
"""

import ssl
from collections.abc import Mapping
from typing import Any, Final

import structlog

from adapters.exchange.gateway import GatewaySigner
from adapters.exchange.service import SignedService
from adapters.exchange.signers import Signer, Unsigned
from adapters.http import Surroundings, Upstream
from adapters.portrait import picture
from adapters.portrait.service import Comparison, PortraitService, Question
from adapters.portrait.settings import CHANNEL, LocalFaceSettings
from adapters.portrait.subject import DOCUMENTS, MINIMUM_AGE, Subject, subject_of
from idp.domain.attempt import Attempt, Reply
from idp.domain.capturing import Hint, NotLive
from idp.domain.channel import Capture, ChannelFacts, Outcome, Reason, Rejected, Verified
from idp.domain.claims import ClaimName
from idp.domain.evidence import CheckMethod, EvidenceShape, EvidenceType, Strength
from idp.domain.ports import Clock

NAME: Final = CHANNEL
MAX_CAPTURES: Final = 3  # of one attempt (channels.md 10.5); bad frames are no try, but judging them costs a processor
HOURLY_TRIES: Final = 3
# What the camera page may say instead of sending frames.
_NO_CAPTURE: Final = frozenset({Reason.DEVICE_UNSUPPORTED, Reason.PERMISSION_DENIED, Reason.USER_CANCELLED})

FACTS: Final = ChannelFacts(
    name=NAME,
    label_zh="人脸识别（公安比对）",
    label_en="Face check (police portrait)",
    hint_zh="在本页面打开摄像头，按提示做几个动作，由公安机关比对照片，大约一分钟",
    hint_en="Open the camera on this page and follow a few prompts; the police compare your face, in about a minute",
    source="police_portrait",
    strength=Strength.PRESENCE,
    evidence=(
        EvidenceShape(EvidenceType.ELECTRONIC_RECORD, "population_register", (CheckMethod.BVR, CheckMethod.DATA)),
    ),
    organization="公安机关",
    proves=frozenset({ClaimName.NAME, ClaimName.ID_NUMBER, ClaimName.BIRTHDATE, ClaimName.GENDER}),
    documents=DOCUMENTS,
    amr="face",
    minimum_age=MINIMUM_AGE,
    own_camera=True,
    hourly_tries=HOURLY_TRIES,
)

log = structlog.get_logger("adapters.portrait")


class LocalFace:
    """The channel. Keeps nothing about a person between two calls; safe for threads."""

    def __init__(self, portrait: PortraitService, clock: Clock, settings: LocalFaceSettings) -> None:
        self._portrait = portrait
        self._clock = clock
        self._settings = settings

    @property
    def facts(self) -> ChannelFacts:
        """What this channel is."""
        return FACTS

    def begin(self, attempt: Attempt) -> Outcome:
        """Open the camera page."""
        subject = self._subject(attempt)
        return Rejected(subject) if isinstance(subject, Reason) else _capture()

    def resume(self, attempt: Attempt, reply: Reply) -> Outcome:
        """Let the police compare what the judge found alive. Raises Unavailable or Distrusted.

        A reply without a judgement decides nothing, whatever else is in it. When the police cannot be reached nothing
        is spent: the same judgement may come again.
        """
        subject = self._subject(attempt)
        if isinstance(subject, Reason):
            return Rejected(subject)
        judged = reply.judged
        if judged is None:
            return _without_capture(attempt, reply.unverified_fields)
        if isinstance(judged, NotLive):
            return self._again(attempt, judged.hints) if judged.hints else Rejected(Reason.LIVENESS_FAILED)
        return self._compare(attempt, subject, judged.jpeg)

    def _subject(self, attempt: Attempt) -> Subject | Reason:
        return subject_of(attempt.known, self._clock.now(), guarded=attempt.guarded)

    def _compare(self, attempt: Attempt, subject: Subject, jpeg: bytes) -> Outcome:
        if not picture.sendable(jpeg):
            return self._again(attempt)
        deadline = self._clock.now() + self._settings.deadline_seconds
        compared = self._portrait.compare(Question(subject.name, subject.number.value, jpeg, deadline))
        self._record(compared)
        if compared.reason is None:
            return Verified(subject.claims(), compared.txn)
        if compared.reason is Reason.CAPTURE_FAILED:
            return self._again(attempt, txn=compared.txn)
        return Rejected(compared.reason, compared.txn)

    def _again(self, attempt: Attempt, hints: tuple[Hint, ...] = (), *, txn: str | None = None) -> Outcome:
        """Bad frames: another capture, a few times."""
        captures = int(attempt.keep["captures"])
        return _capture(captures + 1, hints) if captures < MAX_CAPTURES else Rejected(Reason.CAPTURE_FAILED, txn)

    def _record(self, compared: Comparison) -> None:
        log.info(
            "portrait_check",
            channel=NAME,
            txn=compared.txn,
            result=str(compared.reason or "match"),
            score=compared.score,
            threshold=self._settings.threshold,
        )


def _capture(captures: int = 1, hints: tuple[Hint, ...] = ()) -> Capture:
    return Capture(hints, {"captures": str(captures)})


def _without_capture(attempt: Attempt, fields: Mapping[str, str]) -> Outcome:
    """What the page says instead of sending frames; somebody who only came by is shown the camera page once more."""
    said = fields.get("refusal")
    if said is None:
        return _capture(int(attempt.keep["captures"]))
    return Rejected(Reason(said) if said in _NO_CAPTURE else Reason.BAD_INPUT)


def create(settings: Mapping[str, Any], around: Surroundings) -> LocalFace:
    """Build the channel. Raises pydantic.ValidationError, or ValueError: plain http, TLS file."""
    checked = LocalFaceSettings.model_validate(dict(settings))
    tls = ssl.create_default_context(cafile=checked.ca_path) if checked.ca_path else None
    upstream = Upstream(NAME, checked.base_url, around, allow_plain_http=checked.allow_plain_http, tls=tls)
    signer: Signer = Unsigned()
    if checked.profile == "gateway":
        signer = GatewaySigner(upstream, checked.customer, around.clock)
    portrait = PortraitService(SignedService(NAME, upstream, signer), checked, around.randomness)
    return LocalFace(portrait, around.clock, checked)
