"""A day, such as one on which something ends.

Not here: what ends (`scim.py`, `directory.py`).
"""

from __future__ import annotations

import re
from datetime import date

from saml_connectors.spec.model import refuse
from saml_connectors.spec.values import spelled

_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")


def check_day(value: str, *, code: str) -> str:
    """*value*, where it is a day; *code* is said of what is none."""
    try:
        day = date.fromisoformat(value)
    except ValueError:
        day = None
    if day is None or value != day.isoformat():
        raise refuse(code, "must be a day, such as 2027-11-22")
    return value


SPELLED = spelled(_DAY, "2027-11-22")
"""Lets the JSON Schema say how a day is written."""
