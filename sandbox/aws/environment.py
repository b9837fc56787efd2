"""The two environments of the local AWS: what the server runs in and what its clients need; no setting is read here."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Mapping

HOST: Final = "127.0.0.1"
"""The only address that the local AWS listens on."""

ACCOUNT: Final = "000000000000"
"""The account of everybody whose access key id is not itself a 12-digit account id."""

SET_BY_THE_SYSTEM: Final = frozenset({"LC_CTYPE", "PWD", "SHLVL", "_", "OLDPWD", "__CF_USER_TEXT_ENCODING"})
"""Variables that Python, a shell or macOS add by themselves; they do not make an environment dirty."""


def server_environment(*, state_dir: Path, port: int, region: str) -> dict[str, str]:
    """Everything that the server, and so every Lambda function in it, may see of the machine's environment.

    `PATH` begins with the folder of this Python, where a `node` installed as a wheel lies: functions in JavaScript
    run on it.
    """
    return {
        "PATH": os.pathsep.join([str(Path(sys.executable).parent), "/usr/local/bin", "/usr/bin", "/bin"]),
        "HOME": str(state_dir),
        "TMPDIR": str(state_dir / "tmp"),
        "LANG": "C.UTF-8",
        "STATE_DIR": str(state_dir / "state"),
        "S3_DATA_DIR": str(state_dir / "s3"),
        "BIND_HOST": HOST,
        "MINISTACK_HOST": HOST,
        "GATEWAY_PORT": str(port),
        "MINISTACK_REGION": region,
        "PERSIST_STATE": "0",
        "IOT_MTLS_ENABLED": "0",
        "SFTP_ENABLED": "0",
        "AUTH": "true",
    }


def client_environment(*, endpoint_url: str, region: str, account: str | None = None) -> dict[str, str]:
    """The variables with which boto3 and the CDK command line talk to the local AWS, and to nothing else.

    Args:
        endpoint_url: Where it is.
        region: The region.
        account: Id of the account.  Default: `ACCOUNT`.
    """
    return {
        "AWS_ACCESS_KEY_ID": account or "test",
        "AWS_SECRET_ACCESS_KEY": "test",
        "AWS_REGION": region,
        "AWS_DEFAULT_REGION": region,
        "AWS_ENDPOINT_URL": endpoint_url,
        "AWS_CONFIG_FILE": os.devnull,
        "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
        "AWS_EC2_METADATA_DISABLED": "true",
        "NO_PROXY": f"{HOST},localhost",
        "no_proxy": f"{HOST},localhost",
        "CI": "true",
    }


def stray_variables(found: Mapping[str, str], wanted: Mapping[str, str]) -> list[str]:
    """Names of the variables in which *found* differs from *wanted*, less those that the system sets by itself."""
    names = (set(found) | set(wanted)) - SET_BY_THE_SYSTEM
    return sorted(name for name in names if found.get(name) != wanted.get(name))
