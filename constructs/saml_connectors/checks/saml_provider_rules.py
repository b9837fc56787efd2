"""Rules of IAM SAML providers: their names, and the keys that assertions are decrypted with.

Not here: their metadata (`metadata_rules.py`), and who trusts them (`trust_rules.py`).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from saml_connectors.checks.known_values import parts as parts_of
from saml_connectors.checks.known_values import text_of
from saml_connectors.checks.rule import Context, Hit, Rule
from saml_connectors.checks.saml_trusts import PROVIDER
from saml_connectors.checks.spec_values import SpecValue
from saml_connectors.cloudformation import Resource, Template
from saml_connectors.cloudformation.intrinsics import Unknown, plain_text
from saml_connectors.spec.findings import shown
from saml_connectors.spec.saml_provider import SamlProvider

_KEY, _MODE = "AddPrivateKey", "AssertionEncryptionMode"
_MODES = ("Required", "Allowed")
_DOUBTFUL = re.compile(r"[\w+=@.-]{1,128}", re.ASCII)
_PEM = "PRIVATE KEY"
_RESOLVED = re.compile(r"\{\{resolve:(?P<service>[a-z-]+):")
_NAME = SpecValue(SamlProvider.model_fields["name"].rebuild_annotation())


def encryption_mode(provider: Resource) -> str | None:
    """Whether *provider* takes encrypted assertions alone (`required`), or too; None where it does not say."""
    mode = text_of(provider, _MODE)
    return mode.lower() if mode is not None else None


def _names(template: Template, _: Context) -> Iterator[Hit]:
    for provider, name in _named(template):
        rule = _NAME.broken(name)
        if rule is not None and not _DOUBTFUL.fullmatch(name):
            yield Hit(resource=provider, path="Properties.Name", message=f"the name {shown(name)} {rule}")


def _doubtful_names(template: Template, _: Context) -> Iterator[Hit]:
    for provider, name in _named(template):
        if _NAME.broken(name) is not None and _DOUBTFUL.fullmatch(name):
            message = f"the name {shown(name)} has a character of which AWS's own documents disagree if IAM takes it"
            yield Hit(resource=provider, path="Properties.Name", message=message)


def _named(template: Template) -> Iterator[tuple[Resource, str]]:
    for provider in template.of_type(PROVIDER):
        name = text_of(provider, "Name")
        if name is not None:
            yield provider, name


def _twice(template: Template, context: Context) -> Iterator[Hit]:
    for provider, name in _named(template):
        first = _first_of_name(name, template, context)
        if first is not None and first is not provider and not provider.is_conditional:
            place = "" if first.template is template else f" of {first.template.name}"
            message = f"the name {shown(name)} is that of {first.logical_id}{place} too"
            yield Hit(resource=provider, path="Properties.Name", message=message)


def _first_of_name(name: str, template: Template, context: Context) -> Resource | None:
    """The first provider of that name that is certain to be in the same account."""
    for other in context.assembly.templates:
        if other is template or (template.account is not None and other.account == template.account):
            provider = other.keep(_certain).get(name)
            if provider is not None:
                return provider
    return None


def _certain(template: Template) -> dict[str, Resource]:
    """The first provider of each name that is there under no condition."""
    found: dict[str, Resource] = {}
    for provider, name in _named(template):
        if not provider.is_conditional:
            found.setdefault(name, provider)
    return found


def _modes(template: Template, _: Context) -> Iterator[Hit]:
    for provider in template.of_type(PROVIDER):
        mode = text_of(provider, _MODE)
        if mode is not None and mode not in _MODES:
            message = f"the encryption mode is {shown(mode)}, not {' or '.join(_MODES)}"
            yield Hit(resource=provider, path=f"Properties.{_MODE}", message=message)


def _keyless(template: Template, _: Context) -> Iterator[Hit]:
    for provider in template.of_type(PROVIDER):
        if text_of(provider, _MODE) == "Required" and not provider.has(_KEY):
            message = "encrypted assertions are required, and there is no key to decrypt them with"
            yield Hit(resource=provider, path=f"Properties.{_MODE}", message=message)


def _several_keys(template: Template, _: Context) -> Iterator[Hit]:
    for provider in template.of_type(PROVIDER):
        value = provider.get(_KEY)
        begun = sum(part.count(f"{_PEM}-----") for part in parts_of(value) if isinstance(part, str))
        if isinstance(value, list) or begun > len(("BEGIN", "END")):
            yield Hit(resource=provider, path=f"Properties.{_KEY}", message="more than one private key is given")


def _pasted(template: Template, _: Context) -> Iterator[Hit]:
    for provider in template.of_type(PROVIDER):
        for value in _given_keys(provider):
            known = "".join(part for part in parts_of(value) if isinstance(part, str))
            if _PEM in known or (len(known.strip()) > 1 and not _RESOLVED.search(known)):
                message = "a private key stands in the template as text"
                yield Hit(resource=provider, path=f"Properties.{_KEY}", message=message)
                break


def _given_keys(provider: Resource) -> Iterator[Any]:
    """The values of the key, and the default of the parameter that it comes from."""
    value = provider.get(_KEY)
    for each in value if isinstance(value, list) else [value]:
        yield each
        parameter = _parameter(provider, each)
        if parameter is not None:
            yield plain_text(parameter.get("Default"))


def _parameter(provider: Resource, value: Any) -> dict[str, Any] | None:
    if not isinstance(value, Unknown) or not value.why.startswith("parameter "):
        return None
    parameters = provider.template.data.get("Parameters")
    found = parameters.get(value.why.removeprefix("parameter ")) if isinstance(parameters, dict) else None
    return found if isinstance(found, dict) else None


def _shown(template: Template, _: Context) -> Iterator[Hit]:
    for provider in template.of_type(PROVIDER):
        value = provider.get(_KEY)
        parameter = _parameter(provider, value)
        resolved = _RESOLVED.search(plain_text(value) or "")
        if parameter is not None and plain_text(parameter.get("NoEcho")) != "true":
            message = "the private key comes from a parameter without NoEcho, whose value anybody who may read the "
            yield Hit(resource=provider, path=f"Properties.{_KEY}", message=f"{message}stack can read")
        elif resolved is not None and resolved["service"] == "ssm":
            message = "the private key comes from a parameter of Systems Manager that is not encrypted"
            yield Hit(resource=provider, path=f"Properties.{_KEY}", message=message)


_SOURCE = "IAM API, CreateSAMLProvider"
_FROM_SECRET = "write a dynamic reference to a secret of Secrets Manager: {{resolve:secretsmanager:<name>}}"  # noqa: S105 - a form, no secret

RULES: tuple[Rule, ...] = (
    Rule(
        code="saml-provider-name",
        level="error",
        what="The name of a SAML provider has 1 to 128 letters, digits or any of `_.-`.",
        why="IAM refuses the provider, and the deployment fails.  A comma would end the role's part of a Role value.",
        fix="use letters, digits, and _.- only",
        source=_SOURCE,
        find=_names,
    ),
    Rule(
        code="saml-provider-name-doubtful",
        level="warning",
        what="The name of a SAML provider has none of `+=@`.",
        why="IAM's documents allow them in one place and not in another: the deployment may fail.",
        fix="use letters, digits, and _.- only",
        source=_SOURCE,
        find=_doubtful_names,
    ),
    Rule(
        code="saml-provider-twice",
        level="error",
        what="No two SAML providers of an account have the same name.",
        why="IAM refuses the second one, and the deployment fails.",
        fix="give one of them another name, or have one provider with the certificates of both",
        source=_SOURCE,
        find=_twice,
    ),
    Rule(
        code="saml-provider-encryption-mode",
        level="error",
        what="The encryption mode of a SAML provider is Required or Allowed.",
        why="CloudFormation refuses any other, and the deployment fails.",
        fix="write Required or Allowed",
        source="CloudFormation, AWS::IAM::SAMLProvider",
        find=_modes,
    ),
    Rule(
        code="saml-provider-encryption-key",
        level="error",
        what="A SAML provider that requires encrypted assertions has a private key.",
        why="Nothing can decrypt what the IdP sends, so nobody can sign in.",
        fix="add the key as AddPrivateKey, by a dynamic reference to a secret, or drop the mode",
        source="IAM User Guide, Create a SAML identity provider",
        find=_keyless,
    ),
    Rule(
        code="saml-provider-keys",
        level="error",
        what="A SAML provider is given one private key at a time.",
        why="AddPrivateKey takes one PEM document; with more the deployment fails.",
        fix="give one key; add the next one, at most two in all, through IAM's own API",
        source="CloudFormation, AWS::IAM::SAMLProvider",
        find=_several_keys,
    ),
    Rule(
        code="saml-provider-private-key",
        level="error",
        what="The private key of a SAML provider does not stand in the template.",
        why="Whoever can read the repository, the assembly or the stack can decrypt every assertion.",
        fix=f"{_FROM_SECRET}; and make a new key pair, because this one has been shown",
        source="CloudFormation User Guide, Dynamic references",
        find=_pasted,
    ),
    Rule(
        code="saml-provider-key-shown",
        level="warning",
        what="The private key of a SAML provider comes from where nobody else can read it.",
        why="A parameter's value is told by DescribeStacks, and by the console, unless it has NoEcho.",
        fix=_FROM_SECRET,
        source="CloudFormation User Guide, Parameters",
        find=_shown,
    ),
)
