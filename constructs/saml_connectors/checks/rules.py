"""Which rules there are, in the order of the page that tells them (docs/rules.md).

Not here: any rule.
"""

from __future__ import annotations

from saml_connectors.checks import (
    app_client_rules,
    attribute_rules,
    identity_center_rules,
    metadata_rules,
    permission_rules,
    pool_name_rules,
    registration_rules,
    saml_provider_rules,
    trust_rules,
)
from saml_connectors.checks.rule import Rule

GROUPS: tuple[tuple[str, tuple[Rule, ...]], ...] = (
    ("Metadata", metadata_rules.RULES),
    ("Attribute mapping", attribute_rules.RULES),
    ("App clients", app_client_rules.RULES),
    ("Names, identifiers and domains of a user pool", pool_name_rules.RULES),
    ("SAML providers", saml_provider_rules.RULES),
    ("Trust policies and sessions", trust_rules.RULES),
    ("What roles may do", permission_rules.RULES),
    ("Identity Center", identity_center_rules.RULES),
    ("Applications in the directory", registration_rules.RULES),
)
RULES: tuple[Rule, ...] = tuple(rule for _, rules in GROUPS for rule in rules)
