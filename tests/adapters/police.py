"""The police channel in a sandbox: who asks, and asking in one line."""

from adapters import CHANNELS
from adapters.sandbox.credentials import police_settings
from idp.domain.attempt import Attempt, Reply
from idp.domain.channel import Channel, Outcome
from idp.domain.claims import ClaimName
from tests.adapters.rigs import SANDBOX, World

NAME = "police_population"
ZHANG_SAN = {"name": "张三", "id_number": "370102190103070012"}
LI_SI = {"name": "李思", "id_number": "370102190204150003"}
DECEASED = {"name": "孙故", "id_number": "370102190112310006"}
MISSING = {"name": "王五", "id_number": "370102190202020002"}
RARE = {"name": "王䶮", "id_number": "370602190506060019"}
# The operation, as the sandbox logs it, with which each profile asks about a person.
BUSINESS = {
    "gateway": "2109",
    "gateway_json": "rkkjzxxcx",
    "national": "2109",
    "national_json": "httpproxy",
    "nciic": "nciicCheck",
    "md5": "basic_check",
    "csb": "basic_check",
}


def claims(fields: dict[str, str], birthdate: str, gender: str) -> dict[ClaimName, str]:
    return {
        ClaimName.NAME: fields["name"],
        ClaimName.ID_NUMBER: fields["id_number"],
        ClaimName.BIRTHDATE: birthdate,
        ClaimName.GENDER: gender,
    }


def channel_of(world: World, profile: str = "gateway", seed: int | None = None, **changes) -> Channel:
    return CHANNELS[NAME](police_settings(profile, SANDBOX) | changes, world.around(seed))


def ask(channel: Channel, fields: dict[str, str], known: dict[ClaimName, str] | None = None) -> Outcome:
    attempt = Attempt("attempt-1", NAME, 4e9, "https://idp.test/return", known=known or {})
    return channel.resume(attempt, Reply("attempt-1", NAME, fields))
