"""Automatic provisioning (SCIM) looked at from both sides: what the directory would send, and what AWS has.

It only reads.  Not here: provisioning itself, which the directory does.
"""
