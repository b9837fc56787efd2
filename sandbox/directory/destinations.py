"""Where a browser is really sent: AWS host names that a local AWS serves are replaced, all else stays.

Only for forms and redirects.  What an assertion says keeps the real names.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from urllib.parse import urlsplit

Routes = Sequence[tuple[str, str]]
"""Pairs: a URL prefix, or a regular expression that begins with `^`; and what to put in its place."""


def routed(url: str, routes: Routes) -> str:
    """*url* with the first fitting route applied."""
    for begin, replacement in routes:
        if begin.startswith("^"):
            changed, count = re.subn(begin, replacement, url, count=1)
            if count:
                return changed
        elif _begins(url, begin):
            return replacement + url[len(begin) :]
    return url


def is_web(url: str) -> bool:
    """Whether a browser may be sent to *url*: http or https, with a host."""
    parts = urlsplit(url)
    return parts.scheme in {"http", "https"} and bool(parts.netloc)


def _begins(url: str, prefix: str) -> bool:
    """Whether *prefix* ends where a part of *url* ends, so that `https://a.example` is not `https://a.example.net`."""
    rest = url[len(prefix) :]
    return url.startswith(prefix) and (not rest or prefix.endswith("/") or rest[0] in "/?#:")
