"""What this package takes from the package beside it: the CloudFormation protocol, under whichever name it has there.

In the function the folder above is the root, so that package is `jumpcloud`; anywhere else it is a part of the
library.  This is the only module that knows.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING or __name__ != "identity_store.protocol":
    from saml_connectors.provider.jumpcloud import exchange, reply
    from saml_connectors.provider.jumpcloud.alarm import Alarm
    from saml_connectors.provider.jumpcloud.credentials import RIGHT_WAITS_SECONDS
    from saml_connectors.provider.jumpcloud.deadline import Deadline
    from saml_connectors.provider.jumpcloud.errors import DeadlineExceeded, GroupError, ProviderError
    from saml_connectors.provider.jumpcloud.journal import Journal
    from saml_connectors.provider.jumpcloud.properties import Properties
    from saml_connectors.provider.jumpcloud.session import NOTHING_MADE, Event, Outcome
    from saml_connectors.provider.jumpcloud.transport import HttpsTransport, Transport
else:
    from jumpcloud import exchange, reply
    from jumpcloud.alarm import Alarm
    from jumpcloud.credentials import RIGHT_WAITS_SECONDS
    from jumpcloud.deadline import Deadline
    from jumpcloud.errors import DeadlineExceeded, GroupError, ProviderError
    from jumpcloud.journal import Journal
    from jumpcloud.properties import Properties
    from jumpcloud.session import NOTHING_MADE, Event, Outcome
    from jumpcloud.transport import HttpsTransport, Transport

__all__ = [
    "NOTHING_MADE",
    "RIGHT_WAITS_SECONDS",
    "Alarm",
    "Deadline",
    "DeadlineExceeded",
    "Event",
    "GroupError",
    "HttpsTransport",
    "Journal",
    "Outcome",
    "Properties",
    "ProviderError",
    "Transport",
    "exchange",
    "reply",
]
