"""The receiver that the guide shows, taken from the guide and given real tokens of the provider."""

import re
from pathlib import Path
from typing import Any

import pytest
from werkzeug.test import Client as Http

from idp.domain.client import PushEndpoint, SigningAlg
from idp.oidc.jws import Minter
from idp.oidc.logout_tokens import LogoutTokens
from idp.oidc.security_events import SecurityEventTokens
from tests.contract.announcing import event_for
from tests.doubles import SeededRandomness
from tests.provider import ISSUER, Provider

GUIDE = Path(__file__).resolve().parents[2] / "docs" / "registering-a-client.md"


class Fund:
    """A relying party that copied the receiver and gave it its own tables."""

    def __init__(self, provider: Provider) -> None:
        self.provider, self.acted, self.seen = provider, list[tuple[str, str]](), set[str]()
        push = PushEndpoint("https://fund.example/security-events", "fund")
        self.client = provider.party("fund", security_events=push, id_token_alg=SigningAlg.ES256).client
        (code,) = re.findall(r"^```python\n(.*?)^```", GUIDE.read_text(encoding="utf-8"), re.DOTALL | re.MULTILINE)
        room: dict[str, Any] = {
            "BEARER": "wanted",
            "ISSUER": ISSUER,
            "CLIENT_ID": "fund",
            "fetch_jwks": lambda: Http(provider.app.wsgi_app).get("/jwks").json,
            "first_time": self.first_time,
            "act_on": lambda kind, sub, _event: self.acted.append((kind, sub)),
        }
        exec(compile(code, str(GUIDE), "exec"), room)
        self.receive = room["receive"]

    def first_time(self, jti: str) -> bool:
        return jti not in self.seen and not self.seen.add(jti)

    def posts(self, token: str, *, bearer: str = "wanted", later: float = 0.0) -> tuple[int, str]:
        status, body = self.receive(token, bearer, self.provider.clock.now() + later)
        return status, body.get("err", "")

    def token(self, client: Any = None) -> str:
        tokens = SecurityEventTokens(ISSUER, Minter(self.provider.vault.keys), self.provider.clock)
        return tokens.mint(client or self.client, event_for("fund", self.provider.clock.now()))


@pytest.fixture
def fund(provider: Provider) -> Fund:
    return Fund(provider)


def test_it_takes_an_event_and_acts_once(fund: Fund) -> None:
    token = fund.token()
    assert [fund.posts(token), fund.posts(token)] == [(202, ""), (202, "")]
    assert fund.acted == [("https://schemas.openid.net/secevent/caep/event-type/assurance-level-change", "s" * 43)]


def test_it_takes_nothing_else(fund: Fund) -> None:
    other = fund.provider.party("other", id_token_alg=SigningAlg.ES256).client
    logout = LogoutTokens(ISSUER, Minter(fund.provider.vault.keys), fund.provider.clock, SeededRandomness())
    assert fund.posts(fund.token(), bearer="guessed") == (400, "authentication_failed")
    assert fund.posts(fund.token(other)) == (400, "invalid_audience")
    assert fund.posts(fund.token()[:-6] + "AAAAAA") == (400, "invalid_key")
    assert fund.posts("not a token") == (400, "invalid_key")
    assert fund.posts(fund.token(), later=3600) == (400, "invalid_request")
    assert fund.posts(logout.mint(fund.client, "s", "sid")) == (400, "invalid_request")
    assert fund.acted == []
