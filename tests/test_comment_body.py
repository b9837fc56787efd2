"""Claims about the text of a comment: what is cut, and that what is cut is still whole Markdown."""

from __future__ import annotations

import pytest

from saml_connectors.pull_request.body import body, cut, size, without_quick_actions

PICTURE = ["```mermaid", "flowchart LR", *[f"  n{number} --> n{number + 1}" for number in range(50)], "```"]


def test_a_page_that_fits_stays_as_it_is() -> None:
    """To the byte, up to the last one that there is room for."""
    page = "## a\n\N{EM DASH}\n"
    assert cut(page, size(page)) == page
    assert body(page, "<!-- m -->", 1_000) == f"<!-- m -->\n{page}"


@pytest.mark.parametrize("room", range(340, 1_400, 37))
def test_no_cut_page_is_longer_than_its_room(room: int) -> None:
    """Wherever it is cut, with what it opened closed, and with no half of a picture."""
    lines = ["## Sign-in", "<details><summary>one</summary>", "", *PICTURE, "</details>", "\N{EM DASH}" * 700, "end"]
    short = cut("\n".join(lines), room)
    assert size(short) <= room
    assert short.count("<details>") == short.count("</details>")
    assert short.count("```") in {0, 2}
    assert short.startswith("## Sign-in\n")
    assert "lines more are left out" in short.splitlines()[-1]


def test_how_many_lines_are_left_out_is_counted() -> None:
    """Those of a picture that is dropped too."""
    page = "\n".join(["a", *PICTURE, "x" * 400])
    assert "*54 lines more are left out" in cut(page, 500)


def test_a_fence_is_closed_by_its_own_kind_only() -> None:
    """A longer one closes a shorter one, never the other way round, and text after it is none."""
    page = "````\n```\n/a\n~~~~\n```` x\n/b\n`````\n/c\n   ~~~\n/d\n~~~\n/e"
    assert without_quick_actions(page).splitlines() == [
        *["````", "```", "/a", "~~~~", "```` x", "/b", "`````", "&#47;c", "   ~~~", "/d", "~~~", "&#47;e"]
    ]


def test_no_null_and_no_other_line_end_is_left() -> None:
    """Services refuse the one and change the other."""
    assert body("a\r\nb\0", "<!-- m -->", 1_000) == "<!-- m -->\na\nb\N{REPLACEMENT CHARACTER}"


def test_a_long_page_is_cut_in_proportion_to_its_length() -> None:
    """A million lines take no more than a moment: whoever wrote the templates decides how many there are."""
    page = "<details>\n" + "- x\n" * 1_000_000
    assert size(cut(page, 2_000_000)) <= 2_000_000
