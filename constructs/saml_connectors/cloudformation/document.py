"""A template's text as plain data: JSON, or YAML with CloudFormation's short forms (`!Ref`, `!Sub`, `!GetAtt`).

Not here: what the data means (`template.py`).
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import yaml

from saml_connectors.problems import Problem, SpecError

if TYPE_CHECKING:
    from collections.abc import Hashable
    from pathlib import Path

MAX_BYTES = 4 * 1024 * 1024
"""CloudFormation takes templates of 1 MB (quota `Template body size in an Amazon S3 object`); what is larger than four
times that is none."""

_Loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


class _TemplateLoader(_Loader):  # type: ignore[misc]  # the C loader has no types
    """YAML as CloudFormation reads it: no times, no key twice, short forms of intrinsic functions."""

    def construct_mapping(self, node: Any, deep: bool = False) -> dict[Hashable, Any]:
        """Refuse a key that is there twice: the first one would be lost without a word."""
        seen: set[str] = set()
        for key, _ in node.value:
            if key.value in seen and isinstance(key, yaml.ScalarNode):
                raise yaml.MarkedYAMLError(problem=f"key {key.value!r} is there twice", problem_mark=key.start_mark)
            if isinstance(key, yaml.ScalarNode):
                seen.add(key.value)
        mapping: dict[Hashable, Any] = super().construct_mapping(node, deep=deep)
        return mapping


def _short_form(loader: Any, suffix: str, node: Any) -> dict[str, Any]:
    value: Any
    if isinstance(node, yaml.ScalarNode):
        value = loader.construct_scalar(node)
    elif isinstance(node, yaml.SequenceNode):
        value = loader.construct_sequence(node, deep=True)
    else:
        value = loader.construct_mapping(node, deep=True)
    if suffix == "GetAtt" and isinstance(value, str):
        value = value.split(".", 1)
    return {suffix if suffix in {"Ref", "Condition"} else f"Fn::{suffix}": value}


_TemplateLoader.add_multi_constructor("!", _short_form)
# A date such as 2012-10-17, the version of a policy, stays the text that it is.
_TemplateLoader.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in resolvers if tag != "tag:yaml.org,2002:timestamp"]
    for first, resolvers in _TemplateLoader.yaml_implicit_resolvers.items()
}


def load(path: Path, shown: str) -> tuple[dict[str, Any], str]:
    """The template in *path* as data, and as text.

    Args:
        path: The file.
        shown: Its name in messages.

    Raises:
        SpecError: It cannot be read, is too large, or is no JSON or YAML object.
    """
    try:
        with path.open("rb") as file:
            raw = file.read(MAX_BYTES + 1)
    except OSError as error:
        raise _refused("template-unreadable", "must be a file that can be read", shown, error.strerror) from None
    if len(raw) > MAX_BYTES:
        raise _refused("template-too-large", f"must be at most {MAX_BYTES:,} bytes", shown, "more")
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise _refused("template-not-text", "must be text in UTF-8", shown, "other bytes") from None
    try:
        data = parse(text)
    except json.JSONDecodeError as error:
        raise _refused("template-syntax", "must be JSON or YAML", shown, error.msg, error.lineno) from None
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else None
        raise _refused("template-syntax", "must be JSON or YAML", shown, error.problem, line) from None
    except (yaml.YAMLError, ValueError) as error:
        raise _refused("template-syntax", "must be JSON or YAML", shown, str(error).splitlines()[0]) from None
    except RecursionError:
        raise _refused("template-syntax", "must be JSON or YAML", shown, "nested too deeply") from None
    if not isinstance(data, dict):
        raise _refused("template-syntax", "must be an object", shown, type(data).__name__)
    return data, text


def parse(text: str) -> Any:
    """*text* as data: JSON where it begins as JSON does, else YAML."""
    if text.lstrip()[:1] == "{":
        return json.loads(text)
    for event in yaml.parse(text, Loader=_Loader):
        # CloudFormation refuses aliases too, and they can be made to grow without end.
        if isinstance(event, yaml.AliasEvent):
            line = f" (line {event.start_mark.line + 1})" if event.start_mark else ""
            raise ValueError(f"aliases, which are not part of a template{line}")
    return yaml.load(text, Loader=_TemplateLoader)  # noqa: S506 - it is a safe loader with CloudFormation's short forms


def _refused(code: str, rule: str, file: str, given: str | None, line: int | None = None) -> SpecError:
    return SpecError([Problem(code=code, rule=rule, given=given, file=file, line=line)], file)
