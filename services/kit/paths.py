"""Where the files are that Redress reads besides its code: the same in a working tree and in an installed wheel."""

from __future__ import annotations

import os
from pathlib import Path

_SERVICES = Path(__file__).resolve().parent.parent
_TREE = _SERVICES.parent


def deploy_dir() -> Path:
    """The folder with `migrations/`, `policies/` and `mappings/`.

    A wheel carries it as `services/deploy`; in a working tree it is `deploy` beside `services`.
    """
    packaged = _SERVICES / "deploy"
    return packaged if packaged.is_dir() else _TREE / "deploy"


def fonts_dir() -> Path:
    """The cache of web fonts that is served under our own host; it may not exist.

    `REDRESS_FONTS` names another; in a working tree it is `.cache/fonts`, otherwise the person's cache folder.
    """
    if chosen := os.environ.get("REDRESS_FONTS"):
        return Path(chosen)
    if (_TREE / "pyproject.toml").is_file():
        return _TREE / ".cache" / "fonts"
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "redress" / "fonts"
