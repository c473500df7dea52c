"""A registered client reads, changes and removes its own registration (RFC 7592), and nobody else's."""

from typing import Any

import pytest
from werkzeug.test import Client

from idp.client_directory import ClientDirectory
from idp.domain.audit_clients import ClientChanged
from tests import client_keys
from tests.provider import ISSUER, Provider, basic
from tests.web.test_registration import CALLBACK, call, managed, office, register, registered


def knows(provider: Provider, client_id: str, secret: str) -> bool:
    """Whether the credentials are a client's."""
    answer = Client(provider.app.wsgi_app).post(
        "/revoke", base_url=ISSUER, data={"token": "x"}, headers={"Authorization": basic(client_id, secret)}
    )
    return answer.status_code == 200


def metadata_of(told: dict[str, Any], **changes: Any) -> dict[str, Any]:
    """What a client sends to change its registration: everything it was told but what the provider alone decides."""
    ours = {"registration_access_token", "registration_client_uri", "client_secret_expires_at", "client_id_issued_at"}
    return {name: value for name, value in told.items() if name not in ours} | changes


def test_a_registration_is_read_back_without_its_secret(provider: Provider):
    told = registered(provider, tos_uri="https://rp.example/tos", default_max_age=600)
    answer = managed(provider, told)
    assert answer.status_code == 200
    assert answer.json == {name: value for name, value in told.items() if name != "client_secret"}


def test_only_its_own_token_opens_it(provider: Provider):
    one, other = registered(provider), registered(provider)
    path = f"/clients/{one['client_id']}"
    for method in ("GET", "PUT", "DELETE"):
        for token in (None, "", "wrong", other["registration_access_token"], one["client_secret"]):
            body = metadata_of(one) if method == "PUT" else None
            answer = call(provider, method, path, token, body)
            assert answer.status_code == 401
            assert answer.headers["WWW-Authenticate"].startswith("Bearer ")
    for wrong in ("/clients/nobody", "/clients/", "/clients/a/b"):
        assert call(provider, "GET", wrong, one["registration_access_token"]).status_code in {401, 404, 405}
    assert managed(provider, one).status_code == 200


def test_an_update_replaces_everything_and_keeps_the_secret(provider: Provider):
    told = registered(provider, tos_uri="https://rp.example/tos", logo_uri="https://rp.example/l.png")
    change = metadata_of(told, redirect_uris=["https://rp.example/new"])
    del change["tos_uri"]
    answer = managed(provider, told, "PUT", change)
    assert answer.status_code == 200, answer.text
    assert answer.json["redirect_uris"] == ["https://rp.example/new"]
    assert "tos_uri" not in answer.json
    assert "client_secret" not in answer.json
    assert answer.json["registration_access_token"] == told["registration_access_token"]
    client = provider.app.extensions["yihaotong"].clients.get(told["client_id"])
    assert client.redirect_uris == {"https://rp.example/new"}
    assert client.logo_uri == "https://rp.example/l.png"
    assert knows(provider, told["client_id"], told["client_secret"])


def test_another_way_to_authenticate_gets_or_loses_a_secret(provider: Provider):
    told, key = registered(provider), client_keys.make_key()
    keyed = metadata_of(told, token_endpoint_auth_method="private_key_jwt", jwks=client_keys.jwks(key))
    assert managed(provider, told, "PUT", keyed).status_code == 200
    assert not knows(provider, told["client_id"], told["client_secret"])
    del keyed["client_secret"]
    keyed["token_endpoint_auth_method"] = "client_secret_basic"
    back = managed(provider, told, "PUT", keyed)
    assert back.status_code == 200, back.text
    assert back.json["client_secret"] != told["client_secret"]
    assert knows(provider, told["client_id"], back.json["client_secret"])


@pytest.mark.parametrize(
    "wrong",
    [
        {"client_id": "other"},
        {"client_secret": "not mine"},
        {"registration_access_token": "x"},
        {"client_id_issued_at": 1},
        {"redirect_uris": ["https://rp.example/cb#f"]},
        {"scope": "openid id_number"},
    ],
    ids=str,
)
def test_a_faulty_update_changes_nothing(provider: Provider, wrong: dict[str, Any]):
    told = registered(provider)
    answer = managed(provider, told, "PUT", metadata_of(told) | wrong)
    assert answer.status_code == 400
    assert answer.json["error"] in {"invalid_client_metadata", "invalid_redirect_uri"}
    kept = provider.stores.registered_clients.by_id(told["client_id"])
    assert kept is not None
    assert kept.version == 1


def test_a_removed_client_is_nobody_from_then_on(provider: Provider):
    told = registered(provider)
    assert knows(provider, told["client_id"], told["client_secret"])
    answer = managed(provider, told, "DELETE")
    assert (answer.status_code, answer.data) == (204, b"")
    assert not knows(provider, told["client_id"], told["client_secret"])
    assert managed(provider, told).status_code == 401


def test_a_disabled_client_is_nobody_until_it_is_enabled(provider: Provider):
    told = registered(provider)
    office(provider).disable(told["client_id"])
    assert not knows(provider, told["client_id"], told["client_secret"])
    assert managed(provider, told).status_code == 401
    office(provider).enable(told["client_id"])
    assert knows(provider, told["client_id"], told["client_secret"])


def test_two_secrets_live_while_one_follows_the_other(provider: Provider):
    told = registered(provider)
    client_id, first = told["client_id"], told["client_secret"]
    second = office(provider).rotate_secret(client_id)
    assert knows(provider, client_id, first)
    assert knows(provider, client_id, second)
    office(provider).drop_old_secret(client_id)
    assert not knows(provider, client_id, first)
    assert knows(provider, client_id, second)


def test_another_process_sees_a_change_by_its_number_and_a_known_client_asks_nothing(provider: Provider):
    other = ClientDirectory(provider.registry, provider.stores.registered_clients, provider.clock)
    told = registered(provider)
    found = other.get(told["client_id"])
    assert found is not None
    office(provider).rotate_secret(told["client_id"])
    assert other.get(told["client_id"]) is found
    other.tick()
    renewed = other.get(told["client_id"])
    assert renewed is not None
    assert len(renewed.secret_digests) == 2
    office(provider).remove(told["client_id"])
    provider.clock.advance(1)
    other.tick()
    assert other.get(told["client_id"]) is None


def test_what_is_declared_in_the_file_is_never_taken_by_a_registration(provider: Provider):
    told = registered(provider)
    party = provider.party(told["client_id"])
    assert provider.app.extensions["yihaotong"].clients.get(told["client_id"]) is party.client


def test_every_change_is_written_to_the_audit_log(provider: Provider, monkeypatch: pytest.MonkeyPatch):
    seen: list[tuple[str, bool]] = []
    outbox = type(provider.stores.outbox)
    append = outbox.append

    def note(self: Any, event: Any) -> None:
        if isinstance(event, ClientChanged):
            seen.append((event.act, event.operator))
        append(self, event)

    monkeypatch.setattr(outbox, "append", note)
    told = registered(provider)
    managed(provider, told, "PUT", metadata_of(told))
    office(provider).rotate_secret(told["client_id"])
    managed(provider, told, "DELETE")
    assert seen == [("registered", False), ("updated", False), ("secret_added", True), ("removed", False)]
    assert provider.drain() >= len(seen)


def test_a_sector_is_fetched_and_must_list_every_redirect_uri(provider: Provider):
    where = "https://rp.example/sector.json"
    pair = [CALLBACK, "https://two.example/cb"]
    refused = register(provider, redirect_uris=pair, sector_identifier_uri=where)
    assert refused.json["error"] == "invalid_client_metadata"
    provider.published.at[where] = pair[:1]
    assert register(provider, redirect_uris=pair, sector_identifier_uri=where).status_code == 400
    provider.published.at[where] = pair
    told = registered(provider, redirect_uris=pair, sector_identifier_uri=where)
    client = provider.app.extensions["yihaotong"].clients.get(told["client_id"])
    assert client.sector == "rp.example"
    asked = len(provider.published.fetched)
    assert register(provider, redirect_uris=["javascript:x"], sector_identifier_uri=where).status_code == 400
    assert len(provider.published.fetched) == asked  # nothing is fetched for metadata that are refused anyway
