"""Load the published 0.1.0, which has the same import name as this package, under another name."""

from __future__ import annotations

from importlib.metadata import distributions
from importlib.util import module_from_spec, spec_from_file_location
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pathlib import Path

PACKAGE = "openai-agents-session"
VERSION = "0.1.0"
_NAME = "published_openai_agents_session"


class WrongReleaseError(RuntimeError):
    """The directory does not contain the release to compare with."""


def load_release(directory: Path) -> Any:
    """Return the `RedisSession` of the release in a directory, without affecting this package.

    Its module imports nothing from its package, so it can be loaded as a single file.
    """
    found = [d.version for d in distributions(name=PACKAGE, path=[str(directory)])]
    if found != [VERSION]:
        raise WrongReleaseError(
            f"{directory} must hold {PACKAGE} {VERSION}, but holds {found or 'none'}: "
            f"pip install --no-deps --target {directory} {PACKAGE}=={VERSION}"
        )
    spec = spec_from_file_location(_NAME, directory / "openai_agents_session" / "redis.py")
    if spec is None or spec.loader is None:
        raise WrongReleaseError(f"{directory} contains no module that can be loaded")
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    return module.RedisSession
