"""One question to the identity store: which id has the group of this name; and what each of its refusals means.

Not here: asking again (`search.py`).
"""

from __future__ import annotations

import re
from importlib import import_module

from .protocol import GroupError, ProviderError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any, Protocol

    class Client(Protocol):
        """The one operation that is used of boto3's client."""

        def get_group_id(self, **question: Any) -> Mapping[str, Any]:
            """Ask for a group's id."""


CONNECT_SECONDS, READ_SECONDS = 5, 10
"""The longest that connecting, and waiting for the next bytes of an answer, may take."""

MOST_SHOWN_CHARACTERS = 200
"""Of the group's name, and of what the identity store itself says about a refusal."""

GROUP_ID = re.compile(r"([0-9a-f]{10}-)?[0-9A-Fa-f]{8}(-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}")

PROVISION = (
    "turn provisioning on in the directory, bind the group to the application, or run `saml-connectors scim verify`"
)
_DENIED = frozenset({"AccessDeniedException", "AccessDenied"})
_TRANSIENT = frozenset(
    {
        "ThrottlingException",
        "Throttling",
        "TooManyRequestsException",
        "InternalServerException",
        "InternalFailure",
        "ServiceUnavailableException",
        "ServiceUnavailable",
    }
)
_TOO_MANY_REQUESTS, _SERVER_ERROR = 429, 500


class StoreError(ProviderError):
    """The identity store cannot be asked, or not so: asking again will not help."""


class Denied(StoreError):  # noqa: N818 - reads as what happened
    """The function may not ask; the right may have been given a moment ago, in the same deployment."""


class Busy(StoreError):  # noqa: N818 - reads as what happened
    """It did not answer this time.

    Args:
        doing: As everywhere.
        cause: As everywhere.
        fix: As everywhere.
        wait: Seconds that the identity store asks to wait.  Default: it does not say.
    """

    def __init__(self, doing: str, cause: str, fix: str, *, wait: float = 0.0) -> None:
        super().__init__(doing, cause, fix)
        self.wait = wait


class Absent(GroupError):  # noqa: N818 - reads as what happened
    """The group is not there, or not yet."""


def open_client() -> Client:
    """A client for the region of the function, that neither hangs nor tries again by itself."""
    boto3 = import_module("boto3")
    config = import_module("botocore.config").Config(
        connect_timeout=CONNECT_SECONDS, read_timeout=READ_SECONDS, retries={"total_max_attempts": 1}
    )
    client: Client = boto3.client("identitystore", config=config)
    return client


def looking_up(display_name: str) -> str:
    """The beginning of each sentence, which leaves room for the rest of it."""
    if len(display_name) > MOST_SHOWN_CHARACTERS:
        display_name = f"{display_name[:MOST_SHOWN_CHARACTERS]}…"
    return f"looking up group {display_name!r}"


def group_id(client: Client, store_id: str, display_name: str) -> str:
    """The id of the group.

    Raises:
        Absent: There is no such group now.
        Busy: It cannot be told now.
        Denied: The function may not ask.
        StoreError: It will never be told.
    """
    doing = looking_up(display_name)
    exceptions = import_module("botocore.exceptions")
    name = {"AttributePath": "displayName", "AttributeValue": display_name}
    try:
        answer = client.get_group_id(IdentityStoreId=store_id, AlternateIdentifier={"UniqueAttribute": name})
    except exceptions.ClientError as error:
        raise refusal(doing, store_id, error.response) from None
    except (exceptions.ConnectionError, exceptions.HTTPClientError) as error:  # every way in which a connection fails
        fix = "deploy again, and check that the function can reach identitystore in this region"
        raise Busy(doing, f"identity store {store_id} did not answer ({type(error).__name__})", fix) from None
    found = answer.get("GroupId")
    if not isinstance(found, str) or not GROUP_ID.fullmatch(found):
        cause = f"identity store {store_id} answered without the id of a group"
        raise StoreError(doing, cause, "deploy again; if it happens again, report it as an issue of this library")
    return found


def refusal(doing: str, store_id: str, response: Mapping[str, Any]) -> ProviderError:
    """What a refusal means."""
    told = response.get("Error", {})
    code = str(told.get("Code", "")) or "an error"
    status = response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0)
    if code in _TRANSIENT or status == _TOO_MANY_REQUESTS or status >= _SERVER_ERROR:
        fix = "deploy again; if it happens again, deploy fewer stacks at once"
        wait = response.get("RetryAfterSeconds")
        wanted = float(wait) if isinstance(wait, int | float) else 0.0
        return Busy(doing, f"identity store {store_id} does not take the question now ({code})", fix, wait=wanted)
    reason = str(response.get("Reason") or "")
    if reason.startswith("KMS_"):
        cause = f"the KMS key that encrypts identity store {store_id} cannot be used ({reason})"
        kind = Denied if code in _DENIED else StoreError
        return kind(doing, cause, "check the key, and allow the function's role kms:Decrypt with it")
    if code in _DENIED:
        cause = f"the function may not ask identity store {store_id} ({code})"
        fix = (
            "allow identitystore:GetGroupId on the store and on its groups, also in service control policies, and "
            "deploy to the account that has Identity Center, or to its delegated administrator"
        )
        return Denied(doing, cause, fix)
    if code == "ResourceNotFoundException":
        if response.get("ResourceType") == "IDENTITY_STORE":
            cause = f"there is no identity store {store_id} in this account and region"
            fix = (
                "copy its id from the Identity Center console (Settings), and deploy to the region and the account "
                "that has Identity Center, or to its delegated administrator"
            )
            return StoreError(doing, cause, fix)
        return Absent(doing, f"it is not in identity store {store_id}", PROVISION)
    says = " ".join(str(told.get("Message", "")).split())[:MOST_SHOWN_CHARACTERS]
    cause = f"identity store {store_id} refuses the question ({code}{': ' if says else ''}{says})"
    return StoreError(doing, cause, "correct DisplayName or IdentityStoreId")
