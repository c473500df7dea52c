"""What opens doors: live codes, tokens and credentials, put into generated requests so that they come further."""

import hashlib
from collections.abc import Callable
from random import Random

from idp.domain.client import AuthMethod, GrantType, PushEndpoint, ResourceServer
from idp.domain.ports import InitialToken
from idp.registration.policy import Policy
from tests.fuzz.requests import Sent
from tests.provider import ISSUER, Party, Provider, basic

REUSED = 25
RESOURCE = "https://api.example/"
REQUEST = ("response_type", "client_id", "redirect_uri", "scope", "code_challenge", "code_challenge_method", "nonce")
PAGES = frozenset({"/authorize", "/logout"})
# What makes a request to a path right.
RIGHT = {
    "/authorize": REQUEST,
    "/par": REQUEST,
    "/logout": ("id_token_hint", "post_logout_redirect_uri"),
    "/device_authorization": ("scope",),
    "/bc-authorize": ("scope", "login_hint"),
    "/revoke": ("token",),
    "/introspect": ("token",),
    "/userinfo": (),
}


class Doors:
    """Live values of one provider. Each is made again after some uses: redeeming spends it."""

    def __init__(self, provider: Provider, random: Random) -> None:
        self._provider = provider
        self._random = random
        self.party: Party = provider.party(
            "hall",
            security_events=PushEndpoint(None),
            resource_server=ResourceServer(frozenset({RESOURCE}), exchange=frozenset({"hall"})),
            resources=frozenset({RESOURCE}),
        )
        self._client: tuple[str, str] = ("", "")
        provider.party("public", auth_method=AuthMethod.NONE, redirect_uris=self.party.client.redirect_uris)
        self.person = provider.citizen(login_name="citizen")
        self.browser, self._own = provider.browser(), provider.browser()
        for browser in (self.browser, self._own):  # requests may sign the first one out
            browser.sign_in(self.person)
        self._token_requests = [
            self._token_request("authorization_code", "code", "redirect_uri", "code_verifier"),
            self._token_request("refresh_token", "refresh_token"),
            self._token_request("client_credentials", "resource"),
            self._token_request(GrantType.DEVICE_CODE, "device_code"),
            self._token_request(GrantType.CIBA, "auth_req_id"),
            self._token_request(GrantType.TOKEN_EXCHANGE, "subject_token", "subject_token_type", "resource"),
        ]
        self._made: dict[str, tuple[str, int]] = {}
        self._makers: dict[str, Callable[[], str]] = {
            "code": lambda: self.party.code(self._own),
            "access_token": lambda: str(self.party.tokens(self._own)["access_token"]),
            "refresh_token": lambda: str(self.party.tokens(self._own)["refresh_token"]),
            "id_token_hint": lambda: str(self.party.tokens(self._own)["id_token"]),
            "initial_token": self._initial_token,
            "request_uri": lambda: self._begun("/par", "request_uri", self.party.parameters()),
            "device_code": lambda: self._begun("/device_authorization", "device_code", {"scope": "openid"}),
            "auth_req_id": lambda: self._begun(
                "/bc-authorize", "auth_req_id", {"scope": "openid", "login_hint": "citizen"}
            ),
        }
        self._constants = {
            **self.party.parameters(),
            "client_secret": self.party.secret,
            "code_verifier": self.party.verifier,
            "redirect_uri": self.party.redirect_uri,
            "login_hint": "citizen",
            "post_logout_redirect_uri": min(self.party.client.post_logout_redirect_uris),
            "resource": RESOURCE,
            "audience": RESOURCE,
            "subject_token_type": "urn:ietf:params:oauth:token-type:access_token",
        }
        self._alike = {"token": "access_token", "subject_token": "access_token", "actor_token": "access_token"}

    def opened(self, sent: Sent) -> Sent:
        """``sent`` with live values where the dice say so, sometimes with one character changed."""
        random = self._random
        if sent.raw is None and random.random() < 0.5 and (right := self._right(sent.path)):
            self._nearly_right(sent, right)
        place = sent.form if sent.form is not None else sent.query
        for name in sorted(place):
            if random.random() < 0.7 and (value := self.live(name)):
                place[name] = value
        if place and random.random() < 0.2:
            name = random.choice(sorted(place))
            place[name] = place[name][:-1] + random.choice("aZ9é~")
        if sent.path not in PAGES and random.random() < 0.7:
            self._authenticated(sent, place)
        return sent

    def _nearly_right(self, sent: Sent, right: dict[str, str]) -> None:
        """A request that would do, with two at most of the generated parameters."""
        place = sent.form if sent.method == "POST" else sent.query
        drawn = self._random.sample(sorted((place or {}).items()), min(len(place or {}), self._random.randrange(3)))
        if sent.method == "POST":
            sent.form = right | dict(drawn)
        else:
            sent.query = right | dict(drawn)

    def _right(self, path: str) -> dict[str, str]:
        """Parameters that would do, without authentication."""
        if path == "/token":
            return self._random.choice(self._token_requests)()
        return {name: self.live(name) for name in RIGHT.get(path, ())}

    def _token_request(self, grant_type: str, *names: str) -> Callable[[], dict[str, str]]:
        return lambda: {"grant_type": grant_type, **{name: self.live(name) for name in names}}

    def _authenticated(self, sent: Sent, place: dict[str, str]) -> None:
        bearer = {"/userinfo": "access_token", "/clients": "initial_token"}.get(sent.path)
        if bearer is not None:
            sent.headers["Authorization"] = f"Bearer {self.live(bearer)}"
            return
        if sent.path.startswith("/clients/"):
            sent.path, token = self._registered()
            sent.headers["Authorization"] = f"Bearer {token}"
            return
        for name in ("client_id", "client_secret", "client_assertion", "client_assertion_type"):
            place.pop(name, None)
        if self._random.random() < 0.8:
            sent.headers["Authorization"] = basic("hall", self.party.secret)
        else:
            place["client_id"] = "public"

    def _registered(self) -> tuple[str, str]:
        """The configuration endpoint of a client that registered itself, and the token for it."""
        if not self._client[0] or self._random.random() < 0.05:
            answer = self.browser.http.post(
                "/clients",
                base_url=ISSUER,
                json={"redirect_uris": ["https://new.example/cb"], "client_name": "New"},
                headers={"Authorization": f"Bearer {self.live('initial_token')}"},
            )
            told = answer.json or {}
            self._client = (f"/clients/{told['client_id']}", str(told["registration_access_token"]))
        return self._client

    def _initial_token(self) -> str:
        token = self._provider.vault.records.fingerprint("fuzz", str(self._random.random())).hex()
        now = self._provider.clock.now()
        kept = InitialToken(token[:16], "fuzz@hall.example", Policy().document(), now, now + 1e6, 10_000)
        self._provider.stores.initial_tokens.create(kept, hashlib.sha256(token.encode()).digest())
        return token

    def live(self, name: str) -> str:
        """A value that a right request could hold; empty where there is none."""
        name = self._alike.get(name, name)
        if name in self._constants:
            return self._constants[name]
        if name not in self._makers:
            return ""
        value, uses = self._made.get(name, ("", REUSED))
        if uses >= REUSED or name == "code":
            value, uses = self._makers[name](), 0
        self._made[name] = (value, uses + 1)
        return value

    def _begun(self, path: str, member: str, form: dict[str, str]) -> str:
        headers = {"Authorization": basic("hall", self.party.secret)}
        answer = self.browser.http.post(path, base_url=ISSUER, data=form, headers=headers)
        return str((answer.json or {}).get(member, ""))
