"""Stacks of a connector of kind `iam`: the connector's own, and one for each further account that is deployed so."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any

from aws_cdk import CfnOutput, Stack
from constructs import Construct

from saml_connectors.iam import IamConnector
from saml_connectors.iam_account import IamAccountConnector
from stacks.certificate_outputs import tell_certificates
from stacks.watching import add_watch

if TYPE_CHECKING:
    from collections.abc import Mapping

    from aws_cdk import aws_iam as iam

    from saml_connectors.spec import IamSpec


class IamStack(Stack):
    """One connector, deployed by itself."""

    def __init__(self, scope: Construct, construct_id: str, *, spec: IamSpec, **kwargs: Any) -> None:
        super().__init__(scope, construct_id, **kwargs)
        self.connector = IamConnector(self, "Connector", spec=spec)
        _tell_account(self, self.connector.provider_arn, self.connector.roles)
        _tell(self, "SpEntityId", "Entity ID of AWS as service provider", spec.sign_in.sp_entity_id)
        _tell(self, "AcsUrl", "Assertion consumer service of AWS", self.connector.acs_url)
        several = len(self.connector.applications) > 1
        for number, application in enumerate(self.connector.applications, 1):
            end = str(number) if several else ""
            _tell(self, f"ApplicationId{end}", "The application in the directory", application.application_id)
            _tell(self, f"SsoUrl{end}", "SSO IdP URL of the application", application.sso_url)
            _tell(self, f"CertificateExpiresAt{end}", "End of its certificate", application.certificate_expires_at)
        applications = enumerate(self.connector.applications, 1)
        tell_certificates(self, {str(number) if several else "": each for number, each in applications})
        if self.connector.identity_pool is not None:
            _tell(self, "IdentityPoolId", "The identity pool", self.connector.identity_pool.identity_pool_id)
        add_watch(self, self.connector)


class IamAccountStack(Stack):
    """What one further account has of a connector, deployed by itself."""

    def __init__(self, scope: Construct, construct_id: str, *, spec: IamSpec, account: str, **kwargs: Any) -> None:
        super().__init__(scope, construct_id, **kwargs)
        self.connector = IamAccountConnector(self, "Connector", spec=spec, account=account)
        _tell_account(self, self.connector.provider_arn, self.connector.roles)


def _tell_account(stack: Stack, provider_arn: str, roles: Mapping[str, iam.IRole]) -> None:
    _tell(stack, "SamlProviderArn", "The SAML provider", provider_arn)
    for name, role in roles.items():
        _tell(stack, f"Role{_letters(name)}", f"Role {name}", role.role_arn)


def _letters(name: str) -> str:
    """Letters and digits only, as outputs are called; roles that differ in something else are still told apart."""
    letters = "".join(character for character in name if character.isalnum())
    return letters if letters == name else f"{letters}{hashlib.sha256(name.encode()).hexdigest()[:8]}"


def _tell(stack: Stack, name: str, description: str, value: str) -> None:
    CfnOutput(stack, name, description=description, value=value)
