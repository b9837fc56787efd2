"""Leaves out of a drafted spec what no spec can say, which then stays as it was found; names what is unknown.

Not here: what the draft says (`adopted_spec.py`), and the rules, which the spec owns.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from saml_connectors.problems import Problem, SpecError
from saml_connectors.provisioning.adopted_draft import Draft
from saml_connectors.spec.attribute import STANDARD_ATTRIBUTES
from saml_connectors.spec.findings import Location, parse_path, shown
from saml_connectors.spec.loading import parse
from saml_connectors.spec.plain import fill_in

FILL_IN = "fill-in"
"""Code of what is to be filled in."""

_LEFT_OUT: tuple[Location, ...] = (
    ("application", "description"),
    ("application", "name_id"),
    ("application", "sign"),
    ("application", "sp_certificate"),
    ("application", "default_relay_state"),
    ("user_pool", "groups"),
    ("user_pool", "idp_initiated"),
    ("app_clients", 0, "login_url"),
    ("app_clients", 0, "scopes"),
    ("instance", "access_portal_url"),
)
_LEFT_OUT_OF = {
    "cognito-user-pool": (("application", "constant_attributes"),),
    "identity-center": (("application", "constant_attributes"), ("attributes",)),
}
"""Lists that these kinds need not manage; kind `iam` always manages its own."""

_INSTEAD: dict[Location, Any] = {
    ("app_clients", 0, "callback_urls"): [fill_in("callback URLs of the app client, as the pool has them")],
    ("user_pool", "provider_name"): fill_in("name of the SAML IdP in the pool"),
    ("user_pool", "attributes"): {},
}
"""What stands in the place of a field that cannot be left out."""


def settle(draft: Draft) -> tuple[str, ...]:
    """Leave out what a spec cannot say, until only what is unknown is missing; gives the fields that are.

    Raises:
        SpecError: Something has to be said, and cannot be.
    """
    while True:
        # What stands under a name that is to be filled in is judged under another one: else it is told only afterwards.
        wrong = [each for each in _judged(_named(draft.data)) if each.code != FILL_IN]
        if not any(_leave(draft, each) for each in wrong):  # one at a time: what is left out may settle others
            break
    if wrong:
        what = f"application {shown(draft.found.live.label)}, which no spec can describe as it is"
        raise SpecError([each.at(field=each.field or "application") for each in wrong], what)
    return tuple(_unknown(each) for each in _judged(draft.data))


def _named(data: dict[str, Any]) -> dict[str, Any]:
    """*data* with names for the pool attributes whose names are not known."""
    pool = data.get("user_pool")
    if not pool:
        return data
    names = [
        name if name in STANDARD_ATTRIBUTES else f"custom:a{index}" for index, name in enumerate(pool["attributes"])
    ]
    attributes = dict(zip(names, pool["attributes"].values(), strict=True))
    return {**data, "user_pool": {**pool, "attributes": attributes}}


def _judged(data: dict[str, Any]) -> Iterator[Problem]:
    try:
        parse(data)
    except SpecError as error:
        yield from (each for each in error.problems if each.level == "error")


def _unknown(problem: Problem) -> str:
    """A field, and what is to be filled in there; that of a key without the key."""
    place = problem.field.partition('["<')[0]
    return f"{place}: {problem.rule.partition(': ')[2]}"


def _leave(draft: Draft, problem: Problem) -> bool:
    """Take the field that *problem* is about out of the spec; whether there was one that can be."""
    location, data = parse_path(problem.field), draft.data
    places = (*_LEFT_OUT, *_LEFT_OUT_OF.get(data["kind"], ()), ("application", "groups"))
    if location[:2] == ("application", "groups"):
        places = (location[:3],)
    for place in places:
        if location[: len(place)] == place and _take_out(data, place):
            draft.note(f"{problem.field}: left as found, because a spec's {problem.rule}")
            return True
    for place, instead in _INSTEAD.items():
        if location[: len(place)] == place:
            here = _at(data, place[:-1])
            changed: bool = here[place[-1]] != instead
            here[place[-1]] = instead
            if changed:
                draft.note(f"{problem.field}: not taken over, because a spec's {problem.rule}")
            return changed
    return False


def _take_out(data: Any, place: Location) -> bool:
    here, last = _at(data, place[:-1]), place[-1]
    there = last in here if isinstance(here, dict) else isinstance(here, list)
    if there:
        del here[last]
    return there


def _at(data: Any, place: Location) -> Any:
    for part in place:
        data = data.get(part, {}) if isinstance(data, dict) else data[int(part)]
    return data
