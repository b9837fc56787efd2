"""The Cognito user pool of a connector: schema, domain, and the trigger that turns groups into a claim.

Not here: who may sign in to it (`cognito.py`).
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from aws_cdk import Aws, CfnMapping, RemovalPolicy, Stack
from aws_cdk import aws_certificatemanager as acm
from aws_cdk import aws_cognito as cognito
from aws_cdk import aws_logs as logs
from constructs import Construct

from saml_connectors.endpoints import cognito_domain, has_token
from saml_connectors.functions import define_function

if TYPE_CHECKING:
    from saml_connectors.spec.cognito import CognitoUserPoolSpec
    from saml_connectors.spec.user_pool import Domain, UserPool

MAX_ATTRIBUTE_LENGTH = 2_048
"""Characters of an attribute's value (Cognito, quotas)."""

L2_KEYWORDS = {
    "name": "fullname",
    "picture": "profile_picture",
    "profile": "profile_page",
    "updated_at": "last_update_time",
    "zoneinfo": "timezone",
}
"""Standard attributes for which the CDK's L2s have words of their own."""

_PRE_TOKEN_ASSET = Path(__file__).parent / "pre_token"
_PLANS = {"lite": "LITE", "essentials": "ESSENTIALS", "plus": "PLUS"}
_DOMAIN_LABELS = {"aws": "auth", "aws-us-gov": "auth-fips"}
_LABELS_ID = "CognitoDomainLabels"
_label_of: dict[Stack, str] = {}  # jsii holds every stack as long, see directory_provider.py


def define_user_pool(scope: Construct, spec: CognitoUserPoolSpec) -> cognito.UserPool:
    """The pool that the spec describes: nobody signs up by himself, and attributes can be written at each sign-in.

    Of the standard attributes only those that are required stand in the schema: the others are there and mutable by
    default, and a schema entry can never be changed.
    """
    pool = spec.user_pool
    required = {name for name, attribute in pool.attributes.items() if attribute.required} | set(
        pool.required_attributes
    )
    custom = [name for name in pool.attributes if name.startswith("custom:")]
    if pool.groups is not None:
        custom.append(pool.groups.stored_in)
    standard: dict[str, Any] = {
        L2_KEYWORDS.get(name, name): cognito.StandardAttribute(required=True, mutable=True) for name in sorted(required)
    }
    return cognito.UserPool(
        scope,
        "UserPool",
        self_sign_up_enabled=False,
        # For people of the pool itself, where an app client lets them in beside the directory's.
        password_policy=cognito.PasswordPolicy(
            min_length=14, require_lowercase=True, require_uppercase=True, require_digits=True, require_symbols=True
        ),
        account_recovery=cognito.AccountRecovery.NONE,  # the directory's people have no password here to recover
        feature_plan=cognito.FeaturePlan[_PLANS[pool.feature_plan]],
        standard_attributes=cognito.StandardAttributes(**standard) if standard else None,
        # Left out, `mutable` would be false, and the second sign-in of each person would fail.
        custom_attributes={
            name.removeprefix("custom:"): cognito.StringAttribute(mutable=True, max_len=MAX_ATTRIBUTE_LENGTH)
            for name in custom
        }
        or None,
        deletion_protection=pool.protected,
        removal_policy=RemovalPolicy.RETAIN if pool.removal_policy == "retain" else RemovalPolicy.DESTROY,
    )


def add_domain(scope: Construct, spec: UserPool, pool: cognito.IUserPool) -> cognito.UserPoolDomain | None:
    """The domain that the spec describes, or nothing where the pool has one already."""
    domain = spec.domain
    if domain.existing is not None:
        return None
    if domain.prefix is not None:
        return cognito.UserPoolDomain(
            scope,
            "Domain",
            user_pool=pool,
            cognito_domain=cognito.CognitoDomainOptions(domain_prefix=domain.prefix),
        )
    assert domain.custom is not None  # the spec has exactly one of the three
    assert domain.certificate_arn is not None  # they go together
    certificate = acm.Certificate.from_certificate_arn(scope, "DomainCertificate", domain.certificate_arn)
    return cognito.UserPoolDomain(
        scope,
        "Domain",
        user_pool=pool,
        custom_domain=cognito.CustomDomainOptions(domain_name=domain.custom, certificate=certificate),
    )


def domain_host(stack: Stack, domain: Domain, region: str) -> str:
    """The host that people and the directory reach the pool at, right in each partition.

    Raises:
        SpecError: the region's partition has no user pools, or its hosts are not known.
    """
    if domain.prefix is None:
        return domain.custom or domain.existing or ""
    if not has_token(region):
        return cognito_domain(domain.prefix, region=region)
    # The stack may be deployed anywhere: the partition is looked up when it is.
    if stack not in _label_of:
        labels = CfnMapping(
            stack,
            _LABELS_ID,
            lazy=True,
            mapping={partition: {"label": label} for partition, label in _DOMAIN_LABELS.items()},
        )
        _label_of[stack] = labels.find_in_map(Aws.PARTITION, "label")
    return f"{domain.prefix}.{_label_of[stack]}.{region}.amazoncognito.com"


class GroupsTrigger(Construct):
    """The pre token generation trigger that reads groups from an attribute and writes them to `cognito:groups`.

    Args:
        scope: The stack, or the construct inside it.
        construct_id: Unique within *scope*.
        user_pool: Whose trigger it becomes.
        attribute: Custom attribute in which Cognito keeps the groups, such as `custom:groups`.
    """

    def __init__(self, scope: Construct, construct_id: str, *, user_pool: cognito.UserPool, attribute: str) -> None:
        super().__init__(scope, construct_id)
        self.function, _ = define_function(
            self,
            description="Puts a person's directory groups into cognito:groups",
            asset=_PRE_TOKEN_ASSET,
            handler="handler.handle",
            timeout_seconds=5,  # Cognito waits no longer
            log_retention=logs.RetentionDays.THREE_MONTHS,
            environment={"GROUPS_ATTRIBUTE": attribute},
        )
        user_pool.add_trigger(cognito.UserPoolOperation.PRE_TOKEN_GENERATION, self.function)
