"""The function that measures how long things last that have to be renewed by hand.

Runs in AWS Lambda with the standard library and the runtime's boto3 alone.
"""
