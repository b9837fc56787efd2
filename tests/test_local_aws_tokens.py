"""The token endpoint of the local AWS and the trigger before it: who gets tokens, and what they say."""

from __future__ import annotations

import base64
import hashlib
import io
import json
import zipfile
from typing import TYPE_CHECKING

import pytest

from sandbox.aws.federated_site import Site, landed, make_site
from sandbox.aws.process import LocalAws

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = pytest.mark.e2e

TRIGGER = """
def handler(event, context):
    print(event)
    if event["request"]["userAttributes"].get("email") == "fail@example.com":
        raise ValueError("no tokens for you")
    groups = event["request"]["userAttributes"].get("custom:groups", "")
    event["response"] = {"claimsOverrideDetails": {
        "claimsToAddOrOverride": {
            "source": event["triggerSource"],
            "seen": ",".join([event["version"], event["region"], event["userPoolId"], event["userName"],
                              event["callerContext"]["clientId"],
                              event["request"]["userAttributes"]["cognito:user_status"],
                              *event["request"]["groupConfiguration"]["groupsToOverride"]]),
            "sub": "not yours",
        },
        "groupOverrideDetails": {"groupsToOverride": [one for one in groups.strip("[]").split(", ") if one]},
    }}
    return event
"""


@pytest.fixture(scope="module")
def site() -> Iterator[Site]:
    """The local AWS, with one pool and one IdP in it."""
    with LocalAws() as aws:
        yield make_site(aws)


# --- the token endpoint -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("change", "error"),
    [
        ({"client_secret": ""}, "invalid_client"),
        ({"client_secret": "wrong"}, "invalid_client"),
        ({"client_id": "nobody"}, "invalid_client"),
        ({"redirect_uri": ""}, "invalid_request"),
        ({"redirect_uri": "https://evil.test"}, "invalid_grant"),
        ({"code": "unknown"}, "invalid_grant"),
    ],
)
def test_a_code_alone_is_not_enough(site: Site, change: dict[str, str], error: str) -> None:
    """Client secret and redirect_uri have to be right."""
    answer = site.token(**{"grant_type": "authorization_code", "code": site.code(), **change})
    assert (answer.status_code, answer.json()["error"]) == (400, error)


def test_a_public_client_has_no_secret_to_send(site: Site) -> None:
    """A secret that nobody gave out is a wrong one."""
    answer = site.token(grant_type="authorization_code", code="any", client_id=site.other_client)
    assert (answer.status_code, answer.json()["error"]) == (400, "invalid_client")


def test_a_code_serves_once(site: Site) -> None:
    """A second exchange of the same code is refused."""
    code = site.code()
    assert site.token(grant_type="authorization_code", code=code).status_code == 200
    assert site.token(grant_type="authorization_code", code=code).json()["error"] == "invalid_grant"


@pytest.mark.parametrize(("verifier", "status"), [("v" * 43, 200), ("w" * 43, 400), ("", 400)])
def test_a_challenge_has_to_be_met(site: Site, verifier: str, status: int) -> None:
    """PKCE holds for federated codes too."""
    challenge = base64.urlsafe_b64encode(hashlib.sha256(b"v" * 43).digest()).rstrip(b"=").decode()
    relay_state, statement = site.begin(code_challenge=challenge, code_challenge_method="S256")
    code = landed(site.post(relay_state, statement))["code"]
    answer = site.token(grant_type="authorization_code", code=code, code_verifier=verifier)
    assert answer.status_code == status


def test_a_refresh_keeps_groups(site: Site) -> None:
    """The refreshed tokens say the same of the person."""
    refresh = site.tokens()["refresh_token"]
    answer = site.token(grant_type="refresh_token", refresh_token=refresh).json()
    assert site.claims(answer["id_token"])["cognito:groups"] == [f"{site.pool}_Forged"]
    assert site.claims(answer["access_token"])["cognito:groups"] == [f"{site.pool}_Forged"]


def test_a_refresh_needs_the_secret_and_a_genuine_token(site: Site) -> None:
    """Neither a missing secret nor a forged token gets new tokens."""
    refresh = site.tokens()["refresh_token"]
    header, payload, signature = refresh.split(".")
    forged = f"{header}.{payload}.{signature[::-1]}"
    without = site.token(grant_type="refresh_token", refresh_token=refresh, client_secret="")
    assert without.json()["error"] == "invalid_client"
    assert site.token(grant_type="refresh_token", refresh_token=forged).json()["error"] == "invalid_grant"


def test_the_implicit_flow_brings_tokens_in_the_fragment(site: Site) -> None:
    """Only where the client allows it."""
    relay_state, statement = site.begin(
        response_type="token", client_id=site.other_client, identity_provider="Starting"
    )
    response = site.post(relay_state, statement)
    assert "#" in response.headers["location"]
    assert site.claims(landed(response)["id_token"])["email"] == "ada@example.com"


# --- the pre token generation trigger ---------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def triggered(site: Site) -> Site:
    """The same pool with a trigger; it stays, so the tests that use it come last."""
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as packed:
        packed.writestr("index.py", TRIGGER)
    trust = {
        "Version": "2012-10-17",
        "Statement": [
            {"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}
        ],
    }
    role = site.aws.client("iam").create_role(RoleName="pre-token", AssumeRolePolicyDocument=json.dumps(trust))
    functions = site.aws.client("lambda")
    arn = functions.create_function(
        FunctionName="pre-token",
        Runtime="python3.13",
        Role=role["Role"]["Arn"],
        Handler="index.handler",
        Code={"ZipFile": archive.getvalue()},
    )["FunctionArn"]
    cognito = site.aws.client("cognito-idp")
    cognito.update_user_pool(UserPoolId=site.pool, LambdaConfig={"PreTokenGeneration": arn})
    refused = site.token(grant_type="authorization_code", code=site.code())
    assert "AccessDeniedException" in refused.json()["error_description"]
    functions.add_permission(
        FunctionName="pre-token",
        StatementId="cognito",
        Action="lambda:InvokeFunction",
        Principal="cognito-idp.amazonaws.com",
        SourceArn=f"arn:aws:cognito-idp:us-east-1:000000000000:userpool/{site.pool}",
    )
    return site


def test_the_trigger_sets_groups_in_both_tokens(triggered: Site) -> None:
    """It gets the event that Cognito sends, and cannot change who the person is."""
    tokens = triggered.tokens(name_id="ada@example.com")
    identity, access = triggered.claims(tokens["id_token"]), triggered.claims(tokens["access_token"])
    assert identity["cognito:groups"] == access["cognito:groups"] == ["Admins", "Domain+Users"]
    assert identity["source"] == "TokenGeneration_HostedAuth"
    assert "source" not in access
    assert identity["sub"] == access["sub"] != "not yours"
    username = "Forged_ada@example.com"
    seen = [
        "1",
        "us-east-1",
        triggered.pool,
        username,
        triggered.client,
        "EXTERNAL_PROVIDER",
        f"{triggered.pool}_Forged",
    ]
    assert identity["seen"] == ",".join(seen)


def test_the_trigger_is_asked_again_at_a_refresh(triggered: Site) -> None:
    """Groups of today, and a source of its own."""
    refresh = triggered.tokens()["refresh_token"]
    answer = triggered.token(grant_type="refresh_token", refresh_token=refresh).json()
    assert triggered.claims(answer["id_token"])["source"] == "TokenGeneration_RefreshTokens"
    assert triggered.claims(answer["access_token"])["cognito:groups"] == ["Admins", "Domain+Users"]


def test_the_trigger_is_asked_once_for_all_tokens(triggered: Site) -> None:
    """Two tokens are one sign-in."""
    logs = triggered.aws.client("logs")

    def calls() -> int:
        events = logs.filter_log_events(logGroupName="/aws/lambda/pre-token")["events"]
        return sum("TokenGeneration_" in json.dumps(event["message"]) for event in events)

    before = calls()
    triggered.tokens()
    assert calls() == before + 1


def test_a_trigger_that_fails_fails_the_sign_in(triggered: Site) -> None:
    """No tokens without it."""
    code = triggered.code(name_id="fail", attributes={"mail": ["fail@example.com"]})
    answer = triggered.token(grant_type="authorization_code", code=code)
    assert answer.status_code == 400
    assert "no tokens for you" in answer.json()["error_description"]
