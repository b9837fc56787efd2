"""What a bookmark connector defines, and what it can open."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from aws_cdk import Stack
from aws_cdk.assertions import Template

from saml_connectors import SpecError
from saml_connectors.bookmark import BookmarkConnector
from saml_connectors.spec import BookmarkSpec, parse

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from aws_cdk import App

pytestmark = pytest.mark.synth


def spec(**target: object) -> BookmarkSpec:
    """A bookmark that opens *target*."""
    tile = {"display_label": "Handbook", "groups": ["portal-users"]}
    parsed = parse(
        {"kind": "bookmark", "name": "link", "directory": {"credentials": "k"}, "application": tile, **target}
    )
    assert isinstance(parsed, BookmarkSpec)
    return parsed


def test_bookmark_is_a_tile_with_groups(new_app: Callable[..., App]) -> None:
    """One application of the template `bookmark`, and its groups; no certificate, no launch."""
    stack = Stack(new_app(), "Test")
    BookmarkConnector(stack, "Link", spec=spec(url="https://handbook.acme.example/"))
    template = Template.from_stack(stack)
    template.has_resource_properties(
        "Custom::JumpCloudApplication", {"Template": "bookmark", "BookmarkUrl": "https://handbook.acme.example/"}
    )
    template.resource_count_is("Custom::JumpCloudApplicationAccess", 1)
    template.resource_count_is("Custom::JumpCloudApplicationLaunch", 0)


def test_bookmark_opens_the_sign_in_of_a_connector_in_another_stack(new_app: Callable[..., App], project: Path) -> None:
    """The link carries provider, client and callback; the client's id crosses stacks by itself."""
    from saml_connectors.spec import load  # noqa: PLC0415 - used here alone
    from stacks.assembly import add_stacks  # noqa: PLC0415 - likewise

    stacks = add_stacks(new_app(), load([project / "connectors"]).raise_if_any())
    bookmark = next(stack for stack in stacks if stack.stack_name.endswith("portal-bookmark"))
    url = next(iter(Template.from_stack(bookmark).find_resources("Custom::JumpCloudApplication").values()))
    parts = url["Properties"]["BookmarkUrl"]["Fn::Join"][1]
    assert any("Fn::ImportValue" in part for part in parts if isinstance(part, dict))
    assert any("identity_provider=JumpCloud" in part for part in parts if isinstance(part, str))


def test_bookmark_to_a_connector_that_is_not_there_is_refused(new_app: Callable[..., App]) -> None:
    """Without the connector there is nothing to open: said with what there is."""
    stack = Stack(new_app(), "Test")
    with pytest.raises(SpecError, match="there is none"):
        BookmarkConnector(stack, "Link", spec=spec(opens={"connector": "portal"}))
