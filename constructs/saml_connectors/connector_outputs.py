"""What people and commands need to know of a connector, as outputs of its stack: ids, addresses, roles, certificates.

The names are what `saml-connectors doctor`, `drift`, `metadata` and `scim` look for; they stay.  Not here: what the
watch tells (`connector_watch.py`).
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

from aws_cdk import CfnOutput, Stack

from saml_connectors.spec.signing_certificate import ORIGINAL

if TYPE_CHECKING:
    from collections.abc import Mapping

    from aws_cdk import aws_iam as iam
    from constructs import Construct

    from saml_connectors.application import JumpCloudApplication
    from saml_connectors.cognito import CognitoConnector
    from saml_connectors.iam import IamConnector
    from saml_connectors.identity_center import IdentityCenterConnector
    from saml_connectors.signing_certificates import SigningCertificate


class _Outputs:
    """Outputs of one connector's stack.

    Args:
        connector: Whose stack.
        prefix: What their names begin with.
    """

    def __init__(self, connector: Construct, prefix: str) -> None:
        self._stack, self._prefix = Stack.of(connector), prefix

    def tell(self, name: str, description: str, value: str) -> None:
        """One output."""
        CfnOutput(self._stack, f"{self._prefix}{name}", description=description, value=value)

    def tell_application(self, application: JumpCloudApplication, end: str = "") -> None:
        """An application of the directory; *end* tells it from others."""
        self.tell(f"ApplicationId{end}", "The application in the directory", application.application_id)
        self.tell(f"SsoUrl{end}", "SSO IdP URL of the application", application.sso_url)
        self.tell(f"CertificateExpiresAt{end}", "End of its certificate", application.certificate_expires_at)

    def tell_certificates(self, applications: Mapping[str, JumpCloudApplication]) -> None:
        """Each certificate once.

        Args:
            applications: By what the names of their own outputs end with; each has an original certificate of its own.
        """
        found: dict[str, SigningCertificate] = {}
        for end, application in applications.items():
            for each in application.certificates:
                found[f"{_certificate(each.name)}{end if each.name == ORIGINAL else ''}"] = each
        for name, each in found.items():
            self.tell(f"Certificate{name}Fingerprint", f"SHA-256 of certificate {each.name}", each.fingerprint)
            self.tell(f"Certificate{name}ExpiresAt", f"End of certificate {each.name}", each.expires_at)


def tell_cognito(connector: CognitoConnector, prefix: str) -> None:
    """Of a connector of kind `cognito-user-pool`."""
    outputs, spec, endpoints = _Outputs(connector, prefix), connector.spec, connector.endpoints
    outputs.tell("UserPoolId", "The user pool", connector.user_pool.user_pool_id)
    outputs.tell("Issuer", "Issuer of its tokens", endpoints.issuer)
    outputs.tell("SpEntityId", "Entity ID of the service provider", endpoints.sp_entity_id)
    outputs.tell("AcsUrl", "Assertion consumer service", endpoints.acs_url)
    if connector.application is not None:
        outputs.tell_application(connector.application)
        outputs.tell_certificates({"": connector.application})
    if spec.user_pool.domain.custom is not None and connector.domain is not None:
        target = connector.domain.cloud_front_endpoint
        outputs.tell("DomainTarget", "What the DNS record of the domain points to", target)
    for client in spec.app_clients:
        label = "".join(part.capitalize() for part in client.name.split("-"))
        client_id = connector.clients[client.name].user_pool_client_id
        outputs.tell(f"{label}ClientId", f"App client {client.name}", client_id)
        if client.interactive:
            sign_in_url = connector.sign_in_url(client.name)
            outputs.tell(f"{label}SignInUrl", f"Begins sign-in to {client.name}", sign_in_url)


def tell_iam(connector: IamConnector, prefix: str) -> None:
    """Of a connector of kind `iam`."""
    tell_account(connector, connector.provider_arn, connector.roles, prefix)
    outputs = _Outputs(connector, prefix)
    outputs.tell("SpEntityId", "Entity ID of AWS as service provider", connector.spec.sign_in.sp_entity_id)
    outputs.tell("AcsUrl", "Assertion consumer service of AWS", connector.acs_url)
    several = len(connector.applications) > 1
    applications = {str(number) if several else "": each for number, each in enumerate(connector.applications, 1)}
    for end, application in applications.items():
        outputs.tell_application(application, end)
    outputs.tell_certificates(applications)
    if connector.identity_pool is not None:
        outputs.tell("IdentityPoolId", "The identity pool", connector.identity_pool.identity_pool_id)


def tell_account(connector: Construct, provider_arn: str, roles: Mapping[str, iam.IRole], prefix: str) -> None:
    """What one account has of a connector of kind `iam`."""
    outputs = _Outputs(connector, prefix)
    outputs.tell("SamlProviderArn", "The SAML provider", provider_arn)
    for name, role in roles.items():
        outputs.tell(f"Role{_role(name)}", f"Role {name}", role.role_arn)


def tell_identity_center(connector: IdentityCenterConnector, prefix: str) -> None:
    """Of a connector of kind `identity-center`: `saml-connectors metadata` is made of these."""
    outputs, spec, application = _Outputs(connector, prefix), connector.spec, connector.application
    outputs.tell("ConnectorName", "Name of the connector", spec.name)
    outputs.tell("ApplicationId", "The application in the directory", application.application_id)
    outputs.tell("SsoUrl", "SSO IdP URL of the application", application.sso_url)
    outputs.tell("IdpEntityId", "Entity ID that its assertions carry", application.idp_entity_id)
    outputs.tell("Certificate", "Certificate it signs with, DER in base64", application.certificate)
    outputs.tell("CertificateExpiresAt", "End of its certificate", application.certificate_expires_at)
    outputs.tell("SpEntityId", "Entity ID of Identity Center", connector.sp_entity_id)
    outputs.tell("AcsUrl", "Assertion consumer service of Identity Center", connector.acs_url)
    outputs.tell("InstanceArn", "The instance of Identity Center", spec.instance.arn)
    outputs.tell("IdentityStoreId", "Its identity store", spec.instance.identity_store_id)
    outputs.tell("AccessPortalUrl", "Where people start", spec.instance.portal_url)


def _certificate(name: str) -> str:
    """Letters and digits only, as outputs are called; names that differ in a hyphen are still told apart."""
    plain = name.replace("-", "")
    return plain.capitalize() if plain == name else f"{plain.capitalize()}{_digest(name)}"


def _role(name: str) -> str:
    """Likewise; roles that differ in something else are still told apart."""
    letters = "".join(character for character in name if character.isalnum())
    return letters if letters == name else f"{letters}{_digest(name)}"


def _digest(name: str) -> str:
    return hashlib.sha256(name.encode()).hexdigest()[:8]
