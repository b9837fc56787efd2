"""A YAML text as plain data that remembers the line of every field.

Not here: what the data means.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import yaml

from saml_connectors.problems import Problem
from saml_connectors.spec.findings import Location, field_path, shown

MAX_BYTES = 1_000_000
"""Longest file that is read as a spec; real ones are a few kilobytes."""

MAX_NODES = 50_000
"""Most values a file may hold, each alias counted as what it stands for."""

MAX_DEPTH = 40
"""Deepest nesting; a spec needs about six."""


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
    source = Source(file)
    if len(text) > MAX_BYTES:
        source.problems.append(
            Problem(
                code="file-too-large", file=file, rule=f"must be at most {MAX_BYTES:,} bytes", given=f"{len(text):,}"
            )
        )
        return source
    try:
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
    except yaml.MarkedYAMLError as error:
        source.problems.append(_syntax_problem(error, file))
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        source.problems.append(
            Problem(code="yaml-syntax", file=file, rule=f"must be YAML, but {str(error).splitlines()[0][:160]}")
        )
    except _RefusedYamlError as error:
        source.problems.append(error.problem)
    return source


class _RefusedYamlError(Exception):
    def __init__(self, problem: Problem) -> None:
        super().__init__(problem.message)
        self.problem = problem


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
        if self._nodes > MAX_NODES or len(location) > MAX_DEPTH:
            rule = f"must hold at most {MAX_NODES:,} values, nested at most {MAX_DEPTH} deep, aliases counted"
            raise _RefusedYamlError(Problem(code="file-too-large", file=self._source.file, line=line, rule=rule))
        self._source.lines[location] = line
        if isinstance(node, yaml.MappingNode):
            return self._mapping(node, location)
        if isinstance(node, yaml.SequenceNode):
            return [
                self.read(item, (*location, index), item.start_mark.line + 1) for index, item in enumerate(node.value)
            ]
        return self._scalar(node, location)

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

    def _scalar(self, node: yaml.Node, location: Location) -> Any:
        if node.tag in {"tag:yaml.org,2002:timestamp", "tag:yaml.org,2002:binary"}:
            return node.value  # a date stays the text that the author wrote
        try:
            return self._loader.construct_object(node)
        except yaml.constructor.ConstructorError:
            self._refuse(
                "yaml-tag", location, node.start_mark.line + 1, "must be plain YAML without tags", given=shown(node.tag)
            )
            return None

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


def _syntax_problem(error: yaml.MarkedYAMLError, file: str) -> Problem:
    mark = error.problem_mark or error.context_mark
    if "single document" in (error.context or ""):
        return Problem(
            code="several-documents",
            file=file,
            line=mark.line + 1 if mark else None,
            rule="must hold one spec, but a second document begins here",
            fix="write one file for each connector",
        )
    what = (error.problem or "it cannot be read").replace("could not ", "it could not ")
    return Problem(
        code="yaml-syntax", file=file, line=mark.line + 1 if mark else None, rule=f"must be YAML, but {what}"
    )
