"""Claims about `saml-connectors doctor`: green after a deployment, red at the broken link, and it says what to do."""

from __future__ import annotations

import base64
import json
import zlib
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, urlsplit

import pytest

from saml_connectors.provider.jumpcloud import contract
from saml_connectors.provider.jumpcloud.transport import Response
from tests.deployed_names import ACCOUNT, DOMAIN, POOL, PROVIDER, ROLE, refused

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.deployed_fixtures import Deployed

pytest_plugins = ["tests.provider_fixtures", "tests.deployed_fixtures"]

SIGN_IN = f"{DOMAIN}/oauth2/authorize?"


def portal(deployed: Deployed, **changes: Any) -> str:
    """A connector of kind cognito-user-pool, whose AWS answers as it was deployed."""
    made = deployed.portal(**changes)
    deployed.answer_as_deployed()
    return made


def console(deployed: Deployed) -> str:
    """One of kind iam."""
    made = deployed.console()
    deployed.answer_as_deployed()
    return made


def trust(deployed: Deployed, name: str) -> dict[str, Any]:
    """The statement of a role's trust policy."""
    statement: dict[str, Any] = deployed.roles[name]["AssumeRolePolicyDocument"]["Statement"][0]
    return statement


def test_a_portal_is_green_after_its_deployment(deployed: Deployed) -> None:
    """Every step of the chain is there, each once, and none is guessed."""
    portal(deployed)
    found = deployed.doctor()
    assert {step: [each["state"] for each in steps] for step, steps in found.items()} == {
        "secret": ["ok"],
        "credential": ["ok"],
        "application": ["ok"],
        "settings": ["ok"],
        "certificate": ["ok"],
        "groups": ["ok"],
        "idp-metadata": ["ok"],
        "trust": ["ok"],
        "idp-entity-id": ["ok"],
        "sso-url": ["ok", "ok"],
        "app-client": ["ok"],
        "sign-in": ["ok"],
        "request-destination": ["ok"],
        "request-issuer": ["ok"],
        "request-acs": ["ok"],
    }


def test_a_console_is_green_after_its_deployment(deployed: Deployed) -> None:
    """With both of its roles."""
    console(deployed)
    found = deployed.doctor()
    assert deployed.not_ok() == {}
    assert [each["of"] for each in found["role-audience"]] == ["A", "B"]
    assert len(found["trust"]) == 1


def test_the_table_has_a_row_for_each_step(deployed: Deployed, monkeypatch: pytest.MonkeyPatch) -> None:
    """Step, state, what was seen, what to do; and a line that counts.  The terminal's width says where lines break."""
    monkeypatch.setenv("COLUMNS", "140")
    made = portal(deployed)
    deployed.edit(made, active=False)
    result = deployed.run("doctor", "Portal-Prod")
    assert result.exit_code == 1
    head, rule, *rows = result.stdout.splitlines()
    assert " ".join(head.split()) == "step state what was seen what to do"
    assert set(rule) == {"-", " "}
    assert any("application (App)" in row and " wrong " in row and "deactivated" in row for row in rows)
    assert "activate it in the Admin Portal" in result.stdout
    assert result.stderr == "Portal-Prod: 14 ok, 2 wrong\n"


def _anew(here: Deployed, made: str) -> None:
    here.stage.time.now += 86_400
    here.edit(made, config={"idpCertificate": "", "idpPrivateKey": ""})


BREAKS: list[tuple[str, Callable[[Deployed, str], None], str, str]] = [
    ("certificate-anew", _anew, "trust", "give AWS the application's"),
    ("unbound", lambda here, made: here.bind(made, "portal-users", "remove"), "groups", "bind it"),
    ("gone", lambda here, made: here.send("DELETE", f"/api/applications/{made}"), "application", "made anew"),
    ("inactive", lambda here, made: here.edit(made, active=False), "application", "activate it"),
    ("drift", lambda here, made: here.edit(made, displayLabel="x"), "settings", "put them right"),
    (
        "acs",
        lambda here, made: here.edit(made, config={"acsUrl": "https://x.example/"}),
        "request-acs",
        "put its setting back",
    ),
    (
        "issuer",
        lambda here, made: here.edit(made, config={"spEntityId": "urn:x"}),
        "request-issuer",
        "put its setting back",
    ),
    (
        "entity-id",
        lambda here, made: here.edit(made, config={"idpEntityId": "urn:x"}),
        "idp-entity-id",
        "put the application's value back",
    ),
    ("client-provider", lambda here, _: here.client.update(SupportedIdentityProviders=[]), "app-client", "put it back"),
    ("client-callback", lambda here, _: here.client.update(CallbackURLs=["https://x"]), "app-client", "put it back"),
    ("client-flows", lambda here, _: here.client.update(AllowedOAuthFlows=[]), "app-client", "put it back"),
    (
        "sso-url",
        lambda here, _: here.idp["ProviderDetails"].update(SSORedirectBindingURI="https://x.example/"),
        "sso-url",
        "AWS is told",
    ),
    (
        "no-redirect",
        lambda here, _: here.web.update({SIGN_IN: Response(400, {}, b"<html>")}),
        "sign-in",
        "look at the app client",
    ),
    (
        "error",
        lambda here, _: here.web.update({SIGN_IN: Response(302, {"location": "https://a/?error=invalid_scope"})}),
        "sign-in",
        "scopes",
    ),
    (
        "idp-gone",
        lambda here, _: here.aws.answers.update(
            {("cognito-idp", "describe_identity_provider"): refused("ResourceNotFoundException", "Describe")}
        ),
        "idp-metadata",
        "deploy it anew",
    ),
]


@pytest.mark.parametrize(("name", "breaks", "step", "advice"), BREAKS, ids=[each[0] for each in BREAKS])
def test_a_broken_link_is_red_and_says_what_to_do(
    deployed: Deployed, name: str, breaks: Callable[[Deployed, str], None], step: str, advice: str
) -> None:
    """The step that broke is wrong, with advice that fits."""
    made = portal(deployed)
    breaks(deployed, made)
    wrong = [each for each in deployed.doctor()[step] if each["state"] == "wrong"]
    assert wrong
    assert any(advice in each["advice"] for each in wrong)


def _statement(**changes: Any) -> Callable[[Deployed], None]:
    return lambda here: trust(here, "A").update(changes)


@pytest.mark.parametrize(
    ("breaks", "step", "told"),
    [
        (lambda here: here.roles.pop("A"), "role", "there is no such role"),
        (_statement(Principal={"Federated": f"{PROVIDER}2"}), "role-trust", PROVIDER),
        (_statement(Action="sts:AssumeRole"), "role-trust", "sts:AssumeRoleWithSAML"),
        (_statement(Condition={"StringEquals": {"SAML:aud": "https://x"}}), "role-audience", "https://x"),
        (_statement(Condition={}), "role-audience", "no condition on SAML:aud"),
        (_statement(Condition={"StringNotEquals": {"SAML:aud": "https://x"}}), "role-audience", "stringnotequals"),
        (lambda here: here.roles["A"].update(Arn="arn:aws:iam::1:role/team/A"), "role", "team/A"),
        (
            lambda here: here.aws.answers.update({("iam", "get_saml_provider"): refused("NoSuchEntity", "Get")}),
            "idp-metadata",
            "not there",
        ),
    ],
)
def test_a_role_that_does_not_fit_is_red(
    deployed: Deployed, breaks: Callable[[Deployed], Any], step: str, told: str
) -> None:
    """What was seen names what is wrong with it; the other role stays green."""
    console(deployed)
    breaks(deployed)
    wrong = [each for each in deployed.doctor()[step] if each["state"] == "wrong"]
    assert [told in each["seen"] for each in wrong] == [True]


def test_tags_and_long_sessions_are_judged_by_what_the_application_sends(deployed: Deployed) -> None:
    """Without sts:TagSession nobody gets a session where tags are sent; nor one that is longer than allowed."""
    made = console(deployed)
    trust(deployed, "A")["Action"] = "sts:AssumeRoleWithSAML"
    assert deployed.not_ok() == {}
    config = deployed.send("GET", f"/api/applications/{made}")["config"]
    prefix = ROLE.removesuffix("Role")
    rows = [*config["constantAttributes"]["value"], {"name": f"{prefix}PrincipalTag:Team", "value": "x"}]
    rows.append({"name": f"{prefix}SessionDuration", "value": "7200"})
    deployed.edit(made, config={"constantAttributes": rows})
    found = deployed.doctor()
    assert [(each["of"], each["state"]) for each in found["role-tags"]] == [("A", "wrong"), ("B", "ok")]
    assert [each["state"] for each in found["role-session"]] == ["wrong", "wrong"]


def test_a_role_of_another_account_cannot_be_known(deployed: Deployed) -> None:
    """It is told apart, and nothing is wrong."""
    other = "arn:aws:iam::999999999999:"
    value = f"{other}role/A,{other}saml-provider/JumpCloud"
    deployed.console()
    app = deployed.template["Resources"]["App"]["Properties"]
    app["ConstantAttributes"] = [{"Name": ROLE, "Value": value}]
    deployed.answer_as_deployed()
    deployed.edit(deployed.physical_ids["App"], config={"constantAttributes": [{"name": ROLE, "value": value}]})
    assert deployed.not_ok() == {"role": "cannot be known"}


@pytest.mark.parametrize(
    ("text", "step", "told"),
    [
        ("", "secret", "empty"),
        ("{", "secret", "JSON"),
        ('{"client_id": "a"}', "secret", "client_id"),
        ("0" * 40, "credential", "401"),
    ],
)
def test_a_bad_secret_is_red_and_what_follows_is_skipped(deployed: Deployed, text: str, step: str, told: str) -> None:
    """AWS's side is looked at all the same; nothing of the secret is told."""
    portal(deployed)
    deployed.aws.answers["secretsmanager", "get_secret_value"] = {"SecretString": text}
    found = deployed.doctor()
    assert [each["state"] for each in found[step]] == ["wrong"]
    assert told in found[step][0]["seen"]
    assert [each["state"] for each in found["application"] + found["groups"]] == ["skipped", "skipped"]
    assert found["app-client"][0]["state"] == "ok"
    assert "0" * 40 not in json.dumps(found)


def test_what_this_credential_may_not_read_cannot_be_known(deployed: Deployed) -> None:
    """It says nothing of the connector, so nothing is wrong; the way out is the permission."""
    portal(deployed)
    for operation in ("describe_identity_provider", "describe_user_pool_client"):
        deployed.aws.answers["cognito-idp", operation] = refused("AccessDeniedException", operation)
    found = deployed.doctor()
    assert [found[step][0]["state"] for step in ("idp-metadata", "app-client")] == ["cannot be known"] * 2
    assert found["app-client"][0]["advice"] == "allow describe_user_pool_client"
    assert "wrong" not in {each["state"] for steps in found.values() for each in steps}


def test_where_cognito_does_not_tell_its_document_the_last_deployment_is_compared(deployed: Deployed) -> None:
    """Unchanged: trusted.  Made anew in the console: not.  No output that tells: nobody knows."""
    made = portal(deployed)
    del deployed.idp["ProviderDetails"]["MetadataFile"]
    assert deployed.not_ok() == {"idp-metadata": "cannot be known"}
    _anew(deployed, made)
    assert deployed.not_ok()["trust"] == "wrong"
    deployed.outputs.clear()
    assert deployed.not_ok()["trust"] == "cannot be known"


def test_a_request_by_post_is_read_too(deployed: Deployed) -> None:
    """Cognito sends a form where the IdP takes nothing else."""
    portal(deployed)
    location = deployed.web[SIGN_IN].headers["location"]
    deflated = base64.b64decode(parse_qs(urlsplit(location).query)["SAMLRequest"][0])
    text = base64.b64encode(zlib.decompress(deflated, -15)).decode()
    page = f'<form action="{location.partition("?")[0]}"><input name="SAMLRequest" value="{text}"></form>'
    deployed.web[SIGN_IN] = Response(200, {}, page.encode())
    assert deployed.not_ok() == {}


@pytest.mark.parametrize("request_text", ["AAAA", "%%%", "PGEvPg==", "eJwLAAAAAAE="])
def test_what_is_no_saml_request_is_told(deployed: Deployed, request_text: str) -> None:
    """No traceback, whatever comes."""
    portal(deployed)
    deployed.web[SIGN_IN] = Response(302, {"location": f"https://sso.example/?SAMLRequest={request_text}"})
    assert deployed.not_ok()["sign-in"] == "wrong"


def test_a_certificate_near_its_end_gets_an_advice_and_one_past_it_is_wrong(deployed: Deployed) -> None:
    """By the clock of whoever asks."""
    portal(deployed)
    (step,) = deployed.doctor()["certificate"]
    assert (step["state"], step["advice"]) == ("ok", "")
    days = int(step["seen"].rpartition(", ")[2].partition(" ")[0].replace(",", ""))
    deployed.stage.time.now += (days - 10) * 86_400
    (step,) = deployed.doctor()["certificate"]
    assert (step["state"], "rotate it" in step["advice"]) == ("ok", True)
    deployed.stage.time.now += 20 * 86_400
    assert deployed.doctor()["certificate"][0]["state"] == "wrong"


def test_a_group_without_people_is_told(deployed: Deployed) -> None:
    """It is no fault, and nobody gets the application by it."""
    portal(deployed)
    deployed.stage.directory.group("portal-users").members.clear()
    (step,) = deployed.doctor()["groups"]
    assert (step["state"], "add people" in step["advice"]) == ("ok", True)


def test_a_tile_has_the_steps_of_a_tile(deployed: Deployed) -> None:
    """No certificate, no sign-in."""
    made = deployed.add("Tile", contract.APPLICATION, deployed.stage.bookmark())
    assert [*deployed.doctor()] == ["secret", "credential", "application", "settings"]
    assert deployed.not_ok() == {}
    deployed.send("DELETE", f"/api/applications/{made}")
    assert deployed.not_ok()["application"] == "wrong"


@pytest.mark.parametrize(("of", "code"), [("describe_stacks", "aws-missing"), (None, "stack-connector")])
def test_without_a_stack_of_a_connector_there_is_no_table(deployed: Deployed, of: str | None, code: str) -> None:
    """The problem, on stderr."""
    if of is not None:
        deployed.aws.answers["cloudformation", of] = refused("ValidationError", of)
    result = deployed.run("doctor", "Portal-Prod")
    assert (result.exit_code, result.stdout) == (1, "")
    assert f"[{code}]" in result.stderr


def test_nothing_signs_in_and_nothing_is_redirected(deployed: Deployed) -> None:
    """One request to the pool's domain for each app client."""
    portal(deployed)
    assert POOL in deployed.resolved(deployed.template["Resources"]["Client"]["Properties"])["UserPoolId"]
    asked: list[str] = []
    exchange = deployed.exchange

    def counted(request: Any, deadline: Any) -> Any:
        asked.append(request.url)
        return exchange(request, deadline)

    deployed.exchange = counted  # type: ignore[method-assign]  # the transport, listened to
    deployed.doctor()
    outside = [each for each in asked if not each.startswith("http://127.0.0.1:8500/")]
    assert [each.partition("?")[0] for each in outside] == [SIGN_IN.rstrip("?")]
    assert ACCOUNT not in outside[0]
