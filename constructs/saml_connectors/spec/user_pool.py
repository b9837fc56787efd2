"""A Cognito user pool as a SAML service provider: its domain, its identity provider, its protection.

Not here: its attributes and groups, its app clients, and the directory's application.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Annotated, Literal

from pydantic import AfterValidator, Field

from saml_connectors.problems import Problem
from saml_connectors.spec.attribute import (
    ATTRIBUTE_NAMES,
    CUSTOM_PREFIX,
    GROUPS_CLAIM,
    MAX_CUSTOM_ATTRIBUTES,
    Attribute,
    Groups,
    check_attribute_name,
)
from saml_connectors.spec.findings import field_path, shown, visible
from saml_connectors.spec.model import Flag, SpecModel, refuse
from saml_connectors.spec.values import Text, repeated, spelled

MAX_IDENTIFIERS = 50
"""Identifiers of one IdP (Cognito's API, `IdpIdentifiersListType`)."""

MAX_DOMAIN = 63
"""Characters of a domain of one's own (Cognito's API, `DomainType`)."""

_PREFIX = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?")
_RESERVED_WORDS = ("aws", "amazon", "cognito")
_HOST = re.compile(r"(?=.{4,253}$)(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.){2,}[a-z]{2,63}")
_CERTIFICATE_ARN = re.compile(r"arn:aws[a-z-]*:acm:([a-z0-9-]+):\d{12}:certificate/[\w-]+")
_POOL_ID = re.compile(r"([a-z0-9-]+)_[0-9a-zA-Z]+")
_PROVIDER_NAME = re.compile(r"[^_\s]\S[^_\s]{1,30}")
_RESERVED_PROVIDERS = ("COGNITO", "Facebook", "Google", "SignInWithApple", "LoginWithAmazon")
_IDENTIFIER = re.compile(r"[\w +=.@-]{1,40}")


def _prefix(value: str) -> str:
    if not _PREFIX.fullmatch(value):
        raise refuse(
            "domain-prefix",
            "must be 1 to 63 lower-case letters, digits or hyphens, and begin and end with a letter or digit",
            fix=_prefix_suggestion(value),
        )
    reserved = [word for word in _RESERVED_WORDS if word in value]
    if reserved:
        raise refuse("domain-prefix-reserved", f"must not contain {' or '.join(reserved)}: Cognito keeps those words")
    return value


def _prefix_suggestion(value: str) -> str | None:
    cleaned = re.sub(r"[^a-z0-9-]+", "-", value.lower()).strip("-")[:63].strip("-")
    return f"write {cleaned}" if cleaned and cleaned != value else None


def _custom_domain(value: str) -> str:
    if not _HOST.fullmatch(value):
        raise refuse("domain-custom", "must be a lower-case host name of three parts or more, as in auth.example.com")
    return value


def _certificate_arn(value: str) -> str:
    match = _CERTIFICATE_ARN.fullmatch(value)
    if not match:
        raise refuse("certificate-arn", "must be the ARN of an ACM certificate")
    if value.startswith("arn:aws:") and match.group(1) != "us-east-1":
        rule = "must be a certificate in us-east-1, whatever the region of the pool: CloudFront serves the domain"
        raise refuse("certificate-region", rule, fix="request one there for the same name")
    return value


def _pool_id(value: str) -> str:
    if not _POOL_ID.fullmatch(value) or len(value) > 55:  # noqa: PLR2004 - UserPoolIdType in Cognito's API
        raise refuse("user-pool-id", "must be a user pool id, such as eu-west-1_AbCdEfGhI")
    return value


def _provider_name(value: str) -> str:
    if not _PROVIDER_NAME.fullmatch(value) or not value.isprintable():
        raise refuse(
            "provider-name",
            "must be 3 to 32 visible characters without white space; an underscore may only be the second character",
            fix=_provider_name_suggestion(value),
        )
    if value in _RESERVED_PROVIDERS:
        raise refuse("provider-name-reserved", "must not be the name of a provider that Cognito has itself")
    return value


def _provider_name_suggestion(value: str) -> str | None:
    cleaned = re.sub(r"[_\W]+", "-", value).strip("-")[:32].strip("-")
    return f"write {cleaned}" if _PROVIDER_NAME.fullmatch(cleaned) and cleaned != value else None


def _identifier(value: str) -> str:
    if not _IDENTIFIER.fullmatch(value):
        raise refuse(
            "identifier",
            "must be 1 to 40 letters, digits, spaces or _+=.@-, such as the domain of people's e-mail addresses",
        )
    return value


class Domain(SpecModel):
    """The user pool's domain: people's browsers and the directory send SAML messages to it."""

    prefix: Annotated[str, AfterValidator(_prefix), spelled(_PREFIX, "acme-portal")] | None = None
    """Prefix of a domain of Cognito's, unique in the region: 1 to 63 lower-case letters, digits or hyphens, without
    the words aws, amazon and cognito."""

    custom: Annotated[str, AfterValidator(_custom_domain), spelled(_HOST, "auth.example.com")] | None = None
    """A domain of your own; its parent must resolve, and *certificate_arn* is needed."""

    certificate_arn: (
        Annotated[
            str,
            AfterValidator(_certificate_arn),
            spelled(_CERTIFICATE_ARN, "arn:aws:acm:us-east-1:111122223333:certificate/12345678"),
        ]
        | None
    ) = None
    """ACM certificate of the domain of your own, in us-east-1."""

    existing: (
        Annotated[str, AfterValidator(_custom_domain), spelled(_HOST, "acme.auth.eu-west-1.amazoncognito.com")] | None
    ) = None
    """Host of a domain that the existing pool already has, as in `acme.auth.eu-west-1.amazoncognito.com`."""

    def rules(self) -> Iterator[Problem]:
        """Exactly one domain, and a certificate for one of your own."""
        given = [name for name in ("prefix", "custom", "existing") if getattr(self, name) is not None]
        if len(given) != 1:
            rule = "must have exactly one of prefix, custom and existing"
            yield Problem(code="domain-choice", rule=rule, given=" and ".join(given) or "none")
        if self.custom is not None and len(self.custom) > MAX_DOMAIN:
            rule = f"must be at most {MAX_DOMAIN} characters, which is all that Cognito takes"
            yield Problem(code="domain-custom", field="custom", rule=rule, given=f"{len(self.custom)} characters")
        if (self.custom is None) != (self.certificate_arn is None):
            rule = "must have custom and certificate_arn together"
            yield Problem(code="domain-certificate", rule=rule, given="only one of them")


class UserPool(SpecModel):
    """The user pool that trusts the directory."""

    id: Annotated[str, AfterValidator(_pool_id), spelled(_POOL_ID, "eu-west-1_AbCdEfGhI")] | None = None
    """An existing pool to use; its schema, triggers and protection stay as they are.  Default: a new pool."""

    domain: Domain
    """Where the pool is reached."""

    provider_name: Annotated[str, AfterValidator(_provider_name), spelled(_PROVIDER_NAME, "JumpCloud")] = "JumpCloud"
    """Name of the IdP in the pool: 3 to 32 characters; people's user names begin with it.  Another name replaces the
    provider, and people become new users.  Default: `JumpCloud`."""

    identifiers: Annotated[
        tuple[Annotated[Text, AfterValidator(_identifier), spelled(_IDENTIFIER, "people.example")], ...],
        Field(examples=[["people.example"]]),
    ] = ()
    """Names to choose the IdP by, usually e-mail domains: at most 50, each 1 to 40 characters.  Default: none."""

    attributes: Annotated[dict[str, Attribute], Field(json_schema_extra={"propertyNames": ATTRIBUTE_NAMES})] = {
        "email": Attribute(from_="email", required=True)
    }
    """Which pool attribute comes from where: attribute mapping, pool schema and the application's attributes all follow
    from it.  Default: `email` from the directory's `email`, required."""

    required_attributes: Annotated[tuple[Text, ...], Field(examples=[["email"]])] = ()
    """Attributes that an existing pool requires of everybody, so that it can be checked that each is mapped.  Default:
    those that *attributes* says are required."""

    groups: Groups | None = None
    """How groups reach the application.  Default: they are not sent."""

    sign_requests: Flag = False
    """Whether Cognito signs authentication requests (RSA-SHA256).  Default: not signed."""

    encrypt_responses: Flag = False
    """Whether Cognito accepts encrypted assertions only.  Default: signed, not encrypted."""

    sign_out: Flag = False
    """Whether signing out of the pool also signs out of the IdP (SAML single logout).  Default: of the pool only."""

    idp_initiated: Flag = False
    """Whether sign-in may begin at the IdP, with an assertion that nobody asked for.  The tile then posts one.
    Default: sign-in begins at Cognito (SP-initiated), which is safer."""

    feature_plan: Literal["lite", "essentials", "plus"] = "essentials"
    """Feature plan of a new pool.  Default: `essentials`, as Cognito's own."""

    removal_policy: Literal["retain", "destroy"] = "retain"
    """What happens to a new pool, and its users, when it leaves the stack.  Default: it is kept."""

    deletion_protection: Flag = True
    """Whether a new pool refuses to be deleted.  Default: it does, unless *removal_policy* is `destroy`."""

    def rules(self) -> list[Problem]:
        """What Cognito refuses between attributes, identifiers, domain and protection."""
        return [*self._attribute_rules(), *self._identifier_rules(), *self._pool_rules()]

    def _attribute_rules(self) -> list[Problem]:
        found: list[Problem] = []
        for name, attribute in self.attributes.items():
            path = field_path(("attributes", name))
            problem = check_attribute_name(name)
            if problem:
                found.append(problem.at(field=path))
            if attribute.required and (name.startswith(CUSTOM_PREFIX) or name.endswith("_verified")):
                rule = (
                    "must be false: Cognito can require standard attributes only, and none that says what is verified"
                )
                found.append(Problem(code="custom-required", field=f"{path}.required", rule=rule))
        for index, name in enumerate(self.required_attributes):
            if name not in self.attributes:
                found.append(
                    Problem(
                        code="required-unmapped",
                        field=f"required_attributes[{index}]",
                        rule=f"must be mapped: a person without {visible(name)} cannot be created at sign-in",
                        fix=f"add {visible(name)} to attributes",
                    )
                )
        custom = {name for name in self.attributes if name.startswith(CUSTOM_PREFIX)}
        custom |= {self.groups.stored_in} if self.groups else set()
        if len(custom) > MAX_CUSTOM_ATTRIBUTES:
            rule = f"must have at most {MAX_CUSTOM_ATTRIBUTES} custom attributes, with the one for groups"
            found.append(Problem(code="custom-attribute-count", field="attributes", rule=rule, given=str(len(custom))))
        if self.groups and self.groups.stored_in in self.attributes:
            found.append(
                Problem(
                    code="groups-attribute-twice",
                    field="groups",
                    rule=f"must not use {self.groups.stored_in}, which attributes maps to something else",
                )
            )
        return found

    def _identifier_rules(self) -> list[Problem]:
        found: list[Problem] = []
        if len(self.identifiers) > MAX_IDENTIFIERS:
            rule, given = f"must be at most {MAX_IDENTIFIERS}", str(len(self.identifiers))
            found.append(Problem(code="identifier-count", field="identifiers", rule=rule, given=given))
        found.extend(
            Problem(
                code="identifier-twice",
                field=f"identifiers[{index}]",
                rule="must be unique in the pool",
                given=shown(identifier),
            )
            for index, identifier in repeated(self.identifiers)
        )
        return found

    def _pool_rules(self) -> list[Problem]:
        found: list[Problem] = []
        if self.domain.existing is not None and self.id is None:
            found.append(
                Problem(
                    code="domain-of-new-pool",
                    field="domain.existing",
                    rule="must be left out for a new pool, which has no domain yet",
                    fix="write prefix or custom",
                )
            )
        if (
            self.removal_policy == "destroy"
            and self.deletion_protection
            and "deletion_protection" in self.model_fields_set
        ):
            found.append(
                Problem(
                    code="protection-and-destroy",
                    field="deletion_protection",
                    rule="must be false where removal_policy is destroy: Cognito would refuse the deletion",
                )
            )
        if self.groups and self.groups.to == GROUPS_CLAIM and self.id is not None:
            found.append(
                Problem(
                    code="groups-need-trigger",
                    field="groups.to",
                    rule="must be a custom attribute for an existing pool, whose triggers cannot be changed from here",
                    given=GROUPS_CLAIM,
                    fix=f"write to: {self.groups.attribute}, or pass the pool to the construct as user_pool=",
                )
            )
        return found

    @property
    def protected(self) -> bool:
        """Whether deletion protection is on."""
        return self.deletion_protection and self.removal_policy == "retain"
