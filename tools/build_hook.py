"""Refuse to build a distribution whose blocking twins are not what their sources give."""

import subprocess
import sys
from pathlib import Path
from typing import Any

from hatchling.builders.config import BuilderConfig
from hatchling.builders.hooks.plugin.interface import BuildHookInterface


class TwinsAreCurrent(BuildHookInterface[BuilderConfig]):
    """Ask the generator, with the command that a developer would use.

    The hook fails and does not repair: what is shipped is what was committed, typed and tested.
    An sdist carries the generator, so a wheel that is made from one is checked as well.
    """

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:  # noqa: ARG002
        """Stop the build where the check fails."""
        if version == "editable":
            return  # ships nothing but the path to a tree in which someone is at work
        script = Path(self.root, "tools", "generate.py")
        check = subprocess.run(  # noqa: S603  (our own script)
            [sys.executable, "-X", "utf8", str(script), "--check"],
            capture_output=True,
            encoding="utf-8",
            check=False,
        )
        if check.returncode:
            self.app.abort(f"{check.stderr}Nothing was built, for the reasons above.")
