"""What to write instead of a value of the wrong type or a name that is not known, as far as the value tells it.

Not here: what is wrong with it (`findings.py`), and the value that stands in while the rest is judged (`mending.py`).
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from pydantic import ValidationError

from saml_connectors.spec.credential import looks_like_credential, names_a_credential
from saml_connectors.spec.shape import models_at, named_fields, nearest, takes_texts

if TYPE_CHECKING:
    from pydantic import BaseModel

    from saml_connectors.spec.findings import Location

_LONGEST = 60
"""Characters of a value that is written out again."""

_BARE = re.compile(r"[A-Za-z][\w@.+/-]*( [\w@.+/-]+)*")
_NOT_TEXTS = {"true", "false", "yes", "no", "on", "off", "y", "n", "null"}


def meant(name: str, known: Sequence[str]) -> str | None:
    """The one of *known* that *name* was meant to be: the nearest, or the only one that has it as a part, or is one."""
    close = nearest(name, known)
    if close is not None:
        return close
    own = _words(name)
    alike = [one for one in known if own and (own <= _words(one) or _words(one) <= own)]
    return alike[0] if len(alike) == 1 else None


def of_unknown_name(name: str, known: Sequence[str]) -> str:
    """What to write instead of a field's name: the nearest; all of them where that is less than sure."""
    if close := nearest(name, known):
        return f"did you mean {close}?"
    alike = meant(name, known)
    return f"{f'did you mean {alike}? ' if alike else ''}the fields here are {', '.join(known)}"


def of_wrong_type(kind: str, location: Location, value: object, model: type[BaseModel]) -> str | None:
    """What to write instead of *value*, which is not of the type wanted; *kind* is pydantic's name of the error."""
    if kind == "string_type":
        return "put it in quotes" if isinstance(value, int | float) else None
    if kind in {"tuple_type", "list_type"}:
        return _as_list(location, value, model)
    return _as_mapping(location, value, model) if kind.startswith("model") else None


def _as_list(location: Location, value: object, model: type[BaseModel]) -> str | None:
    if isinstance(value, Mapping):
        return "begin each item with a hyphen and a space" if models_at((*location, 0), model) else None
    if not isinstance(value, str) or not takes_texts((*location, 0), model) or _hidden(location, value):
        return None
    items = [written for one in value.split(",") if (written := one.strip())]
    return f"write [{', '.join(map(_written, items))}]" if items else "write []"


def _as_mapping(location: Location, value: object, model: type[BaseModel]) -> str | None:
    wanted = models_at(location, model)
    if value is None:
        return "write {} where nothing is to be said"
    if isinstance(value, bool):
        if not any(_takes(one, {}) for one in wanted):
            return None
        return "write {} for the defaults" if value else "leave the field out"
    if not isinstance(value, str) or not location or _hidden(location, value):
        return None
    field = next((name for one in wanted for name in named_fields(one) if _takes(one, {name: value})), None)
    here = f"{location[-1]}: " if isinstance(location[-1], str) else ""
    return f"write {here}{{{field}: {_written(value)}}}" if field else None


def _takes(model: type[BaseModel], data: Mapping[str, object]) -> bool:
    try:
        model.model_validate(data, by_alias=True, by_name=False)
    except ValidationError:
        return False
    return True


def _hidden(location: Location, value: str) -> bool:
    """Whether the text is not to be repeated: it may be a secret, or is too long to read."""
    names = [part for part in location if isinstance(part, str)]
    secret = looks_like_credential(value) or bool(names and names_a_credential(names[-1]))
    return secret or len(value) > _LONGEST or not value.isprintable()


def _written(text: str) -> str:
    """The text as YAML in one line takes it."""
    bare = _BARE.fullmatch(text) and text.lower() not in _NOT_TEXTS
    return text if bare else json.dumps(text, ensure_ascii=False)


def _words(name: str) -> set[str]:
    return set(filter(None, re.split(r"[_\W]+", name.lower())))
