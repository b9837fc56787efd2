"""`python -m sandbox.relying_party --port 8400 --config FILE.json`: serve the portal on this machine, until stopped.

Not here: the settings' making, which the demonstration does from a stack's outputs.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

import httpx
import uvicorn

from sandbox.relying_party.portal import Portal
from sandbox.relying_party.settings import SettingsError, read_settings


def main() -> None:
    """Read the settings, serve the pages."""
    parser = argparse.ArgumentParser(prog="python -m sandbox.relying_party", description="Serve the demo portal.")
    parser.add_argument("--port", type=int, default=8400, help="port on 127.0.0.1 (default: %(default)s)")
    parser.add_argument("--config", type=Path, required=True, metavar="FILE", help="JSON file with the app client")
    arguments = parser.parse_args()
    try:
        settings = read_settings(arguments.config)
    except SettingsError as error:
        sys.exit(str(error))
    with httpx.Client(timeout=10) as http:
        application = Portal(settings, http).application()
        uvicorn.run(application, host="127.0.0.1", port=arguments.port, log_level="warning")


if __name__ == "__main__":
    main()
