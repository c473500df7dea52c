"""What WeChat remembers: accounts, one-time codes, server tokens, face sessions, and the mini program's letter box."""

import json
from collections import deque
from dataclasses import dataclass, field
from hashlib import sha256
from importlib import resources
from typing import Final

from flask import Response

from adapters.sandbox.house import House, note
from adapters.sandbox.population import Person
from adapters.sandbox.replies import json_reply
from adapters.sandbox.traits import NO_ACCOUNT

CODE_SECONDS: Final = 300.0
TOKEN_SECONDS: Final = 7200
OVERLAP_SECONDS: Final = 300.0
VERIFY_SECONDS: Final = 3600
FORCED_A_DAY: Final = 20
FORCED_APART_SECONDS: Final = 30.0
_DAY: Final = 86_400.0
UNFINISHED: Final = 10300
MESSAGES: Final = {
    -1: "system error",
    40001: "invalid credential, access_token is invalid or not latest",
    40003: "invalid openid",
    40013: "invalid appid",
    40029: "invalid code",
    40097: "invalid args",
    40125: "invalid appsecret",
    40163: "code been used",
    41001: "access_token missing",
    41008: "missing code",
    42001: "access_token expired",
    42002: "refresh_token expired",
    43002: "require POST method",
    45009: "reach max api daily quota limit",
    45011: "api minute-quota reach limit, must slower, retry next minute",
    48001: "api unauthorized",
}


@dataclass(frozen=True, slots=True)
class Account:
    """A WeChat account and whose it is. The openid differs between applications, the unionid does not."""

    key: str
    name: str = field(repr=False)
    id18: str = field(repr=False)
    mini_openid: str = field(repr=False)
    unionid: str = field(repr=False)

    def openid(self, *, of_mini_program: bool) -> str:
        """The account as one application knows it."""
        return self.mini_openid if of_mini_program else "w" + self.mini_openid[1:]


@dataclass(slots=True)
class Code:
    """A one-time code of one application."""

    app_id: str
    account: Account
    ends_at: float
    used: bool = False


@dataclass(slots=True)
class UserToken:
    """A user's token of the OAuth of 9.2."""

    account: Account
    ends_at: float


@dataclass(slots=True)
class FaceSession:
    """One ``verify_id``. ``result`` is what a query answers."""

    out_seq_no: str
    name: str = field(repr=False)
    number: str = field(repr=False)
    openid: str = field(repr=False)
    ends_at: float = 0.0
    result: int = UNFINISHED


@dataclass(slots=True)
class Letter:
    """What lies in the mini program's letter box under one ref."""

    account: Account
    js_code: str = field(repr=False)
    match: str = field(repr=False)
    verify_id: str | None = None


def _account(person: Person) -> Account:
    digest = sha256(person.id18.encode()).hexdigest()
    return Account(person.key, person.name, person.id18, f"oGEN{digest[:24]}", f"uGEN{digest[24:48]}")


class Wechat:
    """The state. ``named`` are the accounts of the personas, whom the pages offer.

    Guarded by the house's lock where two requests could race for one code.
    """

    def __init__(self, house: House) -> None:
        self._house = house
        text = (resources.files(__package__) / "personas.json").read_text(encoding="utf-8")
        rows = json.loads(text)["people"]
        self.accounts = {
            r["key"]: Account(r["key"], r["name"], r["id18"], r["wechat_openid"], r["wechat_unionid"]) for r in rows
        }
        self.named = tuple(self.accounts.values())
        holders = (p for p in house.register.generated if p.expected("wechat_realname") != NO_ACCOUNT)
        self.accounts |= {p.key: _account(p) for p in holders}
        self._by_openid = {a.mini_openid: a for a in self.accounts.values()}
        self.codes: dict[str, Code] = {}
        self.user_tokens: dict[str, UserToken] = {}
        self.refresh_tokens: dict[str, UserToken] = {}
        self.sessions: dict[str, FaceSession] = {}
        self.sequences: set[str] = set()
        self.letters: dict[str, Letter] = {}
        self._tokens: dict[str, float] = {}
        self._stable: str | None = None
        self._classic: str | None = None
        self._forced: deque[float] = deque()

    def new(self, prefix: str = "") -> str:
        """A fresh opaque value."""
        return prefix + self._house.octets(16).hex()

    def issue(self, app_id: str, account: Account) -> str:
        """A one-time code."""
        code = self.new("0")
        self.codes[code] = Code(app_id, account, self._house.clock.now() + CODE_SECONDS)
        return code

    def redeem(self, app_id: str, code: str) -> "Account | int":
        """The account of a code, or the errcode."""
        if not code:
            return 41008
        with self._house.lock:
            found = self.codes.get(code)
            if found is None or found.app_id != app_id or self._house.clock.now() >= found.ends_at:
                return 40029
            if found.used:
                return 40163
            found.used = True
        return found.account

    def by_openid(self, openid: str) -> Account | None:
        """An account of the mini program."""
        return self._by_openid.get(openid)

    # ---- server tokens: both endpoints with their own rules ----------------------------------------------------------

    def stable_token(self, *, force: bool) -> "tuple[str, int] | int":
        """The stable token and the seconds it has left, or the errcode. Forced: 20 a day, 30 s apart."""
        now = self._house.clock.now()
        with self._house.lock:
            if force:
                while self._forced and self._forced[0] <= now - _DAY:
                    self._forced.popleft()
                if len(self._forced) >= FORCED_A_DAY:
                    return 45009
                if self._forced and now - self._forced[-1] < FORCED_APART_SECONDS:
                    return 45011
                self._forced.append(now)
                self._tokens.pop(self._stable or "", None)
                self._stable = None
            if self._stable is None or self._tokens.get(self._stable, 0.0) - now <= OVERLAP_SECONDS:
                self._stable = self.new("S_")
                self._tokens[self._stable] = now + TOKEN_SECONDS
            return self._stable, int(self._tokens[self._stable] - now)

    def classic_token(self) -> tuple[str, int]:
        """A new token each time; the one before it lives five minutes more."""
        now = self._house.clock.now()
        with self._house.lock:
            if self._classic is not None:
                self._tokens[self._classic] = min(self._tokens[self._classic], now + OVERLAP_SECONDS)
            self._classic = self.new("C_")
            self._tokens[self._classic] = now + TOKEN_SECONDS
            return self._classic, TOKEN_SECONDS

    def token_fault(self, token: str) -> int | None:
        """The errcode for a server token, or None when it is good."""
        if not token:
            return 41001
        if token not in self._tokens:
            return 40001
        return 42001 if self._house.clock.now() >= self._tokens[token] else None

    def refuse(self, errcode: int) -> Response:
        """An error as WeChat says it: status 200, and a request id in the text."""
        note(f"refused: errcode {errcode}")
        return json_reply({"errcode": errcode, "errmsg": f"{MESSAGES[errcode]} rid: {self.new()[:24]}"})
