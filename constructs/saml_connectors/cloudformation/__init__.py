"""CloudFormation templates as they were synthesized: read, their intrinsic functions followed as far as they are known.

No aws_cdk, no Node, no network.  Not here: what is wrong with them (`checks/`), and what they mean for people who sign
in (`review/`).
"""

from saml_connectors.cloudformation.assembly import Assembly, read
from saml_connectors.cloudformation.intrinsics import Reference, Text, Unknown
from saml_connectors.cloudformation.template import Acknowledgement, Resource, Template

__all__ = ["Acknowledgement", "Assembly", "Reference", "Resource", "Template", "Text", "Unknown", "read"]
