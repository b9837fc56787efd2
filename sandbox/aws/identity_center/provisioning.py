"""The roles and SAML providers that Identity Center makes in the accounts that people are assigned.

What a permission set says is `permission_sets.py`'s, who gets it `assignments.py`'s.
"""

from __future__ import annotations

import json
import secrets
from html import unescape
from typing import Any, Final

from sandbox.aws.identity_center.instances import Instance
from sandbox.aws.identity_center.permission_records import PermissionSet
from sandbox.aws.identity_center.refusals import InvalidError
from sandbox.aws.seams import iam, responses
from sandbox.aws.signing_keys import signing_certificate
from sandbox.aws.xml_parsing import HTTP_POST, HTTP_REDIRECT

RECIPIENT: Final = "https://signin.aws.amazon.com/saml"
"""Where Identity Center's own assertions for roles go."""

_PATH: Final = "/aws-reserved/sso.amazonaws.com/"
_REGION_WITHOUT_PATH: Final = "us-east-1"
_INLINE: Final = "AwsSSOInlinePolicy"
_LONGEST: Final = 43_200
_REFUSED: Final = 400


def provision(instance: Instance, permission_set: PermissionSet, account: str) -> str:
    """Make the role of *permission_set* in *account*, or bring it up to date; gives its ARN.

    Raises:
        InvalidError: The account lacks a policy that the permission set names.
    """
    with responses.request_scope(account, instance.region):
        attached = [*permission_set.managed_policies, *_customer_policies(permission_set, account)]
        boundary = _boundary(permission_set, account)
        provider = _ensure_provider(instance, account)
        arn = permission_set.roles.get(account) or _create_role(instance, permission_set, provider)
        role = iam.roles[arn.rpartition("/")[2]]
        role["AttachedPolicies"] = attached
        role["InlinePolicies"] = {_INLINE: permission_set.inline_policy} if permission_set.inline_policy else {}
        role["PermissionsBoundary"] = boundary
    permission_set.roles[account] = arn
    permission_set.outdated.discard(account)
    return arn


def deprovision(instance: Instance, permission_set: PermissionSet, account: str) -> None:
    """Remove the role from *account*, with the credentials that it gave."""
    arn = permission_set.roles.pop(account, None)
    permission_set.outdated.discard(account)
    if arn is not None:
        with responses.request_scope(account, instance.region):
            iam.roles.pop(arn.rpartition("/")[2], None)


def provider_arn(instance: Instance, account: str) -> str:
    """ARN of Identity Center's SAML provider in *account*."""
    return f"arn:aws:iam::{account}:saml-provider/{_provider_name(instance)}"


def _provider_name(instance: Instance) -> str:
    return f"AWSSSO_{instance.id.removeprefix('ssoins-')}_DO_NOT_DELETE"


def _ensure_provider(instance: Instance, account: str) -> str:
    arn = provider_arn(instance, account)
    if arn not in iam.saml_providers:
        _call("CreateSAMLProvider", Name=_provider_name(instance), SAMLMetadataDocument=_own_metadata(instance))
    return arn


def _own_metadata(instance: Instance) -> str:
    """Identity Center's metadata towards IAM, for which it is the IdP."""
    portal = f"https://portal.sso.{instance.region}.amazonaws.com/saml/assertion/{instance.store.store_id}"
    services = "".join(
        f'<md:SingleSignOnService Binding="{binding}" Location="{portal}"/>' for binding in (HTTP_POST, HTTP_REDIRECT)
    )
    return (
        '<md:EntityDescriptor xmlns:md="urn:oasis:names:tc:SAML:2.0:metadata" '
        f'xmlns:ds="http://www.w3.org/2000/09/xmldsig#" entityID="{portal}">'
        '<md:IDPSSODescriptor protocolSupportEnumeration="urn:oasis:names:tc:SAML:2.0:protocol">'
        '<md:KeyDescriptor use="signing"><ds:KeyInfo><ds:X509Data><ds:X509Certificate>'
        f"{signing_certificate(instance.id)}</ds:X509Certificate></ds:X509Data></ds:KeyInfo></md:KeyDescriptor>"
        f"{services}</md:IDPSSODescriptor></md:EntityDescriptor>"
    )


def _create_role(instance: Instance, permission_set: PermissionSet, provider: str) -> str:
    trust = {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Effect": "Allow",
                "Principal": {"Federated": provider},
                "Action": ["sts:AssumeRoleWithSAML", "sts:TagSession"],
                "Condition": {"StringEquals": {"SAML:aud": RECIPIENT}},
            }
        ],
    }
    name = f"AWSReservedSSO_{permission_set.name}_{secrets.token_hex(8)}"
    region = "" if instance.region == _REGION_WITHOUT_PATH else f"{instance.region}/"
    _call(
        "CreateRole",
        RoleName=name,
        Path=f"{_PATH}{region}",
        AssumeRolePolicyDocument=json.dumps(trust),
        MaxSessionDuration=str(_LONGEST),
    )
    return str(iam.roles[name]["Arn"])


def _customer_policies(permission_set: PermissionSet, account: str) -> list[str]:
    return [_own_policy(permission_set, name, path, account) for name, path in permission_set.customer_policies]


def _boundary(permission_set: PermissionSet, account: str) -> str:
    boundary = permission_set.boundary
    if boundary is None:
        return ""
    if boundary.get("ManagedPolicyArn"):
        return str(boundary["ManagedPolicyArn"])
    reference = boundary["CustomerManagedPolicyReference"]
    return _own_policy(permission_set, str(reference["Name"]), str(reference.get("Path") or "/"), account)


def _own_policy(permission_set: PermissionSet, name: str, path: str, account: str) -> str:
    arn = f"arn:aws:iam::{account}:policy{path}{name}"
    if not iam.policy_known(arn, account):
        raise InvalidError(
            f"provisioning {permission_set.name} in {account}: the account has no policy {path}{name}; make it there "
            "before the permission set is assigned"
        )
    return arn


def _call(action: str, **parameters: str) -> None:
    answer: Any = iam.handlers[action]({key: [value] for key, value in parameters.items()})
    status, _, body = answer
    if status >= _REFUSED:
        message = body.decode().partition("<Message>")[2].partition("</Message>")[0]
        raise InvalidError(f"provisioning by {action}: {unescape(message)}")
