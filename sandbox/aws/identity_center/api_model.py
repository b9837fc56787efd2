"""The inputs of AWS's APIs, checked by the SDK's own model of them; what a call does is not here."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import cache
from typing import Any, Final

from sandbox.aws.identity_center.refusals import InvalidError

Call = Callable[[str, dict[str, Any]], dict[str, Any]]
"""What a call does: the caller's account and the input, to the output."""

_PROPERTY: Final = r"\p{"
"""Begins a class of characters that Python's expressions do not know: such a pattern is left to whoever uses it."""


@cache
def _model(service: str) -> Any:
    from botocore.loaders import Loader  # type: ignore[import-untyped]  # noqa: PLC0415 - slow, and not always needed
    from botocore.model import ServiceModel  # type: ignore[import-untyped]  # noqa: PLC0415 - likewise

    return ServiceModel(Loader().load_service_model(service, "service-2"), service)


def operations(service: str) -> frozenset[str]:
    """Names of the calls that AWS has for *service*."""
    return frozenset(_model(service).operation_names)


def check_input(service: str, operation: str, told: Any) -> None:
    """Refuse an input that is not of the operation's shape.

    Raises:
        InvalidError: Something is missing, unknown, or not as AWS takes it.
    """
    _check(_model(service).operation_model(operation).input_shape, told, "")


def _check(shape: Any, told: Any, path: str) -> None:
    kind = shape.type_name
    if getattr(shape, "is_document_type", False):
        return  # any JSON
    if kind == "structure":
        _check_structure(shape, told, path)
    elif kind == "list":
        _check_type(told, list, path)
        _check_size(shape, len(told), path, "items")
        for index, one in enumerate(told):
            _check(shape.member, one, f"{path}[{index}]")
    elif kind == "string":
        _check_type(told, str, path)
        _check_string(shape, told, path)
    elif kind in {"integer", "long"}:
        if not isinstance(told, int) or isinstance(told, bool):
            raise _invalid(path, "has to be a number")
        _check_size(shape, told, path, "")
    elif kind == "boolean":
        _check_type(told, bool, path)


def _check_structure(shape: Any, told: Any, path: str) -> None:
    _check_type(told, dict, path)
    for name in shape.required_members:
        if told.get(name) is None:
            raise _invalid(_below(path, name), "has to be told")
    for name, value in told.items():
        if name not in shape.members:
            raise _invalid(_below(path, name), "is not known")
        if value is not None:
            _check(shape.members[name], value, _below(path, name))
    if getattr(shape, "is_tagged_union", False) and sum(value is not None for value in told.values()) != 1:
        raise _invalid(path, f"has to have exactly one of {', '.join(shape.members)}")


def _check_string(shape: Any, told: str, path: str) -> None:
    _check_size(shape, len(told), path, "characters")
    pattern = shape.metadata.get("pattern")
    if pattern and _PROPERTY not in pattern and not re.fullmatch(pattern, told, re.ASCII):
        raise _invalid(path, f"has to match {pattern}")
    if shape.enum and told not in shape.enum:
        raise _invalid(path, f"has to be one of {', '.join(shape.enum)}")


def _check_size(shape: Any, size: int, path: str, unit: str) -> None:
    least, most = shape.metadata.get("min"), shape.metadata.get("max")
    if (least is not None and size < least) or (most is not None and size > most):
        raise _invalid(path, f"has to be from {least or 0} to {most} {unit}".rstrip())


def _check_type(told: Any, wanted: type, path: str) -> None:
    if not isinstance(told, wanted):
        raise _invalid(path, f"has to be a {wanted.__name__}")


def _below(path: str, name: str) -> str:
    return f"{path}.{name}" if path else name


def _invalid(path: str, rule: str) -> InvalidError:
    # The value stays out of it: it may be anything.
    return InvalidError(f"1 validation error detected: Value at '{path or 'the request'}' {rule}")
