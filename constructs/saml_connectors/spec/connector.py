"""What every kind of connector has: its kind, its name, and where it is deployed.

Not here: the kinds themselves.
"""

from __future__ import annotations

import re
from typing import Annotated

from pydantic import AfterValidator, Field

from saml_connectors.spec.model import SpecModel, refuse
from saml_connectors.spec.values import ConnectorName, spelled

_ACCOUNT = re.compile(r"\d{12}")
REGION = re.compile(r"[a-z]{2,4}(?:-[a-z]+)+-\d{1,2}")


def _account(value: str) -> str:
    if not _ACCOUNT.fullmatch(value):
        raise refuse("account-id", "must be an AWS account id: 12 digits")
    return value


def check_region(value: str) -> str:
    """*value*, where it is a region's name."""
    if not REGION.fullmatch(value):
        raise refuse("region", "must be an AWS region, such as eu-west-1")
    return value


Account = Annotated[str, AfterValidator(_account), spelled(_ACCOUNT, "111122223333")]
"""An AWS account id."""

Region = Annotated[str, AfterValidator(check_region), spelled(REGION, "eu-west-1")]
"""An AWS region."""


class Environment(SpecModel):
    """The AWS account and region that a connector is deployed to."""

    account: Account | None = None
    """AWS account id.  Default: the account of the credential that deploys."""

    region: Region | None = None
    """AWS region.  Default: the region that the CDK command line is set to."""


class ConnectorSpec(SpecModel):
    """One way to sign in: a directory application plus its AWS side."""

    name: Annotated[ConnectorName, Field(examples=["portal"])]
    """Name of the connector, unique in the app: lower-case letters, digits and hyphens."""

    aws: Environment = Environment()
    """Where it is deployed.  Default: wherever the CDK command line is pointed."""
