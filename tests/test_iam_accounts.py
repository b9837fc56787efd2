"""Further accounts of one connector: a StackSet's template, stacks of their own, and that the two say the same."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from aws_cdk import App, Environment, Stack

from saml_connectors import SpecError
from saml_connectors.iam import IamConnector
from saml_connectors.iam_account import IamAccountConnector
from stacks.assembly import add_stacks
from stacks.iam_stack import IamAccountStack

if TYPE_CHECKING:
    from collections.abc import Callable

    from saml_connectors.spec import IamSpec
    from tests.iam_fixtures import Synthesized

pytest_plugins = ["tests.iam_fixtures"]
pytestmark = pytest.mark.synth

APPLICATION, ACCESS = "Custom::JumpCloudApplication", "Custom::JumpCloudApplicationAccess"
LOOKUP = "Custom::JumpCloudApplicationLookup"
STACK_SET = "AWS::CloudFormation::StackSet"
PROVIDER, ROLE = "AWS::IAM::SAMLProvider", "AWS::IAM::Role"
HERE, THERE, ELSEWHERE = "111122223333", "222233334444", "333344445555"
PLACE = Environment(account=HERE, region="eu-west-1")
POLICY = {"Statement": {"Effect": "Allow", "Action": ["s3:Get*"], "Resource": "arn:aws:s3:::home/${aws:username}/*"}}
SPEC: dict[str, Any] = {
    "aws": {"account": HERE, "region": "eu-west-1"},
    "application": {"display_label": "AWS", "slug": "acme"},
    "roles": {
        "Engineer": {
            "path": "/people/",
            "managed_policies": ["job-function/ViewOnlyAccess", "arn:aws:iam::aws:policy/ReadOnlyAccess"],
            "session_duration": 7_200,
            "tags": {"team": "core", "cost": "1"},
        },
        "Auditor": {
            "inline_policies": {"home": POLICY},
            "permissions_boundary": "arn:aws:iam::aws:policy/ReadOnlyAccess",
        },
        "Here": {"accounts": [HERE]},
        "There": {"accounts": [HERE, THERE], "description": "Only there"},
        "Emergency": {"existing": True},
    },
    "groups": {
        "Engineer": ["engineers"],
        "Auditor": ["auditors", "engineers"],
        "Here": ["engineers"],
        "There": ["Ärzte"],
        "Emergency": ["auditors"],
    },
    "session": {"tags": {"Department": "department"}, "source_identity_from": "username"},
    "sign_in_regions": ["eu-west-1", "global"],
    "other_accounts": {"ids": [THERE, ELSEWHERE], "organizational_units": ["ou-ab12-11223344"]},
}


@pytest.fixture(scope="module")
def templates(
    synthesize: Callable[..., dict[str, Synthesized]], make_spec: Callable[..., IamSpec]
) -> dict[str, Synthesized]:
    """The connector with its StackSet, as a delegated administrator, and each account as a stack of its own."""
    spec = make_spec(**SPEC)
    delegated = make_spec(**SPEC | {"other_accounts": SPEC["other_accounts"] | {"delegated_admin": True}})
    inherited = make_spec(**SPEC | {"carry_roles": "group-attributes"})

    def account(account: str) -> Callable[[Stack], object]:
        return lambda stack: IamAccountConnector(stack, "Connector", spec=spec, account=account)

    places = {"own": PLACE, "delegated": PLACE, "inherited": PLACE}
    places |= {f"in-{each}": Environment(account=each, region="eu-west-1") for each in (THERE, ELSEWHERE)}
    given = {"own": spec, "delegated": delegated, "inherited": inherited}
    return synthesize(given | {f"in-{each}": account(each) for each in (THERE, ELSEWHERE)}, places)


def inner(template: Synthesized) -> dict[str, Any]:
    """The template that the StackSet deploys."""
    return dict(json.loads(template.only(STACK_SET)["TemplateBody"]))


def in_account(template: dict[str, Any], account: str) -> list[dict[str, Any]]:
    """The resources that *account* gets of the StackSet's template."""

    def holds(name: str) -> bool:
        left, right = template["Conditions"][name]["Fn::Equals"]
        mapping, key, second = left["Fn::FindInMap"]
        assert key == {"Ref": "AWS::AccountId"}
        return bool(template["Mappings"][mapping][account][second] == right)

    return [each for each in template["Resources"].values() if "Condition" not in each or holds(each["Condition"])]


def plain(value: Any, provider: str) -> Any:
    """A part of either template with references, expressions and parameters written one and the same way."""
    if not isinstance(value, dict):
        return [plain(each, provider) for each in value] if isinstance(value, list) else value
    match list(value.items()):
        case [("Ref", name)]:
            return {"AWS::Partition": "aws", provider: "<provider>"}.get(name, f"<{name}>")
        case [("Fn::GetAtt", [_, attribute])]:
            return f"<{attribute}>"
        case [("Fn::Join", [separator, parts])]:
            return separator.join(plain(part, provider) for part in parts)
        case [("Fn::Sub", text)]:
            known = re.sub(r"\$\{(SsoUrl|IdpEntityId|Certificate)\d*\}", r"<\1>", text)
            return known.replace("${AWS::Partition}", "aws")
    return {key: plain(each, provider) for key, each in value.items()}


@pytest.mark.parametrize("account", [THERE, ELSEWHERE])
def test_both_ways_of_deploying_make_the_same(account: str, templates: dict[str, Synthesized]) -> None:
    """The StackSet's resources in an account equal those of a stack of its own: provider, metadata, role by role."""
    one = in_account(inner(templates["own"]), account)
    other = templates[f"in-{account}"]
    assert [plain(each["Properties"], "Provider") for each in one if each["Type"] == PROVIDER] == [
        plain(other.only(PROVIDER), other.id_of(PROVIDER))
    ]
    roles = {
        each["Properties"]["RoleName"]: plain(each["Properties"], "Provider") for each in one if each["Type"] == ROLE
    }
    assert roles == {name: plain(each, other.id_of(PROVIDER)) for name, each in other.roles().items()}
    assert len(one) == 1 + len(roles)


def test_each_account_has_its_roles_and_no_others(templates: dict[str, Synthesized]) -> None:
    """A role of some accounts is not made in the others, and one that is there already is made in none."""
    assert templates["own"].roles().keys() == {"Engineer", "Auditor", "Here", "There"}
    assert templates[f"in-{THERE}"].roles().keys() == {"Engineer", "Auditor", "There"}
    assert templates[f"in-{ELSEWHERE}"].roles().keys() == {"Engineer", "Auditor"}
    assert "Here" not in json.dumps(inner(templates["own"])["Resources"])


def test_stack_set_reaches_the_chosen_accounts_alone(templates: dict[str, Synthesized]) -> None:
    """Service-managed, the listed accounts within the units, no account that is moved there later, named IAM."""
    properties = templates["own"].only(STACK_SET)
    assert properties["PermissionModel"] == "SERVICE_MANAGED"
    assert properties["AutoDeployment"] == {"Enabled": False}
    assert properties["Capabilities"] == ["CAPABILITY_NAMED_IAM"]
    assert properties["CallAs"] == "SELF"
    assert templates["delegated"].only(STACK_SET)["CallAs"] == "DELEGATED_ADMIN"
    (group,) = properties["StackInstancesGroup"]
    assert group == {
        "DeploymentTargets": {
            "AccountFilterType": "INTERSECTION",
            "Accounts": [THERE, ELSEWHERE],
            "OrganizationalUnitIds": ["ou-ab12-11223344"],
        },
        "Regions": ["eu-west-1"],
    }
    assert properties["OperationPreferences"]["FailureTolerancePercentage"] == 0


def test_stack_set_is_fed_by_the_applications(templates: dict[str, Synthesized]) -> None:
    """Its parameters are exactly those of its template, from the application's attributes: one deployment does all."""
    template = templates["own"]
    applications = list(template.of(APPLICATION))
    given = {each["ParameterKey"]: each["ParameterValue"] for each in template.only(STACK_SET)["Parameters"]}
    assert given.keys() == inner(template)["Parameters"].keys()
    assert given == {
        "SsoUrl": {"Fn::GetAtt": [applications[0], "SsoUrl"]},
        "IdpEntityId": {"Fn::GetAtt": [applications[0], "IdpEntityId"]},
    } | {f"Certificate{number}": {"Fn::GetAtt": [each, "Certificate"]} for number, each in enumerate(applications, 1)}
    assert len(applications) == 3
    assert inner(templates["inherited"])["Parameters"].keys() == {"SsoUrl", "IdpEntityId", "Certificate1"}


def test_people_see_the_tile_after_the_stack_set(templates: dict[str, Synthesized]) -> None:
    """Groups are bound when the roles are there in every account."""
    for name in ("own", "inherited"):
        stack_set = templates[name].id_of(STACK_SET)
        assert all(stack_set in templates[name].needed_by(each) for each in templates[name].of(ACCESS))


def test_template_of_the_stack_set_is_valid(templates: dict[str, Synthesized], tmp_path: Path) -> None:
    """cfn-lint finds nothing in it: it is deployed in accounts that no synth ever sees."""
    file = tmp_path / "inner.json"
    file.write_text(templates["own"].only(STACK_SET)["TemplateBody"])
    command = [str(Path(sys.executable).with_name("cfn-lint")), "--", str(file)]
    said = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603 - a pinned tool of ours
    assert said.returncode == 0, said.stdout + said.stderr


def test_template_that_no_stack_set_can_hold_is_refused(any_stack: Stack, make_spec: Callable[..., IamSpec]) -> None:
    """Said at synth, with the size and two ways out, not by a deployment that fails half-way."""
    action = [f"service:{'Action' * 9}{number:03}" for number in range(140)]
    policy = {"Statement": {"Effect": "Allow", "Action": action, "Resource": "*"}}
    roles = {f"Role{number}": {"inline_policies": {"large": policy}} for number in range(6)}
    large = SPEC | {"roles": roles, "groups": {name: ["everybody"] for name in roles}}
    stack = Stack(any_stack, "Large", env=PLACE)
    with pytest.raises(SpecError, match=r"write deployed_by: stacks \[stack-set-size\]"):
        IamConnector(stack, "Connector", spec=make_spec(**large))


def test_more_accounts_than_a_mapping_holds_are_refused(any_stack: Stack, make_spec: Callable[..., IamSpec]) -> None:
    """CloudFormation maps 200 accounts at most; without a role of some accounts there is no mapping, and no limit."""
    ids = [f"{number:012}" for number in range(1, 202)]
    many = {"ids": ids, "organizational_units": ["r-ab12"]}
    stack = Stack(any_stack, "Many", env=PLACE)
    some = SPEC | {"roles": {"Engineer": {"accounts": ids[:2]}}, "groups": {"Engineer": ["engineers"]}}
    with pytest.raises(SpecError, match="stack-set-accounts"):
        IamConnector(stack, "Some", spec=make_spec(**some | {"other_accounts": many}))
    everywhere = some | {"roles": {"Engineer": {}}, "name": "every"}
    assert IamConnector(stack, "Every", spec=make_spec(**everywhere | {"other_accounts": many})).stack_set is not None


def test_accounts_are_stacks_of_their_own_after_the_connectors(
    make_spec: Callable[..., IamSpec], tmp_path: Path
) -> None:
    """One stack for each account, there; each looks up the applications by the slugs that the first one chose."""
    others = {"ids": [THERE, ELSEWHERE], "deployed_by": "stacks"}
    app = App(outdir=str(tmp_path))
    own, *parts = add_stacks(app, [make_spec(**SPEC | {"other_accounts": others})])
    assert [each.stack_name for each in parts] == [f"{own.stack_name}-{each}" for each in (THERE, ELSEWHERE)]
    assert own.dependencies == []
    app.synth()
    made = json.loads((tmp_path / f"{own.stack_name}.template.json").read_text())["Resources"].values()
    slugs = [each["Properties"]["Slug"] for each in made if each["Type"] == APPLICATION]
    assert slugs[0] == "acme"
    assert len(set(slugs)) == 3
    for part, account in zip(parts, (THERE, ELSEWHERE), strict=True):
        assert isinstance(part, IamAccountStack)
        assert (part.account, part.region) == (account, "eu-west-1")
        assert part.dependencies == [own]
        file = tmp_path / f"{part.stack_name}.template.json"
        resources = json.loads(file.read_text())["Resources"].values()
        found = [each["Properties"] for each in resources if each["Type"] == LOOKUP]
        assert [each["Slug"] for each in found] == slugs
        assert all(each["Template"] == "aws" for each in found)
        assert not any(each["Type"].startswith(APPLICATION) and each["Type"] != LOOKUP for each in resources)


def test_account_that_the_connector_is_not_for_is_refused(any_stack: Stack, make_spec: Callable[..., IamSpec]) -> None:
    """A misspelt id, the connector's own account, or a stack that is in another account: said at once."""
    for account in ("444455556666", HERE):
        with pytest.raises(SpecError, match=f"there are {THERE}, {ELSEWHERE} \\[account-unknown\\]"):
            IamAccountConnector(any_stack, f"Unknown{account}", spec=make_spec(**SPEC), account=account)
    stack = Stack(any_stack, "Elsewhere", env=Environment(account=ELSEWHERE, region="eu-west-1"))
    with pytest.raises(SpecError, match="account-differs"):
        IamAccountConnector(stack, "Connector", spec=make_spec(**SPEC), account=THERE)


def test_application_that_cannot_be_looked_up_is_refused(any_stack: Stack, make_spec: Callable[..., IamSpec]) -> None:
    """A derived slug is not known to another stack; without the rule it would look for an empty one."""
    spec = make_spec(**SPEC | {"application": {"display_label": "AWS"}})
    with pytest.raises(SpecError, match="slug-needed"):
        IamAccountConnector(any_stack, "Connector", spec=spec, account=THERE)


def test_account_of_another_idp_needs_no_function(
    any_stack: Stack, make_spec: Callable[..., IamSpec], foreign_metadata: str
) -> None:
    """With metadata, or a provider that is there, nothing is looked up: provider and roles only."""
    others = {"ids": [THERE], "deployed_by": "stacks"}
    roles = {"Engineer": {}, "There": {"accounts": [THERE]}, "Here": {"accounts": [HERE]}}
    foreign = SPEC | {"directory": None, "application": None, "groups": None, "roles": roles, "other_accounts": others}
    given = make_spec(**foreign | {"metadata": {"xml": foreign_metadata}})
    connector = IamAccountConnector(any_stack, "Given", spec=given, account=THERE)
    existing = make_spec(**foreign | {"provider": {"existing": True}})
    assert IamAccountConnector(any_stack, "Existing", spec=existing, account=THERE).account.provider is None
    assert connector.account.provider is not None
    assert connector.account.provider.saml_metadata_document == foreign_metadata
    assert connector.roles.keys() == {"Engineer", "There"}
    assert {each.node.id for each in any_stack.node.children} == {"Given", "Existing"}
