"""Every name of ministack that the sandbox relies on, private ones included, in one table; nothing is changed here.

ministack is pinned exactly, and its files stay untouched: a plug-in asks a `Seam` by the alias on the left, and puts
its own function in place of one with `replace`.  `missing` tells what a changed version no longer has.

Importing this module imports ministack, which reads its environment then: only the server does that.
"""

from __future__ import annotations

import importlib
from importlib.metadata import version
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Mapping

EMULATOR: Final = "ministack"
VERSION: Final = "1.5.33"


class Seam:
    """One module of ministack, by aliases of the names in it that are relied on."""

    def __init__(self, module: str, names: Mapping[str, str]) -> None:
        self._module: Any = importlib.import_module(module)
        self._names = dict(names)

    def __getattr__(self, alias: str) -> Any:
        if alias not in self._names:
            raise AttributeError(f"{alias} is not in the table of names relied on")
        return getattr(self._module, self._names[alias])

    def replace(self, alias: str, replacement: Any) -> Any:
        """Put *replacement* where the module keeps *alias*, and return what was there."""
        original = getattr(self, alias)
        setattr(self._module, self._names[alias], replacement)
        return original

    def missing(self) -> list[str]:
        """Names in the table that the module does not have."""
        return [f"{self._module.__name__}.{name}" for name in self._names.values() if not hasattr(self._module, name)]


app = Seam(
    "ministack.app",
    {
        "asgi": "app",
        "dispatch": "_dispatch_service_request",
        "enforce": "_enforce_data_plane",
        "reset": "_reset_all_state",
    },
)
concurrency = Seam("ministack.core.concurrency", {"run_reentrant": "run_reentrant"})
responses = Seam(
    "ministack.core.responses",
    {
        "json_error": "error_response_json",
        "json": "json_response",
        "account": "get_account_id",
        "region": "get_region",
        "uuid": "new_uuid",
        "request_scope": "request_scope",
    },
)
cognito = Seam(
    "ministack.services.cognito",
    {
        # the control plane
        "pools": "_user_pools",
        "create_provider": "_create_identity_provider",
        "update_provider": "_update_identity_provider",
        "delete_provider": "_delete_identity_provider",
        "create_client": "_create_user_pool_client",
        "update_client": "_update_user_pool_client",
        "create_domain": "_create_user_pool_domain",
        "resource_servers": "_pool_resource_servers",
        "dispatch": "_dispatch_idp",
        "reset": "reset",
        # identity pools
        "identity_pools": "_identity_pools",
        "create_identity_pool": "_create_identity_pool",
        "update_identity_pool": "_update_identity_pool",
        "get_id": "_get_id",
        "get_credentials": "_get_credentials_for_identity",
        "get_open_id_token": "_get_open_id_token",
        # sign-in
        "authorize": "handle_oauth2_authorize",
        "saml_response": "_saml2_idp_response",
        "logout": "handle_logout",
        "page": "_page_shell",
        "acs_url": "_acs_url",
        "find_client": "_find_pool_by_client_id",
        "find_pool": "_get_pool_unscoped",
        "parameter": "_qp",
        "oauth_error": "_oauth2_error",
        "issue_code": "_issue_auth_code_redirect",
        "attributes_to_dict": "_attr_list_to_dict",
        "attributes_to_list": "_dict_to_attr_list",
        "merge_attributes": "_merge_federated_attrs",
        "start_profile": "_start_federated_profile",
        "linked_username": "_linked_username_for_federation",
        "pre_sign_up": "_apply_presignup_trigger",
        "PreSignUpRejected": "_PreSignUpRejected",
        "inbound_federation": "_apply_inbound_federation_trigger",
        "InboundFederationRejected": "_InboundFederationRejected",
        "now": "_now_epoch",
        # tokens
        "token": "_oauth2_token",
        "authenticate_client": "_authenticate_client",
        "refresh_tokens": "_refresh_tokens",
        "signature_valid": "_signature_valid",
        "token_claims": "_token_claims",
        "build_tokens": "_build_auth_result",
        "granted_scopes": "_granted_scopes",
        "id_token_granted": "_id_token_granted",
        "apply_pre_token": "_apply_pretoken_trigger",
        "pre_token_event": "_build_pretoken_event",
    },
)
functions = Seam(
    "ministack.services.lambda_svc",
    {
        "find": "_get_func_record_for_ref",
        "execution_record": "_execution_record_for_config",
        "execute": "_execute_function_with_config_scope",
    },
)
iam = Seam(
    "ministack.services.iam",
    {
        "handlers": "_IAM_HANDLERS",
        "parameter": "_p",
        "error": "_error",
        "xml": "_xml",
        "saml_providers": "_saml_providers",
        "roles": "_roles",
        "policy_known": "policy_known",
        "new_access_key_id": "_gen_session_access_key",
        "new_secret": "_gen_secret",
        "new_session_token": "_gen_session_token",
    },
)
sts = Seam(
    "ministack.services.sts",
    {
        "handle": "handle_request",
        "sessions": "_sessions",
        "register": "register_session",
        "session_policies": "_session_policies",
    },
)
evaluator = Seam(
    "ministack.core.iam_evaluator",
    {
        "Context": "EvalContext",
        "conditions_met": "_conditions_met",
        "condition_key": "_resolve_condition_key",
        "first_match": "_first_match",
        "principal_keys": "_principal_keys",
        "document_problem": "validate_policy_document",
    },
)
actions = Seam("ministack.core.iam_actions", {"tag_context": "request_tag_context"})
cloudformation = Seam("ministack.services.cloudformation", {"stacks": "_stacks"})
provisioners = Seam(
    "ministack.services.cloudformation.provisioners",
    {
        "handlers": "_RESOURCE_HANDLERS",
        "replacing_properties": "_REPLACING_PROPERTIES",
        "physical_name": "_physical_name",
    },
)
operations = Seam(
    "ministack.services.cloudformation.stacks",
    {
        "resolve_dynamic_references": "_resolve_dynamic_references",
        "roll_back": "_roll_back_operation",
        "evaluate_conditions": "_evaluate_conditions",
    },
)
stack_api = Seam(
    "ministack.services.cloudformation.handlers",
    {"roll_back": "_roll_back_operation", "evaluate_conditions": "_evaluate_conditions"},
)
templates = Seam("ministack.services.cloudformation.engine", {"evaluate_conditions": "_evaluate_conditions"})
change_sets = Seam("ministack.services.cloudformation.changesets", {"evaluate_conditions": "_evaluate_conditions"})
custom_resource = Seam(
    "ministack.services.cloudformation.custom_resource",
    {
        "invoke": "invoke_custom_resource",
        "register": "register_token",
        "deliver": "deliver_response",
        "pending": "_pending",
        "lock": "_lock",
        "response_url": "_response_url",
        "as_strings": "_normalise_resource_properties",
    },
)

SEAMS: Final = (
    app,
    concurrency,
    responses,
    cognito,
    functions,
    iam,
    sts,
    evaluator,
    actions,
    cloudformation,
    provisioners,
    operations,
    stack_api,
    templates,
    change_sets,
    custom_resource,
)


def problems() -> list[str]:
    """What is not as the plug-ins need it: another version, or names that are gone."""
    found = version(EMULATOR)
    wrong = [] if found == VERSION else [f"version {found}, but the plug-ins are written for {VERSION}"]
    return [*wrong, *(f"{name} is gone" for seam in SEAMS for name in seam.missing())]
