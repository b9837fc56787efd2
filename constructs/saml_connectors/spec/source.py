"""A YAML text as plain data that remembers the line of every field.

Not here: what the data means.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import yaml

from saml_connectors.problems import Problem
from saml_connectors.spec.findings import Location, field_path, shown, visible
from saml_connectors.spec.plain import MAX_DEPTH, MAX_VALUES, too_large

MAX_BYTES = 1_000_000
"""Longest file that is read as a spec; real ones are a few kilobytes."""

_HARMLESS = 500
"""Most marks that may begin a collection in a text whose depth is not looked at before it is read."""


@dataclass(slots=True)
class Source:
    """What a file holds, and where."""

    file: str
    """The file, as the caller named it."""

    data: Any = None
    """Plain data: mappings, lists, texts, numbers, booleans, nothing."""

    lines: dict[Location, int] = field(default_factory=dict)
    """Line of each field and item, from 1."""

    problems: list[Problem] = field(default_factory=list)
    """What is wrong with the text itself."""

    def line_of(self, location: Location) -> int | None:
        """Line of the field at *location*, or of the nearest field around it."""
        for length in range(len(location), -1, -1):
            line = self.lines.get(location[:length])
            if line is not None:
                return line
        return None

    def locate(self, location: Location, problem: Problem) -> Problem:
        """The problem with its file and line."""
        return problem.at(file=self.file, line=self.line_of(location))


def read_yaml(text: str, file: str) -> Source:
    """Read one YAML document; what is wrong with it is in `Source.problems`, never raised."""
    if len(text) > MAX_BYTES:
        return too_long(file)
    source = Source(file)
    try:
        _refuse_depth(text, file)
        loader = _Loader(text)
        try:
            node = loader.get_single_node()
            if node is None:
                source.problems.append(
                    Problem(code="file-empty", file=file, line=1, rule="must hold a spec, but is empty")
                )
                return source
            source.data = _Reader(source, loader).read(node, (), 1)
        finally:
            loader.dispose()
    except _RefusedYamlError as error:
        source.problems.append(error.problem)
    except yaml.MarkedYAMLError as error:
        source.problems.append(_syntax_problem(error, file, text))
    except yaml.reader.ReaderError as error:
        line = text.count("\n", 0, error.position) + 1 if isinstance(error.position, int) else None
        rule = f"must be YAML, but has the character U+{_code_point(error.character):04X}, which no text may hold"
        source.problems.append(Problem(code="yaml-syntax", file=file, line=line, rule=rule))
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        first = str(error).splitlines()[0][:160]
        source.problems.append(Problem(code="yaml-syntax", file=file, rule=f"must be YAML, but {visible(first)}"))
    return source


def too_long(file: str) -> Source:
    """What is said of a file that is too long to be a spec, without reading it whole."""
    return Source(
        file, problems=[Problem(code="file-too-large", file=file, rule=f"must be at most {MAX_BYTES:,} bytes")]
    )


def _line(mark: Any) -> int | None:
    return None if mark is None else int(mark.line) + 1


def _code_point(character: object) -> int:
    """The character's number; the two parsers tell it in different ways."""
    return ord(character) if isinstance(character, str) else int(str(character))


def _refuse_depth(text: str, file: str) -> None:
    """Refuse a text that is nested so deep that the parser itself, which calls itself for each level, would crash."""
    if sum(map(text.count, "[{-?:")) <= _HARMLESS:
        return
    depth = 0
    for event in yaml.parse(text, Loader=_Loader):
        if isinstance(event, yaml.CollectionStartEvent):
            depth += 1
            if depth > MAX_DEPTH:
                raise _RefusedYamlError(too_large(()).at(file=file, line=_line(event.start_mark)))
        elif isinstance(event, yaml.CollectionEndEvent):
            depth -= 1


class _RefusedYamlError(Exception):
    def __init__(self, problem: Problem) -> None:
        super().__init__(problem.message)
        self.problem = problem


_TEXTS = {f"tag:yaml.org,2002:{name}" for name in ("str", "timestamp", "binary", "value")}
_NOT_TEXTS = {f"tag:yaml.org,2002:{name}" for name in ("null", "bool", "int", "float")}

# The C parser reads a spec about ten times as fast; both build the same nodes.
_Loader: type[yaml.SafeLoader] = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


class _Reader:
    """Turns nodes into data, noting lines, refusing what a reviewer could misread."""

    def __init__(self, source: Source, loader: yaml.SafeLoader) -> None:
        self._source = source
        self._loader = loader
        self._nodes = 0

    def read(self, node: yaml.Node, location: Location, line: int) -> Any:
        self._nodes += 1
        if self._nodes > MAX_VALUES or len(location) > MAX_DEPTH:
            raise _RefusedYamlError(too_large(location).at(file=self._source.file, line=line))
        self._source.lines[location] = line
        if isinstance(node, yaml.MappingNode):
            self._refuse_tag(node, location, line, "tag:yaml.org,2002:map")
            return self._mapping(node, location)
        if isinstance(node, yaml.SequenceNode):
            self._refuse_tag(node, location, line, "tag:yaml.org,2002:seq")
            return [
                self.read(item, (*location, index), item.start_mark.line + 1) for index, item in enumerate(node.value)
            ]
        return self._scalar(node, location, line)

    def _mapping(self, node: yaml.MappingNode, location: Location) -> dict[str, Any]:
        result: dict[str, Any] = {}
        for key_node, value_node in node.value:
            line = key_node.start_mark.line + 1
            key = key_node.value if isinstance(key_node, yaml.ScalarNode) else None
            if key is None:
                self._refuse("yaml-key", location, line, "must have texts as field names")
                continue
            if key == "<<":
                self._refuse(
                    "yaml-merge", location, line, "must not merge mappings with <<", fix="write the fields out"
                )
                continue
            here = (*location, key)
            if key in result:
                first = self._source.lines[here]
                self._refuse("field-twice", here, line, f"must be given once, but stands in line {first} already")
                continue
            result[key] = self.read(value_node, here, line)
        return result

    def _scalar(self, node: yaml.Node, location: Location, line: int) -> Any:
        if node.tag in _TEXTS:
            return node.value  # a date stays the text that the author wrote
        if node.tag in _NOT_TEXTS:
            try:
                return self._loader.construct_object(node)
            except (ValueError, KeyError):  # a tag that the value does not fit, or a number of thousands of digits
                rule = "must be plain YAML: a text, a number, true, false or null"
                self._refuse("yaml-tag", location, line, rule, given=shown(node.value))
                return None
        self._refuse_tag(node, location, line)
        return None

    def _refuse_tag(self, node: yaml.Node, location: Location, line: int, *allowed: str) -> None:
        if node.tag not in allowed:
            given = shown(node.tag)
            self._refuse("yaml-tag", location, line, "must be plain YAML without tags", given=given)

    def _refuse(
        self, code: str, location: Location, line: int, rule: str, *, given: str | None = None, fix: str | None = None
    ) -> None:
        self._source.problems.append(
            Problem(
                code=code,
                file=self._source.file,
                line=line,
                field=field_path(location),
                rule=rule,
                given=given,
                fix=fix,
            )
        )


def _syntax_problem(error: yaml.MarkedYAMLError, file: str, text: str) -> Problem:
    line = _line(error.problem_mark or error.context_mark)
    if "single document" in (error.context or ""):
        return Problem(
            code="several-documents",
            file=file,
            line=line,
            rule="must hold one spec, but a second document begins here",
            fix="write one file for each connector",
        )
    what = visible((error.problem or "it cannot be read").replace("could not ", "it could not "))
    return Problem(
        code="yaml-syntax", file=file, line=line, rule=f"must be YAML, but {what}", fix=_syntax_fix(error, text)
    )


def _syntax_fix(error: yaml.MarkedYAMLError, text: str) -> str | None:
    """What is often the cause of such an error, where its place tells it."""
    mark = error.problem_mark or error.context_mark
    lines = text.splitlines()
    if mark is None or mark.line >= len(lines):
        return None
    here = lines[mark.line]
    if "\t" in here[: len(here) - len(here.lstrip())] or here[mark.column : mark.column + 1] == "\t":
        return "indent with spaces: here is a tab"
    if "mapping values are not allowed" in (error.problem or ""):
        where = f"in column {mark.column + 1}"
        return f"look at the colon {where}: is the line indented too far, or is it part of a text without quotes?"
    if "found character that cannot start any token" in (error.problem or ""):
        return f"put the text in quotes that begins in column {mark.column + 1}"
    if "block" in (error.context or ""):
        return "is the line indented as those that belong with it are?"
    return None
