"""Refuse to build a distribution whose blocking twins are out of date."""

import subprocess
import sys
from pathlib import Path
from typing import Any

from hatchling.builders.config import BuilderConfig
from hatchling.builders.hooks.plugin.interface import BuildHookInterface


class TwinsAreCurrent(BuildHookInterface[BuilderConfig]):
    """Check with the generator, by the same command that a developer would use.

    The hook does not repair anything, so that a distribution contains only committed, type-checked
    and tested code. An sdist contains the generator, so a wheel built from it is checked too.
    """

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:  # noqa: ARG002
        """Stop the build if the check fails."""
        if version == "editable":
            return  # contains only the path to a tree that someone is working on
        script = Path(self.root, "tools", "generate.py")
        check = subprocess.run(  # noqa: S603  (our script)
            [sys.executable, "-X", "utf8", str(script), "--check"],
            capture_output=True,
            encoding="utf-8",
            check=False,
        )
        if check.returncode:
            self.app.abort(f"{check.stderr}Nothing was built, for the reasons above.")
