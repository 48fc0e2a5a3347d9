"""The periodic jobs of routing."""

from __future__ import annotations

from services.kit.schedule import Job
from services.kit.service import Context


def jobs(context: Context) -> list[Job]:
    """Every periodic job."""
    return []
