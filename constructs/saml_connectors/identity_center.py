"""People sign in to AWS accounts through IAM Identity Center: what of it has an API.

Not here: the steps that have none (docs/identity-center.md), and the groups, which SCIM brings.
"""

from __future__ import annotations

import hashlib
import re
from typing import TYPE_CHECKING, Any

from aws_cdk import CfnTag, Stack
from aws_cdk import aws_sso as sso
from constructs import Construct

from saml_connectors.application import JumpCloudApplication
from saml_connectors.connector_outputs import tell_identity_center
from saml_connectors.identity_store_group import IdentityStoreGroup
from saml_connectors.scim_token_watch import ScimTokenWatch
from saml_connectors.spec.access_attribute import ACCESS_CONTROL

if TYPE_CHECKING:
    from collections.abc import Mapping

    from aws_cdk import aws_secretsmanager as secretsmanager
    from aws_cdk import aws_sns as sns

    from saml_connectors.spec.identity_center import IdentityCenterSpec
    from saml_connectors.spec.permission_set import CustomerManagedPolicy, PermissionSet


def principal_tag(key: str) -> str:
    """The value of an attribute for access control, for policies: `${aws:PrincipalTag/<key>}`."""
    return f"${{aws:PrincipalTag/{key}}}"


def same_tag(*keys: str) -> dict[str, dict[str, str]]:
    """A condition that holds where each tag of a resource equals the person's attribute of the same key."""
    return {"StringEquals": {f"aws:ResourceTag/{key}": principal_tag(key) for key in keys}}


class IdentityCenterConnector(Construct):
    """Sign in to AWS accounts with people of the directory, through IAM Identity Center.

    Defines the application in the directory, the instance's attributes for access control, the watch on the SCIM
    token, and, unless they have a stack of their own, permission sets and assignments.

    Args:
        scope: The stack, or the construct inside it: in the account and region of the instance.
        construct_id: Unique within *scope*.  Changing it replaces the application.
        spec: What to connect.
        assign: Whether permission sets and assignments are defined here.  They need the groups that SCIM brings, and
            SCIM is turned on by hand once the application is there: so deploy them by an `IdentityCenterAccess` in a
            stack of its own the first time.  Default: they are defined here.
        credentials: The secret that holds the directory's credential, where the app defines it.  Default: the one
            that the spec names.
        topic: Whom the watch on the token tells.  Default: a topic of its own.

    Raises:
        SpecError: the metadata file of the service provider is refused.
    """

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        spec: IdentityCenterSpec,
        assign: bool = True,
        credentials: secretsmanager.ISecret | None = None,
        topic: sns.ITopic | None = None,
    ) -> None:
        super().__init__(scope, construct_id)
        self.spec = spec
        self.sp_entity_id, self.acs_url = spec.service_provider.read()
        self.application = self._application(credentials)
        """The application in the directory."""
        self.access_control: sso.CfnInstanceAccessControlAttributeConfiguration | None = None
        """The instance's attributes for access control, where the spec has some."""
        if spec.attributes:
            self.access_control = self._access_control()
        self.token_watch: ScimTokenWatch | None = None
        """The watch on the SCIM token, where the spec says when it ends."""
        expiry = spec.scim.expiry if spec.scim else None
        if expiry is not None:
            self.token_watch = ScimTokenWatch(self, "TokenWatch", name=spec.name, expires=expiry, topic=topic)
        self.access: IdentityCenterAccess | None = None
        """Permission sets and assignments, where they are defined here."""
        if assign:
            self.access = IdentityCenterAccess(self, "Access", spec=spec)

    def add_outputs(self, prefix: str = "") -> None:
        """Tell application, certificate and instance as outputs of the stack.

        Args:
            prefix: What the outputs' names begin with, for a stack with several connectors.  Default: nothing.
        """
        tell_identity_center(self, prefix)

    def _application(self, credentials: secretsmanager.ISecret | None) -> JumpCloudApplication:
        spec = self.spec
        application = JumpCloudApplication(
            self,
            "Application",
            directory=spec.directory,
            application=spec.application,
            template=spec.template,
            sp_entity_id=self.sp_entity_id,
            acs_url=self.acs_url,
            user_attributes=[
                (f"{ACCESS_CONTROL}{key}", each.from_)
                for key, each in spec.attributes.items()
                if each.from_ is not None
            ],
            only_chosen=True,
            credentials=credentials,
        )
        # What the tile of an adopted application opens stays as it was found, unless the spec chooses it.
        adopted = spec.application.adopt is not None
        application.open_with(
            login_url=spec.instance.access_portal_url if adopted else spec.instance.portal_url,
            default_relay_state=spec.application.default_relay_state,
        )
        application.bind_groups()
        return application

    def _access_control(self) -> sso.CfnInstanceAccessControlAttributeConfiguration:
        """Turned on for all, with sources for those that come from the store: those of the assertion have none here."""
        attributes = sso.CfnInstanceAccessControlAttributeConfiguration
        return attributes(
            self,
            "AccessControl",
            instance_arn=self.spec.instance.arn,
            access_control_attributes=[
                attributes.AccessControlAttributeProperty(
                    key=key, value=attributes.AccessControlAttributeValueProperty(source=[f"${{path:{each.path}}}"])
                )
                for key, each in self.spec.attributes.items()
                if each.path is not None
            ],
        )


class IdentityCenterAccess(Construct):
    """Permission sets, and which groups of the identity store get them in which accounts.

    The groups are those that SCIM brings: looked up by name when the stack is deployed, waited for, never made.

    Args:
        scope: The stack, or the construct inside it: in the account and region of the instance.
        construct_id: Unique within *scope*.
        spec: The connector.
        wait_seconds: How long a group is waited for.  Default: ten minutes.
    """

    def __init__(
        self, scope: Construct, construct_id: str, *, spec: IdentityCenterSpec, wait_seconds: int | None = None
    ) -> None:
        super().__init__(scope, construct_id)
        self._spec = spec
        self.permission_sets: Mapping[str, sso.CfnPermissionSet] = {
            name: self._permission_set(name, each) for name, each in spec.permission_sets.items()
        }
        """The permission sets by name."""
        self.groups: Mapping[str, IdentityStoreGroup] = {
            name: IdentityStoreGroup(
                self,
                f"Group-{_told_apart(name)}",
                identity_store_id=spec.instance.identity_store_id,
                display_name=name,
                wait_seconds=wait_seconds,
            )
            for name in spec.assigned_groups
        }
        """The groups by name, as the identity store has them."""
        for group, permission_set, account in spec.assigned:
            sso.CfnAssignment(
                self,
                f"Assignment-{_told_apart(group)}-{permission_set}-{account}",
                instance_arn=spec.instance.arn,
                permission_set_arn=self.permission_sets[permission_set].attr_permission_set_arn,
                principal_id=self.groups[group].group_id,
                principal_type="GROUP",
                target_id=account,
                target_type="AWS_ACCOUNT",
            )

    def _permission_set(self, name: str, each: PermissionSet) -> sso.CfnPermissionSet:
        return sso.CfnPermissionSet(
            self,
            f"PermissionSet-{name}",
            instance_arn=self._spec.instance.arn,
            name=name,
            description=each.description,
            session_duration=each.session_duration,
            relay_state_type=each.relay_state,
            managed_policies=[self._policy_arn(policy) for policy in each.managed_policies] or None,
            customer_managed_policy_references=[
                sso.CfnPermissionSet.CustomerManagedPolicyReferenceProperty(name=policy.name, path=policy.path)
                for policy in each.customer_managed_policies
            ]
            or None,
            inline_policy=each.inline_policy,
            permissions_boundary=_boundary(each.permissions_boundary),
            tags=[CfnTag(key=key, value=value) for key, value in sorted(each.tags.items())] or None,
        )

    def _policy_arn(self, name: str) -> str:
        if name.startswith("arn:"):
            return name
        return Stack.of(self).format_arn(service="iam", region="", account="aws", resource="policy", resource_name=name)


def _boundary(given: str | CustomerManagedPolicy | None) -> Any:
    boundary = sso.CfnPermissionSet.PermissionsBoundaryProperty
    if given is None:
        return None
    if isinstance(given, str):
        return boundary(managed_policy_arn=given)
    reference = sso.CfnPermissionSet.CustomerManagedPolicyReferenceProperty(name=given.name, path=given.path)
    return boundary(customer_managed_policy_reference=reference)


def _told_apart(name: str) -> str:
    """A group's name for a construct id: something to read, and something unique."""
    readable = re.sub(r"[^A-Za-z0-9]+", "-", name).strip("-")[:20]
    return f"{readable}-{hashlib.sha256(name.encode()).hexdigest()[:8]}"
