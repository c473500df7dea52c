"""Clients that authenticate by a certificate which a proxy hands on: RFC 8705."""

import ipaddress
from io import BytesIO

import pytest
from cryptography import x509
from pydantic import ValidationError

from idp.domain.client import AuthMethod, ClientKeys, TlsIdentity
from idp.oidc import certificates
from idp.oidc.discovery import metadata
from idp.oidc.messages import ProtocolRequest
from idp.settings import Settings
from idp.web.requests import protocol_request
from tests import client_keys
from tests.oidc.test_client_authentication import PROVED, REFUSED, ask, said
from tests.provider import ISSUER, Party, Provider

DN = "CN=hall,O=Service hall,C=CN"


def shows(party: Party, pem: str) -> tuple[int, str]:
    form = {"client_id": party.client.client_id}
    return said(ask(party.provider, form, client_keys.certificate_headers(pem)))


@pytest.mark.parametrize("method", [AuthMethod.TLS, AuthMethod.SELF_SIGNED_TLS])
def test_the_registered_certificate_authenticates_the_client(provider: Provider, method: AuthMethod):
    party = provider.party(auth_method=method)
    assert said(party.refresh("nobody's")) == PROVED
    assert said(ask(provider, {"client_id": "hall"})) == REFUSED


def test_the_subject_is_compared_as_a_distinguished_name(provider: Provider):
    party = provider.party(auth_method=AuthMethod.TLS)
    key = client_keys.make_key()
    assert shows(party, client_keys.certificate(key, DN)) == PROVED
    for other in (
        "CN=hall,O=Service hall",
        "CN=Hall,O=Service hall,C=CN",
        "C=CN,O=Service hall,CN=hall",
        "CN=hall\\,x",
    ):
        assert shows(party, client_keys.certificate(key, other)) == REFUSED, other
    spaced = TlsIdentity("tls_client_auth_subject_dn", "CN=h\\2C all,OU=a+O=b")
    named = provider.party("named", auth_method=AuthMethod.TLS, tls=spaced)
    assert shows(named, client_keys.certificate(key, "CN=h\\, all,OU=a+O=b")) == PROVED


NAMES: list[tuple[str, str, x509.GeneralName, x509.GeneralName]] = [
    ("tls_client_auth_san_dns", "Hall.example", x509.DNSName("hall.EXAMPLE"), x509.DNSName("x.hall.example")),
    ("tls_client_auth_san_uri", "spiffe://a/b", x509.UniformResourceIdentifier("spiffe://a/b"), x509.DNSName("a")),
    (
        "tls_client_auth_san_ip", "2001:db8:0::1", x509.IPAddress(ipaddress.ip_address("2001:db8::1")),
        x509.IPAddress(ipaddress.ip_address("2001:db8::2")),
    ),
    ("tls_client_auth_san_email", "a@b.example", x509.RFC822Name("a@b.example"), x509.RFC822Name("b@b.example")),
]  # fmt: skip


@pytest.mark.parametrize(("name", "value", "right", "wrong"), NAMES, ids=[each[0] for each in NAMES])
def test_an_alternative_name_is_found_among_those_of_its_kind(
    provider: Provider, name: str, value: str, right: x509.GeneralName, wrong: x509.GeneralName
):
    party = provider.party(auth_method=AuthMethod.TLS, tls=TlsIdentity(name, value))
    key = client_keys.make_key()
    other = x509.DNSName("first.example")
    assert shows(party, client_keys.certificate(key, DN, other, right)) == PROVED
    assert shows(party, client_keys.certificate(key, DN, wrong)) == REFUSED
    assert shows(party, client_keys.certificate(key, f"CN={value}".replace(":", "\\3A"))) == REFUSED


def test_a_self_signed_certificate_is_known_by_its_key_alone(provider: Provider):
    party = provider.party(auth_method=AuthMethod.SELF_SIGNED_TLS)
    renewed = client_keys.certificate(party.key, "CN=renewed")
    assert shows(party, renewed) == PROVED
    assert shows(party, client_keys.certificate(client_keys.make_key(), DN)) == REFUSED


def test_a_self_signed_clients_new_key_is_found_behind_its_jwks_uri(provider: Provider):
    where = "https://hall.example/jwks"
    party = provider.party(auth_method=AuthMethod.SELF_SIGNED_TLS, keys=ClientKeys(jwks_uri=where))
    old, new = client_keys.make_key(), client_keys.make_key()
    provider.published.at[where] = client_keys.jwks(old)
    assert shows(party, client_keys.certificate(old)) == PROVED
    provider.published.at[where] = client_keys.jwks(new)
    assert shows(party, client_keys.certificate(new)) == PROVED


@pytest.mark.parametrize(
    "text",
    ["x", "%", "-----BEGIN CERTIFICATE-----%0AAAAA%0A-----END CERTIFICATE-----", "twice", "%E4%B8%80", "A" * 20_000],
)
def test_an_unreadable_certificate_is_refused(provider: Provider, text: str):
    party = provider.party(auth_method=AuthMethod.TLS)
    if text == "twice":
        text = ", ".join([*client_keys.certificate_headers(party.certificate).values()] * 2)
    headers = {client_keys.CERTIFICATE_HEADER: text}
    assert said(ask(provider, {"client_id": "hall"}, headers)) == REFUSED


@pytest.mark.parametrize("name", ["X-Client-Cert", "X_Client_Cert", "Client-", "1Cert", "Client Cert"])
def test_a_header_that_has_a_twin_with_underscores_is_refused(name: str):
    assert Settings(client_certificate_header="ClientCert").client_certificate_header == "ClientCert"
    with pytest.raises(ValidationError, match="client_certificate_header"):
        Settings(client_certificate_header=name)


def test_without_the_setting_no_header_counts(provider: Provider):
    party = provider.party(auth_method=AuthMethod.TLS)
    (text,) = client_keys.certificate_headers(party.certificate).values()
    environ = {"REQUEST_METHOD": "POST", "HTTP_CLIENTCERT": text, "wsgi.input": BytesIO(), "CONTENT_LENGTH": "0"}
    assert protocol_request(environ, certificate="HTTP_CLIENTCERT").headers == {"Client-Certificate": text}
    assert protocol_request(environ).headers == {}
    for mutual_tls in (True, False):
        announced = metadata(ISSUER, [], mutual_tls=mutual_tls)["token_endpoint_auth_methods_supported"]
        assert ("tls_client_auth" in announced) is mutual_tls
        assert ("self_signed_tls_client_auth" in announced) is mutual_tls


def test_the_thumbprint_is_the_sha256_of_the_certificate(provider: Provider):
    party = provider.party(auth_method=AuthMethod.TLS)
    (text,) = client_keys.certificate_headers(party.certificate).values()
    found = x509.load_pem_x509_certificate(party.certificate.encode())
    expected = client_keys.b64(found.fingerprint(client_keys.hashes.SHA256()))
    assert certificates.thumbprint(ProtocolRequest("POST", {}, {"Client-Certificate": text})) == expected
    assert certificates.thumbprint(ProtocolRequest("POST", {}, {})) is None
