"""`suppress`: says in the template itself that a finding is right as it is, and why.

Not here: what suppressions mean (`checks/suppressions.py`).
"""

from __future__ import annotations

from datetime import date

from aws_cdk import CfnResource
from constructs import IConstruct

from saml_connectors.checks.rules import RULES
from saml_connectors.checks.suppressions import METADATA_KEY, METADATA_LIST, Suppression, entry
from saml_connectors.problems import Problem, SpecError


def suppress(construct: IConstruct, code: str, reason: str, *, until: date | None = None) -> None:
    """Let one rule not count for a construct, in `saml-connectors check`, in `review` and in `FederationChecks`.

    It is written into the section `Metadata` of the construct's resource; where the construct is made of several and
    has no main one, of each.  The CDK's own `Validations.of(construct).acknowledge(…)` does the same without a trace
    in the template, and counts for `saml-connectors check` only as long as it is given the whole cloud assembly.

    Args:
        construct: What the finding is about, or what holds it.
        code: The rule, as docs/rules.md names it.
        reason: Why it does not count.
        until: The last day on which it does not.  Default: for ever.

    Raises:
        SpecError: There is no such rule, no reason, or no resource to write it at.
    """
    what = f"the suppression of {code} at {construct.node.path}"
    data = {"code": code, "reason": reason, **({"until": until.isoformat()} if until else {})}
    read = entry(data, frozenset(rule.code for rule in RULES), in_file=False)
    if not isinstance(read, Suppression):
        raise SpecError(read, what)
    resources = _resources(construct)
    if not resources:
        rule = "must be at a construct that has made a resource already"
        raise SpecError([Problem(code="suppression-no-resource", rule=rule)], what)
    for resource in resources:
        section = resource.get_metadata(METADATA_KEY) or {}
        there = [*section.get(METADATA_LIST, []), data]
        resource.add_metadata(METADATA_KEY, {**section, METADATA_LIST: there})


def _resources(construct: IConstruct) -> list[CfnResource]:
    main = construct if CfnResource.is_cfn_resource(construct) else construct.node.default_child
    below = [main] if CfnResource.is_cfn_resource(main) else construct.node.find_all()
    return [each for each in below if isinstance(each, CfnResource)]
