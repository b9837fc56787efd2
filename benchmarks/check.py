"""The command `saml-connectors check`: cold on one template of 500 resources, and how the time grows with their number.

Not here: whether what it finds is right.
"""

from __future__ import annotations

import json
from base64 import b64encode
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from benchmarks.processes import in_turns, middle, middle_ratio, python, run
from benchmarks.results import Result, at_most
from saml_connectors.metadata import assemble

if TYPE_CHECKING:
    from collections.abc import Callable

    from benchmarks.clock import Reading

SIZES = (125, 250, 500, 1_000)
COLD = 500
"""CloudFormation takes 500 resources a stack."""

MAX_COLD_SECONDS = 1.0
MAX_GROWTH = 2.2
"""Of the time beyond the start, when the number of resources doubles: twice, and a tenth for what is measured badly."""

ROUNDS = 9
PER_CONNECTOR = 6


def results(*, rounds: int = ROUNDS, sizes: tuple[int, ...] = SIZES) -> list[Result]:
    """Measure; takes about a minute.

    Args:
        rounds: How often each process is run.
        sizes: How many resources the templates have, from few to many; each twice the one before.
    """
    check = "from saml_connectors.cli import main; main()"
    with TemporaryDirectory() as folder:
        files = {size: write_template(Path(folder, f"{size}.template.json"), size) for size in (0, *sizes)}

        def judge(file: Path) -> Callable[[], Reading]:
            return lambda: run(python("-c", check, "check", str(file))).seconds

        readings = in_turns(
            rounds, {str(size): judge(file) for size, file in files.items()}, progress="check, one template"
        )
        bytes_of = {size: file.stat().st_size for size, file in files.items()}
    cold = COLD if COLD in sizes else sizes[-1]
    taken = middle(readings[str(cold)])
    start = middle(readings["0"])
    found = [
        at_most(
            f"check, template of {cold} resources, whole process",
            taken.processor,
            MAX_COLD_SECONDS,
            "s",
            note=f"on the wall {taken.wall:.2f} s; {bytes_of[cold]:,} bytes; without resources {start.processor:.2f} s",
        )
    ]
    for small, large in pairwise(sizes):
        growth = _growth(readings["0"], readings[str(small)], readings[str(large)])
        what = f"the same beyond the start, {large:,} resources to {small:,}"
        found.append(at_most(what, growth, MAX_GROWTH * large / small / 2, "x"))
    whole = middle_ratio(readings[str(sizes[-1])], readings[str(sizes[0])]).processor
    return [*found, Result(what=f"whole process, {sizes[-1]:,} resources to {sizes[0]:,}", found=f"{whole:.2f} x")]


def _growth(start: list[Reading], small: list[Reading], large: list[Reading]) -> float:
    """The ratio of what each round took beyond a template without resources."""
    pairs = zip(start, small, large, strict=True)
    return median(
        (much.processor - none.processor) / max(few.processor - none.processor, 1e-9) for none, few, much in pairs
    )


def write_template(file: Path, resources: int) -> Path:
    """A template of so many resources without a finding: connectors of all kinds, each with metadata of its own."""
    document = _metadata()
    made: dict[str, Any] = {}
    for number in range(-(-resources // PER_CONNECTOR)):
        made |= _connector(number, document)
    made = dict(list(made.items())[:resources])
    file.write_text(json.dumps({"Resources": made}, indent=1), encoding="utf-8")
    return file


def _connector(number: int, document: str) -> dict[str, Any]:
    pool, provider, client, saml, role = (f"{name}{number}" for name in ("Pool", "Idp", "Client", "Saml", "Role"))
    url = f"https://idp.example.com/{number}/saml2"
    schema = [{"Name": "email", "AttributeDataType": "String", "Required": True, "Mutable": True}]
    details = {"MetadataFile": document.replace("@url@", url)}
    statement = {
        "Effect": "Allow",
        "Action": ["sts:AssumeRoleWithSAML", "sts:TagSession"],
        "Principal": {"Federated": {"Fn::GetAtt": [saml, "Arn"]}},
        "Condition": {"StringEquals": {"SAML:aud": "https://signin.aws.amazon.com/saml"}},
    }
    return {
        pool: _resource("AWS::Cognito::UserPool", Schema=schema),
        f"Domain{number}": _resource("AWS::Cognito::UserPoolDomain", UserPoolId={"Ref": pool}, Domain=f"acme-{number}"),
        provider: _resource(
            "AWS::Cognito::UserPoolIdentityProvider",
            UserPoolId={"Ref": pool},
            ProviderName="JumpCloud",
            ProviderType="SAML",
            ProviderDetails=details,
            AttributeMapping={"email": "email"},
            IdpIdentifiers=[f"acme-{number}.example"],
        ),
        client: _resource(
            "AWS::Cognito::UserPoolClient",
            UserPoolId={"Ref": pool},
            SupportedIdentityProviders=[{"Ref": provider}],
            AllowedOAuthFlowsUserPoolClient=True,
            AllowedOAuthFlows=["code"],
            AllowedOAuthScopes=["openid", "email"],
            CallbackURLs=[f"https://app-{number}.acme.example/callback"],
        ),
        saml: _resource("AWS::IAM::SAMLProvider", Name=f"Acme-{number}", SamlMetadataDocument=details["MetadataFile"]),
        role: _resource("AWS::IAM::Role", AssumeRolePolicyDocument={"Version": "2012-10-17", "Statement": [statement]}),
    }


def _resource(kind: str, **properties: Any) -> dict[str, Any]:
    return {"Type": kind, "Properties": properties}


def _metadata() -> str:
    """A document with a certificate that is valid for a year, and a place for its URL."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "idp.example.com")])
    now = datetime.now(UTC)
    builder = x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
    builder = builder.serial_number(1).not_valid_before(now - timedelta(days=1))
    made = builder.not_valid_after(now + timedelta(days=365)).sign(key, hashes.SHA256())
    certificate = b64encode(made.public_bytes(serialization.Encoding.DER)).decode()
    return assemble(entity_id="@url@", sso_url="@url@", certificates=[certificate])
