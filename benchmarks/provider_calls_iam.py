"""The same as `provider_calls.py` for what kind `iam` needs beside it: group attributes, lookups, late ACS URLs.

Not here: what a whole change of a connector does (`changes.py`).
"""

from __future__ import annotations

from time import process_time
from typing import Any, NamedTuple

from benchmarks.provider_calls import DIRECTORY, Change, Provider, launch_of
from saml_connectors.provider.jumpcloud import contract

_ROLE = "https://aws.amazon.com/SAML/Attributes/Role"
_PROVIDER = "arn:aws:iam::111122223333:saml-provider/JumpCloud"
_SLUG = "aws-console"
APPLICATION = {
    contract.DIRECTORY: DIRECTORY,
    contract.TEMPLATE: "aws",
    contract.DISPLAY_LABEL: "AWS",
    contract.DESCRIPTION: "The console of AWS",
    contract.VISIBLE: "true",
    contract.SLUG: _SLUG,
    contract.REQUIRED_GROUPS: ["portal-users", "portal-admins"],
    contract.ON_REMOVAL: "delete",
    contract.SP_ENTITY_ID: "urn:amazon:webservices",
    contract.USER_ATTRIBUTES: [
        {contract.NAME: "https://aws.amazon.com/SAML/Attributes/RoleSessionName", contract.SOURCE: "email"}
    ],
    contract.CONSTANT_ATTRIBUTES: [
        {contract.NAME: _ROLE, contract.VALUE: f"arn:aws:iam::111122223333:role/Auditor,{_PROVIDER}"}
    ],
}
_FURTHER_ROLE = {contract.NAME: _ROLE, contract.VALUE: f"arn:aws:iam::111122223333:role/Engineer,{_PROVIDER}"}


class GroupCost(NamedTuple):
    """What attributes of so many groups cost: calls of each change, and the time of the first."""

    groups: int
    changes: list[Change]
    seconds: float
    """Processor seconds of the create, of the provider alone: without those that the emulator took to answer."""

    waited: float
    """Seconds that the create waits before it reads back what it wrote.  Not waited here."""


def count() -> list[Change]:
    """An application whose ACS URL comes late, somebody who looks it up, and a role that one group keeps."""
    provider = Provider()
    application, calls = provider.send("Create", contract.APPLICATION, APPLICATION)
    changes = [Change("application of a console", "create", calls)]
    changes += _late(provider, application)
    changes += _looked_up(provider)
    access = {
        contract.DIRECTORY: DIRECTORY,
        contract.APPLICATION_ID: application,
        contract.GROUPS: APPLICATION[contract.REQUIRED_GROUPS],
    }
    bound, _ = provider.send("Create", contract.ACCESS, access)
    return [*changes, *_handed_over(provider, application, bound, access)]


def count_groups(groups: int) -> GroupCost:
    """Attributes of *groups* groups: made, sent again as they are, one of them changed, and taken away."""
    provider = Provider()
    names = [f"team-{number}" for number in range(groups)]
    for name in names:
        provider.directory.add_group(name)
    rows = [{contract.GROUP: name, contract.NAME: "awsEngineer", contract.VALUE: f"role of {name}"} for name in names]
    properties: dict[str, Any] = {contract.DIRECTORY: DIRECTORY, contract.ATTRIBUTES: rows}
    changed = {**properties, contract.ATTRIBUTES: [{**rows[0], contract.VALUE: "another role"}, *rows[1:]]}
    began, answering = process_time(), provider.answering
    physical_id, calls = provider.send("Create", contract.GROUP_ATTRIBUTES, properties)
    seconds = (process_time() - began) - (provider.answering - answering)
    waited = provider.waited
    what = f"attributes of {groups} group{'' if groups == 1 else 's'}"
    changes = [Change(what, "create", calls)]
    for change, new in (("no-op update", properties), ("one-field update", changed)):
        more = {"PhysicalResourceId": physical_id, "OldResourceProperties": properties}
        _, calls = provider.send("Update", contract.GROUP_ATTRIBUTES, new, **more)
        changes.append(Change(what, change, calls))
    _, calls = provider.send("Delete", contract.GROUP_ATTRIBUTES, changed, PhysicalResourceId=physical_id)
    return GroupCost(groups, [*changes, Change(what, "delete", calls)], seconds, waited)


def _late(provider: Provider, application: str) -> list[Change]:
    """Launch with the provider's own ACS URL, known only once the provider is there."""
    late = "https://signin.aws.amazon.com/saml/acs/SAMLSPEXAMPLE"
    properties = launch_of(application, {contract.ACS_URL: late})
    physical_id, calls = provider.send("Create", contract.LAUNCH, properties)
    changes = [Change("launch with ACS URL", "create", calls)]
    moved = properties | {contract.ACS_URL: f"{late}2"}
    for what, old, new in (("no-op update", properties, properties), ("one-field update", properties, moved)):
        more = {"PhysicalResourceId": physical_id, "OldResourceProperties": old}
        _, calls = provider.send("Update", contract.LAUNCH, new, **more)
        changes.append(Change("launch with ACS URL", what, calls))
    _, calls = provider.send("Delete", contract.LAUNCH, moved, PhysicalResourceId=physical_id)
    return [*changes, Change("launch with ACS URL", "delete", calls)]


def _looked_up(provider: Provider) -> list[Change]:
    """What the stack of a further account asks of the application."""
    properties = {contract.DIRECTORY: DIRECTORY, contract.SLUG: _SLUG, contract.TEMPLATE: "aws"}
    physical_id, calls = provider.send("Create", contract.LOOKUP, properties)
    changes = [Change("lookup", "create", calls)]
    more = {"PhysicalResourceId": physical_id, "OldResourceProperties": properties}
    _, calls = provider.send("Update", contract.LOOKUP, properties, **more)
    changes.append(Change("lookup", "no-op update", calls))
    _, calls = provider.send("Delete", contract.LOOKUP, properties, PhysicalResourceId=physical_id)
    return [*changes, Change("lookup", "delete", calls)]


def _handed_over(provider: Provider, application: str, bound: str, access: dict[str, Any]) -> list[Change]:
    """A role comes and a group leaves in one update: the group is unbound before the role is there."""
    roles, groups = contract.CONSTANT_ATTRIBUTES, contract.REQUIRED_GROUPS
    new = {**APPLICATION, roles: [*APPLICATION[roles], _FURTHER_ROLE], groups: ["portal-admins"]}
    more = {"PhysicalResourceId": application, "OldResourceProperties": APPLICATION}
    _, calls = provider.send("Update", contract.APPLICATION, new, **more)
    changes = [Change("handover", "application: role comes, group leaves", calls)]
    more = {"PhysicalResourceId": bound, "OldResourceProperties": access}
    _, calls = provider.send("Update", contract.ACCESS, access | {contract.GROUPS: ["portal-admins"]}, **more)
    return [*changes, Change("handover", "access: the same group leaves", calls)]
