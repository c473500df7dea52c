"""The carrier channel in a sandbox: who asks, the phone that receives, and a whole attempt in one line."""

import itertools
import json
from dataclasses import dataclass
from pathlib import Path

from adapters import CHANNELS
from adapters.sandbox.credentials import carrier_settings
from idp.domain.attempt import Attempt, Reply
from idp.domain.channel import Channel, Form, Outcome
from idp.domain.claims import ClaimName
from tests.adapters.rigs import SANDBOX, World
from tests.contract.channel import Rig

NAME = "carrier_three_element"
FOLDER = Path(__file__).parent.parent / "vectors" / "channels"
VECTOR = json.loads((FOLDER / "carrier_three_element.json").read_text(encoding="utf-8"))
RESULTS = json.loads((FOLDER / "carrier_and_id_result_codes.json").read_text(encoding="utf-8"))["PhoneVerification"]
PERSONAS = json.loads((FOLDER / "personas.json").read_text(encoding="utf-8"))["people"]
BY_KEY = {row["key"]: {"name": row["name"], "id_number": row["id18"], "mobile": row["phone"]} for row in PERSONAS}
ZHANG_SAN, LI_SI = BY_KEY["zhang_san"], BY_KEY["li_si"]
_NUMBERS = itertools.count(1)


def claims(fields: dict[str, str]) -> dict[ClaimName, str]:
    return {
        ClaimName.NAME: fields["name"],
        ClaimName.ID_NUMBER: fields["id_number"],
        ClaimName.PHONE_NUMBER: f"+86{fields['mobile']}",
    }


def a_world(**changes) -> World:
    return World(**{"sms_flow_control": False, "carrier_tries": 10_000} | changes)


def channel_of(world: World, seed: int | None = None, **changes) -> Channel:
    return CHANNELS[NAME](carrier_settings(SANDBOX) | changes, world.around(seed))


def texted(world: World, mobile: str) -> list[dict]:
    """Texts on a phone, newest first."""
    return world.control.get(f"/sms/inbox/{mobile}.json").json


def begun(channel: Channel, world: World, known: dict[ClaimName, str] | None = None, name: str = "") -> Attempt:
    """An attempt that awaits its details, as a store gives it back."""
    expires_at = world.clock.now() + channel.facts.attempt_seconds
    attempt = Attempt(
        name or f"attempt-{next(_NUMBERS)}", NAME, expires_at, "https://idp.test/return", known=known or {}
    )
    step = channel.begin(attempt)
    assert isinstance(step, Form), step
    return attempt.awaiting(json.loads(json.dumps(dict(step.keep))))


def say(channel: Channel, attempt: Attempt, fields: dict[str, str]) -> tuple[Attempt, Outcome]:
    outcome = channel.resume(attempt, Reply(attempt.id, NAME, fields))
    return (attempt.awaiting(outcome.keep) if isinstance(outcome, Form) else attempt), outcome


def details(channel: Channel, world: World, fields: dict[str, str]) -> tuple[Attempt, Outcome]:
    """An attempt up to the answer to its details."""
    return say(channel, begun(channel, world), fields)


@dataclass(slots=True)
class CarrierRig(Rig):
    """A rig whose people look at their phone: the code is typed as soon as it is asked for."""

    world: World | None = None

    def take(self, attempt: Attempt, reply: Reply) -> tuple[Attempt, Outcome]:
        attempt, outcome = Rig.take(self, attempt, reply)
        if not isinstance(outcome, Form) or "code" not in outcome.keep:
            return attempt, outcome
        code = texted(self.world, outcome.keep["phone"])[0]["code"]
        return Rig.take(self, attempt, Reply(attempt.id, attempt.channel, {"sms_code": code}))
