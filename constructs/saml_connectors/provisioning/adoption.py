"""`saml-connectors adopt`: looks an application up in the directory, with who sees it, and hands it to the judgement.

Reads only.  Not here: what becomes of it (`adopted_spec.py`), options and printing.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import Any

from saml_connectors.problems import Problem
from saml_connectors.provider.jumpcloud.directory import Directory as Client
from saml_connectors.provider.jumpcloud.live import APPLICATION_ID, Live
from saml_connectors.provisioning.adopted_draft import Found
from saml_connectors.provisioning.adopted_spec import Adopted, Wish, adopted_spec
from saml_connectors.provisioning.command import World
from saml_connectors.provisioning.directory_sign_in import key_in, sign_in
from saml_connectors.provisioning.trouble import Trouble, telling_of_the_directory
from saml_connectors.spec.directory import Directory
from saml_connectors.spec.findings import shown
from saml_connectors.spec.plain import fill_in
from saml_connectors.spec.shape import nearest

SHOWN_TWINS = 10
_ANY_SECRET = "not-read-here"  # noqa: S105 - stands for a secret's name; none is read


@dataclass(frozen=True, slots=True, kw_only=True)
class AdoptChoice:
    """What the options say."""

    application: str
    kind: str | None = None
    name: str | None = None
    secret: str | None = None
    directory_region: str | None = None
    directory_api_url: str | None = None
    org_id: str | None = None


def run_adopt(choice: AdoptChoice, world: World) -> Adopted:
    """`adopt`: the spec of the application that is meant.

    Raises:
        Trouble: It could not be read, or is none that a connector can take over.
        SpecError: An option is wrong, or no spec can describe the application.
    """
    reach = {"region": choice.directory_region, "api_url": choice.directory_api_url, "org_id": choice.org_id}
    told: dict[str, Any] = {name: value for name, value in reach.items() if value is not None}
    directory = Directory(credentials=choice.secret or _ANY_SECRET, **told)
    text = key_in(world.environment, "to read the directory")
    client = Client(*sign_in(directory, text, world.transport, world.sleep))
    with telling_of_the_directory():
        live = _read(client, choice.application)
        bound = client.bound_groups(live.id)
        groups = [each for each in client.groups() if each["name"]] if bound else []
    count = Counter(each["name"] for each in groups)
    names = sorted(each["name"] for each in groups if each["id"] in bound)
    credentials = choice.secret or fill_in("name of the secret in AWS Secrets Manager that holds the API key")
    return adopted_spec(
        Found(
            live=live,
            groups=tuple(name for name in names if count[name] == 1),
            shared_names=tuple(dict.fromkeys(name for name in names if count[name] > 1)),
        ),
        Wish(kind=choice.kind, name=choice.name, directory={**told, "credentials": credentials}),
    )


def _read(client: Client, application: str) -> Live:
    """The one application with this id, slug or label."""
    live = client.application(application) if APPLICATION_ID.fullmatch(application) else None
    if live is not None:
        return live
    known = list(client.applications())
    found = [each for each in known if each.slug == application and each.template != "bookmark"]
    found = found or [each for each in known if each.label == application]
    if len(found) > 1:
        twins = ", ".join(f"{each.id} ({shown(each.label)})" for each in found[:SHOWN_TWINS])
        rule = f"must mean one application, and {len(found)} have that slug or label"
        raise Trouble(_problem("adopt-several", rule, application, f"name one by its id: {twins}"))
    live = client.application(found[0].id) if found else None
    if live is None:
        close = nearest(application, [each.label for each in known] + [each.slug for each in known])
        fix = f"did you mean {shown(close)}?" if close else f"the directory tells {len(known)} applications"
        rule = "must be the id, the slug or the label of an application in the directory"
        raise Trouble(_problem("adopt-unknown", rule, application, fix))
    return live


def _problem(code: str, rule: str, given: str, fix: str) -> Problem:
    return Problem(code=code, field="application", rule=rule, given=shown(given), fix=fix)
