"""Where a connector of kind `iam` is: what does not go together among its accounts, partitions and sign-in endpoints.

Not here: which accounts there are (`accounts.py`), and the addresses of endpoints (`aws_sign_in.py`).
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from saml_connectors.aws_sign_in import GLOBAL, SIGN_IN
from saml_connectors.endpoints import partition_of
from saml_connectors.problems import Problem
from saml_connectors.spec import policy_document
from saml_connectors.spec.findings import field_path, shown
from saml_connectors.spec.values import repeated

if TYPE_CHECKING:
    from collections.abc import Iterator

    from saml_connectors.spec.findings import Location
    from saml_connectors.spec.iam import IamSpec
    from saml_connectors.spec.role import Role

RESTS_ON = {
    "role-account": ("aws.account", "other_accounts", "other_accounts.ids"),
    "role-rule-account": ("aws.account", "other_accounts", "roles"),
    "policy-account": ("aws.account", "other_accounts", "other_accounts.ids"),
    "account-twice": ("aws.account",),
    "account-needed": ("other_accounts",),
    "slug-needed": ("other_accounts.deployed_by",),
    "certificates-other-accounts": ("other_accounts.deployed_by",),
    "acs-several-accounts": ("other_accounts",),
    "stack-set-only": ("metadata", "provider.existing"),
    "arn-partition": ("aws.region", "partition"),
    "partition-region": ("aws.region",),
    "sign-in-region-partition": ("aws.region", "partition"),
}
"""Codes with the other fields that the rules compare with, as in `SpecModel.rests_on`."""

_ARN = re.compile(
    r"arn:(?P<partition>[^:]*):(?P<service>[^:]*):(?P<region>[^:]*):(?P<account>[^:]*)(?::.*)?", re.DOTALL
)


def rules(spec: IamSpec) -> Iterator[Problem]:
    """Everything about where *spec* is."""
    yield from _account_rules(spec)
    yield from _partition_rules(spec)
    if spec.in_partition in SIGN_IN:
        yield from _endpoint_rules(spec)
        for name, role in spec.roles.items():
            yield from _arn_rules(spec, name, role)


def _account_rules(spec: IamSpec) -> Iterator[Problem]:
    others = spec.other_accounts.ids if spec.other_accounts else ()
    for name, role in spec.roles.items():
        for index, account in enumerate(role.accounts or ()):
            if account not in spec.accounts:
                yield Problem(
                    code="role-account",
                    field=f"{field_path(('roles', name, 'accounts'))}[{index}]",
                    rule="must be an account that has the provider: a role trusts only a provider of its own account",
                    given=shown(account),
                    fix="write it under other_accounts, or as aws.account",
                )
    if spec.other_accounts is None:
        return
    if spec.aws.account is None:
        yield Problem(
            code="account-needed",
            field="aws.account",
            rule="must be given where there are other accounts: the Role values of one must not be another's",
        )
    elif spec.aws.account in others:
        yield Problem(
            code="account-twice",
            field=f"other_accounts.ids[{others.index(spec.aws.account)}]",
            rule="must not be the connector's own account, which has provider and roles already",
            given=shown(spec.aws.account),
        )
    yield from _deployment_rules(spec, by_stacks=spec.other_accounts.deployed_by == "stacks")
    if spec.provider.acs == "provider" and not spec.provider.existing:
        yield Problem(
            code="acs-several-accounts",
            field="provider.acs",
            rule="must be shared where there are other accounts: each provider has another address",
            given="provider",
        )


def _deployment_rules(spec: IamSpec, *, by_stacks: bool) -> Iterator[Problem]:
    if not by_stacks and (spec.metadata is not None or spec.provider.existing):
        yield Problem(
            code="stack-set-only",
            field="other_accounts.deployed_by",
            rule="must be stacks where no application is registered: the StackSet carries an application's metadata",
            given="stack-set",
            fix="write deployed_by: stacks",
        )
    if not by_stacks and spec.in_partition == "aws-cn":
        yield Problem(
            code="stack-set-china",
            field="other_accounts.deployed_by",
            rule="must be stacks in China, where StackSets cannot be trusted by an organization",
            given="stack-set",
            fix="write deployed_by: stacks",
        )
    if by_stacks and spec.application is not None and spec.application.certificates is not None:
        yield Problem(
            code="certificates-other-accounts",
            field="application.certificates",
            rule="must be left out where other accounts are deployed by stacks: the directory tells those only the "
            "certificate that signs",
            fix="write deployed_by: stack-set, which is told of all of them",
        )
    if by_stacks and spec.application is not None and spec.application.slug is None:
        yield Problem(
            code="slug-needed",
            field="application.slug",
            rule="must be given where other accounts are deployed by stacks, which find the application by it",
        )


def _partition_rules(spec: IamSpec) -> Iterator[Problem]:
    if spec.in_partition not in SIGN_IN:
        yield Problem(
            code="partition-unsupported",
            field="aws.region",
            rule=f"must be in a partition whose sign-in is documented: {', '.join(SIGN_IN)}",
            given=f"{shown(spec.aws.region)}, which is in {spec.in_partition}",
        )
    elif spec.partition is not None and spec.aws.region and partition_of(spec.aws.region) != spec.partition:
        yield Problem(
            code="partition-region",
            field="partition",
            rule=f"must be {partition_of(spec.aws.region)}, that of aws.region",
            given=shown(spec.partition),
            fix="leave it out",
        )


def _endpoint_rules(spec: IamSpec) -> Iterator[Problem]:
    if not spec.sign_in_regions:
        rule = "must name at least one endpoint"
        yield Problem(code="sign-in-regions-missing", field="sign_in_regions", rule=rule, fix="write global")
    for index, region in enumerate(spec.sign_in_regions):
        if region == GLOBAL or (spec.sign_in.regional and partition_of(region) == spec.in_partition):
            continue
        allowed = f"global, or a region of partition {spec.in_partition}"
        yield Problem(
            code="sign-in-region-partition",
            field=f"sign_in_regions[{index}]",
            rule=f"must be {allowed}"
            if spec.sign_in.regional
            else f"must be global: endpoints of single regions are not documented in partition {spec.in_partition}",
            given=shown(region),
        )
    for index, region in repeated(spec.sign_in_regions):
        rule = "must be named once"
        yield Problem(code="sign-in-region-twice", field=f"sign_in_regions[{index}]", rule=rule, given=shown(region))


def _arn_rules(spec: IamSpec, name: str, role: Role) -> Iterator[Problem]:
    """Policies and resources that the role's partition, or one of its accounts, does not have."""
    for location, arn in _policies(role):
        parts = _ARN.fullmatch(arn)
        if parts is None:
            continue
        yield from _of_partition(spec, ("roles", name, *location), parts["partition"], arn)
        without = [each for each in spec.accounts if each != parts["account"] and name in spec.roles_in(each)]
        if parts["account"] != "aws" and any(without):
            yield Problem(
                code="policy-account",
                field=field_path(("roles", name, *location)),
                rule=f"must be a policy of AWS's own, or of each account that has the role: not of {without[-1]}",
                given=shown(arn),
                fix="make an inline policy of it, or name the accounts of the role",
            )
    for policy, document in role.inline_policies.items():
        for location, arn in policy_document.resources(document):
            parts = _ARN.fullmatch(arn)
            if parts is not None:
                place: Location = ("roles", name, "inline_policies", policy, *location)
                yield from _of_partition(spec, place, parts["partition"], arn)


def _policies(role: Role) -> Iterator[tuple[Location, str]]:
    for index, policy in enumerate(role.managed_policies):
        yield ("managed_policies", index), policy
    if role.permissions_boundary is not None:
        yield ("permissions_boundary",), role.permissions_boundary


def _of_partition(spec: IamSpec, place: Location, partition: str, arn: str) -> Iterator[Problem]:
    if partition == spec.in_partition or not re.fullmatch(r"aws[a-z-]*", partition):
        return  # a pattern or a variable may be any partition
    yield Problem(
        code="arn-partition",
        field=field_path(place),
        rule=f"must be an ARN of partition {spec.in_partition}, that of the accounts",
        given=shown(arn),
        fix=f"write arn:{spec.in_partition}:…",
    )
