"""Which trust policies let a SAML provider's people assume a role: principals, actions and denials."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from sandbox.aws.federation_refusal import FederationRefusedError
from sandbox.aws.role_trust import check_trust, needed_actions
from sandbox.aws.saml_claims import AwsClaims
from sandbox.aws.saml_federation import Federated, SamlProvider
from sandbox.aws.saml_metadata import IdpMetadata

if TYPE_CHECKING:
    from collections.abc import Mapping

PROVIDER = "arn:aws:iam::123456789012:saml-provider/directory"
ROLE = "arn:aws:iam::123456789012:role/Viewer"
ALLOWED = {"Effect": "Allow", "Principal": {"Federated": PROVIDER}, "Action": "sts:AssumeRoleWithSAML"}


def federated(tags: Mapping[str, str] | None = None, source_identity: str | None = None) -> Federated:
    """A person of the provider."""
    metadata = IdpMetadata(entity_id="idp", sso_url=None, slo_url=None, certificates=())
    provider = SamlProvider(
        arn=PROVIDER,
        account="123456789012",
        name="directory",
        identifier="X",
        encryption_required=False,
        metadata=metadata,
    )
    claims = AwsClaims(
        roles=(),
        session_name="ada",
        session_duration=None,
        session_tags=dict(tags or {}),
        transitive_tag_keys=(),
        source_identity=source_identity,
    )
    return Federated(
        provider=provider,
        recipient="https://signin.aws.amazon.com/saml",
        subject="ada",
        subject_type="persistent",
        claims=claims,
        session_not_on_or_after=None,
    )


def refusal(statements: Any, who: Federated, *, conditions: bool = True) -> str:
    """Why *statements* do not let *who* in; empty where they do."""
    try:
        check_trust(json.dumps({"Statement": statements}), ROLE, who, lambda _action, _conditions: conditions)
    except FederationRefusedError as refused:
        return f"{refused.code}: {refused}"
    return ""


@pytest.mark.parametrize(
    "statements",
    [
        ALLOWED,
        [ALLOWED],
        [{**ALLOWED, "Principal": {"Federated": ["arn:aws:iam::123456789012:saml-provider/other", PROVIDER]}}],
        [{**ALLOWED, "Principal": "*"}],
        [{**ALLOWED, "Action": ["sts:TagSession", "STS:AssumeRoleWithSaml"]}],
        [{**ALLOWED, "Action": "sts:AssumeRole*"}],
    ],
)
def test_a_policy_that_names_provider_and_action_lets_them_in(statements: Any) -> None:
    """In any of the ways in which a policy may name them."""
    assert refusal(statements, federated()) == ""


@pytest.mark.parametrize(
    "statements",
    [
        [],
        [{**ALLOWED, "Principal": {"Federated": "arn:aws:iam::123456789012:saml-provider/other"}}],
        [{**ALLOWED, "Principal": {"Federated": "arn:aws:iam::123456789012:saml-provider/*"}}],
        [{**ALLOWED, "Principal": {"AWS": "*"}}],
        [{**ALLOWED, "Principal": {"AWS": PROVIDER}}],
        [{**ALLOWED, "Action": "sts:AssumeRole"}],
        [{**ALLOWED, "Action": "sts:AssumeRoleWithWebIdentity"}],
        [{key: value for key, value in ALLOWED.items() if key != "Action"}],
    ],
)
def test_a_policy_that_does_not_name_them_keeps_them_out(statements: Any) -> None:
    """A principal of another kind is not the provider, and a provider's ARN has no wildcards."""
    assert "does not allow it" in refusal(statements, federated())


def test_a_denial_wins_over_an_allowance() -> None:
    """Whichever of the two comes first."""
    denied = {**ALLOWED, "Effect": "Deny"}
    for statements in ([ALLOWED, denied], [denied, ALLOWED]):
        assert "denies it" in refusal(statements, federated())


def test_a_condition_that_does_not_hold_is_named_as_the_cause() -> None:
    """The sentence tells it from a policy that does not know the provider."""
    assert "a condition in the trust policy" in refusal([ALLOWED], federated(), conditions=False)


def test_a_denial_whose_condition_does_not_hold_denies_nothing() -> None:
    """Conditions decide about denials too."""
    denied = {**ALLOWED, "Effect": "Deny", "Condition": {"Bool": {"x": "true"}}}

    def met(_action: str, conditions: dict[str, Any]) -> bool:
        return not conditions

    check_trust(json.dumps({"Statement": [ALLOWED, denied]}), ROLE, federated(), met)


@pytest.mark.parametrize(
    ("who", "action"),
    [(federated(tags={"Team": "a"}), "sts:TagSession"), (federated(source_identity="ada"), "sts:SetSourceIdentity")],
)
def test_what_the_assertion_sends_has_to_be_allowed_too(who: Federated, action: str) -> None:
    """Session tags and a source identity each need an action of their own."""
    assert needed_actions(who) == ("sts:AssumeRoleWithSAML", action)
    assert refusal([ALLOWED], who).startswith(f"AccessDenied: Not authorized to perform {action}")
    assert refusal([ALLOWED, {**ALLOWED, "Action": [action]}], who) == ""


def test_a_not_action_excludes() -> None:
    """NotAction allows all but what it lists."""
    without = {key: value for key, value in ALLOWED.items() if key != "Action"}
    assert refusal([{**without, "NotAction": "sts:TagSession"}], federated()) == ""
    assert refusal([{**without, "NotAction": "sts:AssumeRoleWithSAML"}], federated()) != ""
