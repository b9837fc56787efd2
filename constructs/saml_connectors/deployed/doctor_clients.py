"""Check-up of app clients: whether each still offers the identity provider, with the callbacks and flows of the stack.

Not here: sign-in itself (`doctor_sign_in.py`).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from saml_connectors.checks.known_values import listed
from saml_connectors.cloudformation import Resource
from saml_connectors.deployed.checkup import Checkup
from saml_connectors.deployed.deployment import Deployment
from saml_connectors.provisioning.aws import telling_of_aws

_GONE = ("it is not there any more", "deploy it anew: remove it from the spec, deploy, and put it back")
_ADVICE = "put it back in the Cognito console, or deploy a change to the app client"
_LISTS = (
    ("SupportedIdentityProviders", "identity provider"),
    ("CallbackURLs", "callback URL"),
    ("LogoutURLs", "sign-out URL"),
    ("AllowedOAuthFlows", "flow"),
    ("AllowedOAuthScopes", "scope"),
)


def look(here: Deployment, checkup: Checkup) -> None:
    """Look at every app client of the stack."""
    for client in here.of_type("AWS::Cognito::UserPoolClient"):
        of, pool = client.logical_id, client.text("UserPoolId")
        if pool is None:
            checkup.unknown("app-client", of, "the id of its user pool is not known")
            continue
        with checkup.step("app-client", of):
            client_id = here.physical_id(client).rpartition("|")[2]
            with telling_of_aws(f"reading app client {client_id} of pool {pool}", ResourceNotFoundException=_GONE):
                answer = here.client("cognito-idp").describe_user_pool_client(UserPoolId=pool, ClientId=client_id)
            _compare(client, answer["UserPoolClient"], checkup)


def _compare(client: Resource, live: Mapping[str, Any], checkup: Checkup) -> None:
    of, missing, unknown = client.logical_id, [], []
    for name, what in _LISTS:
        wanted = listed(client, name)
        if wanted is None:
            unknown.append(name)
            continue
        missing += [f"{what} {each}" for each in wanted if each not in (live.get(name) or ())]
    if client.flag("AllowedOAuthFlowsUserPoolClient") and live.get("AllowedOAuthFlowsUserPoolClient") is not True:
        missing.append("sign-in pages at all")
    wrong = f"app client {live.get('ClientName')!r} lacks {', '.join(missing)}" if missing else None
    seen = f"app client {live.get('ClientName')!r} offers {', '.join(live.get('SupportedIdentityProviders') or ())}"
    checkup.judge("app-client", of, f"{seen}, with its callback URLs and flows", wrong, _ADVICE)
    if unknown:
        checkup.unknown("app-client", of, f"{', '.join(unknown)} of the template are not known")
