"""The whole templates of the examples, so that a pull request shows what a change of ours does to theirs.

`pytest tests/test_snapshots.py --snapshot-update` writes them anew; read the difference before you commit it.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import pytest
from aws_cdk.assertions import Template
from syrupy.extensions.json import JSONSnapshotExtension

from saml_connectors.spec import load
from stacks.assembly import add_stacks

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from aws_cdk import App
    from syrupy.assertion import SnapshotAssertion

pytestmark = pytest.mark.synth

_ASSET = re.compile(r"[0-9a-f]{64}")


def _without_asset_hashes(value: Any) -> Any:
    """The template without what changes at every edit of a function's code."""
    if isinstance(value, dict):
        return {_ASSET.sub("<asset>", key): _without_asset_hashes(each) for key, each in value.items()}
    if isinstance(value, list):
        return [_without_asset_hashes(each) for each in value]
    return _ASSET.sub("<asset>", value) if isinstance(value, str) else value


@pytest.mark.parametrize("name", ["portal", "portal-bookmark", "console", "workforce", "workforce-access"])
def test_example_template_is_as_reviewed(
    name: str, project: Path, new_app: Callable[..., App], snapshot: SnapshotAssertion
) -> None:
    """The example's template is the one that somebody looked at."""
    stacks = add_stacks(new_app(), load([project / "connectors"]).raise_if_any())
    stack = next(each for each in stacks if each.stack_name == f"saml-connector-{name}")
    template = _without_asset_hashes(Template.from_stack(stack).to_json())
    assert template == snapshot(name=name, extension_class=JSONSnapshotExtension)
