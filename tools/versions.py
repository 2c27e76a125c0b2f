"""Print, as JSON, the versions in this environment, and the server that tests would use."""

import json
import platform
import sys
from importlib.metadata import version
from pathlib import Path

# Run as a script, this file finds only its own folder on the path.
sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from tests.support.binary import find_binary

PACKAGES = ("redis", "hiredis", "openai-agents", "openai")

server = find_binary()
print(
    json.dumps(
        {name: version(name) for name in PACKAGES}
        | {
            "python": platform.python_version(),
            "server": f"{server.name} {'.'.join(map(str, server.version))}",
        }
    )
)
