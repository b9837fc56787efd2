"""What a resource's properties ask for, typed: CloudFormation turns every primitive into a string on the way.

Properties that are not known are ignored (a newer construct); those that are malformed or missing are all reported at
once.  Not here: anything about the application as it is; the properties of group attributes (`desired_attributes.py`)
and of a lookup (`desired_lookup.py`).
"""

from __future__ import annotations

from types import MappingProxyType
from typing import NamedTuple

from . import certificate, contract, slugs, trust
from .live import APPLICATION_ID
from .properties import Properties

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

DESCRIPTION_CHARACTERS = 256

CONFIG_TEXTS = {
    contract.SP_ENTITY_ID: "spEntityId",
    contract.ACS_URL: "acsUrl",
    contract.SUBJECT_FIELD: "subjectField",
    contract.NAME_ID_FORMAT: "overrideNameIdFormat",
    contract.SIGNATURE_ALGORITHM: "signatureAlgorithm",
}
"""Properties that are a text, and the setting in the directory that each becomes."""

CONFIG_FLAGS = {
    contract.SIGN_ASSERTION: "signAssertion",
    contract.SIGN_RESPONSE: "signResponse",
    contract.DECLARE_REDIRECT_ENDPOINT: "declareRedirectEndpoint",
}
"""Properties that are true or false, and the setting that each becomes."""

SP_CERTIFICATE, INCLUDE_GROUPS, GROUPS_ATTRIBUTE_NAME = "spCertificate", "includeGroups", "groupsAttributeName"
DATABASE_ATTRIBUTES, CONSTANT_ATTRIBUTES = "databaseAttributes", "constantAttributes"
ACS_URL = CONFIG_TEXTS[contract.ACS_URL]

LAUNCH_TEXTS = {
    contract.LOGIN_URL: "idpInitUrl",
    contract.DEFAULT_RELAY_STATE: "defaultTargetUrl",
    contract.ACS_URL: ACS_URL,
}
"""Properties of a launch, and the setting that each becomes."""


class DirectoryRef(NamedTuple):
    """Which directory, and how to reach it."""

    api_url: str
    secret: str
    token_url: str | None = None
    org_id: str | None = None


class Application(NamedTuple):
    """An application as it should be.  `config` holds the directory's own names for its settings."""

    directory: DirectoryRef
    template: str
    label: str
    slug: str
    slug_is_chosen: bool = False
    bookmark_url: str | None = None
    description: str | None = None
    visible: bool = True
    idp_entity_id: str | None = None
    config: Mapping[str, Any] = MappingProxyType({})
    required_groups: tuple[str, ...] = ()
    on_removal: str = contract.ON_REMOVAL_DELETE
    adopt: str | None = None
    signing: trust.Signing = trust.Signing()

    @property
    def is_bookmark(self) -> bool:
        """Whether it only opens a URL, without SAML."""
        return self.template == contract.BOOKMARK_TEMPLATE

    def __str__(self) -> str:
        return f"application {self.label!r}"


class Removal(NamedTuple):
    """What is needed to take an application away: no more than this may stand in the way of a delete."""

    directory: DirectoryRef
    on_removal: str = contract.ON_REMOVAL_DELETE


class Launch(NamedTuple):
    """What an application opens, and where it posts to.  `config` holds the directory's own names."""

    directory: DirectoryRef
    application_id: str
    config: Mapping[str, str] = MappingProxyType({})
    adopted: bool = False


class Access(NamedTuple):
    """Which groups see an application."""

    directory: DirectoryRef
    application_id: str
    groups: tuple[str, ...] = ()
    adopted: bool = False


def application(values: Mapping[str, Any], *, stack_id: str, logical_id: str) -> Application:
    """Read the properties of an application.

    Raises:
        PropertyError: With everything that is wrong.
    """
    read = Properties(values, contract.APPLICATION, logical_id)
    directory = directory_ref(read)
    template = read.text(contract.TEMPLATE, needed=True) or ""
    chosen = read.text(contract.SLUG)
    check_slug(read, chosen)
    description = read.text(contract.DESCRIPTION)
    if description and len(description) > DESCRIPTION_CHARACTERS:
        read.wrong(contract.DESCRIPTION, f"must be at most {DESCRIPTION_CHARACTERS} characters")
    visible = read.flag(contract.VISIBLE)
    is_bookmark = template == contract.BOOKMARK_TEMPLATE
    bookmark_url = read.text(contract.BOOKMARK_URL, needed=is_bookmark)
    if bookmark_url:
        if not is_bookmark:
            read.wrong(contract.BOOKMARK_URL, f"belongs to the template {contract.BOOKMARK_TEMPLATE!r} only")
        read.url(contract.BOOKMARK_URL, bookmark_url)
    adopt = read.text(contract.ADOPT)
    _check_adopt(read, adopt, needs_slug=not is_bookmark and chosen is None)
    idp_entity_id = read.text(contract.IDP_ENTITY_ID)
    if idp_entity_id and not plain_in_xml(idp_entity_id):
        read.wrong(contract.IDP_ENTITY_ID, f"must hold no < > & \" ' or space, got {idp_entity_id!r}")
    made = Application(
        directory=directory,
        template=template,
        label=read.text(contract.DISPLAY_LABEL, needed=True) or "",
        slug=chosen
        or slugs.derived(
            stack_id=stack_id,
            logical_id=logical_id,
            api_url=directory.api_url,
            org_id=directory.org_id,
            template=template,
        ),
        slug_is_chosen=chosen is not None,
        bookmark_url=bookmark_url,
        description=description,
        visible=visible is not False,
        idp_entity_id=idp_entity_id,
        config={} if is_bookmark else _config(read, adopted=adopt is not None),
        required_groups=read.names(contract.REQUIRED_GROUPS),
        on_removal=_on_removal(read),
        adopt=adopt,
        signing=trust.read(read, originals=True),
    )
    read.raise_if_wrong()
    return made


def removal(values: Mapping[str, Any], *, logical_id: str) -> Removal:
    """Read what a delete needs, and nothing else."""
    read = Properties(values, contract.APPLICATION, logical_id)
    made = Removal(directory_ref(read), _on_removal(read))
    read.raise_if_wrong()
    return made


def launch(values: Mapping[str, Any], *, logical_id: str) -> Launch:
    """Read the properties of a launch."""
    read = Properties(values, contract.LAUNCH, logical_id)
    config: dict[str, str] = {}
    for name, key in LAUNCH_TEXTS.items():
        value = read.text(name)
        if value is not None:
            config[key] = value
        if value is not None and name != contract.DEFAULT_RELAY_STATE:
            read.url(name, value)
    adopted = read.flag(contract.ADOPTED) is True
    made = Launch(directory_ref(read), application_id(read), config, adopted)
    read.raise_if_wrong()
    return made


def access(values: Mapping[str, Any], *, logical_id: str) -> Access:
    """Read the properties of an access."""
    read = Properties(values, contract.ACCESS, logical_id)
    adopted = read.flag(contract.ADOPTED) is True
    made = Access(directory_ref(read), application_id(read), read.names(contract.GROUPS), adopted)
    read.raise_if_wrong()
    return made


def plain_in_xml(value: str) -> bool:
    """Whether *value* may stand in an XML attribute as it is: the stack joins the metadata from strings."""
    return not any(character in "<>&\"'" or character.isspace() or not character.isprintable() for character in value)


def application_id(read: Properties) -> str:
    """The id of the application that the properties name."""
    value = read.text(contract.APPLICATION_ID, needed=True) or ""
    if value and not APPLICATION_ID.fullmatch(value):
        read.wrong(contract.APPLICATION_ID, f"must be 24 hexadecimal digits, got {value!r}")
    return value


def check_slug(read: Properties, slug: str | None) -> None:
    """Remember if *slug* is none that an author may choose."""
    if slug and not slugs.CHOSEN.fullmatch(slug):
        read.wrong(contract.SLUG, f"must be 1 to {slugs.LONGEST} letters, digits and . _ ~ -, got {slug!r}")


def _check_adopt(read: Properties, adopt: str | None, *, needs_slug: bool) -> None:
    if adopt and not APPLICATION_ID.fullmatch(adopt):
        read.wrong(contract.ADOPT, f"must be 24 hexadecimal digits, got {adopt!r}")
    if adopt and needs_slug:
        read.wrong(contract.SLUG, f"is missing: it says beside {contract.ADOPT} which application is meant")


def _on_removal(read: Properties) -> str:
    allowed = (contract.ON_REMOVAL_DELETE, contract.ON_REMOVAL_DEACTIVATE)
    value = read.text(contract.ON_REMOVAL) or contract.ON_REMOVAL_DELETE
    if value not in allowed:
        read.wrong(contract.ON_REMOVAL, f"must be {' or '.join(allowed)}, got {value!r}")
    return value


def directory_ref(read: Properties) -> DirectoryRef:
    """Which directory the properties name, and how to reach it."""
    inner = read.inner(contract.DIRECTORY)
    api_url = inner.text(contract.API_URL, needed=True) or ""
    token_url = inner.text(contract.TOKEN_URL)
    for name, value in ((contract.API_URL, api_url), (contract.TOKEN_URL, token_url)):
        if value:
            inner.url(name, value)
    if "?" in api_url or "#" in api_url:
        inner.wrong(contract.API_URL, "must have no query and no fragment")
    return DirectoryRef(
        api_url=_normal(api_url),
        secret=inner.text(contract.CREDENTIALS_SECRET, needed=True) or "",
        token_url=token_url,
        org_id=inner.text(contract.ORG_ID),
    )


def _normal(api_url: str) -> str:
    """One spelling for one directory: it is part of an application's identity."""
    scheme, separator, rest = api_url.partition("://")
    host, slash, path = rest.partition("/")
    return f"{scheme.lower()}{separator}{host.lower()}{slash}{path}".rstrip("/")


def _config(read: Properties, *, adopted: bool) -> dict[str, Any]:
    """The settings that the properties manage, by the directory's names.  What is left out is not managed.

    Groups are managed even where they are left out, except in an application that was made by hand.
    """
    config: dict[str, Any] = {}
    for name, key in CONFIG_TEXTS.items():
        text = read.text(name)
        if text is not None:
            config[key] = text
    for name, key in CONFIG_FLAGS.items():
        flag = read.flag(name)
        if flag is not None:
            config[key] = flag
    sp_certificate = read.text(contract.SP_CERTIFICATE)
    if sp_certificate:
        try:
            config[SP_CERTIFICATE] = certificate.as_stored(sp_certificate)
        except ValueError as error:
            read.wrong(contract.SP_CERTIFICATE, f"is no certificate: {error}")
    for name, second, key in (
        (contract.USER_ATTRIBUTES, contract.SOURCE, DATABASE_ATTRIBUTES),
        (contract.CONSTANT_ATTRIBUTES, contract.VALUE, CONSTANT_ATTRIBUTES),
    ):
        rows = read.rows(name, contract.NAME, second)
        if rows is not None:
            config[key] = [
                {"name": first, "value": value, "readOnly": False, "required": False, "visible": True}
                for first, value in rows
            ]
    return config | _groups_sent(read.text(contract.GROUPS_ATTRIBUTE), adopted=adopted)


def _groups_sent(attribute: str | None, *, adopted: bool) -> dict[str, Any]:
    if attribute is None:
        return {} if adopted else {INCLUDE_GROUPS: False}
    return {INCLUDE_GROUPS: True, GROUPS_ATTRIBUTE_NAME: attribute}
