"""People sign in to AWS accounts in the roles that their groups may assume: both sides of it.

Not here: what one account has (`saml_account.py`), the application in the directory (`application.py`), and which
applications there are (`spec/role_sets.py`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from aws_cdk import RemovalPolicy
from constructs import Construct

from saml_connectors import aws_sign_in
from saml_connectors.account_stack_set import AccountStackSet
from saml_connectors.application import JumpCloudApplication
from saml_connectors.connector_outputs import tell_iam
from saml_connectors.given_metadata import read_given
from saml_connectors.group_attributes import JumpCloudGroupAttributes
from saml_connectors.identity_pool import IdentityPool
from saml_connectors.metadata import assemble
from saml_connectors.problems import Problem, SpecError
from saml_connectors.role_applications import application_for
from saml_connectors.role_applications import construct_id as application_id
from saml_connectors.saml_account import SamlAccount, arn_prefix, provider_arn, role_arn
from saml_connectors.signing_certificates import SigningCertificates
from saml_connectors.spec.role_sets import attribute_name

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from aws_cdk import aws_iam as iam
    from aws_cdk import aws_secretsmanager as secretsmanager
    from constructs import IDependable

    from saml_connectors.spec.directory import Directory
    from saml_connectors.spec.iam import IamSpec
    from saml_connectors.spec.role_sets import RoleSet


class IamConnector(Construct):
    """Sign in to AWS accounts with people of the directory, in IAM roles.

    Defines the SAML provider and the roles (or uses yours), the application in the directory (one for each set of
    roles, where constant attributes carry them), the attributes of its groups, an identity pool, and a StackSet for
    further accounts.  Names are fixed and ARNs composed, so that the directory learns of the roles before they are
    there, and one deployment makes all of it; people see the tile last.

    Args:
        scope: The stack, or the construct inside it.
        construct_id: Unique within *scope*.  Changing it replaces everything.
        spec: What to connect.
        saml_provider: The provider, where it exists and the app has it as a resource; the spec then says so.  Default:
            a new one, or the one of the spec's name in this account.
        credentials: The secret that holds the directory's credential, where the app defines it.  Default: the one
            that the spec names.

    Raises:
        SpecError: the metadata document of the spec is refused, a StackSet cannot hold what the accounts get, or the
            stack is in another account or partition than the spec says.
    """

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        spec: IamSpec,
        saml_provider: iam.ISamlProvider | None = None,
        credentials: secretsmanager.ISecret | None = None,
    ) -> None:
        super().__init__(scope, construct_id)
        if saml_provider is not None and not spec.provider.existing:
            rule = "must be true where the construct is given a SAML provider"
            problem = Problem(code="provider-existing", field="provider.existing", rule=rule, given="false")
            raise SpecError([problem], spec.name)
        self.spec = spec
        self._arn_prefix = arn_prefix(self)
        known = saml_provider.saml_provider_arn if saml_provider else None
        self._own_provider_arn = known or provider_arn(self._arn_prefix, spec)
        sets = spec.role_sets if spec.application is not None else ()  # then at least one: the spec holds it
        self.applications: Sequence[JumpCloudApplication] = self._applications(sets, credentials)
        """The applications in the directory: one for each set of roles, in the order of the spec's groups; none where
        nothing is registered."""
        self.account = SamlAccount(
            self,
            "Account",
            spec=spec,
            account=spec.own_account,
            metadata_xml=self._metadata(),
            saml_provider=saml_provider,
        )
        """Provider and roles of the connector's own account."""
        if spec.application is not None and spec.application.adopt is not None and self.account.provider is not None:
            # One that was there before can be imported, and is not deleted with the stack.
            self.account.provider.apply_removal_policy(RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE)
        self.roles: Mapping[str, iam.IRole] = self.account.roles
        """Its roles by name."""
        self.provider_arn: str = self.account.provider_arn
        """ARN of its SAML provider."""
        self.identity_pool: IdentityPool | None = None
        """The identity pool, where the spec asks for one."""
        if spec.identity_pool is not None:
            self.identity_pool = IdentityPool(
                self,
                "IdentityPool",
                spec=spec,
                pool=spec.identity_pool,
                provider_arn=self.provider_arn,
                roles=self.roles,
            )
        self.stack_set: AccountStackSet | None = None
        """The StackSet that deploys further accounts, where the spec asks for one."""
        others = spec.other_accounts
        if others is not None and others.deployed_by == "stack-set":  # then applications: the spec holds it
            self.stack_set = AccountStackSet(
                self, "OtherAccounts", spec=spec, accounts=others, applications=self.applications, trusted=self.trusted
            )
        self._open_and_bind(credentials)

    @property
    def acs_url(self) -> str:
        """Where the IdP posts assertions: the first of the spec's endpoints, the provider's own where it says so."""
        region, uuid = self.spec.sign_in_regions[0], self.account.provider_uuid
        return self.spec.sign_in.acs_url(region) if uuid is None else self.spec.sign_in.provider_acs_url(uuid, region)

    def federated_principal(self) -> iam.PrincipalBase:
        """Whoever signs in through the provider, with the right audience: for `assumed_by` of roles of yours.

        Allows `sts:TagSession` and `sts:SetSourceIdentity` only where the spec sends tags or a source identity.
        """
        return self.account.federated_principal()

    def role_value(self, role: str, account: str = "") -> str:
        """The value of the SAML attribute Role that offers *role*: its ARN, a comma, and the provider's.

        Args:
            role: Name of a role of the spec.
            account: Id of one of the other accounts.  Default: the connector's own.

        Raises:
            SpecError: the spec has no such role, or the role is not in that account.
        """
        spec = self.spec
        _refuse_unknown(spec, role, account or spec.own_account)
        if account in {"", spec.own_account}:
            return f"{role_arn(self._arn_prefix, role, spec.roles[role])},{self._own_provider_arn}"
        prefix = f"arn:{spec.in_partition}:iam::{account}"
        return f"{prefix}:role{spec.roles[role].path}{role},{prefix}:saml-provider/{spec.provider.name}"

    def add_outputs(self, prefix: str = "") -> None:
        """Tell provider, roles, applications and certificates as outputs of the stack.

        Args:
            prefix: What the outputs' names begin with, for a stack with several connectors.  Default: nothing.
        """
        tell_iam(self, prefix)

    def _values(self, role: str) -> Iterator[tuple[str, str]]:
        """Each account that has the role, with the value that offers it there."""
        for account in self.spec.accounts:
            if role in self.spec.roles_in(account):
                yield account, self.role_value(role, account)

    def _applications(
        self, sets: Sequence[RoleSet], credentials: secretsmanager.ISecret | None
    ) -> Sequence[JumpCloudApplication]:
        spec, made = self.spec, list[JumpCloudApplication]()
        if spec.directory is None or spec.application is None:
            return made
        label, named = spec.application.display_label, spec.application.certificates
        # One key pair for all of them: one provider trusts it.
        shared = SigningCertificates(self, "Certificates", certificates=named, subject=label) if named else None
        for index, each in enumerate(sets):
            application = JumpCloudApplication(
                self,
                application_id(sets, index),
                directory=spec.directory,
                application=application_for(spec.application, sets, index),
                template=spec.template,
                sp_entity_id=spec.sign_in.sp_entity_id,
                acs_url=None if spec.provider.acs == "provider" else spec.sign_in.acs_url(spec.sign_in_regions[0]),
                # One provider trusts them all: one entity ID, and the certificate of each.
                idp_entity_id=made[0].idp_entity_id if made else None,
                user_attributes=[*self._person(), *self._inherited_roles(each)],
                constant_attributes=[*self._constant_roles(each), *self._constants(each)],
                only_chosen=True,
                certificates=shared,
                credentials=credentials,
            )
            made.append(application)
        return made

    def _constant_roles(self, each: RoleSet) -> Iterator[tuple[str, str]]:
        if self.spec.carry_roles == "constant-attributes":
            for role in each.roles:
                yield from ((aws_sign_in.ROLE, value) for _, value in self._values(role))

    def _inherited_roles(self, each: RoleSet) -> Iterator[tuple[str, str]]:
        if self.spec.carry_roles == "group-attributes":
            for role in each.roles:
                yield from ((aws_sign_in.ROLE, self._attribute(role, account)) for account, _ in self._values(role))

    def _attribute(self, role: str, account: str) -> str:
        """The directory attribute that carries a role; that of the own account has the same name whoever deploys it."""
        return attribute_name(self.spec.name, role, "" if account == self.spec.own_account else account)

    def _constants(self, each: RoleSet) -> Iterator[tuple[str, str]]:
        seconds, session = self.spec.session_duration(each.roles), self.spec.session
        if seconds is not None:
            yield aws_sign_in.SESSION_DURATION, str(seconds)
        for key, tag in session.tags.items():
            if tag.constant is not None:
                yield aws_sign_in.principal_tag(key), tag.constant
        yield from ((aws_sign_in.TRANSITIVE_TAG_KEYS, key) for key in session.transitive_tags)

    def _person(self) -> Iterator[tuple[str, str]]:
        session = self.spec.session
        yield aws_sign_in.ROLE_SESSION_NAME, session.name_from
        if session.source_identity_from is not None:
            yield aws_sign_in.SOURCE_IDENTITY, session.source_identity_from
        for key, tag in session.tags.items():
            if tag.from_ is not None:
                yield aws_sign_in.principal_tag(key), tag.from_
        yield from self.spec.attributes.items()

    def _metadata(self) -> str | None:
        spec = self.spec
        if spec.provider.existing:
            return None
        if spec.metadata is not None:
            return read_given(spec.metadata, spec.name, "iam")
        return assemble(
            entity_id=self.applications[0].idp_entity_id,
            sso_url=self.applications[0].sso_url,
            certificates=self.trusted,
        )

    @property
    def trusted(self) -> Sequence[str]:
        """The certificates that the providers trust: each DER in base64, one line."""
        return list(dict.fromkeys(one for application in self.applications for one in application.trusted))

    def _open_and_bind(self, credentials: secretsmanager.ISecret | None) -> None:
        spec = self.spec
        if spec.directory is None or spec.application is None:
            return
        after: list[IDependable] = [self.account, *([self.stack_set] if self.stack_set is not None else [])]
        trusts = tuple(after)
        if spec.carry_roles == "group-attributes":
            after.append(self._group_attributes(spec.directory, credentials))
        relay_state = spec.application.default_relay_state
        acs_url = self.acs_url if self.account.provider_uuid is not None else None
        for index, application in enumerate(self.applications):
            adopted = spec.application.adopt is not None and index == 0  # as it was found, where nothing is chosen
            application.sign(*trusts)
            if acs_url or relay_state or adopted:
                application.open_with(default_relay_state=relay_state, acs_url=acs_url)
            application.bind_groups(*after)

    def _group_attributes(
        self, directory: Directory, credentials: secretsmanager.ISecret | None
    ) -> JumpCloudGroupAttributes:
        return JumpCloudGroupAttributes(
            self,
            "GroupAttributes",
            directory=directory,
            attributes=[
                (group, self._attribute(role, account), value)
                for role, groups in self.spec.groups.items()
                for account, value in self._values(role)
                for group in groups
            ],
            credentials=credentials,
        )


def _refuse_unknown(spec: IamSpec, role: str, account: str) -> None:
    if role not in spec.roles:
        rule, fix = "must be a role of the connector", f"there are {', '.join(spec.roles)}"
        raise SpecError([Problem(code="role-unknown", field="role", rule=rule, given=f'"{role}"', fix=fix)], spec.name)
    has = [each for each in spec.accounts if role in spec.roles_in(each)]
    if account not in has:
        rule = f"must be an account that has the role {role}"
        fix = f"there are {', '.join(filter(None, has))}" if any(has) else "leave it out"
        problem = Problem(code="role-account", field="account", rule=rule, given=f'"{account}"', fix=fix)
        raise SpecError([problem], spec.name)
