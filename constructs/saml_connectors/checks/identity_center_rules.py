"""(being written)"""

from saml_connectors.checks.rule import Rule

RULES: tuple[Rule, ...] = ()
