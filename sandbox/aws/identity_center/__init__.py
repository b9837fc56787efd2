"""IAM Identity Center for the local AWS: its store, SCIM, APIs, CloudFormation types, console and sign-in.

The emulator has none of it; `plug_in.py` adds it.
"""
