"""Claims about right specs: a file, plain data, the classes, and what they write of themselves are one and the same."""

from __future__ import annotations

import json
import string
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from saml_connectors.spec import CognitoUserPoolSpec, load, parse
from saml_connectors.spec.source import read_yaml

PROJECT = Path(__file__).parents[1]
EXAMPLES = [*sorted((PROJECT / "connectors").glob("*.yaml")), *sorted((PROJECT / "tests" / "specs").glob("*.yaml"))]

names = st.from_regex(r"[a-z]([a-z0-9-]{0,10}[a-z0-9])?", fullmatch=True)
words = st.text(alphabet=string.ascii_letters + "é ", min_size=1, max_size=12).map(str.strip).filter(bool)
urls = names.map(lambda name: f"https://{name}.example.com/callback")
clients = st.fixed_dictionaries(
    {"name": names, "callback_urls": st.lists(urls, min_size=1, max_size=3)},
    optional={
        "logout_urls": st.lists(urls, max_size=2),
        "secret": st.booleans(),
        "access_token_minutes": st.integers(5, 1440),
        "flows": st.sampled_from([["code"], ["code", "implicit"]]),
        "scopes": st.sampled_from([["openid"], ["openid", "email"]]),
    },
)
attributes = st.dictionaries(
    st.sampled_from(["email", "given_name", "custom:team", "custom:a.b-c"]),
    words | st.fixed_dictionaries({"from": words}, optional={"claim": words}) | st.builds(dict, constant=words),
    min_size=1,
)
pools = st.fixed_dictionaries(
    {
        "domain": st.fixed_dictionaries(
            {"prefix": names.filter(lambda name: not any(word in name for word in ("aws", "amazon", "cognito")))}
        )
    },
    optional={
        "provider_name": names.filter(lambda name: len(name) > 2),
        "identifiers": st.lists(names, max_size=3, unique=True),
        "attributes": attributes,
        "groups": st.just({"to": "cognito:groups"}),
        "sign_requests": st.booleans(),
        "removal_policy": st.sampled_from(["retain", "destroy"]),
    },
)
good_specs: st.SearchStrategy[dict[str, Any]] = st.fixed_dictionaries(
    {
        "kind": st.just("cognito-user-pool"),
        "name": names,
        "directory": st.fixed_dictionaries({"credentials": names}, optional={"region": st.sampled_from(["us", "eu"])}),
        "application": st.fixed_dictionaries({"display_label": words}, optional={"description": words}),
        "user_pool": pools,
        "app_clients": st.lists(clients, min_size=1, max_size=3, unique_by=lambda client: client["name"]),
    },
    optional={"aws": st.just({"region": "eu-west-1"})},
)


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(good_specs)
def test_a_right_spec_is_the_same_from_yaml_from_data_and_from_python(tmp_path: Path, data: dict[str, Any]) -> None:
    """One model: a file, plain data, the class itself, and what it writes of itself, give equal specs."""
    spec = parse(data)
    file = tmp_path / "spec.yaml"
    file.write_text(yaml.safe_dump(data, allow_unicode=True), encoding="utf-8")
    (read,) = load([file]).raise_if_any()
    assert read == spec
    assert CognitoUserPoolSpec(**data) == spec
    assert parse(spec.model_dump(mode="json", exclude_unset=True)) == spec
    assert parse(json.loads(spec.model_dump_json(exclude_unset=True))) == spec


@pytest.mark.parametrize("file", EXAMPLES, ids=lambda file: file.stem)
def test_every_example_is_the_same_after_a_round_trip(file: Path) -> None:
    """What a spec writes of itself is the spec; every field is there, by the name that specs use."""
    data = read_yaml(file.read_text(), str(file)).data
    spec = parse(data, folder=file.parent)
    written = spec.model_dump(mode="json", exclude_unset=True)
    assert parse(written) == spec
    assert set(written) == set(data)
