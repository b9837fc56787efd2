"""Rules between an application in the directory and the AWS side that trusts it: addresses, certificates, order.

Not here: who may use it, and how the directory is reached (`registration_rules.py`).
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from saml_connectors.aws_sign_in import SIGN_IN
from saml_connectors.checks.known_values import known, text_of
from saml_connectors.checks.known_values import parts as parts_of
from saml_connectors.checks.registrations import (
    IDP,
    Application,
    applications,
    consumers,
    metadata_parts,
    read_role_value,
    role_made,
    sources,
)
from saml_connectors.checks.rule import Context, Hit, Rule
from saml_connectors.checks.saml_trusts import AUDIENCE, PROVIDER, federated_with, says_all
from saml_connectors.cloudformation import Resource, Template
from saml_connectors.cloudformation.intrinsics import Reference
from saml_connectors.provider.jumpcloud import contract
from saml_connectors.spec.findings import shown

_COGNITO = "urn:amazon:cognito:sp:"
_POOL, _DOMAIN, _CLIENT = "AWS::Cognito::UserPool", "AWS::Cognito::UserPoolDomain", "AWS::Cognito::UserPoolClient"


def _entity_ids(template: Template, _: Context) -> Iterator[Hit]:
    aws = {each.sp_entity_id for each in SIGN_IN.values()}
    for application in applications(template):
        given, path = parts_of(application.resource.get(contract.SP_ENTITY_ID)), f"Properties.{contract.SP_ENTITY_ID}"
        for one in application.consumers if given else ():
            pool = parts_of(one.get("UserPoolId"))
            plain, made = known(application.resource.get(contract.SP_ENTITY_ID)), one.target("UserPoolId")
            here = made.logical_id if plain is not None and made is not None and made.type == _POOL else None
            if one.type == IDP and (here or _differ(given, (_COGNITO, *pool))):
                message = f"the entity ID is not {_COGNITO}<id of the user pool> of {one.logical_id}"
                fix = f'write !Sub "{_COGNITO}${{{here}}}": the template makes the pool' if here else None
                yield Hit(resource=application.resource, path=path, message=message, fix=fix)
            if one.type == PROVIDER and plain is not None and plain not in aws:
                message = f"the entity ID is {shown(plain)}, and sign-in to AWS has {' or '.join(sorted(aws))}"
                yield Hit(resource=application.resource, path=path, message=message)


def _differ(given: tuple[Any, ...], wanted: tuple[Any, ...]) -> bool:
    """Whether two texts are certain to be different: both known, or made of references to different user pools."""
    plain = [each for each in (given, wanted) if all(isinstance(part, str) for part in each)]
    if len(plain) == len((given, wanted)):
        return "".join(given) != "".join(wanted)
    if not given or not isinstance(given[0], str):
        return False
    if not (given[0].startswith(_COGNITO) or _COGNITO.startswith(given[0])):
        return True
    ours, theirs = ({part.logical_id for part in each if isinstance(part, Reference)} for each in (given, wanted))
    return bool(ours) and bool(theirs) and ours != theirs


def _pool_addresses(template: Template, _: Context) -> Iterator[Hit]:
    for application in applications(template):
        entity_id = parts_of(application.resource.get(contract.SP_ENTITY_ID))
        pools = {part.logical_id for part in entity_id if isinstance(part, Reference)}
        if not entity_id or not str(entity_id[0]).startswith(_COGNITO) or not pools:
            continue
        domains = [each for each in template.of_type(_DOMAIN) if _pool_of(each) in pools]
        for resource, parts in _acs_urls(application):
            wrong = _not_of_domain(parts, domains)
            if wrong is not None:
                yield Hit(resource=resource, path=f"Properties.{contract.ACS_URL}", message=wrong)


def _pool_of(domain: Resource) -> str | None:
    pool = domain.target("UserPoolId")
    return pool.logical_id if pool is not None else None


def _acs_urls(application: Application) -> Iterator[tuple[Resource, tuple[Any, ...]]]:
    """Where responses are posted, as the application says it, and what it opens."""
    launches = [
        each
        for each in application.resource.template.of_type(contract.LAUNCH)
        if each.target(contract.APPLICATION_ID) is application.resource
    ]
    for resource in (application.resource, *launches):
        parts = parts_of(resource.get(contract.ACS_URL))
        if parts:
            yield resource, parts


def _not_of_domain(parts: tuple[Any, ...], domains: list[Resource]) -> str | None:
    if isinstance(parts[-1], str) and "/" in parts[-1] and not parts[-1].endswith("/saml2/idpresponse"):
        return "the ACS URL does not end in /saml2/idpresponse, which is where the user pool takes responses"
    named = {text_of(domain, "Domain") for domain in domains}
    begins = _resolved(parts, domains)
    if not domains or None in named or not isinstance(begins, str) or not begins.startswith("https://"):
        return None
    host = begins.removeprefix("https://")
    if "." not in host and "/" not in host:
        return None
    if any(host.startswith((f"{name}.", f"{name}/")) for name in named):
        return None
    there = ", ".join(sorted(shown(name) for name in named))
    return f"the ACS URL is of {shown(host.partition('/')[0].partition('.')[0])}, and the user pool's domain is {there}"


def _resolved(parts: tuple[Any, ...], domains: list[Resource]) -> str | None:
    """What an address begins with, where the reference in it is to a domain that is known."""
    names = {domain.logical_id: text_of(domain, "Domain") for domain in domains}
    begins = ""
    for part in parts:
        text = names.get(part.logical_id) if isinstance(part, Reference) else part
        if not isinstance(text, str):
            break
        begins += text
    return begins or None


def _audiences(template: Template, _: Context) -> Iterator[Hit]:
    for application in applications(template):
        for resource, parts in _acs_urls(application) if application.is_for_aws else ():
            url = "".join(parts) if all(isinstance(part, str) for part in parts) else None
            for trust in application.roles if url is not None else ():
                tests = [test for one in trust.federated for test in one.of(AUDIENCE)]
                values = [test.known for test in tests]
                plain = all(test.bare == "stringequals" for test in tests)
                if not tests or not plain or None in values or any(url in (each or ()) for each in values):
                    continue
                message = f"responses are posted to {shown(url)}, and {trust.role.logical_id} does not take those: "
                message += ", ".join(shown(value) for each in values for value in each or ())
                yield Hit(resource=resource, path=f"Properties.{contract.ACS_URL}", message=message)


def _untrusted(template: Template, _: Context) -> Iterator[Hit]:
    by_resource = {one.resource.logical_id: one for one in applications(template)}
    for application in by_resource.values():
        shared = application.resource.target(contract.IDP_ENTITY_ID)
        first = by_resource.get(shared.logical_id) if shared is not None else None
        for one in first.consumers if first is not None and first is not application else ():
            if not _trusts(one, application.resource):
                message = f"{one.logical_id} trusts applications of this entity ID, and not this one's certificate"
                yield Hit(resource=application.resource, path=f"Properties.{contract.IDP_ENTITY_ID}", message=message)


def _trusts(consumer: Resource, application: Resource) -> bool:
    """Whether the metadata has the application's certificate, or certificates that it may sign with."""
    return any(
        isinstance(part, Reference)
        and part.attribute == contract.CERTIFICATE
        and (part.logical_id == application.logical_id or _is_pair(consumer.template.resources[part.logical_id]))
        for part in metadata_parts(consumer)
    )


def _is_pair(resource: Resource) -> bool:
    return resource.type == contract.SIGNING_CERTIFICATE


def _certificate_elsewhere(template: Template, _: Context) -> Iterator[Hit]:
    for one in consumers(template):
        named = [each for each in sources(one) if each.type == contract.APPLICATION]
        if named and not any(_trusts(one, each) for each in named):
            message = f"takes the address of {named[0].logical_id}, and its certificate from elsewhere"
            yield Hit(resource=one, message=message)


def _unread(template: Template, context: Context) -> Iterator[Hit]:
    elsewhere = any(each.of_type(contract.LOOKUP) or not says_all(each) for each in context.assembly.templates)
    for application in applications(template):
        resource = application.resource
        if elsewhere or application.is_bookmark or application.consumers or _is_read(resource):
            continue
        if resource.target(contract.IDP_ENTITY_ID) is not None:
            continue  # another application's metadata is to trust it too
        entity_id = parts_of(resource.get(contract.SP_ENTITY_ID))
        pools = [template.resources[part.logical_id] for part in entity_id if isinstance(part, Reference)]
        rivals = [one for one in consumers(template) if one.type == (IDP if pools else PROVIDER)]
        if rivals and (any(pool.type == _POOL for pool in pools) or application.is_for_aws):
            message = f"nothing reads its certificate: {rivals[0].logical_id} has metadata from elsewhere"
            yield Hit(resource=resource, message=message)


def _is_read(application: Resource) -> bool:
    """Whether something of the template, or an output, hands on what the application tells of itself."""
    template = application.template
    outputs = (part for value in template.outputs.values() for part in parts_of(value))
    if any(isinstance(part, Reference) and part.logical_id == application.logical_id for part in outputs):
        return True
    others = (each for each in template.resources.values() if each.type not in contract.TYPES)
    return any(application.logical_id in each.references for each in others)


def _early(template: Template, _: Context) -> Iterator[Hit]:
    by_resource = {one.resource.logical_id: one for one in applications(template)}
    for access in template.of_type(contract.ACCESS):
        target = access.target(contract.APPLICATION_ID)
        application = by_resource.get(target.logical_id) if target is not None else None
        for one in _needed(application) if application is not None else ():
            if not access.comes_after(one):
                message = f"groups may see the application before {one.logical_id} is there"
                yield Hit(resource=access, message=message, fix=f"write DependsOn: {one.logical_id}")
                break


def _needed(application: Application) -> list[Resource]:
    """What must be there before people can sign in: identity providers, app clients, roles."""
    template = application.resource.template
    found: dict[str, Resource] = {}
    for one in application.consumers:
        found[one.logical_id] = one
        clients = [each for each in template.of_type(_CLIENT) if one.logical_id in each.references]
        roles = [trust.role for trust in federated_with(one)] if one.type == PROVIDER else []
        found |= {each.logical_id: each for each in (*clients, *roles)}
    for _, _, value in application.role_values:
        role = role_made(read_role_value(value)[0], template)
        if role is not None:
            found[role.logical_id] = role
    return list(found.values())


_COGNITO_GUIDE = "Amazon Cognito Developer Guide, Using SAML identity providers with a user pool"
_IAM_GUIDE = "IAM User Guide, Configure your SAML IdP with relying party trust"

RULES: tuple[Rule, ...] = (
    Rule(
        code="application-entity-id",
        level="error",
        what="The service provider's entity ID in the directory is that of the AWS side that trusts the application.",
        why="AWS refuses every assertion, because its audience is somebody else.",
        fix=f"write {_COGNITO}<id of the user pool>, or urn:amazon:webservices",
        source=_COGNITO_GUIDE,
        find=_entity_ids,
    ),
    Rule(
        code="application-acs",
        level="error",
        what="The ACS URL in the directory is that of the user pool's domain.",
        why="The directory posts responses where the user pool does not take them, so nobody can sign in.",
        fix="write https://<domain>/saml2/idpresponse",
        source=_COGNITO_GUIDE,
        find=_pool_addresses,
    ),
    Rule(
        code="application-acs-audience",
        level="error",
        what="The roles that an application offers take assertions for its ACS URL.",
        why="SAML:aud is the assertion's recipient, which is the ACS URL: AWS refuses the sign-in.",
        fix="name the ACS URL in the trust policies too",
        source=_IAM_GUIDE,
        find=_audiences,
    ),
    Rule(
        code="application-untrusted",
        level="error",
        what="Where applications share an entity ID, the provider trusts the certificate of each.",
        why="Whoever signs in through the other application is refused: AWS does not know the key of its signature.",
        fix="add a KeyDescriptor with its certificate to the metadata",
        source="IAM User Guide, Create a SAML identity provider",
        find=_untrusted,
    ),
    Rule(
        code="application-certificate-elsewhere",
        level="warning",
        what="Metadata that names an application has the certificate that it signs with.",
        why="The directory makes the certificate with the application: another one fits until it is made anew.",
        fix="take the certificate from the application: !GetAtt <application>.Certificate",
        source="docs/provider.md",
        find=_certificate_elsewhere,
    ),
    Rule(
        code="application-unread",
        level="warning",
        what="The metadata on the AWS side comes from the application that the template registers.",
        why="AWS trusts something else, and people who open the application's tile are refused.",
        fix="assemble the metadata from SsoUrl, IdpEntityId and Certificate of the application",
        source="docs/provider.md",
        find=_unread,
    ),
    Rule(
        code="access-early",
        level="warning",
        what="Groups see an application once everything is there that signing in needs.",
        why="People see a tile that does not work yet, and that stays if the deployment fails.",
        fix="let the access depend on identity provider, app clients and roles",
        source="docs/provider.md",
        find=_early,
    ),
)
