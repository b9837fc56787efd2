"""Claims about the page that a review is: what it shows, that names in it are names, and that it is never too long."""

from __future__ import annotations

import copy
import html
import json
import re
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from syrupy.assertion import SnapshotAssertion
from syrupy.extensions.single_file import SingleFileSnapshotExtension, WriteMode

from saml_connectors.provider.jumpcloud import contract
from saml_connectors.review import Review
from saml_connectors.review.markdown import LIMIT
from saml_connectors.review.markdown_text import Block, Head, code, fitted, prose, size
from saml_connectors.review.mermaid import label

pytest_plugins = ["tests.review_fixtures"]

Page = Callable[[Review], str]
Find = Callable[[dict[str, Any], str], dict[str, Any]]

HOSTILE = [
    "a|b",
    "`code`",
    "``` end",
    "</code><script>alert(1)</script>",
    "</summary></details><img src=x onerror=alert(1)>",
    "@octocat and @acme/team",
    "line\nbreak\r\n## heading",
    "[link](https://evil.example) ![x](https://evil.example/x.png)",
    "**bold** _it_ ~~no~~ #12 www.evil.example https://evil.example",
    "\\| backslash \\",
    "\u202egnp.exe\u2066",
    "zero\u200bwidth",
    "<!-- comment -->",
    "&lt;b&gt;&#64;",
    '"];click n0 "javascript:alert(1)',
    '%%{init: {"securityLevel": "loose"}}%%',
    "end\n```\n<b>",
    "x" * 5_000,
    "\ue000AWS::Region\ue001",
    "",
    " ",
]


class MarkdownSnapshot(SingleFileSnapshotExtension):
    """A page as a file that can be looked at."""

    file_extension = "md"
    _write_mode = WriteMode.TEXT


def change_the_examples(data: dict[str, dict[str, Any]]) -> None:
    """What a pull request might do to the examples: some of everything."""
    portal = data["saml-connector-portal"]["Resources"]
    for resource in portal.values():
        properties = resource.get("Properties", {})
        match resource["Type"]:
            case contract.ACCESS:
                properties["Groups"].append("contractors")
            case contract.APPLICATION:
                properties["UserAttributes"].append({"Name": "cost", "Source": "costCenter"})
            case "AWS::Cognito::UserPoolClient":
                properties["CallbackURLs"].append("https://new.acme.example/callback")
    for resource in data["saml-connector-console"]["Resources"].values():
        if resource["Type"] == "AWS::IAM::Role" and resource["Properties"].get("RoleName") == "Engineer":
            resource["Properties"]["ManagedPolicyArns"] = ["arn:aws:iam::aws:policy/AdministratorAccess"]
    center = data["saml-connector-workforce"]["Resources"]
    next(each for each in center.values() if each["Type"] == contract.APPLICATION)["Properties"]["Slug"] = "acme"
    del data["saml-connector-portal-bookmark"]


def test_the_page_of_a_pull_request_is_as_somebody_looked_at_it(
    examples: Any, reviewed: Any, page: Page, snapshot: SnapshotAssertion
) -> None:
    """The examples, before and after a change of everything."""
    new = examples()
    change_the_examples(new)
    assert page(reviewed(new, examples())) == snapshot(extension_class=MarkdownSnapshot)


def test_the_page_without_a_base_is_as_somebody_looked_at_it(
    examples: Any, reviewed: Any, page: Page, snapshot: SnapshotAssertion
) -> None:
    """Who gets where, as it is."""
    assert page(reviewed(examples())) == snapshot(extension_class=MarkdownSnapshot)


def test_nothing_is_said_where_nothing_changes(examples: Any, reviewed: Any, page: Page) -> None:
    """One line, and nothing to unfold but names."""
    text = page(reviewed(examples(), examples()))
    assert text.startswith("## Sign-in review: nothing changes for people who sign in\n")
    assert "4 connectors as before" in text


def test_templates_without_sign_in_are_told_as_such(reviewed: Any, page: Page) -> None:
    """Somebody's bucket is no connector."""
    bucket = {"Resources": {"Bucket": {"Type": "AWS::S3::Bucket"}}}
    assert page(reviewed({"theirs": bucket})).startswith("## Sign-in: no connector in these templates\n")


def poisoned(data: dict[str, Any], name: str) -> dict[str, Any]:
    """The templates with *name* wherever people give names."""
    text = json.dumps(data)
    inside = json.dumps(name)[1:-1]
    for given in ("Acme portal", "portal-users", "portal-admins", "Engineer", "department", "email", "acme.example"):
        text = text.replace(given, inside)
    found: dict[str, Any] = json.loads(text)
    return found


def told(text: str) -> str:
    """The page without its code: what Markdown and HTML would make something of."""
    text = re.sub(r"^```mermaid\n.*?\n```$", "", text, flags=re.DOTALL | re.MULTILINE)
    text = re.sub(r"<code>[^<]*</code>", "", text)
    return re.sub(r"`[^`\n]*`", "", text)


@pytest.mark.parametrize("name", HOSTILE, ids=range(len(HOSTILE)))
@pytest.mark.parametrize("has_base", [True, False])
def test_a_name_is_nothing_but_a_name(examples: Any, reviewed: Any, page: Page, *, name: str, has_base: bool) -> None:
    """Whatever somebody calls a group: no tag, table cell, mention, link or fence comes of it."""
    new = poisoned(examples(), name)
    text = page(reviewed(new, examples()) if has_base else reviewed(new))
    bare = told(text)
    assert set(re.findall(r"</?[a-z]+", bare)) <= {"<details", "</details", "<summary", "</summary", "<sub", "</sub"}
    assert not re.search(r"@\w|\]\(|!\[|www\.|https?:|<!--|~~|#\d", bare), bare
    assert text.isprintable() or not {one for one in text if not one.isprintable()} - {"\n"}
    tables = [line for line in text.splitlines() if line.startswith("|")]
    assert {line.count("|") for line in tables} <= {3, 5}
    assert text.count("<details>") == text.count("</details>")
    assert not re.search(r"^#", text.partition("\n")[2], re.MULTILINE)
    for line in text.splitlines():
        assert line.count("`") % 2 == 0 or line.startswith("```")


@pytest.mark.parametrize("name", HOSTILE, ids=range(len(HOSTILE)))
def test_a_name_as_code_reads_as_it_is(name: str) -> None:
    """What is escaped is shown as it was written, but for what nobody could see."""
    written = code(name)
    if name == "":
        assert written == "*nothing*"
        return
    inner = re.fullmatch(r"`([^`]*)`|<code>(.*)</code>", written, re.DOTALL)
    assert inner
    shown = inner[1] if inner[1] is not None else html.unescape(inner[2])
    if name.isprintable() and len(name) < 100:
        assert shown == name


def test_a_finding_s_sentence_keeps_its_words_and_loses_its_markup() -> None:
    """Messages of rules repeat values of templates."""
    written = prose("must be one of a, b; got '@octocat' in <b>x</b> (see www.evil.example)")
    assert written.startswith("must be one of a, b; got '`@octocat`' in <code>")
    assert "<b>" not in written
    assert not re.search(r"(?<!`)www\.", told(written))


NODE = re.compile(r'  n\d+(?:\["[^"]*"\]|\(\["[^"]*"\]\)|\[\("[^"]*"\)\]|\{\{"[^"]*"\}\})(?::::(?:gained|lost))?')
EDGE = re.compile(r"  n\d+ (?:-->|==>\|gained\||-\.->\|lost\|) n\d+")
CLASS = re.compile(r"  classDef \w+ [\w:#,. -]+")
LABEL = re.compile(r'"((?:[\w .,/-]|#\d+;)*)"')


def pictures(text: str) -> list[list[str]]:
    """The flowcharts of a page, in lines."""
    return [found.splitlines() for found in re.findall(r"^```mermaid\n(.*?)\n```$", text, re.DOTALL | re.MULTILINE)]


@pytest.mark.parametrize("name", ["portal-users", *HOSTILE], ids=range(len(HOSTILE) + 1))
def test_the_picture_is_in_mermaid_s_grammar_whatever_things_are_called(
    examples: Any, reviewed: Any, page: Page, name: str
) -> None:
    """Nodes, edges and classes; labels hold letters, digits, some signs and numbered entities."""
    found = pictures(page(reviewed(poisoned(examples(), name), examples())))
    assert found
    for lines in found:
        assert lines[0] == "flowchart LR"
        nodes = [line for line in lines if NODE.fullmatch(line)]
        edges = [line for line in lines if EDGE.fullmatch(line)]
        assert len(nodes) + len(edges) + sum(bool(CLASS.fullmatch(line)) for line in lines) + 1 == len(lines)
        assert all(LABEL.search(line) for line in nodes)
        declared = {re.match(r"\s+(n\d+)", line)[1] for line in nodes}  # type: ignore[index]  # it matched above
        assert {each for line in edges for each in re.findall(r"n\d+", line)} <= declared
        assert len(nodes) <= 40


def test_what_is_gained_and_lost_stands_out_in_the_picture(examples: Any, reviewed: Any, page: Page) -> None:
    """A group that is new, and a tile that goes."""
    new = examples()
    change_the_examples(new)
    lines = pictures(page(reviewed(new, examples())))[0]
    assert any('"contractors"' in line and line.endswith(":::gained") for line in lines)
    assert any("bookmark" in line and line.endswith(":::lost") for line in lines)


def many(data: dict[str, Any], count: int) -> dict[str, Any]:
    """The portal *count* times, each in a stack of its own."""
    text = json.dumps(data["saml-connector-portal"])
    return {
        f"saml-connector-p{number:03}": json.loads(text.replace("portal-users", f"people-{number}"))
        for number in range(count)
    }


def test_a_page_is_never_longer_than_a_comment_may_be(examples: Any, reviewed: Any, page: Page, of_type: Find) -> None:
    """Details are cut and counted, what stands above them never is."""
    base = many(examples("portal"), 100)
    new = copy.deepcopy(base)
    for template in new.values():
        of_type(template["Resources"], contract.ACCESS)["Groups"] += [
            f"\u00e4\u00f6\u00fc-{each}" for each in range(30)
        ]
        of_type(template["Resources"], contract.APPLICATION)["Description"] = "<|>" * 80
    text = page(reviewed(new, base))
    assert len(text) <= len(text.encode()) < LIMIT
    assert text.startswith("## Sign-in review: of 100 connectors, 100 changed\n")
    assert "and 190 more, below" in text
    left = re.search(r"The page would be too long: one part is cut and (\d+) parts are left out here", text)
    assert left
    assert text.count("<details>") == text.count("</details>")
    assert text.count("<details>") + int(left[1]) == 100


def test_above_forty_nodes_each_connector_has_a_picture_of_its_own(examples: Any, reviewed: Any, page: Page) -> None:
    """Nobody reads a picture of everything."""
    found = pictures(page(reviewed(many(examples("portal"), 15))))
    assert len(found) == 15


def test_a_connector_with_many_groups_is_drawn_by_number(
    examples: Any, reviewed: Any, page: Page, of_type: Find
) -> None:
    """The picture of one connector has its bound too."""
    data = examples("portal")
    groups = [f"group-{number}" for number in range(60)]
    of_type(data["saml-connector-portal"]["Resources"], contract.ACCESS)["Groups"] = groups
    assert any('"60 groups"' in line for line in pictures(page(reviewed(data)))[0])


def test_cutting_keeps_whole_lines_and_says_how_many_are_left() -> None:
    """No head of a table without a row, no open fold."""
    lines = (Head("**Heading**"), Head(""), Head("| field | value |"), Head("| --- | --- |"), *["| `a` | `b` |"] * 50)
    found, left_out, cut = fitted([Block("one", lines), Block("two", ("text",))], 400)
    assert left_out == 1
    assert 0 < cut < 50
    assert f"*{cut:,} lines more are left out.*" in found[0]
    assert size("".join(found)) <= 400
    only_head, _, _ = fitted([Block("one", lines)], 130)
    assert only_head == []


def test_the_same_input_gives_the_same_bytes(examples: Any, reviewed: Any, page: Page) -> None:
    """Whatever the order of templates, resources and keys."""
    new = examples()
    change_the_examples(new)
    turned = {
        name: {"Resources": dict(reversed(template["Resources"].items())), "Mappings": template.get("Mappings", {})}
        for name, template in reversed(new.items())
    }
    straight = {
        name: {"Resources": template["Resources"], "Mappings": template.get("Mappings", {})}
        for name, template in new.items()
    }
    assert page(reviewed(turned, examples())) == page(reviewed(straight, examples()))


def test_days_left_are_counted_from_the_time_given(
    examples: Any, reviewed: Any, page: Page, make_certificate: Callable[..., str]
) -> None:
    """A certificate that has ended is said to."""
    data = examples("portal")
    application = next(
        each for each in data["saml-connector-portal"]["Resources"].values() if each["Type"] == contract.APPLICATION
    )
    application["Properties"]["SpCertificate"] = (
        f"-----BEGIN CERTIFICATE-----\n{make_certificate(days=10)}\n-----END CERTIFICATE-----"
    )
    assert "until 2026-12-02: 10 days left" in page(reviewed(data))
    assert "until 2026-12-02: **it has ended**" in page(reviewed(data, now=datetime(2027, 1, 1, tzinfo=UTC)))


@pytest.mark.parametrize("name", HOSTILE, ids=range(len(HOSTILE)))
def test_a_label_of_the_picture_holds_nothing_that_mermaid_reads(name: str) -> None:
    """Everything else is the number of its character."""
    assert re.fullmatch(r"(?:[\w .,/-]|#\d+;)+", label(name))
