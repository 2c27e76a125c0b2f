"""Print as JSON the versions in this environment, and the server that the tests would use."""

import json
import platform
import sys
from importlib.metadata import version
from pathlib import Path

# When this file runs as a script, only its own folder is on the path.
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
