"""Which rules there are, in the order of the page that tells them (docs/rules.md).

Not here: any rule.
"""

from __future__ import annotations

from saml_connectors.checks import (
    access_attribute_rules,
    app_client_rules,
    application_rules,
    assignment_rules,
    attribute_rules,
    certificate_rules,
    client_attribute_rules,
    client_flow_rules,
    client_scope_rules,
    client_url_rules,
    identity_center_rules,
    identity_pool_rules,
    launch_rules,
    mapping_rules,
    metadata_rules,
    metadata_url_rules,
    permission_rules,
    pool_domain_rules,
    pool_name_rules,
    provider_setting_rules,
    registration_rules,
    role_value_rules,
    saml_provider_rules,
    session_rules,
    signing_rules,
    trigger_rules,
    trust_audience_rules,
    trust_rules,
)
from saml_connectors.checks.rule import Rule

GROUPS: tuple[tuple[str, tuple[Rule, ...]], ...] = (
    ("Metadata", (*metadata_rules.RULES, *certificate_rules.RULES, *metadata_url_rules.RULES)),
    (
        "Attribute mapping",
        (*attribute_rules.RULES, *mapping_rules.RULES, *client_attribute_rules.RULES, *trigger_rules.RULES),
    ),
    (
        "App clients",
        (*app_client_rules.RULES, *client_flow_rules.RULES, *client_scope_rules.RULES, *client_url_rules.RULES),
    ),
    (
        "Names, identifiers and domains of a user pool",
        (*pool_name_rules.RULES, *provider_setting_rules.RULES, *pool_domain_rules.RULES),
    ),
    ("SAML providers", saml_provider_rules.RULES),
    ("Identity pools", identity_pool_rules.RULES),
    ("Trust policies", (*trust_rules.RULES, *trust_audience_rules.RULES)),
    ("Sessions", session_rules.RULES),
    ("What roles may do", permission_rules.RULES),
    ("Permission sets and assignments", (*identity_center_rules.RULES, *assignment_rules.RULES)),
    ("Attributes for access control", access_attribute_rules.RULES),
    (
        "Applications in the directory",
        (*registration_rules.RULES, *application_rules.RULES, *launch_rules.RULES),
    ),
    ("Roles that the directory offers", role_value_rules.RULES),
    ("Certificates that applications sign with", signing_rules.RULES),
)
RULES: tuple[Rule, ...] = tuple(rule for _, rules in GROUPS for rule in rules)
