"""The companion custom resource that looks up groups of an identity store.

Runs in AWS Lambda with the standard library, the runtime's boto3 and, for the protocol, `jumpcloud` beside it.
"""
