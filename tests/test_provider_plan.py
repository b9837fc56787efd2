"""The plan is a pure function: desired and live state in; none, create, update of named fields, or replace out."""

from __future__ import annotations

import base64
import copy
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from saml_connectors.provider.jumpcloud import bodies, desired, plan, slugs
from saml_connectors.provider.jumpcloud.errors import ApplicationError
from saml_connectors.provider.jumpcloud.live import Live, Template

DER = base64.b64encode(bytes([0x30, 3, 1, 2, 3])).decode()
PEM = f"-----BEGIN CERTIFICATE-----\n{DER}\n-----END CERTIFICATE-----\n"
ROW = {"readOnly": False, "required": False, "visible": True}


def _desired(**changes: Any) -> desired.Application:
    properties = {
        "Directory": {"ApiUrl": "https://console.jumpcloud.com/api", "CredentialsSecret": "key"},
        "Template": "saml2",
        "DisplayLabel": "Portal",
        "SpEntityId": "urn:sp",
        "AcsUrl": "https://sp.example.com/acs",
        "UserAttributes": [{"Name": "email", "Source": "email"}, {"Name": "name", "Source": "firstname"}],
        "Slug": "portal",
    } | changes
    return desired.application(
        {name: value for name, value in properties.items() if value is not None},
        stack_id="arn:aws:cloudformation:eu-west-1:1:stack/portal/1",
        logical_id="App",
    )


def _live(**changes: Any) -> Live:
    url = "https://sso.jumpcloud.com/saml2/portal"
    config: dict[str, Any] = {
        "idpEntityId": {"value": url, "required": True, "position": 0},
        "idpCertificate": {"value": "c2VjcmV0", "type": "file"},
        "idpPrivateKey": {"value": ""},
        "spEntityId": {"value": "urn:sp"},
        "acsUrl": {"value": "https://sp.example.com/acs"},
        "databaseAttributes": {
            "value": [{"name": "email", "value": "email", **ROW}, {"name": "name", "value": "firstname", **ROW}]
        },
        "constantAttributes": {"value": []},
        "includeGroups": {"value": False},
        "groupsAttributeName": {"value": None},
        "spCertificate": {"value": None},
        "signResponse": {"value": False},
    }
    body: dict[str, Any] = {
        "_id": "0" * 24,
        "active": True,
        "name": "saml2",
        "displayLabel": "Portal",
        "description": "",
        "ssoUrl": url,
        "sso": {"type": "saml", "hidden": False, "jit": False},
        "color": None,
        "config": config,
    }
    for path, value in changes.items():
        if path in config:
            config[path]["value"] = value
        else:
            body[path] = value
    return Live(body)


def test_nothing_there_is_a_create() -> None:
    """There is no live state."""
    assert plan.plan(_desired(), None).kind == plan.CREATE


def test_equal_states_are_no_plan_at_all() -> None:
    """Nothing changes, and there are no fields."""
    step = plan.plan(_desired(), _live())
    assert (step.kind, step.fields) == (plan.NONE, ())


@pytest.mark.parametrize(
    ("change", "fields"),
    [
        ({"displayLabel": "Other"}, ("displayLabel",)),
        ({"active": False}, ("active",)),
        ({"spEntityId": None, "acsUrl": ""}, ("config.acsUrl", "config.spEntityId")),
        ({"includeGroups": True}, ("config.includeGroups",)),
        ({"sso": {"hidden": True}}, ("sso.hidden",)),
        ({"idpEntityId": "JumpCloud"}, ("config.idpEntityId",)),
        ({"databaseAttributes": []}, ("config.databaseAttributes",)),
    ],
)
def test_an_update_names_the_fields_that_change(change: dict[str, Any], fields: tuple[str, ...]) -> None:
    """And only those."""
    step = plan.plan(_desired(), _live(**change))
    assert (step.kind, step.fields) == (plan.UPDATE, fields)


@pytest.mark.parametrize(
    ("wanted", "change", "reasons"),
    [
        ({}, {"name": "aws"}, ("template",)),
        ({}, {"ssoUrl": "https://sso.jumpcloud.com/saml2/other"}, ("slug",)),
        (
            {"Template": "bookmark", "BookmarkUrl": "https://a.example.com/"},
            {"name": "bookmark", "ssoUrl": "https://b.example.com/"},
            ("bookmark URL",),
        ),
    ],
)
def test_another_identity_is_a_replacement(
    wanted: dict[str, Any], change: dict[str, Any], reasons: tuple[str, ...]
) -> None:
    """It says which part of the identity differs."""
    step = plan.plan(_desired(**wanted), _live(**change))
    assert (step.kind, step.fields) == (plan.REPLACE, reasons)


@pytest.mark.parametrize(
    ("path", "one", "other"),
    [
        ("description", "", None),
        ("config.signResponse", False, None),
        ("sso.hidden", False, None),
        ("config.constantAttributes", [], None),
        ("config.spCertificate", PEM, base64.b64encode(PEM.encode()).decode()),
        ("config.spCertificate", PEM, DER),
        ("config.acsUrl", "https://a/", json.dumps([{"index": "0", "isDefault": "true", "url": "https://a/"}])),
        (
            "config.databaseAttributes",
            [{"name": "a", "value": "1"}, {"name": "b", "value": "2"}],
            [{"name": "b", "value": "2", "visible": False}, {"name": "a", "value": "1", "tempId": "x"}],
        ),
    ],
)
def test_what_means_the_same_is_the_same(path: str, one: object, other: object) -> None:
    """Null, empty and absent; rows in another order; a certificate in another form."""
    assert plan.same(path, one, other)
    assert plan.same(path, other, one)


@pytest.mark.parametrize(
    ("path", "one", "other"),
    [
        ("config.databaseAttributes", [{"name": "a", "value": "1"}], [{"name": "a", "value": "2"}]),
        ("config.databaseAttributes", [{"name": "a", "value": "1"}] * 2, [{"name": "a", "value": "1"}]),
        ("config.acsUrl", "https://a/", json.dumps([{"url": "https://a/"}, {"url": "https://b/"}])),
        ("config.spCertificate", PEM, "not a certificate"),
        ("config.signResponse", True, None),
        ("displayLabel", "Portal", "portal"),
    ],
)
def test_what_differs_is_not_the_same(path: str, one: object, other: object) -> None:
    """Values, how often, letter case."""
    assert not plan.same(path, one, other)


def test_what_is_released_goes_back_to_the_templates_default_or_to_nothing() -> None:
    """Only fields that were managed before and are not any more."""
    old = _desired(Description="x", SignResponse="true", GroupsAttribute="memberOf", SubjectField="email")
    assert plan.released(_desired(UserAttributes=None), old) == (
        "config.databaseAttributes",
        "config.groupsAttributeName",
        "config.signResponse",
        "config.subjectField",
        "description",
    )
    assert plan.released(old, old) == ()
    template = Template({"config": {"subjectField": {"value": "username"}, "signResponse": {"value": None}}})
    values = plan.reset_values(("config.subjectField", "config.signResponse", "description"), template)
    assert values == {"config.subjectField": "username", "config.signResponse": False, "description": ""}


def test_a_merged_body_keeps_everything_that_does_not_change() -> None:
    """Certificate and key entries exactly as read, unknown fields too; what was read is not altered."""
    live = _live()
    before = copy.deepcopy(live.body)
    body = bodies.merged(live, {"displayLabel": "X", "sso.hidden": True, "config.acsUrl": "https://b/"}, "updating")
    assert live.body == before
    expected = copy.deepcopy(before)
    expected["displayLabel"] = "X"
    expected["sso"]["hidden"] = True
    expected["config"]["acsUrl"]["value"] = "https://b/"
    assert body == expected


def test_a_setting_that_is_not_there_is_refused_unless_its_absence_means_the_same() -> None:
    """Dropping it in silence would be a broken promise."""
    assert bodies.known_settings({"a": 1, "includeGroups": False}, ["a"], "creating") == {"a": 1}
    with pytest.raises(ApplicationError, match=r"no setting b, includeGroups; it has a.*`template: saml2`"):
        bodies.known_settings({"b": "x", "includeGroups": True}, ["a"], "creating")


@pytest.mark.parametrize(
    ("key", "value", "other"),
    [
        ("declareRedirectEndpoint", True, None),
        ("signAssertion", True, None),
        ("signatureAlgorithm", "RSA-SHA256", "RSA-SHA512"),
        ("signResponse", None, True),
    ],
)
def test_a_setting_that_a_template_need_not_have_is_tolerated_for_one_value_only(
    key: str, value: Any, other: Any
) -> None:
    """What it does anyway; it is neither sent nor claimed to be verified."""
    assert plan.assumed({key: value}, ["a"]) == ((key,) if key in plan.ASSUMED else ())
    assert plan.assumed({key: value}, [key]) == ()
    assert bodies.known_settings({key: value}, ["a"], "creating") == {}
    if other is not None:
        assert plan.assumed({key: other}, ["a"]) == ()
        with pytest.raises(ApplicationError, match=f"no setting {key}"):
            bodies.known_settings({key: other}, ["a"], "creating")


@pytest.mark.parametrize(
    ("template_url", "api_url", "expected"),
    [
        (
            "https://sso.eu.jumpcloud.com/saml2/saml2",
            "https://console.eu.jumpcloud.com/api",
            "https://sso.eu.jumpcloud.com/saml2/portal",
        ),
        ("", "https://console.jumpcloud.com/api", "https://sso.jumpcloud.com/saml2/portal"),
        ("saml2", "https://console.eu.jumpcloud.com/api", "portal"),
    ],
)
def test_the_sso_host_is_the_templates_own_in_every_region(template_url: str, api_url: str, expected: str) -> None:
    """It is never built from the region's name; where it is not known, the directory completes a bare slug."""
    wanted = _desired(Directory={"ApiUrl": api_url, "CredentialsSecret": "key"})
    body = bodies.for_create(wanted, Template({"name": "saml2", "displayName": "SAML", "ssoUrl": template_url}))
    assert body["ssoUrl"] == expected
    assert body["displayName"] == "SAML"
    assert ("idpEntityId" in body["config"]) == ("://" in expected)


@given(
    stack=st.text(st.characters(codec="ascii", exclude_characters="/"), max_size=200),
    logical_id=st.text(max_size=300),
    template=st.sampled_from(["aws", "saml2"]),
)
def test_a_derived_slug_is_always_one_short_safe_path_segment(stack: str, logical_id: str, template: str) -> None:
    """Whatever the stack is called."""
    slug = slugs.derived(
        stack_id=f"arn:x:stack/{stack}/id", logical_id=logical_id, api_url="https://a", org_id=None, template=template
    )
    assert slugs.CHOSEN.fullmatch(slug)
    assert slug == slug.lower()
    assert len(slug) <= 63
    assert slugs.of(f"https://sso.jumpcloud.com/saml2/{slug}") == slug


def test_a_derived_slug_changes_with_what_replaces_and_with_nothing_else() -> None:
    """Stack, resource, directory and template; not the label."""
    base = {
        "stack_id": "arn:x:stack/Portal/1",
        "logical_id": "A",
        "api_url": "https://a",
        "org_id": None,
        "template": "t",
    }
    others = [{"stack_id": "arn:x:stack/Portal/2"}, {"logical_id": "B"}, {"api_url": "https://b"}, {"org_id": "o"}]
    made = {slugs.derived(**(base | other)) for other in [{}, *others, {"template": "u"}]}  # type: ignore[arg-type] # a table
    assert len(made) == 6
    assert all(slug.startswith("portal-") for slug in made)
    assert _desired(Slug=None).slug == _desired(Slug=None, DisplayLabel="Other", SpEntityId="urn:x").slug
