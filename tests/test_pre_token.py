"""Claims about the pre token generation trigger: how groups are read, what is kept, and that nobody is locked out."""

from __future__ import annotations

import ast
import json
import sys
from pathlib import Path
from typing import Any
from urllib.parse import quote_plus

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from saml_connectors.pre_token import handler
from saml_connectors.pre_token.handler import handle, read_groups

POOL_ID = "eu-central-1_AbCdEf123"
FEDERATED = {"cognito:user_status": "EXTERNAL_PROVIDER", "email": "anna@example.com"}


@pytest.fixture(autouse=True)
def groups_attribute(monkeypatch: pytest.MonkeyPatch) -> None:
    """The function's environment."""
    monkeypatch.setenv("GROUPS_ATTRIBUTE", "custom:groups")


def event(attributes: dict[str, Any], *, version: str = "1", **configuration: Any) -> dict[str, Any]:
    """An event as Cognito sends it."""
    overrides = "claimsOverrideDetails" if version == "1" else "claimsAndScopeOverrideDetails"
    return {
        "version": version,
        "triggerSource": "TokenGeneration_HostedAuth",
        "region": "eu-central-1",
        "userPoolId": POOL_ID,
        "userName": "Acme_anna@example.com",
        "callerContext": {"awsSdkVersion": "1", "clientId": "3abc"},
        "request": {"userAttributes": attributes, "groupConfiguration": configuration},
        "response": {overrides: None},
    }


def overridden(answer: dict[str, Any]) -> dict[str, Any]:
    """The group override details of a version 1 answer."""
    details = answer["response"]["claimsOverrideDetails"]["groupOverrideDetails"]
    assert isinstance(details, dict)
    return details


def flattened(groups: list[str]) -> str:
    """A list as Cognito writes it into a user attribute: form-encoded, less `. - * _`, in brackets."""
    return "[" + ", ".join(quote_plus(group, safe=".-*_").replace("~", "%7E") for group in groups) + "]"


# --- reading --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("value", "groups"),
    [
        (None, []),
        ("", []),
        ("  ", []),
        ("[]", []),
        ("[ ]", []),
        ("[,]", []),
        ("engineering", ["engineering"]),
        ("[engineering]", ["engineering"]),
        ("[engineering, platform]", ["engineering", "platform"]),
        ("[engineering,platform]", ["engineering", "platform"]),
        ("[b, a, b]", ["b", "a"]),
        ("[Team+A, R%26D%2C+QA, 100%25, s%C3%B6hne]", ["Team A", "R&D, QA", "100%", "söhne"]),
        ("[%5Bx%5D, a%2Bb]", ["[x]", "a+b"]),
        ("[Team A, R&D+QA]", ["Team A", "R&D+QA"]),
        ("Team A, Berlin", ["Team A, Berlin"]),
        ("a,b", ["a,b"]),
        ("Team+A", ["Team A"]),
        ("R&D+QA", ["R&D+QA"]),
        ("50% off", ["50% off"]),
        ("50%", ["50%"]),
        ("%FF", ["%FF"]),
        ("[", ["["]),
        ("[unfinished, list", ["[unfinished, list"]),
        ('["Team A", "a,b", "c+d"]', ["Team A", "a,b", "c+d"]),
        ('["a", 1]', ['"a"', "1"]),
        ('["a", b]', ['"a"', "b"]),
        (["a+b", " c ", "a+b", ""], ["a+b", "c"]),
    ],
)
def test_groups_are_read_by_the_documented_rule(value: object, groups: list[str]) -> None:
    """Every form in which a group attribute arrives, and names that hold the characters of the form itself."""
    assert read_groups(value) == groups


@given(st.lists(st.text(min_size=1).map(str.strip).filter(bool), unique=True))
def test_what_cognito_flattens_is_read_back(groups: list[str]) -> None:
    """Whatever the names hold: commas, brackets, percent signs, other scripts."""
    assert read_groups(flattened(groups)) == groups


@given(st.lists(st.text(min_size=1).map(str.strip).filter(bool), unique=True, min_size=1))
def test_a_list_in_json_is_read_back(groups: list[str]) -> None:
    """Some IdPs send one value that is a JSON list."""
    assert read_groups(json.dumps(groups)) == groups


# --- answering ------------------------------------------------------------------------------------------------------


def test_a_version_1_event_is_answered_with_groups_in_claims_override_details() -> None:
    """The form that works in every feature plan."""
    answer = handle(event({**FEDERATED, "custom:groups": "[engineering, Team+A]"}), None)
    assert answer["response"] == {
        "claimsOverrideDetails": {"groupOverrideDetails": {"groupsToOverride": ["engineering", "Team A"]}}
    }


@pytest.mark.parametrize("version", ["2", "3"])
def test_a_later_event_is_answered_with_groups_in_claims_and_scope_override_details(version: str) -> None:
    """Versions 2 and 3 have another name for it."""
    answer = handle(event({**FEDERATED, "custom:groups": "[a]"}, version=version), None)
    assert answer["response"] == {
        "claimsAndScopeOverrideDetails": {"groupOverrideDetails": {"groupsToOverride": ["a"]}}
    }


def test_everything_else_of_the_event_comes_back_as_it_was() -> None:
    """Cognito refuses an answer that lost its request."""
    sent = event({**FEDERATED, "custom:groups": "a"})
    before = json.loads(json.dumps(sent))
    answer = handle(sent, None)
    assert sent == before
    assert {**answer, "response": None} == {**before, "response": None}


def test_groups_of_the_pool_stay_and_the_group_that_cognito_makes_for_the_idp_goes() -> None:
    """Only the automatic group is dropped, of this provider or another one of the pool."""
    answer = handle(
        event(
            {**FEDERATED, "custom:groups": "[b, admins]"},
            groupsToOverride=["admins", f"{POOL_ID}_Acme", f"{POOL_ID}_Other", "eu-central-1_Else_Acme"],
        ),
        None,
    )
    assert overridden(answer)["groupsToOverride"] == ["admins", "eu-central-1_Else_Acme", "b"]


def test_roles_of_the_request_are_kept() -> None:
    """An answer without them would take a person's roles away."""
    roles = ["arn:aws:iam::111122223333:role/admins"]
    answer = handle(event(FEDERATED, groupsToOverride=["a"], iamRolesToOverride=roles, preferredRole=roles[0]), None)
    assert overridden(answer) == {"groupsToOverride": ["a"], "iamRolesToOverride": roles, "preferredRole": roles[0]}


def test_a_person_without_groups_gets_none() -> None:
    """An absent attribute is no fault, and nothing is logged."""
    assert overridden(handle(event(FEDERATED), None)) == {"groupsToOverride": []}


def test_groups_that_a_person_wrote_about_themselves_do_not_count(caplog: pytest.LogCaptureFixture) -> None:
    """A user of the pool itself may write the attribute at sign-up; only an IdP's word makes groups."""
    attributes = {"cognito:user_status": "CONFIRMED", "custom:groups": "[admins]"}
    answer = handle(event(attributes, groupsToOverride=["own"]), None)
    assert overridden(answer)["groupsToOverride"] == ["own"]
    assert json.loads(caplog.messages[0])["reason"] == "groups-of-a-user-without-idp-ignored"


@pytest.mark.parametrize("identities", ['[{"providerName":"Acme","providerType":"SAML"}]', [{"providerName": "Acme"}]])
def test_a_user_linked_to_an_idp_has_its_groups(identities: object) -> None:
    """A linked user's status is not EXTERNAL_PROVIDER; the list of identities tells."""
    attributes = {"cognito:user_status": "CONFIRMED", "identities": identities, "custom:groups": "[a]"}
    assert overridden(handle(event(attributes), None))["groupsToOverride"] == ["a"]


@pytest.mark.parametrize("identities", ["[]", "", "{", "null", [], {}, 7])
def test_no_identity_is_no_idp(identities: object) -> None:
    """What is not a list of at least one identity vouches for nobody."""
    attributes = {"identities": identities, "custom:groups": "[a]"}
    assert overridden(handle(event(attributes), None))["groupsToOverride"] == []


def test_tokens_for_a_machine_are_left_alone() -> None:
    """Client credentials have no person, and so no groups."""
    sent = {**event({}, version="3"), "triggerSource": "TokenGeneration_ClientCredentials"}
    assert handle(sent, None) == sent


def test_a_missing_setting_is_logged_and_locks_nobody_out(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """The fault is the deployment's, not the person's."""
    monkeypatch.delenv("GROUPS_ATTRIBUTE")
    answer = handle(event({**FEDERATED, "custom:groups": "[a]"}, groupsToOverride=["own"]), None)
    assert overridden(answer)["groupsToOverride"] == ["own"]
    assert json.loads(caplog.messages[0])["reason"] == "groups-attribute-not-configured"


def test_a_warning_names_no_person_and_no_value(caplog: pytest.LogCaptureFixture) -> None:
    """Logs are read by more people than profiles are."""
    answer = handle(event({**FEDERATED, "custom:groups": {"secret-project": 1}}), None)
    assert overridden(answer)["groupsToOverride"] == []
    (line,) = caplog.messages
    assert json.loads(line) == {
        "level": "WARNING",
        "reason": "groups-unreadable",
        "userPoolId": POOL_ID,
        "clientId": "3abc",
        "triggerSource": "TokenGeneration_HostedAuth",
    }


anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=10), inner, max_size=4),
    max_leaves=12,
)
odd_event = st.fixed_dictionaries(
    {},
    optional={
        "version": anything,
        "triggerSource": anything,
        "userPoolId": anything,
        "callerContext": anything,
        "response": anything,
        "request": anything
        | st.fixed_dictionaries(
            {},
            optional={
                "groupConfiguration": anything | st.fixed_dictionaries({}, optional={"groupsToOverride": anything}),
                "userAttributes": anything
                | st.fixed_dictionaries(
                    {"cognito:user_status": st.just("EXTERNAL_PROVIDER")},
                    optional={"custom:groups": anything, "identities": anything},
                ),
            },
        ),
    },
)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=300)
@given(odd=odd_event | anything)
def test_nothing_odd_in_an_event_locks_a_person_out(odd: Any) -> None:
    """Every answer is JSON, and every group in it a text."""
    answer = handle(odd, None)
    json.dumps(answer)
    if isinstance(odd, dict) and odd.get("triggerSource") != "TokenGeneration_ClientCredentials":
        (details,) = [
            one["groupOverrideDetails"]
            for one in answer["response"].values()
            if isinstance(one, dict) and "groupOverrideDetails" in one
        ]
        assert all(isinstance(group, str) for group in details["groupsToOverride"])


def test_the_trigger_needs_the_standard_library_alone() -> None:
    """The function's asset is one file, without packages."""
    tree = ast.parse(Path(handler.__file__).read_text(encoding="utf-8"))
    imported = {alias.name for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names} | {
        str(node.module) for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)
    }
    assert {name.partition(".")[0] for name in imported} <= set(sys.stdlib_module_names)
