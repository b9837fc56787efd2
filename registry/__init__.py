"""The registry type `SamlConnectors::JumpCloud::Application`: its schema, its package, and AWS's contract tests of it.

Not here: the handlers, which are a part of the library (`constructs/saml_connectors/registry_type/`).
"""
