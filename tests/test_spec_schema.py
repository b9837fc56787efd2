"""Claims about the JSON Schema: it is valid, takes what `validate` takes, and refuses what a schema can refuse."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from jsonschema import Draft202012Validator  # type: ignore[import-untyped]  # its types are a package of their own

from saml_connectors.cli import main
from saml_connectors.spec import KINDS
from saml_connectors.spec.json_schema import json_schema
from saml_connectors.spec.source import read_yaml

PROJECT = Path(__file__).parents[1]
GOOD = [*sorted((PROJECT / "connectors").glob("*.yaml")), *sorted((PROJECT / "tests" / "specs").glob("*.yaml"))]
BAD = PROJECT / "tests" / "bad_specs"
MINIMAL: dict[str, Any] = {
    "kind": "cognito-user-pool",
    "name": "portal",
    "directory": {"credentials": "jumpcloud/api-key"},
    "application": {"display_label": "Portal"},
    "user_pool": {"domain": {"prefix": "acme"}},
    "app_clients": [{"name": "web", "callback_urls": ["https://portal.example.com/callback"]}],
}

CONSOLE: dict[str, Any] = {
    "kind": "iam",
    "name": "console",
    "directory": {"credentials": "jumpcloud/api-key"},
    "application": {"display_label": "AWS"},
    "roles": {"Engineer": {}},
    "groups": {"Engineer": ["engineers"]},
}

WORKFORCE: dict[str, Any] = {
    "kind": "identity-center",
    "name": "workforce",
    "directory": {"credentials": "jumpcloud/api-key"},
    "application": {"display_label": "AWS", "groups": ["engineers"]},
    "service_provider": {"metadata_file": "identity-center.xml"},
    "instance": {"arn": "arn:aws:sso:::instance/ssoins-1234567890abcdef", "identity_store_id": "d-9067654321"},
    "permission_sets": {"Engineer": {}},
}


def printed(*arguments: str) -> dict[str, Any]:
    """What the command prints."""
    result = CliRunner().invoke(main, ["schema", *arguments])
    assert result.exit_code == 0
    document: dict[str, Any] = json.loads(result.stdout)
    return document


def accepts(schema: dict[str, Any], data: object) -> bool:
    """Whether *data* is valid by *schema*."""
    return bool(Draft202012Validator(schema).is_valid(data))


def data_of(file: Path) -> Any:
    """The plain data in a file."""
    return read_yaml(file.read_text(), str(file)).data


@pytest.mark.parametrize("arguments", [[], *(["--kind", kind] for kind in KINDS)], ids=str)
def test_the_schema_is_valid_draft_2020_12(arguments: list[str]) -> None:
    """Editors refuse a schema that is not, or that names another draft."""
    document = printed(*arguments)
    assert document["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    Draft202012Validator.check_schema(document)


def test_an_unknown_kind_is_a_usage_error_that_names_those_there_are() -> None:
    """Exit 2, as every misspelt command."""
    result = CliRunner().invoke(main, ["schema", "--kind", "iamm"])
    assert result.exit_code == 2
    assert f"must be one of {', '.join(KINDS)}, got 'iamm'" in " ".join(result.output.split())


@pytest.mark.parametrize("file", GOOD, ids=lambda file: file.stem)
def test_every_example_is_accepted(file: Path) -> None:
    """The examples are complete in an editor too, by the schema of all kinds and by that of their own."""
    data = data_of(file)
    assert accepts(json_schema(), data)
    assert accepts(json_schema(data["kind"]), data)


@pytest.mark.parametrize(
    "change",
    [
        {"kind": "iamm"},
        {"extra": 1},
        {"kind": "bookmark"},
        {"application": {"display_label": "Portal", "lable": "x"}},
        {"directory": {"credentials": 5}},
        {"directory": {"credentials": "jumpcloud/api-key", "region": "uk"}},
        {"aws": {"region": "Frankfurt"}},
        {"aws": {"account": "1234"}},
        {"name": "Portal"},
        {"user_pool": {"domain": {"prefix": "Acme"}}},
        {"user_pool": {"domain": {"prefix": "acme"}, "provider_name": "Jump Cloud"}},
        {"user_pool": {"domain": {"prefix": "acme"}, "provider_name": "JC"}},
        {"user_pool": {"domain": {"prefix": "acme"}, "attributes": {"phone": "phoneNumber"}}},
        {"user_pool": {"domain": {"prefix": "acme"}, "attributes": {"email": {"form": "email"}}}},
        {"user_pool": {"domain": {"prefix": "acme"}, "attributes": {"email": ["email"]}}},
        {"user_pool": {"domain": {"prefix": "acme"}, "groups": {"to": "groups"}}},
        {"user_pool": {"domain": {"custom": "https://auth.example.com"}}},
    ],
    ids=str,
)
def test_what_a_schema_can_refuse_is_refused(change: dict[str, Any]) -> None:
    """A misspelt field, a wrong kind, a wrong choice and a wrong form are marked while somebody types."""
    assert accepts(json_schema(), MINIMAL)
    assert not accepts(json_schema(), {**MINIMAL, **change})


@pytest.mark.parametrize(
    "change",
    [
        {"roles": {"Read Only": {}}},
        {"roles": {"arn:aws:iam::111122223333:role/Engineer": {}}},
        {"roles": {"Engineer": {"permissions_boundary": "ReadOnlyAccess"}}},
        {"roles": {"Engineer": {"managed_policies": ["Read Only"]}}},
        {"roles": {"Engineer": {"inline_policies": {"read/logs": {}}}}},
        {"roles": {"Engineer": {"inline_policies": {"read": "ReadOnlyAccess"}}}},
        {"roles": {"Engineer": {"session_duration": "1h"}}},
        {"roles": ["Engineer"]},
        {"groups": {"Engineer": "engineers"}},
        {"groups": {"Read Only": ["readers"]}},
        {"provider": {"name": "Jump Cloud"}},
        {"provider": {"acs": "own"}},
        {"sign_in_regions": ["Global"]},
        {"partition": "aws-iso"},
        {"session": {"tags": {"team": ["department"]}}},
        {"other_accounts": {"ids": ["1111"]}},
        {"other_accounts": {"organizational_units": ["r-ab12"]}},
        {"identity_pool": {"name": "a/b"}},
        {"identity_pool": {"role_rules": [{"claim": "department", "value": "x"}]}},
    ],
    ids=str,
)
def test_what_a_schema_can_refuse_is_refused_for_roles_too(change: dict[str, Any]) -> None:
    """Names of roles and policies are field names to an editor, and are marked all the same."""
    assert accepts(json_schema(), CONSOLE)
    assert not accepts(json_schema(), {**CONSOLE, **change})


@pytest.mark.parametrize(
    "change",
    [
        {"service_provider": {"entity_id": "urn:amazon:webservices"}},
        {"service_provider": {"acs_url": "https://signin.aws.amazon.com/saml"}},
        {"instance": {"arn": "ssoins-1234567890abcdef", "identity_store_id": "d-9067654321"}},
        {"attributes": {"Team": {"path": "department"}}},
        {"attributes": {"Team": {"form": "department"}}},
        {"attributes": {"Team": ["department"]}},
        {"permission_sets": {"Read Only": {}}},
        {"permission_sets": {"Engineer": {"session_duration": 28800}}},
        {"permission_sets": {"Engineer": {"session_duration": "8h"}}},
        {"permission_sets": {"Engineer": {"permissions_boundary": "limit"}}},
        {"permission_sets": {"Engineer": {"permissions_boundary": {"path": "/"}}}},
        {"permission_sets": {"Engineer": {"customer_managed_policies": ["limit"]}}},
        {"assignments": [{"groups": ["engineers"], "permission_sets": ["Engineer"], "accounts": ["1111"]}]},
        {"assignments": [{"groups": ["engineers"], "permission_sets": ["Engineer"]}]},
        {"scim": {"endpoint": "https://scim.eu-west-1.amazonaws.com/a1b2c3d4e5f-1111/scim/v2/", "token": "scim/token"}},
        {"scim": {"token": "scim/token"}},
    ],
    ids=str,
)
def test_what_a_schema_can_refuse_is_refused_for_identity_center_too(change: dict[str, Any]) -> None:
    """Addresses, durations and names are marked while somebody types."""
    assert accepts(json_schema(), WORKFORCE)
    assert not accepts(json_schema(), {**WORKFORCE, **change})


@pytest.mark.parametrize("required", ["kind", "name", "user_pool", "app_clients"])
def test_required_fields_are_required(required: str) -> None:
    """`kind` too, although the model in Python has it already."""
    assert not accepts(json_schema(), {name: value for name, value in MINIMAL.items() if name != required})


def test_the_shorthand_of_an_attribute_is_accepted() -> None:
    """`email: email` means `email: {from: email}`, in an editor too."""
    for value in ("email", {"from": "email"}, {"from": "email", "required": True}, {"constant": "x"}):
        pool = {"domain": {"prefix": "acme"}, "attributes": {"email": value, "custom:team": value}}
        assert accepts(json_schema(), {**MINIMAL, "user_pool": pool})


def test_the_shorthand_of_a_session_tag_is_accepted() -> None:
    """`team: department` means `team: {from: department}`."""
    for value in ("department", {"from": "department"}, {"constant": "x"}):
        assert accepts(json_schema(), {**CONSOLE, "session": {"tags": {"team": value}}})


def test_the_shorthand_of_an_attribute_for_access_control_is_accepted() -> None:
    """`Team: department` means `Team: {from: department}`; a path may be written as the console shows it."""
    for value in ("department", {"from": "department"}, {"path": "${path:title}"}, {"path": "title"}):
        assert accepts(json_schema(), {**WORKFORCE, "attributes": {"Team": value}})
    street = 'addresses[type eq "work"].streetAddress'
    for value in (street, f"${{path:{street}}}", "emails[primary eq true].value"):
        assert accepts(json_schema(), {**WORKFORCE, "attributes": {"Street": {"path": value}}})


def test_patterns_are_those_of_editors_too() -> None:
    """Names of groups and inline flags are Python's own: an editor would refuse the whole schema."""
    for part in parts(json_schema()):
        pattern = part.get("pattern")
        if isinstance(pattern, str):
            assert "(?P" not in pattern
            assert not pattern.startswith("^(?:(?i")


def test_what_validate_takes_the_schema_takes() -> None:
    """A wrong spec that only rules between fields refuse is right for the schema: its patterns are not narrower."""
    between = ["scope-openid", "callback-missing", "domain-choice", "identifier-twice", "flows-exclusive", "url-https"]
    between += ["role-unknown", "role-comma", "policy-document", "role-twice", "groups-derived", "slug-needed"]
    between += ["assignment-group", "permission-set-unknown", "access-attribute-sources", "identity-center-region"]
    between += ["application-setting", "permission-set-policy-size", "service-provider-source", "assignment-empty"]
    for name in between:
        assert accepts(json_schema(), data_of(BAD / f"{name}.yaml")), name


def parts(document: Any) -> Iterator[dict[str, Any]]:
    """Every mapping in a schema."""
    if isinstance(document, dict):
        yield document
        for value in document.values():
            yield from parts(value)
    elif isinstance(document, list):
        for value in document:
            yield from parts(value)


def test_every_field_has_a_description_on_one_line() -> None:
    """Editors show it beside the field."""
    fields = [
        field for part in parts(json_schema()) for field in part.get("properties", {}).values() if "properties" in part
    ]
    assert len(fields) > 60
    for field in fields:
        assert field["description"]
        assert "\n" not in field["description"]


def test_every_example_in_the_schema_is_right_by_the_schema() -> None:
    """What an editor offers is not marked as wrong at once."""
    document = json_schema()
    seen = 0
    for part in parts(document):
        if "examples" in part and isinstance(part["examples"], list):
            schema = {**part, "$defs": document["$defs"]}
            for example in part["examples"]:
                assert accepts(schema, example), (part.get("title"), example)
                seen += 1
    assert seen > 20
