"""An application that another stack registered in the directory, looked up by its slug; nothing is changed in it.

Not here: registering one (`application.py`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from constructs import Construct

from saml_connectors.directory_provider import DirectoryProvider
from saml_connectors.provider.jumpcloud import contract

if TYPE_CHECKING:
    from aws_cdk import aws_secretsmanager as secretsmanager

    from saml_connectors.spec.directory import Directory


class RegisteredApplication(Construct):
    """What a service provider in another account must know of an application: read from the directory.

    It is read when the stack is deployed and something about it changed; a new certificate alone does not do that, but
    another *revision* does.

    Args:
        scope: The stack, or the construct inside it.
        construct_id: Unique within *scope*.
        directory: Where it is registered.
        slug: Last part of its SSO IdP URL.
        template: Catalogue template that it is made from.
        revision: Any text.  Default: none.
        credentials: As in `JumpCloudApplication`.
    """

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        directory: Directory,
        slug: str,
        template: str,
        revision: str | None = None,
        credentials: secretsmanager.ISecret | None = None,
    ) -> None:
        super().__init__(scope, construct_id)
        provider = DirectoryProvider.of(self)
        resource = provider.resource(
            self,
            "Resource",
            contract.LOOKUP,
            provider.reach(directory, credentials),
            {contract.SLUG: slug, contract.TEMPLATE: template, contract.REVISION: revision},
        )
        self.application_id: str = resource.get_att_string(contract.APPLICATION_ID)
        """Id of the application in the directory."""
        self.sso_url: str = resource.get_att_string(contract.SSO_URL)
        """SSO IdP URL, where service providers send people."""
        self.idp_entity_id: str = resource.get_att_string(contract.IDP_ENTITY_ID)
        """Entity ID that its assertions carry."""
        self.certificate: str = resource.get_att_string(contract.CERTIFICATE)
        """Certificate it signs with: DER in base64, one line."""
        self.certificate_expires_at: str = resource.get_att_string(contract.CERTIFICATE_EXPIRES_AT)
        """When the certificate ends, ISO 8601 in UTC."""
