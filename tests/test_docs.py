"""What the documentation shows is true: its code runs, its commands answer so, its links lead somewhere."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

PROJECT = Path(__file__).parents[1]
PAGES = ["README.md", *sorted(str(page.relative_to(PROJECT)) for page in (PROJECT / "docs").glob("*.md"))]

_BLOCK = re.compile(r"^```(\w+)\n(.*?)^```", re.MULTILINE | re.DOTALL)
_LINK = re.compile(r"\]\((?!https?:)([^)#]+)")


def blocks(language: str) -> list[tuple[str, int, str]]:
    """Every block of *language*: page, line and text."""
    found = []
    for page in PAGES:
        text = (PROJECT / page).read_text()
        found += [
            (page, text[: match.start()].count("\n") + 2, match[2])
            for match in _BLOCK.finditer(text)
            if match[1] == language
        ]
    return found


@pytest.mark.synth
@pytest.mark.parametrize(("page", "line", "code"), blocks("python"))
def test_python_of_the_documentation_runs(page: str, line: int, code: str) -> None:
    """Each block runs as it stands, in a process of its own, from the project's root."""
    done = subprocess.run([sys.executable, "-c", code], cwd=PROJECT, capture_output=True, text=True, check=False)  # noqa: S603 - our own documentation
    assert done.returncode == 0, f"{page}:{line}\n{done.stderr}"


@pytest.mark.parametrize(("page", "line", "text"), blocks("yaml"))
def test_specs_of_the_documentation_are_right(page: str, line: int, text: str) -> None:
    """Each spec has no problem; one that opens another connector stands beside the example that it opens."""
    import yaml  # noqa: PLC0415 - used here alone

    from saml_connectors.spec import parse  # noqa: PLC0415 - likewise

    assert parse(yaml.safe_load(text)).name, f"{page}:{line}"


def test_first_example_stands_early() -> None:
    """A newcomer sees a working example before line 40 of README."""
    lines = (PROJECT / "README.md").read_text().splitlines()
    assert any(line.startswith("from saml_connectors") for line in lines[:40])


@pytest.mark.parametrize("page", PAGES)
def test_links_lead_somewhere(page: str) -> None:
    """Every relative link names a file of the project."""
    folder = (PROJECT / page).parent
    for target in _LINK.findall((PROJECT / page).read_text()):
        assert (folder / target).exists(), f"{page}: {target}"


def test_problems_shown_in_readme_are_those_of_the_command(tmp_path: Path) -> None:
    """README's example of `validate` is what the command prints, to the letter."""
    text = (PROJECT / "README.md").read_text()
    shown = re.search(r"\$ saml-connectors validate portal.yaml\n(.*?)```", text, re.DOTALL)
    assert shown is not None
    (tmp_path / "portal.yaml").write_text(
        "kind: cognito-user-pool\n"
        "name: portal\n"
        "directory:\n"
        "  credentials: 0123456789abcdef0123456789abcdef01234567\n"
        "application: {display_label: Acme portal, groups: [portal-users]}\n"
        "user_pool:\n"
        "  domain: {prefix: my-aws-portal}\n"
        "  attributes:\n"
        "    email:\n"
        "      from: email\n"
        "      required: true\n"
        "app_clients:\n"
        "  - name: web\n"
        "    callback_urls: ['http://portal.acme.example/callback']\n"
    )
    command = [str(Path(sys.executable).with_name("saml-connectors")), "validate", "portal.yaml"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)  # noqa: S603 - our own command
    assert done.returncode == 1
    assert done.stdout + done.stderr == shown[1]
