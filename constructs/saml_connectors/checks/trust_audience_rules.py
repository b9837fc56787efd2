"""Rules of audiences in trust policies: for which of AWS's sign-in addresses an assertion must have been made.

Not here: who is trusted (`trust_rules.py`).  `SAML:aud` is the assertion's recipient, not its audience.
"""

from __future__ import annotations

import fnmatch
import re
from collections.abc import Iterator

from saml_connectors.aws_sign_in import SIGN_IN
from saml_connectors.checks.arns import read_arn
from saml_connectors.checks.rule import Context, Hit, Rule
from saml_connectors.checks.saml_provider_rules import encryption_mode
from saml_connectors.checks.saml_trusts import (
    ASSUME_WITH_SAML,
    AUDIENCE,
    Comparison,
    Statement,
    provider_made,
    saml_trusts,
)
from saml_connectors.cloudformation import Resource, Template
from saml_connectors.endpoints import partition_of
from saml_connectors.spec.findings import shown

_EXACT, _PATTERN = {"stringequals", "stringequalsignorecase"}, "stringlike"
_OWN = r"(?:/acs/[A-Z0-9]{22,64})?"
_ISOLATED = {"aws-iso": "signin.c2shome.ic.gov", "aws-iso-b": "signin.sc2shome.sgov.gov"}
"""Hosts of sign-in in partitions that connectors do not support (AWS CDK, region information)."""

_ELSEWHERE = ("https://attacker.example/saml", "https://attacker.example/", "https://attacker.example/amazon/saml")
"""Addresses that are none of AWS's: what a good pattern does not match."""


def _addresses() -> dict[str, re.Pattern[str]]:
    """What sign-in addresses look like, by partition."""
    found = {}
    for partition, sign_in in SIGN_IN.items():
        region = r"(?:(?P<region>[a-z]{2}(?:-[a-z]+)+-\d+)\.)?" if sign_in.regional else ""
        found[partition] = re.compile(f"https://{region}{re.escape(sign_in.host)}/saml{_OWN}")
    return found | {name: re.compile(f"https://{re.escape(host)}/saml{_OWN}") for name, host in _ISOLATED.items()}


_ADDRESSES = _addresses()


def address_partition(url: str) -> str | None:
    """The partition whose sign-in is at *url*; None where it is no sign-in address that is known."""
    for partition, pattern in _ADDRESSES.items():
        found = pattern.fullmatch(url)
        if found is not None:
            region = found.groupdict().get("region")
            return partition if region is None or partition_of(region) == partition else None
    return None


def _assumable(template: Template) -> Iterator[tuple[Resource, Statement]]:
    """The statements by which people of a SAML provider assume a role, where their condition is known."""
    for trust in saml_trusts(template):
        for statement in trust.federated:
            if statement.actions is not None and statement.may(ASSUME_WITH_SAML) and statement.tests is not None:
                yield trust.role, statement


def _narrowing(statement: Statement) -> list[Comparison]:
    """What its condition says of the audience that at least some audiences do not fulfil."""
    return [test for test in statement.of(AUDIENCE) if not test.is_negated and test.bare != "null"]


def _exact(statement: Statement) -> list[str] | None:
    """The audiences that it takes, where all of them are known."""
    tests = _narrowing(statement)
    if len(tests) != 1 or tests[0].bare not in _EXACT:
        return None
    return tests[0].known


def _place(statement: Statement) -> str:
    return f"{statement.path}.Condition"


def _no_audience(template: Template, _: Context) -> Iterator[Hit]:
    for role, statement in _assumable(template):
        if not statement.of(AUDIENCE):
            message = "takes assertions whatever address they were made for: there is no condition on SAML:aud"
            yield Hit(resource=role, path=_place(statement), message=message)


def _negated(template: Template, _: Context) -> Iterator[Hit]:
    for role, statement in _assumable(template):
        if statement.of(AUDIENCE) and not _narrowing(statement):
            operators = ", ".join(test.operator for test in statement.of(AUDIENCE))
            message = f"takes every assertion but those for one address: SAML:aud is compared by {operators}"
            yield Hit(resource=role, path=_place(statement), message=message)


def _wildcards(template: Template, _: Context) -> Iterator[Hit]:
    for role, statement in _assumable(template):
        for test in _narrowing(statement):
            for value in (test.known or ()) if test.bare == _PATTERN else ():
                if any(fnmatch.fnmatchcase(url, value.replace("[", "[[]")) for url in _ELSEWHERE):
                    message = f"takes assertions for addresses that are not AWS's: SAML:aud is like {shown(value)}"
                    yield Hit(resource=role, path=_place(statement), message=message)


def _optional(template: Template, _: Context) -> Iterator[Hit]:
    for role, statement in _assumable(template):
        tests = _narrowing(statement)
        if tests and all(test.is_optional for test in tests):
            message = f"the condition on SAML:aud holds without one too: {tests[0].operator}"
            yield Hit(resource=role, path=_place(statement), message=message)


def _wrong(template: Template, _: Context) -> Iterator[Hit]:
    partition = partition_of(template.region) if template.region else None
    for role, statement in _assumable(template):
        values = _exact(statement)
        if values is None or any(address_partition(value) for value in values):
            continue
        if partition is not None and partition not in SIGN_IN and any(map(_may_be_elsewhere, values)):
            continue  # its address is not documented
        yield Hit(resource=role, path=_place(statement), message=_what_is_wrong(values), fix=_right(partition, values))


def _may_be_elsewhere(value: str) -> bool:
    return re.fullmatch(r"https://[a-z0-9.-]*signin[a-z0-9.-]*/saml.*", value) is not None


def _what_is_wrong(values: list[str]) -> str:
    if not values:
        return "takes no assertion: SAML:aud is compared with an empty list"
    if values == [""]:
        return (
            "takes no assertion: SAML:aud is compared with an empty text, as the CDK's SamlConsolePrincipal writes it"
        )
    given = ", ".join(shown(value) for value in values[:3])
    if any(value.startswith("urn:") for value in values):
        return f"takes no assertion: SAML:aud is the recipient, not the audience {given}"
    return f"takes no assertion: SAML:aud is compared with {given}, which is no sign-in address of AWS"


def _right(partition: str | None, values: list[str]) -> str | None:
    if partition is None:
        urn = [each for each in SIGN_IN.values() if each.sp_entity_id in values]
        return f"write {urn[0].acs_url()}" if urn else None
    return f"write {SIGN_IN[partition].acs_url()}" if partition in SIGN_IN else None


def _other_partition(template: Template, _: Context) -> Iterator[Hit]:
    for role, statement in _assumable(template):
        own = _partition(statement, template)
        theirs = [address_partition(value) for value in _exact(statement) or ()]
        if own is not None and any(theirs) and own not in theirs:
            there = next(each for each in theirs if each is not None)
            message = f"takes assertions for the sign-in of partition {there}, and the role is in {own}"
            fix = f"write {SIGN_IN[own].acs_url()}" if own in SIGN_IN else None
            yield Hit(resource=role, path=_place(statement), message=message, fix=fix)


def _partition(statement: Statement, template: Template) -> str | None:
    """The partition that the role is in, where that is known: by the region, or by the provider's ARN."""
    if template.region is not None:
        return partition_of(template.region)
    arns = [read_arn(value) for value in statement.saml_providers]
    named = {arn.partition for arn in arns if arn is not None}
    found = next(iter(named)) if len(named) == 1 else None
    return found if isinstance(found, str) and re.fullmatch(r"aws(?:-[a-z]+)*", found) else None


def _shared(template: Template, _: Context) -> Iterator[Hit]:
    for role, statement in _assumable(template):
        values = _exact(statement)
        if not values or any("/acs/" in value for value in values):
            continue
        for value in statement.saml_providers:
            provider = provider_made(value, template)
            if provider is not None and encryption_mode(provider) == "required":
                message = f"takes assertions for the shared address, and {provider.logical_id} requires encryption"
                yield Hit(resource=role, path=_place(statement), message=message)


_GUIDE = "IAM User Guide, Create a role for SAML 2.0 federation"
_KEYS = "IAM User Guide, Available keys for SAML-based federation"
_WRITE = "write StringEquals: {SAML:aud: https://signin.aws.amazon.com/saml}, or your partition's or region's address"

RULES: tuple[Rule, ...] = (
    Rule(
        code="trust-no-audience",
        level="error",
        what="A role that trusts a SAML provider says for which address assertions must have been made.",
        why="An assertion that the IdP made for something else can be shown to AWS, and gives the role.",
        fix=_WRITE,
        source=_GUIDE,
        find=_no_audience,
    ),
    Rule(
        code="trust-audience-wrong",
        level="error",
        what="The audience in a trust policy is a sign-in address of AWS.",
        why="SAML:aud is the recipient in the assertion, which is that address: nobody can assume the role.",
        fix=_WRITE,
        source=_KEYS,
        find=_wrong,
    ),
    Rule(
        code="trust-audience-partition",
        level="error",
        what="The audience in a trust policy is a sign-in address of the role's own partition.",
        why="Sign-in in GovCloud and in China has addresses of its own: nobody can assume the role.",
        fix="write the sign-in address of the partition",
        source="IAM User Guide, Configure your SAML IdP with relying party trust",
        find=_other_partition,
    ),
    Rule(
        code="trust-audience-wildcard",
        level="error",
        what="The audience in a trust policy matches no address that is not AWS's.",
        why="It is as if there were no condition: an assertion made for something else gives the role.",
        fix=_WRITE,
        source=_GUIDE,
        find=_wildcards,
    ),
    Rule(
        code="trust-audience-negated",
        level="error",
        what="A trust policy names the audiences that it takes, not those that it does not.",
        why="Every other address is taken: an assertion made for something else gives the role.",
        fix=_WRITE,
        source="IAM User Guide, Condition operators",
        find=_negated,
    ),
    Rule(
        code="trust-audience-optional",
        level="warning",
        what="The condition on the audience does not hold without one.",
        why="IfExists and ForAllValues hold where the key is missing, and SAML:aud has a single value.",
        fix="write StringEquals",
        source="IAM User Guide, Condition operators",
        find=_optional,
    ),
    Rule(
        code="trust-audience-encryption",
        level="warning",
        what="A role that trusts a provider with required encryption takes assertions for the provider's own address.",
        why="AWS finds the key by that address, so assertions are posted there, and the role would not take them.",
        fix="add https://signin.aws.amazon.com/saml/acs/${<provider>.SamlProviderUUID} to the values of SAML:aud",
        source="IAM User Guide, Create a SAML identity provider",
        find=_shared,
    ),
)
