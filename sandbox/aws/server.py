"""Install the plug-ins and serve; the environment has to be the clean one already, since the emulator reads it."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any, cast

from hypercorn.asyncio import serve
from hypercorn.config import Config

from sandbox.aws import (
    cloudformation_types,
    control_plane,
    custom_resources,
    federated_sessions,
    iam_types,
    identity_pools,
    metric_namespaces,
    policy_variables,
    pre_token,
    saml_providers,
    seams,
    sign_in,
    sts_saml,
    template_conditions,
    token_endpoint,
)
from sandbox.aws.environment import HOST
from sandbox.aws.http_surface import HttpSurface
from sandbox.aws.identity_center import plug_in as identity_center

if TYPE_CHECKING:
    from hypercorn.typing import ASGIFramework

KEEP_ALIVE_SECONDS = 75


def strict_application() -> Any:
    """The emulator's application with everything added, ready to be served.

    Raises:
        RuntimeError: The installed emulator is not the one that the plug-ins are written for.
    """
    if problems := seams.problems():
        raise RuntimeError(
            f"starting the local AWS with {seams.EMULATOR}: {'; '.join(problems)}; install the pinned one"
        )
    # Types first: they call the services by names that the later ones make strict.
    for plug_in in (
        cloudformation_types,
        iam_types,
        template_conditions,
        custom_resources,
        control_plane,
        saml_providers,
        metric_namespaces,
        policy_variables,
        federated_sessions,
        sts_saml,
        identity_pools,
        sign_in,
        pre_token,
        token_endpoint,
        identity_center,
    ):
        plug_in.install()
    return HttpSurface(seams.app.asgi)


def run(port: int) -> None:
    """Serve on 127.0.0.1 until SIGINT or SIGTERM."""
    configuration = Config()
    configuration.bind = [f"{HOST}:{port}"]
    configuration.keep_alive_timeout = KEEP_ALIVE_SECONDS
    configuration.graceful_timeout = 1.0
    configuration.accesslog = None
    asyncio.run(serve(cast("ASGIFramework", strict_application()), configuration))
