"""``local_face`` in a sandbox: whose account it is, whose face is before the camera, and the rig of its contract suite."""

import base64
import json

from adapters import CHANNELS
from adapters.sandbox.credentials import ISSUED, portrait_settings
from idp.domain.attempt import Attempt, Reply
from idp.domain.channel import Capture, Channel, Outcome, Reason
from idp.domain.claims import ClaimName
from tests.adapters.judge import jpeg, judged
from tests.adapters.rigs import SANDBOX, World
from tests.contract.channel import Person, Rig

NAME = "local_face"
OPERATION = "rkkrxbd"
RETURN = "https://idp.test/verify/return"
ZHANG_SAN = {"name": "张三", "id_number": "370102190103070012"}
LI_SI = {"name": "李思", "id_number": "370102190204150003"}
DECEASED = {"name": "孙故", "id_number": "370102190112310006"}
MISSING = {"name": "王五", "id_number": "370102190202020002"}


def known(fields: dict[str, str]) -> dict[ClaimName, str]:
    return {ClaimName.NAME: fields["name"], ClaimName.ID_NUMBER: fields["id_number"]}


def claims(fields: dict[str, str], birthdate: str, gender: str) -> dict[ClaimName, str]:
    return known(fields) | {ClaimName.BIRTHDATE: birthdate, ClaimName.GENDER: gender}


def channel_of(world: World, profile: str = "gateway", **changes) -> Channel:
    return CHANNELS[NAME](portrait_settings(SANDBOX, profile) | changes, world.around())


def begun(channel: Channel, person: dict[str, str] = ZHANG_SAN) -> tuple[Attempt, Capture]:
    attempt = Attempt("attempt-1", NAME, 4e9, RETURN, known=known(person))
    step = channel.begin(attempt)
    assert isinstance(step, Capture)
    return attempt.awaiting(json.loads(json.dumps(dict(step.keep)))), step


def look(channel: Channel, attempt: Attempt, picture: bytes) -> Outcome:
    """The reply after a capture of which every frame was ``picture``."""
    return channel.resume(attempt, Reply(attempt.id, NAME, judged=judged(picture)))


def scan(channel: Channel, picture: bytes, person: dict[str, str] = ZHANG_SAN) -> Outcome:
    """A whole attempt of an account that has proved ``person``."""
    attempt, _ = begun(channel, person)
    return look(channel, attempt, picture)


class FaceRig(Rig):
    """Attempts begin for the person that the account has proved: ``claims`` of whoever runs, else the honest one's."""

    who: Person | None = None

    def start(self) -> tuple[Attempt, Outcome]:
        self._attempts += 1
        attempt = Attempt(
            id=f"attempt-{self._attempts}",
            channel=NAME,
            expires_at=self.clock.now() + self.channel.facts.attempt_seconds,
            return_uri=RETURN,
            known=dict((self.who or self.honest).claims),
        )
        step = self.channel.begin(attempt)
        assert isinstance(step, Capture)
        return attempt.awaiting(json.loads(json.dumps(dict(step.keep)))), step

    def run(self, person: Person) -> tuple[Attempt, Outcome]:
        self.who = person
        try:
            return super().run(person)
        finally:
            self.who = None


def rig_of(world: World, profile: str) -> FaceRig:
    def reply(attempt: Attempt, step: Outcome, person: Person) -> Reply:
        picture = jpeg(person.fields["face"], live=person.fields.get("live") != "no")
        return Reply(attempt.id, NAME, judged=judged(picture))

    def break_upstream(mode: str) -> None:
        if mode == "down":
            world.transport.down = True
            return
        # These speak of a person: the platform's token has none.
        world.fault("police", mode, operation=OPERATION if mode in {"stale", "wrong_subject", "encoding_gbk"} else None)
        world.clock.advance(121)  # the platform's token has ended: it too is fetched under the fault

    def heal() -> None:
        world.transport.down = False
        world.heal()
        world.clock.advance(31)  # past an open breaker

    def refused(person: dict[str, str], face: str, reason: Reason, **more: str) -> Person:
        return Person({"face": face, **more}, known(person), refused_for=frozenset({reason}))

    return FaceRig(
        channel=channel_of(world, profile),
        clock=world.clock,
        honest=Person({"face": "zhang_san"}, claims(ZHANG_SAN, "1901-03-07", "male")),
        other=Person({"face": "li_si"}, claims(LI_SI, "1902-04-15", "female")),
        wrong=[
            refused(ZHANG_SAN, "li_si", Reason.MISMATCH_FACE),
            refused(ZHANG_SAN, "zhang_san:69.9", Reason.MISMATCH_FACE),
            refused(ZHANG_SAN, "zhang_san", Reason.LIVENESS_FAILED, live="no"),
            refused({**ZHANG_SAN, "name": "张叁"}, "zhang_san", Reason.MISMATCH_NAME),
            refused(DECEASED, "deceased", Reason.CANCELLED_OR_DECEASED),
            refused(MISSING, "missing", Reason.NOT_FOUND),
        ],
        break_upstream=break_upstream,
        heal=heal,
        unprintable=[
            *(value for person in (ZHANG_SAN, LI_SI, DECEASED, MISSING) for value in person.values()),
            "sandbox-face-",
            base64.b64encode(jpeg("zhang_san"))[:32].decode(),
            ISSUED.gateway_key,
        ],
        deadline_seconds=30,
        reply=reply,
    )
