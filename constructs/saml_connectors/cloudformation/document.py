"""A template's text as plain data: JSON, or YAML with CloudFormation's short forms (`!Ref`, `!Sub`, `!GetAtt`).

Not here: what the data means (`template.py`).
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import yaml

from saml_connectors.problems import Problem, SpecError

if TYPE_CHECKING:
    from collections.abc import Hashable
    from pathlib import Path

MAX_BYTES = 4 * 1024 * 1024
"""CloudFormation takes templates of 1 MB (quota `Template body size in an Amazon S3 object`); what is larger than four
times that is none."""

MAX_DEPTH = 100
"""How deep a template may be nested; what people write, and the CDK makes, is nested a dozen deep."""

_Loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_ANCHOR = re.compile(r"(?:^|[\s\[{,:-])&[^\s&]", re.MULTILINE)
_HARMLESS = 500
"""Most marks that may begin a collection in a text whose depth is not looked at before it is read."""


class _TemplateLoader(_Loader):  # type: ignore[misc]  # the C loader has no types
    """YAML as CloudFormation reads it: no times, no key twice, short forms of intrinsic functions."""

    def construct_mapping(self, node: Any, deep: bool = False) -> dict[Hashable, Any]:
        """Refuse a key that is there twice: the first one would be lost without a word."""
        seen: set[str] = set()
        for key, _ in node.value if isinstance(node, yaml.MappingNode) else ():
            if not isinstance(key, yaml.ScalarNode):
                continue
            if key.value in seen:
                raise yaml.MarkedYAMLError(problem=f"key {key.value!r} is there twice", problem_mark=key.start_mark)
            seen.add(key.value)
        mapping: dict[Hashable, Any] = super().construct_mapping(node, deep=deep)
        return mapping


def _short_form(loader: Any, suffix: str, node: Any) -> Any:
    value: Any
    if isinstance(node, yaml.ScalarNode):
        value = loader.construct_scalar(node)
    elif isinstance(node, yaml.SequenceNode):
        value = loader.construct_sequence(node, deep=True)
    else:
        value = loader.construct_mapping(node, deep=True)
    if not suffix:
        return value  # a lone `!` says that the value is a plain text, list or mapping
    if suffix == "GetAtt" and isinstance(value, str):
        value = value.split(".", 1)
    return {suffix if suffix in {"Ref", "Condition"} else f"Fn::{suffix}": value}


_TemplateLoader.add_multi_constructor("!", _short_form)
# A date such as 2012-10-17, the version of a policy, stays the text that it is.
_TemplateLoader.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in resolvers if tag != "tag:yaml.org,2002:timestamp"]
    for first, resolvers in _TemplateLoader.yaml_implicit_resolvers.items()
}


class _TooDeepError(ValueError):
    """More levels than anybody writes, and than can be followed."""


def load(path: Path, shown: str) -> tuple[dict[str, Any], str]:
    """The template in *path* as data, and as text.

    Args:
        path: The file.
        shown: Its name in messages.

    Raises:
        SpecError: It cannot be read, is too large, or is no JSON or YAML object.
    """
    try:
        if not path.is_file():
            cause = "it is none" if path.exists() else "it is not there"
            raise _refused("template-unreadable", f"must be a file that can be read, but {cause}", shown)
        with path.open("rb") as file:
            raw = file.read(MAX_BYTES + 1)
    except (OSError, ValueError) as error:
        if isinstance(error, SpecError):
            raise
        cause = (getattr(error, "strerror", None) or "it cannot").lower()
        raise _refused("template-unreadable", f"must be a file that can be read, but {cause}", shown) from None
    if len(raw) > MAX_BYTES:
        raise _refused("template-too-large", f"must be at most {MAX_BYTES:,} bytes", shown)
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        raise _refused("template-not-text", f"must be UTF-8 text, but byte {error.start} is not", shown, line) from None
    data = _parsed(text, shown)
    if not isinstance(data, dict):
        raise _refused("template-syntax", f"must be an object, but is {type(data).__name__}", shown, 1)
    return data, text


def _parsed(text: str, shown: str) -> Any:
    line: int | None = None
    try:
        return parse(text)
    except (_TooDeepError, RecursionError):
        raise _refused("template-too-deep", f"must be nested at most {MAX_DEPTH} deep", shown) from None
    except json.JSONDecodeError as error:
        cause, line = error.msg, error.lineno
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        cause, line = error.problem or "it cannot be read", min(mark.line, text.count("\n")) + 1 if mark else None
    except (yaml.YAMLError, ValueError, TypeError, LookupError, AttributeError, ArithmeticError) as error:
        # What PyYAML raises beside its own errors where a tag does not fit its value, as in `!!timestamp x`.
        cause = (str(error).splitlines() or ["it cannot be read"])[0][:160]
    raise _refused("template-syntax", f"must be JSON or YAML, but {cause[:1].lower()}{cause[1:]}", shown, line)


def parse(text: str) -> Any:
    """*text* as plain data, keys as texts: JSON where it is that, else YAML.

    Raises:
        ValueError: It is neither, or nested too deeply.
        yaml.YAMLError: It is no YAML.
    """
    if text.lstrip()[:1] != "{":
        return _plain(_yaml(text))
    try:
        return _plain(json.loads(text))
    except json.JSONDecodeError:
        try:
            return _plain(_yaml(text))  # YAML's short form of a mapping begins with a brace too
        except yaml.YAMLError:
            pass
        raise


def _yaml(text: str) -> Any:
    if sum(map(text.count, "[{-?:")) > _HARMLESS or _ANCHOR.search(text):
        _refuse_depth_and_aliases(text)
    return yaml.load(text, Loader=_TemplateLoader)  # noqa: S506 - it is a safe loader with CloudFormation's short forms


def _refuse_depth_and_aliases(text: str) -> None:
    """Refuse what would crash the parser, which calls itself for each level, or make it grow without end."""
    depth = 0
    for event in yaml.parse(text, Loader=_Loader):
        if isinstance(event, yaml.AliasEvent):
            mark: Any = event.start_mark
            problem = "aliases are no part of a template: CloudFormation refuses them"
            raise yaml.MarkedYAMLError(problem=problem, problem_mark=mark)
        if isinstance(event, yaml.CollectionStartEvent):
            depth += 1
            if depth > MAX_DEPTH:
                raise _TooDeepError
        elif isinstance(event, yaml.CollectionEndEvent):
            depth -= 1


def _plain(value: Any, depth: int = 0) -> Any:
    """*value* as JSON would hold it: YAML also knows other keys than texts, sets, bytes and times."""
    if depth > MAX_DEPTH:
        raise _TooDeepError
    if isinstance(value, Mapping):
        return {_key(key): _plain(each, depth + 1) for key, each in value.items()}
    if isinstance(value, set):
        return sorted(map(str, value))
    if isinstance(value, list | tuple):
        return [_plain(each, depth + 1) for each in value]
    return value if value is None or isinstance(value, str | bool | int | float) else str(value)


def _key(key: Any) -> str:
    return key if isinstance(key, str) else json.dumps(key, default=str)


def _refused(code: str, rule: str, file: str, line: int | None = None) -> SpecError:
    return SpecError([Problem(code=code, rule=rule, file=file, line=line)], file)
