"""What is generated must not drift, and what is written must be true."""

import json
import re
from pathlib import Path

from adapters import business_registry, counter_verify, police_population, unionpay_card
from idp.clients import json_schema
from idp.oidc.discovery import PATHS, metadata
from idp.settings import Settings

ROOT = Path(__file__).resolve().parents[2]


def test_the_schema_of_clients_yaml_does_not_drift():
    """`make schema` writes it."""
    written = json.loads((ROOT / "docs/clients.schema.json").read_text(encoding="utf-8"))
    assert written == json.loads(json.dumps(json_schema()))


def test_discovery_announces_what_is_mounted(provider):
    from werkzeug.test import Client

    http = Client(provider.app.wsgi_app)
    for name, path in PATHS.items():
        answers = {http.open(path, method=method).status_code for method in ("GET", "POST")}
        assert answers != {404}, name
    document = http.get("/.well-known/openid-configuration").json
    facts = [each.facts for each in provider.channels.values()]
    assert document == json.loads(json.dumps(metadata(provider.settings.issuer, facts, mutual_tls=True)))
    assert document == http.get("/.well-known/oauth-authorization-server").json


def test_discovery_promises_nothing_unsafe(provider):
    from werkzeug.test import Client

    document = Client(provider.app.wsgi_app).get("/.well-known/openid-configuration").json
    assert document["response_types_supported"] == ["code"]
    assert document["code_challenge_methods_supported"] == ["S256"]
    assert not {"implicit", "password"} & set(document["grant_types_supported"])
    for name, values in document.items():
        if name.endswith(("alg_values_supported", "enc_values_supported")):
            assert not {"none", "RSA1_5", "RS1", "dir"} & set(values), name
    origins = {"/".join(v.split("/")[:3]) for k, v in document.items() if k.endswith("_endpoint") or k == "jwks_uri"}
    assert origins == {provider.settings.issuer}


def test_the_key_set_shows_no_private_member(provider):
    from werkzeug.test import Client

    keys = Client(provider.app.wsgi_app).get("/jwks").json["keys"]
    assert {key["alg"] for key in keys} == {"RS256", "PS256", "ES256", "EdDSA"}
    assert len({key["kid"] for key in keys}) == len(keys)
    for key in keys:
        assert not {"d", "p", "q", "dp", "dq", "qi", "k"} & key.keys()


def test_every_setting_has_its_meaning():
    assert all(field.description for field in Settings.model_fields.values())


def test_the_repository_names_no_place_of_the_machine_it_was_made_on():
    pattern = re.compile(r"/work/|/root/\.|\.\./shared")
    for path in ROOT.rglob("*"):
        if path.suffix not in {".py", ".md", ".yaml", ".toml", ".html", ".css", ".sh", ".json", ".txt"}:
            continue
        if {".venv", ".git", "var", "node_modules"} & set(path.relative_to(ROOT).parts) or path == Path(__file__):
            continue
        assert not pattern.search(path.read_text(encoding="utf-8")), path


def test_discovery_tells_of_the_evidence_that_the_mounted_channels_leave():
    """Identity Assurance 1.0 section 9; nothing is announced that no answer could hold."""
    channels = [police_population.FACTS, counter_verify.FACTS, business_registry.E_LICENCE_FACTS]
    document = metadata("https://id.example", channels)
    assert document["claims_parameter_supported"] is True
    assert document["verified_claims_supported"] is True
    assert document["trust_frameworks_supported"] == ["cn_real_name"]
    assert document["evidence_supported"] == ["document", "electronic_record", "vouch"]
    assert document["documents_supported"] == ["idcard"]
    assert document["documents_check_methods_supported"] == ["pvp", "vcrypt", "vpip"]
    assert document["electronic_records_supported"] == ["population_register"]
    number = "urn:yihaotong:claims:id_number"
    assert document["claims_in_verified_claims_supported"] == ["birthdate", "gender", "name", number]
    assert not any(name.startswith(("attachments", "digest")) for name in document)
    card = metadata("https://id.example", [police_population.FACTS, unionpay_card.FACTS])
    assert "phone_number" in card["claims_in_verified_claims_supported"]
    assert "documents_supported" not in card
    assert "verified_claims_supported" not in metadata("https://id.example", [])
