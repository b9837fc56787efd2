"""What a Cognito connector defines in AWS, and in which order."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from aws_cdk import Stack
from aws_cdk import aws_cognito as cognito
from aws_cdk import aws_secretsmanager as secretsmanager
from aws_cdk.assertions import Match, Template

from saml_connectors import SpecError
from saml_connectors.cognito import CognitoConnector
from saml_connectors.spec import AppClient, CognitoUserPoolSpec, Domain, MetadataSource, UserPool, parse

if TYPE_CHECKING:
    from collections.abc import Callable

    from aws_cdk import App

pytestmark = pytest.mark.synth

IDP = "AWS::Cognito::UserPoolIdentityProvider"
CLIENT = "AWS::Cognito::UserPoolClient"
POOL = "AWS::Cognito::UserPool"
APPLICATION = "Custom::JumpCloudApplication"


def spec(**changes: Any) -> CognitoUserPoolSpec:
    """A small connector; *changes* replace whole fields, those of `user_pool` one by one."""
    fields: dict[str, Any] = {
        "kind": "cognito-user-pool",
        "name": "portal",
        "directory": {"credentials": "jumpcloud/api-key"},
        "application": {"display_label": "Acme portal", "groups": ["portal-users"]},
        "app_clients": [{"name": "web", "callback_urls": ["https://portal.acme.example/callback"]}],
    }
    pool = {"domain": {"prefix": "acme-portal"}, **changes.pop("user_pool", {})}
    fields |= {"user_pool": pool, **changes}
    parsed = parse({name: value for name, value in fields.items() if value is not None})
    assert isinstance(parsed, CognitoUserPoolSpec)
    return parsed


@pytest.fixture
def stack(new_app: Callable[..., App]) -> Stack:
    """A stack for any region."""
    return Stack(new_app(), "Test")


def only(template: Template, resource_type: str) -> dict[str, Any]:
    """The one resource of its type."""
    found = template.find_resources(resource_type)
    assert len(found) == 1
    return dict(next(iter(found.values())))


def test_one_connector_defines_both_sides(stack: Stack) -> None:
    """Pool, domain, provider, client, application, what the tile opens, who sees it, and one function."""
    CognitoConnector(stack, "Portal", spec=spec())
    template = Template.from_stack(stack)
    for resource_type in (
        POOL,
        "AWS::Cognito::UserPoolDomain",
        IDP,
        CLIENT,
        APPLICATION,
        "Custom::JumpCloudApplicationLaunch",
        "Custom::JumpCloudApplicationAccess",
        "AWS::Lambda::Function",
    ):
        template.resource_count_is(resource_type, 1)


def test_directory_learns_of_the_pool_and_the_pool_of_the_certificate(stack: Stack) -> None:
    """The circle closes in one deployment: pool and domain, application, provider, client, tile, groups."""
    CognitoConnector(stack, "Portal", spec=spec())
    template = Template.from_stack(stack)
    application = only(template, APPLICATION)
    pool_id, domain_id = (next(iter(template.find_resources(each))) for each in (POOL, "AWS::Cognito::UserPoolDomain"))
    assert application["Properties"]["SpEntityId"]["Fn::Join"][1] == ["urn:amazon:cognito:sp:", {"Ref": pool_id}]
    assert domain_id in application["DependsOn"]
    document = only(template, IDP)["Properties"]["ProviderDetails"]["MetadataFile"]["Fn::Join"][1]
    application_id = next(iter(template.find_resources(APPLICATION)))
    names = [part["Fn::GetAtt"] for part in document if isinstance(part, dict)]
    assert [application_id, "Certificate"] in names
    assert names.count([application_id, "SsoUrl"]) == 2
    client_id = next(iter(template.find_resources(CLIENT)))
    launch = only(template, "Custom::JumpCloudApplicationLaunch")["Properties"]
    assert {"Ref": client_id} in launch["LoginUrl"]["Fn::Join"][1]
    access = only(template, "Custom::JumpCloudApplicationAccess")
    assert {client_id, next(iter(template.find_resources("Custom::JumpCloudApplicationLaunch")))} <= set(
        access["DependsOn"]
    )


def test_metadata_in_the_template_has_prefixes_and_redirect(stack: Stack) -> None:
    """Cognito refuses metadata without an HTTP-Redirect endpoint; a reviewer reads the skeleton in the diff."""
    CognitoConnector(stack, "Portal", spec=spec())
    parts = only(Template.from_stack(stack), IDP)["Properties"]["ProviderDetails"]["MetadataFile"]["Fn::Join"][1]
    text = "".join(part if isinstance(part, str) else "X" for part in parts)
    assert "<md:EntityDescriptor" in text
    assert "urn:oasis:names:tc:SAML:2.0:bindings:HTTP-Redirect" in text


def test_client_waits_for_its_provider_and_allows_it_alone(stack: Stack) -> None:
    """The provider is named by its Ref, so CloudFormation makes it first; people of the pool are not let in."""
    CognitoConnector(stack, "Portal", spec=spec())
    template = Template.from_stack(stack)
    provider_id = next(iter(template.find_resources(IDP)))
    template.has_resource_properties(
        CLIENT,
        {
            "SupportedIdentityProviders": [{"Ref": provider_id}],
            "AllowedOAuthFlows": ["code"],
            "PreventUserExistenceErrors": "ENABLED",
            "EnableTokenRevocation": True,
            "GenerateSecret": False,
        },
    )


def test_mapped_attributes_can_be_written_at_every_sign_in(stack: Stack) -> None:
    """Custom attributes are mutable, and the client may write exactly what is mapped, prefix included."""
    attributes = {"email": {"from": "email", "required": True}, "custom:department": "department"}
    CognitoConnector(stack, "Portal", spec=spec(user_pool={"attributes": attributes}))
    template = Template.from_stack(stack)
    schema = only(template, POOL)["Properties"]["Schema"]
    assert [(each["Name"], each["Mutable"]) for each in schema] == [("email", True), ("department", True)]
    template.has_resource_properties(CLIENT, {"WriteAttributes": ["custom:department", "email"]})
    mapping = only(template, IDP)["Properties"]["AttributeMapping"]
    assert mapping == {"email": "email", "custom:department": "department"}


def test_schema_holds_only_what_can_never_change(stack: Stack) -> None:
    """A standard attribute that is not required is left to Cognito: a schema entry could never be changed again."""
    CognitoConnector(stack, "Portal", spec=spec(user_pool={"attributes": {"email": "email", "name": "displayname"}}))
    assert "Schema" not in only(Template.from_stack(stack), POOL)["Properties"]


def test_required_attributes_keep_the_l2_words(stack: Stack) -> None:
    """`name`, `picture` and others have other words in the CDK; the schema has Cognito's."""
    attributes = {
        name: {"from": "x", "required": True} for name in ("name", "picture", "profile", "updated_at", "zoneinfo")
    }
    CognitoConnector(stack, "Portal", spec=spec(user_pool={"attributes": attributes}))
    schema = only(Template.from_stack(stack), POOL)["Properties"]["Schema"]
    assert {each["Name"] for each in schema} == set(attributes)


def test_verified_flags_are_mapped_but_not_written_by_the_client(stack: Stack) -> None:
    """Cognito lets no client write `email_verified`; the directory sends it as a constant."""
    attributes = {"email": "email", "email_verified": {"constant": "true"}}
    CognitoConnector(stack, "Portal", spec=spec(user_pool={"attributes": attributes}))
    template = Template.from_stack(stack)
    client = only(template, CLIENT)["Properties"]
    assert client["WriteAttributes"] == ["email"]
    assert client["ReadAttributes"] == ["email", "email_verified"]
    constants = only(template, APPLICATION)["Properties"]["ConstantAttributes"]
    assert constants == [{"Name": "email_verified", "Value": "true"}]


def test_groups_travel_from_directory_to_claim(stack: Stack) -> None:
    """The directory sends them, an attribute keeps them, the trigger puts them into `cognito:groups`."""
    CognitoConnector(stack, "Portal", spec=spec(user_pool={"groups": {"to": "cognito:groups"}}))
    template = Template.from_stack(stack)
    assert only(template, APPLICATION)["Properties"]["GroupsAttribute"] == "memberOf"
    assert only(template, IDP)["Properties"]["AttributeMapping"]["custom:groups"] == "memberOf"
    template.has_resource_properties(
        "AWS::Lambda::Function", {"Environment": {"Variables": {"GROUPS_ATTRIBUTE": "custom:groups"}}, "Timeout": 5}
    )
    template.has_resource_properties(POOL, {"LambdaConfig": {"PreTokenGeneration": Match.any_value()}})


def test_without_groups_no_trigger_is_defined(stack: Stack) -> None:
    """Nothing is deployed that nobody asked for."""
    CognitoConnector(stack, "Portal", spec=spec())
    template = Template.from_stack(stack)
    assert "LambdaConfig" not in only(template, POOL)["Properties"]
    assert "GroupsAttribute" not in only(template, APPLICATION)["Properties"]


def test_provider_details_are_texts(stack: Stack) -> None:
    """CloudFormation's schema has texts where the CDK's L2 would write booleans."""
    pool = {"idp_initiated": True, "sign_out": True, "sign_requests": True}
    foreign = {"directory": None, "application": None, "metadata": {"url": "https://idp.example/metadata"}}
    CognitoConnector(stack, "Portal", spec=spec(user_pool=pool, **foreign))
    details = only(Template.from_stack(stack), IDP)["Properties"]["ProviderDetails"]
    assert details["IDPInit"] == "true"
    assert details["IDPSignout"] == "true"
    assert details["RequestSigningAlgorithm"] == "rsa-sha256"
    assert details["EncryptedResponses"] == "false"


def test_what_is_off_is_said_to_be_off(stack: Stack) -> None:
    """An update that left a detail out could leave it on: sign-in begun at the IdP, say."""
    CognitoConnector(stack, "Portal", spec=spec())
    details = only(Template.from_stack(stack), IDP)["Properties"]["ProviderDetails"]
    assert [details[name] for name in ("IDPSignout", "IDPInit", "EncryptedResponses")] == ["false"] * 3


def test_idp_initiated_sign_in_posts_an_assertion_with_relay_state(stack: Stack) -> None:
    """The tile has no Login URL then; RelayState tells Cognito where the person goes."""
    CognitoConnector(stack, "Portal", spec=spec(user_pool={"idp_initiated": True}))
    launch = only(Template.from_stack(stack), "Custom::JumpCloudApplicationLaunch")["Properties"]
    assert "LoginUrl" not in launch
    text = "".join(part if isinstance(part, str) else "ID" for part in launch["DefaultRelayState"]["Fn::Join"][1])
    assert text.startswith("identity_provider=JumpCloud&client_id=ID&redirect_uri=https%3A%2F%2Fportal.acme.example%2F")


def test_relay_state_of_the_spec_goes_to_the_application(stack: Stack) -> None:
    """A Default RelayState that the author chose is sent, in the place of the one that Cognito would need."""
    application = {"display_label": "Acme portal", "groups": ["portal-users"], "default_relay_state": "chosen"}
    CognitoConnector(stack, "Portal", spec=spec(application=application, user_pool={"idp_initiated": True}))
    launch = only(Template.from_stack(stack), "Custom::JumpCloudApplicationLaunch")["Properties"]
    assert launch["DefaultRelayState"] == "chosen"


def test_metadata_file_that_is_not_there_is_told(stack: Stack) -> None:
    """A spec built in Python names its file at synth: a problem with a code, not a bare error of the system."""
    foreign = CognitoUserPoolSpec(
        name="portal",
        metadata=MetadataSource.from_file("nowhere/idp.xml"),
        user_pool=UserPool(domain=Domain(prefix="acme-portal")),
        app_clients=(AppClient(name="web", callback_urls=("https://a.example/callback",)),),
    )
    with pytest.raises(SpecError, match="metadata-unreadable"):
        CognitoConnector(stack, "Portal", spec=foreign)


def test_applications_own_login_url_is_what_the_tile_opens(stack: Stack) -> None:
    """An application that starts sign-in itself is opened there."""
    client = {"name": "web", "callback_urls": ["https://a.example/callback"], "login_url": "https://a.example/sign-in"}
    CognitoConnector(stack, "Portal", spec=spec(app_clients=[client]))
    launch = only(Template.from_stack(stack), "Custom::JumpCloudApplicationLaunch")["Properties"]
    assert launch["LoginUrl"] == "https://a.example/sign-in"


def rights(template: Template) -> dict[str, dict[str, Any]]:
    """The policies that let the provider read a credential, by logical id."""
    found = template.find_resources("AWS::IAM::Policy")
    action = "secretsmanager:GetSecretValue"
    return {
        name: dict(each["Properties"]["PolicyDocument"]["Statement"][0])
        for name, each in found.items()
        if [statement["Action"] for statement in each["Properties"]["PolicyDocument"]["Statement"]] == [action]
    }


def test_function_may_read_the_one_secret_and_write_its_log(stack: Stack) -> None:
    """Least privilege: two statements, exact ARNs, but for the six characters that AWS adds to a secret's name."""
    CognitoConnector(stack, "Portal", spec=spec())
    template = Template.from_stack(stack)
    policies = template.find_resources("AWS::IAM::Policy").values()
    statements = [each for policy in policies for each in policy["Properties"]["PolicyDocument"]["Statement"]]
    actions = sorted(json.dumps(each["Action"]) for each in statements)
    assert actions == ['"secretsmanager:GetSecretValue"', '["logs:CreateLogStream", "logs:PutLogEvents"]']
    (secret,) = rights(template).values()
    assert secret["Resource"]["Fn::Join"][1][-1] == ":secret:jumpcloud/api-key-??????"


@pytest.mark.parametrize(
    ("credentials", "resource"),
    [("jumpcloud/api-key-AbCdEf", "jumpcloud/api-key-AbCdEf"), ("jumpcloud/key", "jumpcloud/key-??????")],
)
def test_an_arn_without_its_suffix_is_allowed_with_any(stack: Stack, credentials: str, resource: str) -> None:
    """Secrets Manager finds a secret by such an ARN, but IAM decides by the whole one."""
    arn = "arn:aws:secretsmanager:eu-west-1:111122223333:secret:"
    CognitoConnector(stack, "Portal", spec=spec(directory={"credentials": arn + credentials}))
    (secret,) = rights(Template.from_stack(stack)).values()
    assert secret["Resource"] == arn + resource


def test_connectors_of_a_stack_share_one_function(stack: Stack) -> None:
    """Two connectors, two secrets, one provider that may read both."""
    CognitoConnector(stack, "One", spec=spec())
    other = spec(name="other", directory={"credentials": "other/key"}, user_pool={"domain": {"prefix": "other"}})
    CognitoConnector(stack, "Two", spec=other)
    template = Template.from_stack(stack)
    template.resource_count_is("AWS::Lambda::Function", 1)
    assert len(rights(template)) == 2


def test_right_to_a_credential_outlives_what_it_is_needed_for(stack: Stack, new_app: Callable[..., App]) -> None:
    """A connector that leaves the stack is deleted in the directory before the right to read its credential goes.

    So each credential has a policy of its own, the custom resources that need it wait for it, and it is called the
    same whatever other credentials there are.
    """
    alone = Stack(new_app(), "Alone")
    CognitoConnector(alone, "One", spec=spec())
    (kept,) = rights(Template.from_stack(alone))
    other = spec(name="other", directory={"credentials": "other/key"}, user_pool={"domain": {"prefix": "other"}})
    CognitoConnector(stack, "Two", spec=other)
    CognitoConnector(stack, "One", spec=spec())
    template = Template.from_stack(stack)
    assert kept in rights(template)
    for resource_type in (APPLICATION, f"{APPLICATION}Launch", f"{APPLICATION}Access"):
        resources = template.find_resources(resource_type)
        assert len(resources) == 2
        for name, resource in resources.items():
            assert (kept in resource["DependsOn"]) == name.startswith("One")
            assert set(resource["DependsOn"]) & set(rights(template))


def test_nobody_signs_in_by_password_past_the_directory(stack: Stack) -> None:
    """Cognito's own default lets people of the pool do so at any client, and then write the groups they are in."""
    own = {"name": "own", "callback_urls": ["https://a.example/"], "other_identity_providers": ["COGNITO"]}
    web = {"name": "web", "callback_urls": ["https://a.example/"]}
    CognitoConnector(stack, "Portal", spec=spec(app_clients=[web, own]))
    clients = Template.from_stack(stack).find_resources(CLIENT).values()
    flows = {each["Properties"]["ClientName"]: each["Properties"].get("ExplicitAuthFlows") for each in clients}
    assert flows == {"web": ["ALLOW_REFRESH_TOKEN_AUTH"], "own": None}


def test_secret_of_the_app_is_passed_by_arn(stack: Stack) -> None:
    """A secret that the stack defines is used as it is; its content is in no template."""
    secret = secretsmanager.Secret(stack, "Key")
    CognitoConnector(stack, "Portal", spec=spec(), credentials=secret)
    template = Template.from_stack(stack)
    secret_id = next(iter(template.find_resources("AWS::SecretsManager::Secret")))
    assert only(template, APPLICATION)["Properties"]["Directory"]["CredentialsSecret"] == {"Ref": secret_id}
    assert "resolve:secretsmanager" not in json.dumps(template.to_json())


def test_secret_of_the_app_has_a_policy_of_its_own(stack: Stack) -> None:
    """The right to read it is not in the role's shared policy, which CloudFormation changes before it deletes."""
    CognitoConnector(stack, "Portal", spec=spec(), credentials=secretsmanager.Secret(stack, "Key"))
    template = Template.from_stack(stack)
    policies = template.find_resources("AWS::IAM::Policy")
    reading = [name for name, each in policies.items() if "secretsmanager:GetSecretValue" in json.dumps(each)]
    assert len(reading) == 1
    assert len(policies) == 2
    assert reading[0] in only(template, APPLICATION)["DependsOn"]


def test_service_accounts_secret_goes_to_no_other_directory(stack: Stack) -> None:
    """An API at an address of its own has no token endpoint but its own."""
    own = {"credentials": "jumpcloud/api-key", "api_url": "https://directory.acme.example/api"}
    CognitoConnector(stack, "Portal", spec=spec(directory=own))
    reach = only(Template.from_stack(stack), APPLICATION)["Properties"]["Directory"]
    assert reach == {"ApiUrl": own["api_url"], "CredentialsSecret": "jumpcloud/api-key"}


def test_pool_of_the_app_is_used_and_given_back(stack: Stack) -> None:
    """Bring your own: no second pool is defined, and the trigger goes to yours."""
    pool = cognito.UserPool(stack, "Mine")
    connector = CognitoConnector(stack, "Portal", spec=spec(user_pool={"groups": {}}), user_pool=pool)
    template = Template.from_stack(stack)
    template.resource_count_is(POOL, 1)
    assert connector.user_pool is pool
    template.has_resource_properties(POOL, {"LambdaConfig": {"PreTokenGeneration": Match.any_value()}})


def test_domain_of_the_app_is_used(stack: Stack) -> None:
    """Bring your own domain with your pool: no second one is defined."""
    pool = cognito.UserPool(stack, "Mine")
    domain = pool.add_domain("Domain", cognito_domain=cognito.CognitoDomainOptions(domain_prefix="acme-portal"))
    connector = CognitoConnector(stack, "Portal", spec=spec(), user_pool=pool, user_pool_domain=domain)
    Template.from_stack(stack).resource_count_is("AWS::Cognito::UserPoolDomain", 1)
    assert connector.domain is domain


def test_existing_pool_is_left_as_it_is(stack: Stack) -> None:
    """Only provider, client and domain are added to a pool that the spec names by id."""
    existing = {"id": "eu-west-1_AbCdEfGhI", "domain": {"existing": "acme.auth.eu-west-1.amazoncognito.com"}}
    CognitoConnector(stack, "Portal", spec=spec(user_pool=existing))
    template = Template.from_stack(stack)
    template.resource_count_is(POOL, 0)
    template.resource_count_is("AWS::Cognito::UserPoolDomain", 0)
    properties = only(template, APPLICATION)["Properties"]
    assert properties["SpEntityId"] == "urn:amazon:cognito:sp:eu-west-1_AbCdEfGhI"
    assert properties["AcsUrl"] == "https://acme.auth.eu-west-1.amazoncognito.com/saml2/idpresponse"


def test_trigger_on_a_pool_that_is_only_referred_to_is_refused(stack: Stack) -> None:
    """A trigger cannot be added to an imported pool: said at once, with the way out, not at deployment."""
    pool = cognito.UserPool.from_user_pool_id(stack, "Theirs", "eu-west-1_AbCdEfGhI")
    with pytest.raises(SpecError, match="groups-need-trigger"):
        CognitoConnector(stack, "Portal", spec=spec(user_pool={"groups": {}}), user_pool=pool)


def test_foreign_metadata_registers_nothing(stack: Stack) -> None:
    """With a URL of another IdP there is no application, no function and no secret."""
    foreign = spec(directory=None, application=None, metadata={"url": "https://idp.example/metadata"})
    connector = CognitoConnector(stack, "Portal", spec=foreign)
    template = Template.from_stack(stack)
    assert connector.application is None
    template.resource_count_is("AWS::Lambda::Function", 0)
    details = only(template, IDP)["Properties"]["ProviderDetails"]
    assert details["MetadataURL"] == "https://idp.example/metadata"


def test_foreign_claims_are_mapped_by_their_own_names(stack: Stack) -> None:
    """With another IdP, `from` is the name of the attribute that it sends."""
    foreign = spec(
        directory=None,
        application=None,
        metadata={"url": "https://idp.example/metadata"},
        user_pool={"attributes": {"email": {"from": "http://schemas.example/email"}}},
    )
    CognitoConnector(stack, "Portal", spec=foreign)
    assert only(Template.from_stack(stack), IDP)["Properties"]["AttributeMapping"] == {
        "email": "http://schemas.example/email"
    }


@pytest.mark.parametrize(
    ("region", "host"),
    [
        ("eu-west-1", "acme-portal.auth.eu-west-1.amazoncognito.com"),
        ("us-gov-west-1", "acme-portal.auth-fips.us-gov-west-1.amazoncognito.com"),
    ],
)
def test_urls_are_right_in_each_partition(region: str, host: str, new_app: Callable[..., App]) -> None:
    """GovCloud's hosts differ; a known region has no look-up in the template."""
    from aws_cdk import Environment  # noqa: PLC0415 - used here alone

    stack = Stack(new_app(), "Test", env=Environment(account="111122223333", region=region))
    CognitoConnector(stack, "Portal", spec=spec())
    template = Template.from_stack(stack)
    assert only(template, APPLICATION)["Properties"]["AcsUrl"] == f"https://{host}/saml2/idpresponse"
    assert template.find_mappings("*") == {}


def test_region_that_only_the_deployment_knows_is_looked_up(stack: Stack) -> None:
    """Without a region, the template finds the host's label by the partition it is deployed to."""
    CognitoConnector(stack, "Portal", spec=spec())
    labels = Template.from_stack(stack).find_mappings("*")["CognitoDomainLabels"]
    assert labels["aws"]["label"] == "auth"
    assert labels["aws-us-gov"]["label"] == "auth-fips"


def test_region_without_user_pools_is_refused(new_app: Callable[..., App]) -> None:
    """China has no user pools: an error with a code, not a deployment that fails."""
    from aws_cdk import Environment  # noqa: PLC0415 - used here alone

    stack = Stack(new_app(), "Test", env=Environment(account="111122223333", region="cn-north-1"))
    with pytest.raises(SpecError, match="partition-without-cognito"):
        CognitoConnector(stack, "Portal", spec=spec())


def test_pool_and_its_people_outlive_the_stack_by_default(stack: Stack) -> None:
    """Kept and protected, unless the spec says otherwise."""
    CognitoConnector(stack, "Portal", spec=spec())
    pool = only(Template.from_stack(stack), POOL)
    assert pool["DeletionPolicy"] == "Retain"
    assert pool["Properties"]["DeletionProtection"] == "ACTIVE"


def test_pool_can_go_with_the_stack(stack: Stack) -> None:
    """`removal_policy: destroy` takes the protection off too, or the stack could not be deleted."""
    CognitoConnector(stack, "Portal", spec=spec(user_pool={"removal_policy": "destroy"}))
    pool = only(Template.from_stack(stack), POOL)
    assert pool["DeletionPolicy"] == "Delete"
    assert pool["Properties"]["DeletionProtection"] == "INACTIVE"


def test_client_waits_for_the_scopes_it_asks_for(stack: Stack) -> None:
    """A scope that does not exist yet would fail the deployment now and then."""
    server = {"identifier": "https://api.example", "scopes": {"read": "Read"}}
    machine = {"name": "batch", "flows": ["client_credentials"], "secret": True, "scopes": ["https://api.example/read"]}
    web = {"name": "web", "callback_urls": ["https://a.example/callback"]}
    CognitoConnector(stack, "Portal", spec=spec(resource_servers=[server], app_clients=[web, machine]))
    template = Template.from_stack(stack)
    server_id = next(iter(template.find_resources("AWS::Cognito::UserPoolResourceServer")))
    clients = template.find_resources(CLIENT, {"Properties": {"ClientName": "batch"}})
    client = next(iter(clients.values()))
    assert server_id in client["DependsOn"]
    assert client["Properties"]["GenerateSecret"] is True
    assert "CallbackURLs" not in client["Properties"]


def test_links_are_built_for_every_client(stack: Stack) -> None:
    """Sign-in goes straight to the IdP, by name or identifier; sign-out returns to the application."""
    client = {
        "name": "web",
        "callback_urls": ["https://a.example/one", "https://a.example/two"],
        "logout_urls": ["https://a.example/"],
    }
    connector = CognitoConnector(
        stack, "Portal", spec=spec(app_clients=[client], user_pool={"identifiers": ["acme.example"]})
    )
    link = connector.sign_in_url("web", callback_url="https://a.example/two", identifier="acme.example")
    assert "idp_identifier=acme.example" in link
    assert "redirect_uri=https%3A%2F%2Fa.example%2Ftwo" in link
    assert "identity_provider=JumpCloud" in connector.sign_in_url("web")
    assert "logout_uri=https%3A%2F%2Fa.example%2F" in connector.sign_out_url("web")


def test_links_to_what_is_not_there_are_refused(stack: Stack) -> None:
    """A misspelt client or callback is told with what there is."""
    connector = CognitoConnector(stack, "Portal", spec=spec())
    with pytest.raises(SpecError, match="there are web"):
        connector.sign_in_url("wbe")
    with pytest.raises(SpecError, match="callback-unknown"):
        connector.sign_in_url("web", callback_url="https://evil.example/")


def test_construct_paths_are_a_promise(stack: Stack) -> None:
    """A path that changes replaces the resource in every stack in the field: pool, people, application."""
    CognitoConnector(stack, "Portal", spec=spec(user_pool={"groups": {}}))
    paths = {child.node.path for child in stack.node.find_all() if child.node.default_child is not None}
    assert paths >= {
        "Test/Portal/UserPool",
        "Test/Portal/Domain",
        "Test/Portal/Application/Resource",
        "Test/Portal/Application/Launch",
        "Test/Portal/Application/Access",
        "Test/Portal/IdentityProvider",
        "Test/Portal/Client-web",
        "Test/Portal/GroupsTrigger/Function",
        "Test/JumpCloudDirectoryProvider/Function",
    }
