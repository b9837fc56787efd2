"""What a connector of kind `identity-center` defines: application, attributes, permission sets, assignments."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from aws_cdk import App, Stack
from aws_cdk import aws_sns as sns

from saml_connectors import SpecError
from saml_connectors.identity_center import IdentityCenterAccess, IdentityCenterConnector, principal_tag, same_tag
from saml_connectors.provider.jumpcloud import contract
from saml_connectors.spec import IdentityCenterSpec, load_one, parse
from sandbox.directory.catalogue import TEMPLATES
from stacks.assembly import add_stacks
from stacks.identity_center_stack import IdentityCenterAccessStack, IdentityCenterStack

if TYPE_CHECKING:
    from collections.abc import Callable

pytestmark = pytest.mark.synth

ATTRIBUTES = "https://aws.amazon.com/SAML/Attributes/AccessControl:"
APPLICATION = "Custom::JumpCloudApplication"
GROUP = "Custom::IdentityStoreGroup"
PERMISSION_SET, ASSIGNMENT = "AWS::SSO::PermissionSet", "AWS::SSO::Assignment"
ACCESS_CONTROL = "AWS::SSO::InstanceAccessControlAttributeConfiguration"
SPECS = Path(__file__).parent / "specs"
CONTEXT = json.loads((SPECS.parents[1] / "cdk.json").read_text())["context"]
ODD_GROUPS = ["engineers", "R&D (Zürich)", "r-d-zürich", "日本", "a" * 300, 'x"y', "R-D--Z-rich-"]
Resources = dict[str, dict[str, Any]]

CONFIG_KEYS = {
    contract.IDP_ENTITY_ID: "idpEntityId",
    contract.SP_ENTITY_ID: "spEntityId",
    contract.ACS_URL: "acsUrl",
    contract.SP_CERTIFICATE: "spCertificate",
    contract.SUBJECT_FIELD: "subjectField",
    contract.NAME_ID_FORMAT: "overrideNameIdFormat",
    contract.SIGNATURE_ALGORITHM: "signatureAlgorithm",
    contract.SIGN_ASSERTION: "signAssertion",
    contract.SIGN_RESPONSE: "signResponse",
    contract.USER_ATTRIBUTES: "databaseAttributes",
    contract.CONSTANT_ATTRIBUTES: "constantAttributes",
    contract.GROUPS_ATTRIBUTE: "groupsAttributeName",
    contract.DECLARE_REDIRECT_ENDPOINT: "declareRedirectEndpoint",
    contract.LOGIN_URL: "idpInitUrl",
    contract.DEFAULT_RELAY_STATE: "defaultTargetUrl",
}
"""Properties of the custom resources, and the setting of a template that each becomes."""


def center(**changes: Any) -> IdentityCenterSpec:
    """The small example with some fields changed; those that are None are left out."""
    data = load_one(SPECS / "workforce.yaml").model_dump(mode="json", exclude_unset=True) | changes
    spec = parse({name: value for name, value in data.items() if value is not None})
    assert isinstance(spec, IdentityCenterSpec)
    return spec


def everything() -> IdentityCenterSpec:
    """The example that says every field."""
    spec = load_one(SPECS / "workforce-everything.yaml")
    assert isinstance(spec, IdentityCenterSpec)
    return spec


def resources_of(outdir: Path, *specs: IdentityCenterSpec) -> dict[str, Resources]:
    """Resources of each stack of *specs*, by its name."""
    app = App(outdir=str(outdir), context=CONTEXT)
    add_stacks(app, specs)
    folder = Path(app.synth().directory)
    return {
        file.name.removesuffix(".template.json"): json.loads(file.read_text())["Resources"]
        for file in folder.glob("*.template.json")
    }


def of(resources: Resources, resource_type: str) -> Resources:
    """Properties of all resources of a type, by logical id."""
    return {name: each.get("Properties", {}) for name, each in resources.items() if each["Type"] == resource_type}


def only(resources: Resources, resource_type: str) -> dict[str, Any]:
    """Properties of the one resource of its type."""
    (properties,) = of(resources, resource_type).values()
    return properties


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Resources]:
    """The stacks of the example that says every field."""
    return resources_of(tmp_path_factory.mktemp("whole"), everything())


@pytest.fixture(scope="module")
def own(whole: dict[str, Resources]) -> Resources:
    """Its connector's stack."""
    return whole["saml-connector-workforce"]


@pytest.fixture(scope="module")
def access(whole: dict[str, Resources]) -> Resources:
    """Its stack of what groups may do."""
    return whole["saml-connector-workforce-access"]


# --- the application ------------------------------------------------------------------------------------------------


def test_the_assertion_carries_the_attributes_that_come_by_saml_and_no_others(own: Resources) -> None:
    """One that the store has is never sent too: which of two would win is not certain."""
    sent = only(own, APPLICATION)[contract.USER_ATTRIBUTES]
    assert {each[contract.NAME]: each[contract.SOURCE] for each in sent} == {
        f"{ATTRIBUTES}CostCenter": "costCenter",
        f"{ATTRIBUTES}E-Mail": "email",
    }


def test_the_application_knows_identity_center_and_opens_the_portal(own: Resources) -> None:
    """Entity ID and ACS URL are those of the metadata file; the tile leads to the access portal."""
    application = only(own, APPLICATION)
    assert application[contract.TEMPLATE] == "aws-sso"
    assert application[contract.SP_ENTITY_ID].endswith("/platform/saml/d-9067654321")
    assert application[contract.ACS_URL].endswith("/platform/saml/acs/b1f2c3d4-1111-2222-3333-444455556666")
    launch = only(own, f"{APPLICATION}Launch")
    assert launch[contract.LOGIN_URL] == "https://acme.awsapps.com/start"
    assert only(own, f"{APPLICATION}Access")[contract.GROUPS] == ["engineers", "R&D (Zürich)", "auditors"]


def test_nothing_is_sent_that_the_directory_s_template_lacks(own: Resources, tmp_path: Path) -> None:
    """The provider would refuse it, and make nothing."""
    has = TEMPLATES["aws-sso"].entries
    small = resources_of(tmp_path, center())["saml-connector-small-workforce"]
    for resources in (own, small):
        sent = {*only(resources, APPLICATION), *only(resources, f"{APPLICATION}Launch")} & CONFIG_KEYS.keys()
        assert {contract.SP_ENTITY_ID, contract.ACS_URL, contract.LOGIN_URL} <= sent
        assert {CONFIG_KEYS[name] for name in sent} <= has.keys()


def test_with_another_template_what_the_author_chose_is_sent(tmp_path: Path) -> None:
    """NameID and signature go out only where somebody says them."""
    more = {"template": "saml2", "sign": "both", "name_id": {"format": "emailAddress"}}
    spec = center(application={"display_label": "AWS", "groups": ["readers"], **more})
    application = only(resources_of(tmp_path, spec)["saml-connector-small-workforce"], APPLICATION)
    assert application[contract.TEMPLATE] == "saml2"
    assert application[contract.SIGN_RESPONSE] is True
    assert application[contract.NAME_ID_FORMAT].endswith("nameid-format:emailAddress")


# --- attributes for access control ----------------------------------------------------------------------------------


def test_the_instance_reads_only_what_does_not_come_by_saml(own: Resources) -> None:
    """Each key with its path, as the instance writes it."""
    configured = only(own, ACCESS_CONTROL)
    assert configured["InstanceArn"] == everything().instance.arn
    assert {each["Key"]: each["Value"]["Source"] for each in configured["AccessControlAttributes"]} == {
        "Department": ["${path:enterprise.department}"],
        "Street": ['${path:addresses[type eq "work"].streetAddress}'],
    }


def test_access_control_is_on_also_where_all_attributes_come_by_saml(tmp_path: Path) -> None:
    """Without the configuration Identity Center would make no tags of them."""
    spec = center(attributes={"CostCenter": "costCenter"})
    configured = only(resources_of(tmp_path, spec)["saml-connector-small-workforce"], ACCESS_CONTROL)
    assert configured["AccessControlAttributes"] == []


def test_without_attributes_the_instance_stays_as_it_is(tmp_path: Path) -> None:
    """Nothing is configured that nobody asked for, and nothing is sent."""
    resources = resources_of(tmp_path, center())["saml-connector-small-workforce"]
    assert of(resources, ACCESS_CONTROL) == {}
    assert contract.USER_ATTRIBUTES not in only(resources, APPLICATION)


def test_policies_written_in_python_ask_for_the_same_tags() -> None:
    """The helpers write what IAM reads."""
    assert principal_tag("CostCenter") == "${aws:PrincipalTag/CostCenter}"
    assert same_tag("Team", "Cost Center") == {
        "StringEquals": {
            "aws:ResourceTag/Team": "${aws:PrincipalTag/Team}",
            "aws:ResourceTag/Cost Center": "${aws:PrincipalTag/Cost Center}",
        }
    }


# --- permission sets ------------------------------------------------------------------------------------------------


def test_a_permission_set_is_all_that_the_spec_says(access: Resources) -> None:
    """Policies of each kind, boundary, duration, relay state, tags; nothing is left out or added."""
    sets = {each["Name"]: each for each in of(access, PERMISSION_SET).values()}
    policy = sets["Engineer"].pop("InlinePolicy")
    assert sets["Engineer"] == {
        "InstanceArn": everything().instance.arn,
        "Name": "Engineer",
        "Description": "Builds and runs things",
        "ManagedPolicies": [
            "arn:aws:iam::aws:policy/job-function/ViewOnlyAccess",
            "arn:aws:iam::aws:policy/AmazonSSMReadOnlyAccess",
        ],
        "CustomerManagedPolicyReferences": [
            {"Name": "build-things", "Path": "/people/"},
            {"Name": "run-things", "Path": "/"},
        ],
        "PermissionsBoundary": {"CustomerManagedPolicyReference": {"Name": "limit", "Path": "/people/"}},
        "SessionDuration": "PT8H30M",
        "RelayStateType": "https://eu-west-1.console.aws.amazon.com/systems-manager/home?region=eu-west-1#",
        "Tags": [{"Key": "owner", "Value": "platform"}],
    }
    assert policy["Version"] == "2012-10-17"
    assert policy["Statement"][0]["Resource"].endswith(principal_tag("CostCenter") + "/*")
    assert policy["Statement"][0]["Condition"] == same_tag("Department")
    boundary = sets["Auditor"]["PermissionsBoundary"]
    assert boundary == {"ManagedPolicyArn": "arn:aws:iam::aws:policy/ReadOnlyAccess"}
    assert sets["Auditor"]["SessionDuration"] == "PT1H"
    assert not {"Description", "RelayStateType", "Tags", "InlinePolicy"} & sets["Auditor"].keys()


def test_without_a_region_aws_s_own_policies_are_those_of_whatever_partition(tmp_path: Path) -> None:
    """The spec names them without one."""
    resources = resources_of(tmp_path, center())["saml-connector-small-workforce-access"]
    arn = {"Fn::Join": ["", ["arn:", {"Ref": "AWS::Partition"}, ":iam::aws:policy/ReadOnlyAccess"]]}
    assert only(resources, PERMISSION_SET)["ManagedPolicies"] == [arn]


# --- groups and assignments -----------------------------------------------------------------------------------------


def assigned_in(resources: Resources) -> Counter[tuple[str, str, str]]:
    """Group, permission set and account of every assignment in a template."""
    groups = {name: each["DisplayName"] for name, each in of(resources, GROUP).items()}
    sets = {name: each["Name"] for name, each in of(resources, PERMISSION_SET).items()}
    found: Counter[tuple[str, str, str]] = Counter()
    for each in of(resources, ASSIGNMENT).values():
        assert (each["PrincipalType"], each["TargetType"]) == ("GROUP", "AWS_ACCOUNT")
        group, attribute = each["PrincipalId"]["Fn::GetAtt"]
        permission_set, arn = each["PermissionSetArn"]["Fn::GetAtt"]
        assert (attribute, arn) == ("GroupId", "PermissionSetArn")
        found[groups[group], sets[permission_set], each["TargetId"]] += 1
    return found


def test_assignments_are_exactly_what_the_spec_says(access: Resources) -> None:
    """Each combination of each assignment once, and no other."""
    expected = {
        (group, name, account)
        for group in ("engineers", "R&D (Zürich)")
        for name in ("Engineer", "Auditor")
        for account in ("444455556666", "555566667777")
    } | {("auditors", "Auditor", "111122223333")}
    assert assigned_in(access) == Counter(expected) == Counter(everything().assigned)


def test_each_assigned_group_is_looked_up_once_and_none_is_made(whole: dict[str, Resources]) -> None:
    """A group that CloudFormation made would stand beside the one that SCIM brings."""
    looked_up = of(whole["saml-connector-workforce-access"], GROUP).values()
    assert sorted(each["DisplayName"] for each in looked_up) == sorted(everything().assigned_groups)
    assert {each["IdentityStoreId"] for each in looked_up} == {"d-9067654321"}
    types = {each["Type"] for resources in whole.values() for each in resources.values()}
    assert not [each for each in types if each.startswith("AWS::IdentityStore::")]


def test_groups_with_names_of_any_kind_stay_apart(tmp_path: Path) -> None:
    """Names that differ only in marks, or are long, have ids of their own, and are looked up to the letter."""
    spec = center(
        application={"display_label": "AWS", "groups": ODD_GROUPS},
        assignments=[{"groups": ODD_GROUPS, "permission_sets": ["Reader"], "accounts": ["111122223333"]}],
    )
    resources = resources_of(tmp_path, spec)["saml-connector-small-workforce-access"]
    assert {each["DisplayName"] for each in of(resources, GROUP).values()} == set(ODD_GROUPS)
    assert assigned_in(resources) == Counter(spec.assigned)


def test_permission_sets_with_marks_in_their_names_stay_apart(tmp_path: Path) -> None:
    """Construct ids lose marks that Identity Center keeps."""
    names = ["a.b", "a-b", "a_b", "a@b", "a+b", "a=b", "a,b"]
    one = {"groups": ["readers"], "permission_sets": names, "accounts": ["111122223333"]}
    spec = center(permission_sets={name: {} for name in names}, assignments=[one])
    resources = resources_of(tmp_path, spec)["saml-connector-small-workforce-access"]
    assert {each["Name"] for each in of(resources, PERMISSION_SET).values()} == set(names)
    assert assigned_in(resources) == Counter(spec.assigned)


# --- the watch on the token -----------------------------------------------------------------------------------------


def test_the_token_is_watched_only_where_its_end_is_known(own: Resources, tmp_path: Path) -> None:
    """An alarm without a date would never go off, or always."""
    assert len(of(own, "AWS::CloudWatch::Alarm")) == 2
    scim = everything().model_dump(mode="json", exclude_unset=True)["scim"]
    for given in (None, scim | {"token_expires": None}):
        resources = resources_of(tmp_path / str(bool(given)), center(scim=given))
        assert of(resources["saml-connector-small-workforce"], "AWS::CloudWatch::Alarm") == {}
        assert of(resources["saml-connector-small-workforce"], "AWS::Events::Rule") == {}


def test_the_token_itself_is_in_no_template(whole: dict[str, Resources]) -> None:
    """Nor its secret's name, nor the endpoint: the directory is told of both by hand."""
    scim = everything().scim
    assert scim is not None
    written = json.dumps(whole)
    assert scim.token not in written
    assert scim.endpoint not in written
    assert "scim.eu-west-1" not in written


# --- stacks ---------------------------------------------------------------------------------------------------------


def test_permission_sets_have_a_stack_of_their_own_that_waits_for_the_first(tmp_path: Path) -> None:
    """Between the two stand the steps by hand; neither refers to the other, so each is deployed and deleted alone."""
    app = App(outdir=str(tmp_path), context=CONTEXT)
    own, access = add_stacks(app, [everything()])
    assert isinstance(own, IdentityCenterStack)
    assert isinstance(access, IdentityCenterAccessStack)
    assert access.dependencies == [own]
    assert own.dependencies == []
    folder = Path(app.synth().directory)
    for stack in (own, access):
        text = (folder / f"{stack.stack_name}.template.json").read_text()
        assert "Fn::ImportValue" not in text
        assert '"Export"' not in text
        assert (stack.account, stack.region) == ("111122223333", "eu-west-1")


def test_without_permission_sets_there_is_one_stack(tmp_path: Path) -> None:
    """The second would be empty."""
    spec = center(permission_sets=None, assignments=None)
    assert list(resources_of(tmp_path, spec)) == ["saml-connector-small-workforce"]


def test_outputs_hold_what_the_steps_by_hand_need(tmp_path: Path) -> None:
    """The IdP's metadata is made of three of them, and the commands find the application by another."""
    app = App(outdir=str(tmp_path), context=CONTEXT)
    add_stacks(app, [everything()])
    template = json.loads((Path(app.synth().directory) / "saml-connector-workforce.template.json").read_text())
    outputs = template["Outputs"]
    assert {"ApplicationId", "SsoUrl", "IdpEntityId", "Certificate", "CertificateExpiresAt"} <= outputs.keys()
    assert outputs["IdentityStoreId"]["Value"] == "d-9067654321"
    assert outputs["InstanceArn"]["Value"] == everything().instance.arn
    assert outputs["AcsUrl"]["Value"].endswith("/platform/saml/acs/b1f2c3d4-1111-2222-3333-444455556666")
    assert outputs["AccessPortalUrl"]["Value"] == "https://acme.awsapps.com/start"


def test_the_same_spec_gives_the_same_bytes(tmp_path: Path) -> None:
    """Twice from the file, so that a difference in a pull request is a change."""
    once, again = (resources_of(tmp_path / name, everything(), center()) for name in ("once", "again"))
    assert len(once) == 4
    assert json.dumps(once) == json.dumps(again)


# --- in an app of one's own -----------------------------------------------------------------------------------------


def test_one_stack_can_hold_everything(new_app: Callable[..., App], tmp_path: Path) -> None:
    """For those who have groups already; the watch then tells a topic of theirs."""
    stack = Stack(new_app(), "Mine")
    topic = sns.Topic(stack, "Ours")
    connector = IdentityCenterConnector(stack, "Connector", spec=everything(), topic=topic)
    assert connector.access is not None
    assert connector.token_watch is not None
    assert connector.token_watch.topic is topic
    template = json.loads((Path(App.of(stack).synth().directory) / "Mine.template.json").read_text())  # type: ignore[union-attr] # it is in one
    resources = template["Resources"]
    assert assigned_in(resources) == Counter(everything().assigned)
    assert len(of(resources, "AWS::SNS::Topic")) == 1


def test_how_long_a_group_is_waited_for_can_be_said(new_app: Callable[..., App]) -> None:
    """Of the construct of its own; the default is the function's."""
    stack = Stack(new_app(), "Mine")
    IdentityCenterAccess(stack, "Access", spec=everything(), wait_seconds=30)
    resources = json.loads((Path(stack.node.root.synth().directory) / "Mine.template.json").read_text())["Resources"]  # type: ignore[attr-defined] # the root is an app
    assert {each["WaitSeconds"] for each in of(resources, GROUP).values()} == {"30"}


def test_metadata_that_is_wrong_stops_the_construct_too(new_app: Callable[..., App], tmp_path: Path) -> None:
    """In Python nobody ran `validate` before."""
    file = tmp_path / "sp.xml"
    file.write_text("<html/>")
    spec = everything().model_copy(
        update={"service_provider": everything().service_provider.model_copy(update={"metadata_file": str(file)})}
    )
    with pytest.raises(SpecError, match="metadata-not-saml"):
        IdentityCenterConnector(Stack(new_app(), "Mine"), "Connector", spec=spec)
