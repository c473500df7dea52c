"""``flask idp clients`` for relying parties that are registered here rather than in clients.yaml."""

import json

import pytest

import wsgi
from idp.client_directory import ClientDirectory
from tests.cli.test_commands import environment, run  # noqa: F401  fixtures

CLIENT = """
client_id: suite
client_name: 测试
client_name_en: Suite
token_endpoint_auth_method: client_secret_basic
redirect_uris: [https://suite.example/cb]
scope: openid id_number
consent: implied
contacts: [a@suite.example]
"""


@pytest.fixture
def clients(run):  # noqa: F811
    assert run("database", "upgrade").exit_code == 0
    return lambda *arguments: run("clients", *arguments)


@pytest.fixture
def file(tmp_path):
    def write(text: str):
        path = tmp_path / "client.yaml"
        path.write_text(text, encoding="utf-8")
        return path

    return write


def said(result) -> dict[str, str]:
    assert result.exit_code == 0, result.output
    return dict(line.split(maxsplit=1) for line in result.output.splitlines())


def test_a_client_is_added_shown_and_listed_with_what_an_operator_alone_may_approve(clients, file):
    told = said(clients("add", file(CLIENT)))
    assert told["client_id"] == "suite"
    assert len(told["client_secret"]) >= 43
    shown = json.loads(clients("show", "suite").output)
    assert shown["source"] == "registered"
    assert shown["scopes"] == ["id_number", "openid"]
    assert shown["consent"] == "implied"
    assert shown["live_secrets"] == 1
    assert told["client_secret"] not in clients("show", "suite").output
    listed = clients("list").output
    assert "suite" in listed
    assert "registered" in listed
    assert json.loads(clients("show", "demo-service-hall").output)["source"] == "file"
    assert clients("show", "nobody").exit_code == 1


def test_json_and_a_file_of_one_client_are_taken_too_and_a_digest_makes_no_secret(clients, file):
    document = {
        "client_id": "suite", "client_name": "测试", "client_name_en": "Suite", "contacts": ["a@b.example"],
        "token_endpoint_auth_method": "client_secret_post", "redirect_uris": ["https://suite.example/cb"],
        "client_secret_digests": [f"sha256:{'ab' * 32}"],
    }  # fmt: skip
    assert "client_secret" not in said(clients("add", file(json.dumps({"clients": [document]}))))


@pytest.mark.parametrize(
    ("text", "what"),
    [
        (CLIENT.replace("https://suite.example/cb", "http://suite.example/cb"), "must be https"),
        (CLIENT.replace("scope: openid id_number", "scope: id_number"), "openid is required"),
        (CLIENT.replace("client_secret_basic", "magic"), "token_endpoint_auth_method"),
        (CLIENT.replace("client_id: suite", "client_id: DEMO-service-hall"), "called so"),
        (CLIENT + "client_secret_refs: [x]", "client_secret_refs"),
        ("[1, 2]", "must be one client"),
        ("{", "neither YAML nor JSON"),
    ],
)
def test_a_faulty_client_is_refused_with_its_fault(clients, file, text, what):
    result = clients("add", file(text))
    assert result.exit_code == 1
    assert what in result.output
    assert json.loads(clients("show", "demo-service-hall").output)["source"] == "file"


def test_secrets_rotate_with_both_alive_until_the_old_one_is_dropped(clients, file):
    first = said(clients("add", file(CLIENT)))["client_secret"]
    second = said(clients("rotate-secret", "suite"))["client_secret"]
    assert first != second
    assert json.loads(clients("show", "suite").output)["live_secrets"] == 2
    assert clients("drop-old-secret", "suite").exit_code == 0
    assert json.loads(clients("show", "suite").output)["live_secrets"] == 1


def test_a_client_is_disabled_enabled_and_removed(clients, file):
    clients("add", file(CLIENT))
    assert clients("disable", "suite").exit_code == 0
    assert json.loads(clients("show", "suite").output)["disabled"] is True
    assert "disabled" in clients("list").output
    assert clients("enable", "suite").exit_code == 0
    assert json.loads(clients("show", "suite").output)["disabled"] is False
    assert clients("remove", "suite").exit_code == 0
    assert clients("remove", "suite").exit_code == 1
    assert "changed there" in clients("remove", "demo-service-hall").output


def test_an_initial_token_is_made_listed_and_revoked(clients):
    told = said(
        clients(
            "initial-token", "create", "--contact", "desk@suite.example", "--uses", "3", "--host", "suite.example",
            "--grant", "authorization_code", "--scope", "openid",
        )
    )  # fmt: skip
    assert len(told["token"]) >= 43
    listed = clients("initial-token", "list").output
    assert told["id"] in listed
    assert "3 left" in listed
    assert told["token"] not in listed
    assert clients("initial-token", "revoke", told["id"]).exit_code == 0
    assert "over" in clients("initial-token", "list").output
    assert clients("initial-token", "revoke", told["id"]).exit_code == 1
    assert clients("initial-token", "create", "--contact", "x", "--scope", "id_number").exit_code == 2


def test_a_running_provider_finds_what_was_added(clients, file):
    composition = wsgi.Composition()
    directory = ClientDirectory(composition.clients, composition.stores.registered_clients, composition.clock)
    assert directory.get("suite") is None
    clients("add", file(CLIENT))
    directory.tick()
    assert directory.get("suite") is not None
    composition.close()
