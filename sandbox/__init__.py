"""The sandbox: a local AWS and a JumpCloud-style directory, for trying a connector end to end without an account.

Nothing here is part of the library, and no library code imports it.
"""
