"""Claims about what sign-in from the portal needs: the address that a tile opens, what is mapped, who may be called."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from pathlib import Path

import pytest

from saml_connectors.checks import judge
from saml_connectors.cloudformation import Assembly

EXAMPLES = Path(__file__).parents[1] / "docs" / "rules"
REDIRECT, PROVIDER, SENT = "launch-redirect-unregistered", "launch-provider-missing", "mapping-unsent"
WILD, TRIGGER, ENTITY = "client-url-wildcard", "groups-trigger-not-allowed", "application-entity-id"
WORD = ("Resources:\n", "Parameters:\n  Word: {Type: String}\nResources:\n")
OTHER_POOL = "  Other: {Type: AWS::Cognito::UserPool}\n"

pytest_plugins = ["tests.rule_examples_fixtures"]

FOUND: dict[str, tuple[str, list[tuple[str, str]]]] = {
    "a provider of another name, by reference": (PROVIDER, [("ProviderName: JumpCloud", "ProviderName: Directory")]),
    "a callback URL that went away": (REDIRECT, [("[https://portal.acme.example/callback]", "[https://a.example/]")]),
    "an entity ID of a pool that exists": (
        ENTITY,
        [("!Sub urn:amazon:cognito:sp:${UserPool}", "urn:amazon:cognito:sp:eu-west-1_other")],
    ),
    "a wildcard before a value that nobody knows": (
        WILD,
        [WORD, ("[https://portal.acme.example/callback]", '[!Sub "https://*.${Word}/callback"]')],
    ),
    "a permission for another pool": (
        TRIGGER,
        [
            ("SourceArn: !GetAtt UserPool.Arn", "SourceArn: !GetAtt Other.Arn"),
            ("Resources:\n", f"Resources:\n{OTHER_POOL}"),
        ],
    ),
    "a permission for another service": (TRIGGER, [("cognito-idp.amazonaws.com", "events.amazonaws.com")]),
    "groups that are not sent any more": (SENT, [("      GroupsAttribute: memberOf\n", "")]),
}
"""The rule, and what changes in its example that passes."""

SILENT: dict[str, tuple[str, list[tuple[str, str]]]] = {
    "a return address that a parameter tells": (
        REDIRECT,
        [WORD, ("https%3A%2F%2Fportal.acme.example%2Fold", "${Word}")],
    ),
    "an app client that nobody knows": (REDIRECT, [WORD, ("client_id=${Client}", "client_id=${Word}")]),
    "one callback URL that nobody knows": (
        REDIRECT,
        [WORD, ("[https://portal.acme.example/callback]", "[https://portal.acme.example/callback, !Ref Word]")],
    ),
    "an address of the application's own": (REDIRECT, [("/oauth2/authorize", "/start")]),
    "a provider that nobody knows": (
        PROVIDER,
        [WORD, ("SupportedIdentityProviders: [!Ref IdP]", "SupportedIdentityProviders: [!Ref IdP, !Ref Word]")],
    ),
    "a claim that a parameter names": (SENT, [WORD, ('"custom:groups": Groups', '"custom:groups": !Ref Word')]),
    "an attribute that a parameter names": (
        SENT,
        [WORD, ("{Name: email, Source: email}", "{Name: !Ref Word, Source: x}")],
    ),
    "attributes that are left to the directory": (
        SENT,
        [("      UserAttributes:\n        - {Name: email, Source: email}\n", "")],
    ),
    "constants that a catalogue template may bring": (SENT, [("amazoncognitouserpools", "another")]),
    "an application made by hand": (
        SENT,
        [("      GroupsAttribute", "      Adopt: 0123\n      Slug: portal\n      GroupsAttribute")],
    ),
    "groups that a parameter names": (SENT, [WORD, ("GroupsAttribute: memberOf", "GroupsAttribute: !Ref Word")]),
    "a wildcard in a path": (WILD, [("https://*.acme.example/callback", "https://portal.acme.example/*")]),
    "a wildcard of an app's own scheme": (WILD, [("https://*.acme.example/callback", "acme://*.portal/callback")]),
    "a function that another stack is given": (
        TRIGGER,
        [("Resources:\n", "Outputs:\n  Function: {Value: !GetAtt GroupsFunction.Arn}\nResources:\n")],
    ),
    "a macro that may add the permission": (TRIGGER, [("Resources:\n", "Transform: AcmeMacro\nResources:\n")]),
    "a function of another template": (TRIGGER, [("!GetAtt GroupsFunction.Arn}", "!ImportValue groups-function}")]),
    "an entity ID that a parameter tells": (
        ENTITY,
        [WORD, ("SpEntityId: urn:amazon:webservices", "SpEntityId: !Sub urn:amazon:cognito:sp:${Word}")],
    ),
}
"""The rule, and what changes in its example that fails."""


def changed(code: str, outcome: str, changes: list[tuple[str, str]]) -> str:
    """An example with other texts in it."""
    text = (EXAMPLES / f"{code}.{outcome}.yaml").read_text(encoding="utf-8")
    for old, new in changes:
        assert old in text, old
        text = text.replace(old, new, 1)
    return text


@pytest.mark.parametrize("case", FOUND)
def test_further_forms_of_a_mistake_are_found(
    case: str, example_template: Callable[..., Assembly], rule_time: datetime
) -> None:
    """Whichever of two sides was changed, the other no longer fits."""
    code, changes = FOUND[case]
    found = judge(example_template(changed(code, "passes", changes)), now=rule_time)
    assert code in {finding.code for finding in found}


@pytest.mark.parametrize("case", SILENT)
def test_what_is_right_or_not_known_is_left_alone(
    case: str, example_template: Callable[..., Assembly], rule_time: datetime
) -> None:
    """Where the example's mistake is no longer certain, its rule says nothing."""
    code, changes = SILENT[case]
    found = judge(example_template(changed(code, "fails", changes)), now=rule_time)
    assert code not in {finding.code for finding in found}


def test_a_wildcard_is_told_once(example_template: Callable[..., Assembly], rule_time: datetime) -> None:
    """The rule of whole URLs leaves it to its own rule, and still finds what else is wrong with the URL."""
    codes = []
    for url in ("https://*.acme.example/", "https://*.acme.example:x/"):
        text = changed(WILD, "fails", [("https://*.acme.example/callback", url)])
        codes.append({finding.code for finding in judge(example_template(text), now=rule_time)})
    assert codes == [{WILD}, {WILD, "client-url-invalid"}]
