"""The social-security channel in a sandbox: who asks, and the browser between our page and the e-card app."""

import re
from dataclasses import dataclass, field
from urllib.parse import parse_qsl, urlsplit

from adapters import CHANNELS
from adapters.sandbox.credentials import social_settings
from idp.domain.attempt import Attempt, Reply
from idp.domain.channel import Channel, Outcome, Redirect
from idp.domain.claims import ClaimName
from tests.adapters.rigs import SANDBOX, World
from tests.contract.channel import Person, Rig

NAME = "social_security"
RETURN_URI = "https://idp.test/verify/return"
ZHANG_SAN = {"name": "张三", "id_number": "370102190103070012", "social_card": "SD0000001"}
LI_SI = {"name": "李思", "id_number": "370102190204150003", "social_card": "SD0000002"}
OUYANG = {"name": "欧阳明", "id_number": "370202190402290010", "social_card": "SD0000004"}
REVOKED = {"name": "周销", "id_number": "370102190101010008", "social_card": "SD0000006"}
MISSING = {"name": "王五", "id_number": "370102190202020002", "social_card": "SD0000008"}
RARE = {"name": "王䶮", "id_number": "370602190506060019", "social_card": "SD0000005"}


def claims(fields: dict[str, str], birthdate: str, gender: str) -> dict[ClaimName, str]:
    return {
        ClaimName.NAME: fields["name"],
        ClaimName.ID_NUMBER: fields["id_number"],
        ClaimName.BIRTHDATE: birthdate,
        ClaimName.GENDER: gender,
    }


def known(fields: dict[str, str]) -> dict[ClaimName, str]:
    return {ClaimName.NAME: fields["name"], ClaimName.ID_NUMBER: fields["id_number"]}


def channel_of(world: World, mode: str = "ecard", seed: int | None = None, **changes) -> Channel:
    return CHANNELS[NAME](social_settings(mode, SANDBOX) | changes, world.around(seed))


def ask(channel: Channel, fields: dict[str, str], of: dict[ClaimName, str] | None = None) -> Outcome:
    """One record check."""
    attempt = Attempt("attempt-1", NAME, 4e9, RETURN_URI, known=of or {})
    return channel.resume(attempt, Reply("attempt-1", NAME, fields))


def begun(channel: Channel, fields: dict[str, str]) -> tuple[Attempt, Redirect]:
    """An attempt at the e-card by an account that has proved ``fields``."""
    attempt = Attempt("attempt-1", NAME, 4e9, RETURN_URI, known=known(fields))
    step = channel.begin(attempt)
    assert isinstance(step, Redirect)
    return attempt.awaiting(step.keep), step


def path_of(url: str) -> str:
    assert url.startswith(SANDBOX)
    return url.removeprefix(SANDBOX)


def visit(world: World, url: str, holder: str | None = None, **choice: str) -> dict[str, str]:
    """The browser: open the app's page, decide, follow the way back. What the return carries.

    ``holder`` is the number of the card on the phone, None the one that is meant.
    """
    page = world.control.get(path_of(url))
    assert page.status_code == 200, page.text
    ticket = re.search(r'name="ticket" value="(\w+)"', page.text)
    meant = re.search(r'<option value="(\w*)" selected', page.text)
    assert ticket
    assert meant
    form = {"ticket": ticket[1], "holder": meant[1] if holder is None else holder, "unlock": "password"}
    answer = world.control.post("/social/essc/h5", data=form | {"decision": "confirm"} | choice)
    assert answer.status_code == 303, answer.text
    where = urlsplit(answer.headers["Location"])
    assert where._replace(query="").geturl() == RETURN_URI
    return dict(parse_qsl(where.query))


def reply(fields: dict[str, str]) -> Reply:
    return Reply("attempt-1", NAME, fields)


@dataclass(slots=True)
class ECardRig(Rig):
    """A rig whose account has proved the person who tries: this mode begins with somebody known."""

    world: World = field(kw_only=True)
    trying: Person | None = None

    def start(self) -> tuple[Attempt, Outcome]:
        self._attempts += 1
        facts = self.channel.facts
        person = self.trying or self.honest
        attempt = Attempt(
            id=f"attempt-{self._attempts}",
            channel=facts.name,
            expires_at=self.clock.now() + facts.attempt_seconds,
            return_uri=RETURN_URI,
            known=known(dict(person.fields)),
        )
        step = self.channel.begin(attempt)
        assert isinstance(step, Redirect)
        return attempt.awaiting(dict(step.keep)), step

    def answer(self, attempt: Attempt, step: Outcome, person: Person) -> Reply:
        assert isinstance(step, Redirect)
        choice = {k: v for k, v in person.fields.items() if k not in {"name", "id_number", "social_card"}}
        return Reply(attempt.id, attempt.channel, visit(self.world, step.url, **choice))

    def run(self, person: Person) -> tuple[Attempt, Outcome]:
        self.trying = person
        try:
            attempt, step = self.start()
        finally:
            self.trying = None
        return self.take(attempt, self.answer(attempt, step, person))
