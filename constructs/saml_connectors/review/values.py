"""Values of a template as a review compares and tells them: what is not known is named, secrets and keys never appear.

Not here: what the values mean.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from functools import lru_cache
from hashlib import sha256
from typing import TYPE_CHECKING, Any

from saml_connectors.cloudformation.intrinsics import Part, Reference, Unknown, parts_of

if TYPE_CHECKING:
    from saml_connectors.cloudformation import Resource, Template

OPEN, CLOSE = "\ue000", "\ue001"
"""Around what is not known before the deployment.  Characters that no template needs: in its own texts they are
replaced, so nothing can be taken for such a place that is none."""

LONGEST = 160
"""Characters of a value that a person is shown."""

_SHORTEST_SECRET, _SHORTEST_KEY = 11, 40
_TELLING = re.compile(r"\{\{|jc|secretsmanager|BEGIN")
_ITEM = "\0"
OWN_ACCOUNT = f"{OPEN}AWS::AccountId{CLOSE}"
ROLE, SAML_PROVIDER = "AWS::IAM::Role", "AWS::IAM::SAMLProvider"
IDENTITY_PROVIDER = "AWS::Cognito::UserPoolIdentityProvider"

_NOT_OURS = str.maketrans(f"{OPEN}{CLOSE}\0", "\ufffd" * 3)
_DYNAMIC = re.compile(r"\{\{resolve:(secretsmanager|ssm-secure|ssm):[^{}]{1,2048}\}\}")
_SERVICES = {"secretsmanager": "Secrets Manager", "ssm": "Systems Manager", "ssm-secure": "Systems Manager"}
_SECRET_ARN = re.compile(r"arn:[\w-]*:secretsmanager:[^\s\"',]*")
_PEM = re.compile(r"-----BEGIN [^-]{1,60}-----.*?(?:-----END [^-]{1,60}-----|\Z)", re.DOTALL)
_LONG = re.compile(r"[A-Za-z0-9+/_=-]{64,}")
_KEY = re.compile(r"(?<![0-9A-Za-z])(?:[0-9a-fA-F]{40}|jc[a-z]{1,2}_[A-Za-z0-9_-]{8,})(?![0-9A-Za-z])")
_PLACE = re.compile(f"{OPEN}([^{CLOSE}]*){CLOSE}")
_CDK_HASH = re.compile(r"(?<=[A-Za-z0-9])[0-9A-F]{8}\Z")
_ORDERED = re.compile(r"RulesConfiguration\.Rules$")
_CALL = "#"
"""Before what tells two calls of one function apart, which nobody is shown."""

_DOMAIN_LABELS = "CognitoDomainLabels"
"""Mapping of our own templates that are deployed anywhere: one of two labels, by partition."""

_KEYS = ("Name", "AttributeName", "Key", "ParameterKey", "ScopeName", "PolicyName")
"""What tells the mappings of a list apart, whatever their order."""


def text(value: Any, template: Template) -> str:
    """A scalar of *template*, evaluated, as one text; equal values are equal texts, in every template.

    What is not known stands between `OPEN` and `CLOSE`, and what is secret, or a key, stands there as a digest.
    """
    if isinstance(value, str):
        return without_secrets(_not_ours(value))
    parts = parts_of(value)
    return without_secrets("".join(part_text(part, template) for part in parts))


@lru_cache(maxsize=1 << 14)
def without_secrets(given: str) -> str:
    """*given* with a digest for each dynamic reference, secret's ARN, key, certificate and long run of base64."""
    if len(given) < _SHORTEST_SECRET or not (len(given) >= _SHORTEST_KEY or _TELLING.search(given)):
        return given
    found = _DYNAMIC.sub(lambda match: _unknown(f"a value of {_SERVICES[match[1]]}, {digest(match[0])}"), given)
    found = _SECRET_ARN.sub(lambda match: _unknown(f"a secret, {digest(match[0])}"), found)
    found = _PEM.sub(lambda match: _unknown(f"a key or certificate, {digest(match[0])}"), found)
    found = _LONG.sub(_told_by_digest, found)
    return _KEY.sub(lambda match: _unknown(f"what looks like a credential, {digest(match[0])}"), found)


def _told_by_digest(match: re.Match[str]) -> str:
    """A long run as its digest where it is base64; words and paths, which have little of all kinds, as they are."""
    run = match[0]
    mixed = all(any(map(kind, run)) for kind in (str.isupper, str.islower, str.isdigit))
    return _unknown(f"{len(run):,} characters, {digest(run)}") if mixed and run.count("/") < len(run) / 16 else run


def key(name: object) -> str:
    """A key of a mapping as a text, as `text` gives values."""
    return without_secrets(_not_ours(str(name)))


def digest(given: str) -> str:
    """The beginning of the SHA-256 of *given*: tells two values apart without telling either."""
    return f"SHA-256 {sha256(given.encode('utf-8', 'backslashreplace')).hexdigest()[:12]}"


def unnamed(resource: Resource) -> str:
    """What a resource is called that gets its name at deployment."""
    return _unknown(resource.logical_id)


def is_known(given: str) -> bool:
    """Whether nothing in a text is unknown."""
    return OPEN not in given


def shown(given: str, longest: int = LONGEST) -> str:
    """A text for a person: what is not known in braces, nothing invisible, cut where it is very long."""
    found = _PLACE.sub(lambda match: f"{{{_shorter(match[1])}}}", given)
    if not found.isprintable():
        found = "".join(one if one.isprintable() else json.dumps(one)[1:-1] for one in found)
    if len(found) <= longest:
        return found
    return f"{found[: longest - 60]}…{found[-20:]} ({len(found):,} characters, {digest(given)})"


def fields_of(resource: Resource, leave: frozenset[str] = frozenset()) -> dict[str, str]:
    """All that the template says of a resource: path of each scalar below its properties, and its text.

    Each item of a list of texts is a field of its own (`item`).  Lists whose order means nothing are sorted.  Names in
    *leave* are left out.
    """
    found: dict[str, str] = {}
    for name, value in resource.properties.items():
        if name not in leave:
            found.update(_flat(name, value, resource.template))
    if resource.is_conditional:
        found["Condition"] = _not_ours(str(resource.declared["Condition"]))
    if not resource.properties:  # nothing, or what a macro makes of it
        whole = resource.template.evaluate(resource.declared.get("Properties"))
        if isinstance(whole, Unknown):
            found["Properties"] = text(whole, resource.template)
    return {path: found[path] for path in sorted(found)}


def item(path: str, given: str) -> str:
    """The name of the field that one item of a list is: unique, and told as `told_field` says."""
    return f"{path}{_ITEM}{given}"


def told_field(name: str) -> str:
    """What a person calls a field."""
    return name.partition(_ITEM)[0]


def _flat(path: str, value: Any, template: Template) -> Iterator[tuple[str, str]]:
    if isinstance(value, Mapping):
        if not value:
            yield path, "{}"
        for name, each in value.items():
            yield from _flat(f"{path}.{key(name)}", each, template)
    elif isinstance(value, list):
        if all(not isinstance(each, Mapping | list) for each in value):
            found = [text(each, template) for each in value]
            yield from ((item(path, each), each) for each in found)
            if not found:
                yield path, "[]"
            return
        for index, each in _told_apart(path, value, template):
            yield from _flat(f"{path}[{index}]", each, template)
    elif value is not None:
        yield path, text(value, template)


def _told_apart(path: str, items: list[Any], template: Template) -> list[tuple[str, Any]]:
    """The items by what tells them apart: a key of theirs, else their place in an order of their own."""
    if _ORDERED.search(path):
        return [(str(index), each) for index, each in enumerate(items)]
    for known in _KEYS:
        names = [text(each.get(known), template) if isinstance(each, Mapping) else "" for each in items]
        if all(names) and len(set(names)) == len(names):
            return sorted(zip(names, items, strict=True), key=lambda pair: pair[0])
    ordered = sorted(items, key=lambda each: compact(each, template))
    return [(str(index), each) for index, each in enumerate(ordered)]


def compact(value: Any, template: Template) -> str:
    """Any evaluated value as one text: JSON without space, keys sorted."""
    return json.dumps(_plain(value, template), sort_keys=True, separators=(",", ":"), ensure_ascii=False)


def _plain(value: Any, template: Template) -> Any:
    if isinstance(value, Mapping):
        return {key(name): _plain(each, template) for name, each in value.items()}
    if isinstance(value, list):
        return [_plain(each, template) for each in value]
    return text(value, template)


def part_text(part: Part, template: Template) -> str:
    """One part of a text, with whatever secret it holds: for what reads on in it, never for telling."""
    if isinstance(part, Reference):
        return _referred(part, template)
    if isinstance(part, Unknown):
        if part in template.keep(_domain_labels):
            return _unknown("auth or auth-fips")
        return _unknown(f"{part.why}{_CALL}{part.call}" if part.call else part.why)
    return _not_ours(part)


def _not_ours(given: str) -> str:
    """A text of a template, in which nothing looks like what only we write."""
    return given if given.isascii() and "\0" not in given else given.translate(_NOT_OURS)


def _referred(part: Reference, template: Template) -> str:
    """An ARN or a name that the template fixes itself; else what it is and whose."""
    resource = template.resources.get(part.logical_id)
    if resource is not None and resource.type == ROLE and part.attribute == "Arn" and resource.text("RoleName"):
        return f"{_arn(template)}role{resource.text('Path') or '/'}{resource.text('RoleName')}"
    if resource is not None and resource.type == SAML_PROVIDER and part.attribute in {"Ref", "Arn"}:
        name = resource.text("Name")
        if name:
            return f"{_arn(template)}saml-provider/{name}"
    if resource is not None and resource.type == IDENTITY_PROVIDER and part.attribute == "Ref":
        name = resource.text("ProviderName")
        if name:
            return name
    return _unknown(f"{'id' if part.attribute == 'Ref' else part.attribute} of {part.logical_id}")


def _arn(template: Template) -> str:
    around = [template.evaluate({"Ref": name}) for name in ("AWS::Partition", "AWS::AccountId")]
    partition, account = (each if isinstance(each, str) else _unknown(each.why) for each in around)
    return f"arn:{partition}:iam::{account}:"


def _unknown(why: str) -> str:
    return f"{OPEN}{_not_ours(why)}{CLOSE}"


def _shorter(why: str) -> str:
    """The name of a place without the hash that the CDK ends logical ids with, and without that of a call."""
    return _CDK_HASH.sub("", why.partition(_CALL)[0])


def _domain_labels(template: Template) -> frozenset[Unknown]:
    """What asking one of our mappings for the label of a user pool's domain gives."""
    mappings = template.data.get("Mappings")
    asked = (
        template.evaluate({"Fn::FindInMap": [name, {"Ref": "AWS::Partition"}, "label"]})
        for name in (mappings if isinstance(mappings, Mapping) else ())
        if _DOMAIN_LABELS in str(name)
    )
    return frozenset(each for each in asked if isinstance(each, Unknown))
