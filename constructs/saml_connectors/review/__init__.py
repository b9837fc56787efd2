"""What a change means for people who sign in, told from synthesized templates alone: before, after, and by how much.

No aws_cdk, no Node, no network, no clock: the time is an argument.  Not here: single mistakes (`checks/`).
"""

from saml_connectors.review.assembling import review
from saml_connectors.review.changes import Change, Compared, Review
from saml_connectors.review.documents import as_json, as_sarif
from saml_connectors.review.markdown import markdown
from saml_connectors.review.risk import Risk

__all__ = ["Change", "Compared", "Review", "Risk", "as_json", "as_sarif", "markdown", "review"]
