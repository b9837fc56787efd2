"""Policy variables such as `${aws:PrincipalTag/team}`, which the emulator's evaluator leaves as they stand."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any

from sandbox.aws.seams import evaluator

_VARIABLE = re.compile(r"\$\{([^}]*)\}")
_DEFAULT = re.compile(r"([^,]+), *'([^']*)'")
_LITERAL = frozenset("*?$")


class _UnknownError(LookupError):
    """The request has no value for a variable."""


def install() -> None:
    """Put values in place of variables before a statement is compared with a request."""
    original = evaluator.first_match

    def first_match(context: Any, statements: list[Any], effect: str) -> Any:
        return original(context, [one for one in (_filled(one, context) for one in statements) if one], effect)

    evaluator.replace("first_match", first_match)


def conditions_hold(context: Any, conditions: dict[str, Any]) -> bool:
    """Whether *conditions* of a statement hold; they do not where a variable in them has no value."""
    try:
        return bool(evaluator.conditions_met(_resolve(conditions, context), context))
    except _UnknownError:
        return False


def _filled(statement: Any, context: Any) -> Any:
    try:
        return replace(
            statement,
            resources=_resolve(statement.resources, context),
            not_resources=_resolve(statement.not_resources, context),
            conditions=_resolve(statement.conditions, context),
        )
    except _UnknownError:
        return None


def _resolve(told: Any, context: Any) -> Any:
    if isinstance(told, dict):
        return {key: _resolve(value, context) for key, value in told.items()}
    if isinstance(told, list):
        return [_resolve(one, context) for one in told]
    if isinstance(told, str) and "${" in told:
        return _VARIABLE.sub(lambda found: _value(found[1].strip(), context), told)
    return told


def _value(variable: str, context: Any) -> str:
    if variable in _LITERAL:
        return variable
    with_default = _DEFAULT.fullmatch(variable)
    value = evaluator.condition_key(with_default[1] if with_default else variable, context)
    if value is None and with_default:
        return with_default[2]
    if value is None or isinstance(value, list):
        raise _UnknownError(variable)
    return str(value)
