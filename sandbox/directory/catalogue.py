"""The application templates: which config keys each has, and what a key is when nobody sets it.

Only what is documented or was observed.  Where a default is not known, the one that asks more of a client is taken.
"""

from __future__ import annotations

import copy
import hashlib
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from collections.abc import Mapping

EntryType = Literal["text", "textarea", "file", "bool", "select", "attributes", "claims"]
UNSPECIFIED = "urn:oasis:names:tc:SAML:1.0:nameid-format:unspecified"
NAME_ID_FORMATS = (
    UNSPECIFIED,
    "urn:oasis:names:tc:SAML:1.1:nameid-format:emailAddress",
    "urn:oasis:names:tc:SAML:1.1:nameid-format:unspecified",
    "urn:oasis:names:tc:SAML:2.0:nameid-format:persistent",
    "urn:oasis:names:tc:SAML:2.0:nameid-format:transient",
)
ROLE_ATTRIBUTE = "https://aws.amazon.com/SAML/Attributes/"
_ACCOUNT = "arn:aws:iam::YOUR_AWS_ACCOUNT_NUMBER"
CATALOGUE_ICONS = "https://s3.amazonaws.com/static.jumpcloud.com/applications/logos/application-icon-"


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One config key of a template: what the console shows, and the value it starts with."""

    label: str
    type: EntryType
    position: int
    default: Any = ""
    required: bool = False
    options: tuple[str, ...] = ()
    depends_on: str | None = None
    mutable: bool | None = None
    tooltip: str | None = None

    def document(self, value: Any) -> dict[str, Any]:
        """The entry as the API answers it, holding *value*."""
        if self.type == "claims":
            return copy.deepcopy(value)  # its parts; it has no value of its own
        answer: dict[str, Any] = {
            "label": self.label,
            "position": self.position,
            "readOnly": False,
            "required": self.required,
            "type": self.type,
            "value": copy.deepcopy(value) if isinstance(value, (dict, list)) else value,
            "visible": True,
        }
        if self.options:
            answer["options"] = [{"text": option, "value": option} for option in self.options]
        if self.depends_on is not None:
            answer["dependsOnProperty"] = self.depends_on
        if self.mutable is not None:
            answer["mutable"] = self.mutable
        if self.type != "bool":
            variables = {"icon": "fa-info-circle", "message": self.tooltip}
            answer["tooltip"] = {"template": "info", "variables": variables} if self.tooltip else None
        return answer


@dataclass(frozen=True, slots=True, kw_only=True)
class Template:
    """One entry of the catalogue that applications are made from."""

    name: str
    display_name: str
    sso_type: Literal["saml", "bookmark"] = "saml"
    entries: Mapping[str, Entry] = field(default_factory=dict)
    keywords: tuple[str, ...] = ()
    can_provision: bool = False

    @property
    def id(self) -> str:
        """Its id: 24 hexadecimal digits, the same in every run."""
        return hashlib.sha256(self.name.encode()).hexdigest()[:24]

    @property
    def learn_more(self) -> str:
        """Where the catalogue says the connector is described."""
        return f"https://jumpcloud.com/support/sso-with-{self.name}"

    def defaults(self) -> dict[str, Any]:
        """A fresh set of values, one per key."""
        return {key: copy.deepcopy(entry.default) for key, entry in self.entries.items()}

    def config(self, values: Mapping[str, Any]) -> dict[str, Any]:
        """The API's `config`, with *values* in its entries."""
        return {key: entry.document(values[key]) for key, entry in self.entries.items()}

    def document(self) -> dict[str, Any]:
        """The template as the API answers it."""
        provision = {"type": "scim", "beta": False, "groups_supported": True, "agents_supported": False}
        return {
            "_id": self.id,
            "id": self.id,
            "name": self.name,
            "displayName": self.display_name,
            "displayLabel": self.display_name,
            "active": True,
            "beta": False,
            "color": None,
            "config": self.config(self.defaults()),
            "isConfigured": False,
            "jit": {"attributes": {}, "createOnly": False},
            "keywords": list(self.keywords),
            "learnMore": self.learn_more,
            "logo": {"url": f"{CATALOGUE_ICONS}{self.name}.png"},
            "oidc": None,
            "provision": provision if self.can_provision else None,
            "sso": {"type": self.sso_type, "beta": False, "jit": False, "hidden": False},
            "ssoUrl": self.name,
            "status": None,
            "test": "",
        }


def _constants(*pairs: tuple[str, str]) -> list[dict[str, Any]]:
    return [
        {"name": name, "value": value, "readOnly": False, "required": False, "visible": True} for name, value in pairs
    ]


_CLAIMS: dict[str, Any] = {
    "type": "authClaimConfiguration",
    "visible": True,
    "sendAmrClaim": {"type": "bool", "readOnly": False, "value": False},
    "authnContextMode": {"type": "text", "value": "default"},
    "singleAuthnContextValue": {"type": "text", "value": ""},
    "authnContextMappings": {"type": "mappings", "value": []},
}

_ENTRIES: dict[str, Entry] = {
    "idpEntityId": Entry(label="IdP Entity ID:", type="text", position=0, required=True),
    "idpPrivateKey": Entry(label="IdP Private Key:", type="file", position=1, required=True),
    "idpCertificate": Entry(label="IdP Certificate:", type="file", position=2, required=True),
    "spEntityId": Entry(label="SP Entity ID:", type="text", position=3, required=True),
    "acsUrl": Entry(label="ACS URL:", type="text", position=4, required=True),
    "spCertificate": Entry(label="SP Certificate:", type="file", position=5, default=None),
    "subjectField": Entry(
        label="SAMLSubject NameID:",
        type="select",
        position=6,
        default="email",
        options=("email", "username", "firstname", "lastname", "displayname"),
    ),
    "overrideNameIdFormat": Entry(
        label="SAMLSubject NameID Format:", type="select", position=7, default=UNSPECIFIED, options=NAME_ID_FORMATS
    ),
    "constantAttributes": Entry(label="Constant Attributes:", type="attributes", position=8, default=[], mutable=True),
    "databaseAttributes": Entry(label="User Attributes:", type="attributes", position=9, default=[]),
    "includeGroups": Entry(label="include group attribute", type="bool", position=10, default=False),
    "groupsAttributeName": Entry(label="Groups Attribute Name:", type="text", position=11, depends_on="includeGroups"),
    "signatureAlgorithm": Entry(
        label="Signature Algorithm:",
        type="select",
        position=12,
        default="RSA-SHA256",
        options=("RSA-SHA256",),
    ),
    "signAssertion": Entry(label="Sign Assertion", type="bool", position=13, default=True),
    "signResponse": Entry(label="Sign Response", type="bool", position=13, default=False),
    "defaultTargetUrl": Entry(label="Default RelayState:", type="text", position=14, default=None),
    "idpInitUrl": Entry(label="Login URL:", type="text", position=15, default=None),
    "declareRedirectEndpoint": Entry(label="Declare Redirect Endpoint", type="bool", position=16, default=False),
    "authClaimConfiguration": Entry(label="", type="claims", position=18, default=_CLAIMS),
}

_CORE = ("idpEntityId", "idpPrivateKey", "idpCertificate", "spEntityId", "acsUrl")
_SUBJECT = ("subjectField", "overrideNameIdFormat")
_SIGNING = ("signatureAlgorithm", "signAssertion", "signResponse")
_ATTRIBUTES = ("constantAttributes", "databaseAttributes")
_GROUPS = ("includeGroups", "groupsAttributeName")
_LAUNCH = ("defaultTargetUrl", "idpInitUrl")


def _entries(*keys: str, **defaults: Any) -> Mapping[str, Entry]:
    """The entries of *keys*, in the console's order, with *defaults* of their own."""
    chosen = {
        key: replace(_ENTRIES[key], default=defaults[key], tooltip="Replace the placeholders with your values.")
        if key in defaults
        else _ENTRIES[key]
        for key in keys
    }
    return MappingProxyType(dict(sorted(chosen.items(), key=lambda pair: pair[1].position)))


_TEMPLATES = (
    Template(
        name="amazoncognitouserpools",
        display_name="Amazon Cognito User Pools",
        keywords=("aws", "cognito"),
        entries=_entries(
            *_CORE,
            "spCertificate",
            *_SUBJECT,
            *_ATTRIBUTES,
            *_GROUPS,
            *_SIGNING,
            *_LAUNCH,
            "declareRedirectEndpoint",
            idpEntityId="JumpCloud",
            spEntityId="urn:amazon:cognito:sp:YOUR_USER_POOL_ID",
            acsUrl="https://YOUR_SUBDOMAIN.auth.YOUR_REGION.amazoncognito.com/saml2/idpresponse",
            groupsAttributeName="memberOf",
        ),
    ),
    Template(
        name="aws",
        display_name="Amazon AWS",
        keywords=("aws", "iam"),
        entries=_entries(
            *_CORE,
            *_SUBJECT,
            *_ATTRIBUTES,
            *_SIGNING,
            "defaultTargetUrl",
            "declareRedirectEndpoint",
            idpEntityId="JumpCloud",
            spEntityId="urn:amazon:webservices",
            acsUrl="https://signin.aws.amazon.com/saml",
            constantAttributes=_constants(
                (f"{ROLE_ATTRIBUTE}RoleSessionName", "SSO-User"),
                (f"{ROLE_ATTRIBUTE}Role", f"{_ACCOUNT}:role/SAML-User,{_ACCOUNT}:saml-provider/JumpCloud"),
                (f"{ROLE_ATTRIBUTE}SessionDuration", "3600"),
            ),
        ),
    ),
    Template(
        name="aws-sso",
        display_name="AWS IAM Identity Center",
        keywords=("aws", "sso", "identity center"),
        can_provision=True,
        entries=_entries(
            *_CORE,
            "databaseAttributes",
            "idpInitUrl",
            "authClaimConfiguration",
            idpEntityId="JumpCloud",
            spEntityId="https://YOUR_AWS_REGION.aws.amazon.com/platform/saml/YOUR_SUBDOMAIN",
            acsUrl="https://YOUR_AWS_REGION.signin.aws.amazon.com/platform/saml/acs/YOUR_SSO_ID",
            idpInitUrl="https://YOUR_SUBDOMAIN.awsapps.com/start",
        ),
    ),
    Template(name="bookmark", display_name="Bookmark", sso_type="bookmark"),
    Template(
        name="saml2",
        display_name="SAML2.0",
        entries=_entries(
            *_CORE,
            "spCertificate",
            *_SUBJECT,
            *_ATTRIBUTES,
            *_GROUPS,
            *_SIGNING,
            *_LAUNCH,
            "declareRedirectEndpoint",
            acsUrl="https://YOUR_ACS_URL/",
        ),
    ),
    Template(
        name="slack",
        display_name="Slack",
        can_provision=True,
        entries=_entries(
            *_CORE,
            *_SUBJECT,
            *_ATTRIBUTES,
            *_SIGNING,
            idpEntityId="JumpCloud",
            spEntityId="https://slack.com",
            acsUrl="https://YOUR_SUBDOMAIN.slack.com/sso/saml",
        ),
    ),
)

TEMPLATES: Mapping[str, Template] = MappingProxyType({template.name: template for template in _TEMPLATES})
"""The catalogue, by template name."""
