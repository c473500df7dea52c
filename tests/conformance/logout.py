"""A relying party that signs out, by joserfc and HTTP alone: what the sign-out plans of the certification tests are."""

import base64
import hashlib
import json
import re
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from joserfc import jws, jwt
from joserfc.jwk import KeySet, RSAKey
from lxml import html
from werkzeug.test import TestResponse

from tests.provider import ISSUER, Browser, Party, Person, Provider

EVENT = "http://schemas.openid.net/event/backchannel-logout"
ALGORITHMS = ["RS256"]


@dataclass
class RelyingParty:
    """One client and the browser of one citizen, who is signed on there."""

    provider: Provider
    party: Party
    browser: Browser
    answer: dict[str, str] = field(default_factory=dict)
    tokens: dict[str, Any] = field(default_factory=dict)

    @property
    def metadata(self) -> dict[str, Any]:
        return dict(self.browser.get("/.well-known/openid-configuration").json)

    @property
    def hint(self) -> str:
        return str(self.tokens["id_token"])

    @property
    def claims(self) -> dict[str, Any]:
        return self.verified(self.hint)[1]

    def sign_on(self, person: Person | None = None, **parameters: str) -> None:
        page = self.browser.follow(self.party.authorize(self.browser, **parameters))
        if person is not None:
            page = self.browser.submit(page, username=person.mobile, password="correct horse 9 battery")
        self.answer = dict(parse_qsl(urlsplit(page.headers["Location"]).query))
        response = self.party.redeem(self.answer["code"])
        assert response.status_code == 200, response.text
        self.tokens = dict(response.json)

    def end_session(self, **parameters: str) -> TestResponse:
        """What the browser shows, or where it was sent, after end_session_endpoint."""
        path = self.metadata["end_session_endpoint"].removeprefix(ISSUER)
        return self.browser.follow(self.browser.get(path, query_string=parameters))

    def sent_back(self, response: TestResponse) -> dict[str, str] | None:
        """The parameters with which the browser came to the post-logout address; None when it did not come."""
        location = response.headers.get("Location", "")
        registered = min(self.party.client.post_logout_redirect_uris)
        if not location.startswith(registered):
            return None
        return dict(parse_qsl(urlsplit(location).query))

    def alive(self) -> bool:
        """Whether prompt=none still finds the session."""
        response = self.browser.follow(self.party.authorize(self.browser, prompt="none"))
        answer = dict(parse_qsl(urlsplit(response.headers["Location"]).query))
        assert ("code" in answer) != (answer.get("error") == "login_required"), answer
        return "code" in answer

    def verified(self, token: str) -> tuple[dict[str, Any], dict[str, Any]]:
        """Header and claims of a token signed by the provider's published keys."""
        keys = KeySet.import_key_set(self.browser.get("/jwks").json)
        registry = jws.JWSRegistry(algorithms=ALGORITHMS)
        read = jwt.decode(token, keys, algorithms=ALGORITHMS, registry=registry)
        return dict(read.header), dict(read.claims)

    def of_other_key(self) -> str:
        """The ID token's claims, signed by a key that the provider never had."""
        header = json.loads(_part(self.hint, 0))
        return jwt.encode({"alg": "RS256", "kid": header["kid"]}, self.claims, RSAKey.generate_key(2048))

    def of_no_key(self) -> str:
        """The ID token, changed to ``alg: none``."""
        return f"{_b64(json.dumps({'alg': 'none'}))}.{self.hint.split('.')[1]}."


def confirm(browser: Browser, page: TestResponse) -> TestResponse:
    """The citizen presses the button of the page that asks."""
    return press(browser, page, "/logout/confirm")


def press(browser: Browser, page: TestResponse, action: str) -> TestResponse:
    """The first button of a form that goes to ``action``."""
    form = html.fromstring(page.text).xpath("//form[@action=$to]", to=action)[0]
    fields = {each.get("name"): each.get("value") for each in form.xpath(".//input")}
    return browser.follow(browser.post(action, fields, headers={"Referer": f"{ISSUER}{page.request.path}"}))


def frames_of(page: TestResponse) -> list[str]:
    return [str(each) for each in html.fromstring(page.text).xpath("//iframe/@src")]


def unchanged(client_id: str, origin: str, told: str, set_cookie: str | None) -> bool:
    """What the provider's frame computes (Session Management 1.0 section 3.2), written down again from the text."""
    found = re.fullmatch(r"([0-9a-f]{64})\.([0-9a-f]+)", told)
    assert found, told
    salted = f"{client_id} {origin} {set_cookie} {found[2]}"
    return hashlib.sha256(salted.encode()).hexdigest() == found[1]


def _part(token: str, number: int) -> bytes:
    part = token.split(".")[number]
    return base64.urlsafe_b64decode(part + "=" * (-len(part) % 4))


def _b64(text: str) -> str:
    return base64.urlsafe_b64encode(text.encode()).rstrip(b"=").decode()
