"""What of SCIM Identity Center knows: the schemas of users and groups, less what it does not support.

The schemas are scim2-models', trimmed: whatever is not in them is refused by that library, and so is what lacks.
"""

from __future__ import annotations

from typing import Any, Final

from scim2_models import (
    AuthenticationScheme,
    Bulk,
    ChangePassword,
    EnterpriseUser,
    ETag,
    Filter,
    Group,
    Patch,
    ResourceType,
    ScimPolicy,
    ScimProvider,
    ServiceProviderConfig,
    Sort,
    User,
)

MOST_RESULTS: Final = 50
"""Resources in one answer to a list."""

MOST_MEMBERS: Final = 100
"""Changes of members in one request."""

UNSUPPORTED: Final = frozenset({"password", "ims", "photos", "entitlements", "x509Certificates", "groups"})
"""Attributes of users that Identity Center does not take."""

SINGLE: Final = ("emails", "phoneNumbers", "addresses", "roles")
"""Attributes of users that SCIM lets have many values, and Identity Center one."""

_REQUIRED: Final = frozenset({"userName", "name", "displayName"})
_REQUIRED_OF_NAME: Final = frozenset({"givenName", "familyName"})
_WITHOUT_DISPLAY: Final = frozenset({"emails", "phoneNumbers", "addresses"})
_GUIDE: Final = "https://docs.aws.amazon.com/singlesignon/latest/userguide"


def provider() -> ScimProvider:
    """The description of Identity Center's SCIM service."""
    return ScimProvider.from_discovery(
        [_users(), _enterprise(), Group.to_schema()],
        [ResourceType.from_resource(User[EnterpriseUser]), ResourceType.from_resource(Group)],
        _configuration(),
        # A client may name the members to remove in the value, as Identity Center's guide does.
        ScimPolicy(remove_value_as_filter=ScimPolicy.RemoveValue.apply),
    )


def _users() -> Any:
    schema: Any = User.to_schema()
    schema.attributes = [one for one in schema.attributes if one.name not in UNSUPPORTED]
    for attribute in schema.attributes:
        if attribute.name in _REQUIRED:
            attribute.required = True
        if attribute.name == "name":
            for part in attribute.sub_attributes:
                part.required = part.name in _REQUIRED_OF_NAME
        if attribute.name in _WITHOUT_DISPLAY:
            attribute.sub_attributes = [one for one in attribute.sub_attributes if one.name != "display"]
    return schema


def _enterprise() -> Any:
    schema: Any = EnterpriseUser.to_schema()
    for attribute in schema.attributes:
        if attribute.name == "manager":
            attribute.sub_attributes = [one for one in attribute.sub_attributes if one.name != "displayName"]
            for part in attribute.sub_attributes:
                part.required = part.name == "value"
    return schema


def _configuration() -> ServiceProviderConfig:
    return ServiceProviderConfig(
        documentation_uri=f"{_GUIDE}/manage-your-identity-source-idp.html",
        authentication_schemes=[
            AuthenticationScheme(
                type=AuthenticationScheme.Type.oauthbearertoken,
                name="OAuth Bearer Token",
                description="An access token that the Identity Center console made",
                spec_uri="https://www.rfc-editor.org/info/rfc6750",
                documentation_uri=f"{_GUIDE}/provision-automatically.html",
                primary=True,
            )
        ],
        patch=Patch(supported=True),
        bulk=Bulk(supported=False, max_operations=1, max_payload_size=1_048_576),
        filter=Filter(supported=True, max_results=MOST_RESULTS),
        change_password=ChangePassword(supported=False),
        sort=Sort(supported=False),
        etag=ETag(supported=False),
    )
