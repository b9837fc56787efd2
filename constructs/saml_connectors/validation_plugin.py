"""The rules of `saml-connectors check` as a validation plugin of the CDK, so that `cdk synth` reports them itself.

Not here: the rules (`checks/`), and the report, which is the CDK's.
"""

from __future__ import annotations

from datetime import UTC, datetime

import jsii
from aws_cdk import (
    IPolicyValidationContext,
    IPolicyValidationPlugin,
    PolicyValidationPluginReport,
    PolicyViolatingResource,
    PolicyViolation,
)

from saml_connectors import __version__
from saml_connectors.checks.report import Report, check_assembly
from saml_connectors.checks.rule import Finding
from saml_connectors.checks.rules import RULES
from saml_connectors.checks.suppressions import ACKNOWLEDGED_AS
from saml_connectors.cloudformation.assembly import read_stacks

_SEVERITIES = {"error": "error", "warning": "warning", "note": "info"}


@jsii.implements(IPolicyValidationPlugin)
class FederationChecks:
    """Judges all stacks of an app, or of a stage, when they are synthesized; an error stops the synthesis.

        Validations.of(app).add_plugins(FederationChecks())

    A finding that is right as it is, is acknowledged where it is:
    `Validations.of(construct).acknowledge(Acknowledgment(id="saml-connectors::<code>", reason="…"))`.
    `saml-connectors check` honours the same acknowledgements.

    Args:
        now: The time that certificates are judged by, with its time zone.  Default: the time of the synthesis; what
            is synthesized is the same whatever it is.
    """

    def __init__(self, *, now: datetime | None = None) -> None:
        self._now = now

    @property
    def name(self) -> str:
        """What the CDK's report calls the plugin, and ids of acknowledgements begin with."""
        return ACKNOWLEDGED_AS.removesuffix("::")

    @property
    def version(self) -> str:
        """Version of this package."""
        return __version__

    @property
    def rule_ids(self) -> list[str]:
        """Codes of the rules."""
        return [rule.code for rule in RULES]

    def validate(self, context: IPolicyValidationContext) -> PolicyValidationPluginReport:
        """Judge the stacks; the CDK calls this once they are written.

        Args:
            context: The stacks' templates.
        """
        assembly = read_stacks([stack.template_path for stack in context.stack_templates])
        # The CDK itself takes acknowledged findings out of its report, and lists them apart.
        report = check_assembly(assembly, now=self._now or datetime.now(UTC), acknowledged=False)
        return _as_the_cdk_tells_it(report)


def _as_the_cdk_tells_it(report: Report) -> PolicyValidationPluginReport:
    violations = [
        PolicyViolation(
            rule_name=each.code,
            description=each.message,
            fix=each.fix or None,
            severity=_SEVERITIES[each.level],
            rule_metadata={"source": each.source},
            violating_resources=[_resource(each)],
        )
        for each in report.findings
    ]
    return PolicyValidationPluginReport(success=not report.fails(), violations=violations, plugin_version=__version__)


def _resource(finding: Finding) -> PolicyViolatingResource:
    return PolicyViolatingResource(
        resource_logical_id=finding.resource,
        template_path=finding.file,
        locations=[finding.path] if finding.path else [],
    )
