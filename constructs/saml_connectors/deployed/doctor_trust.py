"""Check-up of what AWS believes of the directory: certificates, entity ID and SSO URL, at IAM and at Cognito.

IAM tells its document.  Whether Cognito tells the one that it was given is not documented; where it does not, what the
stack's outputs tell of the last deployment is compared.  Not here: sign-in itself (`doctor_sign_in.py`).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from saml_connectors.checks.known_values import known
from saml_connectors.checks.registrations import (
    Application,
    applications,
    consumers,
    read_role_value,
    sources,
)
from saml_connectors.cloudformation import Resource, Template
from saml_connectors.deployed.certificate_given import certificate_differs, signature
from saml_connectors.deployed.checkup import Checkup
from saml_connectors.deployed.deployment import Deployment
from saml_connectors.deployed.doctor_directory import Seen, judge_certificate
from saml_connectors.metadata import HTTP_POST, IdpMetadata, parse
from saml_connectors.provider.jumpcloud import contract
from saml_connectors.provider.jumpcloud.differences import Difference
from saml_connectors.provider.jumpcloud.verify import fingerprint_of, saml_facts
from saml_connectors.provisioning.aws import telling_of_aws

PROVIDER = "AWS::IAM::SAMLProvider"
_GIVE_AWS = "give AWS the application's: deploy a change to the application, such as of its description"
_PUT_BACK = "put the application's value back in the Admin Portal, or deploy a change to it, so that AWS is told"
_NOT_THERE = ("it is not there any more", "deploy it anew: remove it from the stack, deploy, and put it back")


def look(here: Deployment, seen: Sequence[Seen], checkup: Checkup) -> None:
    """Look at every identity provider that the stack has or offers roles of."""
    plain = Template(here.stack.template, name=here.stack.name, file=here.stack.name)
    asked: set[str] = set()
    fed = {each.logical_id: [one.logical_id for one in sources(each)] for each in consumers(plain)}
    for resource in here.of_type("AWS::Cognito::UserPoolIdentityProvider"):
        if resource.text("ProviderType") == "SAML":
            feeding = _feeding(fed.get(resource.logical_id, ()), seen)
            _cognito(resource, feeding, here, checkup)
            asked.update(each.resource.logical_id for each in feeding)
    providers = {here.physical_id(each): each.logical_id for each in here.of_type(PROVIDER)}
    for arn, logical_id in providers.items():
        feeding = _feeding(fed.get(logical_id, ()), seen)
        _iam(arn, logical_id, feeding, here, checkup)
        asked.update(each.resource.logical_id for each in feeding)
    for arn, offering in _offered(here, seen).items():
        if arn not in providers and f"::{here.stack.account}:" in arn:
            _iam(arn, arn.rpartition("/")[2], offering, here, checkup)
            asked.update(each.resource.logical_id for each in offering)
    for each in seen:
        if each.untold and each.resource.logical_id not in asked:
            why = "no output of the stack tells which certificate AWS was given, nor does the stack say whom to ask"
            checkup.unknown("trust", each.resource.logical_id, why)


def _feeding(logical_ids: Sequence[str], seen: Sequence[Seen]) -> list[Seen]:
    """The applications whose facts an identity provider's metadata is made of."""
    return [each for each in seen if each.resource.logical_id in logical_ids]


def _offered(here: Deployment, seen: Sequence[Seen]) -> Mapping[str, list[Seen]]:
    """SAML providers that Role values name, with the applications that send those."""
    found: dict[str, list[Seen]] = {}
    by_resource = {each.resource.logical_id: each for each in seen}
    for application in applications(here.template):
        one = by_resource.get(application.resource.logical_id)
        if one is None:
            continue
        for arn in dict.fromkeys(_providers(application)):
            found.setdefault(arn, []).append(one)
    return found


def _providers(application: Application) -> Iterator[str]:
    for _, _, value in application.role_values:
        arn = known(read_role_value(value)[1])
        if arn is not None:
            yield arn


def _iam(arn: str, of: str, feeding: Sequence[Seen], here: Deployment, checkup: Checkup) -> None:
    with checkup.step("idp-metadata", of):
        with telling_of_aws(f"reading SAML provider {arn}", NoSuchEntity=_NOT_THERE, NoSuchEntityException=_NOT_THERE):
            answer = here.client("iam").get_saml_provider(SAMLProviderArn=arn)
        metadata = parse(str(answer["SAMLMetadataDocument"]))
        checkup.ok("idp-metadata", of, f"IAM has a document of {metadata.entity_id}")
        _document(metadata, of, feeding, checkup, here.world.now())


def _cognito(resource: Resource, feeding: Sequence[Seen], here: Deployment, checkup: Checkup) -> None:
    of, pool = resource.logical_id, resource.text("UserPoolId")
    name = resource.text("ProviderName") or ""
    if pool is None:
        checkup.unknown("idp-metadata", of, "the id of its user pool is not known")
        return
    with checkup.step("idp-metadata", of):
        with telling_of_aws(f"reading identity provider {name!r} of pool {pool}", ResourceNotFoundException=_NOT_THERE):
            answer = here.client("cognito-idp").describe_identity_provider(UserPoolId=pool, ProviderName=name)
        details: Mapping[str, Any] = answer["IdentityProvider"].get("ProviderDetails", {})
        sso_url = details.get("SSORedirectBindingURI")
        if details.get("MetadataFile"):
            checkup.ok("idp-metadata", of, "Cognito tells the document that it has")
            _document(parse(str(details["MetadataFile"])), of, feeding, checkup, here.world.now())
        elif details.get("MetadataURL"):
            checkup.unknown("idp-metadata", of, f"Cognito reads {details['MetadataURL']} itself, every six hours")
        else:
            checkup.unknown("idp-metadata", of, "Cognito does not tell the document that it was given")
            for each in feeding:
                _as_deployed(each, of, here, checkup)
        for each in feeding:
            if each.live is not None and isinstance(sso_url, str):
                _equal(checkup, "sso-url", of, ("Cognito sends people to", sso_url), each.live.sso_url)


def _as_deployed(each: Seen, of: str, here: Deployment, checkup: Checkup) -> None:
    """Whether an application signs with what it signed with when AWS was last told."""
    if each.live is None:
        checkup.skipped("trust", of, "the application is gone, or cannot be read")
        return
    found = certificate_differs(each.resource, each.live, here)
    if isinstance(found, Difference):
        seen = f"AWS was given {found.desired}; {each.live} signs with {found.live}: nobody can sign in"
        checkup.wrong("trust", of, seen, _GIVE_AWS)
    elif found is not None:
        checkup.unknown("trust", of, "no output of the stack tells which certificate Cognito was given")
    else:
        checkup.ok("trust", of, f"{each.live} signs with what it signed with when Cognito was told")


def _document(metadata: IdpMetadata, of: str, feeding: Sequence[Seen], checkup: Checkup, now: datetime) -> None:
    """Whether a document that AWS has says of the applications what is so."""
    trusted = {each.sha256 for each in metadata.certificates}
    if not feeding:  # of somebody else, whom nobody here can ask
        for certificate in metadata.certificates:
            judge_certificate(checkup, "trusted-certificate", of, certificate, now)
    there = [each.live for each in feeding if each.live is not None]
    for _ in range(len(feeding) - len(there)):
        checkup.skipped("trust", of, "the application is gone, or cannot be read")
    for live in there:
        signs = fingerprint_of(live)
        shown = ", ".join(map(signature, sorted(trusted)))
        wrong = f"{live} signs with {signature(signs)}, and AWS trusts {shown}: nobody can sign in"
        checkup.judge(
            "trust",
            of,
            f"{live} signs with {signature(signs)}, which AWS trusts",
            None if signs in trusted else wrong,
            _GIVE_AWS,
        )
        entity_id = saml_facts(live)[0][contract.IDP_ENTITY_ID]
        _equal(checkup, "idp-entity-id", of, ("AWS expects assertions of", metadata.entity_id), entity_id)
    urls = {metadata.sso_url(), metadata.sso_url(HTTP_POST)} - {None}
    if there and not any(live.sso_url in urls for live in there):
        seen = f"AWS knows {', '.join(sorted(filter(None, urls)))}, and the application is at {there[0].sso_url}"
        checkup.wrong("sso-url", of, seen, _PUT_BACK)
    elif there:
        checkup.ok("sso-url", of, f"AWS knows {there[0].sso_url}")


def _equal(checkup: Checkup, step: str, of: str, told: tuple[str, str], live: str) -> None:
    doing, value = told
    wrong = None if value == live else f"{doing} {value}, and the application says {live}"
    checkup.judge(step, of, f"{doing} {value}, as the application says", wrong, _PUT_BACK)
