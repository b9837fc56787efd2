"""What a stage for deployed stacks and its tests both name: account, pool, roles, and how AWS refuses."""

from __future__ import annotations

from botocore.exceptions import ClientError  # type: ignore[import-untyped]  # it ships no types

REGION, ACCOUNT = "eu-central-1", "123456789012"
POOL = "eu-central-1_AbCdEf123"
DOMAIN = "https://acme.auth.eu-central-1.amazoncognito.com"
PROVIDER = f"arn:aws:iam::{ACCOUNT}:saml-provider/JumpCloud"
ROLE = "https://aws.amazon.com/SAML/Attributes/Role"
SESSION_NAME = "https://aws.amazon.com/SAML/Attributes/RoleSessionName"


def refused(code: str, operation: str) -> ClientError:
    """What boto3 raises where AWS refuses."""
    return ClientError({"Error": {"Code": code, "Message": code}}, operation)
