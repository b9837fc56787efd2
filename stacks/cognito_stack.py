"""A stack that holds one connector of kind `cognito-user-pool`, and tells what people need to know of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from aws_cdk import CfnOutput, Stack
from constructs import Construct

from saml_connectors.cognito import CognitoConnector
from stacks.certificate_outputs import tell_certificates
from stacks.watching import add_watch

if TYPE_CHECKING:
    from saml_connectors.spec import CognitoUserPoolSpec


class CognitoStack(Stack):
    """One connector, deployed by itself."""

    def __init__(self, scope: Construct, construct_id: str, *, spec: CognitoUserPoolSpec, **kwargs: Any) -> None:
        super().__init__(scope, construct_id, **kwargs)
        self.connector = CognitoConnector(self, "Connector", spec=spec)
        endpoints = self.connector.endpoints
        self._tell("UserPoolId", "The user pool", self.connector.user_pool.user_pool_id)
        self._tell("Issuer", "Issuer of its tokens", endpoints.issuer)
        self._tell("SpEntityId", "Entity ID of the service provider", endpoints.sp_entity_id)
        self._tell("AcsUrl", "Assertion consumer service", endpoints.acs_url)
        if self.connector.application is not None:
            application = self.connector.application
            self._tell("ApplicationId", "The application in the directory", application.application_id)
            self._tell("SsoUrl", "SSO IdP URL of the application", application.sso_url)
            self._tell("CertificateExpiresAt", "End of its certificate", application.certificate_expires_at)
            tell_certificates(self, {"": application})
        if spec.user_pool.domain.custom is not None and self.connector.domain is not None:
            target = self.connector.domain.cloud_front_endpoint
            self._tell("DomainTarget", "What the DNS record of the domain points to", target)
        for client in spec.app_clients:
            label = "".join(part.capitalize() for part in client.name.split("-"))
            self._tell(
                f"{label}ClientId", f"App client {client.name}", self.connector.clients[client.name].user_pool_client_id
            )
            if client.interactive:
                self._tell(
                    f"{label}SignInUrl", f"Begins sign-in to {client.name}", self.connector.sign_in_url(client.name)
                )
        add_watch(self, self.connector)

    def _tell(self, name: str, description: str, value: str) -> None:
        CfnOutput(self, name, description=description, value=value)
