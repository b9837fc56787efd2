"""What the commands do, from a spec's file to a report: opens both sides, and lets the judgements look at them.

Not here: options and printing, which are the command line's, and any judgement.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from saml_connectors.problems import Problem, SpecError
from saml_connectors.provider.jumpcloud.credentials import FORMS
from saml_connectors.provider.jumpcloud.deadline import Deadline
from saml_connectors.provider.jumpcloud.journal import Redactor
from saml_connectors.provider.jumpcloud.retry import Caller
from saml_connectors.provider.jumpcloud.transport import HttpsTransport, Request, Response, Transport
from saml_connectors.provisioning import aws, check, idp_metadata
from saml_connectors.provisioning.directory_people import DirectoryPeople
from saml_connectors.provisioning.directory_sign_in import key_in, sign_in, silent
from saml_connectors.provisioning.identity_store import IdentityStore
from saml_connectors.provisioning.people import DirectorySide, Group, Person
from saml_connectors.provisioning.preflight import preflight
from saml_connectors.provisioning.report import Report, collect
from saml_connectors.provisioning.trouble import Trouble
from saml_connectors.provisioning.verify import verify
from saml_connectors.spec.findings import shown
from saml_connectors.spec.identity_center import IdentityCenterSpec
from saml_connectors.spec.loading import load, with_directory_api

STACK_PREFIX = "saml-connector-"
"""What the stack of a connector is called, before the connector's name."""

APPLICATION_ID = "ApplicationId"
"""The stack's output that holds the application's id in the directory."""

CHECK_SECONDS = 60.0


@dataclass(frozen=True, slots=True)
class World:
    """Everything outside this process, so that tests can put something else in its place."""

    transport: Transport = field(default_factory=HttpsTransport)
    client: Callable[[str, str | None], Any] = aws.client
    environment: Mapping[str, str] = field(default_factory=lambda: os.environ)
    sleep: Callable[[float], None] = time.sleep
    now: Callable[[], datetime] = lambda: datetime.now(UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """What the options say."""

    spec: str
    stack: str | None = None
    application: str | None = None
    directory_api_url: str | None = None
    with_aws: bool = True


class _Counting:
    """A transport that counts."""

    def __init__(self, transport: Transport) -> None:
        self.calls = 0
        self._transport = transport

    def exchange(self, request: Request, deadline: Deadline) -> Response:
        """Hand one request on."""
        self.calls += 1
        return self._transport.exchange(request, deadline)


class _Counted:
    """The directory, with what was read of it counted."""

    def __init__(self, directory: DirectorySide) -> None:
        self.read_people = self.read_groups = 0
        self._directory = directory

    def groups(self) -> list[Group]:
        """As the directory's."""
        found = self._directory.groups()
        self.read_groups = len(found)
        return found

    def members(self, group_id: str) -> Iterator[str]:
        """As the directory's."""
        return self._directory.members(group_id)

    def people(self) -> Iterator[Person]:
        """As the directory's."""
        for person in self._directory.people():
            self.read_people += 1
            yield person


def run_preflight(choice: Choice, world: World) -> Report:
    """`scim preflight`."""
    return _compare(choice, world, preflight)


def run_verify(choice: Choice, world: World) -> Report:
    """`scim verify`."""

    def judge(spec: IdentityCenterSpec, here: DirectorySide, there: IdentityStore | None) -> Iterator[Problem]:
        assert there is not None  # only a preflight leaves AWS out
        return verify(spec, here, there)

    return _compare(choice, world, judge)


def run_check(choice: Choice, world: World) -> Report:
    """`scim check`."""
    report = Report()
    with _told_in(report):
        spec = _spec(choice, world)
        if spec.scim is None:
            rule = "must be given, or there is no endpoint to check"
            raise Trouble(Problem(code="scim-none", field="scim", rule=rule))
        collect(check.expiry_findings(spec.scim, world.now().date()), report)
        secret = spec.scim.token
        text = _secret(world, secret, spec, field="scim.token", forms="the token as plain text, on one line")
        deadline = Deadline(CHECK_SECONDS)
        caller = Caller(world.transport, silent(Redactor()), sleep=world.sleep)
        collect(check.check_endpoint(spec.scim, check.read_token(text), caller, deadline), report)
    return _placed(report, choice)


def run_metadata(stack: str, file: str | None, region: str | None, world: World) -> tuple[str, list[Problem]]:
    """`metadata`: the document, and what the console may say to it.

    Raises:
        Trouble: There is no document.
    """
    if file is not None:
        outputs = idp_metadata.outputs_of_file(file, stack)
    else:
        outputs = aws.stack_outputs(aws.formation_of(world.client, region), stack)
    return idp_metadata.idp_metadata(outputs, stack), idp_metadata.concerns(outputs, world.now())


def _compare(
    choice: Choice,
    world: World,
    judge: Callable[[IdentityCenterSpec, DirectorySide, IdentityStore | None], Iterator[Problem]],
) -> Report:
    report = Report()
    counting = _Counting(world.transport)
    with _told_in(report):
        spec = _spec(choice, world)
        directory = _Counted(_directory(spec, choice, world, counting))
        store = _store(spec, world) if choice.with_aws else None
        try:
            collect(judge(spec, directory, store), report)
        finally:
            report.read = {"people": directory.read_people, "groups": directory.read_groups}
            report.read["directory_calls"] = counting.calls
            if store is not None:
                report.read["aws_calls"] = store.calls
    return _placed(report, choice)


@contextmanager
def _told_in(report: Report) -> Iterator[None]:
    """What ends the work early is a finding like any other."""
    try:
        yield
    except Trouble as trouble:
        report.problems.append(trouble.problem)
    except SpecError as error:
        report.problems.extend(error.problems)


def _placed(report: Report, choice: Choice) -> Report:
    """Findings about the spec name its file; those about people and groups have none."""
    report.problems = [
        problem.at(file=choice.spec) if problem.file is None and _is_of_the_spec(problem.field) else problem
        for problem in report.problems
    ]
    return report


def _is_of_the_spec(field: str) -> bool:
    head = field.partition(".")[0].partition("[")[0]
    return head in IdentityCenterSpec.model_fields


def _spec(choice: Choice, world: World) -> IdentityCenterSpec:
    """The one connector of kind identity-center in the file or folder."""
    specs = load([choice.spec], now=world.now()).raise_if_any()
    found = [spec for spec in specs if isinstance(spec, IdentityCenterSpec)]
    if len(found) != 1:
        names = ", ".join(spec.name for spec in found) or "none"
        rule = "must hold one connector of kind identity-center"
        raise Trouble(Problem(code="scim-spec", file=choice.spec, rule=rule, given=names, fix="name its file"))
    if choice.directory_api_url is None:
        return found[0]
    spec = with_directory_api(found[0], choice.directory_api_url)
    assert isinstance(spec, IdentityCenterSpec)  # the same spec, but for addresses
    return spec


def _directory(spec: IdentityCenterSpec, choice: Choice, world: World, transport: Transport) -> DirectoryPeople:
    application = choice.application or _application(spec, choice, world)
    text = _directory_secret(spec, choice, world)
    signed_in = sign_in(spec.directory, text, transport, world.sleep)
    return DirectoryPeople(
        *signed_in,
        application_id=application,
        group_names=spec.application.groups,
        properties=[each.from_ for each in spec.attributes.values() if each.from_ is not None],
    )


def _directory_secret(spec: IdentityCenterSpec, choice: Choice, world: World) -> str:
    if choice.with_aws:
        return _secret(world, spec.directory.credentials, spec, field="directory.credentials", forms=FORMS)
    return key_in(world.environment, "where AWS is left out")


def _application(spec: IdentityCenterSpec, choice: Choice, world: World) -> str:
    """The application's id, as the stack tells it."""
    stack = choice.stack or f"{STACK_PREFIX}{spec.name}"
    outputs = aws.stack_outputs(world.client("cloudformation", spec.aws.region), stack)
    if not outputs.get(APPLICATION_ID):
        rule = f"must have the output {APPLICATION_ID}, and stack {shown(stack)} has none"
        fix = "name the connector's stack with --stack, or its application with --application"
        raise Trouble(Problem(code="stack-outputs", field="application", rule=rule, fix=fix))
    return outputs[APPLICATION_ID]


def _store(spec: IdentityCenterSpec, world: World) -> IdentityStore:
    paths = [each.path for each in spec.attributes.values() if each.path is not None]
    client = world.client("identitystore", spec.aws.region)
    return IdentityStore(client, spec.instance.identity_store_id, paths=paths)


def _secret(world: World, secret: str, spec: IdentityCenterSpec, *, field: str, forms: str) -> str:
    client = world.client("secretsmanager", aws.region_of(secret) or spec.aws.region)
    return aws.read_secret(client, secret, field=field, forms=forms)
