"""The watch over a connector: who is told, and how many days before something ends.

Not here: what is watched, and how (`connector_watch.py`).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING, Annotated, Final

from pydantic import AfterValidator, Field

from saml_connectors.problems import Problem
from saml_connectors.spec.findings import shown
from saml_connectors.spec.model import Count, SpecModel, refuse
from saml_connectors.spec.values import spelled

if TYPE_CHECKING:
    from saml_connectors.spec.directory import Directory
    from saml_connectors.spec.metadata_source import MetadataSource

LONGEST_WARNING_DAYS: Final = 364
"""What a year's certificate or token lasts: an earlier warning would never be off."""

RESTS_ON: Final = {"watch-nothing": ("directory", "metadata"), "watch-topic-region": ("aws.region",)}
"""Codes with the other fields that the rules compare with, as in `SpecModel.rests_on`."""

_TOPIC = re.compile(r"arn:aws(?:-[a-z]{1,5}){0,3}:sns:[a-z0-9-]+:\d{12}:[A-Za-z0-9_-]{1,256}")


def warning_problem(days: int, *, code: str) -> Problem | None:
    """What is wrong with a warning of so many days, if anything."""
    if 1 <= days <= LONGEST_WARNING_DAYS:
        return None
    return Problem(code=code, field="warn_days", rule=f"must be 1 to {LONGEST_WARNING_DAYS} days", given=str(days))


def _warn_days(value: int) -> int:
    problem = warning_problem(value, code="watch-warn-days")
    if problem is not None:
        raise refuse(problem.code, problem.rule)
    return value


def _topic(value: str) -> str:
    if not _TOPIC.fullmatch(value):
        fix = "an alarm publishes to no FIFO topic" if value.endswith(".fifo") else None
        raise refuse("watch-topic", "must be the ARN of an SNS topic", fix=fix)
    return value


class Watch(SpecModel):
    """Alarms for what ends and for what was changed by hand."""

    warn_days: Annotated[
        Count,
        AfterValidator(_warn_days),
        Field(json_schema_extra={"minimum": 1, "maximum": LONGEST_WARNING_DAYS}),
    ] = 30
    """How many days before a certificate, a token or a credential ends the alarm goes off.  Default: 30."""

    topic: (
        Annotated[str, AfterValidator(_topic), spelled(_TOPIC, "arn:aws:sns:eu-west-1:111122223333:identity-alarms")]
        | None
    ) = None
    """ARN of the SNS topic that the alarms tell, in the connector's region.  CloudWatch must be allowed to publish to
    it, and to use its key.  Default: a topic is made; subscribe to it."""


def rules(
    watch: Watch | None, *, directory: Directory | None, metadata: MetadataSource | None, region: str | None
) -> Iterator[Problem]:
    """What does not go together between a connector and its watch."""
    if watch is None:
        return
    if directory is None and (metadata is None or metadata.url is not None):
        if metadata is None:
            rule = "must be left out where nothing is registered in a directory and no metadata is given"
        else:
            rule = "must be left out where Cognito reads the metadata from a URL: nobody else sees its certificates"
        yield Problem(code="watch-nothing", field="watch", rule=rule)
    if watch.topic is not None and region is not None and watch.topic.split(":")[3:4] != [region]:
        yield Problem(
            code="watch-topic-region",
            field="watch.topic",
            rule=f"must be a topic in {region}, where aws.region says that the connector is deployed",
            given=shown(watch.topic),
            fix="an alarm tells topics of its own region only",
        )
