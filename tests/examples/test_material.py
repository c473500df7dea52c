"""What a first start makes, and that portals, clients.yaml, citizens and the sandbox population agree."""

import hashlib
import json
import socket
import stat
from pathlib import Path

import pytest
import yaml

from examples.demo import material, people
from examples.demo.ports import PortsInUse, require_free
from examples.demo.settings import ROOT, SettingsInvalid, read
from examples.portal.facts import PortalFacts
from examples.portal_a import FACTS as HALL
from examples.portal_b import FACTS as INSURANCE
from idp.clients import load
from idp.domain.assurance import level_of_acr

PERSONAS = json.loads((ROOT / "tests/vectors/channels/personas.json").read_text(encoding="utf-8"))["people"]
ACCOUNTS = yaml.safe_load(material.CITIZENS.read_text(encoding="utf-8"))


def test_a_port_in_use_is_named_with_its_setting() -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        with pytest.raises(PortsInUse) as refusal:
            require_free("127.0.0.1", {"DEMO_SANDBOX_PORT": port})
    assert f"port {port} of 127.0.0.1 is in use" in str(refusal.value)
    assert "DEMO_SANDBOX_PORT=" in str(refusal.value)


def test_every_port_in_use_is_named_at_once() -> None:
    with (
        socket.create_server(("127.0.0.1", 0)) as one,
        socket.create_server(("127.0.0.1", 0)) as two,
        pytest.raises(PortsInUse) as refusal,
    ):
        require_free("127.0.0.1", {"A": one.getsockname()[1], "B": two.getsockname()[1]})
    assert len(str(refusal.value).splitlines()) == 2


def test_a_free_port_is_no_fault_and_stays_free() -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
    require_free("127.0.0.1", {"DEMO_PROVIDER_PORT": port})
    require_free("127.0.0.1", {"DEMO_PROVIDER_PORT": port})


def test_the_ports_are_the_documented_ones_unless_set() -> None:
    assert list(read({}).ports.values()) == [8000, 8100, 8001, 8002]
    assert read({"DEMO_PORTAL_B_PORT": "9002"}).portal_b_port == 9002


@pytest.mark.parametrize("port", ["0", "65536", "-1", "80a", "", "８０００"])
def test_a_port_that_is_none_is_refused_by_name(port: str) -> None:
    with pytest.raises(SettingsInvalid, match="DEMO_PORTAL_A_PORT must be a port number"):
        read({"DEMO_PORTAL_A_PORT": port})


def test_two_servers_cannot_share_a_port() -> None:
    with pytest.raises(SettingsInvalid, match="DEMO_PORTAL_A_PORT and DEMO_PROVIDER_PORT are the same"):
        read({"DEMO_PORTAL_A_PORT": "8000"})


def test_a_misspelt_setting_is_refused() -> None:
    with pytest.raises(SettingsInvalid, match="DEMO_PORT: no such setting"):
        read({"DEMO_PORT": "9000"})


def test_the_master_key_is_made_once_for_its_owner_only(tmp_path: Path) -> None:
    key = tmp_path / "master.key"
    material.make_master_key(key)
    first = key.read_bytes()
    material.make_master_key(key)
    assert key.read_bytes() == first
    assert len(first.strip()) == 43
    assert stat.S_IMODE(key.stat().st_mode) == 0o600
    assert [path.name for path in tmp_path.iterdir()] == ["master.key"]


def test_the_data_directory_is_closed_to_others(tmp_path: Path) -> None:
    material.make_private_directory(tmp_path / "var")
    assert stat.S_IMODE((tmp_path / "var").stat().st_mode) == 0o700


def test_with_the_usual_ports_the_provider_reads_the_repositorys_clients(tmp_path: Path) -> None:
    assert material.clients_file(read({"DEMO_VAR": str(tmp_path)})) == ROOT / "clients.yaml"


def test_portals_at_other_ports_are_registered_there(tmp_path: Path) -> None:
    settings = read({"DEMO_VAR": str(tmp_path), "DEMO_PORTAL_A_PORT": "8002", "DEMO_PORTAL_B_PORT": "8001"})
    clients = {c.client_id: c for c in load(material.clients_file(settings).read_text("utf-8"), development=True)}
    assert clients[HALL.client_id].redirect_uris == {"http://127.0.0.1:8002/callback"}
    assert clients[INSURANCE.client_id].backchannel_logout_uri == "http://127.0.0.1:8001/backchannel-logout"


def test_what_is_set_outside_wins(tmp_path: Path) -> None:
    outside = {"DEMO_VAR": str(tmp_path), "IDP_DATABASE_URL": "postgresql+psycopg://db/idp", "IDP_MASTER_KEY": "k"}
    settings = read(outside)
    environment = material.provider_environment(settings)
    assert environment["IDP_DATABASE_URL"] == "postgresql+psycopg://db/idp"
    assert "IDP_MASTER_KEY_FILE" not in environment
    assert material.preparation_stamp(settings, environment) is None
    assert people.warnings(outside) == [
        "using IDP_DATABASE_URL from the environment",
        "using IDP_MASTER_KEY from the environment",
    ]


def test_citizens_are_seeded_once_per_data_base_and_version(tmp_path: Path) -> None:
    settings = read({"DEMO_VAR": str(tmp_path)})
    stamp = material.preparation_stamp(settings, material.provider_environment(settings))
    assert stamp is not None
    assert not material.is_prepared(settings, stamp)
    stamp[0].write_text(stamp[1])
    assert not material.is_prepared(settings, stamp)  # the data base is gone: the stamp is worth nothing
    (tmp_path / "yihaotong.db").touch()
    assert material.is_prepared(settings, stamp)
    assert not material.is_prepared(settings, (stamp[0], "another version"))


@pytest.mark.parametrize("facts", [HALL, INSURANCE], ids=["hall", "insurance"])
def test_a_portal_is_registered_as_it_behaves(facts: PortalFacts) -> None:
    text = material.CLIENTS.read_text(encoding="utf-8")
    client = next(c for c in load(text, development=True) if c.client_id == facts.client_id)
    assert client.secret_digests == (hashlib.sha256(facts.client_secret.encode()).digest(),)
    assert client.auth_method == facts.auth_method
    assert client.id_token_alg == facts.signing_alg
    assert client.scopes == set(facts.scope)
    assert all(level_of_acr(acr) is not None for acr in facts.acr_values)
    declared = next(c for c in yaml.safe_load(text)["clients"] if c["client_id"] == facts.client_id)
    assert declared["development_only"] is True


@pytest.mark.parametrize("account", ACCOUNTS, ids=lambda a: a["login_name"])
def test_a_ready_citizen_stands_in_the_sandbox_registers(account: dict[str, str]) -> None:
    persona = next(p for p in PERSONAS if p["id18"] == account["id_number"])
    assert (persona["name"], persona["phone"]) == (account["name"], account["mobile"])
    assert persona["expected"]["police_population"] == "match"


def test_there_are_ready_citizens_of_level_0_and_1_and_one_with_a_second_factor() -> None:
    assert {account["level"] for account in ACCOUNTS} == {0, 1}
    assert sum("totp_secret" in account for account in ACCOUNTS) == 1
    for field in ("id_number", "mobile", "login_name", "password"):
        assert len({account[field] for account in ACCOUNTS}) == len(ACCOUNTS)


def test_the_announcement_names_every_address_and_everyone_one_can_be() -> None:
    text = people.announcement(read({}), 1.25)
    for address in ("http://127.0.0.1:8001/", "http://127.0.0.1:8002/", "http://127.0.0.1:8000/"):
        assert address in text
    assert "http://127.0.0.1:8100/sms/inbox" in text
    assert "1.2 s" in text or "1.3 s" in text
    for persona in PERSONAS:
        assert persona["name"] in text
        assert persona["id18"] in text
    for account in ACCOUNTS:
        assert account["password"] in text
