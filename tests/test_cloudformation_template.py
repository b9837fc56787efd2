"""Claims about a template as a graph: what depends on what, where things stand, what is exported."""

from __future__ import annotations

import json
from typing import Any

import pytest

from saml_connectors.cloudformation import Assembly, Reference, Template, Text, Unknown
from saml_connectors.cloudformation.document import parse


def template(resources: dict[str, Any], **more: Any) -> Template:
    """A template of these resources."""
    return Template({"Resources": resources, **more}, name="stack", file="stack.json")


def resource(**properties: Any) -> dict[str, Any]:
    """A resource of no particular type."""
    return {"Type": "Test::It", "Properties": properties}


@pytest.mark.parametrize(
    "wait",
    [
        {"Properties": {"A": {"Ref": "First"}}},
        {"Properties": {"A": {"Fn::GetAtt": ["First", "Arn"]}}},
        {"Properties": {"A": {"Fn::GetAtt": "First.Arn"}}},
        {"Properties": {"A": {"Fn::Sub": "x ${First.Arn}"}}},
        {"Properties": {"A": {"Fn::Sub": ["${X}", {"X": {"Ref": "First"}}]}}},
        {"Properties": {"A": [{"B": {"Fn::If": ["C", {"Ref": "First"}, "x"]}}]}},
        {"DependsOn": "First"},
        {"DependsOn": ["Other", "First"]},
    ],
)
def test_each_way_of_depending_is_an_order(wait: dict[str, Any]) -> None:
    """References in whatever function, and DependsOn: CloudFormation makes the other one first."""
    found = template({"First": resource(), "Other": resource(), "Last": {"Type": "Test::It", **wait}})
    first, last = found.resources["First"], found.resources["Last"]
    assert last.comes_after(first)
    assert not first.comes_after(last)


def test_the_order_goes_through_other_resources() -> None:
    """A waits for B, which waits for C; a circle ends."""
    found = template({"A": {"Type": "T", "DependsOn": "B"}, "B": resource(X={"Ref": "C"}), "C": {"Type": "T"}})
    assert found.resources["A"].comes_after(found.resources["C"])
    circle = template({"A": {"Type": "T", "DependsOn": "B"}, "B": {"Type": "T", "DependsOn": "A"}, "C": resource()})
    assert not circle.resources["A"].comes_after(circle.resources["C"])


def test_a_name_in_a_plain_text_is_no_reference() -> None:
    """Neither is a literal of Fn::Sub, nor DependsOn of what is not there."""
    given = {"Type": "T", "Properties": {"A": "First", "B": {"Fn::Sub": "${!First}"}}, "DependsOn": ["Nobody", 3]}
    assert template({"First": resource(), "Last": given}).resources["Last"].references == frozenset()


def test_values_are_got_with_their_functions_followed() -> None:
    """Text, flag, list, target and parts of one resource."""
    properties: dict[str, Any] = {
        "Name": {"Fn::Join": ["-", ["a", "b"]]},
        "Flag": "TRUE",
        "Names": ["x", {"Ref": "First"}],
        "Target": {"Ref": "First"},
        "Mixed": {"Fn::Sub": "x-${First}"},
        "Nothing": {"Ref": "AWS::NoValue"},
        "Unknown": {"Ref": "Stage"},
    }
    more = {"Parameters": {"Stage": {"Type": "String"}}}
    found = template({"First": resource(), "It": resource(**properties)}, **more).resources["It"]
    assert (found.text("Name"), found.flag("Flag"), found.flag("Name")) == ("a-b", True, None)
    assert found.items("Names") == ["x", Text((Reference("First", "Ref"),))]
    assert found.target("Target") is found.template.resources["First"]
    assert found.target("Mixed") is None
    assert found.parts("Mixed") == ("x-", Reference("First", "Ref"))
    assert not found.has("Nothing")
    assert (found.items("Nothing"), found.items("Unknown"), found.items("Name")) == ([], None, None)
    assert found.get("Unknown", "Below") == Unknown("parameter Stage")
    assert (found.get("Names", 0), found.get("Names", 7), found.get("Names", -1), found.get("Name", "X")) == (
        "x",
        None,
        None,
        None,
    )


def test_properties_that_a_macro_makes_are_unknown_and_not_absent() -> None:
    """Otherwise everything in them would seem to be missing."""
    include: dict[str, Any] = {"Fn::Transform": {"Name": "AWS::Include", "Parameters": {"Location": "s3://b/k"}}}
    empty: dict[str, Any] = {"Fn::ForEach::X": []}
    for properties in (include, {**include, "Other": 1}, empty):
        found = template({"It": {"Type": "T", "Properties": properties}}).resources["It"]
        assert found.properties == {}
        assert isinstance(found.get("Anything"), Unknown)
        assert found.has("Anything")
        assert found.items("Anything") is None


def test_a_template_that_a_macro_completes_says_so() -> None:
    """What is not there may still come: `Transform`, and loops over resources."""
    assert not template({"It": resource()}).has_more
    assert template({"It": resource()}, Transform="AWS::Serverless-2016-10-31").has_more
    assert template({"It": resource(), "Fn::ForEach::Clients": ["Name", [], {}]}).has_more


@pytest.mark.parametrize("wrong", [None, [], "text", 3, {"A": None}, {"A": {"Type": 3}}, {"A": {}}, {"A": []}])
def test_what_is_no_resource_is_none(wrong: Any) -> None:
    """Whatever stands in the section, reading it does not fail."""
    assert Template({"Resources": wrong}, name="a", file="a").resources == {}


@pytest.mark.parametrize("wrong", [None, [], "x", {"O": None}, {"O": {"Export": "x"}}, {"O": {"Export": {"Name": []}}}])
def test_wrong_outputs_export_nothing(wrong: Any) -> None:
    """Nor do they fail."""
    assert Template({"Outputs": wrong}, name="a", file="a").exports == {}


def test_exports_are_found_by_name() -> None:
    """Under the name that other stacks import them by; one that two stacks have is nobody's."""
    output = {"Id": {"Value": {"Ref": "It"}, "Export": {"Name": {"Fn::Sub": "${AWS::StackName}-id"}}}}
    data = {"Resources": {"It": resource()}, "Outputs": output}
    one, same, other = (Template(data, name=name, file=name, stack_name=name[:3]) for name in ("one", "one2", "two"))
    found = Assembly((one, other)).exports
    assert set(found) == {"one-id", "two-id"}
    assert found["one-id"] == (one, Text((Reference("It", "Ref"),)))
    assert set(Assembly((one, same, other)).exports) == {"two-id"}


def test_what_is_kept_is_worked_out_once() -> None:
    """However many rules ask for it."""
    asked: list[Template] = []

    def make(of: Template) -> int:
        asked.append(of)
        return 7

    found = template({})
    assert (found.keep(make), found.keep(make), len(asked)) == (7, 7, 1)


YAML = """\
Parameters:
  Pool:
    Type: String
Resources:
  Role:
    Type: AWS::IAM::Role
    Properties:
      Pool: x
  # a comment
  Pool:
    Type: AWS::Cognito::UserPool
  "Last": {Type: T}
Outputs:
  Role:
    Value: x
"""


def test_a_resource_is_found_on_its_line() -> None:
    """Not a parameter, a property or an output of the same name; in YAML and JSON, with and without line breaks."""
    data = parse(YAML)
    lines = {"Role": 5, "Pool": 10, "Last": 12}
    found = Template(data, name="a", file="a", text=YAML)
    assert {name: found.line_of(name) for name in data["Resources"]} == lines
    text = json.dumps(data, indent=1)
    found = Template(data, name="a", file="a", text=text)
    for name in data["Resources"]:
        line = found.line_of(name)
        assert line is not None
        assert text.splitlines()[line - 1] == f'  "{name}": {{'
    found = Template(data, name="a", file="a", text=json.dumps(data))
    assert {found.line_of(name) for name in data["Resources"]} == {1}
    assert found.line_of("Nobody") is None
    assert Template(data, name="a", file="a").line_of("Pool") is None
