"""Connectors with a watch for tests: small specs, their templates, and what the targets of the rules are sent.

A pytest plugin: a test file names it in `pytest_plugins`, and asks for `watched_stack`, `kinds` and `certificate`.
"""

from __future__ import annotations

import base64
import json
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest
from aws_cdk.assertions import Template
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from saml_connectors.provider.jumpcloud import contract, watching
from saml_connectors.spec import parse
from stacks.assembly import add_stacks

if TYPE_CHECKING:
    from collections.abc import Callable

    from aws_cdk import App

AWS = {"account": "111122223333", "region": "eu-west-1"}
POOL: dict[str, Any] = {
    "kind": "cognito-user-pool",
    "name": "portal",
    "aws": AWS,
    "directory": {"credentials": "jumpcloud/api-key"},
    "application": {"display_label": "Portal", "groups": ["portal-users"]},
    "user_pool": {"domain": {"prefix": "acme"}},
    "app_clients": [{"name": "web", "callback_urls": ["https://portal.acme.example/callback"]}],
    "watch": {},
}
ROLES: dict[str, Any] = {
    "kind": "iam",
    "name": "console",
    "aws": AWS,
    "directory": {"credentials": "jumpcloud/api-key"},
    "application": {"display_label": "Console"},
    "roles": {"Reader": {"managed_policies": ["ReadOnlyAccess"]}, "Biller": {}},
    "groups": {"Reader": ["everybody"], "Biller": ["finance"]},
    "watch": {},
}
CENTER: dict[str, Any] = {
    "kind": "identity-center",
    "name": "workforce",
    "aws": AWS,
    "directory": {"credentials": "jumpcloud/api-key"},
    "application": {"display_label": "AWS accounts", "groups": ["readers"]},
    "service_provider": {
        "entity_id": "https://eu-west-1.signin.aws.amazon.com/platform/saml/d-9067000001",
        "acs_url": "https://eu-west-1.signin.aws.amazon.com/platform/saml/acs/b1f2c3d4-0000-0000-0000-000000000001",
    },
    "instance": {"arn": "arn:aws:sso:::instance/ssoins-0000000000000001", "identity_store_id": "d-9067000001"},
    "scim": {
        "endpoint": "https://scim.eu-west-1.amazonaws.com/a1b2c3d4e5f-1111-2222-3333-444455556666/scim/v2",
        "token": "identity-center/scim-token",
        "token_expires": "2027-11-22",
    },
    "watch": {},
}
RESOLVED = {
    "Certificate": "C" * 2_700,
    "Fingerprint": "f" * 64,
    "IdpEntityId": "https://sso.jumpcloud.com/saml2/" + "i" * 200,
    "AWS::StackId": "arn:aws:cloudformation:eu-west-1:111122223333:stack/portal/0f2c3a10-8f5e-11f0-a1b2-0a1b2c3d4e5f",
    "CertificateExpiresAt": "2030-01-01T00:00:00Z",
}
"""What references become, at their longest."""


def certificate_of(days: int) -> str:
    """A self-signed certificate in DER and base64."""
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    name = x509.Name([x509.NameAttribute(x509.oid.NameOID.COMMON_NAME, "IdP")])
    now = datetime(2026, 11, 22, tzinfo=UTC)
    builder = x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
    dated = builder.not_valid_before(now).not_valid_after(now + timedelta(days=days)).serial_number(days)
    return base64.b64encode(dated.sign(key, hashes.SHA256()).public_bytes(serialization.Encoding.DER)).decode()


class Watched:
    """A template, asked for its watch."""

    def __init__(self, template: dict[str, Any]) -> None:
        self.resources: dict[str, dict[str, Any]] = template["Resources"]
        self.outputs = template.get("Outputs", {})

    def of(self, kind: str) -> list[dict[str, Any]]:
        """The properties of every resource of a type."""
        return [each["Properties"] for each in self.resources.values() if each["Type"] == kind]

    def rules(self, *, scheduled: bool = True) -> list[dict[str, Any]]:
        """The rules that run regularly, or those that follow a deployment."""
        return [each for each in self.of("AWS::Events::Rule") if ("ScheduleExpression" in each) == scheduled]

    def inputs(self, *, scheduled: bool = True) -> list[str]:
        """What all targets are sent, as it is when the stack is deployed."""
        return [_resolved(target["Input"]) for rule in self.rules(scheduled=scheduled) for target in rule["Targets"]]

    def looks(self) -> list[watching.Asked]:
        """What the provider is asked, as it reads it."""
        return [watching.read(json.loads(each)) for each in self.inputs() if contract.WATCH in json.loads(each)]

    def items(self) -> list[dict[str, str]]:
        """What the meter is asked."""
        return [item for each in self.inputs() for item in json.loads(each).get("Items", [])]

    def alarms(self) -> set[tuple[str, str]]:
        """Metric and what of each alarm."""
        found = set()
        for alarm in self.of("AWS::CloudWatch::Alarm"):
            named = {each["Name"]: each["Value"] for each in alarm["Dimensions"]}
            found.add((alarm["MetricName"], str(named.get("What", ""))))
        return found

    def statements(self, sid: str) -> list[dict[str, Any]]:
        """The statements of every policy that are called so."""
        policies = self.of("AWS::IAM::Policy")
        return [each for one in policies for each in one["PolicyDocument"]["Statement"] if each.get("Sid") == sid]


def _resolved(value: Any) -> str:
    if isinstance(value, str):
        return value
    if "Fn::Join" in value:
        return str(value["Fn::Join"][0]).join(map(_resolved, value["Fn::Join"][1]))
    name = value["Fn::GetAtt"][1] if "Fn::GetAtt" in value else value["Ref"]
    return RESOLVED.get(name, "0123456789abcdef01234567")


@pytest.fixture
def watched_stack(new_app: Callable[..., App]) -> Callable[..., Watched]:
    """Gives the template of a connector with some fields changed."""

    def make(spec: dict[str, Any], **changes: Any) -> Watched:
        given = {name: value for name, value in {**spec, **changes}.items() if value is not None}
        return Watched(dict(Template.from_stack(add_stacks(new_app(), [parse(given)])[0]).to_json()))

    return make


@pytest.fixture
def kinds() -> SimpleNamespace:
    """A small spec of each kind, with a watch."""
    return SimpleNamespace(pool=POOL, roles=ROLES, center=CENTER)


@pytest.fixture
def certificate() -> Callable[[int], str]:
    """Makes certificates of so many days."""
    return certificate_of
