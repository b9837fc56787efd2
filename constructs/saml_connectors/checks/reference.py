"""The page of all rules, as Markdown, from the rules themselves and their example templates.

    python -m saml_connectors.checks.reference > docs/rules.md

Not here: how to use them (docs/check.md), and codes that are no rules (docs/problems.md).
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from saml_connectors.checks.rules import GROUPS

if TYPE_CHECKING:
    from saml_connectors.checks.rule import Rule

EXAMPLES = Path("docs/rules")
"""Where the examples are, from the project's folder: `<code>.fails.yaml` and `<code>.passes.yaml`."""

_LONGEST = 80
"""Lines of an example that are shown on the page; longer ones are in their files alone."""

_OUR_PAGE = re.compile(r"docs/([\w-]+\.md)")

_HEAD = """\
# Rules: what `saml-connectors check` finds

<!-- Made by `python -m saml_connectors.checks.reference > docs/rules.md`; a test compares. -->

[check.md](check.md) says how to use them. An **error** fails at deployment or at sign-in, or opens what must be
closed; a **warning** will fail later, or may, or surprises; a **note** is worth knowing. What is not known before the
deployment is no finding. A code never changes its meaning.

Each rule has a template that breaks it and one that passes all rules; tests run both. In them, `@metadata(<kind>)@` and
`@certificate(<kind>)@` stand for a document or a certificate of that kind, which the tests make anew.
"""


def reference(examples: Path = EXAMPLES) -> str:
    """The whole page.

    Args:
        examples: The folder of the example templates.
    """
    lines = [_HEAD]
    for group, rules in GROUPS:
        lines += [f"## {group}", "", "| code | level | what must hold |", "| --- | --- | --- |"]
        lines += [f"| [`{rule.code}`](#{rule.code}) | {rule.level} | {_cell(rule.what)} |" for rule in rules]
        lines.append("")
        for rule in rules:
            lines += _section(rule, examples)
    return "\n".join(lines).rstrip() + "\n"


def _section(rule: Rule, examples: Path) -> Iterator[str]:
    yield f"### {rule.code}"
    yield ""
    yield f"**{rule.level.capitalize()}.** {rule.what}"
    yield ""
    yield rule.why
    yield ""
    yield f"**Fix:** {_sentence(rule.fix)}"
    yield ""
    yield _OUR_PAGE.sub(r"[docs/\1](\1)", f"**Source:** {rule.source}")
    yield ""
    fails, passes = (f"{rule.code}.{outcome}.yaml" for outcome in ("fails", "passes"))
    yield f"**Examples:** [{fails}]({examples.name}/{fails}), [{passes}]({examples.name}/{passes})."
    yield ""
    broken, right = ((examples / name).read_text(encoding="utf-8").strip().splitlines() for name in (fails, passes))
    change = list(difflib.unified_diff(broken, right, n=2, lineterm=""))[2:]
    if len(broken) <= _LONGEST:
        yield from _folded("This fails", "yml", broken)
    if len(change) <= min(len(right), _LONGEST):
        yield from _folded("What makes it pass", "diff", change)
    else:
        yield from _folded("This passes", "yml", right)


def _folded(heading: str, language: str, lines: list[str]) -> Iterator[str]:
    yield f"<details><summary>{heading}</summary>"
    yield ""
    yield f"```{language}"
    yield from lines
    yield "```"
    yield ""
    yield "</details>"
    yield ""


def _sentence(text: str) -> str:
    """*text* with a capital and a full stop."""
    return f"{text[:1].upper()}{text[1:]}{'' if text.endswith(('.', '?', '!')) else '.'}"


def _cell(text: str) -> str:
    return text.replace("|", "\\|")


if __name__ == "__main__":
    print(reference(), end="")  # noqa: T201 - what the module is run for
