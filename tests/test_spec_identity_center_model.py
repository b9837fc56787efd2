"""Claims about right specs of kind `identity-center`: one model, however it is written, and what follows."""

from __future__ import annotations

import json
import string
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from saml_connectors.problems import SpecError
from saml_connectors.spec import (
    AccessAttribute,
    Assignment,
    CustomerManagedPolicy,
    Directory,
    IdentityCenterSpec,
    Instance,
    PermissionSet,
    SamlApplication,
    Scim,
    ServiceProvider,
    load,
    parse,
)
from saml_connectors.spec.access_attribute import STORE_PATHS

ARN = "arn:aws:sso:::instance/ssoins-1234567890abcdef"
ENTITY_ID = "https://eu-west-1.signin.aws.amazon.com/platform/saml/d-9067654321"
ACS_URL = "https://eu-west-1.signin.aws.amazon.com/platform/saml/acs/b1f2c3d4-1111"
SCIM_URL = "https://scim.eu-west-1.amazonaws.com/a1b2c3d4e5f-1111/scim/v2"
BASE: dict[str, Any] = {
    "kind": "identity-center",
    "name": "workforce",
    "directory": {"credentials": "jumpcloud/api-key"},
    "service_provider": {"entity_id": ENTITY_ID, "acs_url": ACS_URL},
    "instance": {"arn": ARN, "identity_store_id": "d-9067654321"},
    "scim": {"endpoint": SCIM_URL, "token": "identity-center/scim-token", "token_expires": "2027-11-22"},
}

names = st.text(alphabet=f"{string.ascii_letters}{string.digits}_+=,.@-", min_size=1, max_size=32)
groups = st.text(alphabet="abcdefgé &()", min_size=1, max_size=12).map(str.strip).filter(bool)
accounts = st.from_regex(r"[0-9]{12}", fullmatch=True)
keys = st.text(alphabet=f"{string.ascii_letters}é _.:/=+-@", min_size=1, max_size=20).filter(
    lambda key: key == key.strip() and not key.lower().startswith(("aws:", "https://")) and "AccessControl:" not in key
)
sources: st.SearchStrategy[Any] = (
    st.from_regex(r"[a-zA-Z]{1,12}", fullmatch=True)
    | st.builds(dict, path=st.sampled_from(STORE_PATHS) | st.sampled_from([f"${{path:{one}}}" for one in STORE_PATHS]))
    | st.just({"from": "costCenter"})
)
minutes = st.integers(60, 720).map(lambda all_of: f"PT{all_of // 60}H{all_of % 60}M" if all_of < 720 else "PT12H")
permission_sets = st.fixed_dictionaries(
    {},
    optional={
        "session_duration": minutes,
        "description": st.sampled_from(["Reads", "Größe"]),
        "managed_policies": st.just(["ReadOnlyAccess"]),
        "customer_managed_policies": st.just([{"name": "limit"}, {"name": "limit", "path": "/people/"}]),
        "permissions_boundary": st.sampled_from(["arn:aws:iam::aws:policy/ReadOnlyAccess", {"name": "limit"}]),
        "relay_state": st.just("https://eu-west-1.console.aws.amazon.com/s3/?a=b#c"),
        "tags": st.just({"team": "core"}),
    },
)


@st.composite
def right_specs(draw: st.DrawFn) -> dict[str, Any]:
    """Whatever names, keys, groups and accounts there are."""
    bound = draw(st.lists(groups, min_size=1, max_size=4, unique=True))
    sets = draw(st.dictionaries(names, permission_sets, min_size=1, max_size=3))
    sets = {name.lower(): each for name, each in sets.items()}
    attributes = {key.lower(): each for key, each in draw(st.dictionaries(keys, sources, max_size=4)).items()}
    one = st.fixed_dictionaries(
        {
            "groups": st.lists(st.sampled_from(bound), min_size=1, max_size=3, unique=True),
            "permission_sets": st.lists(st.sampled_from(sorted(sets)), min_size=1, max_size=3, unique=True),
            "accounts": st.lists(accounts, min_size=1, max_size=3, unique=True),
        }
    )
    return {
        **BASE,
        "application": {"display_label": "AWS", "groups": bound},
        "permission_sets": sets,
        "attributes": attributes,
        "assignments": draw(st.lists(one, max_size=3)),
    }


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(right_specs())
def test_a_right_spec_is_the_same_from_yaml_from_data_and_from_python(tmp_path: Path, data: dict[str, Any]) -> None:
    """One model: a file, plain data, the class itself, and what it writes of itself, give equal specs."""
    spec = parse(data)
    file = tmp_path / "spec.yaml"
    file.write_text(yaml.safe_dump(data, allow_unicode=True), encoding="utf-8")
    (read,) = load([file]).raise_if_any()
    assert read == spec
    assert IdentityCenterSpec(**data) == spec
    assert parse(spec.model_dump(mode="json", exclude_unset=True)) == spec
    assert parse(json.loads(spec.model_dump_json(exclude_unset=True))) == spec


@settings(max_examples=100, deadline=None)
@given(right_specs())
def test_assigned_is_every_combination_once(data: dict[str, Any]) -> None:
    """Each group each permission set in each account, and nothing that no assignment says."""
    spec = parse(data)
    assert isinstance(spec, IdentityCenterSpec)
    said = {
        (group, name, account)
        for each in data["assignments"]
        for group in each["groups"]
        for name in each["permission_sets"]
        for account in each["accounts"]
    }
    assert set(spec.assigned) == said
    assert len(spec.assigned) == len(said)
    assert set(spec.assigned_groups) == {group for group, _, _ in said}


def test_the_classes_say_what_yaml_says() -> None:
    """In Python, parts are built one by one."""
    spec = IdentityCenterSpec(
        name="workforce",
        directory=Directory(credentials="jumpcloud/api-key"),
        application=SamlApplication(display_label="AWS", groups=("engineers",)),
        service_provider=ServiceProvider(entity_id=ENTITY_ID, acs_url=ACS_URL),
        instance=Instance(arn=ARN, identity_store_id="d-9067654321"),
        attributes={"Team": AccessAttribute(from_="department")},
        permission_sets={"Engineer": PermissionSet(permissions_boundary=CustomerManagedPolicy(name="limit"))},
        assignments=(Assignment(groups=("engineers",), permission_sets=("Engineer",), accounts=("111122223333",)),),
        scim=Scim(endpoint=SCIM_URL, token="identity-center/scim-token"),
    )
    assert spec.template == "aws-sso"
    assert spec.assigned == (("engineers", "Engineer", "111122223333"),)
    assert spec.instance.portal_url == "https://d-9067654321.awsapps.com/start"
    with pytest.raises(SpecError, match="access-attribute-sources"):
        AccessAttribute(from_="department", path="title")
