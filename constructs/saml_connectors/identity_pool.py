"""A Cognito identity pool that trusts the connector's SAML provider: the enhanced flow, and nothing else.

Not here: the provider and the roles (`saml_account.py`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from aws_cdk import aws_cognito as cognito
from aws_cdk import aws_iam as iam
from constructs import Construct

if TYPE_CHECKING:
    from collections.abc import Mapping

    from saml_connectors.spec.iam import IamSpec
    from saml_connectors.spec.identity_pool import IdentityPool as IdentityPoolSpec

_MATCH = {"equals": "Equals", "contains": "Contains", "starts-with": "StartsWith", "not-equal": "NotEqual"}


class IdentityPool(Construct):
    """AWS credentials for applications that show a SAML response of the directory.

    Roles are handed out by the service alone: guests and the classic flow are off, so nobody chooses a role that the
    rules, or the assertion, do not name.

    Args:
        scope: The stack, or the construct inside it.
        construct_id: Unique within *scope*.
        spec: The connector.
        pool: What the spec says of the pool.
        provider_arn: The SAML provider.
        roles: The connector's roles by name.  Those that were defined with it may be assumed through the pool.
    """

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        spec: IamSpec,
        pool: IdentityPoolSpec,
        provider_arn: str,
        roles: Mapping[str, iam.IRole],
    ) -> None:
        super().__init__(scope, construct_id)
        self.resource = cognito.CfnIdentityPool(
            self,
            "Resource",
            identity_pool_name=pool.name or spec.name,
            allow_unauthenticated_identities=False,
            allow_classic_flow=False,
            saml_provider_arns=[provider_arn],
        )
        """The identity pool."""
        self.identity_pool_id = self.resource.ref
        """Its id."""
        ruled = {rule.role for rule in pool.role_rules}
        for name, role in roles.items():
            if isinstance(role, iam.Role) and (not ruled or name in ruled):
                self._trust(role, tagged=bool(pool.principal_tags))
        if pool.role_rules:
            self._map_roles(pool, provider_arn, roles)
        if pool.principal_tags:
            cognito.CfnIdentityPoolPrincipalTag(
                self,
                "PrincipalTags",
                identity_pool_id=self.identity_pool_id,
                identity_provider_name=provider_arn,
                use_defaults=False,
                principal_tags=dict(pool.principal_tags),
            )

    def _trust(self, role: iam.Role, *, tagged: bool) -> None:
        """Let people of this pool have the role, when the service chose it for them."""
        policy = role.assume_role_policy
        assert policy is not None  # a role that is defined has one
        policy.add_statements(
            iam.PolicyStatement(
                actions=["sts:AssumeRoleWithWebIdentity", *(["sts:TagSession"] if tagged else [])],
                principals=[
                    iam.FederatedPrincipal(
                        "cognito-identity.amazonaws.com",
                        {
                            "StringEquals": {"cognito-identity.amazonaws.com:aud": self.identity_pool_id},
                            "ForAnyValue:StringLike": {"cognito-identity.amazonaws.com:amr": "authenticated"},
                        },
                    )
                ],
            )
        )

    def _map_roles(self, pool: IdentityPoolSpec, provider_arn: str, roles: Mapping[str, iam.IRole]) -> None:
        rules = [
            cognito.CfnIdentityPoolRoleAttachment.MappingRuleProperty(
                claim=rule.claim, match_type=_MATCH[rule.match], value=rule.value, role_arn=roles[rule.role].role_arn
            )
            for rule in pool.role_rules
        ]
        cognito.CfnIdentityPoolRoleAttachment(
            self,
            "RoleMapping",
            identity_pool_id=self.identity_pool_id,
            role_mappings={
                # The key only tells mappings apart; the provider is named inside, where its ARN may be a token.
                "SamlProvider": cognito.CfnIdentityPoolRoleAttachment.RoleMappingProperty(
                    type="Rules",
                    identity_provider=provider_arn,
                    ambiguous_role_resolution="Deny",
                    rules_configuration=cognito.CfnIdentityPoolRoleAttachment.RulesConfigurationTypeProperty(
                        rules=rules
                    ),
                )
            },
        )
