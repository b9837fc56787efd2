"""Claims to attributes, and overrides to token claims, in the local AWS: the pure rules."""

from __future__ import annotations

import pytest

from sandbox.aws.attribute_mapping import (
    Attribute,
    AttributesRefusedError,
    flatten,
    map_attributes,
    read_schema,
    writable_attributes,
)
from sandbox.aws.trigger_overrides import Overrides, TriggerFailedError, apply_overrides, read_overrides


def attribute(name: str, *, required: bool = False, mutable: bool = True, longest: int = 2048) -> Attribute:
    """One attribute of a schema."""
    return Attribute(name=name, required=required, mutable=mutable, longest=longest)


SCHEMA = {
    one.name: one
    for one in (
        attribute("sub", required=True, mutable=False),
        attribute("email", required=True),
        attribute("name"),
        attribute("custom:groups"),
        attribute("custom:fixed", mutable=False),
    )
}


# --- attribute mapping ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("values", "text"),
    [
        (["Admins"], "Admins"),
        (["Domain Users"], "Domain Users"),
        (["a", "b"], "[a, b]"),
        (["Domain Users", "R&D", "a,b", "x.y-z_*~"], "[Domain+Users, R%26D, a%2Cb, x.y-z_*%7E]"),
    ],
)
def test_several_values_become_one_text(values: list[str], text: str) -> None:
    """Cognito form-encodes them, so that a comma in a value is not one between values."""
    assert flatten(values) == text


def test_one_claim_may_fill_several_attributes() -> None:
    """The mapping goes from the attribute to the claim, and claims that it does not name are dropped."""
    claims = {"mail": ["ada@example.com"], "memberOf": ["x", "y"], "other": ["z"]}
    mapping = {"email": "mail", "name": "mail", "custom:groups": "memberOf", "username": "mail"}
    assert map_attributes(claims, mapping, SCHEMA, SCHEMA, stored=None) == {
        "email": "ada@example.com",
        "name": "ada@example.com",
        "custom:groups": "[x, y]",
    }


def test_an_attribute_that_the_client_may_not_write_is_not_set() -> None:
    """Cognito says nothing of it; where no list is given, custom attributes are not writable."""
    claims, mapping = {"m": ["a"]}, {"email": "m", "custom:groups": "m"}
    assert map_attributes(claims, mapping, SCHEMA, writable_attributes(SCHEMA, []), stored=None) == {"email": "a"}
    assert writable_attributes(SCHEMA, ["custom:groups"]) == {"custom:groups"}


def test_a_required_attribute_has_to_come_or_be_there() -> None:
    """A first sign-in without it fails, a later one has it from before."""
    with pytest.raises(AttributesRefusedError, match=r"attributes required: \[email\]"):
        map_attributes({}, {"email": "mail"}, SCHEMA, SCHEMA, stored=None)
    assert map_attributes({}, {"email": "mail"}, SCHEMA, SCHEMA, stored={"email": "a"}) == {}


def test_an_immutable_attribute_breaks_the_second_sign_in() -> None:
    """It can be set once; Cognito tries again each time."""
    claims, mapping = {"m": ["a"]}, {"email": "m", "custom:fixed": "m"}
    assert map_attributes(claims, mapping, SCHEMA, SCHEMA, stored=None)["custom:fixed"] == "a"
    with pytest.raises(AttributesRefusedError, match="cannot be updated"):
        map_attributes(claims, mapping, SCHEMA, SCHEMA, stored={"email": "a"})


@pytest.mark.parametrize("value", ["x" * 2049, "\U0001f600"])
def test_a_value_that_does_not_fit_is_refused(value: str) -> None:
    """Over 2,048 characters, or characters of four bytes."""
    with pytest.raises(AttributesRefusedError, match="Invalid user attributes: email"):
        map_attributes({"mail": [value]}, {"email": "mail"}, SCHEMA, SCHEMA, stored=None)


def test_an_attribute_outside_the_schema_is_refused() -> None:
    """A mapping to it is accepted by Cognito, a sign-in is not."""
    with pytest.raises(AttributesRefusedError, match="does not exist in schema"):
        map_attributes({"m": ["a"]}, {"custom:none": "m"}, SCHEMA, SCHEMA, stored=None)


def test_the_schema_of_a_pool_is_read() -> None:
    """The pool's own maximum counts where it is lower."""
    entry = {"Name": "custom:a", "Mutable": False, "StringAttributeConstraints": {"MaxLength": "10"}}
    assert read_schema([entry]) == {"custom:a": attribute("custom:a", mutable=False, longest=10)}


# --- pre token generation ---------------------------------------------------------------------------------------------


def overrides(version: str = "V1_0", **details: object) -> Overrides:
    """What a trigger answered."""
    return Overrides(version=version, details=details)


def test_version_1_changes_claims_of_the_id_token_and_groups_of_both() -> None:
    """The access token keeps its claims, but its groups are those of the trigger."""
    answer = overrides(
        claimsToAddOrOverride={"team": "x", "sub": "evil", "cognito:groups": "evil"},
        claimsToSuppress=["email", "exp"],
        groupOverrideDetails={"groupsToOverride": ["a"], "iamRolesToOverride": ["r"], "preferredRole": "r"},
    )
    claims = {"sub": "s", "email": "e", "exp": 1, "cognito:groups": ["old"], "scope": "openid"}
    assert apply_overrides(claims, "id", answer) == {
        "sub": "s",
        "exp": 1,
        "team": "x",
        "scope": "openid",
        "cognito:groups": ["a"],
        "cognito:roles": ["r"],
        "cognito:preferred_role": "r",
    }
    assert apply_overrides(claims, "access", answer) == {**claims, "cognito:groups": ["a"]}


def test_version_2_has_a_section_for_each_token() -> None:
    """Claims, scopes and groups each from where Cognito reads them."""
    answer = overrides(
        "V2_0",
        idTokenGeneration={"claimsToAddOrOverride": {"i": [1]}},
        accessTokenGeneration={"claimsToAddOrOverride": {"a": 1}, "scopesToAdd": ["x"], "scopesToSuppress": ["email"]},
        groupOverrideDetails={"groupsToOverride": ["g"]},
    )
    assert apply_overrides({}, "id", answer) == {"i": [1], "cognito:groups": ["g"]}
    access = apply_overrides({"scope": "openid email"}, "access", answer)
    assert access == {"a": 1, "scope": "openid x", "cognito:groups": ["g"]}


def test_an_empty_group_override_takes_groups_away_and_none_leaves_them() -> None:
    """The difference that a trigger's author forgets."""
    claims = {"cognito:groups": ["old"]}
    assert apply_overrides(claims, "id", overrides(groupOverrideDetails=None)) == {}
    assert apply_overrides(claims, "id", overrides(groupOverrideDetails={})) == {}
    assert apply_overrides(claims, "id", overrides()) == claims


@pytest.mark.parametrize(
    "payload",
    [
        None,
        "text",
        {},
        {"response": None},
        {"response": {"claimsOverrideDetails": {"claimsToAddOrOverride": {"a": 1}}}},
    ],
)
def test_a_trigger_answer_that_cognito_would_not_read_fails(payload: object) -> None:
    """It has to be the event with its response, and claims of version 1 are texts."""
    with pytest.raises(TriggerFailedError):
        read_overrides("V1_0", payload)


def test_a_trigger_that_changes_nothing_changes_nothing() -> None:
    """The event comes back as it was sent."""
    assert read_overrides("V1_0", {"response": {"claimsOverrideDetails": None}}) is None
