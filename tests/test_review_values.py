"""Claims about values in a review: what is secret never appears, and what is not known is never guessed."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from saml_connectors.cloudformation import Template
from saml_connectors.provider.jumpcloud import contract
from saml_connectors.review import Review, as_json, as_sarif, markdown
from saml_connectors.review.policies import lines
from saml_connectors.review.role_values import read_role_value
from saml_connectors.review.values import CLOSE, OPEN, fields_of, shown, text, without_secrets

pytest_plugins = ["tests.review_fixtures"]

SECRETS = {
    "{{resolve:secretsmanager:acme/idp:SecretString:key}}": "acme/idp",
    "{{resolve:ssm-secure:/acme/key:1}}": "/acme/key",
    "arn:aws:secretsmanager:eu-west-1:111122223333:secret:acme/pair-AbCdEf": "acme/pair",
    "-----BEGIN PRIVATE KEY-----\nMIIEvQIBADANBgkqhkiG9w0BAQEFAASC\n-----END PRIVATE KEY-----": "MIIEvQIBADANBgkq",
    "-----BEGIN CERTIFICATE-----\nMIIDdzCCAl+gAwIBAgIEAgAAuTANBgkq": "MIIDdzCCAl",
    "MIIDdzCCAl+gAwIBAgIEAgAAuTANBgkqhkiG9w0BAQUFADBaMQswCQYDVQQGEwJJRTESMBAG" * 3: "MIIDdzCCAl",
    "0123456789abcdef0123456789abcdef01234567": "0123456789abcdef",
    "jca_AbCdEfGhIjKlMnOp": "AbCdEfGh",
}
"""What is secret, or the body of a certificate, with a piece of it to look for."""


def everywhere(data: dict[str, Any], value: str) -> dict[str, Any]:
    """The template with *value* in every text that people may choose."""
    for resource in data["Resources"].values():
        properties = resource.get("Properties", {})
        match resource["Type"]:
            case contract.APPLICATION:
                properties["Description"] = properties["DisplayLabel"] = properties["Slug"] = value
                properties["SpCertificate"] = properties["Unknown"] = value
                properties["Directory"]["CredentialsSecret"] = value
                properties["ConstantAttributes"] = [{"Name": value, "Value": value}]
                properties["UserAttributes"] = [{"Name": value, "Source": value}]
            case contract.ACCESS:
                properties["Groups"] = [value]
            case "AWS::Cognito::UserPoolIdentityProvider":
                properties["ProviderDetails"] = {"MetadataFile": f"<X509Certificate>{value}</X509Certificate>{value}"}
                properties["AttributeMapping"] = {value: value}
            case "AWS::Cognito::UserPoolClient":
                properties["CallbackURLs"] = [f"https://acme.example/{value}", value]
                properties["ClientName"] = value
    return data


@pytest.mark.parametrize("value", SECRETS, ids=range(len(SECRETS)))
def test_no_secret_and_no_certificate_s_body_appears_in_any_form(
    examples: Any, reviewed: Callable[..., Review], value: str
) -> None:
    """In Markdown, JSON and SARIF, of the new side and of the old."""
    base = examples("portal")
    new = {"saml-connector-portal": everywhere(examples("portal")["saml-connector-portal"], value)}
    for found in (reviewed(new, base), reviewed(base, new), reviewed(new)):
        for document in (markdown(found), json.dumps(as_json(found)), json.dumps(_own(as_sarif(found, "1")))):
            assert SECRETS[value] not in document
            assert "secretsmanager:eu-west-1" not in document


def _own(document: dict[str, Any]) -> list[Any]:
    """What the review itself says in SARIF: findings of rules are theirs."""
    return [each for each in document["runs"][0]["results"] if each["ruleId"].startswith("review-")]


def test_another_secret_is_seen_without_being_named() -> None:
    """Two secrets are two digests."""
    one, other = (without_secrets(f"{{{{resolve:secretsmanager:{name}}}}}") for name in ("acme/a", "acme/b"))
    assert one != other
    assert "acme" not in one + other


@pytest.mark.parametrize(
    "value",
    [
        "https://eu-west-1.signin.aws.amazon.com/platform/saml/acs/b1f2c3d4-1111-2222-3333-444455556666",
        "arn:aws:iam::111122223333:role/people/engineering/EngineeringTeamWithALongName",
        "/some/very/long/path/that/goes/on/and/on/Upper1/lower2/and/more/and/more/of/it/still",
        "a" * 64,
        "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
        "custom:department",
    ],
)
def test_what_only_looks_long_is_told_as_it_is(value: str) -> None:
    """URLs, ARNs, paths and fingerprints are what a reviewer reads."""
    assert without_secrets(value) == value


def template(**properties: Any) -> Template:
    """A template of one resource, with a parameter and a role."""
    role = {"Type": "AWS::IAM::Role", "Properties": {"RoleName": "Engineer", "Path": "/people/"}}
    data = {
        "Parameters": {"Stage": {"Type": "String"}},
        "Resources": {"Thing": {"Type": "A::B::C", "Properties": properties}, "Role": role},
    }
    return Template(data, name="t", file="t.json")


@pytest.mark.parametrize(
    ("value", "wanted"),
    [
        ({"Ref": "Stage"}, "{parameter Stage}"),
        ({"Fn::Sub": "https://${Stage}.x/${AWS::Region}"}, "https://{parameter Stage}.x/{AWS::Region}"),
        ({"Ref": "Thing"}, "{id of Thing}"),
        ({"Fn::GetAtt": ["Role", "Arn"]}, "arn:{AWS::Partition}:iam::{AWS::AccountId}:role/people/Engineer"),
        ({"Fn::ImportValue": "elsewhere"}, "{export elsewhere}"),
        (True, "true"),
        (60, "60"),
        (f"{OPEN}AWS::Region{CLOSE}", "\ufffdAWS::Region\ufffd"),
    ],
)
def test_a_value_that_is_not_known_is_told_as_what_it_is(value: Any, wanted: str) -> None:
    """In braces: its parameter, its resource, its export; what pretends to be so is not taken for it."""
    made = template()
    assert shown(text(made.evaluate(value), made)) == wanted


def test_two_calls_that_nobody_can_follow_are_two_values() -> None:
    """They read the same, and are different all the same."""
    made = template()
    one, other = (text(made.evaluate({"Fn::GetAZs": each}), made) for each in ("a", "b"))
    assert one != other
    assert shown(one) == shown(other) == "{Fn::GetAZs}"


def test_two_long_values_that_begin_alike_are_told_apart() -> None:
    """A cut value has its length and a digest."""
    one, other = shown("x" * 500 + "a" * 100), shown("x" * 500 + "b" + "a" * 99)
    assert one != other
    assert len(one) < 170


def test_lists_are_compared_without_their_order_where_it_means_nothing() -> None:
    """Scopes and statements, but not the rules of a role mapping."""
    one = template(Scopes=["a", "b"], Rows=[{"Name": "x", "V": 1}, {"Name": "y", "V": 2}])
    other = template(Scopes=["b", "a"], Rows=[{"V": 2, "Name": "y"}, {"Name": "x", "V": 1}])
    assert fields_of(one.resources["Thing"]) == fields_of(other.resources["Thing"])
    rules = [{"RulesConfiguration": {"Rules": [{"V": each} for each in order]}} for order in ((1, 2), (2, 1))]
    first, second = (fields_of(template(Map=each).resources["Thing"]) for each in rules)
    assert first != second


def test_a_policy_that_is_not_known_says_so() -> None:
    """Nobody claims that it allows nothing."""
    made = template()
    assert [line.what for line in lines(made.evaluate({"Ref": "Stage"}), made)] == [
        "what cannot be known: parameter Stage"
    ]


def test_everything_but_is_told_as_such() -> None:
    """`NotAction` allows more than it lists."""
    statement = {"Effect": "Allow", "NotAction": "iam:*", "NotResource": ["a", "b"]}
    assert [line.what for line in lines({"Statement": statement}, template())] == [
        "everything but iam:* on everything but a, b"
    ]


@pytest.mark.parametrize(
    ("value", "role", "account"),
    [
        ("arn:aws:iam::1:role/x,arn:aws:iam::1:saml-provider/P", "x", "1"),
        ("arn:aws:iam::1:saml-provider/P,arn:aws:iam::1:role/a/b/x", "x", "1"),
        (f"arn:aws:iam::{OPEN}AWS::AccountId{CLOSE}:role/x,other", "x", f"{OPEN}AWS::AccountId{CLOSE}"),
        ("nonsense", "nonsense", ""),
        ("", "", ""),
    ],
)
def test_a_role_value_is_read_in_either_order(value: str, role: str, account: str) -> None:
    """What is no ARN is its own name, in no account."""
    found = read_role_value(value)
    assert (found.role, found.account) == (role, account)
