"""A group of the identity store that automatic provisioning (SCIM) brings, found by its name when a stack is deployed.

Not here: making one.  A group that CloudFormation makes would stand in the way of the directory's own.
"""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

from aws_cdk import Aws, CustomResource, Duration, Stack
from aws_cdk import aws_iam as iam
from aws_cdk import aws_logs as logs
from constructs import Construct, IDependable

from saml_connectors.functions import define_function
from saml_connectors.problems import Problem, raise_if_any
from saml_connectors.provider.identity_store import contract

FUNCTION_TIMEOUT_MINUTES = 15
"""One request; the function answers before it is up."""

SERVICE_TIMEOUT_MINUTES = 20
"""What CloudFormation waits for an answer: one whole run, after one or two that were killed early."""

_CONSTRUCT_ID = "IdentityStoreGroupFinder"
_ASSET = Path(__file__).parent / "provider"
_finder_of: dict[Stack, GroupFinder] = {}  # jsii holds every stack as long, see directory_provider.py


class GroupFinder(Construct):
    """The function that looks groups up: one in a stack, whatever number of groups.

    It may ask the identity stores that it is told of for the id of a group, and write its own log; nothing else.
    """

    def __init__(self, scope: Construct, construct_id: str) -> None:
        super().__init__(scope, construct_id)
        self.function, self.role = define_function(
            self,
            description="Looks up groups of IAM Identity Center that SCIM brings",
            asset=_ASSET,
            handler="identity_store.handler.handle",
            timeout_seconds=FUNCTION_TIMEOUT_MINUTES * 60,
            log_retention=logs.RetentionDays.ONE_YEAR,
            memory_mib=256,
        )
        self._rights: dict[str, IDependable] = {}

    @staticmethod
    def of(scope: Construct) -> GroupFinder:
        """The finder of the stack that *scope* is in; made when it is first asked for.

        Its `role` needs `kms:Decrypt` besides, where the identity store is encrypted with a key of its owner.
        """
        stack = Stack.of(scope)
        if stack not in _finder_of:
            _finder_of[stack] = GroupFinder(stack, _CONSTRUCT_ID)
        return _finder_of[stack]

    def allow(self, identity_store_id: str) -> IDependable:
        """Let the function ask for groups of a store; what asks has to wait for what comes back."""
        named = json.dumps(Stack.of(self).resolve(identity_store_id), sort_keys=True)
        if named not in self._rights:
            # The id of a store names it among all accounts.  It belongs to the account that has Identity Center, which
            # is another one where the stack is deployed by a delegated administrator.
            store = f"arn:{Aws.PARTITION}:identitystore::*:identitystore/{identity_store_id}"
            groups = f"arn:{Aws.PARTITION}:identitystore:::group/*"
            self._rights[named] = iam.Policy(
                self,
                f"LookUpGroups{hashlib.sha256(named.encode()).hexdigest()[:8]}",
                roles=[self.role],
                statements=[
                    iam.PolicyStatement(
                        sid="LookUpGroups", actions=["identitystore:GetGroupId"], resources=[store, groups]
                    )
                ],
            )
        return self._rights[named]


class IdentityStoreGroup(Construct):
    """A group that SCIM brings: looked up, waited for, never made.

    Args:
        scope: The stack, or the construct inside it.
        construct_id: Unique within *scope*.
        identity_store_id: Id of the identity store, such as `d-9067654321`.
        display_name: Name of the group, as it is in the directory.
        wait_seconds: How long a deployment waits for a group that is not there yet, 0 to 840.  Default: 600.

    Raises:
        SpecError: *wait_seconds* is not 0 to 840.
    """

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        identity_store_id: str,
        display_name: str,
        wait_seconds: int | None = None,
    ) -> None:
        super().__init__(scope, construct_id)
        if wait_seconds is not None and not 0 <= wait_seconds <= contract.LONGEST_WAIT_SECONDS:
            rule = f"must be 0 to {contract.LONGEST_WAIT_SECONDS} seconds"
            problem = Problem(code="group-wait", rule=rule, given=str(wait_seconds), field="wait_seconds")
            raise_if_any([problem], f"identity store group {display_name!r}")
        finder = GroupFinder.of(self)
        properties = {contract.IDENTITY_STORE_ID: identity_store_id, contract.DISPLAY_NAME: display_name}
        if wait_seconds is not None:
            properties[contract.WAIT_SECONDS] = str(wait_seconds)
        resource = CustomResource(
            self,
            "Resource",
            resource_type=contract.GROUP,
            service_token=finder.function.function_arn,
            service_timeout=Duration.minutes(SERVICE_TIMEOUT_MINUTES),
            properties=properties,
        )
        resource.node.add_dependency(finder.allow(identity_store_id))
        self.group_id: str = resource.get_att_string(contract.GROUP_ID)
        """Id of the group in the identity store, which an assignment takes as its principal."""
