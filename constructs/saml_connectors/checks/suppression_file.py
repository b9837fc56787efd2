"""The file of `--suppressions`: a YAML list of what does not count, each entry with its line.

Not here: what an entry means (`suppressions.py`).
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from saml_connectors.checks.suppressions import Suppression, entry
from saml_connectors.problems import Problem
from saml_connectors.spec.source import MAX_BYTES, Source, read_yaml, too_long

_EMPTY = "file-empty"
"""What a file without a spec is told; one without suppressions is none the worse."""


def read(file: str, codes: frozenset[str]) -> tuple[list[Suppression], list[Problem]]:
    """The suppressions in *file*, and all that is wrong with it.

    Args:
        file: The file, as the caller named it.
        codes: The rules that there are.
    """
    source = _source(file)
    problems = [each for each in source.problems if each.code != _EMPTY]
    if problems or source.data is None:
        return [], problems
    if not isinstance(source.data, list):
        rule = "must be a list of suppressions, each with code and reason"
        return [], [Problem(code="suppression-form", file=file, line=1, rule=rule)]
    found: list[Suppression] = []
    for index, data in enumerate(source.data):
        line = source.line_of((index,))
        made = entry(data, codes, in_file=True)
        if isinstance(made, Suppression):
            found.append(replace(made, file=file, line=line))
            continue
        for each in made:
            place = source.line_of((index, each.field)) if each.field else line
            problems.append(each.at(file=file, line=place, field=f"[{index}].{each.field}".removesuffix(".")))
    return found, problems


def _source(file: str) -> Source:
    try:
        with Path(file).open("rb") as stream:
            octets = stream.read(MAX_BYTES + 1)
        return read_yaml(octets.decode("utf-8-sig"), file) if len(octets) <= MAX_BYTES else too_long(file)
    except UnicodeDecodeError:
        rule = "must be UTF-8 text"
        return Source(file, problems=[Problem(code="file-encoding", file=file, rule=rule)])
    except (OSError, ValueError) as error:
        cause = (getattr(error, "strerror", None) or "it cannot").lower()
        rule = f"must be a file that can be read, but {cause}"
        return Source(file, problems=[Problem(code="file-unreadable", file=file, rule=rule)])
