"""Find the server on PATH that the tests would use."""

import os
from unittest.mock import patch

from tests.support.binary import NoServerError, find_binary


def find_system_server() -> str:
    """Return its name and version, or "" if there is none."""
    with patch.dict(os.environ, REDIS_SERVER="system"):
        try:
            return str(find_binary())
        except NoServerError:
            return ""
