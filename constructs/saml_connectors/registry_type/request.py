"""What CloudFormation's registry asks of a handler, typed: a damaged request too, and who may be asked for the secret.

Not here: what the properties mean (`wanted.py`), and what is done about them (`operations.py`).
"""

from __future__ import annotations

from types import MappingProxyType
from typing import NamedTuple

from .problems import InvalidRequest

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

TYPE_NAME = "SamlConnectors::JumpCloud::Application"
CREATE, READ, UPDATE, DELETE, LIST = "CREATE", "READ", "UPDATE", "DELETE", "LIST"
ACTIONS = (CREATE, READ, UPDATE, DELETE, LIST)

_DESIRED, _PREVIOUS = "resourceProperties", "previousResourceProperties"

_AS_BOTO3 = MappingProxyType(
    {
        "accessKeyId": "aws_access_key_id",
        "secretAccessKey": "aws_secret_access_key",
        "sessionToken": "aws_session_token",
    }
)


def _text(value: Any) -> str:
    return value if isinstance(value, str) else ""


def _object(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


class Request(NamedTuple):
    """One request.  What is missing or damaged is empty, until `check` is asked.

    Attributes:
        token: The same for every try of one operation.
        properties: What is wanted; of a read or a delete, no more need be there than an identifier.
        previous: Of an update: what was wanted before.
        configuration: The type's own configuration, one in an account and region.
        caller: Credentials of the person or role who deploys, as boto3 names them.
        provider: Credentials for the type's log, likewise.
        damage: What is wrong with the request as a whole; empty: nothing.
    """

    action: str
    token: str
    region: str
    account: str
    resource_type: str
    stack_id: str
    logical_id: str
    next_token: str
    properties: Mapping[str, Any]
    previous: Mapping[str, Any]
    configuration: Mapping[str, Any]
    caller: Mapping[str, str]
    provider: Mapping[str, str]
    log_group: str
    damage: str = ""

    @classmethod
    def read(cls, raw: Any) -> Request:
        """Read a request, whatever it is."""
        event = _object(raw)
        data = _object(event.get("requestData"))
        region = _text(event.get("region"))
        action = _text(event.get("action"))
        return cls(
            action=action,
            token=_text(event.get("bearerToken")),
            region=region,
            account=_text(event.get("awsAccountId")),
            resource_type=_text(event.get("resourceType")) or TYPE_NAME,
            stack_id=_text(event.get("stackId")),
            logical_id=_text(data.get("logicalResourceId")),
            next_token=_text(event.get("nextToken")),
            properties=_object(data.get(_DESIRED)),
            previous=_object(data.get(_PREVIOUS)),
            configuration=_object(data.get("typeConfiguration")),
            caller=_credentials(data.get("callerCredentials"), region),
            provider=_credentials(data.get("providerCredentials"), region),
            log_group=_text(data.get("providerLogGroupName")),
            damage=_damage(raw, event, data, action),
        )

    @property
    def secrets(self) -> list[str]:
        """What must be in no log and no answer."""
        return [value for part in (self.caller, self.provider) for name, value in part.items() if name != "region_name"]

    def check(self) -> None:
        """Refuse what cannot be meant.

        Raises:
            InvalidRequest: With what is wrong.
        """
        if self.damage:
            fix = "send what CloudFormation sends; a request of CloudFormation's own that is refused so is a bug here"
            raise InvalidRequest("reading the request", self.damage, fix)

    def __repr__(self) -> str:
        """Neither credentials nor properties."""
        return f"Request({self.action} {self.resource_type} {self.logical_id})"


def _damage(raw: Any, event: Mapping[str, Any], data: Mapping[str, Any], action: str) -> str:
    """The first thing that is wrong with a request as a whole; empty: nothing."""
    named = event.get("resourceType")
    needs_properties = action != LIST
    wrong = {
        "it is no JSON object": not isinstance(raw, dict),
        f"its action is {action!r}, not one of {', '.join(ACTIONS)}": action not in ACTIONS,
        f"its resourceType is {named!r}, not {TYPE_NAME}": named not in (None, TYPE_NAME),
        "its requestData is no object": not isinstance(event.get("requestData"), dict),
        "its resourceProperties are no object": needs_properties and not isinstance(data.get(_DESIRED), dict),
        "its previousResourceProperties are no object": not isinstance(data.get(_PREVIOUS), dict | None),
        "it has no bearerToken, which tells a second try from another create": (
            action == CREATE and not _text(event.get("bearerToken"))
        ),
    }
    return next((cause for cause, is_so in wrong.items() if is_so), "")


def _credentials(value: Any, region: str) -> dict[str, str]:
    """What boto3 is given; empty where there are none: then the function's own count."""
    given = {name: text for key, name in _AS_BOTO3.items() if (text := _text(_object(value).get(key)))}
    return given | ({"region_name": region} if given and region else {})
