"""Who may assume a role with SAML: trust policies that name provider, audience and exactly the actions that are needed.

Not here: the roles.  The CDK's own `SamlConsolePrincipal` is not used: it drops a caller's conditions, knows neither
regional nor provider-specific endpoints, and names no audience in some partitions.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from aws_cdk import aws_iam as iam

if TYPE_CHECKING:
    from collections.abc import Sequence

    from saml_connectors.spec.iam import IamSpec

ASSUME: Final = "sts:AssumeRoleWithSAML"
TAG: Final = "sts:TagSession"
SET_SOURCE_IDENTITY: Final = "sts:SetSourceIdentity"


def audiences(spec: IamSpec, provider_uuid: str | None) -> list[str]:
    """The recipients that assertions may have: `SAML:aud`.

    Args:
        spec: Says which sign-in endpoints there are.
        provider_uuid: UUID of the provider, where assertions are posted to its own address.  The shared addresses are
            accepted then too: whether AWS compares the whole address is not documented.
    """
    # In an order of its own: to move sign-in to another endpoint of the list must need no write to IAM.
    regions = sorted(spec.sign_in_regions)
    shared = [spec.sign_in.acs_url(region) for region in regions]
    own = [spec.sign_in.provider_acs_url(provider_uuid, region) for region in regions if provider_uuid]
    return [*own, *shared]


def statement(spec: IamSpec, provider_arn: Any, accepted: Sequence[str]) -> dict[str, Any]:
    """The one statement of a trust policy, as IAM writes it.

    Args:
        spec: Says whether tags and a source identity are sent: no other action is allowed.
        provider_arn: The provider: a text, a token, or a CloudFormation expression.
        accepted: Recipients that assertions may have.
    """
    allowed = actions(spec)
    return {
        "Action": allowed[0] if len(allowed) == 1 else allowed,
        "Condition": _condition(accepted),
        "Effect": "Allow",
        "Principal": {"Federated": provider_arn},
    }


def actions(spec: IamSpec) -> list[str]:
    """What whoever signs in must be allowed to do: a sign-in that sends tags is refused where tags are not allowed."""
    source_identity = [SET_SOURCE_IDENTITY] if spec.session.source_identity_from is not None else []
    return [ASSUME, *source_identity, *([TAG] if spec.session.tags else [])]


def principal(spec: IamSpec, provider_arn: str, accepted: Sequence[str]) -> iam.PrincipalBase:
    """The same as a principal of the CDK, for `assumed_by`; it keeps what `with_conditions` adds."""
    allowed = actions(spec)
    if SET_SOURCE_IDENTITY in allowed:
        return _SamlPrincipal(provider_arn, _condition(accepted), allowed)
    # The CDK's own is much faster: nothing of it is in Python, which Node would have to call for each role.
    plain = iam.FederatedPrincipal(provider_arn, _condition(accepted), ASSUME)
    return plain.with_session_tags() if TAG in allowed else plain


def _condition(accepted: Sequence[str]) -> dict[str, Any]:
    return {"StringEquals": {"SAML:aud": accepted[0] if len(accepted) == 1 else list(accepted)}}


class _SamlPrincipal(iam.FederatedPrincipal):
    """A federated principal that is allowed several actions in one statement.

    A composite of principals with an action each would have a statement each, and could take no further conditions.
    """

    def __init__(self, provider_arn: str, condition: dict[str, Any], allowed: list[str]) -> None:
        super().__init__(provider_arn, condition, allowed[0])
        self._allowed = allowed

    def add_to_assume_role_policy(self, document: iam.PolicyDocument) -> None:
        """Add the statement to the trust policy of a role."""
        document.add_statements(iam.PolicyStatement(actions=self._allowed, principals=[self]))
