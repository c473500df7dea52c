"""clients.yaml: what is refused, and what a bad reload leaves alone."""

import os
import re

import pytest

from idp.clients import ClientRegistry, ClientsInvalid, load
from idp.domain.audit_words import AuditEvent
from idp.domain.client import ChannelPolicy
from idp.housekeeping import Housekeeping
from tests.doubles import SeededRandomness, SteppingClock

DIGEST = "sha256:" + "ab" * 32
GOOD = f"""clients:
  - client_id: hall
    client_name: 大厅
    client_name_en: Hall
    token_endpoint_auth_method: client_secret_basic
    client_secret_digests: ["{DIGEST}"]
    redirect_uris: [https://hall.example/cb]
    contacts: [a@hall.example]
"""


def faults(text: str, *, development: bool = True) -> str:
    with pytest.raises(ClientsInvalid) as caught:
        load(text, development=development)
    return str(caught.value)


@pytest.mark.parametrize(
    "uri",
    [
        "http://hall.example/cb", "https://*.hall.example/cb", "https://hall.example/cb#f", "javascript:alert(1)",
        "data:text/html,x", "https://u:p@hall.example/cb", "/cb", "https:///cb", "HTTPS://hall.example\\@evil/cb",
        "https://hall.example/c b", "https://hаll.example/cb", "ftp://hall.example/cb",
    ],
)  # fmt: skip
def test_unsafe_redirect_addresses_are_refused(uri):
    assert "redirect_uris[0]" in faults(GOOD.replace("https://hall.example/cb", f"'{uri}'"))


@pytest.mark.parametrize("host", ["127.0.0.1:8001", "localhost", "[::1]:8001"])
def test_plain_http_is_allowed_on_loopback_only(host):
    assert load(GOOD.replace("https://hall.example/cb", f'"http://{host}/cb"'), development=True)


@pytest.mark.parametrize(
    ("change", "seen"),
    [
        (("client_secret_digests", "client_secret"), "client_secret"),
        ((DIGEST, "a literal secret"), "client_secret_digests[0]"),
        (("client_secret_basic", "client_secret_plain"), "token_endpoint_auth_method"),
        (("client_secret_basic", "none"), "client_secret_digests"),
        (("contacts: [a@hall.example]", "contacts: []"), "contacts"),
        (("client_id: hall", "client_id: a b"), "client_id"),
        (("contacts:", "grant_types: [password]\n    contacts:"), "grant_types[0]"),
        (("contacts:", "id_token_signed_response_alg: none\n    contacts:"), "id_token_signed_response_alg"),
        (("contacts:", "id_token_signed_response_alg: HS256\n    contacts:"), "id_token_signed_response_alg"),
        (("contacts:", "scope: profile\n    contacts:"), "openid is required"),
        (("contacts:", "scope: openid offline_access\n    contacts:"), "refresh_token grant"),
        (("contacts:", "colour: blue\n    contacts:"), "colour"),
        (("contacts:", "client_id: twice\n    contacts:"), "repeated key"),
        (("[https://hall.example/cb]", "[https://a.example/cb, https://b.example/cb]"), "sector_identifier"),
        (("clients:", "clients: !!python/object/apply:os.getcwd []\nx:"), "YAML"),
        ((GOOD, "clients: ["), "YAML"),
        ((GOOD, "[]"), ""),
    ],
)
def test_what_is_wrong_is_named(change, seen):
    assert seen in faults(GOOD.replace(*change))


def test_an_example_secret_is_refused():
    import hashlib

    digest = hashlib.sha256(b"changeme").hexdigest()
    assert "example secret" in faults(GOOD.replace("ab" * 32, digest))


@pytest.mark.parametrize("other", ["HALL", "Hall"])
def test_client_ids_are_unique_after_case_folding(other):
    second = GOOD.removeprefix("clients:\n").replace("client_id: hall", f"client_id: {other}")
    assert "repeats clients[0].client_id" in faults(GOOD + second)


def test_development_clients_are_refused_in_production():
    text = GOOD + "    development_only: true\n"
    assert load(text, development=True)
    assert "development_only" in faults(text, development=False)


class _Outbox:
    def __init__(self) -> None:
        self.events: list[AuditEvent] = []

    def append(self, event: AuditEvent) -> None:
        self.events.append(event)

    def drain(self, log, *, batch=500) -> int:
        return 0


def test_a_bad_reload_keeps_the_old_clients_and_a_good_one_takes_the_new(tmp_path):
    path = tmp_path / "clients.yaml"
    path.write_text(GOOD, encoding="utf-8")
    registry, outbox = ClientRegistry(path, development=True), _Outbox()
    keeping = Housekeeping(
        outbox=outbox,
        audit=None,
        clients=registry,
        clock=SteppingClock(),
        randomness=SeededRandomness(),
        duties=(),
    )
    path.write_text(GOOD + "    colour: blue\n", encoding="utf-8")
    keeping.once()
    assert [c.client_id for c in registry.all()] == ["hall"]
    path.write_text(GOOD.replace("client_id: hall", "client_id: palace"), encoding="utf-8")
    os.utime(path, ns=(1, 1))
    keeping.once()
    assert [c.client_id for c in registry.all()] == ["palace"]
    keeping.once()  # nothing changed: nothing is read, nothing is told
    assert [event.detail() for event in outbox.events] == [
        {"outcome": "refused", "count": 1},
        {"outcome": "ok", "count": 1},
    ]


def test_a_duty_that_fails_keeps_no_other_from_being_done(tmp_path):
    path, done = tmp_path / "clients.yaml", []
    path.write_text(GOOD, encoding="utf-8")

    def fails() -> None:
        raise ConnectionError("away")

    keeping = Housekeeping(
        outbox=_Outbox(),
        audit=None,
        clients=ClientRegistry(path, development=True),
        clock=SteppingClock(),
        randomness=SeededRandomness(),
        duties=(fails, lambda: done.append("second")),
    )
    assert keeping.once() == 0
    assert done == ["second"]


def test_a_client_may_list_channels_and_ask_for_verified_claims():
    extra = "\n    verified_claims: true\n    channels: [counter_verify, alipay_account]\n    channel_policy: require"
    (client,) = load(GOOD.rstrip() + extra, development=True)
    assert client.verified_claims
    assert client.channels == ("counter_verify", "alipay_account")
    assert client.channel_policy is ChannelPolicy.REQUIRE


@pytest.mark.parametrize(
    ("extra", "seen"),
    [
        ("channels: [counter_verify, counter_verify]", "channels: repeated"),
        ("channel_policy: require", "channel_policy: require needs channels"),
        ('channels: ["../x"]', "channels[0]"),
    ],
)
def test_a_list_of_channels_that_cannot_be_meant_is_refused(extra, seen):
    with pytest.raises(ClientsInvalid, match=re.escape(seen)):
        load(f"{GOOD.rstrip()}\n    {extra}", development=True)
