"""An application in a JumpCloud-style directory, registered by the companion custom resource.

Stands alone: any service provider may use it.  Not here: the AWS side of a connector.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from constructs import Construct, IDependable

from saml_connectors.application_certificates import ApplicationCertificates
from saml_connectors.directory_provider import DirectoryProvider
from saml_connectors.metadata import assemble
from saml_connectors.provider.jumpcloud import contract

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from aws_cdk import CustomResource
    from aws_cdk import aws_secretsmanager as secretsmanager

    from saml_connectors.signing_certificates import SigningCertificate, SigningCertificates
    from saml_connectors.spec.directory import Directory, SamlApplication, Tile

    Attributes = Mapping[str, str] | Iterable[tuple[str, str]]

_SIGN = {"assertion": (True, False), "response": (False, True), "both": (True, True)}


class _DirectoryTile(Construct):
    """What a SAML application and a bookmark share: a provider, and groups that see the tile."""

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        directory: Directory,
        tile: Tile,
        credentials: secretsmanager.ISecret | None,
    ) -> None:
        super().__init__(scope, construct_id)
        self._provider = DirectoryProvider.of(self)
        self._directory = self._provider.reach(directory, credentials)
        self._tile = tile
        self._adopted = True if tile.adopt is not None else None

    def _register(self, properties: Mapping[str, object], *after: IDependable) -> CustomResource:
        tile = self._tile
        return self._provider.resource(
            self,
            "Resource",
            contract.APPLICATION,
            self._directory,
            {
                contract.DISPLAY_LABEL: tile.display_label,
                contract.DESCRIPTION: tile.description,
                contract.VISIBLE: tile.visible,
                contract.REQUIRED_GROUPS: list(tile.groups) or None,
                contract.ON_REMOVAL: tile.on_removal,
                contract.ADOPT: tile.adopt,
                **properties,
            },
            after=after,
        )

    def _bind_groups(self, application_id: str, after: tuple[IDependable, ...]) -> None:
        # That of an adopted application stays when its last group leaves: deleting it would unbind nothing.
        if not self._tile.groups and self._tile.adopt is None:
            return
        self._provider.resource(
            self,
            "Access",
            contract.ACCESS,
            self._directory,
            {
                contract.APPLICATION_ID: application_id,
                contract.GROUPS: list(self._tile.groups),
                contract.ADOPTED: self._adopted,
            },
            after=after,
        )


class JumpCloudApplication(_DirectoryTile):
    """A SAML 2.0 application in the directory: settings, attributes, groups, and the certificate it signs with.

    Defines one custom resource for the application; `sign`, `open_with` and `bind_groups` add one each, and are called
    in this order.  The directory makes key and certificate, and the private key never leaves it; where the spec names
    certificates, further key pairs are made or taken.

    Args:
        scope: The stack, or the construct inside it.
        construct_id: Unique within *scope*.  Changing it replaces the application.
        directory: Where it is registered.
        application: What people see, and how it signs.
        template: Catalogue template that it is made from; looked up at deployment.
        sp_entity_id: Entity ID of the service provider: the assertion's audience.
        acs_url: Where the response is posted: the assertion's recipient.  Default: the template's, until `open_with`
            says another.
        idp_entity_id: Entity ID that its assertions carry, where another application has it too.  Default: that of
            *application*.
        user_attributes: SAML attribute names and the directory property each carries; pairs, where a name has several
            values.  Default: none.
        constant_attributes: SAML attributes with the same value for everybody, beside those of *application*; pairs,
            where a name has several values.  Default: none, and those that the template brings stay.
        groups_attribute: SAML attribute that carries a person's groups.  Default: groups are not sent.
        only_chosen: Leave NameID and signature to the template where *application* does not choose them, and its
            metadata as it is: for templates that are made for one service provider, and have few settings.
            Default: all of them are set, except in an application that is adopted.
        certificates: The certificates of *application*, where others of its applications have the same.  Default: they
            are defined here.
        credentials: The secret that holds the directory's credential, when it is a resource of the app.  Default: the
            one that *directory* names.
    """

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        directory: Directory,
        application: SamlApplication,
        template: str,
        sp_entity_id: str,
        acs_url: str | None = None,
        idp_entity_id: str | None = None,
        user_attributes: Attributes | None = None,
        constant_attributes: Attributes | None = None,
        groups_attribute: str | None = None,
        only_chosen: bool = False,
        certificates: SigningCertificates | None = None,
        credentials: secretsmanager.ISecret | None = None,
    ) -> None:
        super().__init__(scope, construct_id, directory=directory, tile=application, credentials=credentials)
        self._certificates = ApplicationCertificates(self, application, certificates)
        users, constants = _pairs(user_attributes), _pairs(constant_attributes)
        named = {name for name, _ in constants}
        constants = [(name, value) for name, value in application.constant_attributes.items() if name not in named] + (
            constants
        )
        replaces_constants = bool(constants) or constant_attributes is not None
        self._resource = self._register(
            {
                contract.TEMPLATE: template,
                contract.SLUG: application.slug,
                contract.IDP_ENTITY_ID: idp_entity_id or application.idp_entity_id,
                contract.SP_ENTITY_ID: sp_entity_id,
                contract.ACS_URL: acs_url,
                contract.SP_CERTIFICATE: application.sp_certificate,
                **_how_it_signs(application, only_chosen=only_chosen or application.adopt is not None),
                contract.USER_ATTRIBUTES: [{contract.NAME: name, contract.SOURCE: source} for name, source in users]
                or None,
                contract.CONSTANT_ATTRIBUTES: [
                    {contract.NAME: name, contract.VALUE: value} for name, value in constants
                ]
                if replaces_constants
                else None,
                contract.GROUPS_ATTRIBUTE: groups_attribute,
                **self._certificates.properties,
            },
            *self._certificates.rights,
        )
        self._launch: CustomResource | None = None
        self.application_id: str = self._resource.ref
        """Id of the application in the directory."""
        self.sso_url: str = self._resource.get_att_string(contract.SSO_URL)
        """SSO IdP URL, where service providers send people."""
        self.idp_entity_id: str = self._resource.get_att_string(contract.IDP_ENTITY_ID)
        """Entity ID that its assertions carry."""
        self.certificate: str = self._resource.get_att_string(contract.CERTIFICATE)
        """Certificate it signs with, when its other settings were last deployed: DER in base64, one line."""
        self._certificates.registered(self._directory, self.application_id)

    @property
    def certificates(self) -> Sequence[SigningCertificate]:
        """The certificates that the spec names, all of which the AWS side has to trust; none where it names none."""
        return self._certificates.trusted

    @property
    def trusted(self) -> Sequence[str]:
        """What the AWS side has to trust: each DER in base64, one line."""
        return [each.certificate for each in self.certificates] or [self.certificate]

    @property
    def certificate_expires_at(self) -> str:
        """When the certificate that signs ends, ISO 8601 in UTC."""
        first = self._certificates.first
        return first.expires_at if first else self._resource.get_att_string(contract.CERTIFICATE_EXPIRES_AT)

    @property
    def metadata_xml(self) -> str:
        """The IdP's SAML metadata, assembled in the template from the parts that the directory documents."""
        return assemble(entity_id=self.idp_entity_id, sso_url=self.sso_url, certificates=self.trusted)

    def sign(self, *after: IDependable) -> None:
        """Let it sign with the first certificate that the spec names, once *after*, which trusts them all, is deployed.

        Call it before `open_with`, and once; where the spec names no certificates, it does nothing.
        """
        self._certificates.sign(after)

    def open_with(
        self, *, login_url: str | None = None, default_relay_state: str | None = None, acs_url: str | None = None
    ) -> None:
        """Set what the tile opens, once what it needs is known; call it at most once.

        Args:
            login_url: Where people start to sign in (SP-initiated).  Default: the directory posts an assertion.
            default_relay_state: RelayState of an assertion that nobody asked for.  Default: none.
            acs_url: Where the response is posted, where that is known only after the application is there.  Default:
                the application's own.
        """
        self._launch = self._provider.resource(
            self,
            "Launch",
            contract.LAUNCH,
            self._directory,
            {
                contract.APPLICATION_ID: self.application_id,
                contract.LOGIN_URL: login_url,
                contract.DEFAULT_RELAY_STATE: default_relay_state,
                contract.ACS_URL: acs_url,
                contract.ADOPTED: self._adopted,
            },
            after=self._certificates.switch,
        )

    def bind_groups(self, *after: IDependable) -> None:
        """Let the groups of the spec see the tile, once *after* is deployed; call it at most once.

        Default: after the application itself and what it opens.
        """
        launch = (self._launch,) if self._launch is not None else ()
        self._bind_groups(self.application_id, (*self._certificates.switch, *launch, *after))


class JumpCloudBookmark(_DirectoryTile):
    """A tile in the directory's portal that opens a URL.

    Args:
        scope: The stack, or the construct inside it.
        construct_id: Unique within *scope*.  Changing it replaces the tile.
        directory: In whose portal it stands.
        tile: What people see.
        url: What it opens.  Another URL replaces the tile.
        credentials: As in `JumpCloudApplication`.
    """

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        directory: Directory,
        tile: Tile,
        url: str,
        credentials: secretsmanager.ISecret | None = None,
    ) -> None:
        super().__init__(scope, construct_id, directory=directory, tile=tile, credentials=credentials)
        resource = self._register({contract.TEMPLATE: contract.BOOKMARK_TEMPLATE, contract.BOOKMARK_URL: url})
        self.application_id: str = resource.ref
        """Id of the tile in the directory."""
        self._bind_groups(self.application_id, ())


def _pairs(attributes: Attributes | None) -> list[tuple[str, str]]:
    return list(attributes.items() if isinstance(attributes, Mapping) else attributes or ())


def _how_it_signs(application: SamlApplication, *, only_chosen: bool) -> dict[str, object]:
    """NameID, signature and metadata; of the settings that are left to the template, nothing."""
    chosen = application.model_fields_set if only_chosen else {"name_id", "sign"}
    settings: dict[str, object] = {}
    if "name_id" in chosen:
        settings |= {
            contract.SUBJECT_FIELD: application.name_id.from_,
            contract.NAME_ID_FORMAT: application.name_id.urn,
        }
    if "sign" in chosen:
        sign_assertion, sign_response = _SIGN[application.sign]
        settings |= {
            contract.SIGNATURE_ALGORITHM: "RSA-SHA256",
            contract.SIGN_ASSERTION: sign_assertion,
            contract.SIGN_RESPONSE: sign_response,
        }
    if not only_chosen:
        settings[contract.DECLARE_REDIRECT_ENDPOINT] = True
    return settings
