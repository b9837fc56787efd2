"""Claims about specs of kind `identity-center`: sources of attributes, durations, assignments, and what is advised."""

from __future__ import annotations

import json
import string
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from saml_connectors.problems import Problem, SpecError
from saml_connectors.spec import (
    AccessAttribute,
    IdentityCenterSpec,
    PermissionSet,
    Scim,
    load,
    parse,
)
from saml_connectors.spec.access_attribute import STORE_PATHS
from saml_connectors.spec.identity_center_rules import MAX_RESOURCES

ARN = "arn:aws:sso:::instance/ssoins-1234567890abcdef"
SAML = "https://eu-west-1.signin.aws.amazon.com/platform/saml"
SCIM_URL = "https://scim.eu-west-1.amazonaws.com/a1b2c3d4e5f-1111/scim/v2"
SCIM: dict[str, Any] = {"endpoint": SCIM_URL, "token": "identity-center/scim-token", "token_expires": "2027-11-22"}
BASE: dict[str, Any] = {
    "kind": "identity-center",
    "name": "workforce",
    "directory": {"credentials": "jumpcloud/api-key"},
    "application": {"display_label": "AWS", "groups": ["engineers", "auditors"]},
    "service_provider": {"entity_id": f"{SAML}/d-9067654321", "acs_url": f"{SAML}/acs/b1f2c3d4-1111"},
    "instance": {"arn": ARN, "identity_store_id": "d-9067654321"},
    "permission_sets": {"Engineer": {}, "Auditor": {}},
    "assignments": [
        {"groups": ["engineers", "auditors"], "permission_sets": ["Auditor"], "accounts": ["111122223333"]},
        {"groups": ["engineers"], "permission_sets": ["Engineer"], "accounts": ["111122223333", "444455556666"]},
    ],
    "scim": SCIM,
}


def center(**changes: Any) -> IdentityCenterSpec:
    """A right spec with some of its fields changed; those that are None are left out."""
    data = {name: value for name, value in {**BASE, **changes}.items() if value is not None}
    spec = parse(data)
    assert isinstance(spec, IdentityCenterSpec)
    return spec


def problems(folder: Path, **changes: Any) -> list[Problem]:
    """Everything that is told of a spec in a file, warnings too."""
    data = {name: value for name, value in {**BASE, **changes}.items() if value is not None}
    file = folder / "spec.yaml"
    file.write_text(yaml.safe_dump(data, sort_keys=False, allow_unicode=True))
    return load([file]).problems


def codes(**changes: Any) -> Counter[str]:
    """The codes of what is wrong with a spec that is changed so."""
    with pytest.raises(SpecError) as caught:
        center(**changes)
    return Counter(problem.code for problem in caught.value.problems)


# --- attributes for access control ----------------------------------------------------------------------------------


@pytest.mark.parametrize("path", STORE_PATHS)
def test_every_documented_path_is_taken_in_both_forms(path: str) -> None:
    """As the console shows it, and bare; both mean the same."""
    bare, shown = AccessAttribute(path=path), AccessAttribute(path=f"${{path:{path}}}")
    assert bare.path == shown.path == path


def test_fifty_attributes_are_taken_and_one_more_is_not() -> None:
    """The instance's own bound."""
    many = {f"Key{index}": "department" for index in range(50)}
    assert len(center(attributes=many).attributes) == 50
    assert codes(attributes={**many, "Key50": "department"}) == {"access-attribute-count": 1}


@pytest.mark.parametrize("key", ["é", "Cost Center", "a:b/c=d+e-f@g", "k" * 128])
def test_a_key_that_aws_takes_is_taken(key: str) -> None:
    """Letters of any language, spaces inside, and marks."""
    assert list(center(attributes={key: "department"}).attributes) == [key]


def test_a_path_in_the_place_of_a_property_is_told_with_the_way_out(tmp_path: Path) -> None:
    """Copied from the console, it would be sent as the name of a property that nobody has."""
    (problem,) = problems(tmp_path, attributes={"CostCenter": "${path:enterprise.costCenter}"})
    assert (problem.code, problem.fix) == ("access-attribute-source", "write {path: 'enterprise.costCenter'}")


def test_a_tag_that_no_session_carries_is_told(tmp_path: Path) -> None:
    """A policy that asks for it would let nobody do anything, silently."""

    def told(key: str) -> list[tuple[str, str | None]]:
        resource = f"arn:aws:ssm:*:*:parameter/${{aws:PrincipalTag/{key}}}/*"
        policy = {"Statement": [{"Effect": "Allow", "Action": "ssm:GetParameter", "Resource": resource}]}
        sets = {"Engineer": {"inline_policy": policy}, "Auditor": {}}
        found = problems(tmp_path, permission_sets=sets, attributes={"CostCenter": "costCenter", "Größe": "size"})
        return [(problem.code, problem.fix) for problem in found]

    assert told("CostCenter") == told("costcenter") == told("Größe") == []
    assert told("CostCentre") == [("principal-tag-unknown", "did you mean CostCenter?")]
    assert told("Floor") == [("principal-tag-unknown", "write it under attributes")]


# --- permission sets ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("duration", ["PT1H", "PT60M", "PT1H30M", "PT12H", "PT720M", "PT8H0M"])
def test_one_to_twelve_hours_are_taken(duration: str) -> None:
    """As ISO 8601 writes hours and minutes."""
    assert PermissionSet(session_duration=duration).session_duration == duration


@pytest.mark.parametrize(
    ("given_", "fix"),
    [
        (28800, "write PT8H"),
        ("28800", "write PT8H"),
        (5400, "write PT1H30M"),
        (8, "write PT8H"),
        (0, None),
        (90000, None),
    ],
)
def test_a_number_is_told_the_duration_that_it_means(given_: Any, fix: str | None, tmp_path: Path) -> None:
    """Kind `iam` takes seconds; here they are a mistake that is easily made."""
    sets = {"Engineer": {"session_duration": given_}, "Auditor": {}}
    (problem,) = problems(tmp_path, permission_sets=sets)
    assert (problem.code, problem.fix) == ("permission-set-duration", fix)


@pytest.mark.parametrize("duration", ["P1D", "PT", "pt8h", "PT8H ", "PT-1H", "PT8.5H", "PT1H90S", "", "٨", True, None])
def test_what_is_no_such_duration_is_refused(duration: Any) -> None:
    """Nothing is guessed."""
    with pytest.raises(SpecError, match=r"permission-set-duration|wrong-type"):
        PermissionSet(session_duration=duration)


def test_white_space_of_a_policy_is_not_counted() -> None:
    """AWS counts as IAM does: a policy may be indented."""

    def sets(*actions: str) -> dict[str, Any]:
        policy = {"Statement": [{"Effect": "Allow", "Action": list(actions), "Resource": "*"}]}
        return {"Engineer": {"inline_policy": policy}, "Auditor": {}}

    bare = len(json.dumps({"Version": "2012-10-17", **sets("s3:")["Engineer"]["inline_policy"]}).replace(" ", ""))
    most = 32_768 - bare
    assert center(permission_sets=sets("s3:" + "a" * most)).permission_sets
    assert codes(permission_sets=sets("s3:" + "a" * (most + 1))) == {"policy-size": 1}


def test_policies_of_an_account_are_named_for_each_account(tmp_path: Path) -> None:
    """The ARN is one account's; the way out is the same policy by name and path."""
    arn = "arn:aws:iam::111122223333:policy/people/limit"
    found = problems(
        tmp_path, permission_sets={"Engineer": {"managed_policies": [arn], "permissions_boundary": arn}, "Auditor": {}}
    )
    assert [(each.code, each.fix) for each in found] == [
        ("managed-policy", "write {name: limit, path: /people/}"),
        ("policy-arn", "write {name: limit, path: /people/}"),
    ]


@pytest.mark.parametrize(
    "host", ["console.aws.amazon.com", "eu-west-1.console.aws.amazon.com", "CONSOLE.AWS.amazon.com"]
)
def test_pages_of_the_console_are_taken(host: str) -> None:
    """Of any region, however it is written."""
    state = f"https://{host}/s3/"
    sets = {"Engineer": {"relay_state": state}, "Auditor": {}}
    assert center(permission_sets=sets).permission_sets["Engineer"].relay_state == state


# --- assignments ----------------------------------------------------------------------------------------------------


def test_a_stack_s_worth_of_assignments_is_taken_and_one_more_is_not() -> None:
    """Permission sets, groups and single assignments are resources of one stack."""

    def assigned(count: int) -> list[dict[str, Any]]:
        ids = [f"{index:012d}" for index in range(count)]
        return [{"groups": ["engineers"], "permission_sets": ["Engineer"], "accounts": ids}]

    sets: dict[str, Any] = {"Engineer": {}}
    most = MAX_RESOURCES - 2
    assert len(center(permission_sets=sets, assignments=assigned(most)).assigned) == most
    assert codes(permission_sets=sets, assignments=assigned(most + 1)) == {"assignments-many": 1}


def test_what_several_assignments_say_again_counts_once() -> None:
    """Two that overlap are no mistake."""
    twice = [BASE["assignments"][0], BASE["assignments"][0]]
    assert len(center(assignments=twice, permission_sets={"Auditor": {}}).assigned) == 2


# --- place ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("region", ["eu-west-1", None])
def test_addresses_of_one_region_go_together(region: str | None) -> None:
    """Also where the spec leaves the region to whoever deploys."""
    aws = {"region": region} if region else {}
    assert center(aws=aws).scim == Scim(**SCIM)


def test_a_sandbox_is_in_no_region() -> None:
    """Its endpoint is on this machine."""
    scim = {**SCIM, "endpoint": "http://127.0.0.1:4566/scim/a1b2c3d4e5f/scim/v2"}
    assert center(aws={"region": "eu-west-1"}, scim=scim).scim == Scim(**scim)
    assert Scim(**scim).region is None


def test_govcloud_needs_its_own_portal() -> None:
    """Its address does not follow from the store's id."""
    host = "https://us-gov-west-1.signin.amazonaws-us-gov.com/platform/saml"
    changes: dict[str, Any] = {
        "aws": {"region": "us-gov-west-1"},
        "service_provider": {"entity_id": f"{host}/d-9067654321", "acs_url": f"{host}/acs/b1f2c3d4"},
        "instance": {"arn": ARN.replace("aws", "aws-us-gov", 1), "identity_store_id": "d-9067654321"},
        "scim": {**SCIM, "endpoint": SCIM_URL.replace("eu-west-1", "us-gov-west-1")},
    }
    assert codes(**changes) == {"access-portal-url": 1}
    portal = "https://start.us-gov-home.awsapps.com/directory/d-9067654321"
    assert center(**{**changes, "instance": {**changes["instance"], "access_portal_url": portal}}).instance.portal_url


# --- what is advised ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("changes", "code", "field"),
    [
        ({"assignments": BASE["assignments"][:1]}, "permission-set-idle", "permission_sets.Engineer"),
        ({"scim": {**SCIM, "manage_groups": False}}, "groups-unmanaged", "scim.manage_groups"),
        ({"scim": {**SCIM, "token_expires": None}}, "scim-token-unwatched", "scim.token_expires"),
        (
            {"permission_sets": {"Engineer": {"managed_policies": list("abcdefghijk")}, "Auditor": {}}},
            "managed-policy-quota",
            "permission_sets.Engineer",
        ),
        ({"application": {**BASE["application"], "sign": "both"}}, "application-setting-unsure", "application.sign"),
        (
            {"application": {**BASE["application"], "constant_attributes": {"a": "b"}}},
            "application-setting-unsure",
            "application.constant_attributes",
        ),
    ],
    ids=lambda value: value if isinstance(value, str) else "spec",
)
def test_what_works_and_is_hardly_meant_is_a_warning(
    changes: dict[str, Any], code: str, field: str, tmp_path: Path
) -> None:
    """It does not stop anybody, and says where and what."""
    (problem,) = problems(tmp_path, **changes)
    assert (problem.level, problem.code, problem.field) == ("warning", code, field)
    assert problem.line
    assert problem.fix


def test_with_another_template_its_settings_are_its_author_s(tmp_path: Path) -> None:
    """A template of the organization's own may have what Identity Center's has not."""
    more = {"template": "saml2", "sign": "both", "default_relay_state": "https://console.aws.amazon.com/"}
    assert problems(tmp_path, application={**BASE["application"], **more}) == []


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.text(alphabet=f"{string.ascii_letters}{string.digits}-_.:", min_size=129, max_size=400)
    | st.text(alphabet=string.ascii_letters, min_size=8).map(lambda text: f"Bearer {text}")
    | st.text(alphabet=f"{string.ascii_letters}{string.digits}", min_size=20).map(lambda text: f"eyJ{text}.{text}")
)
def test_an_access_token_is_refused_and_never_repeated(tmp_path: Path, token: str) -> None:
    """Whatever form it has: it is told apart from a secret's name, and no message shows it."""
    (problem,) = problems(tmp_path, scim={**SCIM, "token": token})
    assert (problem.code, problem.field) == ("plain-text-credential", "scim.token")
    assert token not in str(problem)
    assert token not in json.dumps(problem.to_json())


@pytest.mark.parametrize(
    "name",
    [
        "identity-center/scim-token",
        "arn:aws:secretsmanager:eu-west-1:111122223333:secret:identity-center/scim-token-AbCdEf",
        "SamlConnectorWorkforceScimTokenSecret4A5B6C7D-aBcDeFgHiJkL",
    ],
)
def test_the_name_of_a_secret_is_taken(name: str) -> None:
    """Also one that CloudFormation makes up."""
    assert Scim(**{**SCIM, "token": name}).token == name
