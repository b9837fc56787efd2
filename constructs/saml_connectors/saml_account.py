"""What one AWS account has of a connector of kind `iam`: the SAML provider, and the roles that trust it.

Not here: the application in the directory (`iam.py`), and accounts that a StackSet deploys (`account_template.py`).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from aws_cdk import ArnFormat, Duration, SecretValue, Stack, Token
from aws_cdk import aws_iam as iam
from constructs import Construct

from saml_connectors import saml_trust
from saml_connectors.endpoints import partition_of
from saml_connectors.problems import Problem, raise_if_any

if TYPE_CHECKING:
    from saml_connectors.spec.iam import IamSpec
    from saml_connectors.spec.role import Role


LONGEST_DESCRIPTION = 1_000
"""Characters of a role's description (IAM's API)."""

_DESCRIBABLE = re.compile(r"[\t\n\r\x20-\x7e\xa1-\xff]+")
"""What IAM takes in a role's description (IAM's API, `roleDescriptionType`)."""


# jsii holds every construct for as long as the process lives, so holding them here keeps nothing longer.
_prefix_of: dict[Stack, str] = {}


def arn_prefix(scope: Construct) -> str:
    """What the ARNs of IAM resources begin with in the account of *scope*: asked of the CDK once for each stack."""
    stack = Stack.of(scope)
    if stack not in _prefix_of:
        _prefix_of[stack] = stack.format_arn(
            service="iam", region="", resource="", arn_format=ArnFormat.NO_RESOURCE_NAME
        )
    return _prefix_of[stack]


def provider_arn(prefix: str, spec: IamSpec) -> str:
    """The provider's ARN, known before the provider is there; *prefix* is that of its account."""
    return f"{prefix}saml-provider/{spec.provider.name}"


def role_arn(prefix: str, name: str, role: Role) -> str:
    """The role's ARN, known before the role is there; *prefix* is that of its account."""
    return f"{prefix}role{role.path}{name}"


@lru_cache(maxsize=256)
def _seconds(count: int) -> Duration:
    return Duration.seconds(count)  # a call to the CDK's Node process, the same for every role


@lru_cache(maxsize=1024)
def _of_aws(name: str) -> iam.IManagedPolicy:
    return iam.ManagedPolicy.from_aws_managed_policy_name(name)  # likewise


def refuse_elsewhere(scope: Construct, spec: IamSpec, account: str) -> None:
    """Refuse a stack that is known to be somewhere else than the spec says.

    Role values would name roles of one account that are made in another, or no sign-in would be accepted.

    Raises:
        SpecError: account or partition differ.
    """
    stack = Stack.of(scope)
    problems = []
    if account and not Token.is_unresolved(stack.account) and stack.account != account:
        rule = f"must be that of the stack {stack.stack_name}, {stack.account}"
        problems.append(Problem(code="account-differs", field="aws.account", rule=rule, given=f'"{account}"'))
    if not Token.is_unresolved(stack.region) and partition_of(stack.region) != spec.in_partition:
        rule = f"must be that of the stack {stack.stack_name}, {partition_of(stack.region)}"
        problems.append(Problem(code="partition-differs", field="partition", rule=rule, given=f'"{spec.in_partition}"'))
    raise_if_any(problems, spec.name)


def default_description(spec: IamSpec, name: str) -> str:
    """What a role says of itself where the spec does not: at most 1,000 characters that IAM takes."""
    groups = ", ".join(spec.groups.get(name, ()))
    who = f"the directory groups {groups}" if _DESCRIBABLE.fullmatch(groups) else "people of the directory"
    text = f"Assumed by {who} through SAML provider {spec.provider.name}"
    return text if len(text) <= LONGEST_DESCRIPTION else f"Assumed through SAML provider {spec.provider.name}"


def with_listed_statements(document: Mapping[str, Any]) -> dict[str, Any]:
    """The policy with its statements in a list, even a single one: scanners of templates read nothing else."""
    statements = document["Statement"]
    return {**document, "Statement": [statements] if isinstance(statements, Mapping) else list(statements)}


class SamlAccount(Construct):
    """A SAML provider and the roles that trust it, in one account.

    Args:
        scope: The stack, or the construct inside it.
        construct_id: Unique within *scope*.
        spec: What to connect.
        account: Id of the account, as the spec has it; empty for the connector's own where the spec does not say.
        metadata_xml: The IdP's metadata.  None where the provider exists.
        saml_provider: The provider, where it exists and the app knows it.  Default: the one of the spec's name.

    Raises:
        SpecError: the stack is in another account or partition than the spec says.
    """

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        spec: IamSpec,
        account: str,
        metadata_xml: str | None,
        saml_provider: iam.ISamlProvider | None = None,
    ) -> None:
        super().__init__(scope, construct_id)
        refuse_elsewhere(self, spec, account)
        self._spec = spec
        self.provider: iam.CfnSAMLProvider | None = None
        """The SAML provider that was defined, or nothing where it exists."""
        if metadata_xml is None:
            known = saml_provider.saml_provider_arn if saml_provider else None
            self.provider_arn = known or provider_arn(arn_prefix(self), spec)
            """ARN of the SAML provider."""
        else:
            self.provider = self._define_provider(metadata_xml)
            self.provider_arn = self.provider.ref
        uuid = self.provider.attr_saml_provider_uuid if self.provider and spec.provider.acs == "provider" else None
        self.provider_uuid: str | None = uuid
        """UUID of the provider, where assertions are posted to its own address."""
        self._principal = saml_trust.principal(spec, self.provider_arn, saml_trust.audiences(spec, uuid))
        self.roles: Mapping[str, iam.IRole] = {
            name: self._role(name, role) for name, role in spec.roles_in(account).items()
        }
        """The roles by name."""

    def federated_principal(self) -> iam.PrincipalBase:
        """Whoever signs in through the provider, with the right audience: for `assumed_by` of roles of yours."""
        return self._principal

    def _define_provider(self, metadata_xml: str) -> iam.CfnSAMLProvider:
        encryption = self._spec.provider.encryption
        key = encryption.private_key if encryption else None
        return iam.CfnSAMLProvider(
            self,
            "Provider",
            name=self._spec.provider.name,
            saml_metadata_document=metadata_xml,
            assertion_encryption_mode=encryption.mode.capitalize() if encryption else None,
            # A dynamic reference: CloudFormation reads the secret, and it stands in no template.
            add_private_key=SecretValue.secrets_manager(key).unsafe_unwrap() if key else None,
        )

    def _role(self, name: str, role: Role) -> iam.IRole:
        # With what they are before the name, no two ids are the same, whatever roles are called.
        if role.existing:
            arn = role_arn(arn_prefix(self), name, role)
            return iam.Role.from_role_arn(self, f"Role-{name}", arn, mutable=False)
        boundary = role.permissions_boundary
        made = iam.Role(
            self,
            f"Role-{name}",
            role_name=name,
            path=role.path,
            description=role.description or default_description(self._spec, name),
            assumed_by=self._principal,
            managed_policies=[
                iam.ManagedPolicy.from_managed_policy_arn(self, f"Policy{index}-{name}", policy)
                if policy.startswith("arn:")
                else _of_aws(policy)
                for index, policy in enumerate(role.managed_policies)
            ],
            permissions_boundary=iam.ManagedPolicy.from_managed_policy_arn(self, f"Boundary-{name}", boundary)
            if boundary
            else None,
            max_session_duration=_seconds(role.maximum),
        )
        if not (role.inline_policies or role.tags):
            return made
        resource = made.node.default_child
        assert isinstance(resource, iam.CfnRole)  # the L2 wraps exactly one
        if role.inline_policies:
            # As they are written: the L2's own would change the version, and join statements.
            resource.policies = [
                iam.CfnRole.PolicyProperty(policy_name=policy, policy_document=with_listed_statements(document))
                for policy, document in role.inline_policies.items()
            ]
        for key, value in role.tags.items():
            resource.tags.set_tag(key, value)
        return made
