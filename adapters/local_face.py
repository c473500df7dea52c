"""``local_face`` 活体检测 + 公安人像比对: we capture, a judge sees a live person, the police compare the face.

Presence, level 3 (channels.md 10)::

    challenge ─▶ camera page ─▶ judge ─┬─▶ best frame ─▶ police ─▶ Verified | Rejected
        ▲                              ├─▶ not live: Rejected
        └──────── a few times ─────────┴── bad frames

``source`` is not ``police``, although the police answer: what they add is the face, and one call that fails or is
deceived must not stand for the population record as well. So level 3 still needs the record check of its own. Nor does
the portrait corroborate the record: both rows are right or wrong together, and the level table asks for no more of
presence than that it is there.

Score and threshold go to the log, never to a page: they would teach an impostor what to improve.
"""

import ssl
from collections.abc import Mapping
from typing import Any, Final

import orjson
import structlog

from adapters.exchange.gateway import GatewaySigner
from adapters.exchange.service import SignedService
from adapters.exchange.signers import Signer, Unsigned
from adapters.http import Surroundings, Upstream
from adapters.liveness_judge import Challenge, LivenessJudge
from adapters.portrait import picture
from adapters.portrait.service import Comparison, PortraitService, Question
from adapters.portrait.settings import CHANNEL, LocalFaceSettings
from adapters.portrait.subject import DOCUMENTS, MINIMUM_AGE, subject_of
from idp.domain.attempt import Attempt, Reply
from idp.domain.channel import Capture, ChannelFacts, Outcome, Reason, Rejected, Verified
from idp.domain.claims import ClaimName
from idp.domain.evidence import CheckMethod, EvidenceShape, EvidenceType, Strength
from idp.domain.ports import Clock

NAME: Final = CHANNEL
MAX_CAPTURES: Final = 3  # of one attempt (channels.md 10.5); bad frames are no try, but judging them costs a processor
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
)

log = structlog.get_logger("adapters.portrait")


class LocalFace:
    """The channel. Keeps nothing about a person between two calls; safe for threads."""

    def __init__(
        self, portrait: PortraitService, judge: LivenessJudge, clock: Clock, settings: LocalFaceSettings
    ) -> None:
        self._portrait = portrait
        self._judge = judge
        self._clock = clock
        self._settings = settings

    @property
    def facts(self) -> ChannelFacts:
        """What this channel is."""
        return FACTS

    def begin(self, attempt: Attempt) -> Outcome:
        """Open the camera page with a new challenge. Raises Unavailable."""
        subject = subject_of(attempt.known, self._clock.now(), guarded=attempt.guarded)
        return Rejected(subject) if isinstance(subject, Reason) else self._capture()

    def resume(self, attempt: Attempt, reply: Reply) -> Outcome:
        """Judge the capture, and let the police compare its best frame. Raises Unavailable or Distrusted.

        When the police cannot be reached nothing is spent: the same reply may come again.
        """
        now = self._clock.now()
        subject = subject_of(attempt.known, now, guarded=attempt.guarded)
        if isinstance(subject, Reason):
            return Rejected(subject)
        said = reply.unverified_fields.get("refusal", "")
        if said in _NO_CAPTURE:
            return Rejected(Reason(said))
        decision = self._judge.decide(_challenge_of(attempt.keep), reply.unverified_body)
        if isinstance(decision, Reason):
            return self._refused(attempt, decision)
        if not picture.sendable(decision.jpeg):
            return self._refused(attempt, Reason.CAPTURE_FAILED)
        deadline = now + self._settings.deadline_seconds
        compared = self._portrait.compare(Question(subject.name, subject.number.value, decision.jpeg, deadline))
        self._record(compared)
        if compared.reason is not None:
            return self._refused(attempt, compared.reason, compared.txn)
        return Verified(subject.claims(), compared.txn)

    def _refused(self, attempt: Attempt, reason: Reason, txn: str | None = None) -> Outcome:
        """Bad frames: another challenge, a few times. Everything else ends the attempt and is told as what it is."""
        captures = int(attempt.keep["captures"])
        if reason is Reason.CAPTURE_FAILED and captures < MAX_CAPTURES:
            return self._capture(captures + 1, {"because": str(reason)})
        return Rejected(reason, txn)

    def _capture(self, captures: int = 1, why: Mapping[str, str] | None = None) -> Capture:
        challenge = self._judge.challenge()
        kept = {"shown": dict(challenge.shown), "kept": dict(challenge.kept)}
        keep = {"challenge": orjson.dumps(kept).decode(), "captures": str(captures)}
        return Capture(dict(challenge.shown) | dict(why or {}), keep)

    def _record(self, compared: Comparison) -> None:
        log.info(
            "portrait_check",
            channel=NAME,
            txn=compared.txn,
            result=str(compared.reason or "match"),
            score=compared.score,
            threshold=self._settings.threshold,
        )


def _challenge_of(keep: Mapping[str, str]) -> Challenge:
    value = orjson.loads(keep["challenge"])
    return Challenge(value["shown"], value["kept"])


def create(settings: Mapping[str, Any], around: Surroundings) -> LocalFace:
    """Build the channel. Raises pydantic.ValidationError, or ValueError: no judge, plain http, TLS file."""
    checked = LocalFaceSettings.model_validate(dict(settings))
    if around.judge is None:
        raise ValueError(f"{NAME}: needs a liveness judge, and none is installed")
    tls = ssl.create_default_context(cafile=checked.ca_path) if checked.ca_path else None
    upstream = Upstream(NAME, checked.base_url, around, allow_plain_http=checked.allow_plain_http, tls=tls)
    signer: Signer = Unsigned()
    if checked.profile == "gateway":
        signer = GatewaySigner(upstream, checked.customer, around.clock)
    portrait = PortraitService(SignedService(NAME, upstream, signer), checked, around.randomness)
    return LocalFace(portrait, around.judge, around.clock, checked)
