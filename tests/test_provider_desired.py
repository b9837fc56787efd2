"""Properties become typed desired state; what is malformed or missing is told, all of it at once."""

from __future__ import annotations

from typing import Any

import pytest

from saml_connectors.provider.jumpcloud import desired
from saml_connectors.provider.jumpcloud.errors import PropertyError

DIRECTORY = {"ApiUrl": "https://Console.JumpCloud.com/api/", "CredentialsSecret": "key"}


def _read(**properties: Any) -> desired.Application:
    given = {"Directory": DIRECTORY, "Template": "saml2", "DisplayLabel": "Portal"} | properties
    return desired.application(given, stack_id="arn:x:stack/portal/1", logical_id="App")


def _problem(**properties: Any) -> str:
    with pytest.raises(PropertyError) as caught:
        _read(**properties)
    return str(caught.value)


def test_primitives_come_as_strings_and_become_what_they_were() -> None:
    """CloudFormation turns true into "true" and 3 into "3"."""
    made = _read(Visible="false", SignAssertion="True", SignResponse=False, DisplayLabel=3, Description=True)
    assert made.visible is False
    assert made.config["signAssertion"] is True
    assert made.config["signResponse"] is False
    assert (made.label, made.description) == ("3", "true")


def test_what_is_left_out_is_not_managed_but_for_groups() -> None:
    """An empty text counts as left out; without a groups attribute no groups are sent."""
    made = _read(Description="", SpEntityId="")
    assert made.description is None
    assert made.config == {"includeGroups": False}
    assert _read(UserAttributes=[]).config["databaseAttributes"] == []


def test_the_directorys_address_has_one_spelling() -> None:
    """It is part of the identity."""
    assert _read().directory.api_url == "https://console.jumpcloud.com/api"
    assert _read(Directory=DIRECTORY | {"ApiUrl": "https://console.jumpcloud.com/api"}).slug == _read().slug


@pytest.mark.parametrize(
    ("properties", "told"),
    [
        ({"Directory": None}, "Directory is missing"),
        ({"Directory": "x"}, "Directory must be an object"),
        ({"Directory": DIRECTORY | {"ApiUrl": "https://[::1/api"}}, "Directory.ApiUrl must be an absolute"),
        ({"Directory": DIRECTORY | {"ApiUrl": "https://a/api?x=1"}}, "must have no query"),
        ({"Directory": DIRECTORY | {"TokenUrl": "token"}}, "Directory.TokenUrl must be an absolute"),
        ({"Template": " "}, "Template must not be blank"),
        ({"DisplayLabel": ["a"]}, "DisplayLabel must be a text"),
        ({"Slug": "a/b"}, "Slug must be 1 to 63"),
        ({"Slug": "x" * 64}, "Slug must be 1 to 63"),
        ({"Description": "x" * 257}, "Description must be at most 256 characters"),
        ({"IdpEntityId": "urn:a&b"}, "IdpEntityId must hold no <"),
        ({"IdpEntityId": "urn:a b"}, "IdpEntityId must hold no <"),
        ({"OnRemoval": "forget"}, "OnRemoval must be delete or deactivate"),
        ({"RequiredGroups": ["a", 3]}, "RequiredGroups[1] must be a text"),
        ({"UserAttributes": [{"Name": "a"}]}, "UserAttributes[0].Source is missing"),
        ({"ConstantAttributes": ["a"]}, "ConstantAttributes[0] must be an object of Name and Value"),
        ({"SpCertificate": "?"}, "SpCertificate is no certificate"),
    ],
)
def test_each_malformed_property_is_told_with_its_place(properties: dict[str, Any], told: str) -> None:
    """And with the resource that has it."""
    problem = _problem(**properties)
    assert problem.startswith("reading the properties of Custom::JumpCloudApplication 'App': 1 problem: ")
    assert told in problem


def test_a_password_in_an_address_is_not_repeated() -> None:
    """It may be one that works."""
    problem = _problem(Directory=DIRECTORY | {"ApiUrl": "https://admin:s3cret@a/api"})
    assert "user name" in problem
    assert "s3cret" not in problem


def test_a_group_named_twice_counts_once() -> None:
    """In the order given."""
    assert _read(RequiredGroups=["b", "a", "b"]).required_groups == ("b", "a")


def test_very_many_problems_are_counted_and_the_first_twenty_told() -> None:
    """The answer has room for no more."""
    problem = _problem(RequiredGroups=[1] * 50)
    assert "50 problems" in problem
    assert "and 30 more" in problem


@pytest.mark.parametrize("application_id", [None, "", "abc", "../usergroups", "0" * 23, "g" * 24])
def test_an_application_id_is_24_hexadecimal_digits(application_id: str | None) -> None:
    """It becomes part of a path."""
    for read in (desired.launch, desired.access):
        with pytest.raises(PropertyError, match="ApplicationId"):
            read({"Directory": DIRECTORY, "ApplicationId": application_id}, logical_id="X")


def test_a_login_url_is_an_address() -> None:
    """A relay state may be anything."""
    given = {"Directory": DIRECTORY, "ApplicationId": "0" * 24, "LoginUrl": "start", "DefaultRelayState": "x y"}
    with pytest.raises(PropertyError, match="1 problem: LoginUrl"):
        desired.launch(given, logical_id="L")
