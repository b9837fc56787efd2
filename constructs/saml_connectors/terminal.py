"""How problems and findings look on a terminal: one line each, the code in the colour of its level.

Not here: what is printed, which each command decides.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from saml_connectors.checks import Finding
    from saml_connectors.problems import Problem

_COLOURS = {"error": "red", "warning": "yellow", "note": "blue"}


def coloured(problem: Problem | Finding) -> str:
    """The problem for a terminal; click drops the colours where there is none."""
    text = str(problem)
    if not text.isprintable():
        from saml_connectors.spec.findings import visible  # noqa: PLC0415 - few need it

        text = visible(text)
    head, _, code = text.rpartition(" [")
    return f"{head} {click.style(f'[{code}', fg=_COLOURS[problem.level])}"
