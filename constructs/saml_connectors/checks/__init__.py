"""Rules over synthesized templates: mistakes of federation that a deployment, or the first sign-in, would show.

No aws_cdk, no Node, no network, no clock: the time is an argument.
"""

from saml_connectors.checks.judge import judge
from saml_connectors.checks.rule import Context, Finding, Hit, Rule

__all__ = ["Context", "Finding", "Hit", "Rule", "judge"]
