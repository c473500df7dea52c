"""The two Ant channels in a sandbox: a browser that goes to Alipay and comes back, and the rig of their contract suites."""

import json
from collections.abc import Mapping
from urllib.parse import parse_qsl, urlsplit

from lxml import html

from adapters import CHANNELS
from adapters.sandbox import channel_settings
from idp.domain.attempt import Attempt, Reply
from idp.domain.channel import Channel, Outcome, Redirect
from idp.domain.claims import ClaimName
from tests.adapters.rigs import SANDBOX, World
from tests.contract.channel import STEPS, Person, Rig

ALIPAY, ZHIMA = "alipay_account", "zhima_face"
ZHANG_SAN = {"name": "张三", "id_number": "370102190103070012"}
LI_SI = {"name": "李思", "id_number": "370102190204150003"}
RETURN = "https://idp.test/journey/j1/prove/return"
METHODS = {
    "preconsult": "alipay.user.certdoc.certverify.preconsult",
    "token": "alipay.system.oauth.token",
    "consult": "alipay.user.certdoc.certverify.consult",
    "initialize": "alipay.user.certify.open.initialize",
    "query": "alipay.user.certify.open.query",
}


def known(person: Mapping[str, str]) -> dict[ClaimName, str]:
    return {ClaimName.NAME: person["name"], ClaimName.ID_NUMBER: person["id_number"]}


def channel_of(world: World, name: str, **changes) -> Channel:
    return CHANNELS[name](channel_settings(SANDBOX)[name] | changes, world.around())


def begin(channel: Channel, person: Mapping[str, str] = ZHANG_SAN, attempt_id: str = "a1") -> tuple[Attempt, Outcome]:
    attempt = Attempt(attempt_id, channel.facts.name, 4e9, RETURN, known=known(person))
    step = channel.begin(attempt)
    return (attempt.awaiting(step.keep) if isinstance(step, Redirect) else attempt), step


def comes_back(world: World, step: Outcome, **choices: str) -> dict[str, str]:
    """The person opens the page, chooses and presses; the parameters with which the browser comes back."""
    assert isinstance(step, Redirect)
    page = world.control.get(step.url.removeprefix(SANDBOX))
    assert page.status_code == 200, page.text
    form = html.fromstring(page.text).forms[0]
    fields = {name: value for name, value in form.form_values() if value is not None}
    pressed = world.control.post(form.action, data=fields | choices)
    assert pressed.status_code == 302, pressed.text
    address = urlsplit(pressed.headers["Location"])
    assert f"{address.scheme}://{address.netloc}{address.path}" == RETURN
    return dict(parse_qsl(address.query))


def resume(channel: Channel, attempt: Attempt, fields: Mapping[str, str]) -> Outcome:
    return channel.resume(attempt, Reply(attempt.id, attempt.channel, fields))


class AntRig(Rig):
    """Attempts are begun for the person that the account has proved: ``known`` of whoever runs, else the honest one."""

    who: Person | None = None

    def start(self) -> tuple[Attempt, Outcome]:
        person = self.who or self.honest
        self._attempts += 1
        attempt = Attempt(
            id=f"attempt-{self._attempts}",
            channel=self.channel.facts.name,
            expires_at=self.clock.now() + self.channel.facts.attempt_seconds,
            return_uri=RETURN,
            known=dict(person.claims) or dict(self.honest.claims),
        )
        step = self.channel.begin(attempt)
        assert isinstance(step, STEPS)
        return attempt.awaiting(json.loads(json.dumps(dict(step.keep)))), step

    def run(self, person: Person) -> tuple[Attempt, Outcome]:
        self.who = person
        try:
            return super().run(person)
        finally:
            self.who = None


def rig_of(name: str, *, wrong: list[Person], unprintable: list[str], seed: int = 1) -> AntRig:
    world = World(seed)
    values = channel_settings(SANDBOX)[name]

    def reply(attempt: Attempt, step: Outcome, person: Person) -> Reply:
        return Reply(attempt.id, attempt.channel, comes_back(world, step, **person.fields))

    def break_upstream(mode: str) -> None:
        world.transport.down = mode == "down"
        if mode != "down":
            world.fault(name, mode)

    def heal() -> None:
        world.transport.down = False
        world.heal()

    honest, other = (
        {} if name == ZHIMA else {"account": p["id_number"], "decision": "agree"} for p in (ZHANG_SAN, LI_SI)
    )
    face = {"face": "mine"} if name == ZHIMA else {}
    return AntRig(
        channel=CHANNELS[name](values, world.around()),
        clock=world.clock,
        honest=Person(honest | face, known(ZHANG_SAN) | {ClaimName.BIRTHDATE: "1901-03-07", ClaimName.GENDER: "male"}),
        other=Person(other | face, known(LI_SI) | {ClaimName.BIRTHDATE: "1902-04-15", ClaimName.GENDER: "female"}),
        wrong=wrong,
        break_upstream=break_upstream,
        heal=heal,
        unprintable=[values["app_private_key"], *ZHANG_SAN.values(), *LI_SI.values(), *unprintable],
        deadline_seconds=30,
        reply=reply,
    )
