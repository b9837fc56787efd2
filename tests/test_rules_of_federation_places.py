"""Claims about the rules of sign-in to AWS where account or region decide what is right."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from saml_connectors.checks import judge
from saml_connectors.cloudformation import Assembly

pytest_plugins = ["tests.rule_examples_fixtures"]

TRUST = "trust-no-audience"
AUDIENCE = "StringEquals: {SAML:aud: https://signin.aws.amazon.com/saml}"
PRINCIPAL = "{Federated: !Ref Provider}"

PLACES: dict[str, tuple[str, list[tuple[str, str]], Mapping[str, Any], set[str]]] = {
    "the commercial address in GovCloud": (TRUST, [], {"region": "us-gov-west-1"}, {"trust-audience-partition"}),
    "the commercial address in a partition without a known one": (
        TRUST,
        [],
        {"region": "eusc-de-east-1"},
        {"trust-audience-partition"},
    ),
    "the audience's URN in a partition without a known address": (
        TRUST,
        [(AUDIENCE, "StringEquals: {SAML:aud: urn:amazon:webservices}")],
        {"region": "eusc-de-east-1"},
        {"trust-audience-wrong"},
    ),
    "an ARN of the account that is deployed to": (
        TRUST,
        [(PRINCIPAL, "{Federated: arn:aws:iam::111122223333:saml-provider/Jumpcloud}")],
        {"account": "111122223333"},
        {"trust-provider-misspelt"},
    ),
}


@pytest.mark.parametrize("case", PLACES)
def test_what_the_place_makes_a_mistake_is_found(
    case: str, project: Path, example_template: Callable[..., Assembly], rule_time: datetime
) -> None:
    """Account and region, where they are known, decide what is right."""
    code, changes, place, expected = PLACES[case]
    text = (project / "docs" / "rules" / f"{code}.passes.yaml").read_text(encoding="utf-8")
    for old, new in changes:
        assert old in text, old
        text = text.replace(old, new, 1)
    assert {finding.code for finding in judge(example_template(text, **place), now=rule_time)} == expected
