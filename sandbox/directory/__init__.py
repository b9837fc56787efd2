"""A JumpCloud-style directory: its admin API with its quirks, a portal, a sign-in page, and a real SAML 2.0 IdP.

An emulator, made from documented and observed behaviour; not JumpCloud, and no proof of what JumpCloud answers today.
"""
