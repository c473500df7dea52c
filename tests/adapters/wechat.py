"""The WeChat channel in a sandbox: the person at the PC, and the same person (or another) at the phone."""

from dataclasses import dataclass
from urllib.parse import parse_qs, urlsplit

from adapters import CHANNELS
from adapters.sandbox.credentials import wechat_settings
from idp.domain.attempt import Attempt, Reply
from idp.domain.channel import Channel, Outcome, Redirect, Scan
from idp.domain.claims import ClaimName
from tests.adapters.rigs import SANDBOX, World
from tests.contract.channel import Person, Rig

NAME = "wechat_realname"
STEPS = (Scan, Redirect)


def claims(name: str, number: str) -> dict[ClaimName, str]:
    return {ClaimName.NAME: name, ClaimName.ID_NUMBER: number}


ZHANG_SAN = claims("张三", "370102190103070012")
LI_SI = claims("李思", "370102190204150003")
MISSING = claims("王五", "370102190202020002")
CODE = {"zhang_san": ZHANG_SAN, "li_si": LI_SI, "missing": MISSING}


def channel_of(world: World, mode: str = "face", seed: int | None = None, **changes) -> Channel:
    return CHANNELS[NAME](wechat_settings(SANDBOX, mode) | changes, world.around(seed))


def fresh(known: dict[ClaimName, str], expires_at: float = 4e9) -> Attempt:
    return Attempt("attempt-1", NAME, expires_at, "https://idp.test/verify/return", known=known)


def ref_of(step: Outcome) -> str:
    assert isinstance(step, Scan)
    return parse_qs(urlsplit(step.payload).query)["ref"][0]


def scan(world: World, step: Outcome, account: str = "zhang_san", match: str | None = None) -> None:
    """Scan the code with the phone of ``account``, type the number beside it, and log in to the mini program."""
    assert isinstance(step, Scan)
    assert step.payload.startswith(f"{SANDBOX}/wechat/phone?ref=")
    assert world.control.get(step.payload.removeprefix(SANDBOX)).status_code == 200
    letter = {"ref": ref_of(step), "account": account, "match": step.match if match is None else match}
    answer = world.control.post("/wechat/phone/login", data=letter)
    assert answer.status_code == 303


def show(world: World, step: Outcome, choice: str) -> int:
    """What happens before the camera; the page's status."""
    return world.control.post("/wechat/phone/face", data={"ref": ref_of(step), "choice": choice}).status_code


def sign_on(world: World, step: Outcome, account: str | None) -> dict[str, str]:
    """The browser at WeChat's page; what it brings back. ``account`` None: refused."""
    assert isinstance(step, Redirect)
    url = urlsplit(step.url)
    page = world.control.get(f"{url.path}?{url.query}")
    assert page.status_code == 200, page.text
    ticket = page.text.split("ticket=")[1][:32]
    query = {"ticket": ticket} | ({"account": account} if account else {})
    back = world.control.get("/wechat/connect/confirm", query_string=query)
    assert back.status_code == 302
    assert back.location.startswith("https://idp.test/verify/return?")
    return {name: values[0] for name, values in parse_qs(urlsplit(back.location).query).items()}


def resume(channel: Channel, attempt: Attempt, fields: dict[str, str] | None = None) -> tuple[Attempt, Outcome]:
    outcome = channel.resume(attempt, Reply(attempt.id, NAME, fields or {}))
    return (attempt.awaiting(outcome.keep) if isinstance(outcome, STEPS) else attempt), outcome


def before_the_camera(
    world: World, channel: Channel, known: dict, account: str = "zhang_san"
) -> tuple[Attempt, Outcome]:
    """An attempt whose phone has scanned, signed on where the mode wants it, and holds the face session."""
    attempt = fresh(known)
    step = channel.begin(attempt)
    attempt = attempt.awaiting(step.keep)  # type: ignore[union-attr]
    if isinstance(step, Redirect):
        attempt, step = resume(channel, attempt, sign_on(world, step, account))
    scan(world, step, account)
    attempt, step = resume(channel, attempt)
    attempt, step = resume(channel, attempt)
    assert "verify_id" in attempt.keep
    return attempt, step


@dataclass(slots=True)
class PhoneRig(Rig):
    """A rig whose attempts belong to an account that has proved who it is, and are begun as far as the camera."""

    world: World | None = None
    acting: Person | None = None

    def start(self) -> tuple[Attempt, Outcome]:
        assert self.world is not None
        person = self.acting or self.honest
        self._attempts += 1
        attempt, step = before_the_camera(self.world, self.channel, CODE[person.fields["who"]], person.fields["who"])
        attempt = Attempt(
            f"attempt-{self._attempts}",
            NAME,
            self.clock.now() + self.channel.facts.attempt_seconds,
            attempt.return_uri,
            known=attempt.known,
        ).awaiting(attempt.keep)
        return attempt, step

    def run(self, person: Person) -> tuple[Attempt, Outcome]:
        self.acting = person
        try:
            attempt, step = self.start()
            return self.take(attempt, self.answer(attempt, step, person))
        finally:
            self.acting = None
