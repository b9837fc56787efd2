"""The directory's side of a connector: which directory, and the application that is made in it.

Not here: the AWS side, and how the application is made (that is the provider's).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Annotated, Literal
from urllib.parse import urlsplit

from pydantic import AfterValidator, BeforeValidator, Field

from saml_connectors.problems import Problem, SpecError
from saml_connectors.spec import signing_certificate
from saml_connectors.spec.connector import REGION
from saml_connectors.spec.day import SPELLED, check_day
from saml_connectors.spec.findings import shown
from saml_connectors.spec.model import Flag, SpecModel, refuse
from saml_connectors.spec.secret import secret_name
from saml_connectors.spec.signing_certificate import SigningCertificate
from saml_connectors.spec.values import HttpsUrl, Text, repeated, spelled

_OBJECT_ID = re.compile(r"[0-9a-f]{24}")
_ENTITY_ID = re.compile(r"[^\s<>&\"']{1,1024}")
_PEM_BEGIN, _PEM_END = "-----BEGIN CERTIFICATE-----", "-----END CERTIFICATE-----"
_SLUG = re.compile(r"[a-z0-9](?:[a-z0-9._-]{0,61}[a-z0-9])?")
_ANY_SLUG = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9._~-]{0,62})")
_SLUG_RULE = "must be 1 to 63 lower-case letters, digits or ._- and begin and end with a letter or digit"

MAX_DESCRIPTION = 256
"""Characters of an application's description (JumpCloud's API, `application.description`)."""

REGION_API_URLS: dict[str, str] = {
    "us": "https://console.jumpcloud.com/api",
    "eu": "https://console.eu.jumpcloud.com/api",
    "in": "https://console.in.jumpcloud.com/api",
}
"""Base of the v1 API in each region (JumpCloud's API reference, servers)."""

REGION_TOKEN_URLS: dict[str, str] = {
    "us": "https://admin-oauth.id.jumpcloud.com/oauth2/token",
    "eu": "https://admin-oauth.id.eu.jumpcloud.com/oauth2/token",
    "in": "https://admin-oauth.id.in.jumpcloud.com/oauth2/token",
}
"""OAuth token endpoint for service accounts in each region (JumpCloud's command line, its region file)."""


def _organization(value: str) -> str:
    if not _OBJECT_ID.fullmatch(value):
        raise refuse("organization-id", "must be 24 hexadecimal digits, as the Admin Portal shows it")
    return value


def _data_centre(value: object) -> object:
    if isinstance(value, str) and REGION.fullmatch(value):
        raise refuse(
            "not-a-choice",
            "must be us, eu or in",
            fix="it is the directory's data centre; AWS's region is aws.region",
        )
    return value


def _slug(value: str) -> str:
    if "/" in value or ":" in value:
        raise refuse("slug", "must be the last part of the SSO IdP URL only", fix=_slug_suggestion(value))
    if not _ANY_SLUG.fullmatch(value):
        raise refuse("slug", _SLUG_RULE)
    return value


def _application_id(value: str) -> str:
    if not _OBJECT_ID.fullmatch(value):
        raise refuse(
            "adopt-id",
            "must be the application's id in the directory, 24 hexadecimal digits",
            fix="saml-connectors adopt finds it by slug or label",
        )
    return value


def _slug_suggestion(value: str) -> str | None:
    last = value.rstrip("/").rsplit("/", 1)[-1].lower()
    return f"write {last}" if _SLUG.fullmatch(last) else None


def _entity_id(value: str) -> str:
    if not _ENTITY_ID.fullmatch(value):
        raise refuse(
            "entity-id",
            "must be 1 to 1,024 printable characters without white space, quotes, < > or &: metadata is joined from it",
        )
    return value


def _certificate(value: str) -> str:
    # Imported where a certificate is read, because the command line must start fast.
    from saml_connectors.metadata.certificate import read_certificate  # noqa: PLC0415

    body = value.strip().removeprefix(_PEM_BEGIN).removesuffix(_PEM_END)
    if body == value.strip() or "PRIVATE KEY" in value:
        raise refuse("sp-certificate", f"must be one PEM certificate, from {_PEM_BEGIN} to {_PEM_END}", given="")
    try:
        read_certificate(body)
    except SpecError:
        raise refuse("sp-certificate", "must be a PEM certificate that can be read", given="") from None
    return value


def _expiry(value: str) -> str:
    return check_day(value, code="credentials-expire")


def _description(value: str) -> str:
    if len(value) > MAX_DESCRIPTION:
        raise refuse("description-length", f"must be at most {MAX_DESCRIPTION} characters", given=f"{len(value)}")
    return value


def _api_url(value: str) -> str:
    parts = urlsplit(value)
    if parts.query or parts.fragment or value.endswith("/"):
        raise refuse("api-url", "must be the base of the v1 API, without a slash at its end, query or fragment")
    return value


class Directory(SpecModel):
    """Which directory holds the people, and how to reach its API."""

    vendor: Literal["jumpcloud"] = "jumpcloud"
    """Who runs the directory.  Default: `jumpcloud`, the only one so far."""

    region: Annotated[Literal["us", "eu", "in"], BeforeValidator(_data_centre)] = "us"
    """Data centre of the organization; a key of one region is not valid in another.  Default: `us`."""

    credentials: Annotated[str, AfterValidator(secret_name), Field(examples=["jumpcloud/api-key"])]
    """Name or ARN of the AWS Secrets Manager secret that holds the API key (as plain text), or the service account
    (as JSON with `client_id` and `client_secret`).  Never the credential itself."""

    credentials_expire: Annotated[str, AfterValidator(_expiry), SPELLED] | None = None
    """Day on which the credential ends, where it does: a service account's has the end that was chosen when it was
    made, an API key the one that the organization's policy sets.  Watched where the connector has a *watch*.
    Default: not known, so not watched."""

    org_id: Annotated[str, AfterValidator(_organization), spelled(_OBJECT_ID, "5f1b881dc9e9a9b7e8d6c5a4")] | None = None
    """Organization id, which multi-tenant administrators need.  Default: the credential's own organization."""

    api_url: (
        Annotated[HttpsUrl, AfterValidator(_api_url), Field(examples=["https://directory.example.com/api"])] | None
    ) = None
    """Base of the v1 API, for a directory that speaks JumpCloud's API at another address.  Default: the address of
    *region*."""

    token_url: HttpsUrl | None = None
    """OAuth token endpoint for service accounts.  Default: the address of *region*; none where *api_url* is given, so
    that a service account then needs it."""

    @property
    def api_base(self) -> str:
        """Base of the v1 API that is used."""
        return self.api_url or REGION_API_URLS[self.region]

    @property
    def token_endpoint(self) -> str | None:
        """OAuth token endpoint that is used; none where the API has an address of its own and this has not.

        A service account's secret for another directory is never sent to JumpCloud.
        """
        return self.token_url or (None if self.api_url else REGION_TOKEN_URLS[self.region])


class NameId(SpecModel):
    """Who the assertion is about.  Cognito compares it to the letter, so it must never change for a person."""

    from_: Annotated[Text, Field(alias="from")] = "email"
    """Directory property that becomes the NameID.  Default: `email`."""

    format: Literal["persistent", "emailAddress", "unspecified", "unspecified-1.0", "transient"] = "persistent"
    """NameID format; `unspecified-1.0` is what JumpCloud itself begins with.  Default: `persistent`, as Cognito asks
    for; `transient` is refused where people must be known again."""

    @property
    def urn(self) -> str:
        """The format's SAML 2.0 identifier."""
        if self.format == "unspecified-1.0":
            return "urn:oasis:names:tc:SAML:1.0:nameid-format:unspecified"
        version = "2.0" if self.format in {"persistent", "transient"} else "1.1"
        return f"urn:oasis:names:tc:SAML:{version}:nameid-format:{self.format}"


class Tile(SpecModel):
    """What people see in the directory's portal, and who sees it."""

    display_label: Annotated[Text, Field(examples=["Acme portal"])]
    """Name of the tile."""

    description: (
        Annotated[str, AfterValidator(_description), Field(json_schema_extra={"maxLength": MAX_DESCRIPTION})] | None
    ) = None
    """Text under the name, at most 256 characters.  Default: none."""

    visible: Flag = True
    """Whether the portal shows the tile.  Default: it does."""

    groups: Annotated[tuple[Text, ...], Field(examples=[["portal-users"]])] = ()
    """Names of the directory groups whose members may use the application; they must exist.  Left out in
    kind `iam`, where they follow from the connector's own *groups*.  Default: nobody may, until a group is bound in the
    Admin Portal."""

    adopt: Annotated[str, AfterValidator(_application_id), spelled(_OBJECT_ID, "64f0c2a1b7d9e3f4a5b6c7d8")] | None = (
        None
    )
    """Id of an application that was made by hand, which is taken over as it is: the first deployment writes nothing,
    and fails where anything that the spec chooses is different there.  What the spec leaves out stays as it was found.
    Later deployments change it as usual, but it is never deleted, and groups are not unbound with the stack.
    `saml-connectors adopt` writes the whole spec.  Default: an application is made."""

    on_removal: Literal["delete", "deactivate"] = "delete"
    """What happens to the application when it leaves the spec or the stack is deleted: it is deleted, or only
    deactivated so that it can be looked at.  Default: `delete`."""

    def rules(self) -> Iterator[Problem]:
        """Each group once; and nothing is removed that was made by hand."""
        if self.adopt is not None and "on_removal" in self.model_fields_set:
            rule = "must be left out beside adopt: an application that was made by hand is left as it is"
            yield Problem(code="adopt-on-removal", field="on_removal", rule=rule)
        for index, group in repeated(self.groups):
            rule = "must name each group once"
            yield Problem(code="group-twice", field=f"groups[{index}]", rule=rule, given=shown(group))


class SamlApplication(Tile):
    """An application that signs people in with SAML 2.0."""

    slug: Annotated[str, AfterValidator(_slug), spelled(_ANY_SLUG, "acme-portal")] | None = None
    """Last part of the SSO IdP URL.  It cannot be edited later: another value replaces the application, with a new
    URL and a new certificate.  Capitals and `~` are for one that is adopted.  Default: derived, unique to stack and
    resource."""

    idp_entity_id: Annotated[Text, AfterValidator(_entity_id)] | None = None
    """IdP entity ID that assertions carry.  Default: the SSO IdP URL, which is unique to the application (JumpCloud's
    own default is the same for all)."""

    template: Text | None = None
    """Catalogue template that the application is made from.  Default: the connector's own."""

    name_id: NameId = NameId()
    """Who the assertion is about.  Default: the e-mail address, as a persistent identifier."""

    sign: Literal["assertion", "response", "both"] = "assertion"
    """What the directory signs, with RSA-SHA256.  Default: the assertion."""

    constant_attributes: dict[Text, str] = {}
    """SAML attributes with the same value for everybody.  Default: none."""

    default_relay_state: Text | None = None
    """RelayState of an assertion that nobody asked for (IdP-initiated sign-in); in kind `iam` the page of an AWS
    console that people arrive at.  Default: none, or what Cognito needs where *user_pool.idp_initiated* is true."""

    sp_certificate: Annotated[Text, AfterValidator(_certificate)] | None = None
    """PEM certificate that signed authentication requests are checked with.  Default: signatures are not checked."""

    certificates: Annotated[tuple[SigningCertificate, ...], Field(examples=[["original", "2027"]])] | None = None
    """Certificates that AWS trusts, one to three; the directory signs with the first.  `original` is the one that the
    directory made with the application; any other name is a key pair that the stack makes, or, with a *secret*, one of
    yours.  Rotation is one deployment for each line: `[original, "2027"]`, then `["2027", original]`, then `["2027"]`.
    Not for kind `identity-center`.  Default: AWS trusts what the application signs with."""

    def rules(self) -> Iterator[Problem]:
        """What an application that was made by hand needs, and another may not have; and its certificates."""
        yield from super().rules()
        yield from signing_certificate.rules(self.certificates)
        if self.adopt is not None and self.slug is None:
            rule = "must be given beside adopt: both together say which application is meant"
            yield Problem(code="adopt-slug", field="slug", rule=rule)
        if self.adopt is None and self.slug is not None and not _SLUG.fullmatch(self.slug):
            yield Problem(code="slug", field="slug", rule=_SLUG_RULE, given=shown(self.slug))
