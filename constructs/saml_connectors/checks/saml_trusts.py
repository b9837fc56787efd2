"""Trust policies of a template's roles, read: who may assume each with SAML, by which action and under which condition.

Not here: judging them.
"""

from __future__ import annotations

import fnmatch
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from saml_connectors.checks.arns import SAML_PROVIDER, read_arn
from saml_connectors.checks.known_values import known, text_of
from saml_connectors.checks.known_values import parts as parts_of
from saml_connectors.cloudformation import Resource, Template
from saml_connectors.cloudformation.intrinsics import Part, Reference, Unknown

ROLE, PROVIDER = "AWS::IAM::Role", "AWS::IAM::SAMLProvider"
TRUST_POLICY = "AssumeRolePolicyDocument"
_NESTED = "AWS::CloudFormation::Stack"
ASSUME_WITH_SAML = "sts:AssumeRoleWithSAML"
AUDIENCE = "saml:aud"

Values = tuple[Any, ...]


@dataclass(frozen=True, slots=True)
class Comparison:
    """One comparison of a condition."""

    operator: str
    """In lower case, with what stands before and after it, as in `foranyvalue:stringlikeifexists`."""

    key: str
    """In lower case."""

    named: str
    """The key as it is written."""

    values: Values | None
    """What is compared with; None where that is not known."""

    @property
    def bare(self) -> str:
        """The operator alone."""
        return self.operator.rpartition(":")[2].removesuffix("ifexists")

    @property
    def is_optional(self) -> bool:
        """Whether it holds for a request without the key."""
        return self.operator.endswith("ifexists") or self.operator.startswith("forallvalues:")

    @property
    def is_negated(self) -> bool:
        """Whether it holds for whatever differs."""
        return "not" in self.bare

    @property
    def known(self) -> list[str] | None:
        """The values as texts, where all are known."""
        found = [known(value) for value in self.values] if self.values is not None else [None]
        return None if None in found else [text for text in found if text is not None]


@dataclass(frozen=True, slots=True)
class Statement:
    """One statement of a trust policy that allows something."""

    path: str
    """Where it stands in the role."""

    actions: tuple[str, ...] | None
    """In lower case; None where they are not known."""

    principals: Mapping[str, Values]
    """Values by kind, as in `Federated`; everybody is `*` to `*`."""

    tests: tuple[Comparison, ...] | None
    """Its condition; None where that is not known."""

    saml_providers: Values
    """The federated principals that are SAML providers, or are not known and may do what only those can."""

    def may(self, action: str) -> bool:
        """Whether it allows *action*, as far as is known."""
        return self.actions is None or any(fnmatch.fnmatchcase(action.lower(), one) for one in self.actions)

    def of(self, key: str) -> list[Comparison]:
        """What its condition says of *key*."""
        return [test for test in self.tests or () if test.key == key]


@dataclass(frozen=True, slots=True)
class Trust:
    """Who may assume one role."""

    role: Resource
    statements: tuple[Statement, ...]

    @property
    def federated(self) -> list[Statement]:
        """The statements that let people of a SAML provider do something."""
        return [one for one in self.statements if one.saml_providers]

    def lets(self, action: str) -> bool:
        """Whether people of a SAML provider may do *action*, as far as is known."""
        return any(one.may(action) for one in self.federated)


def trusts(template: Template) -> list[Trust]:
    """The trust policies that allow something and can be read."""
    return template.keep(_read)


def saml_trusts(template: Template) -> list[Trust]:
    """Those with a SAML provider in them."""
    return [trust for trust in trusts(template) if trust.federated]


def provider_made(value: Any, template: Template) -> Resource | None:
    """The SAML provider of *template* that a principal, or any other value, names: by reference, or by its ARN."""
    parts = parts_of(value)
    if len(parts) == 1 and isinstance(parts[0], Reference):
        found = template.resources.get(parts[0].logical_id)
        return found if found is not None and found.type == PROVIDER else None
    name = own_provider(value, template)
    return template.keep(_providers_by_name).get(name) if name is not None else None


def own_provider(value: Any, template: Template) -> str | None:
    """Name of the SAML provider of the template's own account that *value* is the ARN of."""
    arn = read_arn(value)
    return (arn.named(SAML_PROVIDER) or None) if arn is not None and arn.is_of(template) else None


def federated_with(provider: Resource) -> list[Trust]:
    """The roles of the template that trust *provider*."""
    return provider.template.keep(_trusts_by_provider).get(provider.logical_id, [])


def says_all(template: Template) -> bool:
    """Whether what *template* does not have is not there: no macro and no nested stack may bring it."""
    return not (template.has_more or template.of_type(_NESTED))


def statements_of(document: Any) -> list[tuple[str, dict[str, Any]]]:
    """The statements of a policy *document*, evaluated or JSON, each with its place in it."""
    if isinstance(document, str):
        try:
            document = json.loads(document)
        except (ValueError, RecursionError):
            return []
    found = document.get("Statement") if isinstance(document, dict) else None
    if isinstance(found, dict):
        return [("Statement", found)]
    listed = found if isinstance(found, list) else []
    return [(f"Statement[{index}]", each) for index, each in enumerate(listed) if isinstance(each, dict)]


def texts(value: Any) -> tuple[str, ...] | None:
    """A text or a list of texts, in lower case; None where they are not known, or none."""
    found = [known(each) for each in (value if isinstance(value, list) else [value])]
    return None if None in found else tuple(text.lower() for text in found if text is not None)


def tests_of(condition: Any) -> tuple[Comparison, ...] | None:
    """A statement's condition; nothing where it has none, None where it is not known."""
    if condition is None:
        return ()
    if not isinstance(condition, dict):
        return None
    found: list[Comparison] = []
    for operator, keys in condition.items():
        if not isinstance(keys, dict):
            return None
        found += [
            Comparison(operator.lower(), key.lower(), key, None if isinstance(values, Unknown) else _listed(values))
            for key, values in keys.items()
        ]
    return tuple(found)


def _read(template: Template) -> list[Trust]:
    found = (Trust(role, tuple(_statements(role))) for role in template.of_type(ROLE))
    return [trust for trust in found if trust.statements]


def _providers_by_name(template: Template) -> dict[str, Resource]:
    found: dict[str, Resource] = {}
    for provider in template.of_type(PROVIDER):
        name = text_of(provider, "Name")
        if name is not None:
            found.setdefault(name, provider)
    return found


def _trusts_by_provider(template: Template) -> dict[str, list[Trust]]:
    found: dict[str, list[Trust]] = {}
    for trust in saml_trusts(template):
        made = (provider_made(each, template) for one in trust.federated for each in one.saml_providers)
        for logical_id in dict.fromkeys(provider.logical_id for provider in made if provider is not None):
            found.setdefault(logical_id, []).append(trust)
    return found


def _statements(role: Resource) -> Iterator[Statement]:
    for place, each in statements_of(role.get(TRUST_POLICY)):
        if known(each.get("Effect")) != "Allow" or ("Action" not in each and "NotAction" not in each):
            continue
        actions = texts(each["Action"]) if "Action" in each else None
        principals = _principals(each.get("Principal"))
        yield Statement(
            f"Properties.{TRUST_POLICY}.{place}",
            actions,
            principals,
            tests_of(each.get("Condition")),
            tuple(_saml_providers(principals.get("Federated", ()), actions or (), role.template)),
        )


def _saml_providers(federated: Values, actions: tuple[str, ...], template: Template) -> Iterator[Any]:
    for value in federated:
        parts = parts_of(value)
        if len(parts) == 1 and isinstance(parts[0], Reference):
            if provider_made(value, template) is not None and parts[0].attribute in {"Ref", "Arn"}:
                yield value
        elif ASSUME_WITH_SAML.lower() in actions if isinstance(value, Unknown) else _names_provider(parts):
            yield value


def _names_provider(parts: tuple[Part, ...]) -> bool:
    return any(isinstance(part, str) and f":{SAML_PROVIDER}" in part for part in parts)


def _principals(principal: Any) -> dict[str, Values]:
    if isinstance(principal, dict):
        return {kind: _listed(values) for kind, values in principal.items()}
    return {"*": (principal,)} if known(principal) == "*" else {}


def _listed(value: Any) -> Values:
    return tuple(value) if isinstance(value, list) else (value,)
