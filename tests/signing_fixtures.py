"""A stage for certificates: an application with its original one, key pairs as authors make them, and who signs what.

A pytest plugin: a test file names it in `pytest_plugins` beside that of the stage, and asks for `signing`.
"""

from __future__ import annotations

import base64
import datetime as dt
import hashlib
import json
from typing import TYPE_CHECKING, Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.x509.oid import NameOID

from saml_connectors.provider.jumpcloud import contract

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.provider_fixtures import Stage

SECRET = "arn:aws:secretsmanager:eu-central-1:123456789012:secret:KeyPair{}-AbCdEf"
COPY = "arn:aws:secretsmanager:eu-central-1:123456789012:secret:Copy-AbCdEf"
KEY = "arn:aws:kms:eu-central-1:123456789012:key/0b6a1c70-0000-0000-0000-000000000000"
ANY_KEY = rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey


class Pems:
    """Key pairs as authors make them, in PEM."""

    SECRET, COPY, KEY = SECRET, COPY, KEY

    @staticmethod
    def key_of(bits: int = 2048) -> rsa.RSAPrivateKey:
        """A new RSA key."""
        return rsa.generate_private_key(public_exponent=65537, key_size=bits)

    @staticmethod
    def pem_of(key: ANY_KEY, *, old: bool = False, passphrase: bytes | None = None) -> str:
        """A private key in PEM: PKCS#8, or as older tools write it."""
        form = serialization.PrivateFormat.TraditionalOpenSSL if old else serialization.PrivateFormat.PKCS8
        locked = serialization.BestAvailableEncryption(passphrase) if passphrase else serialization.NoEncryption()
        return key.private_bytes(serialization.Encoding.PEM, form, locked).decode()

    @staticmethod
    def certificate_of(key: ANY_KEY, begins: dt.datetime, days: int = 1000, says: str = "") -> str:
        """A self-signed certificate in PEM; *says* makes it longer."""
        name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Signing")])
        builder = x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
        dated = builder.not_valid_before(begins).not_valid_after(begins + dt.timedelta(days=days))
        if says:
            dated = dated.add_extension(x509.SubjectAlternativeName([x509.DNSName(says)]), critical=False)
        made = dated.serial_number(x509.random_serial_number()).sign(key, hashes.SHA256())
        return made.public_bytes(serialization.Encoding.PEM).decode()

    @staticmethod
    def fingerprint_of(pem: str) -> str:
        """SHA-256 of a certificate in PEM."""
        return x509.load_pem_x509_certificate(pem.encode()).fingerprint(hashes.SHA256()).hex()


class Signing(Pems):
    """One application on a stage, its certificates, and all that was said of them."""

    def __init__(self, stage: Stage) -> None:
        self.stage = stage
        self.named: dict[str, str] = {}
        self.answers: list[dict[str, Any]] = []
        self.first: str | None = None

    @property
    def now(self) -> dt.datetime:
        """The time on the stage."""
        return dt.datetime.fromtimestamp(self.stage.time.now, dt.UTC)

    def send(self, kind: str, request: str, properties: dict[str, Any], **more: Any) -> dict[str, Any]:
        """Handle one event of a resource of *kind*."""
        logical_id = {"LogicalResourceId": f"{kind.rpartition('::')[2]}5F3A"} if kind != contract.APPLICATION else {}
        event = self.stage.event(request, properties, ResourceType=kind, **logical_id, **more)
        self.answers.append(self.stage.send(event))
        return self.answers[-1]

    def pair(self, name: str = "2027") -> dict[str, Any]:
        """Properties of a pair that the stack makes."""
        secret = SECRET.format(name)
        return {contract.NAME: name, contract.PAIR_SECRET: secret, contract.KEY_ID: KEY, contract.SUBJECT: "Portal"}

    def make(self, name: str = "2027") -> str:
        """Make a pair as a deployment does; gives its fingerprint."""
        answer = self.send(contract.SIGNING_CERTIFICATE, "Create", self.pair(name))
        assert answer["Status"] == "SUCCESS", answer["Reason"]
        self.named[name] = answer["Data"][contract.FINGERPRINT]
        return self.named[name]

    def own(self, name: str, key: rsa.RSAPrivateKey | None = None, *, begins: int = -1, days: int = 1000) -> str:
        """Keep a pair of the author's own; gives its fingerprint."""
        key = key or self.key_of()
        certificate = self.certificate_of(key, self.now.replace(microsecond=0) + dt.timedelta(days=begins), days)
        text = json.dumps({"certificate": certificate, "private_key": self.pem_of(key)})
        self.stage.keys.kept[SECRET.format(name)] = text
        self.named[name] = self.fingerprint_of(certificate)
        return self.named[name]

    def listed(self, *names: str, original: str = "original") -> dict[str, Any]:
        """What a list of certificates tells a resource; without names nothing."""
        if not names:
            return {}
        rows = [{"Name": name, "Fingerprint": self.named.get(name, original)} for name in sorted(names)]
        secret = {} if names[0] == "original" else {contract.SIGNING_SECRET: SECRET.format(names[0])}
        return {contract.TRUSTED_CERTIFICATES: rows, contract.SIGNING_NAME: names[0], **secret}

    def application(self, *names: str, **changes: Any) -> dict[str, Any]:
        """Properties of the application."""
        return self.stage.properties(**self.listed(*names), **changes)

    def signing(self, application_id: str, *names: str) -> dict[str, Any]:
        """Properties of what it signs with."""
        told = {contract.DIRECTORY: self.stage.directory_property(), contract.APPLICATION_ID: application_id}
        return {**told, **self.listed(*names, original=self.first or "0" * 64)}

    def copy(self, application_id: str, *names: str) -> dict[str, Any]:
        """Properties of the copy of its original certificate."""
        rows = [{"Name": name, "Fingerprint": self.named[name]} for name in names]
        return {
            contract.DIRECTORY: self.stage.directory_property(),
            contract.NAME: "original",
            contract.APPLICATION_ID: application_id,
            contract.PAIR_SECRET: COPY,
            **({contract.TRUSTED_CERTIFICATES: rows} if rows else {}),
        }

    def created(self, *names: str, **changes: Any) -> str:
        """An application with these certificates; gives its id."""
        answer = self.send(contract.APPLICATION, "Create", self.application(*names, **changes))
        assert answer["Status"] == "SUCCESS", answer["Reason"]
        self.first = self.first or self.signs_with(answer["PhysicalResourceId"])
        self.stage.forget_calls()
        return str(answer["PhysicalResourceId"])

    def update(self, application_id: str, new: tuple[str, ...], old: tuple[str, ...]) -> dict[str, Any]:
        """Update the application from one list to another."""
        ids = {"PhysicalResourceId": application_id, "OldResourceProperties": self.application(*old)}
        return self.send(contract.APPLICATION, "Update", self.application(*new), **ids)

    def switch(self, application_id: str, new: tuple[str, ...], old: tuple[str, ...] | None = None) -> dict[str, Any]:
        """Let it sign with the first of *new*: a create, or an update where there is an old list."""
        if old is None:
            return self.send(contract.APPLICATION_SIGNING, "Create", self.signing(application_id, *new))
        return self.send(
            contract.APPLICATION_SIGNING,
            "Update",
            self.signing(application_id, *new),
            PhysicalResourceId=f"{application_id}/signing",
            OldResourceProperties=self.signing(application_id, *old),
        )

    def signs_with(self, application_id: str) -> str:
        """Fingerprint of what the application signs with, whose private key the directory has."""
        application = self.stage.directory.applications[application_id]
        pem = base64.b64decode(str(application.config["idpCertificate"]))
        certificate = x509.load_pem_x509_certificate(pem)
        assert application.private_key is not None
        key = serialization.load_pem_private_key(application.private_key.encode(), None)
        assert key.public_key() == certificate.public_key()
        return hashlib.sha256(certificate.public_bytes(serialization.Encoding.DER)).hexdigest()

    def private_keys(self) -> list[str]:
        """What is secret of every private key that is kept or known to the directory: after the public part."""
        texts = [json.loads(text).get("private_key", "") for text in self.stage.keys.kept.values() if text[:1] == "{"]
        texts += [each.private_key or "" for each in self.stage.directory.applications.values()]
        lines = [line for text in texts for line in str(text).splitlines()[len(str(text).splitlines()) * 2 // 5 :]]
        whole = [base64.b64encode(text.encode()).decode() for text in texts if text]
        return [line for line in lines if len(line) > 32 and "-----" not in line] + whole


@pytest.fixture
def pems() -> type[Pems]:
    """What makes key pairs in PEM."""
    return Pems


@pytest.fixture
def signing(stage: Stage) -> Iterator[Signing]:
    """A fresh stage; at the end, no private key is in any line of the log, and in no answer."""
    made = Signing(stage)
    yield made
    said = "\n".join([*stage.lines, *(json.dumps(answer) for answer in made.answers)])
    assert not [line for line in made.private_keys() if line in said]
