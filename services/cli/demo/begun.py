"""What was begun in a folder: a demo that is larger than what goes through the use cases is made in two parts."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, replace

from services.kit.data_folder import MINIMUM_FREE_BYTES, DataFolder
from services.kit.errors import Conflict

BEGUN = "demo-begun.json"
"""In the data folder while a large demo is being made: what it is to be, and whether its originals were handled."""

BYTES_EACH = 35_000
"""Disk that a copy takes while it is made, in bytes."""


@dataclass(frozen=True, slots=True)
class Begun:
    """A demo that is being made: so many cases, of which `originals` go through the use cases. `end` is its now."""

    cases: int
    originals: int
    seed: str
    end: str
    lived: bool = False

    @property
    def bytes_needed(self) -> int:
        """Free bytes that making it takes."""
        return MINIMUM_FREE_BYTES + self.cases * BYTES_EACH

    def after_living(self) -> Begun:
        """The same once the originals were handled."""
        return replace(self, lived=True)

    def to_json(self) -> str:
        """As it is kept in the folder."""
        return json.dumps(asdict(self))


def begun_in(folder: DataFolder) -> Begun | None:
    """What was begun in a folder and not finished."""
    try:
        return Begun(**json.loads((folder.path / BEGUN).read_text(encoding="utf-8")))
    except FileNotFoundError:
        return None


def refuse_half(folder: DataFolder) -> None:
    """A demo that is half made is not started.

    Raises:
        Conflict: there is one in the folder.
    """
    begun = begun_in(folder)
    if begun is not None:
        raise Conflict(
            "The demo in %(path)s is not finished.",
            "Go on with it: `redress demo --cases %(cases)s --data %(path)s`.",
            params={"path": folder.path, "cases": begun.cases},
        )
