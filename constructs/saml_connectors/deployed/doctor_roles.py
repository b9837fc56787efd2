"""Check-up of the roles that applications offer: each exists, trusts the provider, for the right address, long enough.

Trust policies are read as the rules of `saml-connectors check` read them.  Not here: what the roles may do.
"""

from __future__ import annotations

import fnmatch
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from saml_connectors import aws_sign_in
from saml_connectors.checks.known_values import known
from saml_connectors.checks.registrations import Application, applications, read_role_value
from saml_connectors.checks.saml_trusts import ASSUME_WITH_SAML, AUDIENCE, Statement, Trust, trusts
from saml_connectors.cloudformation import Template
from saml_connectors.deployed.checkup import Checkup
from saml_connectors.deployed.deployment import Deployment
from saml_connectors.deployed.doctor_directory import Seen
from saml_connectors.provider.jumpcloud.desired import CONSTANT_ATTRIBUTES, DATABASE_ATTRIBUTES
from saml_connectors.provider.jumpcloud.live import Live
from saml_connectors.provider.jumpcloud.plan import only_acs_url
from saml_connectors.provisioning.aws import telling_of_aws

_EXACT = frozenset({"stringequals", "stringequalsignorecase"})
_PATTERN = "stringlike"
_GONE = ("there is no such role", "deploy it anew, or take the role out of the spec")
_TRUST = "put its trust policy right: `saml-connectors check` knows the rules, and a deployed change writes it"
_DEFAULT_SECONDS = 3600
_ARN_PARTS = 6


class Sent(NamedTuple):
    """What an application says of the sessions that people get by it."""

    acs_url: str
    tags: bool
    source_identity: bool
    seconds: int | None

    @classmethod
    def of(cls, live: Live) -> Sent:
        """As the directory has it now."""
        rows = [row for key in (CONSTANT_ATTRIBUTES, DATABASE_ATTRIBUTES) for row in live.config_value(key) or ()]
        values = {str(row.get("name")): str(row.get("value")) for row in rows if isinstance(row, dict)}
        seconds = values.get(aws_sign_in.SESSION_DURATION, "")
        return cls(
            only_acs_url(str(live.config_value("acsUrl") or "")),
            tags=any(name.startswith(aws_sign_in.principal_tag("")) for name in values),
            source_identity=aws_sign_in.SOURCE_IDENTITY in values,
            seconds=int(seconds) if seconds.isdecimal() else None,
        )


def look(here: Deployment, seen: Sequence[Seen], checkup: Checkup) -> None:
    """Look at every role that an application of the stack offers."""
    by_resource = {each.resource.logical_id: each.live for each in seen}
    for application in applications(here.template):
        if application.resource.logical_id not in here.stack.physical_ids:
            continue
        live = by_resource.get(application.resource.logical_id)
        for role, provider in dict.fromkeys(_offered(application, checkup)):
            if live is None:
                checkup.skipped("role", role, "the application is gone, or cannot be read")
            else:
                _role(role, provider, Sent.of(live), here, checkup)


def _offered(application: Application, checkup: Checkup) -> Iterator[tuple[str, str]]:
    for resource, path, value in application.role_values:
        role, provider = (known(each) for each in read_role_value(value))
        if role is None or provider is None:
            checkup.unknown("role", resource.logical_id, f"{path} is not known, or no role and provider")
        else:
            yield role, provider


def _role(arn: str, provider: str, sent: Sent, here: Deployment, checkup: Checkup) -> None:
    parts = arn.split(":", _ARN_PARTS - 1)
    name = parts[-1].rpartition("/")[2]
    if len(parts) < _ARN_PARTS or parts[4] != here.stack.account:
        advice = "run it for the stack of that account" if len(parts) == _ARN_PARTS else "correct the role's ARN"
        checkup.unknown("role", arn, "it is in another account, which is not asked", advice)
        return
    with checkup.step("role", name):
        with telling_of_aws(f"reading role {name}", NoSuchEntity=_GONE, NoSuchEntityException=_GONE):
            role: Mapping[str, Any] = here.client("iam").get_role(RoleName=name)["Role"]
        if role["Arn"] != arn:
            advice = "correct the role's path in the spec"
            checkup.wrong("role", name, f"it is {role['Arn']}, and people are sent to {arn}", advice)
            return
        checkup.ok("role", name, f"{arn} is there")
        _trust(role, provider, sent, here, checkup)
        longest = int(role.get("MaxSessionDuration") or _DEFAULT_SECONDS)
        if sent.seconds is not None:
            wrong = f"sessions of {sent.seconds:,} seconds are asked for, and it allows {longest:,}"
            advice = "raise its maximum, or shorten session_duration; nobody gets a session until then"
            fits = None if sent.seconds <= longest else wrong
            checkup.judge("role-session", name, f"it allows sessions of {longest:,} seconds", fits, advice)


def _trust(role: Mapping[str, Any], provider: str, sent: Sent, here: Deployment, checkup: Checkup) -> None:
    name = str(role["RoleName"])
    found = [each for each in _read(role, here) if _names(each, provider)]
    assuming = [each for each in found if each.may(ASSUME_WITH_SAML)]
    if not assuming:
        seen = f"it does not let people of {provider} assume it with sts:AssumeRoleWithSAML"
        checkup.wrong("role-trust", name, seen, _TRUST)
        return
    checkup.ok("role-trust", name, f"it trusts {provider}")
    wrongs = [_wrong_audience(each, sent.acs_url) for each in assuming]
    wrong = None if None in wrongs else wrongs[0]
    checkup.judge("role-audience", name, f"it takes assertions for {sent.acs_url}", wrong, _TRUST)
    for needed, action, what in (
        (sent.tags, "sts:TagSession", "session tags are"),
        (sent.source_identity, "sts:SetSourceIdentity", "a source identity is"),
    ):
        if needed:
            allowed = any(each.may(action) for each in found)
            wrong = None if allowed else f"{what} sent, and it does not allow {action}: nobody gets a session"
            checkup.judge("role-tags", name, f"it allows {action}", wrong, _TRUST)


def _read(role: Mapping[str, Any], here: Deployment) -> list[Statement]:
    """The statements of a live trust policy that allow something."""
    properties = {"AssumeRolePolicyDocument": role.get("AssumeRolePolicyDocument")}
    data = {"Resources": {"Role": {"Type": "AWS::IAM::Role", "Properties": properties}}}
    stack = here.stack
    template = Template(data, name="role", file="role", region=stack.region, account=stack.account)
    read: list[Trust] = trusts(template)
    return [statement for trust in read for statement in trust.statements]


def _names(statement: Statement, provider: str) -> bool:
    return any(known(each) == provider for each in statement.principals.get("Federated", ()))


def _wrong_audience(statement: Statement, acs_url: str) -> str | None:
    """What keeps an assertion for *acs_url* out, or lets those for every other address in."""
    tests = statement.of(AUDIENCE)
    if not tests:
        return "it takes assertions for whatever address: there is no condition on SAML:aud"
    for test in tests:
        values = test.known or []
        exact = test.bare in _EXACT and acs_url in values
        like = test.bare == _PATTERN and any(fnmatch.fnmatchcase(acs_url, each.replace("[", "[[]")) for each in values)
        if not (exact or like):
            return f"it takes assertions for {', '.join(values)} ({test.operator}), and people are sent to {acs_url}"
    return None
