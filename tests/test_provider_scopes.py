"""The table of scopes in docs/provider.md is what the provider asks of the directory, and nothing less."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from saml_connectors.provider.jumpcloud.directory import Directory
from tests.lifecycle_operations import OPERATIONS
from tests.operation_play import play, scene

if TYPE_CHECKING:
    from tests.stated_operations import Operation
    from tests.trouble_fixtures import TroubledStage

pytest_plugins = ["tests.provider_fixtures", "tests.trouble_fixtures"]

TEXT = (Path(__file__).parents[1] / "docs" / "provider.md").read_text()
TABLE = re.search(r"\| operation \| calls \| scopes \|\n.*?\n\n", TEXT, re.DOTALL)
ROWS_OF = {
    "application create": ["application: create", "application with groups: create, or another list of groups"],
    "bookmark create": ["application: create", "application with groups: create, or another list of groups"],
    "application update of roles": [
        "application: update",
        "application with groups: create, or another list of groups",
        "application: another list of groups together with other attributes",
    ],
    "application update": ["application: update"],
    "application replace": [
        "application: create",
        "application: update",
        "application: remove",
        "application with groups: create, or another list of groups",
    ],
    "application delete": ["application: remove"],
    "application deactivate": ["application: remove with `on_removal: deactivate`"],
    "launch": ["launch: create, update, remove"],
    "access": ["access: create, update, remove"],
    "group attributes": ["group attributes: create, update, remove"],
    "lookup": ["lookup: create, update"],
    "signing certificate delete": ["certificate: any other; remove"],
    "signing certificate": ["certificate: the copy of the original"],
    "signing delete": ["signing: remove"],
    "signing": ["signing: create, update"],
}
"""Which rows tell of an operation, by how its name begins: the longest beginning counts."""


def rows() -> dict[str, set[str]]:
    """The scopes of each row of the table."""
    assert TABLE is not None
    cells = [[part.strip() for part in line.strip("| ").split(" | ")] for line in TABLE[0].splitlines()[2:] if line]
    return {each[0]: set(re.findall(r"`([a-z.]+)`", each[2])) for each in cells}


def told_for(name: str) -> set[str]:
    """The scopes that the table tells for an operation."""
    beginning = max((each for each in ROWS_OF if name.startswith(each)), key=len)
    return {scope for row in ROWS_OF[beginning] for scope in rows()[row]}


def asked(troubled: TroubledStage, operation: Operation, monkeypatch: pytest.MonkeyPatch) -> set[str]:
    """The scopes that an operation asks for."""
    found: set[str] = set()
    exchange = Directory._exchange

    def noted(self: Directory, method: str, path: str, doing: str, *, scope: str, **more: Any) -> Any:
        found.add(scope)
        return exchange(self, method, path, doing, scope=scope, **more)

    begun = scene(troubled, operation)
    monkeypatch.setattr(Directory, "_exchange", noted)
    play(troubled, operation, begun.prepared, None)
    return found


def covered(scope: str, told: set[str]) -> bool:
    """Whether a scope is told: one without `.readonly` includes reading."""
    return scope in told or (scope.endswith(".readonly") and scope.removesuffix(".readonly") in told)


@pytest.mark.parametrize("operation", OPERATIONS, ids=lambda operation: operation.name)
def test_an_operation_needs_no_scope_that_the_table_does_not_tell(
    troubled: TroubledStage, operation: Operation, monkeypatch: pytest.MonkeyPatch
) -> None:
    """So whoever gives the credential what the table says is not stopped half-way."""
    told = told_for(operation.name)
    assert [scope for scope in asked(troubled, operation, monkeypatch) if not covered(scope, told)] == []


def test_every_scope_of_the_table_is_asked_for(troubled: TroubledStage) -> None:
    """Nothing is told that nobody needs: by all operations together."""
    found: set[str] = set()
    for operation in OPERATIONS:
        with pytest.MonkeyPatch.context() as monkeypatch:
            found |= asked(troubled, operation, monkeypatch)
    told = {
        scope for row, scopes in rows().items() if not row.startswith(("the watch", "an adopted")) for scope in scopes
    }
    assert [scope for scope in sorted(told) if scope not in found and f"{scope}.readonly" not in found] == []
