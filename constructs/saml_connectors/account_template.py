"""The CloudFormation template of one account's part, for a StackSet: the same resources as `saml_account.py` defines.

Pure data: what is deployed in an account that this app does not synthesize a stack for.  A test holds the two equal.
"""

from __future__ import annotations

import hashlib
import json
import re
from typing import TYPE_CHECKING, Any, Final

from saml_connectors import saml_trust
from saml_connectors.metadata import assemble
from saml_connectors.saml_account import default_description, with_listed_statements

if TYPE_CHECKING:
    from saml_connectors.spec.iam import IamSpec
    from saml_connectors.spec.role import Role

SSO_URL: Final = "SsoUrl"
IDP_ENTITY_ID: Final = "IdpEntityId"
CERTIFICATE: Final = "Certificate"
MAX_BYTES: Final = 51_200
"""Bytes of a template that stands in another one (CloudFormation quotas)."""

MAX_MAPPED_ACCOUNTS: Final = 200
"""Accounts that conditions can tell apart (CloudFormation quotas, attributes of a mapping)."""

_DESCRIPTIONS: Final = {
    SSO_URL: "SSO IdP URL of the application in the directory",
    IDP_ENTITY_ID: "Entity ID that its assertions carry",
}
_ROLES_OF: Final = "RolesOfAccounts"


def account_template(spec: IamSpec, certificates: int) -> str:
    """The template as JSON, the same for the same spec.

    Its parameters are `SsoUrl`, `IdpEntityId`, and `Certificate1` to the number of *certificates*.
    """
    names = [f"{CERTIFICATE}{number}" for number in range(1, certificates + 1)]
    document = assemble(
        entity_id=f"${{{IDP_ENTITY_ID}}}", sso_url=f"${{{SSO_URL}}}", certificates=[f"${{{name}}}" for name in names]
    )
    parameters = {name: {"Type": "String", "Description": text} for name, text in _DESCRIPTIONS.items()} | {
        name: {"Type": "String", "Description": "Certificate of an application: DER in base64"} for name in names
    }
    resources: dict[str, Any] = {
        "Provider": {
            "Type": "AWS::IAM::SAMLProvider",
            "Properties": {"Name": spec.provider.name, "SamlMetadataDocument": {"Fn::Sub": document}},
        }
    }
    others = spec.other_accounts.ids if spec.other_accounts else ()
    everywhere: dict[str, bool] = {}
    for name, role in spec.roles.items():
        accounts = [account for account in others if name in spec.roles_in(account)]
        if role.existing or not accounts:
            continue
        logical_id = _logical_id(name)
        resources[logical_id] = {"Type": "AWS::IAM::Role", "Properties": _role(spec, name, role)}
        everywhere[logical_id] = len(accounts) == len(others)
        if not everywhere[logical_id]:
            resources[logical_id] = {"Condition": f"Has{logical_id}", **resources[logical_id]}
    template: dict[str, Any] = {
        "AWSTemplateFormatVersion": "2010-09-09",
        "Description": f"SAML provider {spec.provider.name} and its roles, of connector {spec.name}",
        "Parameters": parameters,
    }
    some = [logical_id for logical_id, in_all in everywhere.items() if not in_all]
    if some:
        template["Mappings"] = {
            _ROLES_OF: {
                account: {
                    logical_id: str(name in spec.roles_in(account)).lower()
                    for name in spec.roles
                    if (logical_id := _logical_id(name)) in some
                }
                for account in others
            }
        }
        template["Conditions"] = {
            f"Has{logical_id}": {
                "Fn::Equals": [{"Fn::FindInMap": [_ROLES_OF, {"Ref": "AWS::AccountId"}, logical_id]}, "true"]
            }
            for logical_id in some
        }
    return json.dumps({**template, "Resources": resources}, separators=(",", ":"))


def _logical_id(role: str) -> str:
    """Letters and digits only, and different for roles whose names differ in something else."""
    return f"{re.sub(r'[^A-Za-z0-9]', '', role)}{hashlib.sha256(role.encode()).hexdigest()[:8].upper()}"


def _role(spec: IamSpec, name: str, role: Role) -> dict[str, Any]:
    trust = saml_trust.statement(spec, {"Ref": "Provider"}, saml_trust.audiences(spec, None))
    properties: dict[str, Any] = {
        "AssumeRolePolicyDocument": {"Statement": [trust], "Version": "2012-10-17"},
        "Description": role.description or default_description(spec, name),
        "ManagedPolicyArns": [_policy_arn(policy) for policy in role.managed_policies],
        "MaxSessionDuration": role.maximum,
        "Path": role.path,
        "PermissionsBoundary": role.permissions_boundary,
        "Policies": [
            {"PolicyDocument": with_listed_statements(document), "PolicyName": policy}
            for policy, document in role.inline_policies.items()
        ],
        "RoleName": name,
        "Tags": [{"Key": key, "Value": value} for key, value in sorted(role.tags.items())],
    }
    return {key: value for key, value in properties.items() if value}


def _policy_arn(name: str) -> Any:
    return name if name.startswith("arn:") else {"Fn::Sub": f"arn:${{AWS::Partition}}:iam::aws:policy/{name}"}
