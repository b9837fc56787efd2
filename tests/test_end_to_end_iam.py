"""IAM connectors on the sandbox: groups become roles, and roles limit what people may do; in two accounts too.

What these tests prove, they prove of our configuration and of an emulator with our own checks; not of AWS or JumpCloud.
"""

from __future__ import annotations

from collections import Counter
from contextlib import closing
from typing import TYPE_CHECKING, Any

import pytest
import yaml
from botocore.exceptions import ClientError  # type: ignore[import-untyped]

from sandbox.directory.state import EXAMPLE_PASSWORD
from sandbox.person import Person, PersonError
from sandbox.session import Sandbox

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from sandbox.aws_session import AwsSession

pytestmark = pytest.mark.e2e

STACK = "saml-connector-console"
LIST = {"Statement": [{"Effect": "Allow", "Action": ["iam:ListUsers", "iam:ListRoles"], "Resource": "*"}]}
BUCKETS = {"Statement": [{"Effect": "Allow", "Action": "s3:ListAllMyBuckets", "Resource": "*"}]}
OWN_DEPARTMENT = {
    "Statement": [
        {
            "Effect": "Allow",
            "Action": "ssm:GetParameter",
            "Resource": "arn:aws:ssm:*:*:parameter/${aws:PrincipalTag/Department}/*",
        }
    ]
}
CONSOLE: dict[str, Any] = {
    "kind": "iam",
    "name": "console",
    "aws": {"account": "000000000000", "region": "us-east-1"},
    "directory": {"credentials": "jumpcloud/api-key"},
    "application": {
        "display_label": "AWS console",
        "default_relay_state": "https://us-east-1.console.aws.amazon.com/s3/home",
    },
    "roles": {
        "Engineer": {"inline_policies": {"buckets": BUCKETS, "own": OWN_DEPARTMENT}, "session_duration": 7200},
        "Auditor": {"inline_policies": {"list": LIST}, "path": "/people/"},
    },
    "groups": {"Engineer": ["portal-admins"], "Auditor": ["portal-users", "portal-admins"]},
    "session": {"tags": {"Department": "department"}, "source_identity_from": "username"},
}
GROUPED: dict[str, Any] = {
    "kind": "iam",
    "name": "grouped",
    "aws": {"account": "000000000000", "region": "us-east-1"},
    "directory": {"credentials": "jumpcloud/api-key"},
    "application": {"display_label": "All roles"},
    "provider": {"name": "Grouped", "acs": "provider"},
    "roles": {
        "GroupedReader": {"inline_policies": {"list": LIST}},
        "GroupedWriter": {"inline_policies": {"buckets": BUCKETS}},
    },
    "groups": {"GroupedReader": ["portal-users"], "GroupedWriter": ["portal-admins"]},
    "carry_roles": "group-attributes",
    "attributes": {"department": "department"},
    "identity_pool": {
        "role_rules": [{"claim": "department", "value": "Research", "role": "GroupedReader"}],
        "principal_tags": {"Department": "department"},
    },
}
Edit = dict[str, Any]


@pytest.fixture(scope="module")
def connectors(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The specs, to be changed."""
    folder: Path = tmp_path_factory.mktemp("iam-specs")
    _write(folder, CONSOLE)
    _write(folder, GROUPED)
    return folder


@pytest.fixture(scope="module")
def sandbox(connectors: Path) -> Iterator[Sandbox]:
    """The sandbox with both connectors deployed; the tests below follow one after the other."""
    with Sandbox(key_size=2048, connectors=str(connectors)) as started:
        group = started.directory.group("portal-admins")
        group.attributes["costCenter"] = {"kept": ["as", "it", 1]}
        started.synth()
        started.cdk.bootstrap()
        started.deploy()
        yield started


@pytest.fixture
def redeploy(sandbox: Sandbox, connectors: Path) -> Callable[[dict[str, Any]], Counter[str]]:
    """Deploys a changed console, and counts the directory's requests by method."""

    def change(spec: dict[str, Any]) -> Counter[str]:
        _write(connectors, spec)
        sandbox.synth()
        seen = len(sandbox.directory.requests)
        sandbox.deploy()
        return Counter(each.method for each in sandbox.directory.requests[seen:])

    return change


def _write(folder: Path, spec: dict[str, Any]) -> None:
    (folder / f"{spec['name']}.yaml").write_text(yaml.safe_dump(spec, sort_keys=False))


def _tile(sandbox: Sandbox, person: Person, label: str) -> str:
    """The launch link of the tile whose label begins so."""
    links = {link.rsplit("/", 1)[-1]: link for link in person.tiles(sandbox.directory_url)}
    found = [
        links[each.id]
        for each in sandbox.directory.applications.values()
        if each.id in links and each.display_label.startswith(label)
    ]
    assert len(found) == 1, found
    return found[0]


def sign_in(sandbox: Sandbox, login: str, label: str = "AWS console", role: str | None = None) -> AwsSession:
    """A session in AWS for *login*."""
    with closing(Person(f"{login}@example.com", EXAMPLE_PASSWORD)) as person:
        return person.sign_in_to_aws(_tile(sandbox, person, label), role=role)


def refused(session: AwsSession, sandbox: Sandbox, service: str, call: str, **arguments: Any) -> bool:
    """Whether AWS refuses the call; anything else than that is a failure."""
    client = session.client(service, sandbox.aws.endpoint_url, "us-east-1")
    try:
        getattr(client, call)(**arguments)
    except ClientError as error:
        if error.response["Error"]["Code"] not in {"AccessDenied", "AccessDeniedException"}:
            raise
        return True
    return False


def test_a_group_with_two_roles_chooses(sandbox: Sandbox) -> None:
    """Ada is offered both roles, chooses one, and may do what that one may."""
    engineer = sign_in(sandbox, "ada", "AWS console (Engineer, Auditor)", "Engineer")
    assert sorted(engineer.roles) == [
        "arn:aws:iam::000000000000:role/Engineer",
        "arn:aws:iam::000000000000:role/people/Auditor",
    ]
    assert engineer.session_name == "ada@example.com"
    assert engineer.destination == "https://us-east-1.console.aws.amazon.com/s3/home"
    assert not refused(engineer, sandbox, "s3", "list_buckets")
    assert refused(engineer, sandbox, "iam", "list_users")
    auditor = sign_in(sandbox, "ada", "AWS console (Engineer, Auditor)", "Auditor")
    assert not refused(auditor, sandbox, "iam", "list_users")
    assert refused(auditor, sandbox, "s3", "list_buckets")


def test_another_group_gets_its_own_role_and_no_other(sandbox: Sandbox) -> None:
    """Grace is offered the one role of her group; what it lacks is refused."""
    auditor = sign_in(sandbox, "grace")
    assert auditor.roles == ("arn:aws:iam::000000000000:role/people/Auditor",)
    assert not refused(auditor, sandbox, "iam", "list_roles")
    assert refused(auditor, sandbox, "s3", "list_buckets")


def test_a_person_without_a_group_sees_no_tile(sandbox: Sandbox) -> None:
    """Access is denied by default, at the directory."""
    with closing(Person("mallory@example.com", EXAMPLE_PASSWORD)) as person:
        assert person.tiles(sandbox.directory_url) == []


def test_session_tags_decide_what_a_policy_allows(sandbox: Sandbox) -> None:
    """Access by attribute: the department in the session is compared with the resource's name."""
    parameters = sandbox.aws.client("ssm")
    for name in ("/Engineering/plan", "/Sales/plan"):
        parameters.put_parameter(Name=name, Value="x", Type="String")
    engineer = sign_in(sandbox, "ada", "AWS console (Engineer, Auditor)", "Engineer")
    assert not refused(engineer, sandbox, "ssm", "get_parameter", Name="/Engineering/plan")
    assert refused(engineer, sandbox, "ssm", "get_parameter", Name="/Sales/plan")


def test_roles_that_groups_carry_add_up_in_one_application(sandbox: Sandbox) -> None:
    """Ada, in both groups, is offered both roles of one tile; Grace the one of hers; by the provider's own address."""
    assert len(sign_in(sandbox, "ada", "All roles", "GroupedWriter").roles) == 2
    assert sign_in(sandbox, "grace", "All roles").roles == ("arn:aws:iam::000000000000:role/GroupedReader",)
    application = next(each for each in sandbox.directory.applications.values() if each.display_label == "All roles")
    assert str(application.config["acsUrl"]).startswith("https://signin.aws.amazon.com/saml/acs/SAMLSP")
    assert sandbox.directory.group("portal-admins").attributes["costCenter"] == {"kept": ["as", "it", 1]}


def test_an_identity_pool_trusts_the_same_provider(sandbox: Sandbox) -> None:
    """Neither guests nor the classic flow; a rule chooses the role, and an attribute becomes a tag."""
    provider = "arn:aws:iam::000000000000:saml-provider/Grouped"
    pools, pool_id = sandbox.aws.client("cognito-identity"), sandbox.outputs["saml-connector-grouped"]["IdentityPoolId"]
    pool = pools.describe_identity_pool(IdentityPoolId=pool_id)
    assert pool["SamlProviderARNs"] == [provider]
    assert (pool["AllowUnauthenticatedIdentities"], pool["AllowClassicFlow"]) == (False, False)
    (mapping,) = pools.get_identity_pool_roles(IdentityPoolId=pool_id)["RoleMappings"].values()
    (rule,) = mapping["RulesConfiguration"]["Rules"]
    assert rule["RoleARN"] == "arn:aws:iam::000000000000:role/GroupedReader"
    tags = pools.get_principal_tag_attribute_map(IdentityPoolId=pool_id, IdentityProviderName=provider)
    assert tags["PrincipalTags"] == {"Department": "department"}


def test_deploying_again_writes_nothing_to_the_directory_or_to_aws(sandbox: Sandbox) -> None:
    """A no-op sends the directory nothing at all, and CloudFormation no change."""
    events = _events(sandbox)
    seen = len(sandbox.directory.requests)
    sandbox.deploy()
    assert sandbox.directory.requests[seen:] == []
    assert _events(sandbox) == events


def _events(sandbox: Sandbox) -> int:
    stacks = sandbox.aws.client("cloudformation")
    return len(stacks.describe_stack_events(StackName=STACK)["StackEvents"])


def test_a_role_added_changes_one_application_and_one_role(
    sandbox: Sandbox, redeploy: Callable[[dict[str, Any]], Counter[str]]
) -> None:
    """One PUT in the directory, one role in AWS, the same certificate; the person is offered it at once."""
    iam = sandbox.aws.client("iam")
    roles = {each["RoleName"] for each in iam.list_roles()["Roles"]}
    provider = _metadata(sandbox)
    before = {each.id: each.document() for each in sandbox.directory.applications.values()}
    changed = {
        **CONSOLE,
        "roles": {**CONSOLE["roles"], "Operator": {"inline_policies": {"list": LIST}}},
        "groups": {**CONSOLE["groups"], "Operator": ["portal-admins"]},
    }
    writes = {method: count for method, count in redeploy(changed).items() if method != "GET"}
    assert writes == {"PUT": 1}
    assert {each["RoleName"] for each in iam.list_roles()["Roles"]} - roles == {"Operator"}
    assert _metadata(sandbox) == provider
    after = {each.id: each.document() for each in sandbox.directory.applications.values()}
    assert [one for one in after if after[one] != before.get(one)] == [_admins_application(sandbox)]
    assert not refused(sign_in(sandbox, "ada", role="Operator", label="AWS console (E"), sandbox, "iam", "list_users")


def _metadata(sandbox: Sandbox) -> str:
    arn = "arn:aws:iam::000000000000:saml-provider/JumpCloud"
    return str(sandbox.aws.client("iam").get_saml_provider(SAMLProviderArn=arn)["SAMLMetadataDocument"])


def _admins_application(sandbox: Sandbox) -> str:
    found = [
        each.id for each in sandbox.directory.applications.values() if each.display_label.startswith("AWS console (E")
    ]
    assert len(found) == 1
    return found[0]


def test_a_role_taken_from_a_group_is_not_offered_any_more(
    sandbox: Sandbox, redeploy: Callable[[dict[str, Any]], Counter[str]]
) -> None:
    """The application is told, the role is deleted, and an old choice does not work."""
    changed = {
        **CONSOLE,
        "roles": {"Auditor": CONSOLE["roles"]["Auditor"]},
        "groups": {"Auditor": ["portal-users", "portal-admins"]},
    }
    redeploy(changed)
    assert sign_in(sandbox, "ada").roles == ("arn:aws:iam::000000000000:role/people/Auditor",)
    with pytest.raises(PersonError, match="Engineer"):
        sign_in(sandbox, "ada", role="Engineer")


def test_removal_leaves_nothing_in_the_directory(sandbox: Sandbox) -> None:
    """Applications and group attributes are gone; groups and what else they had stay."""
    sandbox.cdk.destroy()
    assert sandbox.directory.applications == {}
    attributes = sandbox.directory.group("portal-admins").attributes
    assert attributes == {"ldapGroups": [{"name": "portal-admins"}], "costCenter": {"kept": ["as", "it", 1]}}
