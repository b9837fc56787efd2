"""A service-managed StackSet that gives further accounts the provider and the roles, fed by the registering stack.

Not here: what it deploys (`account_template.py`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from aws_cdk import CfnStackSet, Stack
from constructs import Construct

from saml_connectors.account_template import (
    CERTIFICATE,
    IDP_ENTITY_ID,
    MAX_BYTES,
    MAX_MAPPED_ACCOUNTS,
    SSO_URL,
    account_template,
)
from saml_connectors.problems import Problem, SpecError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from saml_connectors.application import JumpCloudApplication
    from saml_connectors.spec.accounts import OtherAccounts
    from saml_connectors.spec.iam import IamSpec


class AccountStackSet(Construct):
    """Provider and roles in the accounts that the spec lists, and in no other.

    The organization must trust CloudFormation StackSets, and the stack must be in its management account or a
    delegated administrator's.

    Args:
        scope: The stack, or the construct inside it.
        construct_id: Unique within *scope*.
        spec: What to connect.
        accounts: Which accounts.
        applications: The applications; the first one's metadata is used.
        trusted: The certificates that the providers trust: each DER in base64.

    Raises:
        SpecError: what an account gets is too long for a StackSet.
    """

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        spec: IamSpec,
        accounts: OtherAccounts,
        applications: Sequence[JumpCloudApplication],
        trusted: Sequence[str],
    ) -> None:
        super().__init__(scope, construct_id)
        template = account_template(spec, len(trusted))
        if len(template.encode()) > MAX_BYTES:
            problem = Problem(
                code="stack-set-size",
                field="roles",
                rule=f"must fit into a template of {MAX_BYTES:,} bytes where a StackSet deploys them",
                given=f"{len(template.encode()):,} bytes",
                fix="make managed policies of the inline ones, or write deployed_by: stacks",
            )
            raise SpecError([problem], spec.name)
        partial = [name for name in spec.roles if any(name not in spec.roles_in(each) for each in accounts.ids)]
        if partial and len(accounts.ids) > MAX_MAPPED_ACCOUNTS:
            problem = Problem(
                code="stack-set-accounts",
                field="other_accounts.ids",
                rule=f"must be at most {MAX_MAPPED_ACCOUNTS} where some of them lack a role, such as {partial[0]}",
                given=f"{len(accounts.ids)}",
                fix="split the connector, or write deployed_by: stacks",
            )
            raise SpecError([problem], spec.name)
        values = {SSO_URL: applications[0].sso_url, IDP_ENTITY_ID: applications[0].idp_entity_id} | {
            f"{CERTIFICATE}{number}": each for number, each in enumerate(trusted, 1)
        }
        self.resource = CfnStackSet(
            self,
            "Resource",
            stack_set_name=f"saml-connector-{spec.name}-accounts",
            description=f"SAML provider {spec.provider.name} and its roles",
            permission_model="SERVICE_MANAGED",
            call_as="DELEGATED_ADMIN" if accounts.delegated_admin else "SELF",
            # An account that is moved into one of the units gets nothing by that.
            auto_deployment=CfnStackSet.AutoDeploymentProperty(enabled=False),
            capabilities=["CAPABILITY_NAMED_IAM"],
            template_body=template,
            parameters=[
                CfnStackSet.ParameterProperty(parameter_key=name, parameter_value=value)
                for name, value in values.items()
            ],
            stack_instances_group=[
                CfnStackSet.StackInstancesProperty(
                    deployment_targets=CfnStackSet.DeploymentTargetsProperty(
                        organizational_unit_ids=list(accounts.organizational_units),
                        accounts=list(accounts.ids),
                        account_filter_type="INTERSECTION",
                    ),
                    # IAM is the same in every region of an account, so one is enough, and two would collide.
                    regions=[Stack.of(self).region],
                )
            ],
            operation_preferences=CfnStackSet.OperationPreferencesProperty(
                failure_tolerance_percentage=0,
                max_concurrent_percentage=100,
                # Without it no failure is tolerated by deploying one account after the other.
                concurrency_mode="SOFT_FAILURE_TOLERANCE",
                region_concurrency_type="PARALLEL",
            ),
        )
        """The StackSet."""
