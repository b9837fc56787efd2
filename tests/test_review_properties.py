"""Claims about reviews of any change: none is missed, none is invented, both directions agree, nothing stops them."""

from __future__ import annotations

import copy
import json
import pathlib
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from saml_connectors.cloudformation import Assembly, Template
from saml_connectors.provider.identity_store import contract as identity_store
from saml_connectors.provider.jumpcloud import contract
from saml_connectors.review import Review, as_json, as_sarif, markdown, review
from saml_connectors.review.comparing import compare
from saml_connectors.review.markdown import LIMIT
from saml_connectors.review.reading import read_connectors

NOW = datetime(2026, 11, 22, tzinfo=UTC)
SNAPSHOTS = pathlib.Path(__file__).parent / "__snapshots__" / "test_snapshots"

SETTINGS = settings(
    max_examples=60,
    deadline=timedelta(seconds=10),
    derandomize=True,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
SIGN_IN = {
    *contract.TYPES,
    identity_store.GROUP,
    "AWS::Cognito::UserPool",
    "AWS::Cognito::UserPoolClient",
    "AWS::Cognito::UserPoolDomain",
    "AWS::Cognito::UserPoolIdentityProvider",
    "AWS::IAM::SAMLProvider",
    "AWS::SSO::Assignment",
    "AWS::SSO::InstanceAccessControlAttributeConfiguration",
    "AWS::SSO::PermissionSet",
}
QUIET = {"ServiceToken", "ServiceTimeout", "RequiredGroups", "Sid", "Version", "PolicyName", "Ref", "Fn::GetAtt"}
"""What a property below may change without a change for anybody, and functions, whose names are no values."""

Path = tuple[str | int, ...]


def texts(value: Any, path: Path = ()) -> Iterator[Path]:
    """The places of all texts that mean something."""
    if isinstance(value, dict):
        for name, each in value.items():
            if name not in QUIET and name != "Fn::FindInMap":
                yield from texts(each, (*path, name))
    elif isinstance(value, list):
        for index, each in enumerate(value):
            yield from texts(each, (*path, index))
    elif isinstance(value, str) and value.strip():
        yield path


def is_sign_in(resource: dict[str, Any]) -> bool:
    """Whether people's sign-in depends on it: of the roles, those that a SAML provider is trusted by."""
    return resource["Type"] in SIGN_IN or "RoleName" in resource.get("Properties", {})


EXAMPLES: dict[str, Any] = {
    f"saml-connector-{name}": json.loads(
        (SNAPSHOTS / f"test_example_template_is_as_reviewed[{name}][{name}].json").read_text("utf-8")
    )
    for name in ("portal", "portal-bookmark", "console", "workforce", "workforce-access")
}
PLACES = [
    (stack, name, path)
    for stack, template in EXAMPLES.items()
    for name, resource in template["Resources"].items()
    if is_sign_in(resource)
    for path in texts(resource["Properties"])
]


def put(data: dict[str, Any], place: tuple[str, str, Path], value: Any) -> None:
    """Put *value* at a place of the examples."""
    stack, name, path = place
    found = data[stack]["Resources"][name]["Properties"]
    for step in path[:-1]:
        found = found[step]
    found[path[-1]] = value


def at(place: tuple[str, str, Path]) -> Any:
    """What stands there."""
    stack, name, path = place
    found = EXAMPLES[stack]["Resources"][name]["Properties"]
    for step in path:
        found = found[step]
    return found


def assembly_of(data: dict[str, Any]) -> Assembly:
    """Templates as if they had been read from a cloud assembly."""
    return Assembly(
        tuple(
            Template(each, name=name, file=f"cdk.out/{name}.template.json", text=json.dumps(each), stack_name=name)
            for name, each in sorted(data.items())
        )
    )


def compared(new: dict[str, Any], base: dict[str, Any]) -> list[Any]:
    """The comparison alone, without what the rules find."""
    return compare(read_connectors(assembly_of(base)), read_connectors(assembly_of(new)))


def test_there_are_places_to_change() -> None:
    """The claims below are about several hundred of them."""
    assert len(PLACES) > 200
    assert {stack for stack, _, _ in PLACES} == set(EXAMPLES)


def is_told(stack: str, changed: dict[str, Any]) -> bool:
    """Whether the review of a changed stack has a change or a field."""
    return any(each.changes or each.rows for each in compared({stack: changed}, {stack: EXAMPLES[stack]}))


def test_no_change_of_a_text_is_missed() -> None:
    """Whatever text of whatever resource of sign-in becomes another one, the review tells it."""
    for place in PLACES:
        new = {place[0]: copy.deepcopy(EXAMPLES[place[0]])}
        put(new, place, f"{at(place)}-2")
        assert is_told(place[0], new[place[0]]), place


def test_no_removal_is_missed() -> None:
    """Nor a text that goes with what it stands in."""
    for stack, name, path in PLACES:
        new = copy.deepcopy(EXAMPLES[stack])
        del new["Resources"][name]["Properties"][path[0]]
        assert is_told(stack, new), (stack, name, path)


@pytest.mark.parametrize("stack", sorted(EXAMPLES))
def test_what_is_the_same_has_no_change(stack: str) -> None:
    """Alone, and as a part of all."""
    for data in (EXAMPLES, {stack: EXAMPLES[stack]}):
        assert not [each for each in compared(copy.deepcopy(data), data) if each.changes or each.rows]


def access(found: list[Any], end: str) -> set[tuple[str, Any]]:
    """Who gains, or loses, what."""
    return {
        (change.code.removesuffix(f"-{end}"), change.phrase.names)
        for each in found
        for change in each.changes
        if change.way != "other" and change.code.endswith(f"-{end}") and not change.code.startswith("connector-")
    }


@SETTINGS
@given(
    st.lists(st.tuples(st.sampled_from(PLACES), st.sampled_from(["x", "", "portal-admins"])), min_size=1, max_size=4)
)
def test_what_one_direction_gains_the_other_loses(changes: list[tuple[tuple[str, str, Path], str]]) -> None:
    """A review of the change, and one of taking it back, tell the same people and the same things."""
    new = copy.deepcopy(EXAMPLES)
    for place, value in changes:
        if place[2][-1] not in {"DisplayLabel", "ClientName"}:  # then one direction has the new name, one the old
            put(new, place, value)
    there, back = compared(new, EXAMPLES), compared(EXAMPLES, new)
    assert access(there, "added") == access(back, "removed")
    assert access(there, "removed") == access(back, "added")


@SETTINGS
@given(st.sampled_from([*EXAMPLES]))
def test_a_stack_that_comes_gains_what_it_loses_when_it_goes(stack: str) -> None:
    """Whole connectors, too."""
    without = {name: template for name, template in EXAMPLES.items() if name != stack}
    come, go = compared(EXAMPLES, without), compared(without, EXAMPLES)
    assert access(come, "added") == access(go, "removed")
    assert access(come, "added")
    assert not access(come, "removed")


ODD: list[Any] = [
    None,
    True,
    -1.5,
    10**30,
    "",
    "\ue000x\ue001\0",
    "`|<b>\n",
    [],
    {},
    [[]],
    [{}],
    {"Ref": ["a"]},
    {"Ref": "AWS::Region"},
    {"Fn::GetAtt": "A.B"},
    {"Fn::Sub": "${A.B}${"},
    {"Fn::If": ["c", [1], {"a": 2}]},
    {"Fn::Join": ["", [{"Ref": "AWS::AccountId"}, "a"]]},
    {"Fn::ForEach::X": [1]},
    {"a": {"b": ["c", {"d": 1}]}},
    '{"Items": 3}',
    "<a><X509Certificate>zzz</X509Certificate></a>",
    "-----BEGIN CERTIFICATE-----\nabc",
    "https://[",
    "arn:aws:iam::1:role/x,arn:aws:iam::1:saml-provider/y",
    "\ud800",
]
ANYWHERE: list[tuple[str, Path]] = []


def places(value: Any, path: Path = ()) -> Iterator[Path]:
    """Every place below *value*."""
    yield path
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for step, each in items:
        yield from places(each, (*path, step))


for _stack, _template in EXAMPLES.items():
    ANYWHERE += [
        (_stack, (section, *path))
        for section in ("Resources", "Mappings", "Outputs")
        if section in _template
        for path in places(_template[section])
    ]


def is_in(value: Any, step: str | int) -> bool:
    """Whether something stands at *step* of *value*."""
    if isinstance(value, list):
        return isinstance(step, int) and step < len(value)
    return isinstance(value, dict) and step in value


@SETTINGS
@given(st.lists(st.tuples(st.sampled_from(ANYWHERE), st.sampled_from(ODD)), min_size=1, max_size=4))
def test_nothing_of_the_wrong_type_stops_a_review(changes: list[tuple[tuple[str, Path], Any]]) -> None:
    """Whatever stands wherever in a template, there is a page, and it is in form."""
    new = copy.deepcopy(EXAMPLES)
    for (stack, path), value in changes:
        found: Any = new[stack]
        for step in path[:-1]:
            found = found[step] if is_in(found, step) else {}
        if isinstance(found, dict) or is_in(found, path[-1]):
            found[path[-1]] = copy.deepcopy(value)
    for one, other in ((new, EXAMPLES), (EXAMPLES, new)):
        told = review_of(one, other)
        text = markdown(told)
        assert len(text.encode("utf-8", "backslashreplace")) < LIMIT
        assert not {"\ue000", "\ue001", "\0"} & set(text)
        json.dumps(as_json(told))
        json.dumps(as_sarif(told, "1"))


def review_of(new: dict[str, Any], base: dict[str, Any]) -> Review:
    """A whole review."""
    return review(assembly_of(new), assembly_of(base), now=NOW)


def test_two_stacks_of_one_name_are_two() -> None:
    """Regions tell them apart."""
    data = EXAMPLES["saml-connector-portal"]
    both = Assembly(
        tuple(Template(data, name="s", file=f"{region}.json", region=region, stack_name="s") for region in ("a", "b"))
    )
    found = read_connectors(both)
    assert [each.templates for each in found.connectors] == [("s@a",), ("s@b",)]
