"""Rules over domains of user pools with a SAML provider: the IdP posts its assertions there.

Not here: names of providers (`pool_name_rules.py`).
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, get_type_hints

from saml_connectors.checks.known_values import parts, text_of
from saml_connectors.checks.rule import Hit, Rule
from saml_connectors.checks.spec_values import SpecValue
from saml_connectors.checks.user_pools import BRANDING, CLIENT, DOMAIN, federated, interactive
from saml_connectors.endpoints import partition_of
from saml_connectors.spec.user_pool import _RESERVED_WORDS, MAX_DOMAIN, Domain

if TYPE_CHECKING:
    from collections.abc import Iterator

    from saml_connectors.checks.rule import Context
    from saml_connectors.checks.user_pools import Pool
    from saml_connectors.cloudformation import Resource, Template

_HINTS = get_type_hints(Domain, include_extras=True)
_PREFIX, _CERTIFICATE = SpecValue(_HINTS["prefix"]), SpecValue(_HINTS["certificate_arn"])
_GUIDE = "Amazon Cognito developer guide, Configuring a user pool domain"
_CUSTOM, _PATH = "CustomDomainConfig", "Properties.Domain"
_ACM, _CLOUDFRONT = "AWS::CertificateManager::Certificate", "us-east-1"
_IN_ACM = re.compile(r"arn:aws:acm:([a-z0-9-]+):")
_VERSION, _MANAGED = "ManagedLoginVersion", "2"


def _domains(template: Template) -> Iterator[tuple[Pool, Resource]]:
    for pool in federated(template):
        for domain in pool.of(DOMAIN):
            yield pool, domain


def _is_prefix(domain: Resource) -> bool:
    return not domain.has(_CUSTOM)


def _prefix(template: Template, _: Context) -> Iterator[Hit]:
    for _pool, domain in _domains(template):
        given = text_of(domain, "Domain")
        if given is None or not _is_prefix(domain) or any(word in given for word in _RESERVED_WORDS):
            continue
        broken = _PREFIX.broken(given)
        if broken is not None:
            fix = f"add {_CUSTOM} with the certificate of {given[:80]}" if "." in given else None
            yield Hit(resource=domain, path=_PATH, message=f"the prefix {broken}, got {given[:80]!r}", fix=fix)


def _reserved(template: Template, _: Context) -> Iterator[Hit]:
    for _pool, domain in _domains(template):
        pieces = [part for part in parts(domain.get("Domain")) if isinstance(part, str)]
        words = [word for word in _RESERVED_WORDS if any(word in piece for piece in pieces)]
        if words and _is_prefix(domain):
            message = f"the prefix contains {' and '.join(words)}: {'…'.join(pieces)[:80]!r}"
            yield Hit(resource=domain, path=_PATH, message=message)


def _too_long(template: Template, _: Context) -> Iterator[Hit]:
    for _pool, domain in _domains(template):
        given = text_of(domain, "Domain")
        if given is not None and len(given) > MAX_DOMAIN and domain.has(_CUSTOM):
            message = f"the domain is {len(given)} characters long, and Cognito takes at most {MAX_DOMAIN}"
            yield Hit(resource=domain, path=_PATH, message=message)


def _certificate(template: Template, _: Context) -> Iterator[Hit]:
    for _pool, domain in _domains(template):
        path = f"Properties.{_CUSTOM}.CertificateArn"
        given = text_of(domain, _CUSTOM, "CertificateArn")
        broken = None if given is None else _CERTIFICATE.broken(given)
        region = _region_of_certificate(domain)
        if broken is not None:
            message = f"the certificate of the domain {broken}, got {given!r:.200}"
            yield Hit(resource=domain, path=path, message=message)
        elif region not in {None, _CLOUDFRONT}:
            message = f"the certificate of the domain is one in {region}, not in {_CLOUDFRONT}"
            yield Hit(resource=domain, path=path, message=message)


def _region_of_certificate(domain: Resource) -> str | None:
    """Where a domain's certificate is, if that can be told of an ARN in pieces, or of a certificate of the template."""
    arn = (_CUSTOM, "CertificateArn")
    target = domain.target(*arn)
    if target is not None:
        here = target.type == _ACM and partition_of(domain.template.region or "") == "aws"
        return domain.template.region if here else None
    begin = next(iter(parts(domain.get(*arn))), None)
    found = _IN_ACM.match(begin) if isinstance(begin, str) else None
    return found[1] if found else None


def _several(template: Template, _: Context) -> Iterator[Hit]:
    for pool in federated(template):
        for kind, is_prefix in (("prefix", True), ("custom", False)):
            found = [each for each in pool.of(DOMAIN) if not each.is_conditional and _is_prefix(each) is is_prefix]
            for domain in found[1:]:
                message = f"the pool has the {kind} domain {found[0].logical_id} already"
                yield Hit(resource=domain, message=message)


def _missing(template: Template, _: Context) -> Iterator[Hit]:
    for pool in federated(template):
        if pool.is_whole and not pool.of(DOMAIN) and not pool.made_otherwise(pool.saml[0]):
            message = "its pool has no domain, at which people and the IdP could reach it"
            yield Hit(resource=pool.saml[0], message=message)


def _managed(template: Template) -> Iterator[tuple[Pool, Resource]]:
    for pool, domain in _domains(template):
        if text_of(domain, _VERSION) == _MANAGED:
            yield pool, domain


def _no_branding(template: Template, _: Context) -> Iterator[Hit]:
    for pool, domain in _managed(template):
        styled = [each.target("ClientId") for each in pool.of(BRANDING)]
        if None in styled or not pool.is_whole:
            continue
        for client in pool.of(CLIENT):
            if interactive(client) and client not in styled:
                message = f"{domain.logical_id} has managed login, and no AWS::Cognito::ManagedLoginBranding is of it"
                yield Hit(resource=client, message=message)


def _on_lite(template: Template, _: Context) -> Iterator[Hit]:
    for pool, domain in _managed(template):
        if pool.resource is not None and text_of(pool.resource, "UserPoolTier") == "LITE":
            message = "managed login needs the tier ESSENTIALS or PLUS, and the pool has LITE"
            yield Hit(resource=domain, path=f"Properties.{_VERSION}", message=message)


RULES: tuple[Rule, ...] = (
    Rule(
        code="domain-prefix",
        level="error",
        what="A domain prefix is 1 to 63 lower-case letters, digits or hyphens, and begins and ends with a letter or "
        "digit.",
        why="Cognito refuses others, and the deployment fails.",
        fix="choose another prefix; it must be the only one of that name in the region",
        source="Amazon Cognito API reference, CreateUserPoolDomain",
        find=_prefix,
    ),
    Rule(
        code="domain-reserved-word",
        level="error",
        what="A domain prefix does not contain aws, amazon or cognito.",
        why="Cognito keeps those words, and the deployment fails.",
        fix="choose another prefix",
        source=_GUIDE,
        find=_reserved,
    ),
    Rule(
        code="domain-too-long",
        level="error",
        what="A domain of your own is at most 63 characters long.",
        why="Cognito refuses longer ones, and the deployment fails.",
        fix="choose a shorter name",
        source="Amazon Cognito API reference, CreateUserPoolDomain",
        find=_too_long,
    ),
    Rule(
        code="domain-certificate",
        level="error",
        what="The certificate of a domain of your own is one of ACM in us-east-1.",
        why="CloudFront serves the domain, and takes certificates from there only, whatever the region of the pool.",
        fix="make the certificate in us-east-1, and give its ARN",
        source=_GUIDE,
        find=_certificate,
    ),
    Rule(
        code="domain-several",
        level="error",
        what="A pool has at most one prefix domain, and one of your own.",
        why="Cognito refuses the second one, and the deployment fails.",
        fix="leave one of them out",
        source=_GUIDE,
        find=_several,
    ),
    Rule(
        code="domain-missing",
        level="warning",
        what="A pool with a SAML provider has a domain.",
        why="People are sent there to sign in, and the IdP posts its assertions there: without one nobody signs in.",
        fix="add AWS::Cognito::UserPoolDomain",
        source=_GUIDE,
        find=_missing,
    ),
    Rule(
        code="domain-no-branding",
        level="warning",
        what="With managed login, each app client that people sign in with has an AWS::Cognito::ManagedLoginBranding.",
        why="An app client that CloudFormation makes has no style by itself, and its sign-in, sign-out and error pages "
        "do not work.",
        fix="add AWS::Cognito::ManagedLoginBranding with its ClientId and UseCognitoProvidedValues: true",
        source="Amazon Cognito API reference, CreateManagedLoginBranding",
        find=_no_branding,
    ),
    Rule(
        code="domain-managed-login-lite",
        level="error",
        what="A pool whose domain has ManagedLoginVersion 2 has the tier ESSENTIALS or PLUS.",
        why="Cognito refuses managed login on LITE, and the deployment fails.",
        fix="write ManagedLoginVersion: 1, or UserPoolTier: ESSENTIALS",
        source="Amazon Cognito API reference, CreateUserPoolDomain",
        find=_on_lite,
    ),
)
