"""The example of docs/review.md is what the command writes: its diff, applied to our own connectors, and the page."""

from __future__ import annotations

import re
import shutil
import subprocess
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from aws_cdk import App

PROJECT = Path(__file__).parents[1]
DOCUMENT = (PROJECT / "docs" / "review.md").read_text("utf-8")
PAGE = PROJECT / "docs" / "review" / "pull-request.md"
NOW = datetime(2026, 11, 22, tzinfo=UTC)


@pytest.mark.synth
def test_the_example_of_a_review_is_what_the_command_writes(
    tmp_path: Path, new_app: Callable[..., App], pytestconfig: pytest.Config
) -> None:
    """`pytest --snapshot-update` writes it anew; somebody then looks at it, and takes the screenshots again."""
    from saml_connectors.cloudformation import Assembly, read  # noqa: PLC0415 - with the CDK, which starts Node
    from saml_connectors.review import markdown, review  # noqa: PLC0415 - likewise
    from saml_connectors.spec import load  # noqa: PLC0415 - likewise
    from stacks.assembly import add_stacks  # noqa: PLC0415 - likewise

    shutil.copytree(PROJECT / "connectors", tmp_path / "connectors")

    def synthesized() -> Assembly:
        app = new_app()
        add_stacks(app, load([tmp_path / "connectors"]).raise_if_any())
        return read([app.synth().directory])

    base = synthesized()
    (diff,) = re.findall(r"^```diff\n(.*?)^```", DOCUMENT, re.MULTILINE | re.DOTALL)
    command = ["git", "apply", "--unidiff-zero", "-"]
    subprocess.run(command, input=diff, text=True, cwd=tmp_path, check=True)  # noqa: S603 - our own documentation
    shutil.rmtree(tmp_path / "cdk.out")
    page = markdown(review(synthesized(), base, now=NOW))
    if pytestconfig.getoption("update_snapshots"):
        PAGE.write_text(page, "utf-8")
    assert page == PAGE.read_text("utf-8")


def test_the_top_of_the_page_is_shown_as_it_is() -> None:
    """What docs/review.md quotes stands in the page, line by line."""
    (shown,) = re.findall(r"^```md\n(.*?)^```", DOCUMENT, re.MULTILINE | re.DOTALL)
    assert len(shown) > 500
    assert PAGE.read_text("utf-8").startswith(shown)


def test_screenshots_are_there_and_small() -> None:
    """A repository is no picture book."""
    names = re.findall(r"\(images/([\w-]+\.png)\)", DOCUMENT)
    assert len(names) >= 2
    for name in names:
        assert 10_000 < (PROJECT / "docs" / "images" / name).stat().st_size < 200_000
