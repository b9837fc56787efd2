"""Claims about CloudFormation's functions: each is followed as far as it is known, and nothing is guessed."""

from __future__ import annotations

from typing import Any

import pytest

from saml_connectors.cloudformation import Reference, Template, Text, Unknown

TEMPLATE = Template(
    {
        "Parameters": {"Stage": {"Type": "String"}, "Names": {"Type": "CommaDelimitedList"}},
        "Mappings": {"Regions": {"eu-west-1": {"Domain": "acme-eu", "Hosts": ["a", "b"]}}},
        "Resources": {"Pool": {"Type": "AWS::Cognito::UserPool"}, "Role": {"Type": "AWS::IAM::Role"}},
    },
    name="stack",
    file="stack.json",
    region="eu-west-1",
    stack_name="stack",
)
POOL = Reference("Pool", "Ref")
ARN = Reference("Pool", "Arn")


def value(given: Any) -> Any:
    """*given* with its functions followed."""
    return TEMPLATE.evaluate(given)


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ("text", "text"),
        (3, 3),
        (None, None),
        ({"Ref": "Pool"}, Text((POOL,))),
        ({"Ref": "Stage"}, Unknown("parameter Stage")),
        ({"Ref": "AWS::Region"}, "eu-west-1"),
        ({"Ref": "AWS::Partition"}, "aws"),
        ({"Ref": "AWS::URLSuffix"}, "amazonaws.com"),
        ({"Ref": "AWS::StackName"}, "stack"),
        ({"Ref": "AWS::AccountId"}, Unknown("AWS::AccountId")),
        ({"Ref": "Nobody"}, Unknown("Nobody, which the template does not define")),
        ({"Ref": "AWS::NoValue"}, None),
        ({"Fn::GetAtt": ["Pool", "Arn"]}, Text((ARN,))),
        ({"Fn::GetAtt": "Pool.Arn"}, Text((ARN,))),
        ({"Fn::GetAtt": ["Stack", "Outputs.Id"]}, Unknown("Stack.Outputs.Id, which the template does not define")),
        ({"Fn::Join": ["", ["a", "b", 3, True]]}, "ab3true"),
        ({"Fn::Join": ["-", []]}, ""),
        ({"Fn::Join": ["/", ["arn", {"Ref": "Pool"}, "x"]]}, Text(("arn/", POOL, "/x"))),
        ({"Fn::Sub": "${AWS::Region}.${Pool.Arn}.${!Literal}"}, Text(("eu-west-1.", ARN, ".${Literal}"))),
        ({"Fn::Sub": ["${A}-${Stage}", {"A": "x"}]}, Text(("x-", Unknown("parameter Stage")))),
        ({"Fn::Sub": "plain"}, "plain"),
        ({"Fn::Select": [1, ["a", "b"]]}, "b"),
        ({"Fn::Select": ["0", {"Fn::Split": [",", "a,b"]}]}, "a"),
        ({"Fn::Split": [":", "a:b:c"]}, ["a", "b", "c"]),
        ({"Fn::FindInMap": ["Regions", {"Ref": "AWS::Region"}, "Domain"]}, "acme-eu"),
        ({"Fn::ToJsonString": {"a": [1]}}, '{"a": [1]}'),
        ({"Fn::If": ["Prod", "same", "same"]}, "same"),
        ({"Fn::ImportValue": "pool-id"}, Unknown("export pool-id")),
        ({"Condition": {"StringEquals": {"a": "b"}}}, {"Condition": {"StringEquals": {"a": "b"}}}),
        ({"a": {"Ref": "AWS::NoValue"}, "b": 1}, {"b": 1}),
        (["a", {"Ref": "AWS::NoValue"}], ["a"]),
    ],
)
def test_a_function_gives_what_is_known(given: Any, expected: Any) -> None:
    """Plain data where all is known, else a text in parts, or a value that names where it comes from."""
    assert value(given) == expected


@pytest.mark.parametrize(
    "given",
    [
        {"Fn::If": ["Prod", "one", "other"]},
        {"Fn::Select": [5, ["a"]]},
        {"Fn::Select": [-1, ["a"]]},
        {"Fn::Select": [0, {"Ref": "Names"}]},
        {"Fn::Select": [0, "text"]},
        {"Fn::Select": [{"Ref": "Stage"}, ["a"]]},
        {"Fn::Split": [",", {"Ref": "Stage"}]},
        {"Fn::Split": ["", "a"]},
        {"Fn::Join": [",", {"Ref": "Names"}]},
        {"Fn::Join": [",", "text"]},
        {"Fn::Join": [{"Ref": "Stage"}, ["a", "b"]]},
        {"Fn::Join": [",", [["a"]]]},
        {"Fn::Join": [","]},
        {"Fn::Join": 3},
        {"Fn::FindInMap": ["Regions", {"Ref": "Stage"}, "Domain"]},
        {"Fn::FindInMap": ["Regions", "us-east-1", "Domain"]},
        {"Fn::ImportValue": {"Fn::Sub": "${Stage}-pool"}},
        {"Fn::ToJsonString": {"a": {"Ref": "Pool"}}},
        {"Fn::GetAtt": ["Pool", {"Ref": "Stage"}]},
        {"Fn::GetAtt": []},
        {"Fn::GetAtt": [{"Ref": "Stage"}, "Arn"]},
        {"Fn::Sub": ["${A}", ["A"]]},
        {"Fn::Sub": {"a": 1}},
        {"Fn::Base64": "text"},
        {"Fn::GetAZs": ""},
        {"Fn::Transform": {"Name": "AWS::Include"}},
        {"Fn::ForEach::Clients": ["Name", ["a"], {}]},
        {"Fn::ForEach::Clients": ["Name", ["a"], {}], "Other": 1},
        {"Fn::NotYetInvented": [1]},
        {"Condition": "Prod"},
    ],
)
def test_what_cannot_be_followed_stays_unknown(given: Any) -> None:
    """No guess and no exception: wrong forms, functions nobody knows, macros."""
    assert isinstance(value(given), Unknown)


def test_two_unknown_values_are_equal_only_where_they_are_the_same() -> None:
    """Otherwise two names that nobody knows would pass for one name given twice."""
    assert value({"Ref": "Stage"}) == value({"Fn::Sub": "${Stage}"}).parts[0]
    one = {"Fn::If": ["Prod", "a", "b"]}
    assert value(one) == value(dict(one))
    different = [
        one,
        {"Fn::If": ["Prod", "a", "c"]},
        {"Fn::Select": [0, {"Ref": "Names"}]},
        {"Fn::Select": [1, {"Ref": "Names"}]},
        {"Fn::Base64": "a"},
        {"Fn::Base64": "b"},
        {"Fn::ImportValue": {"Fn::Sub": "${Stage}-a"}},
        {"Fn::ImportValue": {"Fn::Sub": "${Stage}-b"}},
        {"Fn::Join": [",", {"Ref": "Names"}]},
        {"Fn::Join": [";", {"Ref": "Names"}]},
    ]
    assert len({value(each) for each in different}) == len(different)


def test_functions_nested_too_deeply_end() -> None:
    """A hundred calls in one another are unknown, not an exception."""
    given: Any = "x"
    for _ in range(90):
        given = {"Fn::Join": ["", [given]]}
    (part,) = value(given).parts
    assert isinstance(part, Unknown)


@pytest.mark.parametrize(
    ("region", "partition", "suffix"),
    [
        ("cn-north-1", "aws-cn", "amazonaws.com.cn"),
        ("us-gov-west-1", "aws-us-gov", "amazonaws.com"),
        ("us-iso-east-1", "aws-iso", None),
    ],
)
def test_a_region_tells_partition_and_suffix(region: str, partition: str, suffix: str | None) -> None:
    """Where the suffix of a partition is not known, it stays so."""
    template = Template({}, name="a", file="a", region=region)
    assert template.evaluate({"Ref": "AWS::Partition"}) == partition
    assert template.evaluate({"Ref": "AWS::URLSuffix"}) == (suffix or Unknown("AWS::URLSuffix"))
