"""Claims about docs/scim.md: what it shows is what the commands print, to the letter."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from benchmarks.provisioning_workload import Organization

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.provisioning_fixtures import Stage

pytest_plugins = ["tests.provisioning_fixtures"]

DOCUMENT = Path(__file__).parents[1] / "docs" / "scim.md"


def _before() -> Organization:
    """One group bound, one not, and somebody in Identity Center whom nobody provisioned."""
    acme = Organization()
    engineers, finance = acme.add_group("engineers"), acme.add_group("finance", bound=False)
    acme.add_person("ada", [engineers])
    acme.add_person("bob", [engineers], lastname="", username="bob")
    numbers = [{"type": "work", "number": "1"}, {"type": "mobile", "number": "2"}]
    acme.add_person("cleo", [engineers, finance], phoneNumbers=numbers)
    acme.add_person("dora", [finance], costCenter="R&D")
    acme.add_person("emil", [finance], state="STAGED")
    address = "ada@acme.example"
    acme.users["x"] = {"UserId": "x", "UserName": address, "Emails": [{"Value": address}]}
    return acme


def _after() -> Organization:
    """Provisioned, then changed on one side or the other."""
    acme = Organization()
    engineers, finance = acme.add_group("engineers"), acme.add_group("finance")
    ada, cleo = (acme.add_person(name, [engineers]) for name in ("ada", "cleo"))
    dora, finn = (acme.add_person(name, [finance]) for name in ("dora", "finn"))
    acme.synchronize()
    acme.people[ada]["suspended"] = True
    acme.members[finance].append(cleo)
    acme.people[dora]["lastname"] = "Byron"
    acme.members[finance].remove(finn)
    acme.add_person("gus", [engineers], firstname="")
    acme.users["hand"] = {"UserId": "hand", "UserName": "break-glass"}
    return acme


@pytest.mark.parametrize(
    ("command", "make", "code"), [("preflight", _before, 1), ("check", _after, 0), ("verify", _after, 1)]
)
def test_shown_output_is_the_command_s(
    command_stage: Stage,
    monkeypatch: pytest.MonkeyPatch,
    command: str,
    make: Callable[[], Organization],
    code: int,
) -> None:
    """The organization of the example, judged again."""
    command_stage.put(make())
    text = command_stage.file.read_text().replace("[group-0000, group-0001]", "[engineers, finance]")
    command_stage.file.write_text(f"{text}attributes: {{CostCenter: costCenter}}\n")
    monkeypatch.chdir(command_stage.file.parent)
    result = command_stage.run("scim", command, command_stage.file.name)
    assert result.exit_code == code
    shown = f"$ saml-connectors scim {command} aws.yaml\n{result.stdout}{result.stderr}```\n"
    assert shown in DOCUMENT.read_text()
