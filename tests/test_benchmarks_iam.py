"""The benchmarks of kind `iam` themselves: that calls are counted right, and that deployments change what they say.

How fast anything is, is not a test.
"""

from __future__ import annotations

import copy
from collections import Counter
from dataclasses import replace
from typing import Any

import pytest

from benchmarks import changes, provider_calls_iam
from benchmarks.deployment import Deployed, Deployment
from benchmarks.provider_calls import Calls
from benchmarks.workload import SPECS, iam_spec_with_another_role
from saml_connectors.spec import parse

APPLICATION, ACCESS = "Custom::JumpCloudApplication", "Custom::JumpCloudApplicationAccess"
PROVIDER, ROLE = "AWS::IAM::SAMLProvider", "AWS::IAM::Role"
SETTINGS = {"ServiceToken": "arn", "Template": "aws", "SpEntityId": "urn:amazon:webservices", "Visible": True}
TEMPLATE: dict[str, Any] = {
    "Resources": {
        "Access": {
            "Type": ACCESS,
            "Properties": {"ApplicationId": {"Ref": "First"}, "Groups": ["engineers"]},
            "DependsOn": ["Role"],
        },
        "Role": {"Type": ROLE, "Properties": {"Path": "/", "Trust": {"Ref": "Provider"}}},
        "Provider": {
            "Type": PROVIDER,
            "Properties": {"Metadata": {"Fn::Join": ["", ["<", {"Fn::GetAtt": ["First", "Certificate"]}, ">"]]}},
        },
        "Second": {
            "Type": APPLICATION,
            "Properties": SETTINGS
            | {"DisplayLabel": "Second", "IdpEntityId": {"Fn::GetAtt": ["First", "IdpEntityId"]}},
        },
        "First": {"Type": APPLICATION, "Properties": SETTINGS | {"DisplayLabel": "First"}},
    }
}
"""A connector's parts in the wrong order: each refers to one that comes later."""


@pytest.mark.parametrize("groups", [1, 3])
def test_calls_for_group_attributes_are_counted(groups: int) -> None:
    """One write a group to make or remove them, none for a no-op, one where one group's value changes."""
    cost = provider_calls_iam.count_groups(groups)
    writes = {change.what: change.calls.writes for change in cost.changes}
    assert writes == {"create": groups, "no-op update": 0, "one-field update": 1, "delete": groups}
    assert cost.waited >= 2.0
    assert cost.seconds > 0


def test_calls_that_only_iam_makes_are_counted() -> None:
    """A lookup and a no-op write nothing; a group that leaves is unbound once, and access finds it gone."""
    changes_of = {(change.resource, change.what): change.calls for change in provider_calls_iam.count()}
    assert {calls.writes for (resource, _), calls in changes_of.items() if resource == "lookup"} == {0}
    assert changes_of["launch with ACS URL", "create"].writes == 1
    assert changes_of["launch with ACS URL", "no-op update"].writes == 0
    assert changes_of["handover", "application: role comes, group leaves"].writes == 2
    assert changes_of["handover", "access: the same group leaves"].writes == 0


def test_a_role_added_is_a_role_more_and_nothing_else() -> None:
    """Both specs are good, and differ in that role alone: what a deployment changes, changes for its sake."""
    few, more = parse(SPECS["iam"](0)), parse(iam_spec_with_another_role(0))
    differing = {name for name in type(few).model_fields if getattr(few, name) != getattr(more, name)}
    assert differing == {"roles", "groups"}


ROLE_AND_APPLICATION = Deployed(
    added=Counter({"AWS::IAM::Role": 1}), changed=Counter({"Custom::JumpCloudApplication": 1}), calls=Calls(2, 1)
)


@pytest.mark.parametrize(
    "wrong",
    [
        {"added": Counter({"AWS::IAM::Role": 2})},
        {"changed": Counter({"Custom::JumpCloudApplication": 2})},
        {"changed": Counter({"Custom::JumpCloudApplication": 1, "AWS::IAM::SAMLProvider": 1})},
        {"removed": Counter({"AWS::IAM::Role": 1})},
        {"calls": Calls(2, 2)},
    ],
)
def test_whatever_else_an_added_role_changes_misses_the_target(wrong: dict[str, Any]) -> None:
    """One role, one application, one write; anything more is told."""
    assert changes.is_one_role(changes.BY_CONSTANTS, ROLE_AND_APPLICATION)
    assert not changes.is_one_role(changes.BY_CONSTANTS, replace(ROLE_AND_APPLICATION, **wrong))


def test_template_is_deployed_as_cloudformation_would() -> None:
    """In the order of the references, each of them followed; once more it is nothing, and nothing is left of it."""
    deployment = Deployment(["engineers"])
    directory = deployment.provider.directory
    created = deployment.deploy(TEMPLATE)
    assert created.added == {APPLICATION: 2, ACCESS: 1, ROLE: 1, PROVIDER: 1}
    first, second = directory.applications.values()
    assert [first.display_label, second.display_label] == ["First", "Second"]
    assert second.config["idpEntityId"] == first.config["idpEntityId"]
    assert [(edge[0], directory.groups[edge[2]].name) for edge in directory.associations] == [(first.id, "engineers")]
    requests = len(directory.requests)
    assert deployment.deploy(TEMPLATE).is_nothing
    assert len(directory.requests) == requests
    assert deployment.send_again() == Calls(4, 0)
    removed = deployment.deploy({"Resources": {}})
    assert removed.removed == created.added
    assert not directory.applications


def test_deployment_changes_only_what_differs() -> None:
    """Another label is one application's; its certificate is the same, so what refers to it is left alone."""
    deployment = Deployment(["engineers"])
    deployment.deploy(TEMPLATE)
    other = copy.deepcopy(TEMPLATE)
    other["Resources"]["First"]["Properties"]["DisplayLabel"] = "Renamed"
    other["Resources"]["Role"]["Properties"]["Path"] = "/people/"
    deployed = deployment.deploy(other)
    assert (deployed.added, deployed.changed, deployed.removed) == ({}, {APPLICATION: 1, ROLE: 1}, {})
    assert deployed.calls.writes == 1


def test_resources_that_wait_for_each_other_are_refused() -> None:
    """CloudFormation refuses them too; what waits is named."""
    loop = {name: {"Type": ROLE, "Properties": {"After": {"Ref": other}}} for name, other in (("A", "B"), ("B", "A"))}
    with pytest.raises(ValueError, match="A, B wait for each other"):
        Deployment([]).deploy({"Resources": loop})


@pytest.mark.synth
def test_what_a_deployment_changes_is_measured_for_both_ways_to_carry_roles() -> None:
    """Each has its targets, none of them missed: nothing for a no-op, and one of each kind for a role."""
    results = changes.results()
    assert [result.what for result in results if result.met is False] == []
    assert sum(result.met is True for result in results) == 6
