"""How a person gets stuck.  Nothing is decided here."""

from __future__ import annotations


class PersonError(RuntimeError):
    """The person got stuck: a page with no way on, or an error page."""
