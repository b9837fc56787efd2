"""The part of a connector of kind `iam` that a further account has, deployed by a stack of its own.

Not here: the connector (`iam.py`), and accounts that a StackSet deploys (`account_stack_set.py`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from constructs import Construct

from saml_connectors.connector_outputs import tell_account
from saml_connectors.given_metadata import read_given
from saml_connectors.metadata import assemble
from saml_connectors.problems import Problem, SpecError
from saml_connectors.registered_application import RegisteredApplication
from saml_connectors.role_applications import application_for
from saml_connectors.role_applications import construct_id as application_id
from saml_connectors.saml_account import SamlAccount

if TYPE_CHECKING:
    from collections.abc import Mapping

    from aws_cdk import aws_iam as iam
    from aws_cdk import aws_secretsmanager as secretsmanager

    from saml_connectors.spec.iam import IamSpec


class IamAccountConnector(Construct):
    """The part of an `IamConnector` that another account has, in a stack of its own: provider and roles.

    The application is looked up in the directory by its slug, so the connector's own stack is deployed first.

    Args:
        scope: The stack, or the construct inside it; its account is *account*.
        construct_id: Unique within *scope*.
        spec: The connector.
        account: Id of the account, one of the spec's other accounts.
        credentials: The secret that holds the directory's credential, where the app defines it.  Default: the one
            that the spec names, in this account.

    Raises:
        SpecError: *account* is none of the other accounts or not that of the stack, the application has no slug to
            look it up by, or the metadata document of the spec is refused.
    """

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        spec: IamSpec,
        account: str,
        credentials: secretsmanager.ISecret | None = None,
    ) -> None:
        super().__init__(scope, construct_id)
        self.spec = spec
        others = spec.other_accounts.ids if spec.other_accounts else ()
        if account not in others:
            rule, fix = "must be one of the other accounts of the spec", f"there are {', '.join(others) or 'none'}"
            problem = Problem(code="account-unknown", field="account", rule=rule, given=f'"{account}"', fix=fix)
            raise SpecError([problem], spec.name)
        self.account = SamlAccount(
            self, "Account", spec=spec, account=account, metadata_xml=self._metadata(credentials)
        )
        """Provider and roles."""
        self.roles: Mapping[str, iam.IRole] = self.account.roles
        """The roles by name."""
        self.provider_arn: str = self.account.provider_arn
        """ARN of the SAML provider."""

    def federated_principal(self) -> iam.PrincipalBase:
        """Whoever signs in through the provider of this account: for `assumed_by` of roles of yours."""
        return self.account.federated_principal()

    def add_outputs(self, prefix: str = "") -> None:
        """Tell provider and roles as outputs of the stack.

        Args:
            prefix: What the outputs' names begin with, for a stack with several connectors.  Default: nothing.
        """
        tell_account(self, self.provider_arn, self.roles, prefix)

    def _metadata(self, credentials: secretsmanager.ISecret | None) -> str | None:
        spec = self.spec
        if spec.provider.existing:
            return None
        if spec.metadata is not None:
            return read_given(spec.metadata, spec.name, "iam")
        assert spec.directory is not None
        assert spec.application is not None  # a spec has a directory and an application, or metadata
        if spec.application.certificates is not None:
            rule = "must be left out where another stack looks the application up: it is told of one certificate only"
            problem = Problem(code="certificates-other-accounts", field="application.certificates", rule=rule)
            raise SpecError([problem], spec.name)
        if spec.application.slug is None:
            rule = "must be given where another stack looks the application up"
            raise SpecError([Problem(code="slug-needed", field="application.slug", rule=rule)], spec.name)
        sets = spec.role_sets
        found = [
            RegisteredApplication(
                self,
                application_id(sets, index),
                directory=spec.directory,
                slug=application_for(spec.application, sets, index).slug or "",
                template=spec.template,
                revision=spec.other_accounts.revision if spec.other_accounts else None,
                credentials=credentials,
            )
            for index in range(len(sets))
        ]
        return assemble(
            entity_id=found[0].idp_entity_id,
            sso_url=found[0].sso_url,
            certificates=[application.certificate for application in found],
        )
