"""Further AWS accounts that people of one connector sign in to, and how their part is deployed.

Not here: the account that the connector itself is deployed to (`connector.py`).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Annotated, ClassVar, Literal

from pydantic import AfterValidator, Field

from saml_connectors.problems import Problem
from saml_connectors.spec.connector import Account
from saml_connectors.spec.findings import shown
from saml_connectors.spec.model import Flag, SpecModel, refuse
from saml_connectors.spec.values import Text, repeated, spelled

_UNIT = re.compile(r"r-[a-z0-9]{4,32}|ou-[a-z0-9]{4,32}-[a-z0-9]{8,32}")


def _unit(value: str) -> str:
    if not _UNIT.fullmatch(value):
        raise refuse(
            "organizational-unit", "must be the id of a root or an organizational unit, such as ou-ab12-11223344"
        )
    return value


class OtherAccounts(SpecModel):
    """Accounts that get the provider and the roles too, for one and the same application."""

    ids: tuple[Account, ...]
    """Account ids.  No other account gets anything.  A StackSet never deploys to the organization's management
    account."""

    deployed_by: Literal["stack-set", "stacks"] = "stack-set"
    """`stack-set`: the connector's stack holds a service-managed StackSet, so that one deployment does all; it must be
    in the organization's management account or a delegated administrator's.  `stacks`: a stack for each account,
    deployed after the connector's, that looks the application up in the directory by its slug; the secret with the
    credential must be in each account.  Default: `stack-set`."""

    organizational_units: tuple[Annotated[str, AfterValidator(_unit), spelled(_UNIT, "ou-ab12-11223344")], ...] = ()
    """For a StackSet: ids of the root or the organizational units that the accounts are in.  Default: none, which is
    right only with `stacks`."""

    delegated_admin: Flag = False
    """For a StackSet: whether the connector's account is a delegated administrator.  Default: it is the management
    account."""

    revision: Annotated[Text, Field(examples=["2027-01"])] | None = None
    """For stacks: any text.  Another one lets each of them read the application again, as after its certificate was
    renewed.  Default: they read it when something else about it changes."""

    rests_on: ClassVar = {
        "organizational-units-missing": ("deployed_by",),
        "stack-set-only": ("deployed_by",),
        "stacks-only": ("deployed_by",),
    }

    def rules(self) -> Iterator[Problem]:
        """What each way of deploying needs."""
        if not self.ids:
            yield Problem(code="accounts-missing", field="ids", rule="must name at least one account")
        for index, account in repeated(self.ids):
            rule = "must name each account once"
            yield Problem(code="account-twice", field=f"ids[{index}]", rule=rule, given=shown(account))
        if self.deployed_by == "stack-set" and not self.organizational_units:
            yield Problem(
                code="organizational-units-missing",
                field="organizational_units",
                rule="must be given for a StackSet: AWS chooses accounts from organizational units",
                fix="write the root's id, or deployed_by: stacks",
            )
        for index, unit in repeated(self.organizational_units):
            rule, field = "must name each unit once", f"organizational_units[{index}]"
            yield Problem(code="organizational-unit-twice", field=field, rule=rule, given=shown(unit))
        if self.deployed_by == "stacks":
            for name in ("organizational_units", "delegated_admin"):
                if getattr(self, name):
                    rule = "must be left out where the accounts are deployed by stacks of their own"
                    yield Problem(code="stack-set-only", field=name, rule=rule)
        elif self.revision is not None:
            rule = "must be left out for a StackSet, which is told of a new certificate by itself"
            yield Problem(code="stacks-only", field="revision", rule=rule)
