"""The operations of certificates and of what signs with them, ready to be disturbed.

Not here: the other types (`lifecycle_operations.py`).
"""

from __future__ import annotations

import functools
import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import rsa

from saml_connectors.provider.jumpcloud import contract
from sandbox.directory.certificates import SigningPair, encoded, self_signed
from tests.stated_operations import Believed, Operation, Prepared

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.provider_fixtures import Stage

SECRET = "arn:aws:secretsmanager:eu-central-1:123456789012:secret:{}-AbCdEf"
BEGINS = datetime(2026, 9, 1, tzinfo=UTC)


@functools.cache
def _pair(name: str) -> SigningPair:
    """The author's own pair of this name."""
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    return self_signed(key, organization=name, now=BEGINS)


def _fingerprint(name: str) -> str:
    return x509.load_pem_x509_certificate(_pair(name).certificate.encode()).fingerprint(hashes.SHA256()).hex()


def _application(stage: Stage) -> str:
    """One that signs with the pair `first`, beside which `second` is trusted."""
    for name in ("first", "second"):
        kept = {"certificate": _pair(name).certificate, "private_key": _pair(name).private_key}
        stage.keys.kept[SECRET.format(name)] = json.dumps(kept)
    made = str(stage.created()["PhysicalResourceId"])
    live = stage.directory.applications[made]
    live.config["idpCertificate"], live.private_key = encoded(_pair("first").certificate), _pair("first").private_key
    return made


def _signing(stage: Stage, application: str, name: str) -> dict[str, Any]:
    rows = [{"Name": each, "Fingerprint": _fingerprint(each)} for each in ("first", "second")]
    return {
        contract.DIRECTORY: stage.directory_property(),
        contract.APPLICATION_ID: application,
        contract.TRUSTED_CERTIFICATES: rows,
        contract.SIGNING_NAME: name,
        contract.SIGNING_SECRET: SECRET.format(name),
    }


def _copy(stage: Stage, application: str) -> dict[str, Any]:
    return {
        contract.DIRECTORY: stage.directory_property(),
        contract.NAME: contract.ORIGINAL,
        contract.APPLICATION_ID: application,
        contract.PAIR_SECRET: SECRET.format("copy"),
    }


def _made(stage: Stage, resource_type: str, properties: dict[str, Any]) -> Believed:
    about = Operation("", resource_type, lambda _stage: Prepared()).about
    return Believed(str(stage.created(properties, **about)["PhysicalResourceId"]), properties)


def _of_signing(before: str | None, after: str | None) -> Callable[[Stage], Prepared]:
    def prepare(stage: Stage) -> Prepared:
        application = _application(stage)
        made = None
        if before is not None:
            made = _made(stage, contract.APPLICATION_SIGNING, _signing(stage, application, before))
        return Prepared(made, None if after is None else _signing(stage, application, after))

    return prepare


def _of_copy(*, before: bool, after: bool) -> Callable[[Stage], Prepared]:
    def prepare(stage: Stage) -> Prepared:
        application = _application(stage)
        given = _copy(stage, application)
        made = _made(stage, contract.SIGNING_CERTIFICATE, given) if before else None
        return Prepared(made, given if after else None)

    return prepare


SIGNING_OPERATIONS = (
    Operation("signing create", contract.APPLICATION_SIGNING, _of_signing(None, "first")),
    Operation("signing update", contract.APPLICATION_SIGNING, _of_signing("first", "second")),
    Operation("signing delete", contract.APPLICATION_SIGNING, _of_signing("first", None)),
    Operation("signing certificate create", contract.SIGNING_CERTIFICATE, _of_copy(before=False, after=True)),
    Operation("signing certificate update", contract.SIGNING_CERTIFICATE, _of_copy(before=True, after=True)),
    Operation("signing certificate delete", contract.SIGNING_CERTIFICATE, _of_copy(before=True, after=False)),
)
