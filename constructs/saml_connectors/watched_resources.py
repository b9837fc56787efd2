"""What the provider is asked to look at: the custom resources of a connector, as inputs that EventBridge takes.

An input holds as many resources as fit.  Not here: when it is asked (`connector_watch.py`), and the looking
(`provider/jumpcloud/watching.py`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from aws_cdk import CfnResource, Stack

from saml_connectors.directory_provider import DirectoryProvider
from saml_connectors.problems import Problem, SpecError
from saml_connectors.provider.jumpcloud import contract

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from constructs import Construct

    from saml_connectors.directory_provider import Defined

LONGEST_INPUT: Final = 8_192
"""Characters of a target's input (EventBridge's API, `Target.Input`)."""

_LOOKED_AT: Final = frozenset(
    {
        contract.APPLICATION,
        contract.LAUNCH,
        contract.ACCESS,
        contract.GROUP_ATTRIBUTES,
        contract.APPLICATION_SIGNING,
    }
)
_LEFT_OUT: Final = frozenset({contract.REQUIRED_GROUPS, contract.ON_REMOVAL})
"""What says nothing of how an application is."""

_LONGEST: Final = {
    "AWS::AccountId": 12,
    "AWS::Partition": 10,
    "AWS::Region": 24,
    "AWS::URLSuffix": 20,
    "AWS::StackId": 240,
    contract.CERTIFICATE: 2_700,
    contract.IDP_ENTITY_ID: 1_024,
    contract.FINGERPRINT: 64,
}
"""Characters that a reference becomes at most when the stack is deployed.  A certificate of JumpCloud's own has 1,900,
one of an RSA key of 8,192 bits, the longest that is taken, 2,700."""

_LONGEST_OTHER: Final = 256
"""The same of any other: ids, names, ARNs and URLs."""


def inputs(connector: Construct, name: str) -> list[dict[str, Any]]:
    """What the provider is asked of *connector*: each with as many of its resources as fit.

    Raises:
        SpecError: A resource alone does not fit: `watch-input-size`.
    """
    stack = Stack.of(connector)
    found: list[list[dict[str, Any]]] = []
    for defined in DirectoryProvider.of(connector).defined_in(connector):
        if defined.type not in _LOOKED_AT:
            continue
        for row in _split(stack, name, defined):
            if found and _length(stack, _asked(name, stack, [*found[-1], row])) <= LONGEST_INPUT:
                found[-1].append(row)
            else:
                found.append([row])
    return [_asked(name, stack, rows) for rows in found]


def _asked(name: str, stack: Stack, rows: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    return {
        contract.WATCH: {contract.CONNECTOR: name, contract.STACK_ID: stack.stack_id, contract.RESOURCES: list(rows)}
    }


_ROWS: Final = {
    contract.GROUP_ATTRIBUTES: (contract.ATTRIBUTES,),
    contract.APPLICATION: (contract.USER_ATTRIBUTES, contract.CONSTANT_ATTRIBUTES),
}
"""Lists of properties that can be looked at in parts."""


def _split(stack: Stack, name: str, defined: Defined) -> Iterator[dict[str, Any]]:
    """The resource as a row of an input; where that does not fit, its lists of attributes in parts."""
    whole = _row(defined)
    if _fits(stack, name, whole):
        yield whole
        return
    parts = {key: defined.properties[key] for key in _ROWS.get(defined.type, ()) if defined.properties.get(key)}
    if defined.type == contract.APPLICATION:
        rest = {key: value for key, value in whole[contract.PROPERTIES].items() if key not in parts}
        yield _fitting(stack, name, defined, {**whole, contract.PROPERTIES: rest})
    for key, rows in parts.items():
        given = {contract.DIRECTORY: defined.properties[contract.DIRECTORY], key: rows}
        part = {**whole, contract.PROPERTIES: given}
        if defined.type == contract.APPLICATION:
            part = {**part, contract.PART: len(rows)}
            part.pop(contract.TRUSTED, None)
        yield from _halved(stack, name, defined, part, key)


def _halved(stack: Stack, name: str, defined: Defined, part: Mapping[str, Any], key: str) -> Iterator[dict[str, Any]]:
    """A row with a list, or rows with parts of it: the first says how long the whole is."""
    rows = part[contract.PROPERTIES][key]
    if len(rows) == 1 or _fits(stack, name, part):
        yield _fitting(stack, name, defined, part)
        return
    middle = len(rows) // 2
    for half, more in ((rows[:middle], {}), (rows[middle:], {contract.PART: 0} if contract.PART in part else {})):
        yield from _halved(
            stack, name, defined, {**part, contract.PROPERTIES: {**part[contract.PROPERTIES], key: half}, **more}, key
        )


def _fits(stack: Stack, name: str, row: Mapping[str, Any]) -> bool:
    return _length(stack, _asked(name, stack, [row])) <= LONGEST_INPUT


def _fitting(stack: Stack, name: str, defined: Defined, row: Mapping[str, Any]) -> dict[str, Any]:
    """*row*, which fits.

    Raises:
        SpecError: It does not.
    """
    length = _length(stack, _asked(name, stack, [row]))
    if length > LONGEST_INPUT:
        problem = Problem(
            code="watch-input-size",
            field="watch",
            rule=f"needs {length:,} characters to say how {defined.resource.node.path} should be, and EventBridge "
            f"hands over {LONGEST_INPUT:,}",
            fix="make its texts shorter, or leave the watch out and run saml-connectors drift regularly",
        )
        raise SpecError([problem], name)
    return dict(row)


def _row(defined: Defined) -> dict[str, Any]:
    properties = defined.properties
    resource = defined.resource.node.default_child
    assert isinstance(resource, CfnResource)  # a custom resource wraps exactly one
    row: dict[str, Any] = {
        contract.RESOURCE_TYPE: defined.type,
        contract.LOGICAL_ID: resource.logical_id,
        contract.PHYSICAL_ID: defined.resource.ref,
        contract.PROPERTIES: {key: value for key, value in properties.items() if key not in _LEFT_OUT},
    }
    is_saml = defined.type == contract.APPLICATION and properties.get(contract.TEMPLATE) != contract.BOOKMARK_TEMPLATE
    if is_saml and contract.TRUSTED_CERTIFICATES not in properties:
        row[contract.TRUSTED] = defined.resource.get_att_string(contract.CERTIFICATE)
    return row


def _length(stack: Stack, given: Mapping[str, Any]) -> int:
    """Characters of *given* as JSON when the stack is deployed, at most."""
    return _longest(stack.resolve(stack.to_json_string(given)))


def _longest(resolved: Any) -> int:
    if isinstance(resolved, str):
        return len(resolved)
    if isinstance(resolved, list):
        return sum(map(_longest, resolved))
    (function, argument), *_ = resolved.items()
    if function == "Fn::Join":
        separator, parts = argument
        return _longest(parts) + len(separator) * max(0, len(parts) - 1)
    name = argument[-1] if function == "Fn::GetAtt" else argument
    return _LONGEST.get(name, _LONGEST_OTHER) if isinstance(name, str) else _LONGEST_OTHER
