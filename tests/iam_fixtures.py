"""Connectors of kind `iam` for tests: small specs, and many of them synthesized in one app.

Not here: claims.
"""

from __future__ import annotations

import json
from base64 import b64encode
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from aws_cdk import App, Environment, Stack
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from saml_connectors.iam import IamConnector
from saml_connectors.metadata import assemble
from saml_connectors.spec import IamSpec, parse

PROJECT = Path(__file__).parents[1]
CONTEXT = json.loads((PROJECT / "cdk.json").read_text())["context"]
Resources = dict[str, dict[str, Any]]
Define = Callable[[Stack], object]


def iam_spec(**changes: Any) -> IamSpec:
    """A small connector; *changes* replace whole fields, None leaves one out."""
    fields: dict[str, Any] = {
        "kind": "iam",
        "name": "console",
        "directory": {"credentials": "jumpcloud/api-key"},
        "application": {"display_label": "AWS"},
        "roles": {"Engineer": {}},
        "groups": {"Engineer": ["engineers"]},
    } | changes
    parsed = parse({name: value for name, value in fields.items() if value is not None})
    assert isinstance(parsed, IamSpec)
    return parsed


class Synthesized:
    """A template, asked by type."""

    def __init__(self, template: dict[str, Any]) -> None:
        self.template = template
        self.resources: Resources = template["Resources"]

    def of(self, resource_type: str) -> dict[str, dict[str, Any]]:
        """Properties of all resources of a type, by logical id."""
        found = self.resources.items()
        return {name: each.get("Properties", {}) for name, each in found if each["Type"] == resource_type}

    def only(self, resource_type: str) -> dict[str, Any]:
        """Properties of the one resource of its type."""
        (properties,) = self.of(resource_type).values()
        return properties

    def id_of(self, resource_type: str) -> str:
        """Logical id of the one resource of its type."""
        (name,) = self.of(resource_type)
        return name

    def roles(self) -> dict[str, dict[str, Any]]:
        """Properties of the roles that have a name, by that: not the function's own."""
        return {each["RoleName"]: each for each in self.of("AWS::IAM::Role").values() if "RoleName" in each}

    def needed_by(self, name: str) -> set[str]:
        """Logical ids of everything that CloudFormation makes before *name*."""
        found: set[str] = set()
        waiting = [name]
        while waiting:
            for other in named_in(self.resources[waiting.pop()]) & self.resources.keys() - found:
                found.add(other)
                waiting.append(other)
        return found


def named_in(value: Any) -> set[str]:
    """Logical ids that a part of a template refers to."""
    if isinstance(value, list):
        return {name for each in value for name in named_in(each)}
    if not isinstance(value, dict):
        return set()
    found = {name for key, each in value.items() if key not in {"Ref", "Fn::GetAtt"} for name in named_in(each)}
    if "Ref" in value:
        found.add(value["Ref"])
    if "Fn::GetAtt" in value:
        found.add(value["Fn::GetAtt"][0])
    depends = value.get("DependsOn", [])
    return found | set([depends] if isinstance(depends, str) else depends)


def flat(value: Any) -> str:
    """A text of a template, with what only the deployment knows in angle brackets."""
    if isinstance(value, str):
        return value
    if "Ref" in value:
        return f"<{value['Ref']}>"
    if "Fn::GetAtt" in value:
        return "<{}.{}>".format(*value["Fn::GetAtt"])
    separator, parts = value["Fn::Join"]
    return str(separator).join(flat(part) for part in parts)


@pytest.fixture(scope="session")
def make_spec() -> Callable[..., IamSpec]:
    """Makes small specs."""
    return iam_spec


@pytest.fixture(scope="session")
def as_text() -> Callable[[Any], str]:
    """Makes a text of a text of a template."""
    return flat


@pytest.fixture(scope="module")
def synthesize(tmp_path_factory: pytest.TempPathFactory) -> Callable[..., dict[str, Synthesized]]:
    """Makes a stack for each name, all in one app; what is no function is a spec, or the changes to make one of.

    `environments` says where stacks are that are somewhere.
    """

    def run(
        given: Mapping[str, Define | IamSpec | dict[str, Any]], environments: Mapping[str, Environment] | None = None
    ) -> dict[str, Synthesized]:
        app = App(outdir=str(tmp_path_factory.mktemp("cdk")), context=CONTEXT)
        for name, each in given.items():
            stack = Stack(app, name, env=(environments or {}).get(name))
            if callable(each):
                each(stack)
            else:
                IamConnector(stack, "Connector", spec=each if isinstance(each, IamSpec) else iam_spec(**each))
        folder = Path(app.synth().directory)
        return {name: Synthesized(json.loads((folder / f"{name}.template.json").read_text())) for name in given}

    return run


@pytest.fixture
def any_stack(tmp_path: Path) -> Stack:
    """A stack for any region, that is not synthesized."""
    return Stack(App(outdir=str(tmp_path / "cdk.out"), context=CONTEXT), "Test")


@pytest.fixture(scope="session")
def foreign_metadata() -> str:
    """Metadata of another IdP."""
    key = rsa.generate_private_key(65537, 2048)
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "idp.example")])
    builder = x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
    builder = builder.serial_number(1).not_valid_before(datetime(2026, 1, 1, tzinfo=UTC))
    made = builder.not_valid_after(datetime(2036, 1, 1, tzinfo=UTC)).sign(key, hashes.SHA256())
    url = "https://idp.example/saml2"
    text = b64encode(made.public_bytes(serialization.Encoding.DER)).decode()
    return assemble(entity_id=url, sso_url=url, certificates=[text])
