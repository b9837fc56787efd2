"""The emulated directory's certificates: how they are made, kept, replaced, and exported as metadata."""

from __future__ import annotations

import base64
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from lxml import etree

from sandbox.directory.app import create_app
from sandbox.directory.certificates import encoded
from sandbox.directory.in_process import in_process_client
from sandbox.directory.state import Directory

if TYPE_CHECKING:
    import httpx

NOW = datetime(2024, 2, 29, 8, 30, 15, tzinfo=UTC)
COGNITO = "amazoncognitouserpools"
SSO = "https://sso.jumpcloud.com/saml2/"


@pytest.fixture
def directory() -> Directory:
    """The example directory on a leap day."""
    return Directory.example(clock=lambda: NOW)


@pytest.fixture
def client(directory: Directory) -> httpx.Client:
    """An administrator."""
    client = in_process_client(create_app(directory))
    client.headers["x-api-key"] = "sandbox-api-key"
    return client


def body_of(template: str = COGNITO, slug: str = "portal", /, **config: Any) -> dict[str, Any]:
    """A body for POST or PUT, with *config* as values."""
    values = {key: {"value": value} for key, value in config.items()}
    return {"active": True, "name": template, "displayLabel": "Portal", "ssoUrl": slug, "config": values}


def created(client: httpx.Client, template: str = COGNITO, slug: str = "portal", /, **config: Any) -> dict[str, Any]:
    """A new application."""
    answer = client.post("/api/applications", json=body_of(template, slug, **config))
    assert answer.status_code == 200, answer.text
    document: dict[str, Any] = answer.json()
    return document


def address(document: dict[str, Any]) -> str:
    """Where an application is."""
    return f"/api/applications/{document['_id']}"


def value(document: dict[str, Any], key: str) -> Any:
    """One config value."""
    return document["config"][key]["value"]


def export(client: httpx.Client, document: dict[str, Any]) -> httpx.Response:
    """The metadata export."""
    return client.get(f"/api/organizations/{document['organization']}/applications/{document['_id']}/metadata.xml")


def certificate_of(document: dict[str, Any]) -> x509.Certificate:
    """The certificate, which is base64 of PEM text."""
    return x509.load_pem_x509_certificate(base64.b64decode(value(document, "idpCertificate")))


def test_the_generated_certificate_is_jumpclouds(client: httpx.Client) -> None:
    """Self-signed, SHA-256, five years to the second, its key never read back."""
    document = created(client)
    certificate = certificate_of(document)
    subject = certificate.subject.rfc4514_string()
    assert subject == "CN=JumpCloudSAMLUser,OU=JumpCloudSAMLIdP,O=Acme,L=Boulder,ST=CO,C=US"
    assert certificate.issuer == certificate.subject
    assert isinstance(certificate.signature_hash_algorithm, hashes.SHA256)
    assert certificate.not_valid_before_utc == NOW
    assert certificate.not_valid_after_utc == datetime(2029, 3, 1, 8, 30, 15, tzinfo=UTC)
    assert document["sso"]["idpCertExpirationAt"] == "2029-03-01T08:30:15.000Z"
    assert value(document, "idpPrivateKey") == ""
    certificate.verify_directly_issued_by(certificate)


def test_put_without_the_certificate_makes_a_new_one(client: httpx.Client, directory: Directory) -> None:
    """Left out, or sent empty, certificate and key are made anew, which breaks sign-in."""
    document = created(client)
    key = directory.applications[document["_id"]].private_key
    for config in ({}, {"idpCertificate": ""}):
        answer = client.put(address(document), json=body_of(COGNITO, "portal", **config)).json()
        assert value(answer, "idpCertificate") != value(document, "idpCertificate")
        assert directory.applications[document["_id"]].private_key != key


def test_put_of_another_certificate_clears_the_key_unless_it_is_sent(
    client: httpx.Client, directory: Directory
) -> None:
    """A certificate of one's own needs its key along with it."""
    document, pair = created(client), directory.new_pair()
    own = {"idpCertificate": encoded(pair.certificate)}
    client.put(address(document), json=body_of(COGNITO, "portal", **own))
    assert directory.applications[document["_id"]].private_key is None
    client.put(address(document), json=body_of(COGNITO, "portal", **own, idpPrivateKey=pair.private_key))
    assert directory.applications[document["_id"]].private_key == pair.private_key


def test_the_export_names_the_redirect_endpoint_only_where_declared(client: httpx.Client) -> None:
    """HTTP-POST always, HTTP-Redirect where declared; certificate and entity ID are the application's."""
    for declared, count in ((False, 1), (True, 2)):
        document = created(client, COGNITO, "x", declareRedirectEndpoint=declared, idpEntityId="urn:idp")
        answer = export(client, document)
        root = etree.fromstring(answer.content)
        services = root.findall(".//{*}SingleSignOnService")
        assert len(services) == count
        assert {service.get("Location") for service in services} == {document["ssoUrl"]}
        assert root.get("entityID") == "urn:idp"
        der = base64.b64decode(root.findtext(".//{*}X509Certificate") or "")
        assert x509.load_der_x509_certificate(der) == certificate_of(document)
        assert "xml" in answer.headers["content-type"]


def test_a_raw_pem_certificate_breaks_the_export_for_ever(client: httpx.Client, directory: Directory) -> None:
    """Accepted at first, the export is 500 from then on, even with a good certificate."""
    pair = directory.new_pair()
    document = created(client, COGNITO, "portal", idpCertificate=pair.certificate, idpPrivateKey=pair.private_key)
    assert export(client, document).status_code == 500
    assert "idpCertExpirationAt" not in document["sso"]
    client.put(address(document), json=body_of())
    assert export(client, document).status_code == 500


def test_keys_are_of_the_size_asked_for_and_never_shared() -> None:
    """A pool that made keys ahead hands each out once."""
    directory = Directory(key_size=1024)
    directory.keys.keep_ready(2)
    keys = [directory.keys.take() for _ in range(4)]
    assert all(key.key_size == 1024 for key in keys)
    assert len({key.private_numbers().p for key in keys}) == 4
