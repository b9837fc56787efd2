"""Whether a template has anything to do with SAML, so that one without can be told from one without mistakes.

Not here: judging it.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from saml_connectors.provider.jumpcloud import contract

if TYPE_CHECKING:
    from saml_connectors.cloudformation import Resource, Template

_ALWAYS = frozenset({"AWS::IAM::SAMLProvider", *contract.TYPES})
_PREFIX = "AWS::SSO::"
_SOMETIMES = {
    "AWS::Cognito::UserPoolIdentityProvider": "ProviderType",
    "AWS::Cognito::IdentityPool": "SamlProviderARNs",
    "AWS::IAM::Role": "AssumeRolePolicyDocument",
}
"""Types that may have to do with it, and the property that tells."""


def has_federation(template: Template) -> bool:
    """Whether one of the template's resources is a part of sign-in by SAML."""
    return any(map(_is_part, template.resources.values()))


def _is_part(resource: Resource) -> bool:
    if resource.type in _ALWAYS or resource.type.startswith(_PREFIX):
        return True
    telling = _SOMETIMES.get(resource.type)
    properties = resource.declared.get("Properties")
    if telling is None or not isinstance(properties, dict):
        return False
    return "saml" in json.dumps(properties.get(telling), default=str).lower()
