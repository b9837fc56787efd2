"""Connectors as they are deployed: a stack read from CloudFormation and compared with what lives in directory and AWS.

Reads only.  Not here: templates before they are deployed (`checks/`, `review/`), and changing anything.
"""
