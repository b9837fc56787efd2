"""The companion custom resources: they register applications in a JumpCloud-style directory.

Runs in AWS Lambda with the standard library and the runtime's boto3 alone.
"""
