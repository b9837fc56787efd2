"""`Fn::Join` in a template's conditions, which the emulator compares as it stands: `cdk bootstrap` asks by it for more.

Without it every list parameter of the bootstrap template counts as set, and its roles get the policy of no name.
"""

from __future__ import annotations

from typing import Any

from sandbox.aws.seams import change_sets, operations, stack_api, templates


def install() -> None:
    """Put the evaluation in place of the emulator's, wherever it is used."""
    original = templates.evaluate_conditions

    def evaluate(template: dict[str, Any], parameters: dict[str, Any]) -> Any:
        joined = _joined(template.get("Conditions") or {}, parameters)
        return original({**template, "Conditions": joined}, parameters)

    for module in (templates, change_sets, stack_api, operations):
        module.replace("evaluate_conditions", evaluate)


def _joined(node: Any, parameters: dict[str, Any]) -> Any:
    """*node*, with every `Fn::Join` of texts and parameters in it replaced by what it joins."""
    if isinstance(node, list):
        return [_joined(one, parameters) for one in node]
    if not isinstance(node, dict):
        return node
    inner = {name: _joined(value, parameters) for name, value in node.items()}
    if "Fn::Join" not in inner:
        return inner
    delimiter, items = inner["Fn::Join"]
    members = [_members(one, parameters) for one in (items if isinstance(items, list) else [items])]
    if any(one is None for one in members):
        return inner
    return str(delimiter).join(text for one in members for text in one or [])


def _members(item: Any, parameters: dict[str, Any]) -> list[str] | None:
    """The texts that *item* stands for; None where that is known to the engine only."""
    if isinstance(item, str):
        return [item]
    name = item.get("Ref") if isinstance(item, dict) else None
    if name not in parameters:
        return None
    value = str(parameters[name]["Value"])
    if str(parameters[name].get("Type", "")).startswith(("CommaDelimitedList", "List<")):
        return [one.strip() for one in value.split(",")] if value else []
    return [value]
