"""Claims about `saml-connectors drift`: every edit of what is managed is told, with who notices; nothing else is."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from saml_connectors.provider.jumpcloud import contract
from saml_connectors.provider.jumpcloud.live import Live
from saml_connectors.provider.jumpcloud.verify import fingerprint_of
from tests.deployed_names import ACCOUNT, PROVIDER, ROLE, refused

if TYPE_CHECKING:
    from tests.deployed_fixtures import Deployed

pytest_plugins = ["tests.provider_fixtures", "tests.deployed_fixtures"]

PORTAL_USERS = {"groups": [{"name": "portal-users", "members": 2}], "roles": []}


def test_after_a_deployment_there_is_no_drift(deployed: Deployed) -> None:
    """In a connector of each shape, and what was read is all that was done."""
    deployed.portal()
    result = deployed.run("drift", "Portal-Prod")
    assert (result.exit_code, result.stdout) == (0, "")
    assert result.stderr == "Portal-Prod: 3 resources compared, no drift\n"
    assert deployed.drift() == ([], [])


def test_a_console_connector_and_a_bookmark_have_no_drift_either(deployed: Deployed) -> None:
    """Roles as constants, groups' attributes, and a tile without SAML."""
    deployed.console()
    deployed.add("Tile", contract.APPLICATION, deployed.stage.bookmark())
    value = f"arn:aws:iam::{ACCOUNT}:role/A,{PROVIDER}"
    rows = deployed.stage.group_attributes(("finance", "aws.role", value))
    deployed.add("Carried", contract.GROUP_ATTRIBUTES, rows)
    assert deployed.drift() == ([], [])


@pytest.mark.parametrize(
    ("edit", "field", "wanted", "live"),
    [
        ({"displayLabel": "Old portal"}, "displayLabel", "'Portal'", "'Old portal'"),
        ({"active": False}, "active", "true", "false"),
        ({"sso": {"hidden": True}}, "sso.hidden", "false", "true"),
        ({"description": ""}, "description", "'The customer portal'", "empty"),
        (
            {"config": {"acsUrl": "https://x.example/acs"}},
            "config.acsUrl",
            "'https://acme.auth.eu-central-1.amazoncognito.com/saml2/idpresponse'",
            "'https://x.example/acs'",
        ),
        ({"config": {"signAssertion": False}}, "config.signAssertion", "true", "false"),
        ({"config": {"includeGroups": False}}, "config.includeGroups", "true", "false"),
        ({"config": {"idpInitUrl": ""}}, "config.idpInitUrl", None, "empty"),
        ({"config": {"databaseAttributes": []}}, "config.databaseAttributes['email']", "'email'", "none"),
    ],
)
def test_an_edit_of_a_managed_field_is_told(
    deployed: Deployed, edit: dict[str, Any], field: str, wanted: Any, live: Any
) -> None:
    """With what is wanted, what is there, and the groups that notice."""
    made = deployed.portal()
    deployed.edit(made, **edit)
    drift, unknown = deployed.drift()
    found = {each["field"]: each for each in drift}
    assert field in found
    assert {each["affected"]["groups"][0]["name"] for each in drift} == {"portal-users"}
    assert found[field]["affected"] == PORTAL_USERS
    assert found[field]["live"] == live
    assert wanted is None or found[field]["desired"] == wanted
    assert len(found) == (2 if field.startswith("config.databaseAttributes") else 1)
    assert unknown == []


def test_fields_that_nobody_manages_are_no_drift(deployed: Deployed) -> None:
    """Colour, display name, a further group, a setting that the properties leave out."""
    made = deployed.portal()
    deployed.edit(made, color="#006CAC", displayName="x", config={"defaultTargetUrl": "https://news.example/"})
    deployed.bind(made, "finance")
    assert deployed.drift() == ([], [])


def test_who_is_affected_are_all_bound_groups_and_the_roles(deployed: Deployed) -> None:
    """Groups bound by hand notice too; of a role that is taken away, its value is told."""
    made = deployed.console()
    deployed.bind(made, "finance")
    kept = {"name": ROLE, "value": f"arn:aws:iam::{ACCOUNT}:role/A,{PROVIDER}"}
    deployed.edit(made, config={"constantAttributes": [kept]})
    (only,), _ = deployed.drift()
    assert only["field"] == f"config.constantAttributes[{ROLE!r}]"
    assert only["live"] == repr(kept["value"])
    assert [part.partition(",")[0][-1] for part in only["desired"].split("role/")[1:]] == ["A", "B"]
    assert [each["name"] for each in only["affected"]["groups"]] == ["finance", "portal-users"]
    assert only["affected"]["roles"] == [f"arn:aws:iam::{ACCOUNT}:role/{name}" for name in ("A", "B")]


def test_an_application_that_is_gone_is_one_drift(deployed: Deployed) -> None:
    """Not one for each of its fields; the groups that are to see it are told by name."""
    made = deployed.portal()
    deployed.send("DELETE", f"/api/applications/{made}")
    (only,), unknown = deployed.drift()
    assert (only["field"], only["live"], only["affected"]) == ("application", "not there", PORTAL_USERS)
    assert unknown == []


def test_a_group_that_is_unbound_renamed_or_doubled_is_told(deployed: Deployed) -> None:
    """Each with how many people do not see the tile any more."""
    made = deployed.portal()
    deployed.bind(made, "portal-users", "remove")
    (only,), _ = deployed.drift()
    assert (only["resource"], only["field"], only["live"]) == ("Access", "groups['portal-users']", "not bound")
    assert only["affected"] == PORTAL_USERS
    deployed.stage.directory.add_group("portal-users")
    assert deployed.drift()[0][0]["affected"] == PORTAL_USERS
    for group in [each for each in deployed.stage.directory.groups.values() if each.name == "portal-users"]:
        group.name = f"renamed-{group.id}"
    (only,), _ = deployed.drift()
    assert (only["live"], only["affected"]["groups"]) == (
        "no group of this name",
        [{"name": "portal-users", "members": None}],
    )


def test_an_attribute_of_a_group_that_is_changed_is_told_with_its_role(deployed: Deployed) -> None:
    """Removed, changed, and a group that became dynamic; another attribute beside it is no drift."""
    value = f"arn:aws:iam::{ACCOUNT}:role/A,{PROVIDER}"
    rows = deployed.stage.group_attributes(("finance", "aws.role", value))
    deployed.add("Carried", contract.GROUP_ATTRIBUTES, rows)
    group = deployed.stage.directory.group("finance")
    group.attributes["somebody.else"] = "x"
    assert deployed.drift() == ([], [])
    group.attributes["aws.role"] = "other"
    (only,), _ = deployed.drift()
    assert (only["field"], only["desired"], only["live"]) == (
        "groups['finance'].attributes['aws.role']",
        repr(value),
        "'other'",
    )
    assert only["affected"]["roles"] == [f"arn:aws:iam::{ACCOUNT}:role/A"]
    group.attributes["aws.role"] = value
    group.membership_method = "DYNAMIC_AUTOMATED"
    assert [each["field"] for each in deployed.drift()[0]] == ["groups['finance'].membershipMethod"]


def test_a_certificate_made_anew_in_the_console_is_told(deployed: Deployed) -> None:
    """AWS trusts the one that was there at the last deployment: nobody can sign in."""
    made = deployed.portal()
    deployed.stage.time.now += 86_400
    deployed.edit(made, config={"idpCertificate": "", "idpPrivateKey": ""})
    (only,), _ = deployed.drift()
    assert only["field"] == "config.idpCertificate"
    assert only["desired"].startswith("one that ends 20")
    assert "SHA-256" in only["live"]


def test_without_an_output_the_certificate_is_not_known_and_told_apart(deployed: Deployed) -> None:
    """Nothing is guessed, and it does not count as drift."""
    deployed.portal()
    deployed.outputs.clear()
    drift, unknown = deployed.drift()
    assert drift == []
    assert [(each["resource"], each["field"]) for each in unknown] == [("App", "config.idpCertificate")]


def test_which_certificate_signs_is_compared_where_the_stack_says_which(deployed: Deployed) -> None:
    """By the fingerprint that an output tells; without the output it is not known, and nothing is guessed."""
    made = deployed.portal()
    signs = fingerprint_of(Live(deployed.send("GET", f"/api/applications/{made}")))
    trusted = [{"Name": "2027", "Fingerprint": {"Fn::GetAtt": ["New", "Fingerprint"]}}]
    trusted.append({"Name": "former", "Fingerprint": signs})
    directory = deployed.stage.directory_property()
    said = {"TrustedCertificates": trusted, "SigningCertificate": "2027", "SigningSecret": "pair"}
    for name, kind in (("New", contract.SIGNING_CERTIFICATE), ("Signing", contract.APPLICATION_SIGNING)):
        properties = {"ApplicationId": {"Ref": "App"}, "Directory": directory} | said
        deployed.template["Resources"][name] = {"Type": kind, "Properties": properties}
        deployed.physical_ids[name] = f"{made}/signing" if name == "Signing" else "signing-certificate/2027"
    drift, unknown = deployed.drift()
    assert drift == []
    assert [(each["resource"], each["field"]) for each in unknown] == [("Signing", "TrustedCertificates")]
    deployed.attributes["New", "Fingerprint"] = "f" * 64
    deployed.tell("Certificate2027Fingerprint", {"Fn::GetAtt": ["New", "Fingerprint"]})
    (only,), unknown = deployed.drift()
    assert (only["resource"], only["field"], unknown) == ("Signing", "config.idpCertificate", [])
    assert ("f" * 64 in only["desired"], "'former'" in only["live"]) == (True, True)
    deployed.template["Resources"]["Signing"]["Properties"]["SigningCertificate"] = "former"
    assert deployed.drift() == ([], [])


def test_what_the_template_leaves_open_is_told_apart(deployed: Deployed) -> None:
    """A parameter that is hidden, a dynamic reference, a condition: the rest is compared all the same."""
    made = deployed.portal()
    properties = deployed.template["Resources"]["App"]["Properties"]
    properties["Description"] = "{{resolve:ssm:/portal/description}}"
    properties["GroupsAttribute"] = {"Ref": "Attribute"}
    properties["IdpEntityId"] = {"Fn::If": ["Test", "https://a.example", "https://b.example"]}
    deployed.template["Parameters"] = {"Attribute": {"Type": "String", "NoEcho": True}}
    deployed.parameters["Attribute"] = "****"
    deployed.edit(made, displayLabel="Other")
    drift, unknown = deployed.drift()
    assert [each["field"] for each in drift] == ["displayLabel"]
    assert {each["field"]: each["why"] for each in unknown} == {
        "Description": "a dynamic reference",
        "GroupsAttribute": "parameter Attribute",
        "IdpEntityId": "condition Test",
    }


def test_parameters_lists_and_pseudo_parameters_are_followed(deployed: Deployed) -> None:
    """As CloudFormation resolved them."""
    deployed.template["Parameters"] = {"Groups": {"Type": "CommaDelimitedList"}, "Label": {"Type": "String"}}
    deployed.parameters |= {"Groups": "portal-users, finance", "Label": "Portal"}
    made = deployed.portal()
    deployed.bind(made, "finance")
    resources = deployed.template["Resources"]
    resources["App"]["Properties"]["DisplayLabel"] = {"Ref": "Label"}
    resources["Access"]["Properties"]["Groups"] = {"Ref": "Groups"}
    assert deployed.drift() == ([], [])
    deployed.parameters["Label"] = "Portal of {}"
    assert [each["field"] for each in deployed.drift()[0]] == ["displayLabel"]


def test_secrets_and_certificates_are_never_told_as_they_are(deployed: Deployed) -> None:
    """An attribute whose name looks secret is hidden; a certificate is its fingerprint."""
    rows = [{"Name": "api_key", "Value": "kept-secret-1"}, {"Name": "stage", "Value": "one"}]
    made = deployed.portal(ConstantAttributes=rows)
    changed = [{"name": "api_key", "value": "kept-secret-2"}, {"name": "stage", "value": "two"}]
    deployed.edit(made, config={"constantAttributes": changed})
    result = deployed.run("drift", "Portal-Prod")
    assert "kept-secret" not in result.output
    assert "config.constantAttributes['api_key']: wanted [hidden], is [hidden]" in result.stdout
    assert "config.constantAttributes['stage']: wanted 'one', is 'two'" in result.stdout
    assert result.stdout.count("affected: group 'portal-users' (2 people)") == 1


def test_a_name_from_the_directory_cannot_write_on_the_terminal(deployed: Deployed) -> None:
    """Control characters are shown, not sent."""
    made = deployed.portal()
    deployed.edit(made, displayLabel="a\x1b[2Jb")
    assert "\x1b" not in deployed.run("drift", "Portal-Prod").stdout


@pytest.mark.parametrize(
    ("change", "code"),
    [
        (("cloudformation", "describe_stacks", "ValidationError"), "aws-missing"),
        (("cloudformation", "get_template", "AccessDenied"), "aws-refused"),
        (("secretsmanager", "get_secret_value", "ResourceNotFoundException"), "aws-missing"),
        (("secretsmanager", "get_secret_value", "AccessDeniedException"), "aws-refused"),
        (("cloudformation", "describe_stacks", "ExpiredToken"), "aws-credentials"),
    ],
)
def test_what_cannot_be_read_is_a_problem_with_a_way_out(
    deployed: Deployed, change: tuple[str, str, str], code: str
) -> None:
    """Nothing on stdout, the problem on stderr, exit code 1."""
    deployed.portal()
    service, operation, answer = change
    deployed.aws.answers[service, operation] = refused(answer, operation)
    result = deployed.run("drift", "Portal-Prod")
    assert (result.exit_code, result.stdout) == (1, "")
    assert f"[{code}]" in result.stderr
    assert "; " in result.stderr


@pytest.mark.parametrize(
    ("status", "code"), [("UPDATE_IN_PROGRESS", "stack-changing"), ("ROLLBACK_COMPLETE", "stack-not-deployed")]
)
def test_a_stack_that_is_not_settled_is_refused(deployed: Deployed, status: str, code: str) -> None:
    """What would be compared is not what is meant."""
    deployed.portal()
    deployed.status = status
    assert f"[{code}]" in deployed.run("drift", "Portal-Prod").stderr


def test_a_stack_whose_rollback_failed_is_compared_with_a_warning(deployed: Deployed) -> None:
    """Its template need not be what is deployed."""
    deployed.portal()
    deployed.status = "UPDATE_ROLLBACK_FAILED"
    drift, unknown = deployed.drift()
    assert (drift, unknown[0]["resource"]) == ([], "Portal-Prod")


def test_a_stack_without_a_connector_is_refused(deployed: Deployed) -> None:
    """By name."""
    deployed.add("Pool", "AWS::Cognito::UserPool", {}, "pool")
    assert "[stack-connector]" in deployed.run("drift", "Portal-Prod").stderr


def test_a_key_that_the_directory_refuses_is_a_problem(deployed: Deployed) -> None:
    """And nothing of it is told."""
    deployed.portal()
    deployed.aws.answers["secretsmanager", "get_secret_value"] = {"SecretString": "0" * 40}
    result = deployed.run("drift", "Portal-Prod")
    assert (result.exit_code, "[directory-refused]" in result.stderr) == (1, True)
    assert "0" * 40 not in result.output


@pytest.mark.parametrize("arguments", [[], ["a", "b"], ["a", "--format", "xml"], ["a", "--spec", "b"]])
def test_a_misspelt_command_exits_2(deployed: Deployed, arguments: list[str]) -> None:
    """Usage is not a finding."""
    assert deployed.run("drift", *arguments).exit_code == 2
