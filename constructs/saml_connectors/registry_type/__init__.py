"""The provider's core as a type of CloudFormation's registry: `SamlConnectors::JumpCloud::Application`.

A package of its own beside `provider/`: registered once in an account, it is never a part of the custom resource's
function.  `registry/` in the project's root has its schema and builds what is registered.
"""
