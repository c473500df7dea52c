"""The business registry in a sandbox: who asks for which enterprise, and asking in one line."""

from adapters import CHANNELS
from adapters.sandbox.credentials import registry_settings
from idp.domain.attempt import Attempt, Reply
from idp.domain.channel import Channel, Outcome
from idp.domain.claims import ClaimName
from tests.adapters.rigs import SANDBOX, World
from tests.contract.channel import Rig

NAME = "business_registry"
QIAN_DA = {ClaimName.NAME: "钱大", ClaimName.ID_NUMBER: "37010219040404001X"}
ZHANG_SAN = {ClaimName.NAME: "张三", ClaimName.ID_NUMBER: "370102190103070012"}
LI_SI = {ClaimName.NAME: "李思", ClaimName.ID_NUMBER: "370102190204150003"}
TEST_COMPANY = {"organisation_name": "山东测试科技有限公司", "credit_code": "91370100MA0TEXT00H"}
OTHER_COMPANY = {"organisation_name": "烟台虚构科技有限公司", "credit_code": "91370600MA0DEMX001"}
BRACKETS = {"organisation_name": "青岛样例（集团）有限公司", "credit_code": "91370200MA0BRCK00J"}
CLOSED = {"organisation_name": "济南注销商贸有限公司", "credit_code": "91370102MA0CLXQE1Y"}
REVOKED = {"organisation_name": "青岛吊销实业有限公司", "credit_code": "91370202MA0REXKE1T"}
ABSENT = {"organisation_name": "济南没有此司有限公司", "credit_code": "91370102MA0NXNE00H"}


def organisation_claims(fields: dict[str, str], role: str | None = None, *, shown_by: dict | None = None):
    """What a success says; ``shown_by`` is the holder of a licence."""
    claims = {
        ClaimName.ORGANISATION_NAME: fields["organisation_name"],
        ClaimName.CREDIT_CODE: fields["credit_code"],
    }
    claims |= {ClaimName.LEGAL_REPRESENTATIVE: "钱大"} if shown_by is None else shown_by
    if role is not None:
        claims[ClaimName.ORGANISATION_ROLE] = role
    return claims


def channel_of(world: World, way: str = "record", profile: str = "gateway", seed: int | None = None, **more) -> Channel:
    return CHANNELS[NAME](registry_settings(way, SANDBOX, profile=profile) | more, world.around(seed))


def attempt_of(known=QIAN_DA, keep=None) -> Attempt:
    return Attempt("attempt-1", NAME, 4e9, "https://idp.test/return", known=known, keep=keep or {})


def ask(channel: Channel, fields: dict[str, str], known=QIAN_DA, keep=None) -> Outcome:
    return channel.resume(attempt_of(known, keep), Reply("attempt-1", NAME, fields))


class KnownRig(Rig):
    """A rig whose account has proved who it is."""

    def start(self) -> tuple[Attempt, Outcome]:
        self._attempts += 1
        attempt = Attempt(
            f"attempt-{self._attempts}",
            NAME,
            self.clock.now() + self.channel.facts.attempt_seconds,
            "https://idp.test/verify/return",
            known=QIAN_DA,
        )
        step = self.channel.begin(attempt)
        return attempt.awaiting(dict(step.keep)), step  # type: ignore[union-attr]


def decide(world: World, step: Outcome, licence: int | None, decision: str = "confirm") -> int:
    """The person at the phone: opens the code and chooses a licence of the list, or refuses."""
    url = step.payload  # type: ignore[union-attr]
    assert world.control.get(url).status_code == 200
    form = {"b": url.rpartition("=")[2], "decision": decision}
    if licence is not None:
        form["licence"] = str(licence)
    return world.control.post("/elicence/scan", data=form).status_code
